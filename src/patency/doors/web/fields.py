"""Form fields made from the fact catalogue, and what was typed in them read back as answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from patency.core.facts import FactRefused, Facts, FactType, FactValue, Kind
from patency.core.protocol.model import Protocol
from patency.doors.web.codes import unit_words
from patency.doors.web.words import capital, in_words, question


@dataclass(frozen=True, slots=True)
class Field:
    """One question on a page, with what was typed and what was wrong with it."""

    name: str
    label: str
    kind: str
    unit: str
    options: tuple[tuple[str, str], ...]
    low: str
    high: str
    step: str
    value: str
    problem: str = ""

    @property
    def shown(self) -> str:
        """What was typed, as a person reads it."""
        return dict(self.options).get(self.value, self.value)

    @property
    def hint(self) -> str:
        """The range, said before anyone types outside it."""
        unit = "" if self.unit.startswith("of ") else unit_words(self.unit)
        if self.low and self.high:
            span = gettext("from {low} to {high} {unit}")
            return span.format(low=self.low, high=self.high, unit=unit).strip()
        return unit


INPUTS = {
    Kind.COUNT: "number",
    Kind.NUMBER: "number",
    Kind.DAY: "date",
    Kind.MOMENT: "datetime-local",
    Kind.YES_NO: "radio",
    Kind.CHOICE: "radio",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form came back with: answers as the service takes them, or what is wrong."""

    fields: tuple[Field, ...]
    answers: Mapping[str, object]

    @property
    def problems(self) -> list[Field]:
        return [field for field in self.fields if field.problem]


def fields_of(protocol: Protocol, names: Iterable[str], *, language: str = "") -> tuple[Field, ...]:
    """Return a field for each fact, empty; the order is the given one."""
    return tuple(
        _field(protocol.facts[name], question(protocol, name, language), "") for name in names
    )


def read_fields(
    protocol: Protocol,
    names: Iterable[str],
    posted: Mapping[str, str],
    zone: str,
    *,
    language: str = "",
) -> Typed:
    """Return what was typed, each value as its fact wants it; an empty field stays unknown."""
    fields: list[Field] = []
    answers: dict[str, object] = {}
    for name in names:
        fact = protocol.facts[name]
        typed = posted.get(name, "").strip()
        problem = ""
        if typed:
            try:
                answers[name] = fact.read(_value(fact, typed, zone))
            except (FactRefused, ValueError):
                problem = _must_be(fact)
        fields.append(_field(fact, question(protocol, name, language), typed, problem))
    return Typed(tuple(fields), answers)


def filled(fields: Iterable[Field], facts: Facts, zone: str) -> tuple[Field, ...]:
    """Return fields with what is known in them, as it would be typed."""
    return tuple(replace(field, value=_typed(facts.get(field.name), zone)) for field in fields)


def _typed(value: FactValue | None, zone: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def moment_typed(typed: str, zone: str) -> datetime:
    """Return a moment typed on the site's clock. Raises ``ValueError``."""
    found = datetime.fromisoformat(typed)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))


def _value(fact: FactType, typed: str, zone: str) -> object:
    match fact.kind:
        case Kind.YES_NO:
            return {"yes": True, "no": False}[typed] if typed in ("yes", "no") else typed
        case Kind.COUNT:
            return int(typed)
        case Kind.NUMBER:
            return float(typed.replace(",", "."))
        case Kind.MOMENT:
            return moment_typed(typed, zone)
        case _:
            return typed


def _must_be(fact: FactType) -> str:
    """Return what an answer must be, where one cannot be read."""
    unit = unit_words(fact.unit)
    match fact.kind:
        case Kind.YES_NO:
            said = gettext("This must be yes or no. Correct it and send the page again.")
        case Kind.DAY:
            said = gettext("This must be a day. Correct it and send the page again.")
        case Kind.MOMENT:
            said = gettext("This must be a day and a time. Correct it and send the page again.")
        case Kind.CHOICE:
            said = gettext("This must be one of: {choices}. Correct it and send the page again.")
            return said.format(choices=", ".join(in_words(each) for each in fact.choices))
        case Kind.COUNT if fact.low is not None and fact.high is not None:
            said = gettext(
                "This must be a whole number from {low} to {high} {unit}. Correct it and send the "
                "page again."
            )
        case Kind.NUMBER if fact.low is not None and fact.high is not None:
            said = gettext(
                "This must be a number from {low} to {high} {unit}. Correct it and send the page "
                "again."
            )
        case _:
            said = gettext("This must be a number. Correct it and send the page again.")
    low, high = (f"{each:g}" if each is not None else "" for each in (fact.low, fact.high))
    return said.format(low=low, high=high, unit=unit).replace(" .", ".")


def _field(fact: FactType, label: str, value: str, problem: str = "") -> Field:
    options: tuple[tuple[str, str], ...] = ()
    if fact.kind is Kind.YES_NO:
        options = (("yes", gettext("Yes")), ("no", gettext("No")))
    elif fact.kind is Kind.CHOICE:
        options = tuple((each, capital(in_words(each))) for each in fact.choices)
    return Field(
        name=fact.name,
        label=label,
        kind=INPUTS[fact.kind],
        unit=fact.unit,
        options=options,
        low=f"{fact.low:g}" if fact.low is not None else "",
        high=f"{fact.high:g}" if fact.high is not None else "",
        step="1" if fact.kind is Kind.COUNT else "any",
        value=value,
        problem=problem,
    )
