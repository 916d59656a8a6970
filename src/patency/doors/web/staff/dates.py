"""Booking a date for the examination at the desk."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.offers import offers, take, why_not
from patency.doors.web.refusals import kindly
from patency.doors.web.staff.screening import visit_at
from patency.records.seen_by import seen_by
from patency.service import booking


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.BOOK)
def dates(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Show the free times of her usable days, and book the one that is chosen."""
    visit = visit_at(request, visit_id)
    seen = seen_by(request.actor, "dates", now=request.now)
    found = offers(request, seen, visit)
    if request.method == "POST":
        try:
            made = take(request, visit, found.mine)
        except booking.BookingRefused as refusal:
            messages.error(request, kindly(refusal))
            kept = why_not(seen, visit, request)
            return redirect("decision", kept.pk) if kept else redirect("dates", visit.pk)
        if made is not None:
            messages.success(request, _("The date is hers."))
            return redirect("journey", visit.patient_id)
    context = {
        "offers": found,
        "patient": visit.patient,
        "back": reverse("journey", args=[visit.patient_id]),
    }
    return TemplateResponse(request, "staff/dates.html", context)
