"""The machine in the corridor at which she prints her report: where it stands, and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from patency.core.calendar.legal import DayKind, LegalCalendar
from patency.core.document import WEEKDAYS, Table

LOOK_AHEAD_DAYS = 31


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when the machine prints on some days of the week."""

    weekdays: frozenset[int]
    """Monday is 0."""
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Kiosk:
    """The pick-up machine of a site, and how patient it is with slips of the finger."""

    campus: str
    place: str
    hours: tuple[Hours, ...]
    on_holidays: bool
    """Whether it prints on legal holidays too."""
    wrong_codes: int
    """How many unknown codes in a row make the machine wait."""
    wait_minutes: int
    wrong_birth_dates: int
    """How many wrong birth dates lock a code, until the desk gives a new one."""
    chosen_on: date
    chosen_by: str
    """A role, never a person's name."""
    review: date
    provenance: str

    def closes_at(self, moment: datetime, calendar: LegalCalendar) -> datetime | None:
        """Return when the machine closes, or None when it is closed at a local moment."""
        for opens, closes in self._on(moment.date(), calendar):
            if opens <= moment.time() < closes:
                return datetime.combine(moment.date(), closes, moment.tzinfo)
        return None

    def opens_next(self, moment: datetime, calendar: LegalCalendar) -> datetime | None:
        """Return when it opens after a local moment; None when no day of a month is known to."""
        for ahead in range(LOOK_AHEAD_DAYS):
            day = moment.date() + timedelta(days=ahead)
            for opens, _ in sorted(self._on(day, calendar)):
                at = datetime.combine(day, opens, moment.tzinfo)
                if at > moment:
                    return at
        return None

    def _on(self, day: date, calendar: LegalCalendar) -> list[tuple[time, time]]:
        # In a year whose holidays are not known yet the machine goes by its weekdays.
        known = day.year in calendar.years
        if known and not self.on_holidays and calendar.day(day).kind is DayKind.HOLIDAY:
            return []
        return [(one.opens, one.closes) for one in self.hours if day.weekday() in one.weekdays]


def read_kiosk(top: Table, campuses: Collection[str]) -> Kiosk | None:
    """Return a site's machine; None where reports are handed out at the desk only."""
    if not top.has("kiosk"):
        return None
    one = top.table("kiosk")
    kiosk = Kiosk(
        campus=one.choice("campus", campuses),
        place=one.text("place"),
        hours=_hours(one),
        on_holidays=one.yes_no("on_holidays"),
        wrong_codes=one.count("wrong_codes", low=3, high=20, unit="tries"),
        wait_minutes=one.count("wait_minutes", low=1, high=60, unit="minutes"),
        wrong_birth_dates=one.count("wrong_birth_dates", low=1, high=5, unit="tries"),
        chosen_on=one.day("chosen_on"),
        chosen_by=one.text("chosen_by", what="a role such as clinic manager"),
        review=one.day("review"),
        provenance=one.text("provenance"),
    )
    one.close()
    return kiosk


def _hours(one: Table) -> tuple[Hours, ...]:
    found = []
    for each in one.tables("hours"):
        names = each.words("weekdays", WEEKDAYS)
        days = frozenset(WEEKDAYS.index(name) for name in names if name in WEEKDAYS)
        hours = Hours(days, each.clock("opens"), each.clock("closes"))
        if each.has("closes") and hours.closes <= hours.opens:
            each.refuse("closes", "is not after 'opens'. A machine closes on the day it opens.")
        each.close()
        found.append(hours)
    return tuple(found)
