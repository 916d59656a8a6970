"""What she signs at the desk: consent with the rates she is shown, and the application form."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.protocol.model import Stage
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.consent_words import rates_told
from patency.doors.web.refusals import kindly, refused
from patency.doors.web.staff.screening import visit_at
from patency.doors.web.words import capital, in_words
from patency.records.models.visit import Decision, Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import paperwork

NO_WISH = "none"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.TAKE_CONSENT)
def papers(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Take her consent or take it back, and make the application form once every gate is passed."""
    visit = visit_at(request, visit_id)
    seen = seen_by(request.actor, "her papers", now=request.now)
    posted = request.POST
    context: dict[str, object] = {
        "visit": visit,
        "patient": visit.patient,
        "back": reverse("journey", args=[visit.patient_id]),
        "rates": rates_told(visit.medium_wanted),
        "consent": seen.consents.filter(visit=visit, withdrawn_at__isnull=True).first(),
        "application": seen.application_forms.filter(visit=visit).first(),
        "sexes": [
            (sex or NO_WISH, capital(in_words(sex)) if sex else _("No wish"))
            for sex in paperwork.SEXES
        ],
        "typed": posted,
    }
    status = 200
    if request.method == "POST":
        try:
            if posted.get("what") == "withdraw":
                paperwork.withdraw_consent(visit.pk, by=request.actor, now=request.now)
                messages.success(
                    request, _("Her consent is taken back. No date of hers stands without it.")
                )
            elif posted.get("what") == "application":
                paperwork.sign_application(
                    request.house, visit.pk, by=request.actor, now=request.now
                )
                messages.success(request, _("The application form is made. She can take a date."))
            else:
                _sign(request, visit)
                messages.success(request, _("Her consent is kept."))
            return redirect("papers", visit.pk)
        except paperwork.GatesClosed as refusal:
            kept = _kept_now(seen, visit, request)
            if kept is not None:
                messages.error(request, kindly(refusal))
                return redirect("decision", kept.pk)
            context |= refused(refusal)
        except paperwork.PaperworkRefused as refusal:
            context |= refused(refusal)
            context["other_name"] = isinstance(refusal, paperwork.NotHerName)
        status = 409
    return TemplateResponse(request, "staff/papers.html", context, status=status)


def _sign(request: ActorRequest, visit: Visit) -> None:
    posted = request.POST
    sex = posted.get("operator_sex_wish") or None
    paperwork.sign_consent(
        request.house,
        visit.pk,
        signed_name=posted.get("signed_name", ""),
        chaperone={"yes": True, "no": False}.get(posted.get("chaperone", "")),
        interpreter_language=posted.get("interpreter_language", "").strip()[:16],
        operator_sex_wish="" if sex == NO_WISH else sex,
        other_name_seen=posted.get("other_name_seen") == "yes",
        by=request.actor,
        now=request.now,
    )


def _kept_now(seen: Seen, visit: Visit, request: ActorRequest) -> Decision | None:
    rows = seen.decisions.filter(visit=visit, stage=Stage.VISIT.value, made_at=request.now)
    found: Decision | None = rows.first()
    return found
