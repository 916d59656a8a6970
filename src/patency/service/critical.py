"""What a clinician must tell her before her report goes out."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.protocol.model import Urgency
from patency.records.ledger import remember_change
from patency.records.models.base import unfit
from patency.records.models.report import CriticalFinding, Report
from patency.records.models.visit import lock
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.following import finish_tasks, open_task
from patency.service.house import House

TOLD_WITHIN = timedelta(hours=24)  # clinical trace S2.20: critical results within 24 hours


class CriticalRefused(Exception):
    """A critical finding that stands in no report, or of which nobody says what it is or heard."""


def note_critical(
    house: House, visit_id: UUID, what: str, *, by: Actor, now: datetime
) -> CriticalFinding:
    """Return what a clinician must tell her within 24 hours, before the report goes out."""
    access.check(by, Action.REPORT)
    visit = journey.visit_seen(visit_id, "note a critical finding", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        report = Report.objects.filter(visit=visit).order_by("-version").first()
        if report is None or not what.strip() or unfit(CriticalFinding, what=what):
            raise CriticalRefused(
                f"visit/{visit.pk}: a critical finding stands in a report and says what it is, in "
                "at most 200 characters. Draft the report first, and name the finding."
            )
        finding = CriticalFinding.objects.create(report=report, what=what, due_at=now + TOLD_WITHIN)
        task = open_task(
            house,
            visit,
            "tell-critical-finding",
            Urgency.CALL,
            why=["critical-finding-not-told"],
            due=now + TOLD_WITHIN,
            now=now,
        )
        remember_change(
            visit,
            "critical-finding-noted",
            by=by,
            now=now,
            fields=["critical_finding", "task"],
            payload={"finding": finding.pk, "tasks": [task.pk]},
        )
    return finding


def tell_critical(finding_id: UUID, told_to: str, *, by: Actor, now: datetime) -> CriticalFinding:
    """Return the finding, told. ``told_to`` says who heard it, such as "herself, by phone"."""
    access.check(by, Action.RELEASE_REPORT)
    if not told_to.strip() or unfit(CriticalFinding, told_to=told_to):
        raise CriticalRefused(
            f"Critical finding {finding_id} is not told yet: say who heard it, and how, in at most "
            "150 characters."
        )
    seen_by(by, "tell a critical finding", now=now).critical_findings.get(pk=finding_id)
    with transaction.atomic():
        rows = CriticalFinding.objects.select_for_update(of=("self",))
        finding: CriticalFinding = rows.select_related("report__visit").get(pk=finding_id)
        if finding.told_at is None:
            finding.told_to, finding.told_at = told_to, now
            finding.save(update_fields=["told_to", "told_at"])
            visit = finding.report.visit
            untold = CriticalFinding.objects.filter(report__visit=visit, told_at__isnull=True)
            if not untold.exists():
                finish_tasks(visit, "tell-critical-finding", "told", by=by, now=now)
            remember_change(
                visit,
                "critical-finding-told",
                by=by,
                now=now,
                fields=["critical_finding", "task"],
                payload={"finding": finding.pk},
            )
    return finding
