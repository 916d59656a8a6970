"""Findings, the report on them, its signature, and its release."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.findings.check import problems
from patency.core.findings.model import Findings
from patency.core.protocol.decide import Decision
from patency.core.protocol.model import Outcome, Stage, Urgency
from patency.core.visit import VisitState
from patency.records.ledger import remember_change
from patency.records.models.report import Findings as FindingsRow
from patency.records.models.report import Release, Report
from patency.records.models.visit import Override, Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.examined import (
    COPIES,
    code_hash,
    compose_report,
    exam_of,
    facts_of_the_report,
    kept_findings,
    new_code,
    report_due_at,
    standing_report,
    written_draft,
)
from patency.service.following import open_task
from patency.service.house import House
from patency.service.judging import judge
from patency.service.prescribing import tasks_for_a_wide_tube
from patency.service.suggested import unjudged

S = VisitState
DONE = (S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC)
NOT_DUE = "report-not-due-yet"


class ReportingRefused(Exception):
    """Findings, a report or a release that cannot be as it was asked for."""


class NotExamined(ReportingRefused):
    """There is no examination to report on, or its report is out already."""


class FindingsDisagree(ReportingRefused):
    """The findings contradict one another; the message has every contradiction."""


class AlreadySigned(ReportingRefused):
    """The report was signed before; the message says by whom and when."""


class NothingToSign(ReportingRefused):
    """No draft, or findings that changed since it was drafted."""


class SuggestionsOpen(ReportingRefused):
    """The computer suggested something that no reader has accepted, corrected or rejected."""


class NotReady(ReportingRefused):
    """The report may not go out yet; the message says why and from when."""


def record_findings(
    house: House, visit_id: UUID, findings: Findings, *, by: Actor, now: datetime
) -> FindingsRow:
    """Return the findings as they were kept; the newest count. Raises ``FindingsDisagree``.

    A wide tube opens a task for antibiotics at this visit, unless that is decided, and one for a
    referral.
    """
    access.check(by, Action.REPORT)
    visit = journey.visit_seen(visit_id, "record findings", by=by, now=now)
    wrong = problems(findings)
    if wrong:
        raise FindingsDisagree(
            f"The findings for visit/{visit.pk} were not kept. {' '.join(wrong)} "
            "Correct them and send them again."
        )
    with transaction.atomic():
        visit = lock(visit)
        exam = exam_of(visit)
        if exam is None or journey.states(visit, S.CLOSED, S.CANCELLED):
            raise NotExamined(
                f"visit/{visit.pk} is {visit.state}; findings are recorded after an examination "
                "and until the visit is closed. Record the examination first."
            )
        row = kept_findings(visit, findings, by=by, now=now)
        tasks = tasks_for_a_wide_tube(house, visit, exam, now=now) if findings.any_dilated else []
        remember_change(
            visit,
            "findings-recorded",
            by=by,
            now=now,
            fields=["findings", "task"],
            payload={"findings": row.pk, "tasks": [task.pk for task in tasks]},
        )
    return row


def draft(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> Report:
    """Return the draft, composed from the newest findings; drafting again writes it anew."""
    access.check(by, Action.REPORT)
    visit = journey.visit_seen(visit_id, "draft the report", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        if not journey.states(visit, *DONE):
            raise NotExamined(
                f"visit/{visit.pk} is {visit.state}; a first report is drafted after the "
                "examination and before it is signed. A signed report is amended, with a reason."
            )
        report = written_draft(house, visit, reason=None, previous=None)
        if report is None:
            raise _no_findings(visit)
        remember_change(
            visit,
            "report-drafted",
            by=by,
            now=now,
            fields=["report"],
            payload={"report": report.pk, "version": report.version},
        )
    return report


def amend(house: House, visit_id: UUID, reason: str, *, by: Actor, now: datetime) -> Report:
    """Return the draft of the next version, composed from the newest findings.

    The signed version stays as it is and stands until this one is signed.
    """
    access.check(by, Action.REPORT)
    visit = journey.visit_seen(visit_id, "amend the report", by=by, now=now)
    if not reason.strip():
        raise ReportingRefused(
            f"The report of visit/{visit.pk} was not amended: the reason is empty. Say what was "
            "wrong or is new."
        )
    with transaction.atomic():
        visit = lock(visit)
        signed = standing_report(visit)
        if signed is None:
            raise NothingToSign(
                f"visit/{visit.pk} has no signed report to amend. A draft is drafted again."
            )
        report = written_draft(house, visit, reason=reason, previous=signed)
        if report is None:
            raise _no_findings(visit)
        remember_change(
            visit,
            "report-amendment-drafted",
            by=by,
            now=now,
            fields=["report"],
            payload={"report": report.pk, "version": report.version},
        )
    return report


def sign(house: House, report_id: UUID, *, by: Actor, now: datetime) -> Report:
    """Return the report, signed; from now on it is never edited. Raises ``AlreadySigned``.

    The first signature moves the visit on and sets the day from which she may have the report;
    that of an amendment opens a task to tell her, when she has the report already.
    """
    access.check(by, Action.SIGN)
    if seen_by(by, "sign the report", now=now).reports.filter(pk=report_id).first() is None:
        raise Report.DoesNotExist(f"There is no report {report_id} at {by.site}.")
    with transaction.atomic():
        report: Report = Report.objects.select_for_update(of=("self",)).get(pk=report_id)
        visit = lock(report.visit)
        if report.status != "draft":
            raise AlreadySigned(
                f"report/{report.pk} was signed by {report.signed_by} at "
                f"{report.signed_at:%Y-%m-%d %H:%M %Z}. A report is signed once; amend it with a "
                "reason to change what it says."
            )
        composed = compose_report(house, visit)
        kept = {name: value for name, value in (report.sections or {}).items() if name != "in"}
        if composed is None or composed.sections_json() != kept:
            raise NothingToSign(
                f"report/{report.pk} was drafted from older findings. Draft it again, read it, "
                "and sign that."
            )
        left_open = unjudged(house, visit)
        if left_open:
            raise SuggestionsOpen(
                f"report/{report.pk} was not signed: the draft reading suggests something of "
                f"{', '.join(left_open)} that nobody has accepted, corrected or rejected. Do so in "
                "the report editor, then sign."
            )
        report.status, report.signed_by, report.signed_at = "signed", by.name, now
        report.save()
        if report.previous_id is not None:
            Report.objects.filter(pk=report.previous_id).mark_amended()
        release, is_first = Release.objects.get_or_create(
            visit=visit, defaults={"due_at": report_due_at(house, visit)}
        )
        tasks = []
        if is_first:
            journey.advance(visit, S.REPORTED, now=now)
        elif release.released_at is not None:
            kind, why = "tell-her-of-amendment", ["report-amended"]
            tasks.append(open_task(house, visit, kind, Urgency.CALL, why=why, now=now))
        remember_change(
            visit,
            "report-signed" if is_first else "report-amended",
            by=by,
            now=now,
            fields=["report", "release", "visit"],
            payload={
                "report": report.pk,
                "version": report.version,
                "tasks": [task.pk for task in tasks],
            },
        )
    return report


# ---------------------------------------------------------------- release


@dataclass(frozen=True, slots=True)
class Released:
    """A report that may be fetched, and the code for it: shown now and never again."""

    release: Release
    code: str
    decision: Decision


def hold_back(visit_id: UUID, reason: str, *, by: Actor, now: datetime) -> Release:
    """Return the release, held for a reason until it is lifted; an empty reason lifts it."""
    access.check(by, Action.RELEASE_REPORT)
    visit = journey.visit_seen(visit_id, "hold the report back", by=by, now=now)
    with transaction.atomic():
        release: Release | None = (
            Release.objects.select_for_update(of=("self",)).filter(visit=visit).first()
        )
        if release is None or release.released_at is not None:
            raise NotReady(
                f"visit/{visit.pk}: only a signed report that is not out yet can be held back. "
                "Sign it first; one that is out is amended."
            )
        release.held_reason = reason.strip()
        release.save(update_fields=["held_reason"])
        remember_change(
            visit,
            "report-held" if reason.strip() else "report-hold-lifted",
            by=by,
            now=now,
            fields=["release"],
            payload={"release": release.pk},
        )
    return release


def release(
    house: House, visit_id: UUID, *, early_because: str = "", by: Actor, now: datetime
) -> Released:
    """Return the release with its pick-up code, which is shown once and kept only as a hash.

    The protocol decides: signed, agreeing findings, the working day reached, critical findings
    told. What it only flags, the radiologist has seen when signing. Before its day a clinician
    may let it go with a reason, which is kept as an override, when nothing else stands against it.
    Raises ``NotReady``.
    """
    access.check(by, Action.RELEASE_REPORT)
    visit = journey.visit_seen(visit_id, "release the report", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        row = Release.objects.select_for_update(of=("self",)).filter(visit=visit).first()
        if row is None or not journey.states(visit, S.REPORTED):
            raise NotReady(
                f"visit/{visit.pk} is {visit.state}; a report goes out once, after it is signed. "
                "Sign it first; for more copies she brings her code."
            )
        if row.held_reason:
            raise NotReady(
                f"The report of visit/{visit.pk} is held back by a clinician. Lift the hold first."
            )
        decision, kept = judge(
            house,
            visit,
            Stage.RELEASE,
            extra_facts=facts_of_the_report(house, visit, now=now),
            by=by,
            now=now,
        )
        if early_because.strip() and _only_the_day_stops(decision):
            rule = house.rulebook_at(visit.site).protocol.rule(NOT_DUE)
            access.check_may_override(by, NOT_DUE, rule.override)
            Override.objects.create(
                decision=kept,
                rule_id=NOT_DUE,
                reason=early_because.strip(),
                by_name=by.name,
                by_role=", ".join(sorted(by.roles)),
                at=now,
            )
        elif decision.verdict not in ("FLAG", "CLEAR"):
            due = row.due_at.astimezone(ZoneInfo(house.site(visit.site).time_zone))
            raise NotReady(
                journey.why_not(house, visit, decision, "The report was not released")
                + f" By the working days of the site it is due from {due:%Y-%m-%d}."
            )
        code = new_code()
        row.released_at, row.code_hash, row.copies_left = now, code_hash(code), COPIES
        row.save(update_fields=["released_at", "code_hash", "copies_left"])
        journey.advance(visit, S.RELEASED, now=now)
        remember_change(
            visit,
            "report-released",
            by=by,
            now=now,
            fields=["release", "visit", "decision"],
            payload={"release": row.pk, "rules": sorted(decision.fired)},
        )
    return Released(row, code, decision)


def _only_the_day_stops(decision: Decision) -> bool:
    stops = {
        each.rule.id
        for each in decision.reasons
        if each.rule.outcome in (Outcome.HOLD, Outcome.BLOCK)
    }
    return stops == {NOT_DUE} and not decision.open_questions


def _no_findings(visit: Visit) -> NothingToSign:
    return NothingToSign(
        f"visit/{visit.pk} has no findings to report on. Record each tube, the cavity and the "
        "spill first."
    )
