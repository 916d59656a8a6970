"""Which days the law makes holidays, and which weekend days it makes workdays.

Only what an official notice says is known. A year without a notice is refused, never guessed:
China announces each year's holidays in the autumn before, and England may add a day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

SATURDAY = 5


class DayKind(StrEnum):
    """What the law makes of a day."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "legal holiday"
    MAKE_UP = "make-up workday"


@dataclass(frozen=True, slots=True)
class LegalDay:
    """What the law makes of one day; ``name`` is the holiday's, or that of the one made up for."""

    kind: DayKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.name})" if self.name else str(self.kind)


@dataclass(frozen=True, slots=True)
class Notice:
    """Where a year's holidays are written down officially."""

    issued_by: str
    title: str
    issued_on: date
    url: str


@dataclass(frozen=True, slots=True)
class HolidayYear:
    """One country's official holidays of one year; blocks may run over New Year."""

    country: str
    year: int
    closed: Mapping[date, str]
    make_up: Mapping[date, str]
    """Weekend days that are worked, each with the name of the holiday it makes up for."""
    source: Notice
    names_in: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Language to name to the name in that language."""


class YearMissing(LookupError):
    """A day was asked about in a year for which no official notice is loaded."""

    def __init__(self, country: str, day: date, loaded: Iterable[int]) -> None:
        self.country, self.day, self.year = country, day, day.year
        self.loaded = tuple(sorted(loaded))
        years = ", ".join(map(str, self.loaded)) or "none"
        super().__init__(
            f"Whether {day} is a working day cannot be said: no official holiday notice of "
            f"{country} is loaded for {day.year}. Years loaded: {years}. "
            f"Choose a day in one of these years, or add {country.lower()}-{day.year}.toml from "
            "the official notice (docs/how-to/add-a-holiday-year.md)."
        )


@dataclass(frozen=True, slots=True)
class LegalCalendar:
    """One country's official years, asked day by day."""

    country: str
    years: Mapping[int, HolidayYear]

    def day(self, day: date) -> LegalDay:
        """Return what the law makes of a day. Raises ``YearMissing``.

        Neighbouring years are asked too, since a block that runs over New Year stands in one
        notice only.
        """
        for year in (day.year, day.year + 1, day.year - 1):
            known = self.years.get(year)
            if known is None:
                continue
            if day in known.closed:
                return LegalDay(DayKind.HOLIDAY, known.closed[day])
            if day in known.make_up:
                return LegalDay(DayKind.MAKE_UP, known.make_up[day])
        if day.year not in self.years:
            raise YearMissing(self.country, day, self.years)
        return LegalDay(DayKind.WEEKEND if day.weekday() >= SATURDAY else DayKind.WORKDAY)

    def name_in(self, language: str, name: str) -> str:
        """Return a holiday's name in a language, or the name itself where none is known."""
        for known in self.years.values():
            if name in known.names_in.get(language, {}):
                return known.names_in[language][name]
        return name


def legal_calendars(years: Iterable[HolidayYear]) -> dict[str, LegalCalendar]:
    """Return one calendar for each country. Raises ``ValueError`` when a year comes twice."""
    by_country: dict[str, dict[int, HolidayYear]] = {}
    for known in years:
        of_country = by_country.setdefault(known.country, {})
        if known.year in of_country:
            raise ValueError(
                f"Two calendars are given for {known.country} {known.year}: "
                f"{of_country[known.year].source.title!r} and {known.source.title!r}. "
                "A year has one file; remove the other."
            )
        of_country[known.year] = known
    return {country: LegalCalendar(country, found) for country, found in by_country.items()}
