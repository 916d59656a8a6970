"""When a site opens over the coming year, as it is and as it could be.

A year without an official holiday notice is not guessed: its days follow the weekdays alone, and
the year is named beside every figure that rests on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from patency.core.calendar.legal import YearMissing
from patency.core.calendar.open_days import OpenDays, WhyClosed
from patency.core.protocol.model import Protocol

ONE_DAY = timedelta(days=1)
MONDAY, SATURDAY, SUNDAY = 0, 5, 6
CAP, EXTENDED_CAP = "cycle_day_cap", "cycle_day_extended_cap"


@dataclass(frozen=True, slots=True)
class Change:
    """One small change of the rules a site opens or examines by; the first is none at all."""

    key: str
    says: str
    clinical: bool = False
    """Whether it changes a rule of the protocol, so that a clinician must sign it off."""
    visits_also_on: frozenset[int] = frozenset()
    """Weekdays on which the clinic and the laboratory open as well; Monday is 0."""
    exams_also_on: frozenset[int] = frozenset()
    visits_on_holidays: bool = False
    one_day_a_block: bool = False
    """Whether clinic, laboratory and examinations open on the middle day of each long closure."""
    more_exams_on: frozenset[int] = frozenset()
    """Weekdays with one examination more."""
    values: tuple[tuple[str, int], ...] = ()
    """Other values of the protocol's parameters, by name."""
    looks_for_ovulation: bool = False
    """Whether a test for the surge before ovulation (LH) closes days, instead of her shortest
    cycle. Its answer is taken to be known when her days are planned, which is the most it can
    tell."""


AS_IT_IS = Change("as-it-is", "As it is")
LONG_BLOCK_DAYS = 4  # closed days in a row from which a block is worth a day in its middle

OPENING_CHANGES = (
    Change(
        "lab-saturday",
        "Clinic and test laboratory open on Saturdays",
        visits_also_on=frozenset({SATURDAY}),
    ),
    Change(
        "lab-weekend",
        "Clinic and test laboratory open on Saturdays and Sundays",
        visits_also_on=frozenset({SATURDAY, SUNDAY}),
    ),
    Change(
        "open-saturday",
        "Examinations, clinic and laboratory on Saturdays",
        visits_also_on=frozenset({SATURDAY}),
        exams_also_on=frozenset({SATURDAY}),
    ),
    Change(
        "lab-holidays",
        "Clinic and test laboratory open on legal holidays",
        visits_on_holidays=True,
    ),
    Change(
        "day-in-block",
        f"Everything open on the middle day of each closure of {LONG_BLOCK_DAYS} days or more",
        one_day_a_block=True,
    ),
    Change("monday-exam", "One more examination on Mondays", more_exams_on=frozenset({MONDAY})),
)


def clinical_changes(protocol: Protocol, values: Mapping[str, object]) -> tuple[Change, ...]:
    """Return the changes of the protocol's numbers that its own ranges allow.

    ``values`` are the values the site works with. Each number moves by one step; the cap takes
    every later day of its range.
    """
    found = []
    for name, step, words in (
        ("visit_days_after_bleeding_min", -1, "Clinic visit from day {} after bleeding"),
        ("visit_days_after_bleeding_max", 1, "Clinic visit to day {} after bleeding"),
        ("exam_days_after_bleeding_min", -1, "Examination from day {} after bleeding"),
        ("exam_days_after_bleeding_max", 1, "Examination to day {} after bleeding"),
    ):
        now = values.get(name)
        if isinstance(now, int) and _allows(protocol, name, now + step):
            key = f"{name.replace('_', '-')}-{now + step}"
            found.append(
                Change(key, words.format(now + step), clinical=True, values=((name, now + step),))
            )
    cap = values.get(CAP)
    if isinstance(cap, int):
        later = [day for day in range(cap + 1, cap + 6) if _allows(protocol, CAP, day)]
        last = max([cap, *later])
        found += [
            Change(
                f"cap-{day}",
                f"Examination to cycle day {day} without a clinician's approval",
                clinical=True,
                values=((CAP, day),),
            )
            for day in later
        ]
        found.append(
            Change(
                "lh-test",
                f"A test for ovulation (LH) before the examination, to cycle day {last}, instead "
                "of counting from her shortest cycle; its answer is taken to be known ahead",
                clinical=True,
                values=((CAP, last),) if later else (),
                looks_for_ovulation=True,
            )
        )
    return tuple(found)


