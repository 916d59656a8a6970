"""When reports go out: due, held back, still to be told; early with a reason; a new code."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patency.core.access import Action, may
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.forms import DayField, PageForm
from patency.doors.web.refusals import kindly, refused
from patency.doors.web.staff.screening import visit_at
from patency.doors.web.words import due_words
from patency.gateways.qr import svg
from patency.records.models.report import Release
from patency.records.seen_by import Seen, seen_by
from patency.service import pickup, reporting
from patency.service.examined import COPIES
from patency.service.outgoing import channels_of

A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Waiting:
    """One signed report that is not out yet."""

    release: Release
    report: Any
    due: str
    is_due: bool
    critical: tuple[Any, ...]
    """What she must be told first."""


@require_safe
@staff_may(Action.RELEASE_REPORT)
def releases(request: ActorRequest) -> HttpResponse:
    """Return the signed reports that are not out yet, and those that went out last."""
    seen = seen_by(request.actor, "release control", now=request.now)
    rows = (
        seen.releases.filter(released_at__isnull=True)
        .select_related("visit__patient")
        .order_by("due_at", "pk")
    )
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    out = (
        seen.releases.filter(released_at__isnull=False)
        .select_related("visit__patient")
        .order_by("-released_at")[:10]
    )
    context = {
        "page": page,
        "lines": _lines(seen, list(page), request.now),
        "out": list(out),
        "days": int(request.around.site.choices["report_working_days"].value),
        "may_pick_up": may(request.actor, Action.PICK_UP),
    }
    return TemplateResponse(request, "staff/report_releases.html", context)


def _lines(seen: Seen, rows: list[Release], now: datetime) -> list[Waiting]:
    visits = [row.visit_id for row in rows]
    signed = {row.visit_id: row for row in seen.reports.filter(visit__in=visits, status="signed")}
    untold: dict[UUID, list[Any]] = {}
    for finding in seen.critical_findings.filter(
        report__visit__in=visits, told_at__isnull=True
    ).select_related("report"):
        untold.setdefault(finding.report.visit_id, []).append(finding)
    return [
        Waiting(
            release=row,
            report=signed.get(row.visit_id),
            due=str(due_words(row.due_at, now)),
            is_due=now >= row.due_at,
            critical=tuple(untold.get(row.visit_id, ())),
        )
        for row in rows
    ]


@require_POST
@staff_may(Action.RELEASE_REPORT)
def release(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Release a report; before its day only with a clinician's reason.

    Her code goes to her; where she said yes to no message, it is shown here, once.
    """
    visit = visit_at(request, visit_id)
    house, by, now = request.house, request.actor, request.now
    reason = request.POST.get("reason", "").strip()
    try:
        done = reporting.release(house, visit.pk, early_because=reason, by=by, now=now)
    except reporting.ReportingRefused as refusal:
        messages.error(request, kindly(refusal))
        return redirect("report-releases")
    if channels_of(visit.patient):
        messages.success(
            request,
            _(
                "The report is out, and its code goes to her by message. If she stands here, give "
                "her a new code."
            ),
        )
        return redirect("report-releases")
    return _code_page(request, visit, done.code, _("The report is out."))


@require_POST
@staff_may(Action.RELEASE_REPORT)
def hold_back(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Hold a report back with a reason, or lift the hold."""
    visit = visit_at(request, visit_id)
    reason = request.POST.get("reason", "").strip()
    if request.POST.get("what") == "hold" and not reason:
        messages.error(request, _("Not held back: say why. The reason stands beside it."))
        return redirect("report-releases")
    kept = reason if request.POST.get("what") == "hold" else ""
    try:
        reporting.hold_back(visit.pk, kept, by=request.actor, now=request.now)
    except reporting.ReportingRefused as refusal:
        messages.error(request, kindly(refusal))
    else:
        messages.success(
            request,
            _("The report is held back until the hold is lifted.")
            if kept
            else _("The hold is lifted; it goes out when it is due."),
        )
    return redirect("report-releases")


# ---------------------------------------------------------------- a new code at the desk


class IdentityForm(PageForm):
    """What the desk checks before it hands over a new code."""

    shown = forms.ChoiceField(
        label=gettext_lazy("What she showed"),
        widget=forms.RadioSelect,
        choices=(
            ("id-card", gettext_lazy("Identity card or passport, with her photograph")),
            ("hospital-card", gettext_lazy("The hospital's card, and she is known here")),
        ),
        error_messages={"required": gettext_lazy("Choose what she showed.")},
    )
    birth_date = DayField(
        label=gettext_lazy("Her date of birth, as she says it"),
        help_text=gettext_lazy("Ask her; do not read it to her."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.PICK_UP)
def new_code(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Give a new pick-up code to a woman whose identity was checked; the old one ends."""
    visit = visit_at(request, visit_id)
    form = IdentityForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {
        "patient": visit.patient,
        "form": form,
        "back": reverse("journey", args=[visit.patient_id]),
    }
    if request.method != "POST":
        return TemplateResponse(request, "staff/pickup_code.html", context)
    if not form.is_valid():
        return TemplateResponse(request, "staff/pickup_code.html", context, status=400)
    try:
        code = pickup.renew_code(
            visit.pk,
            shown=form.cleaned_data["shown"],
            born=form.cleaned_data["birth_date"],
            by=request.actor,
            now=request.now,
        )
    except pickup.PickupRefused as refusal:
        context |= refused(refusal)
        return TemplateResponse(request, "staff/pickup_code.html", context, status=409)
    return _code_page(request, visit, code, _("The old code does not count any more."))


def _code_page(request: ActorRequest, visit: Any, code: str, said: str) -> HttpResponse:
    site = request.around.site
    context = {
        "patient": visit.patient,
        "picture": mark_safe(svg(code)),  # drawn by us, from a code of ours
        "code": [code[place : place + 4] for place in range(0, len(code), 4)],
        "said": said,
        "copies": COPIES,
        "printer": site.printer,
        "back": reverse("report-releases")
        if may(request.actor, Action.RELEASE_REPORT)
        else reverse("journey", args=[visit.patient_id]),
    }
    return TemplateResponse(request, "staff/pickup_code_shown.html", context)
