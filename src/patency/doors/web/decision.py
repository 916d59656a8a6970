"""A decision with every reason and its source, for staff and for the woman it is about."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action, may
from patency.core.language import nearest
from patency.core.protocol.model import Stage
from patency.core.visit import FINAL, VisitState
from patency.doors.web.asked import asked_before_the_exam
from patency.doors.web.asking import ActorRequest, anyone_may, is_a_woman, sees_medicine, staff_may
from patency.doors.web.found_out import found_out_by_us
from patency.doors.web.her import BEFORE_THE_EXAM
from patency.doors.web.languages import spoken
from patency.doors.web.raised import raised_by
from patency.doors.web.reasons import (
    choices_shown,
    decision_card,
    facts_shown,
    open_questions,
    overrides_counted,
    protocol_of,
    reason_cards,
    replayed,
)
from patency.doors.web.refusals import kindly
from patency.doors.web.secrecy import may_be_told, may_see_facts
from patency.records.models.booking import STILL_TO_COME
from patency.records.models.followup import DiaryEntry
from patency.records.models.report import Release
from patency.records.models.visit import Decision, Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import screening


@require_safe
@anyone_may(Action.SEE_PATIENT)
def decision(request: ActorRequest, decision_id: UUID) -> HttpResponse:
    """Return one decision: the verdict, every reason, what is open, and what is kept of it."""
    seen = seen_by(request.actor, "a decision", now=request.now)
    return _page(request, seen, _found(seen, decision_id, request))


@require_POST
@staff_may(Action.OVERRIDE)
def override(request: ActorRequest, decision_id: UUID) -> HttpResponse:
    """Go another way on one rule; a refusal keeps what was typed."""
    rule_id, reason = request.POST.get("rule", ""), request.POST.get("reason", "").strip()
    seen = seen_by(request.actor, "override a rule", now=request.now)
    row = _found(seen, decision_id, request)
    if not reason:
        messages.error(request, _("An override needs its reason. Write why, then send it again."))
        return _page(request, seen, row, typed_rule=rule_id, status=400)
    try:
        screening.override(
            request.house, row.pk, rule_id, reason, by=request.actor, now=request.now
        )
    except screening.ScreeningRefused as refusal:
        messages.error(request, kindly(refusal))
        return _page(request, seen, row, typed_rule=rule_id, typed=reason, status=409)
    messages.success(request, _("Overridden. The decision itself stays as it was."))
    return redirect("decision", row.pk)


def _found(seen: Seen, decision_id: UUID, request: ActorRequest) -> Decision:
    row: Decision | None = (
        seen.decisions.filter(pk=decision_id).select_related("visit__patient").first()
    )
    if row is None or not sees_medicine(request.actor):
        raise Http404(_("This decision was not found at your site."))
    if is_a_woman(request.actor) and not may_be_told(row, _release(seen, row)):
        raise Http404(_("This decision is told with the report."))
    return row


def _release(seen: Seen, row: Decision) -> Release | None:
    found: Release | None = seen.releases.filter(visit_id=row.visit_id).first()
    return found


def _page(
    request: ActorRequest,
    seen: Seen,
    row: Decision,
    *,
    typed_rule: str = "",
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    protocol = protocol_of(request.house, row)
    hers = is_a_woman(request.actor)
    shown_in = nearest(settings.SPEAKS, str((row.shown or {}).get("language", "en")))
    # One made on an earlier decision of this cycle counted for this one too.
    of_visit = seen.overrides.filter(decision__visit=row.visit_id).select_related("decision")
    overrides = overrides_counted(row, of_visit)
    questions = open_questions(row, protocol, hers=hers)
    context = {
        "raised": raised_by(request, _entry_of(seen, row)),
        "card": decision_card(row, protocol, overrides),
        "reasons": reason_cards(row, protocol, overrides, request.actor),
        "questions": questions,
        "found_out": found_out_by_us(row.questions, protocol) if hers and protocol else "",
        "replayed": replayed(request.house, row),
        "facts": facts_shown(row, protocol)
        if not hers or may_see_facts(row, _release(seen, row))
        else [],
        "choices": choices_shown(row, request.house.site(row.site)),
        "title": protocol.title if protocol else "",
        "hers": hers,
        "in_first_language": spoken().code == next(iter(settings.SPEAKS)),
        # An override counts for its cycle; nothing of a visit that is over goes another way.
        "is_over": VisitState(row.visit.state) in FINAL,
        "shown_in": shown_in if shown_in is not None and shown_in != spoken() else None,
        "as_shown": (row.shown or {}).get("reasons", ()),
        "back": reverse("mine") if hers else reverse("journey", args=[row.visit.patient_id]),
        "answer_url": _answers_at(request, seen, row),
        "correct_url": arrival_to_correct(request, seen, row.visit)
        if row.stage == Stage.ARRIVAL.value and not hers
        else "",
        "typed_rule": typed_rule,
        "typed": typed,
    }
    return TemplateResponse(request, "decision.html", context, status=status)


def _entry_of(seen: Seen, row: Decision) -> DiaryEntry | None:
    """Return the diary entry a decision was made of, if it was."""
    if row.follow_up_id is None or row.stage != Stage.AFTERCARE.value:
        return None
    rows = seen.diary_entries.filter(decision=row).select_related("decision")
    found: DiaryEntry | None = rows.first()
    return found


def arrival_to_correct(request: ActorRequest, seen: Seen, visit: Visit) -> str:
    """Return the page on which what was taken down at her arrival is put right, or nothing."""
    if visit.state != VisitState.ARRIVED.value or not may(request.actor, Action.CHECK_IN):
        return ""
    came = seen.bookings.filter(visit=visit, kind="exam", state="attended").order_by("-ended_at")
    pk = came.values_list("pk", flat=True).first()
    return reverse("check-in", args=[pk]) if pk else ""


def _answers_at(request: ActorRequest, seen: Seen, row: Decision) -> str:
    """Return the page on which the open questions of this decision are answered, if there is one.

    Each stage has its own: the visit its results, the arrival its check-in.
    """
    her_own = is_a_woman(request.actor)
    if VisitState(row.visit.state) not in BEFORE_THE_EXAM or row.follow_up_id is not None:
        return ""
    if row.stage == Stage.VISIT.value and not her_own:
        may_record = may(request.actor, Action.RECORD_RESULTS)
        return reverse("results", args=[row.visit_id]) if may_record else ""
    if row.stage == Stage.ARRIVAL.value:
        found = seen.bookings.filter(visit_id=row.visit_id, kind="exam", state__in=STILL_TO_COME)
        date_of_hers = found.first() if may(request.actor, Action.CHECK_IN) else None
        return reverse("check-in", args=[date_of_hers.pk]) if date_of_hers else ""
    if not may(request.actor, Action.RECORD_ANSWERS):
        return ""
    if not her_own:
        return reverse("answers", args=[row.visit_id])
    # What is asked at the clinic alone leads her to no page.
    still = set(asked_before_the_exam(request, row.visit)) & set(row.questions)
    return reverse("my-answers") if still else ""
