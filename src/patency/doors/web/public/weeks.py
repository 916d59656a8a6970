"""The coming weeks of a clinic, day by day: open, closed and why, or not known yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from patency.core.calendar.legal import YearMissing
from patency.core.calendar.open_days import Closure, OpenDays, WhyClosed
from patency.core.site.model import Site
from patency.doors.web.languages import spoken
from patency.service.house import House

WEEKS = 6
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a clinic: what it does on it."""

    day: date
    kind: str
    """open, examinations, tests, closed, unknown or past."""
    says: str
    closed: str = ""
    """The name of what closes it, where that is more than its weekday."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Days in a row that are closed for one reason."""

    first: date
    last: date
    why: str


def weeks_of(house: House, site: Site, today: date) -> list[list[Day]]:
    """Return six weeks from this one on, Monday first; days before today are past."""
    calendar = house.calendar_of(site.slug)
    exam, clinic = (site.open_days(name, calendar) for name in ("exam", "visit"))
    monday = today - today.weekday() * ONE_DAY
    return [
        [
            _day(house, site, exam, clinic, monday + (7 * week + number) * ONE_DAY, today)
            for number in range(7)
        ]
        for week in range(WEEKS)
    ]


def closed_in(weeks: list[list[Day]]) -> list[Closed]:
    """Return what closes the clinic in these weeks besides its usual days, in order."""
    return list(_runs(day for week in weeks for day in week if day.closed))


def opening_in_words(house: House, site: Site, service: str) -> str:
    """Return the weekdays a service opens on: "Monday, Tuesday and Friday", 每天."""
    weekdays = sorted(site.openings[service].weekdays)
    if len(weekdays) == 7:
        return _("every day, weekends too")
    names = spoken().weekdays
    return spoken().listed([names[number] for number in weekdays])


def why_closed(house: House, site: Site, closure: Closure) -> str:
    """Return the name of what closes a day, in the language of the page."""
    language = spoken().code
    if closure.why is WhyClosed.LEGAL_HOLIDAY:
        return house.calendar_of(site.slug).name_in(language, closure.name)
    if closure.why is WhyClosed.OWN_CLOSURE:
        return site.say(closure.name, language)
    return ""


def _day(house: House, site: Site, exam: OpenDays, clinic: OpenDays, day: date, today: date) -> Day:
    if day < today:
        return Day(day, "past", _("past"))
    try:
        no_exam, no_test = exam.closure(day), clinic.closure(day)
    except YearMissing:
        return Day(day, "unknown", _("not known yet"))
    names = [why_closed(house, site, each) for each in (no_exam, no_test) if each is not None]
    name = next(filter(None, names), "")
    if no_exam is None and no_test is None:
        return Day(day, "open", _("open"))
    if no_exam is None:
        return Day(day, "examinations", _("examinations only"), name)
    if no_test is None:
        return Day(day, "tests", _("tests only"), name)
    return Day(day, "closed", name or _("closed"), name)


def _runs(days: Iterator[Day]) -> Iterator[Closed]:
    run: Closed | None = None
    for day in days:
        why = day.closed if day.kind == "closed" else f"{day.closed} ({day.says})"
        if run is not None and run.why == why and run.last + ONE_DAY == day.day:
            run = Closed(run.first, day.day, why)
            continue
        if run is not None:
            yield run
        run = Closed(day.day, day.day, why)
    if run is not None:
        yield run
