"""One version of a report: read, signed, printed, compared with the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patency.core.access import Action, may
from patency.core.report.words import words_in
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import kindly, refused
from patency.doors.web.staff.screening import visit_at
from patency.gateways.pdf import NotRendered
from patency.records.models.report import Report
from patency.records.seen_by import Seen, seen_by
from patency.service import critical, papers, reporting

WHY = "read a report"


@require_safe
@staff_may(Action.READ_REPORT)
def report(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Return one version, with what can be done with it."""
    seen = seen_by(request.actor, WHY, now=request.now)
    row = _report(seen, report_id)
    versions = list(seen.reports.filter(visit=row.visit).order_by("version"))
    site = request.house.site(row.site)
    context = {
        "report": row,
        "visit": row.visit,
        "patient": row.visit.patient,
        "versions": versions,
        "paragraphs": (row.sections or {}).get("sections", ()),
        "plain": row.plain or {},
        "language": words_in(request.house.report_words, site.languages[0]).language.code,
        "her_language": words_in(
            request.house.report_words, row.visit.patient.language
        ).language.code,
        "critical": list(seen.critical_findings.filter(report__visit=row.visit).order_by("due_at")),
        "release": seen.releases.filter(visit=row.visit).first(),
        "may_sign": row.status == "draft" and may(request.actor, Action.SIGN),
        "may_write": may(request.actor, Action.REPORT),
        "may_release": may(request.actor, Action.RELEASE_REPORT),
        "back": reverse("reading") if may(request.actor, Action.REPORT) else "",
    }
    return TemplateResponse(request, "staff/report.html", context)


@require_POST
@staff_may(Action.SIGN)
def sign(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Sign a draft that was read."""
    try:
        signed = reporting.sign(request.house, report_id, by=request.actor, now=request.now)
    except reporting.ReportingRefused as refusal:
        messages.error(request, kindly(refusal))
        return redirect("report", report_id)
    said = _("Signed. The next one is below.")
    if signed.version > 1:
        said = _("Version %(version)s is signed and stands.") % {"version": signed.version}
    messages.success(request, said)
    return redirect("reading")


@require_safe
@staff_may(Action.READ_REPORT)
def paper(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Return a version as it is printed."""
    values = papers.report_values(request.house, report_id, by=request.actor, now=request.now)
    return as_pdf(request, "report", values, "report.pdf")


def as_pdf(
    request: ActorRequest, document: str, values: Mapping[str, object], name: str
) -> HttpResponse:
    """Return a document to be shown by the browser; its name says nothing of her."""
    try:
        made = request.house.gateways.pdf(document, values)
    except NotRendered as refusal:
        context = {"title": _("No paper"), "says": str(refusal)}
        return TemplateResponse(request, "staff/no_paper.html", context, status=503)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


# ---------------------------------------------------------------- versions


@dataclass(frozen=True, slots=True)
class Changed:
    """One section of two versions, with the lines that are not in both."""

    title: str
    before: tuple[tuple[str, bool], ...]
    """Each line, and whether it is gone."""
    after: tuple[tuple[str, bool], ...]
    """Each line, and whether it is new."""

    @property
    def differs(self) -> bool:
        return any(is_other for _line, is_other in (*self.before, *self.after))


@require_safe
@staff_may(Action.READ_REPORT)
def compare(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Show what a version says otherwise than the one before it."""
    seen = seen_by(request.actor, WHY, now=request.now)
    row = _report(seen, report_id)
    before = seen.reports.filter(pk=row.previous_id).first() if row.previous_id else None
    if before is None:
        raise Http404(_("This is the first version; there is none before it."))
    changed = compared(before, row)
    context = {
        "report": row,
        "before": before,
        "patient": row.visit.patient,
        "changed": [each for each in changed if each.differs],
        "same": [each.title for each in changed if not each.differs],
        "language": words_in(
            request.house.report_words, request.house.site(row.site).languages[0]
        ).language.code,
        "back": reverse("report", args=[row.pk]),
    }
    return TemplateResponse(request, "staff/report_compare.html", context)


def compared(before: Report, after: Report) -> list[Changed]:
    """Return the sections of two versions side by side, in the order of the newer one."""
    old, new = _by_id(before), _by_id(after)
    return [
        _changed(
            old.get(key, ("", ()))[1], new.get(key, ("", ()))[1], (new.get(key) or old[key])[0]
        )
        for key in dict.fromkeys([*new, *old])
    ]


def _changed(before: tuple[str, ...], after: tuple[str, ...], title: str) -> Changed:
    gone, new = set(range(len(before))), set(range(len(after)))
    for match in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        gone -= set(range(match.a, match.a + match.size))
        new -= set(range(match.b, match.b + match.size))
    return Changed(
        title,
        tuple((line, place in gone) for place, line in enumerate(before)),
        tuple((line, place in new) for place, line in enumerate(after)),
    )


def _by_id(row: Report) -> dict[str, tuple[str, tuple[str, ...]]]:
    sections = [*(row.sections or {}).get("sections", ()), *(row.plain or {}).get("sections", ())]
    return {each["id"]: (each["title"], tuple(each["text"])) for each in sections}


# ---------------------------------------------------------------- critical findings


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.REPORT)
def critical_finding(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Note what a clinician must tell her before the report goes out."""
    visit = visit_at(request, visit_id)
    seen = seen_by(request.actor, WHY, now=request.now)
    newest = seen.reports.filter(visit=visit).order_by("-version").first()
    context: dict[str, object] = {
        "patient": visit.patient,
        "visit": visit,
        "report": newest,
        "typed": request.POST.get("what", ""),
        "back": reverse("report", args=[newest.pk]) if newest else reverse("reading"),
    }
    if request.method == "POST":
        try:
            critical.note_critical(
                request.house,
                visit.pk,
                request.POST.get("what", ""),
                by=request.actor,
                now=request.now,
            )
        except critical.CriticalRefused as refusal:
            context |= refused(refusal)
            return TemplateResponse(request, "staff/critical.html", context, status=409)
        messages.success(request, _("Noted. Someone has to tell her within 24 hours."))
        return redirect("report", newest.pk) if newest else redirect("reading")
    return TemplateResponse(request, "staff/critical.html", context)


@require_POST
@staff_may(Action.RELEASE_REPORT)
def critical_told(request: ActorRequest, finding_id: UUID) -> HttpResponse:
    """Keep who heard of a critical finding, and how."""
    told_to = request.POST.get("told_to", "")
    try:
        found = critical.tell_critical(finding_id, told_to, by=request.actor, now=request.now)
    except critical.CriticalRefused as refusal:
        messages.error(request, kindly(refusal))
        return redirect("report-releases")
    messages.success(request, _("Kept: she was told."))
    return redirect("report", found.report_id)


def _report(seen: Seen, report_id: UUID) -> Report:
    found: Report | None = (
        seen.reports.filter(pk=report_id)
        .select_related("visit__patient", "visit__exam_record")
        .first()
    )
    if found is None:
        raise Http404(_("This report was not found at your site."))
    return found
