"""What goes onto paper: all of a report, none of another's, and nothing before its time."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from patency.config.wiring import build_house
from patency.core.access import NotPermitted, Role
from patency.gateways.ics import Appointment, DayNote, calendar_of
from patency.records.models.followup import FollowUp
from patency.records.models.report import CriticalFinding, Release, Report
from patency.records.models.visit import Visit
from patency.service import papers
from patency.service.house import House
from patency.service.papers import NotReleased
from tests.make import (
    NOW,
    SITE,
    TODAY,
    make_actor,
    make_booking,
    make_exam,
    make_patient,
    make_slot,
    make_staff,
    make_visit,
)

pytestmark = pytest.mark.django_db

DOCTOR = make_actor(Role.RADIOLOGIST, name="dr-li")
WORKER = make_actor(Role.SYSTEM, name="worker")
SECTIONS = {"sections": [{"id": "right", "title": "Right tube", "text": ["Free spill."]}]}
PLAIN = {
    "title": "说明",
    "sections": [{"id": "plain-seen", "title": "看到了什么", "text": ["右侧通畅。"]}],
}


@pytest.fixture(scope="module")
def house() -> House:
    return build_house({"PATENCY_MODE": "test"})


def make_examined(**fields: Any) -> Visit:
    patient = make_patient(
        family_name="王", given_name="秀英", language="zh-hans", phone="1", **fields
    )
    visit = make_visit(patient=patient, campus="west")
    make_exam(visit)
    return visit


def make_report(visit: Visit, version: int = 1, **fields: Any) -> Report:
    return Report.objects.create(
        visit=visit,
        version=version,
        **{
            "status": "signed",
            "signed_by": "dr-li",
            "signed_at": NOW,
            "sections": SECTIONS,
            "plain": PLAIN,
            **fields,
        },
    )


def values_of(house: House, report: Report, by: Any = DOCTOR) -> dict[str, Any]:
    return papers.report_values(house, report.pk, by=by, now=NOW)


def text_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_a_report_prints_as_it_was_kept(house: House) -> None:
    values = values_of(house, make_report(make_examined()))
    text = text_of(house.gateways.pdf("report", values))

    for said in ("王秀英", "1993-05-17", "Free spill.", "右侧通畅。", "dr-li"):
        assert said in text
    assert "Monday 22 September 2025 09:00" in text  # the site's time, not UTC's
    assert "West campus, Outpatient building" in text
    assert "DRAFT" not in text


def test_a_signature_is_the_name_patients_know(house: House) -> None:
    make_staff(Role.RADIOLOGIST, name="dr-li", display_name="Dr Li Na, radiologist")

    report = make_report(make_examined())

    assert values_of(house, report)["signed_by"] == "Dr Li Na, radiologist"


def test_the_same_findings_are_printed_in_another_language_where_they_were_kept_in_it(
    house: House,
) -> None:
    chinese = [{"id": "right", "title": "右侧输卵管", "text": ["右侧自由溢出。"]}]
    report = make_report(make_examined(), sections={**SECTIONS, "in": {"zh": chinese}})

    values = papers.report_values(house, report.pk, read_in="zh", by=DOCTOR, now=NOW)
    text = text_of(house.gateways.pdf("report", values))
    missing = papers.report_values(house, report.pk, read_in="xx", by=DOCTOR, now=NOW)

    for said in ("右侧自由溢出", "English", "签字原文保存在诊所", "西院区"):
        assert said in text
    assert "Free spill." not in text
    assert missing == values_of(house, report)


def test_a_draft_is_for_staff_and_says_so(house: House) -> None:
    draft = make_report(make_examined(), status="draft", signed_by="", signed_at=None)

    assert "DRAFT" in text_of(house.gateways.pdf("report", values_of(house, draft)))


def test_an_amended_report_says_what_changed_and_why(house: House) -> None:
    visit = make_examined()
    first = make_report(visit)
    second = make_report(
        visit, 2, reason="Read again.", previous=first, signed_at=NOW + timedelta(days=1)
    )
    Report.objects.filter(pk=first.pk).mark_amended()

    changed = values_of(house, second)["amendments"]
    assert changed == [{"version": 2, "day": "2025-09-23", "by": "dr-li", "reason": "Read again."}]
    assert values_of(house, first)["amendments"] == []
    first.refresh_from_db()
    assert "REPLACED" in text_of(house.gateways.pdf("report", values_of(house, first)))


def test_a_woman_gets_her_report_after_its_release_only(house: House) -> None:
    visit = make_examined()
    report, her = make_report(visit), visit.patient.as_actor()
    with pytest.raises(NotReleased, match="was not released"):
        values_of(house, report, her)

    Release.objects.create(visit=visit, due_at=NOW, released_at=NOW)

    assert values_of(house, report, her)["patient_number"] == visit.patient.number
    draft = make_report(
        visit, 2, status="draft", signed_by="", signed_at=None, reason="x", previous=report
    )
    with pytest.raises(NotReleased):
        values_of(house, draft, her)


def test_nobody_gets_another_womans_report(house: House) -> None:
    report = make_report(make_examined())
    Release.objects.create(visit=report.visit, due_at=NOW, released_at=NOW)
    other = make_patient()

    with pytest.raises(Report.DoesNotExist):
        values_of(house, report, other.as_actor())
    with pytest.raises(Report.DoesNotExist):
        values_of(house, report, make_actor(site="demo-leeds"))
    with pytest.raises(NotPermitted):
        values_of(house, report, make_actor(Role.MANAGER))


def test_a_report_is_due_when_its_day_came_and_nothing_holds_it_back(house: House) -> None:
    due, later, held, told, out = (make_report(make_examined()).visit for _ in range(5))
    Release.objects.create(visit=due, due_at=NOW)
    Release.objects.create(visit=later, due_at=NOW + timedelta(minutes=1))
    Release.objects.create(visit=held, due_at=NOW, held_reason="a talk first")
    Release.objects.create(visit=out, due_at=NOW, released_at=NOW)
    Release.objects.create(visit=told, due_at=NOW)
    critical = CriticalFinding.objects.create(report=told.reports.get(), what="x", due_at=NOW)

    assert papers.reports_due(SITE, by=WORKER, now=NOW) == (due.pk,)

    critical.told_at, critical.told_to = NOW, "herself"
    critical.save()
    assert set(papers.reports_due(SITE, by=WORKER, now=NOW)) == {due.pk, told.pk}
    elsewhere = replace(WORKER, site="demo-leeds")
    assert papers.reports_due("demo-leeds", by=elsewhere, now=NOW) == ()


PLAN = [
    {"what": "no-bath", "first_day": "2025-09-22", "last_day": "2025-10-06"},
    {"what": "check-in", "first_day": "2025-09-23", "last_day": "2025-09-23"},
    {"what": "check-in", "first_day": "2025-09-25", "last_day": "2025-09-25"},
]


def make_follow_up(visit: Visit) -> FollowUp:
    return FollowUp.objects.create(
        visit=visit, patient=visit.patient, exam_day=TODAY, plan=PLAN, opened_at=NOW
    )


def test_a_plan_prints_in_her_language(house: House) -> None:
    follow_up = make_follow_up(make_examined())

    values = papers.plan_values(house, follow_up.pk, by=make_actor(), now=NOW)

    text = text_of(house.gateways.pdf("plan", values))
    assert "检查后几周的安排" in text
    assert "不要盆浴" in text
    assert "010-0000-0120" in text


def test_her_calendar_says_when_and_never_what_for(house: House) -> None:
    visit = make_examined()
    kept = make_booking(visit, make_slot(room="one"))
    gone = make_booking(
        visit,
        make_slot(room="two", starts_at=NOW + timedelta(days=1)),
        state="cancelled",
        ended_at=NOW + timedelta(hours=1),
    )
    make_follow_up(visit)

    entries = papers.calendar_entries(house, visit.pk, by=visit.patient.as_actor(), now=NOW)

    dates = [each for each in entries if isinstance(each, Appointment)]
    assert [(each.uid, each.is_cancelled) for each in dates] == [
        (f"{gone.pk}@patency", True),
        (f"{kept.pk}@patency", False),
    ]
    assert dates[1].starts_at == NOW + timedelta(days=3)
    assert dates[1].starts_at.tzinfo == ZoneInfo("Asia/Shanghai")
    notes = [each for each in entries if isinstance(each, DayNote)]
    assert [str(each.day) for each in notes] == ["2025-09-23", "2025-09-25"]
    assert calendar_of(entries).startswith(b"BEGIN:VCALENDAR")


def test_her_calendar_has_no_reminder_before_there_is_a_follow_up(house: House) -> None:
    visit = make_examined()

    assert papers.calendar_entries(house, visit.pk, by=make_actor(), now=NOW) == ()
