"""What put her on hold is treated, and she says what she kept to; then comes the retest."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action, may
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import refused
from patency.doors.web.staff.screening import visit_at
from patency.records.models.visit import Treatment, Visit
from patency.records.seen_by import seen_by
from patency.service import screening


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.RECORD_ANSWERS)
def treatment(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Take down a treatment, its last day, or what she says she kept to meanwhile."""
    visit = visit_at(request, visit_id)
    seen = seen_by(request.actor, "her treatment", now=request.now)
    rows = list(seen.treatments.filter(visit=visit).order_by("started_on"))
    newest = rows[-1] if rows else None
    context: dict[str, object] = {
        "patient": visit.patient,
        "back": reverse("journey", args=[visit.patient_id]),
        "treatments": rows,
        "newest": newest,
        "may_treat": may(request.actor, Action.TREAT),
        "typed": request.POST,
    }
    status = 200
    if request.method == "POST":
        try:
            messages.success(request, _kept(request, visit, newest))
        except ValueError:
            context["problem"], status = _("Give a day, such as 2025-09-29."), 400
        except screening.ScreeningRefused as refusal:
            context |= refused(refusal)
            status = 409
        else:
            return redirect("treatment", visit.pk)
    return TemplateResponse(request, "staff/treatment.html", context, status=status)


def _kept(request: ActorRequest, visit: Visit, newest: Treatment | None) -> str:
    """Return what was taken down. Raises ``ValueError`` for a day that is none."""
    posted, by, now = request.POST, request.actor, request.now
    what = posted.get("what", "")
    if what == "end" and newest is not None:
        last = date.fromisoformat(posted.get("ended_on", ""))
        screening.end_treatment(request.house, newest.pk, ended_on=last, by=by, now=now)
        return _("Its last day is kept.")
    if what == "attest" and newest is not None:
        screening.attest_treatment(
            request.house,
            newest.pk,
            no_intercourse=posted.get("no_intercourse") == "yes",
            no_bath=posted.get("no_bath") == "yes",
            by=by,
            now=now,
        )
        return _("What she says she kept to is kept.")
    ended = posted.get("ended_on", "").strip()
    screening.treat(
        request.house,
        visit.pk,
        what=posted.get("medicine", "").strip(),
        prescriber=posted.get("prescriber", "").strip(),
        started_on=date.fromisoformat(posted.get("started_on", "")),
        ended_on=date.fromisoformat(ended) if ended else None,
        by=by,
        now=now,
    )
    return _("The treatment is kept.")
