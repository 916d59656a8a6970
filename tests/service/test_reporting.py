"""Findings, draft, signature, amendment, what she hears first, and release."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patency.core.access import NotPermitted
from patency.core.findings.model import NotDiagnostic, Spill
from patency.core.visit import VisitState
from patency.records.models.followup import Task
from patency.records.models.ledger import Audit, Event
from patency.records.models.report import CriticalFinding, Report
from patency.records.models.report import Findings as FindingsRow
from patency.records.models.visit import Override, Visit
from patency.service import critical, examination, reporting
from patency.service.examined import newest_findings
from patency.service.house import House
from tests.make import make_exam, make_patient, make_period, make_test_result, make_visit
from tests.service import after, walk
from tests.service.after import AFTERWARDS, AT_THE_HORN, BOTH_OPEN, RADIOLOGIST, WIDE, on_day

pytestmark = pytest.mark.django_db


def make_examined(state: VisitState = VisitState.EXAMINED, **exam: object) -> Visit:
    """Return the visit of a woman who was examined, made of rows."""
    visit = make_visit(state=state, indication="infertility", patient=make_patient())
    make_period(visit.patient, start=walk.PERIOD_START, bleeding_ended=walk.BLEEDING_ENDED)
    make_test_result(
        visit,
        kind="pregnancy_urine",
        parts={"pregnancy_test_today": "negative"},
        day=walk.EXAM_DAY,
        taken_at=after.STARTED,
        read_at=after.STARTED,
    )
    make_exam(
        visit,
        **{
            "started_at": after.STARTED,
            "ended_at": after.ENDED,
            "key_images": [1, 2, 3, 4],
            **exam,
        },
    )
    return visit


def find(house: House, visit: Visit, findings: after.Findings = BOTH_OPEN) -> FindingsRow:
    return reporting.record_findings(house, visit.pk, findings, by=RADIOLOGIST, now=AFTERWARDS)


def draft(house: House, visit: Visit) -> Report:
    return reporting.draft(house, visit.pk, by=RADIOLOGIST, now=AFTERWARDS)


def sign(house: House, report: Report, now: datetime = AFTERWARDS) -> Report:
    return reporting.sign(house, report.pk, by=RADIOLOGIST, now=now)


def signed(house: House, findings: after.Findings = BOTH_OPEN, **exam: object) -> Report:
    visit = make_examined(**exam)
    find(house, visit, findings)
    return sign(house, draft(house, visit))


def release(house: House, report: Report, now: datetime | None = None) -> reporting.Released:
    return reporting.release(house, report.visit_id, by=walk.DOCTOR, now=now or on_day(1))


def text_of(report: Report, section: str) -> str:
    assert report.sections is not None
    found = next(each for each in report.sections["sections"] if each["id"] == section)
    return " ".join(found["text"])


# ---- findings


def test_findings_are_kept_and_read_again_as_they_were(house: House):
    visit = make_examined()
    found = replace(BOTH_OPEN, right=AT_THE_HORN, leak=True)

    find(house, visit, found)

    assert newest_findings(visit) == found
    assert Event.objects.filter(kind="findings-recorded").count() == 1
    assert Audit.objects.filter(action="findings-recorded").count() == 1


def test_findings_that_contradict_one_another_are_refused_with_every_sentence(house: House):
    visit = make_examined()
    wrong = replace(BOTH_OPEN, right=replace(AT_THE_HORN, spill=Spill.FREE))

    with pytest.raises(reporting.FindingsDisagree, match="cannot spill"):
        find(house, visit, wrong)
    assert not FindingsRow.objects.exists()


def test_a_wide_right_tube_opens_an_antibiotic_task_at_this_visit_and_a_referral(house: House):
    visit = make_examined()

    find(house, visit, replace(BOTH_OPEN, right=WIDE))
    find(house, visit, replace(BOTH_OPEN, right=WIDE))

    assert sorted(Task.objects.values_list("kind", "urgency")) == [
        ("decide-antibiotics", "U"),
        ("refer-specialist", "C"),
    ]


def test_antibiotics_that_are_decided_are_not_asked_for_again(house: House):
    visit = make_examined()
    examination.choose_antibiotics(
        house,
        visit.pk,
        give=True,
        drug="doxycycline",
        allergy_checked=True,
        pregnancy_checked=True,
        by=walk.DOCTOR,
        now=AFTERWARDS,
    )

    find(house, visit, replace(BOTH_OPEN, right=WIDE))

    assert [task.kind for task in Task.objects.all()] == ["refer-specialist"]


def test_there_are_no_findings_before_an_examination(house: House):
    visit = make_visit(state=VisitState.ARRIVED)

    with pytest.raises(reporting.NotExamined, match="Record the examination first"):
        find(house, visit)
    with pytest.raises(NotPermitted):
        reporting.record_findings(house, visit.pk, BOTH_OPEN, by=walk.NURSE, now=AFTERWARDS)


# ---- draft and signature


def test_a_draft_is_composed_from_the_record_and_the_findings(house: House):
    visit = make_examined(total_ml=6)
    find(house, visit, replace(BOTH_OPEN, left=AT_THE_HORN, right=AT_THE_HORN))

    report = draft(house, visit)

    assert (report.version, report.status) == (1, "draft")
    assert "Cycle day 9" in text_of(report, "header")
    assert "negative, read at 09:00" in text_of(report, "header")
    assert "spasm cannot be excluded" in text_of(report, "impression")
    assert "about one month" in text_of(report, "recommendation")
    assert "Swart 1995" in text_of(report, "accuracy")
    assert visit.patient.family_name not in str(report.sections)


def test_a_draft_keeps_the_same_findings_in_every_language(house: House):
    visit = make_examined(total_ml=6)
    find(house, visit, BOTH_OPEN)

    report = draft(house, visit)

    for kept in (report.sections, report.plain):
        told = kept["in"]
        assert set(told) == set(house.report_words) >= {"en", "zh"}
        assert [one["id"] for one in told["zh"]] == [one["id"] for one in kept["sections"]]
        assert told["zh"] != told["en"]


def test_drafting_again_writes_the_same_draft_anew(house: House):
    visit = make_examined()
    find(house, visit)
    first = draft(house, visit)
    find(house, visit, replace(BOTH_OPEN, leak=True))

    second = draft(house, visit)

    assert second.pk == first.pk
    assert "leaked" in text_of(second, "cervix")


def test_a_draft_needs_findings_and_an_examination(house: House):
    with pytest.raises(reporting.NothingToSign, match="no findings to report on"):
        draft(house, make_examined())
    with pytest.raises(reporting.NotExamined, match="drafted after the examination"):
        draft(house, make_visit(state=VisitState.ARRIVED))


def test_a_signature_moves_the_visit_on_and_sets_the_day_of_the_report(house: House):
    report = signed(house)

    assert (report.status, report.signed_by) == ("signed", "radiologist-one")
    assert walk.fresh(report.visit).state == VisitState.REPORTED
    assert report.visit.release.due_at == datetime(2025, 9, 23, 16, tzinfo=UTC)  # 24 September


def test_a_report_is_signed_once_and_says_by_whom_and_when(house: House):
    report = signed(house)

    with pytest.raises(
        reporting.AlreadySigned, match="signed by radiologist-one at 2025-09-23 02:00 UTC"
    ):
        sign(house, report)


def test_a_draft_of_older_findings_is_not_signed(house: House):
    visit = make_examined()
    find(house, visit)
    report = draft(house, visit)
    find(house, visit, replace(BOTH_OPEN, leak=True))

    with pytest.raises(reporting.NothingToSign, match="drafted from older findings"):
        sign(house, report)


def test_another_sites_report_does_not_exist(house: House):
    report = signed(house)

    with pytest.raises(Report.DoesNotExist, match="There is no report"):
        reporting.sign(house, report.pk, by=replace(RADIOLOGIST, site="demo-leeds"), now=AFTERWARDS)


@pytest.mark.parametrize("state", [VisitState.ABANDONED, VisitState.NON_DIAGNOSTIC])
def test_an_examination_that_was_stopped_is_reported_as_what_it_is(house: House, state: VisitState):
    visit = make_examined(state=state, outcome="abandoned", stopped_early=True, stop_reason="pain")
    found = replace(BOTH_OPEN, diagnostic=False, not_diagnostic=NotDiagnostic.PAIN)
    find(house, visit, found)

    report = sign(house, draft(house, visit))

    assert "Not diagnostic" in text_of(report, "impression")
    assert walk.fresh(visit).state == VisitState.REPORTED


# ---- amendment


def test_an_amendment_is_a_new_version_and_leaves_the_first_as_it_was(house: House):
    first = signed(house)
    before = first.sections
    find(house, first.visit, replace(BOTH_OPEN, left=AT_THE_HORN))

    second = reporting.amend(
        house, first.visit_id, "left tube read again", by=RADIOLOGIST, now=on_day(1)
    )
    still = Report.objects.get(pk=first.pk)
    assert (still.status, second.status) == ("signed", "draft")
    sign(house, second, on_day(1))

    first = Report.objects.get(pk=first.pk)
    second = Report.objects.get(pk=second.pk)
    assert (first.status, first.sections) == ("amended", before)
    assert (second.version, second.status, second.previous) == (2, "signed", first)
    assert second.reason == "left tube read again"
    assert not Task.objects.filter(kind="tell-her-of-amendment").exists()


def test_she_is_told_of_an_amendment_when_she_has_the_report_already(house: House):
    first = signed(house)
    release(house, first)
    find(house, first.visit, replace(BOTH_OPEN, left=AT_THE_HORN))
    second = reporting.amend(house, first.visit_id, "read again", by=RADIOLOGIST, now=on_day(2))

    sign(house, second, on_day(2))

    assert Task.objects.get(kind="tell-her-of-amendment").urgency == "C"
    assert walk.fresh(first.visit).state == VisitState.RELEASED


def test_an_amendment_has_a_reason_and_something_to_amend(house: House):
    visit = make_examined()
    find(house, visit)
    draft(house, visit)

    with pytest.raises(reporting.ReportingRefused, match="the reason is empty"):
        reporting.amend(house, visit.pk, " ", by=RADIOLOGIST, now=AFTERWARDS)
    with pytest.raises(reporting.NothingToSign, match="no signed report to amend"):
        reporting.amend(house, visit.pk, "why", by=RADIOLOGIST, now=AFTERWARDS)


# ---- release


def test_the_report_is_out_after_one_working_day_with_a_code_shown_once(house: House):
    report = signed(house)

    with pytest.raises(reporting.NotReady, match=r"report-not-due-yet.* due from 2025-09-24"):
        release(house, report, AFTERWARDS)
    out = release(house, report)

    row = out.release
    assert walk.fresh(report.visit).state == VisitState.RELEASED
    assert len(out.code) == 12
    assert out.code not in (row.code_hash, str(Event.objects.values_list("payload", flat=True)))
    with pytest.raises(reporting.NotReady, match="goes out once"):
        release(house, report)


def test_report_days_are_working_days_across_the_holiday(house: House):
    eve = datetime(2025, 9, 30, 1, tzinfo=UTC)  # the last working day before 1 to 8 October
    report = signed(house, started_at=eve, ended_at=eve)

    with pytest.raises(reporting.NotReady, match="due from 2025-10-09"):
        release(house, report, datetime(2025, 10, 8, 3, tzinfo=UTC))
    out = release(house, report, datetime(2025, 10, 9, 3, tzinfo=UTC))

    assert out.release.released_at is not None


def test_without_next_years_holidays_a_report_is_signed_and_waits_for_the_calendar(house: House):
    last_day = datetime(2026, 12, 31, 1, tzinfo=UTC)
    assert 2027 not in house.calendars["CN"].years
    report = signed(house, started_at=last_day, ended_at=last_day)

    with pytest.raises(reporting.NotReady, match="working_days_since_exam"):
        release(house, report, datetime(2027, 1, 5, 3, tzinfo=UTC))


def test_what_only_flags_does_not_hold_a_signed_report(house: House):
    report = signed(house, replace(BOTH_OPEN, right=AT_THE_HORN))

    out = release(house, report)

    assert "tube-does-not-fill-from-its-beginning" in out.decision.fired


def test_a_critical_finding_is_told_before_the_report_goes_out(house: House):
    report = signed(house)
    noted = critical.note_critical(
        house, report.visit_id, "a gestational sac", by=RADIOLOGIST, now=AFTERWARDS
    )
    assert noted.due_at == AFTERWARDS + timedelta(hours=24)

    with pytest.raises(reporting.NotReady, match="critical-finding-not-told"):
        release(house, report)
    critical.tell_critical(noted.pk, "herself, by phone", by=walk.DOCTOR, now=on_day(1))
    with pytest.raises(critical.CriticalRefused, match="say who heard it"):
        critical.tell_critical(noted.pk, " ", by=walk.DOCTOR, now=on_day(1))
    told = critical.tell_critical(noted.pk, "again", by=walk.DOCTOR, now=on_day(2))
    release(house, report)

    assert told.told_to == "herself, by phone"
    assert Task.objects.get(kind="tell-critical-finding").done_at == on_day(1)


def test_of_two_critical_findings_the_task_stays_until_both_are_told(house: House):
    report = signed(house)
    first, second = (
        critical.note_critical(house, report.visit_id, what, by=RADIOLOGIST, now=AFTERWARDS)
        for what in ("a gestational sac", "oil in vessels")
    )

    critical.tell_critical(first.pk, "herself", by=walk.DOCTOR, now=on_day(1))
    assert Task.objects.filter(done_at__isnull=True).count() == 2
    critical.tell_critical(second.pk, "herself", by=walk.DOCTOR, now=on_day(1))
    assert not Task.objects.filter(done_at__isnull=True).exists()


def test_a_critical_finding_stands_in_a_report_and_says_what_it_is(house: House):
    visit = make_examined()
    find(house, visit)

    with pytest.raises(critical.CriticalRefused, match="Draft the report first"):
        critical.note_critical(house, visit.pk, "a sac", by=RADIOLOGIST, now=AFTERWARDS)
    draft(house, visit)
    with pytest.raises(critical.CriticalRefused, match="name the finding"):
        critical.note_critical(house, visit.pk, " ", by=RADIOLOGIST, now=AFTERWARDS)
    with pytest.raises(critical.CriticalRefused, match="at most 200 characters"):
        critical.note_critical(house, visit.pk, "x" * 201, by=RADIOLOGIST, now=AFTERWARDS)
    assert not CriticalFinding.objects.exists()


def test_a_report_held_back_waits_until_the_hold_is_lifted(house: House):
    report = signed(house)
    visit = report.visit_id
    reporting.hold_back(visit, "second reading", by=walk.DOCTOR, now=AFTERWARDS)

    with pytest.raises(reporting.NotReady, match="held back by a clinician"):
        release(house, report)
    reporting.hold_back(visit, "", by=walk.DOCTOR, now=on_day(1))
    release(house, report)

    with pytest.raises(reporting.NotReady, match="not out yet"):
        reporting.hold_back(visit, "too late", by=walk.DOCTOR, now=on_day(1))


def test_what_is_not_signed_does_not_go_out(house: House):
    visit = make_examined()

    with pytest.raises(reporting.NotReady, match="Sign it first"):
        reporting.release(house, visit.pk, by=walk.DOCTOR, now=on_day(1))


def test_the_whole_way_from_arrival_to_release(house: House):
    visit = walk.arrived(house).visit
    examination.record(house, visit.pk, after.exam(), by=after.RADIOGRAPHER, now=after.ENDED)
    examination.let_leave(house, visit.pk, by=walk.NURSE, now=AFTERWARDS)
    find(house, visit)

    report = sign(house, draft(house, visit))
    out = release(house, report)

    assert walk.fresh(visit).state == VisitState.RELEASED
    assert "HSG" in text_of(report, "header")
    assert "Cleared under protocol hsg/2026-1" in text_of(report, "header")
    assert out.release.due_at == datetime(2025, 9, 23, 16, tzinfo=UTC)


# ---- before its day


def test_a_clinician_lets_it_go_before_its_day_with_a_reason(house: House):
    report = signed(house)

    out = reporting.release(
        house, report.visit_id, early_because="She flies home.", by=walk.DOCTOR, now=AFTERWARDS
    )

    override = Override.objects.get(rule_id="report-not-due-yet")
    assert (override.reason, override.by_name) == ("She flies home.", "doctor-one")
    assert out.release.released_at == AFTERWARDS


def test_a_reason_does_not_let_go_what_something_else_holds(house: House):
    report = signed(house)
    critical.note_critical(house, report.visit_id, "A wide tube", by=RADIOLOGIST, now=AFTERWARDS)

    with pytest.raises(reporting.NotReady, match="critical-finding-not-told"):
        reporting.release(
            house, report.visit_id, early_because="At once.", by=walk.DOCTOR, now=AFTERWARDS
        )
    assert not Override.objects.exists()


def test_no_job_lets_a_report_go_before_its_day(house: House):
    report = signed(house)

    with pytest.raises(NotPermitted):
        reporting.release(
            house, report.visit_id, early_because="at night", by=after.JOB, now=AFTERWARDS
        )
