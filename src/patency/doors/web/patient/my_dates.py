"""Choosing a date for her examination herself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.visit import FINAL, VisitState
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.offers import offers, take, why_not
from patency.doors.web.patient.home import herself
from patency.doors.web.refusals import kindly
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service import booking

TAKES_DATES = ("cleared", "booked")


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.BOOK)
def my_dates(request: ActorRequest) -> HttpResponse:
    """Show her the free times of her days, and book the one she chooses."""
    seen = seen_by(request.actor, "her own dates", now=request.now)
    _, visit = herself(seen)
    if visit is None or visit.state not in TAKES_DATES:
        messages.info(request, _why_no_dates(visit))
        return redirect("mine")
    found = offers(request, seen, visit)
    if request.method == "POST":
        try:
            made = take(request, visit, found.mine)
        except booking.BookingRefused as refusal:
            messages.error(request, kindly(refusal))
            kept = why_not(seen, visit, request)
            return redirect("decision", kept.pk) if kept else redirect("my-dates")
        if made is not None:
            messages.success(request, "This date is yours.")
            return redirect("mine")
    return TemplateResponse(request, "patient/dates.html", {"offers": found})


def _why_no_dates(visit: Visit | None) -> str:
    """Return why there is no date to choose, as it is with her."""
    if visit is None or VisitState(visit.state) in FINAL:
        return "No visit is open for you, so there is no date to choose. Call us for a new one."
    match VisitState(visit.state):
        case VisitState.REGISTERED:
            return "Dates open to you when your test is passed."
        case VisitState.ON_HOLD:
            return "Something is to be seen to first. Dates open to you again after that."
        case _:
            return "Your examination has begun or is done, so there is no date to choose."
