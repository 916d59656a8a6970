"""What we know about a woman on a day; unknown is an answer.

A fact has a name and a value. A fact that is absent is unknown, which is never the same as "no".
The catalogue lists every name, so that a misspelt one is refused instead of staying unknown.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum

# What lies outside is a slip of the pen, and nothing can be counted from the ends of a calendar.
FIRST_YEAR, LAST_YEAR = 1900, 2199
LARGEST = 1e15

FactValue = bool | int | float | str | date | datetime
Facts = Mapping[str, FactValue]


class Kind(StrEnum):
    """What a value may be."""

    YES_NO = "yes-no"
    COUNT = "count"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    CHOICE = "choice"


class AskedOf(StrEnum):
    """Who can tell the fact."""

    PATIENT = "patient"
    STAFF = "staff"
    SYSTEM = "system"
    """Known from records or the calendar; nobody is asked."""
    DERIVED = "derived"
    """Worked out from other facts."""


class FactRefused(ValueError):
    """A fact's name or value is not one the protocol knows."""


@dataclass(frozen=True, slots=True)
class FactType:
    """One name that facts may have, and the values it allows."""

    name: str
    kind: Kind
    asked_of: AskedOf
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    lasting: bool = True
    """Whether an answer keeps its truth; one that does not is asked again on its day."""
    rows: tuple[str, ...] = ()
    """The sentence rows of the articles that this question carries."""

    def read(self, raw: object) -> FactValue:
        """Return ``raw``, as it stands in JSON or TOML, as a value of this kind.

        Days and moments are ISO 8601 text or native values. Raises ``FactRefused``.
        """
        match self.kind:
            case Kind.YES_NO if isinstance(raw, bool):
                return raw
            case Kind.COUNT if isinstance(raw, int) and not isinstance(raw, bool):
                return int(self._in_range(raw))
            case Kind.NUMBER if isinstance(raw, int | float) and not isinstance(raw, bool):
                return float(self._in_range(raw))
            case Kind.CHOICE if isinstance(raw, str):
                if raw in self.choices:
                    return raw
                raise FactRefused(
                    f"{self.name}: {raw!r} is not one of {', '.join(self.choices)}."
                    f"{did_you_mean(raw, self.choices)}"
                )
            case Kind.DAY:
                day = raw
                if isinstance(raw, str):
                    with suppress(ValueError):
                        day = date.fromisoformat(raw)
                if isinstance(day, date) and not isinstance(day, datetime) and _is_near(day):
                    return day
            case Kind.MOMENT:
                moment = raw
                if isinstance(raw, str):
                    with suppress(ValueError):
                        moment = datetime.fromisoformat(raw)
                if isinstance(moment, datetime) and moment.tzinfo is not None and _is_near(moment):
                    return moment
            case _:
                pass
        given = raw.isoformat() if isinstance(raw, date) else repr(raw)
        raise FactRefused(f"{self.name}: {given} is not {self.allowed()}.")

    def allowed(self) -> str:
        """Return what values are allowed, in words."""
        match self.kind:
            case Kind.YES_NO:
                return "true or false"
            case Kind.CHOICE:
                return f"one of {', '.join(self.choices)}"
            case Kind.DAY:
                return "a day such as 2025-09-29"
            case Kind.MOMENT:
                return "a moment with its time zone such as 2025-09-29T07:30:00+08:00"
            case Kind.COUNT | Kind.NUMBER:
                what = "a whole number" if self.kind is Kind.COUNT else "a number"
                unit = f" of {self.unit}" if self.unit else ""
                low = f" from {self.low:g}" if self.low is not None else ""
                high = f" up to {self.high:g}" if self.high is not None else ""
                return f"{what}{unit}{low}{high}"

    def _in_range(self, value: float) -> float:
        if not abs(value) <= LARGEST:  # so neither is what is no number at all
            raise FactRefused(f"{self.name}: {value!r} is not {self.allowed()}.")
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            raise FactRefused(f"{self.name}: {value:g} is outside its range: {self.allowed()}.")
        return value


def _is_near(day: date) -> bool:
    return FIRST_YEAR <= day.year <= LAST_YEAR


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest known name, or nothing."""
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean {str(near[0])!r}?" if near else ""


@dataclass(frozen=True, slots=True)
class FactCatalogue:
    """Every fact name there is: what is asked, what the system knows, what is derived."""

    types: Mapping[str, FactType] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.types

    def __getitem__(self, name: str) -> FactType:
        return self.types[name]

    def read(self, raw: Mapping[str, object], *, where: str) -> dict[str, FactValue]:
        """Return raw JSON or TOML values as facts; ``null`` leaves a fact unknown.

        Raises ``FactRefused`` listing every refused name and value, and ``where`` they stand.
        """
        facts: dict[str, FactValue] = {}
        wrong: list[str] = []
        for name, value in raw.items():
            known = self.types.get(name)
            if known is None:
                wrong.append(
                    f"no fact is called {name!r}.{did_you_mean(name, self.types)} "
                    "The facts are listed in docs/reference/facts.md."
                )
            elif known.asked_of is AskedOf.DERIVED:
                wrong.append(f"{name} is worked out from other facts; give those instead.")
            elif value is not None:
                try:
                    facts[name] = known.read(value)
                except FactRefused as refusal:
                    wrong.append(str(refusal))
        if wrong:
            raise FactRefused(f"{where}: " + " ".join(wrong))
        return facts
