"""Her place in the line: what is planned for her, why, and what counts for her next cycle."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.patient.herself import hers
from patency.doors.web.patient.home import ribbon_of
from patency.doors.web.ribbon import likely_words
from patency.records.seen_by import seen_by


@require_safe
@she_may(Action.BOOK)
def my_waiting(request: ActorRequest) -> HttpResponse:
    """Show where she stands while she waits for a date."""
    found = hers(request, "her own place in the line")
    if found is None or not found.journey.before_the_exam:
        messages.info(request, _("No examination is to come, so you wait for no date."))
        return redirect("mine")
    line = found.line
    site = request.around.site
    wishes = seen_by(request.actor, "her own wishes", now=request.now).wishes
    context = {
        "line": line,
        "her": found.journey,
        "window": found.window,
        "planned_at": site.campuses.get(line.plan.campus) if line.plan else None,
        "ribbon": ribbon_of(request, found),
        "wishes": wishes.filter(visit=found.journey.visit).count(),
        "likely": likely_words(*found.forecast.likely_start()) if found.forecast else "",
        "campus": site.campuses.get(found.journey.visit.campus),
    }
    return TemplateResponse(request, "patient/waiting.html", context)
