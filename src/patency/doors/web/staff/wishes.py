"""What she wishes of her dates, as she tells it at the desk."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.her import BEFORE_THE_EXAM
from patency.doors.web.refusals import refused
from patency.doors.web.staff.screening import visit_at
from patency.doors.web.wished import keep, page
from patency.records.seen_by import seen_by
from patency.service import waiting


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.RECORD_ANSWERS)
def wishes(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Show what she can wish for and what it costs her, and keep what she tells."""
    visit = visit_at(request, visit_id)
    if VisitState(visit.state) not in BEFORE_THE_EXAM:
        messages.info(request, _("No examination is to come, so there is nothing to wish for."))
        return redirect("journey", visit.patient_id)
    seen = seen_by(request.actor, "her wishes", now=request.now)
    problem: dict[str, object] = {}
    if request.method == "POST":
        try:
            keep(request, visit)
        except waiting.WaitingRefused as refusal:
            problem = refused(refusal)
        else:
            messages.success(request, _("Her wishes are kept. They count from now on."))
            return redirect("wishes", visit.pk)
    context = {
        **page(request, seen, visit),
        **problem,
        "patient": visit.patient,
        "back": reverse("journey", args=[visit.patient_id]),
    }
    return TemplateResponse(request, "staff/wishes.html", context, status=409 if problem else 200)
