"""Her report once released: plain words, the medical ones beside them, how sure, what next."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.exam import Step
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.exam_film import film_of
from patency.doors.web.film_strip import film_strip
from patency.doors.web.languages import spoken
from patency.doors.web.patient.after import a_pdf, around_her
from patency.doors.web.words import language_name
from patency.records.models.people import known_as
from patency.records.models.report import Release, Report
from patency.records.seen_by import Seen, seen_by
from patency.service import papers

SURE, LIMITS = "accuracy", "limitations"


def released_report(seen: Seen) -> tuple[Report | None, Release | None]:
    """Return the newest signed report that was released to her, and the newest release."""
    release: Release | None = (
        seen.releases.filter(released_at__isnull=False).order_by("-released_at").first()
    )
    if release is None:
        return None, seen.releases.order_by("-due_at").first()
    rows = seen.reports.filter(visit=release.visit_id, status="signed").select_related("visit")
    return rows.order_by("-version").first(), release


@require_safe
@she_may(Action.SEE_PATIENT)
def my_report(request: ActorRequest) -> HttpResponse:
    """Return her report, or when it comes; a draft is nobody's to read."""
    seen = seen_by(request.actor, "her own report", now=request.now)
    report, release = released_report(seen)
    if report is None:
        return TemplateResponse(
            request, "patient/report_waits.html", {"release": release, **around_her(request)}
        )
    language = spoken().code
    medical = _sections(report.sections, language)
    exam = seen.exam_records.filter(visit=report.visit_id).first()
    rows = seen.exam_steps.filter(visit=report.visit_id, undone_at__isnull=True).order_by("pk")
    steps = [Step(row.kind, row.at, row.value) for row in rows]
    context = {
        "report": report,
        "signed_by": known_as(report.signed_by, report.site),
        "exam_day": exam.started_at if exam is not None else None,
        "plain": _sections(report.plain, language),
        "medical": [one for one in medical if one.get("id") not in (SURE, LIMITS)],
        "sure": [one for one in medical if one.get("id") in (SURE, LIMITS)],
        "medical_language": language
        if _is_in(report.sections, language)
        else request.around.site.languages[0],
        "signed_in": language_name(request.around.site.languages[0])
        if _is_in(report.sections, language) and language != request.around.site.languages[0]
        else "",
        "amendments": list(
            seen.reports.filter(visit=report.visit_id, version__gt=1, signed_at__isnull=False)
            .exclude(status="draft")
            .order_by("version")
        ),
        "strip": film_strip(film_of(steps, request.now)) if steps else None,
        "follow_up": seen.follow_ups.filter(visit=report.visit_id).exists(),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/report.html", context)


@require_safe
@she_may(Action.SEE_PATIENT)
def report_file(request: ActorRequest) -> HttpResponse:
    """Return her report as a PDF, the page in plain words last."""
    report, _release = released_report(
        seen_by(request.actor, "her own report as a file", now=request.now)
    )
    if report is None:
        messages.info(request, _("Your report is not ready yet."))
        return redirect("my-report")
    values = papers.report_values(
        request.house, report.pk, read_in=spoken().code, by=request.actor, now=request.now
    )
    return a_pdf(request, "report", values)


def _is_in(kept: Mapping[str, Any] | None, language: str) -> bool:
    """Return whether the same findings were kept in a language when they were signed."""
    return language in ((kept or {}).get("in") or {})


def _sections(kept: Mapping[str, Any] | None, language: str) -> list[Mapping[str, Any]]:
    """Return the sections of a report in a language, else as they were signed; erased, none."""
    whole = kept or {}
    found = (whole.get("in") or {}).get(language) or whole.get("sections") or []
    return [one for one in found if isinstance(one, Mapping)]