def _allows(protocol: Protocol, name: str, value: int) -> bool:
    known = protocol.parameters.get(name)
    return (
        known is not None
        and known.low is not None
        and known.high is not None
        and known.low <= value <= known.high
    )


# ---------------------------------------------------------------- the days


@dataclass(frozen=True, slots=True)
class Hours:
    """When the services of a site open, by its own file and its country's holidays."""

    exam: OpenDays
    clinic: OpenDays
    laboratory: OpenDays
    exams_on: Mapping[int, int]
    """Places for the examination by weekday, when it is open at all."""

    def places(self, day: date) -> int:
        """Return the places of a weekday; of one never open, what an open weekday has."""
        usual = round(sum(self.exams_on.values()) / max(1, len(self.exams_on)))
        return self.exams_on.get(day.weekday(), max(1, usual))


@dataclass(frozen=True, slots=True)
class Opening:
    """The days of a year under one change."""

    first_day: date
    exam_places: tuple[int, ...]
    visit_open: tuple[bool, ...]
    years_without_notice: tuple[int, ...]


def opening(hours: Hours, change: Change, first_day: date, days: int) -> Opening:
    """Return which days are open, and how many are examined on each, under a change."""
    calendar = [first_day + ahead * ONE_DAY for ahead in range(days)]
    visits = [
        all(
            _opens(one, day, also=change.visits_also_on, on_holidays=change.visits_on_holidays)
            for one in (hours.clinic, hours.laboratory)
        )
        for day in calendar
    ]
    exams = [
        _opens(hours.exam, day, also=change.exams_also_on, on_holidays=False) for day in calendar
    ]
    if change.one_day_a_block:
        for middle in _middles(exams):
            exams[middle] = visits[middle] = True
    return Opening(
        first_day,
        tuple(
            hours.places(day) + (day.weekday() in change.more_exams_on) if is_open else 0
            for day, is_open in zip(calendar, exams, strict=True)
        ),
        tuple(visits),
        tuple(sorted({day.year for day in calendar if day.year not in hours.exam.calendar.years})),
    )


def _opens(rule: OpenDays, day: date, *, also: frozenset[int], on_holidays: bool) -> bool:
    try:
        closure = rule.closure(day)
    except YearMissing:
        if day in rule.closures:
            return False
        return day.weekday() in rule.weekdays | also
    if closure is None:
        return True
    if closure.why is WhyClosed.WEEKDAY:
        return day.weekday() in also
    return (
        closure.why is WhyClosed.LEGAL_HOLIDAY
        and on_holidays
        and day.weekday() in rule.weekdays | also
    )


def _middles(is_open: list[bool]) -> list[int]:
    """Return the middle day of each long run of closed days that lies between open ones."""
    found, begun = [], None
    for day, this in enumerate(is_open):
        if not this and begun is None:
            begun = day
        elif this and begun is not None:
            if begun > 0 and day - begun >= LONG_BLOCK_DAYS:
                found.append((begun + day - 1) // 2)
            begun = None
    return found


def changes_anything(hours: Hours, change: Change, as_it_is: Opening) -> bool:
    """Return whether a change opens any day or place the site does not have already."""
    if change.values or change.looks_for_ovulation:
        return True
    changed = opening(hours, change, as_it_is.first_day, len(as_it_is.exam_places))
    return changed != as_it_is
