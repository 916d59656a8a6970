"""The report editor: findings tube by tube, checked and put into words while they are typed."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patency.core.access import Action
from patency.core.findings.model import Findings
from patency.core.findings.partly import Partly
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.exam_film import film_of
from patency.doors.web.film_strip import film_strip
from patency.doors.web.refusals import refused
from patency.doors.web.staff.exam import steps_seen
from patency.doors.web.staff.film import film_data
from patency.doors.web.staff.findings_form import (
    NAMES,
    QUICK,
    FindingsForm,
    from_the_record,
    read,
    typed_in,
    typed_of,
)
from patency.doors.web.staff.findings_words import check_of
from patency.doors.web.staff.screening import visit_at
from patency.doors.web.staff.suggestions import BUTTON, panel, said_of_the_draft
from patency.doors.web.words import capital
from patency.records.models.report import FindingsDraft, Report
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import drafting, reporting
from patency.service.examined import newest_findings, of_the_day

REFUSED = (drafting.DraftingRefused, reporting.ReportingRefused)
WHY = "write a report"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.REPORT)
def editor(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Show the editor, or keep the findings and put the report into words."""
    visit = visit_at(request, visit_id)
    seen = seen_by(request.actor, WHY, now=request.now)
    draft, chosen = _drafts(seen, visit, request.GET.get("draft", ""))
    standing = _standing(seen, visit)
    if request.method != "POST":
        typed = _to_begin_with(visit, chosen or draft)
        reason = _reason_so_far(seen, visit) if standing else ""
        return _page(request, visit, typed, draft, standing=standing, reason=reason)
    if BUTTON in request.POST:
        return said_of_the_draft(request, visit)
    typed, reason = typed_in(request.POST), request.POST.get("reason", "").strip()
    quick = request.POST.get("quick", "")
    if quick in QUICK:  # without a script the page itself fills them in
        return _page(
            request, visit, {**typed, **QUICK[quick]}, draft, standing=standing, reason=reason
        )
    found = read(typed, of_the_day(visit))
    if found.findings is None or (standing and not reason):
        if standing and not reason:
            messages.error(request, _("Say why the report is amended; what you picked is here."))
        return _page(
            request, visit, typed, draft, standing=standing, reason=reason, asked=True, status=400
        )
    try:
        report = _kept(request, visit, found.findings, reason if standing else None)
    except REFUSED as refusal:
        return _page(
            request,
            visit,
            typed,
            draft,
            standing=standing,
            reason=reason,
            status=409,
            more=refused(refusal),
        )
    return redirect("report", report.pk)


def _kept(request: ActorRequest, visit: Visit, findings: Findings, reason: str | None) -> Report:
    house, by, now = request.house, request.actor, request.now
    reporting.record_findings(house, visit.pk, findings, by=by, now=now)
    if reason is not None:
        return reporting.amend(house, visit.pk, reason, by=by, now=now)
    return reporting.draft(house, visit.pk, by=by, now=now)


