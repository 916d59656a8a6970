"""The reading list: examinations without a report, drafts, what is to be signed, amendments."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.words import due_words
from patency.records.models.exam import with_an_exam
from patency.records.models.report import Report
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service.examined import due_after

A_PAGE = 25
EXAMINED = (VisitState.EXAMINED, VisitState.ABANDONED, VisitState.NON_DIAGNOSTIC)


@dataclass(frozen=True, slots=True)
class Study:
    """One examination on the list."""

    visit: Visit
    due_at: datetime
    due: str
    is_late: bool
    report: Report | None = None
    """The draft or amendment that is begun."""
    written_by: str = ""
    """Who has begun to write and kept nothing yet."""


@require_safe
@staff_may(Action.REPORT)
def reading(request: ActorRequest) -> HttpResponse:
    """Return what a radiologist has to read and sign, the soonest promised first."""
    seen = seen_by(request.actor, "the reading list", now=request.now)
    drafts = list(
        seen.reports.filter(status="draft", signed_at__isnull=True)
        .select_related("visit__patient", "visit__exam_record")
        .order_by("visit__exam_record__started_at")[: 2 * A_PAGE]
    )
    rows = (
        with_an_exam(seen.visits.filter(state__in=EXAMINED))
        .exclude(reports__status="draft")
        .select_related("patient", "exam_record")
        .order_by("exam_record__started_at")
    )
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    begun = _begun(seen, [row.pk for row in page])
    context = {
        "to_sign": [_study(request, each.visit, each) for each in drafts if each.version == 1],
        "amendments": [_study(request, each.visit, each) for each in drafts if each.version > 1],
        "to_read": [_study(request, row, written_by=begun.get(row.pk, "")) for row in page],
        "page": page,
        "critical": _critical(seen),
        "may_sign": may(request.actor, Action.SIGN),
    }
    return TemplateResponse(request, "staff/reading.html", context)


def _study(
    request: ActorRequest, visit: Visit, report: Report | None = None, written_by: str = ""
) -> Study:
    exam = visit.exam_record
    due_at = due_after(request.house, visit.site, exam.started_at)
    is_late = request.now > due_at
    due = due_words(due_at, request.now) if report is None or report.version == 1 else _("no clock")
    return Study(visit, due_at, str(due), is_late, report, written_by)


def _begun(seen: Seen, visits: list) -> dict:
    """Return who began to write which report, the newest word of each."""
    rows = seen.findings_drafts.filter(visit__in=visits, beside=False).order_by("number")
    return {row.visit_id: row.made_by for row in rows}


def _critical(seen: Seen) -> list:
    """Return the critical findings that nobody has told her yet."""
    rows = seen.critical_findings.filter(told_at__isnull=True)
    return list(rows.select_related("report__visit__patient").order_by("due_at")[:A_PAGE])
