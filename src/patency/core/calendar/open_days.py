"""On which days a service opens, why not on the others, and sums in working days.

The report clock runs in these sums. The day of the examination is day 0, whether or not it is a
working day; "released after one working day" is the first working day strictly after it, and
"after n working days" the nth. After an examination on a Friday the report is released on Monday,
after one on the eve of an eight-day holiday on the first working day after the holiday. The
clocks of triage do not run here: they run in calendar time, through every holiday.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from patency.core.calendar.legal import DayKind, LegalCalendar

ONE_DAY = timedelta(days=1)
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class WhyClosed(StrEnum):
    """The kinds of reason for a closed day; the words a woman reads are found by this name."""

    OWN_CLOSURE = "own-closure"
    LEGAL_HOLIDAY = "legal-holiday"
    WEEKDAY = "weekday"


IN_WORDS = {
    WhyClosed.OWN_CLOSURE: "closed: {}",
    WhyClosed.LEGAL_HOLIDAY: "legal holiday: {}",
    WhyClosed.WEEKDAY: "closed on {}s",
}


@dataclass(frozen=True, slots=True)
class Closure:
    """Why a service is closed on a day: the kind, and the name of what closes it."""

    why: WhyClosed
    name: str

    def __str__(self) -> str:
        return IN_WORDS[self.why].format(self.name)


@dataclass(frozen=True, slots=True)
class OpenDays:
    """The days on which one service of a site (examination, visit, laboratory, reports) opens."""

    calendar: LegalCalendar
    weekdays: frozenset[int]
    """Monday is 0."""
    open_on_make_up: bool
    """Whether a weekend day that the law makes a workday is open although its weekday is not."""
    closures: Mapping[date, str] = field(default_factory=dict)
    """Days the site closes for its own reasons, each with its reason."""

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError(
                f"Opening weekdays are {sorted(self.weekdays)}. They must be at least one of 0 "
                "(Monday) to 6 (Sunday); correct the opening rule of the site."
            )

    def closure(self, day: date) -> Closure | None:
        """Return why the service is closed on a day, or nothing if it is open.

        Raises ``YearMissing``, also for a weekday that is never open: a year without a notice is
        not known in any part.
        """
        legal = self.calendar.day(day)
        if day in self.closures:
            return Closure(WhyClosed.OWN_CLOSURE, self.closures[day])
        if legal.kind is DayKind.HOLIDAY:
            return Closure(WhyClosed.LEGAL_HOLIDAY, legal.name)
        if legal.kind is DayKind.MAKE_UP and self.open_on_make_up:
            return None
        if day.weekday() not in self.weekdays:
            return Closure(WhyClosed.WEEKDAY, DAY_NAMES[day.weekday()])
        return None

    def closed_because(self, day: date) -> str | None:
        """Return the reason for a closed day in words, or nothing if it is open."""
        closure = self.closure(day)
        return None if closure is None else str(closure)

    def is_open(self, day: date) -> bool:
        """Return whether the service opens on a day."""
        return self.closure(day) is None

    def next_open_day(self, day: date) -> date:
        """Return the first open day on or after ``day``."""
        while not self.is_open(day):
            day += ONE_DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """Return the ``n``th open day strictly after ``day``; ``day`` itself may be closed.

        Raises ``ValueError`` unless ``n`` is at least 1: no working day "after 0 days" exists when
        ``day`` is closed.
        """
        if n < 1:
            raise ValueError(f"{n} working days cannot be added. Add 1 or more.")
        for _ in range(n):
            day = self.next_open_day(day + ONE_DAY)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Return how many open days lie strictly after ``start``, up to and including ``end``.

        Raises ``ValueError`` when ``end`` lies before ``start``.
        """
        if end < start:
            raise ValueError(
                f"Working days from {start} to {end} cannot be counted: the end lies before the "
                "start. Give the earlier day first."
            )
        days = (end - start).days
        return sum(self.is_open(start + timedelta(days=number)) for number in range(1, days + 1))
