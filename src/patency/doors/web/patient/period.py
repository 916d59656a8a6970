"""Her period diary in two taps: it began, it ended; what follows is said at once, and undone."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.patient.herself import hers, herself
from patency.doors.web.patient.home import ribbon_of
from patency.doors.web.patient.next_thing import next_thing
from patency.doors.web.periods import PeriodTyped, tell
from patency.doors.web.refusals import kindly
from patency.records.models.booking import STILL_TO_COME
from patency.records.models.visit import Period
from patency.records.seen_by import Seen, seen_by
from patency.service import cycles, told_wrong

ONE_DAY = timedelta(days=1)
MAY_GO_ON = timedelta(days=10)
"""Our choice: as long after the end she told, bleeding may still be told to go on."""
LONG_AGO = timedelta(days=60)
"""Longer than nearly every cycle: a slip of the month is likelier, so she is asked; our choice."""


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.REPORT_PERIOD)
def my_period(request: ActorRequest) -> HttpResponse:
    """Take the first day of her period, or the last day of bleeding."""
    seen = seen_by(request.actor, "her own period", now=request.now)
    patient, _visit = herself(seen)
    period = newest(seen, request.around.today)
    today = request.around.today
    context: dict[str, object] = {
        "period": period,
        "days": [(today, _("Today")), (today - ONE_DAY, _("Yesterday"))],
        "earliest": today - cycles.OLDEST,
        "too_soon": period is not None and today - period.start < cycles.FEWEST_DAYS_BETWEEN_STARTS,
    }
    if request.method != "POST":
        return TemplateResponse(request, "patient/period.html", context)
    typed = PeriodTyped.from_post(request)
    context["typed"] = typed
    if typed.problem:
        context["problem"] = typed.problem
        return TemplateResponse(request, "patient/period.html", context, status=400)
    given_up = _date_to_give_up(seen, typed)
    age = today - date.fromisoformat(typed.day)
    long_ago = typed.what == "start" and LONG_AGO < age <= cycles.OLDEST
    if (given_up is not None or long_ago) and request.POST.get("sure") != "yes":
        context |= {
            "given_up": given_up,
            "day": date.fromisoformat(typed.day),
            "weeks": age.days // 7,
        }
        return TemplateResponse(request, "patient/period_sure.html", context)
    try:
        tell(request, patient.pk, typed)
    except cycles.BleedingInPregnancy as kept:
        context |= {"problem": kindly(kept), "call_now": True}
        return TemplateResponse(request, "patient/period.html", context)
    except cycles.CycleRefused as refusal:
        context["problem"] = kindly(refusal)
        return TemplateResponse(request, "patient/period.html", context, status=409)
    return redirect("my-period-told")


@require_safe
@she_may(Action.REPORT_PERIOD)
def period_told(request: ActorRequest) -> HttpResponse:
    """Say what follows from what she told, and let her take it back."""
    found = hers(request, "what follows from her period")
    if found is None or found.journey.period is None:
        return redirect("my-period")
    period = found.journey.period
    since = request.now - period.told_at
    ended = period.bleeding_ended
    context = {
        "period": period,
        "window": found.window,
        "ribbon": ribbon_of(request, found),
        "next": next_thing(request, found),
        "may_undo_start": since <= told_wrong.MAY_BE_TAKEN_BACK and ended is None,
        "may_undo_end": ended is not None and request.around.today - ended <= MAY_GO_ON,
        "ask_normal": ended is not None and period.normal is None,
    }
    return TemplateResponse(request, "patient/period_told.html", context)


@require_POST
@she_may(Action.REPORT_PERIOD)
def undo_period(request: ActorRequest) -> HttpResponse:
    """Take back the newest thing she told of her period."""
    seen = seen_by(request.actor, "taking her period back", now=request.now)
    period = newest(seen, request.around.today)
    if period is None:
        return redirect("my-period")
    try:
        if request.POST.get("what") == "end":
            told_wrong.take_back_bleeding_end(
                request.house, period.pk, by=request.actor, now=request.now
            )
        else:
            told_wrong.take_back_period(request.house, period.pk, by=request.actor, now=request.now)
    except told_wrong.NotTakenBack as refusal:
        messages.error(request, kindly(refusal))
        return redirect("my-period-told")
    messages.success(request, _("It is taken back. Your days are worked out anew."))
    return redirect("my-period")


def newest(seen: Seen, today: date) -> Period | None:
    """Return the period she told last, up to today."""
    row: Period | None = seen.periods.filter(start__lte=today).order_by("-start").first()
    return row


def _date_to_give_up(seen: Seen, typed: PeriodTyped) -> object | None:
    """Return the date that a new period would end, so that she is asked before."""
    if typed.what != "start":
        return None
    day = date.fromisoformat(typed.day)
    if seen.periods.filter(start__gte=day).exists():
        return None
    rows = seen.bookings.filter(kind="exam", state__in=STILL_TO_COME).select_related("slot")
    return rows.first()
