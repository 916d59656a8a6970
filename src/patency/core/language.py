"""How one language writes days, times and answers, read from its ``language.toml``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from string import Formatter

from patency.core.document import Table

HOW_TO = "docs/how-to/add-words-or-a-language.md"
DAY_PLACES = frozenset({"weekday", "weekday_short", "day", "month", "month_short", "year"})
MOMENT_PLACES = frozenset({"day", "time"})


@dataclass(frozen=True, slots=True)
class Language:
    """How values are written in one language."""

    code: str
    """Its folder in ``locale``, such as ``zh``."""
    django: str
    """What browsers and Django call it, such as ``zh-hans``."""
    name: str
    """Its own name, in itself."""
    weekdays: Sequence[str]
    weekdays_short: Sequence[str]
    months: Sequence[str]
    months_short: Sequence[str]
    patterns: Mapping[str, str]
    """By what is written; the places stand in brackets."""
    yes: str
    no: str
    unknown: str

    def day(self, day: date) -> str:
        """Return a day with its weekday and its year."""
        return self._day("day", day)

    def day_of_year(self, day: date) -> str:
        """Return a day with its weekday; its year is left to whoever needs it."""
        return self._day("day_of_year", day)

    def short_day(self, day: date) -> str:
        """Return a day where there is little room: without weekday and year."""
        return self._day("short_day", day)

    def day_alone(self, day: date) -> str:
        """Return a day whose weekday tells nothing, such as a date of birth."""
        return self._day("date", day)

    @property
    def day_parts(self) -> tuple[str, ...]:
        """The parts of a day, "day", "month" and "year", in the order in which it is written."""
        written = self.patterns["day"]
        return tuple(
            sorted(("day", "month", "year"), key=lambda part: written.index(f"{{{part}}}"))
        )

    def month(self, day: date) -> str:
        """Return the month a day lies in, with its year."""
        return self._day("month_of_year", day)

    def clock(self, moment: datetime) -> str:
        """Return the time of day."""
        return f"{moment:%H:%M}"

    def moment(self, moment: datetime, *, with_year: bool = False) -> str:
        """Return a day and its time, as the moment stands, whatever clock it is of."""
        day = self.day(moment) if with_year else self.day_of_year(moment)
        return self.patterns["moment"].format(day=day, time=self.clock(moment))

    def moment_in_text(self, moment: datetime) -> str:
        """Return a day with its year and its time, as they stand inside a sentence."""
        pattern = self.patterns["moment_in_text"]
        return pattern.format(day=self.day(moment), time=self.clock(moment))

    def listed(self, parts: Sequence[str]) -> str:
        """Return several things in a row, as a person says them."""
        if len(parts) < 2:
            return "".join(parts)
        begun = self.patterns["list_joint"].join(parts[:-1])
        return f"{begun}{self.patterns['list_last']}{parts[-1]}"

    def joined(self, sentences: Iterable[str]) -> str:
        """Return whole sentences one after another; empty ones are left out."""
        return self.patterns["sentence_joint"].join(each for each in sentences if each)

    def _day(self, pattern: str, day: date) -> str:
        return self.patterns[pattern].format(
            weekday=self.weekdays[day.weekday()],
            weekday_short=self.weekdays_short[day.weekday()],
            day=day.day,
            month=self.months[day.month - 1],
            month_short=self.months_short[day.month - 1],
            year=day.year,
        )


# Each pattern, the places it may have, and those it must have.
PATTERNS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "day": (DAY_PLACES, frozenset({"day", "year"})),
    "day_of_year": (DAY_PLACES, frozenset({"day"})),
    "short_day": (DAY_PLACES, frozenset({"day"})),
    "date": (DAY_PLACES, frozenset({"day", "year"})),
    "month_of_year": (DAY_PLACES, frozenset({"year"})),
    "moment": (MOMENT_PLACES, MOMENT_PLACES),
    "moment_in_text": (MOMENT_PLACES, MOMENT_PLACES),
}


def parse_language(document: Mapping[str, object], code: str) -> Language:
    """Return the language of a folder. Raises ``DocumentRefused`` naming all that is wrong."""
    top = Table(document, f"locale/{code}/language.toml")
    patterns = {name: _pattern(top, name, *places) for name, places in PATTERNS.items()}
    for name in ("list_joint", "list_last", "sentence_joint"):
        joint = document.get(name)
        if not top.has(name) or not isinstance(joint, str):
            top.refuse(name, "is missing or no text. It stands between two things; add it.")
        patterns[name] = str(joint)  # its blanks at the ends count
    language = Language(
        code=code,
        django=top.slug("django"),
        name=top.text("name"),
        weekdays=_names(top, "weekdays", 7),
        weekdays_short=_names(top, "weekdays_short", 7),
        months=_names(top, "months", 12),
        months_short=_names(top, "months_short", 12),
        patterns=patterns,
        yes=top.text("yes"),
        no=top.text("no"),
        unknown=top.text("unknown"),
    )
    top.close()
    top.finish(see=HOW_TO)
    return language


def nearest(languages: Mapping[str, Language], wanted: str) -> Language | None:
    """Return the language of a code of ours or Django's, or of its family; None where none is."""
    for code in (wanted, wanted.split("-")[0]):
        for language in languages.values():
            if code in (language.code, language.django):
                return language
    return None


def _names(top: Table, key: str, many: int) -> tuple[str, ...]:
    found = top.words(key)
    if found and len(found) != many:
        top.refuse(
            key, f"has {len(found)} names. Write {many}, the first of the week or year first."
        )
    return found


def _pattern(top: Table, key: str, may: frozenset[str], must: frozenset[str]) -> str:
    before = len(top.wrong)
    text = top.text(key)
    if len(top.wrong) > before:
        return ""
    try:
        places = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        top.refuse(key, f"{text!r} has an open bracket ({error}). Close it.")
        return ""
    if odd := sorted(places - may):
        top.refuse(key, f"{{{odd[0]}}} is no place of it. It may have {', '.join(sorted(may))}.")
    if missing := sorted(must - places):
        top.refuse(key, f"{text!r} lacks {{{missing[0]}}}; add it.")
    if not must <= places or not places <= may:
        return ""
    return text
