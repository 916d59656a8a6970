"""A place that is kept for her: she takes it, or leaves it to the next woman."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.doors.web.answered import TAKE, answered
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.her import Journey, window_of
from patency.doors.web.her_line import place_kept
from patency.doors.web.offers import why_not
from patency.records.seen_by import seen_by

WAITS = "my-waiting"


def taken(request: ActorRequest) -> bool:
    """Return whether she said that she takes the place."""
    return request.POST.get("answer") == TAKE


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.BOOK)
def my_offer(request: ActorRequest, offer_id: UUID) -> HttpResponse:
    """Show her the place that is kept for her, and take her answer."""
    seen = seen_by(request.actor, "her own offer", now=request.now)
    found = seen.offers.select_related("slot", "visit").get(pk=offer_id)
    if request.method == "POST":
        answer = answered(request, found, hers=True)
        messages.add_message(request, answer.level, answer.sentence)
        kept = why_not(seen, found.visit, request) if answer.was_refused else None
        if kept:
            return redirect("decision", kept.pk)
        return redirect("my-day" if answer.level == messages.SUCCESS and taken(request) else WAITS)
    journey = Journey(seen.patients.get(), found.visit, seen, request)
    kept_for_her = place_kept(journey, window_of(journey, request), request)
    if kept_for_her is not None and kept_for_her.offer.pk != found.pk:
        kept_for_her = None
    return TemplateResponse(request, "patient/offer.html", {"kept": kept_for_her, "offer": found})
