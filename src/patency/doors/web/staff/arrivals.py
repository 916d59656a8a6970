"""She arrives: asked again, tested again, and let in, kept waiting, or sent home with a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.protocol.model import Stage
from patency.doors.web.asked import (
    TestForm,
    empty_test,
    parts_of,
    protocol_at,
    read_all,
    read_test,
    still_asked,
)
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.fields import fields_of
from patency.doors.web.refusals import refused
from patency.doors.web.words import CODES
from patency.records.models.booking import Booking
from patency.records.seen_by import seen_by
from patency.service import arrival, journey, laboratory

REFUSED = (arrival.ArrivalRefused, journey.AnswersRefused, laboratory.TestRefused)
TESTS = ("pregnancy_urine", "hcg_serum")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.CHECK_IN)
def check_in(request: ActorRequest, booking_id: UUID) -> HttpResponse:
    """Take down her arrival; the service says whether she goes in."""
    seen = seen_by(request.actor, "check-in", now=request.now)
    row: Booking | None = (
        seen.bookings.filter(pk=booking_id).select_related("slot", "visit__patient").first()
    )
    if row is None:
        raise Http404("This date was not found at your site.")
    protocol = protocol_at(request)
    asked = still_asked(request, row.visit, [Stage.ARRIVAL], extra={"exam_date": row.slot.day})
    kinds = [kind for kind in TESTS if set(parts_of(protocol, kind)) & set(asked)]
    parts = {name for kind in kinds for name in parts_of(protocol, kind)}
    names = [name for name in asked if name not in parts]
    context: dict[str, object] = {
        "title": "She arrives",
        "patient": row.visit.patient,
        "back": reverse("journey", args=[row.visit.patient_id]),
    }
    if request.method != "POST":
        context["fields"] = fields_of(protocol, names)
        context["tests"] = [empty_test(protocol, kind, CODES[kind], request) for kind in kinds]
        return TemplateResponse(request, "staff/form.html", context)
    typed = read_all(protocol, names, request)
    read = [read_test(protocol, kind, CODES[kind], request) for kind in kinds]
    context |= {"fields": typed.fields, "tests": [form for form, _ in read]}
    if typed.problems or any(_wrong(form) for form, _ in read):
        return TemplateResponse(request, "staff/form.html", context, status=400)
    try:
        done = arrival.check_in(
            request.house,
            row.pk,
            answers=typed.answers,
            tests=[taken for _, taken in read if taken is not None],
            by=request.actor,
            now=request.now,
        )
    except REFUSED as refusal:
        return TemplateResponse(request, "staff/form.html", context | refused(refusal), status=409)
    messages.success(request, _said(done))
    return redirect("decision", done.row.pk)


def _wrong(form: TestForm) -> bool:
    return bool(form.problem) or any(field.problem for field in form.fields)


def _said(done: arrival.Arrived) -> str:
    if done.may_go_in:
        return "She is checked in and may go in."
    if done.hold is not None or done.turned_down is not None:
        return "She does not go in today. The reasons stand below; tell her when to come back."
    return "She waits: something is still open. The reasons and questions stand below."
