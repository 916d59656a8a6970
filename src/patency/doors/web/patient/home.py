"""Her own page: one thing to do next, her journey as a list, and whom to call; nothing else."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.patient.afterwards import afterwards
from patency.doors.web.patient.herself import Hers, hers, herself
from patency.doors.web.patient.next_thing import next_thing
from patency.doors.web.patient.road import road
from patency.doors.web.ribbon import Ribbon, forecast_ribbon
from patency.doors.web.secrecy import may_be_told
from patency.records.seen_by import seen_by

__all__ = ["herself", "mine", "timeline"]


@require_safe
@she_may(Action.SEE_PATIENT)
def mine(request: ActorRequest) -> HttpResponse:
    """Return her page, for the visit she is in."""
    found = hers(request, "her own page")
    if found is None:
        patient = seen_by(request.actor, "her own page", now=request.now).patients.get()
        return TemplateResponse(request, "patient/nothing.html", {"patient": patient})
    her = found.journey
    context = {
        "her": her,
        "patient": her.patient,
        "next": next_thing(request, found),
        "newest": newest_told(found),
        "parts": road(request, found),
        "ribbon": ribbon_of(request, found),
        "campus": request.around.site.campuses.get(her.visit.campus),
        "line": found.line,
        **afterwards(request, found),
    }
    return TemplateResponse(request, "patient/home.html", context)


@require_safe
@she_may(Action.SEE_PATIENT)
def timeline(request: ActorRequest) -> HttpResponse:
    """Return what has happened so far, as far as it is hers to read."""
    found = hers(request, "her own timeline")
    told = told_to_her(found) if found else []
    lines = [
        line
        for line in (found.journey.timeline if found else [])
        if line.hers and (line.decision is None or line.decision in told)
    ]
    return TemplateResponse(request, "patient/timeline.html", {"timeline": lines})


def told_to_her(found: Hers) -> list[object]:
    """Return the decisions she may read."""
    release = found.journey.release
    return [card for card in found.journey.decisions if may_be_told(card.row, release)]


def newest_told(found: Hers) -> object | None:
    """Return the newest decision she may read."""
    told = told_to_her(found)
    return told[-1] if told else None


def ribbon_of(request: ActorRequest, found: Hers) -> Ribbon | None:
    """Return the ribbon of this cycle; of the next one where no day of this is left."""
    window = found.window
    period = found.journey.period
    still_bleeds = period is not None and period.bleeding_ended is None
    has_days = window is not None and (window.open_days or found.journey.to_come or still_bleeds)
    if window is not None and window.ribbon is not None and (has_days or found.forecast is None):
        return window.ribbon
    return forecast_of(request, found)


def forecast_of(request: ActorRequest, found: Hers) -> Ribbon | None:
    """Return the ribbon of the next cycle as it may be; None where nobody can say."""
    if found.forecast is None or found.forecast.late is not None:
        return None
    first, last = found.days_after_bleeding
    return forecast_ribbon(
        found.forecast, request.around.today, found.closed, first_day=first, last_day=last
    )
