"""A month of her calendar: what suits, what is closed and why, her dates, and what may come."""

from calendar import Calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.cycle.forecast import WhyNot, exam_days
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.her import DayLine
from patency.doors.web.languages import spoken
from patency.doors.web.patient.herself import Hers, closed_because, hers
from patency.doors.web.patient.home import forecast_of
from patency.doors.web.ribbon import LEAST, LIKELY, likely_words
from patency.doors.web.templatetags.plain import moment
from patency.doors.web.words import day_words
from patency.records.models.booking import Booking

ONE_DAY = timedelta(days=1)
MONTHS_AROUND = 12
"""Our choice: so far back and ahead a month can be turned to."""

WHY_NOT: Mapping[WhyNot, str | Promise] = {
    WhyNot.NO_PERIOD: gettext_lazy(
        "No period is told yet, so there is nothing to count from. Tell us on the first day of "
        "your next period; your days follow from it."
    ),
    WhyNot.WITHDRAWAL: gettext_lazy(
        "Your last bleed was brought on by a hormone, so it says nothing about the next one. The "
        "clinic plans the next bleed together with your treatment."
    ),
    WhyNot.IRREGULAR: gettext_lazy(
        "Your periods come too irregularly for a forecast that would help. Tell us on the first "
        "day of your next period; we then find a day in that cycle. A clinician can also bring on "
        "a bleed."
    ),
    WhyNot.ABSENT: gettext_lazy(
        "No period has come for a long time, so the next one cannot be forecast. Take a pregnancy "
        "test, and speak to the clinic: a clinician finds the reason."
    ),
}


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: the signs it is drawn with, and the same in words."""

    day: date
    sign: str = ""
    mark: str = ""
    words: tuple[str, ...] = ()
    """Short, for the cell and the list."""
    said: tuple[str, ...] = ()
    """In full, for the page of the day."""
    is_today: bool = False


@dataclass(slots=True)
class Known:
    """What is known of the days around her, by day."""

    today: date
    bleeding: set[date] = field(default_factory=set)
    lines: Mapping[date, DayLine] = field(default_factory=dict)
    booked: Mapping[date, Sequence[Booking]] = field(default_factory=dict)
    planned: Mapping[date, str] = field(default_factory=dict)
    may_begin: tuple[date, date] | None = None
    may_suit: frozenset[date] = frozenset()
    closed: Mapping[date, str] = field(default_factory=dict)
    on_hold: bool = False
    """Whether something has to be seen to first, so that no day can be taken."""


@require_safe
@she_may(Action.SEE_PATIENT)
def my_calendar(request: ActorRequest) -> HttpResponse:
    """Show a month, or one day of it with everything that is said of it."""
    found = hers(request, "her own calendar")
    day = _day_asked(request)
    month = day or _month_asked(request)
    known = known_days(request, found, month)
    context: dict[str, object] = {
        "month": month,
        "forecast_words": _forecast_words(found),
        "campus": request.around.site.campuses.get(found.journey.visit.campus) if found else None,
    }
    if day is not None:
        context |= {
            "day": calendar_day(day, known),
            "before": day - ONE_DAY,
            "after": day + ONE_DAY,
            "line": known.lines.get(day),
            "takes_dates": found is not None
            and found.journey.visit.state
            in (VisitState.CLEARED.value, VisitState.REGISTERED.value),
        }
        return TemplateResponse(request, "patient/calendar_day.html", context)
    weeks = month_of(month)
    drawn = [[calendar_day(one, known) if one else None for one in week] for week in weeks]
    context |= {
        "weeks": drawn,
        "weekdays": list(zip(spoken().weekdays_short, spoken().weekdays, strict=True)),
        "listed": [one for week in drawn for one in week if one and one.words],
        "signs": {sign for week in drawn for one in week if one for sign in (one.sign, one.mark)},
        "ribbon": forecast_of(request, found) if found else None,
        **_turn(month, request.around.today),
    }
    return TemplateResponse(request, "patient/calendar.html", context)


def month_of(month: date) -> list[list[date | None]]:
    """Return the weeks of a month, Monday first; days of its neighbours are left empty."""
    return [
        [one if one.month == month.month else None for one in week]
        for week in Calendar(firstweekday=0).monthdatescalendar(month.year, month.month)
    ]


def known_days(request: ActorRequest, found: Hers | None, month: date) -> Known:
    """Return everything that is known of a month's days."""
    known = Known(request.around.today)
    closed = closed_because(request)
    first = month.replace(day=1)
    known.closed = {
        day: why
        for day in (first + number * ONE_DAY for number in range(31))
        if day.month == first.month and (why := closed(day))
    }
    if found is None:
        return known
    her = found.journey
    known.on_hold = her.hold is not None
    for row in found.seen.periods.filter(patient=her.patient).order_by("start"):
        last = row.bleeding_ended or min(known.today, row.start + 6 * ONE_DAY)
        known.bleeding |= set(_between(row.start, max(row.start, last)))
    if found.window is not None:
        known.lines = {line.day: line for line in found.window.lines}
    booked: dict[date, list[Booking]] = {}
    for made in her.bookings:
        if made.state in ("firm", "held", "attended"):
            booked.setdefault(made.slot.day, []).append(made)
    known.booked = booked
    plan = found.line.plan
    if plan is not None and her.hold is None:
        days = ((plan.test_day, "test-planned"), (plan.exam_day, "exam-planned"))
        known.planned = {day: mark for day, mark in days if day is not None}
    if found.forecast is not None and found.forecast.late is None:
        known.may_begin = found.forecast.likely_start(LIKELY)
        first_day, last_day = found.days_after_bleeding
        known.may_suit = frozenset(
            each.day
            for each in exam_days(found.forecast, first_day=first_day, last_day=last_day)
            if each.in_window >= LEAST
        )
    return known


