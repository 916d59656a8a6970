"""Her period, as she tells it at the desk: when it began, and when it stopped bleeding."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.periods import PeriodTyped, tell
from patency.doors.web.refusals import refused
from patency.records.models.people import Patient
from patency.records.seen_by import seen_by
from patency.service import cycles


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.REPORT_PERIOD)
def period(request: ActorRequest, patient_id: UUID) -> HttpResponse:
    """Take down the first day of a period, or the last day of bleeding."""
    seen = seen_by(request.actor, "her period", now=request.now)
    patient: Patient | None = seen.patients.filter(pk=patient_id).first()
    if patient is None:
        raise Http404(_("She was not found at your site."))
    typed = PeriodTyped.from_post(request)
    context: dict[str, object] = {
        "typed": typed,
        "patient": patient,
        "back": reverse("journey", args=[patient.pk]),
        "newest": seen.periods.filter(patient=patient).order_by("-start").first(),
    }
    status = 200
    if request.method == "POST":
        if typed.problem:
            context["problem"], status = typed.problem, 400
        else:
            try:
                tell(request, patient.pk, typed)
            except cycles.BleedingInPregnancy as kept:
                context |= {
                    "problem": _(
                        "A pregnancy is known, so this is not taken as a period. She is seen "
                        "today: a task is open. Ask for pain, dizziness, fainting and pain at the "
                        "shoulder."
                    ),
                    "detail": str(kept),
                    "call_now": True,
                }
            except cycles.CycleRefused as refusal:
                context |= refused(refusal)
                status = 409
            else:
                messages.success(request, _("Kept. Her days below are worked out anew."))
                return redirect("journey", patient.pk)
    return TemplateResponse(request, "staff/period.html", context, status=status)
