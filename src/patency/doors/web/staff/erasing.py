"""The end of a record, for an administrator: who asked, what would go, what the law keeps."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.patient.my_data import KEPT, EndForm
from patency.doors.web.refusals import kindly
from patency.records.seen_by import seen_by
from patency.service import erasure


@require_safe
@staff_may(Action.ERASE)
def erasures(request: ActorRequest) -> HttpResponse:
    """Return the wishes that nobody has seen to, the oldest first."""
    seen = seen_by(request.actor, "who asked for the end of her record", now=request.now)
    wishes = seen.erasure_wishes.filter(withdrawn_at__isnull=True, done_at__isnull=True)
    rows = list(wishes.select_related("patient").order_by("asked_at"))
    context = {"wishes": [(row, row.asked_at + erasure.TIME_TO_ERASE) for row in rows]}
    return TemplateResponse(request, "staff/erasures.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.ERASE)
def erase(request: ActorRequest, patient_id: UUID) -> HttpResponse:
    """Show what would go, and erase once her number is typed."""
    by, now = request.actor, request.now
    patient = seen_by(by, "before erasing", now=now).patients.get(pk=patient_id)
    form = EndForm(request.POST if request.method == "POST" else None, hers=patient.number)
    problem, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            try:
                erasure.erase(request.house, patient.pk, by=by, now=now)
            except erasure.ErasureRefused as refusal:
                problem, status = str(kindly(refusal)), 409
            else:
                messages.success(request, _("Her record has ended, as far as the law lets it."))
                return redirect("erasures")
        else:
            status = 400
    outlook = erasure.would_erase_of(request.house, patient.pk, by=by, now=now)
    context = {
        "patient": patient,
        "outlook": outlook,
        "kept": [KEPT.get(what, what) for what in outlook.locked],
        "form": form,
        "problem": problem,
        "back": reverse("erasures"),
    }
    return TemplateResponse(request, "staff/erase.html", context, status=status)