def calendar_day(day: date, known: Known) -> CalendarDay:
    """Return one day with its signs and words."""
    mark, words, said = "", [], []
    for row in known.booked.get(day, ()):
        mark = _mark_of(row)
        name = {"test": _("Test"), "exam": _("Examination"), "kept": _("Place kept")}[mark]
        words.append(name)
        said.append(_("{what}: {moment}.").format(what=name, moment=moment(row.slot.starts_at)))
    if not mark and day in known.planned:
        mark = known.planned[day]
        name = {
            "test-planned": _("Test planned"),
            "exam-planned": _("Examination planned"),
        }[mark]
        words.append(name)
        said.append(_("{what}, not booked yet.").format(what=name))
    sign, more, full = _ground(day, known)
    return CalendarDay(
        day,
        sign,
        mark,
        (*words, *more),
        (*said, *full),
        day == known.today,
    )


def _ground(day: date, known: Known) -> tuple[str, list[str], list[str]]:
    """Return what a day is without her dates: its sign, and why in short and in full."""
    if day in known.bleeding:
        return "bleeding", [_("Period")], [_("You told us of bleeding on this day.")]
    line = known.lines.get(day)
    why = known.closed.get(day)
    if why:
        full = [_("No examinations are made on this day ({why}).").format(why=why)]
        return "closed", [_("Closed: {why}").format(why=why)], full
    if line is not None and line.tone == "done" and known.on_hold:
        full = [_("This day would suit you, but something has to be seen to first.")]
        return "may-suit", [_("May suit")], full
    if line is not None and line.tone == "done":
        return "suits", [_("Suits you")], list(_suits(line))
    if line is not None and line.tone == "look" and not line.say:
        full = [_("Not settled yet: something is still to be asked.")]
        return "may-suit", [_("May suit")], full
    if line is not None:
        full = list(line.say) or [str(one) for one in line.why]
        return "", [], [_("This day does not suit this cycle."), *full]
    return _what_may_come(day, known)


def _suits(line: DayLine) -> Iterator[str]:
    yield _("This day suits you for the examination.")
    if line.visit_days:
        days = spoken().listed([day_words(one) for one in line.visit_days])
        yield _("The test can be on {days}.").format(days=days)


def _what_may_come(day: date, known: Known) -> tuple[str, list[str], list[str]]:
    if known.may_begin is not None and known.may_begin[0] <= day <= known.may_begin[1]:
        likely = likely_words(*known.may_begin)
        full = [
            _("Your next period may begin on this day.")
            + " "
            + _("It begins {likely}.").format(likely=likely)
        ]
        return "may-begin", [_("Period may begin")], full
    if day in known.may_suit:
        full = [
            _("In your next cycle this day may suit. It is sure only once your period has begun.")
        ]
        return "may-suit", [_("May suit")], full
    if day < known.today:
        return "", [], [_("This day is over.")]
    return "", [], [_("Nothing is known of this day yet. The days follow from your next period.")]


def _mark_of(row: Booking) -> str:
    if row.state == "held":
        return "kept"
    return "test" if row.kind == "clinic_visit" else "exam"


def _between(first: date, last: date) -> Iterator[date]:
    return (first + number * ONE_DAY for number in range((last - first).days + 1))


def _forecast_words(found: Hers | None) -> str:
    """Return the forecast as a range in words, or why there is none and what to do instead."""
    if found is None:
        return ""
    if found.why_no_forecast is not None:
        return str(WHY_NOT[found.why_no_forecast.why])
    if found.forecast is None:
        return ""
    if found.forecast.late is not None:
        return _(
            "Your period is late: {days} days since the last one began. Take a pregnancy test "
            "before anything else. If a period has come, tell us its first day."
        ).format(days=found.forecast.late.days_so_far)
    likely = likely_words(*found.forecast.likely_start())
    return _("Your next period begins {likely}.").format(likely=likely)


def _turn(month: date, today: date) -> Mapping[str, date | None]:
    """Return the months before and after, as far as one can turn."""
    here = month.year * 12 + month.month - 1
    now = today.year * 12 + today.month - 1
    before, after = (_month(here + step) for step in (-1, 1))
    return {
        "earlier": before if here - 1 >= now - MONTHS_AROUND else None,
        "later": after if here + 1 <= now + MONTHS_AROUND else None,
    }


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _day_asked(request: ActorRequest) -> date | None:
    return _near(request.GET.get("day", ""), request.around.today)


def _month_asked(request: ActorRequest) -> date:
    asked = _near(f"{request.GET.get('month', '')}-01", request.around.today)
    return asked or request.around.today.replace(day=1)


def _near(text: str, today: date) -> date | None:
    """Return a day written as such, if one can turn to its month."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    here, now = day.year * 12 + day.month, today.year * 12 + today.month
    return day if abs(here - now) <= MONTHS_AROUND else None
