"""A document that people write by hand (a site, a calendar), read field by field.

Every field that is asked for becomes a field that is allowed; ``close`` then refuses the rest with
the nearest spelling. Nothing is raised while reading: all that is wrong is gathered first, so
that one look at the message is enough to put a file right.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from patency.core.facts import did_you_mean

REQUIRED: Final = object()
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class DocumentRefused(ValueError):
    """A document has something unknown, missing or impossible in it; it names every place."""


@dataclass(slots=True)
class Table:
    """One table of a document, the fields asked of it so far, and all that was wrong."""

    raw: Mapping[str, object]
    file: str
    path: str = ""
    wrong: list[str] = field(default_factory=list)
    asked: dict[str, None] = field(default_factory=dict)

    def place(self, key: str = "") -> str:
        """Return where a field stands, such as ``demo.toml: duty.phone``."""
        return f"{self.file}: {'.'.join(part for part in (self.path, key) if part) or 'the top'}"

    def refuse(self, key: str, what: str) -> None:
        """Note that a field is wrong; ``what`` says what happened, what is allowed, what to do."""
        self.wrong.append(f"{self.place(key)}: {what}")

    def has(self, key: str) -> bool:
        """Return whether a field is written down; asking makes it an allowed field."""
        self.asked[key] = None
        return key in self.raw

    def _get(self, key: str, allowed: str, default: object) -> object:
        if self.has(key):
            return self.raw[key]
        if default is REQUIRED:
            self.refuse(key, f"is missing. It must be {allowed}; add it.")
        return None

    def text(self, key: str, *, default: str | object = REQUIRED, what: str = "text") -> str:
        """Return a text that is not blank; ``""`` if refused or, with a default, left out."""
        raw = self._get(key, what, default)
        if raw is None:
            return default if isinstance(default, str) else ""
        if isinstance(raw, str) and raw.strip():
            return raw.strip()
        self.refuse(
            key, f"{raw!r} is not {what}. Write it in quotation marks; it may not be empty."
        )
        return ""

    def slug(self, key: str) -> str:
        """Return a short name of small letters, digits, ``-`` and ``_``."""
        before = len(self.wrong)
        raw = self.text(key)
        if len(self.wrong) == before and not SLUG.fullmatch(raw):
            self.refuse(
                key, f"{raw!r} is not a short name. Use small letters, digits, '-' and '_'."
            )
        return raw

    def choice(self, key: str, choices: Collection[str], *, more: str = "") -> str:
        """Return one of a few words."""
        allowed = f"one of {', '.join(choices)}"
        raw = self._get(key, allowed, REQUIRED)
        if raw is None:
            return ""
        if isinstance(raw, str) and raw in choices:
            return raw
        hint = did_you_mean(raw, choices) if isinstance(raw, str) else ""
        self.refuse(key, f"{raw!r} is not {allowed}.{hint}{more}")
        return ""

    def yes_no(self, key: str) -> bool:
        """Return true or false."""
        raw = self._get(key, "true or false", REQUIRED)
        if raw is not None and not isinstance(raw, bool):
            self.refuse(key, f"{raw!r} is not true or false (without quotation marks).")
        return raw is True

    def number(self, key: str, *, low: float, high: float, unit: str) -> float:
        """Return a number from ``low`` up to ``high``, both included."""
        allowed = f"a number of {unit} from {low:g} up to {high:g}"
        raw = self._get(key, allowed, REQUIRED)
        if isinstance(raw, int | float) and not isinstance(raw, bool) and low <= raw <= high:
            return float(raw)
        if raw is not None:
            self.refuse(key, f"{raw!r} is not {allowed}.")
        return low

    def count(self, key: str, *, low: int, high: int, unit: str) -> int:
        """Return a whole number from ``low`` up to ``high``, both included."""
        allowed = f"a whole number of {unit} from {low} up to {high}"
        raw = self._get(key, allowed, REQUIRED)
        if isinstance(raw, int) and not isinstance(raw, bool) and low <= raw <= high:
            return raw
        if raw is not None:
            self.refuse(key, f"{raw!r} is not {allowed}.")
        return low

    def day(self, key: str) -> date:
        """Return a calendar day."""
        raw = self._get(key, "a day such as 2025-10-01", REQUIRED)
        if isinstance(raw, date) and not isinstance(raw, datetime):
            return raw
        if raw is not None:
            self.refuse(
                key, f"{raw!r} is not a day such as 2025-10-01 (without quotation marks or a time)."
            )
        return date.min

    def clock(self, key: str) -> time:
        """Return a time of day at the site."""
        raw = self._get(key, "a time of day such as 07:00:00", REQUIRED)
        if isinstance(raw, time):
            return raw
        if raw is not None:
            self.refuse(
                key, f"{raw!r} is not a time of day such as 07:00:00 (without quotation marks)."
            )
        return time.min

    def span(self, *, longest_days: int = 31) -> tuple[date, ...]:
        """Return the days of ``on``, or of ``from`` to ``to``, both ends included."""
        if self.has("on"):
            if self.has("from") or self.has("to"):
                self.refuse(
                    "on", "stands beside 'from' or 'to'. Write one day or a span, not both."
                )
                return ()
            one = self.day("on")
            return () if one == date.min else (one,)
        if not (self.has("from") or self.has("to")):
            self.refuse(
                "on", "is missing. Write on = a day, or from = and to = for a span of days."
            )
            return ()
        first, last = self.day("from"), self.day("to")
        if date.min in (first, last):
            return ()
        days = (last - first).days + 1
        if not 1 <= days <= longest_days:
            self.refuse("to", f"{last} does not follow {first} within {longest_days} days.")
            return ()
        return tuple(first + timedelta(days=number) for number in range(days))

    def words(
        self, key: str, choices: Collection[str] | None = None, *, may_be_empty: bool = False
    ) -> tuple[str, ...]:
        """Return a list of words without repeats, each one of ``choices`` where these are given."""
        what = f"a list of {', '.join(choices)}" if choices is not None else "a list of words"
        raw = self._get(key, what, REQUIRED)
        if raw is None:
            return ()
        if not isinstance(raw, list) or not all(isinstance(word, str) and word for word in raw):
            self.refuse(key, f'{raw!r} is not {what}, such as ["mon", "tue"].')
            return ()
        for word in raw if choices is not None else ():
            if word not in (choices or ()):
                self.refuse(key, f"{word!r} is not in {what}.{did_you_mean(word, choices or ())}")
        if len(set(raw)) < len(raw):
            self.refuse(key, f"{raw!r} says something twice. Write each word once.")
        if not raw and not may_be_empty:
            self.refuse(key, f"is empty. It must be {what}; write at least one.")
        return tuple(raw)

    def table(self, key: str) -> "Table":
        """Return the table ``[key]``; an empty one if it is refused."""
        raw = self._get(key, f"a table [{key}]", REQUIRED)
        if raw is not None and not isinstance(raw, Mapping):
            self.refuse(key, f"{raw!r} is not a table [{key}].")
        return self._inside(raw if isinstance(raw, Mapping) else None, key)

    def tables(self, key: str, *, may_be_empty: bool = False) -> tuple["Table", ...]:
        """Return the tables ``[[key]]``, in their order."""
        raw = self._get(key, f"one or more tables [[{key}]]", None if may_be_empty else REQUIRED)
        if raw is None:
            return ()
        if not isinstance(raw, list) or not all(isinstance(one, Mapping) for one in raw):
            self.refuse(key, f"is not a list of tables. Write each as [[{key}]].")
            return ()
        return tuple(self._inside(one, f"{key}[{number}]") for number, one in enumerate(raw, 1))

    def _inside(self, raw: Mapping[str, object] | None, key: str) -> "Table":
        path = f"{self.path}.{key}" if self.path else key
        # What is missing as a whole is refused once, not again for each of its fields.
        wrong = self.wrong if raw is not None else []
        return Table(raw=raw or {}, file=self.file, path=path, wrong=wrong)

    def close(self) -> None:
        """Refuse every field that nobody asked for."""
        for key in self.raw:
            if key not in self.asked:
                self.refuse(
                    key,
                    f"is not known here.{did_you_mean(key, self.asked)} "
                    f"Allowed: {', '.join(self.asked)}.",
                )

    def finish(self, *, see: str) -> None:
        """Raise ``DocumentRefused`` with all that was wrong, if anything was."""
        if self.wrong:
            raise DocumentRefused("\n".join((*self.wrong, f"See {see}.")))