@require_POST
@staff_may(Action.REPORT)
def typed(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Save what stands in the editor, and say what it comes to so far."""
    visit = visit_at(request, visit_id)
    text = typed_in(request.POST)
    began = request.POST.get("began_from", "")
    context = _live(request, visit, text)
    try:
        saved = drafting.save_draft(
            request.house,
            visit.pk,
            text,
            began_from=int(began) if began.isascii() and began.isdigit() else 0,
            by=request.actor,
            now=request.now,
        )
    except drafting.DraftingRefused as refusal:
        context |= {"not_saved": refused(refusal)["problem"]}
    else:
        beside = saved.other is not None
        context |= {
            "saved": saved,
            "began_from": began if beside else saved.draft.number,
            "fresh": True,
        }
    return TemplateResponse(request, "pieces/report_live.html", context)


@require_safe
@staff_may(Action.REPORT)
def texts(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Show the newest draft and the newest one that was kept beside it, field by field."""
    visit = visit_at(request, visit_id)
    seen = seen_by(request.actor, WHY, now=request.now)
    rows = seen.findings_drafts.filter(visit=visit).order_by("-number")
    ours, beside = rows.filter(beside=False).first(), rows.filter(beside=True).first()
    pairs = []
    if ours is not None and beside is not None:
        for name in NAMES:
            one, other = (_said(name, (row.typed or {}).get(name)) for row in (ours, beside))
            if one != other:
                pairs.append((_label(name), one, other))
    context = {
        "patient": visit.patient,
        "visit": visit,
        "ours": ours,
        "beside": beside,
        "pairs": pairs,
        "back": reverse("report-editor", args=[visit.pk]),
    }
    return TemplateResponse(request, "staff/report_texts.html", context)


def _page(
    request: ActorRequest,
    visit: Visit,
    text: Mapping[str, object],
    draft: FindingsDraft | None,
    *,
    standing: Report | None,
    reason: str,
    asked: bool = False,
    status: int = 200,
    more: Mapping[str, object] | None = None,
) -> HttpResponse:
    exam = getattr(visit, "exam_record", None)
    steps = steps_seen(seen_by(request.actor, WHY, now=request.now), visit)
    suggested = panel(request, visit, text)
    context: dict[str, object] = {
        "patient": visit.patient,
        "visit": visit,
        "exam": exam,
        "strip": film_strip(film_of(steps, request.now)),
        "form": FindingsForm(initial=dict(text)),
        "standing": standing,
        "reason": reason,
        "began_from": draft.number if draft else 0,
        "draft": draft,
        "quick_json": {name.replace("-", "_"): json.dumps(each) for name, each in QUICK.items()},
        "is_over": exam is None or visit.state in (VisitState.CLOSED, VisitState.CANCELLED),
        "asked": asked,
        "back": reverse("reading"),
        "film": film_data(request, visit, suggested.get("draft_findings")),
        **suggested,
        **_live(request, visit, text),
        **(more or {}),
    }
    return TemplateResponse(request, "staff/report_editor.html", context, status=status)


def _live(request: ActorRequest, visit: Visit, text: Mapping[str, object]) -> dict[str, object]:
    found: Partly = read(text, of_the_day(visit))
    composed = None
    if found.findings is not None:
        composed = drafting.preview(
            request.house,
            visit.pk,
            found.findings,
            language=translation.get_language() or "en",
            by=request.actor,
            now=request.now,
        )
    # What is still missing is one line a tube, until somebody has begun with it.
    return {
        "visit": visit,
        "wrong": [check_of(each) for each in found.wrong],
        "missing": [check_of(each) for each in found.missing],
        "look": [check_of(each) for each in found.look],
        "composed": composed,
        "her_language": visit.patient.language,
    }


def _drafts(
    seen: Seen, visit: Visit, asked: str
) -> tuple[FindingsDraft | None, FindingsDraft | None]:
    """Return the newest draft, and the one that was asked for."""
    rows = seen.findings_drafts.filter(visit=visit)
    newest: FindingsDraft | None = rows.filter(beside=False).order_by("-number").first()
    try:
        chosen = rows.filter(pk=UUID(asked)).first() if asked else None
    except ValueError:
        chosen = None
    return newest, chosen


def _to_begin_with(visit: Visit, draft: FindingsDraft | None) -> Mapping[str, object]:
    """Return what the editor begins with: the newer of draft and kept findings, or the record."""
    rows = visit.findings.order_by("-made_at")
    kept = rows.first()
    if (
        draft is not None
        and draft.typed
        and (kept is None or draft.made_at > _before(kept.made_at))
    ):
        return draft.typed
    findings = newest_findings(visit)
    if findings is not None:
        return typed_of(findings)
    exam = getattr(visit, "exam_record", None)
    return from_the_record(
        of_the_day(visit), is_complete=exam is not None and exam.outcome == "completed"
    )


def _before(moment: Any) -> Any:
    # Kept and saved within one moment: what was kept is what stands.
    return moment + timedelta(microseconds=1)


def _standing(seen: Seen, visit: Visit) -> Report | None:
    found: Report | None = (
        seen.reports.filter(visit=visit, status="signed").order_by("-version").first()
    )
    return found


def _reason_so_far(seen: Seen, visit: Visit) -> str:
    draft = seen.reports.filter(visit=visit, status="draft").first()
    return (draft.reason or "") if draft is not None else ""


def _label(name: str) -> str:
    label = str(FindingsForm.base_fields[name].label)
    if name.startswith("right_"):
        return _("Right tube: %(field)s") % {"field": label}
    if name.startswith("left_"):
        return _("Left tube: %(field)s") % {"field": label}
    return capital(label)


def _said(name: str, value: object) -> str:
    """Return what is typed in one field as the page words it."""
    choices = dict(getattr(FindingsForm.base_fields[name], "choices", ()))
    if isinstance(value, list):
        return " · ".join(str(choices.get(each, each)) for each in value)
    if name == "leak":
        return _("Yes") if value else ""
    return str(choices.get(value, value or ""))
