"""The examination and what follows, step by step; a test goes on from where it needs.

Goes on from ``walk``: she is examined on Tuesday 23 September 2025 at 9:00 in Beijing, on day 9 of
her cycle. Day 8 after it is 1 October, the first day of an eight-day holiday.
"""

from datetime import date, datetime, timedelta
from typing import Any

from patency.core.access import Role
from patency.core.exam import Exam
from patency.core.findings.model import (
    Calibre,
    Cavity,
    Findings,
    Quality,
    Segment,
    Shape,
    Spill,
    Tube,
)
from patency.core.visit import VisitState
from patency.records.models.exam import ExamRecord
from patency.records.models.followup import FollowUp
from patency.records.models.visit import Visit
from patency.service import aftercare, examination
from patency.service.examined import kept_findings
from patency.service.house import House
from tests.make import (
    make_actor,
    make_answers,
    make_exam,
    make_follow_up,
    make_period,
    make_visit,
)
from tests.service import walk

RADIOGRAPHER = make_actor(Role.RADIOGRAPHER, name="radiographer-one")
RADIOLOGIST = make_actor(Role.RADIOLOGIST, name="radiologist-one")
JOB = make_actor(Role.SYSTEM, name="night-job")

STARTED = walk.EXAM_MORNING
ENDED = STARTED + timedelta(minutes=8)
AFTERWARDS = STARTED + timedelta(hours=1)

OPEN = Tube(Segment.FIMBRIA, Spill.FREE, Calibre.NORMAL)
AT_THE_HORN = Tube(Segment.NONE, Spill.NONE, Calibre.NOT_JUDGED)
WIDE = Tube(Segment.AMPULLA, Spill.NONE, Calibre.DILATED)
BOTH_OPEN = Findings(Cavity(Shape.NORMAL), OPEN, OPEN, Quality.GOOD)

WELL: dict[str, object] = {
    "bleeding_amount": "light",
    "pads_soaked": 1,
    "pads_over_hours": 8,
    "bleeding_less_than_yesterday": True,
    "bleeding_returned_after_dry_day": False,
    "large_clots": False,
    "dizzy": False,
    "fainted": False,
    "temperature_today_c": 36.7,
    "chills_or_vomiting": False,
    "pain_score": 0,
    "unable_to_stand": False,
    "pain_worse_after_24h": False,
    "foul_discharge": False,
    "breathing_difficulty": False,
    "chest_pain": False,
    "vision_or_nerve_symptoms": False,
    "rash": "none",
    "thyroid_symptoms": False,
    "pregnancy_test_positive": False,
    "shoulder_tip_pain": False,
}
NO_SYMPTOMS: dict[str, object] = {
    "bleeding_amount": "none",
    "dizzy": False,
    "fainted": False,
    "pain_score": 0,
    "unable_to_stand": False,
    "shoulder_tip_pain": False,
    "symptoms_changed": False,
}


def exam(**changes: Any) -> Exam:
    """Return an examination with water contrast in which nothing went wrong."""
    return Exam(
        **{
            "device": "5 Fr balloon",
            "seal": "balloon",
            "operator": "radiologist-one",
            "started_at": STARTED,
            "ended_at": ENDED,
            "outcome": "completed",
            "agent": "iohexol 300",
            "lot": "A1",
            "increments": (2, 2, 1.5),
            "key_images": (1, 2, 3, 4),
            "station": "WESTFLUORO1",
            "pain_score": 4,
            "relief_offered": True,
            "dap_gy_cm2": 1.2,
            "fluoro_seconds": 40,
            **changes,
        }
    )


def make_arrived() -> Visit:
    """Return the visit of a woman who has arrived, made of rows."""
    visit = make_visit(state=VisitState.ARRIVED, campus="west", indication="infertility")
    make_period(visit.patient, start=walk.PERIOD_START, bleeding_ended=walk.BLEEDING_ENDED)
    make_answers(visit, shortest_cycle_days=27, longest_cycle_days=30)
    return visit


def examined(house: House, **changes: Any) -> ExamRecord:
    visit = make_arrived()
    return examination.record(house, visit.pk, exam(**changes), by=RADIOGRAPHER, now=ENDED)


def followed(house: House, **changes: Any) -> FollowUp:
    """Return the follow-up of a woman who was just examined."""
    visit = examined(house, **changes).visit
    return aftercare.open_follow_up(house, visit.pk, by=walk.NURSE, now=AFTERWARDS)


def on_day(number: int, hour: int = 9) -> datetime:
    """Return an hour in Beijing of a day counted from the examination."""
    return STARTED + timedelta(days=number, hours=hour - 9)


def exam_day_plus(number: int) -> date:
    return walk.EXAM_DAY + timedelta(days=number)


def tell(
    house: House, follow_up: FollowUp, number: int, free_text: str = "", **changes: object
) -> aftercare.Told:
    """Return what comes of a diary entry; a change to None leaves that question unanswered."""
    return aftercare.record_diary(
        house,
        follow_up.pk,
        exam_day_plus(number),
        {**WELL, **changes},
        free_text,
        by=walk.NURSE,
        now=on_day(number),
    )


def make_followed(findings: Findings | None = BOTH_OPEN, **exam_fields: Any) -> FollowUp:
    """Return a follow-up made of rows, for tests that need no journey before it."""
    visit = make_visit(state=VisitState.RELEASED)
    make_period(visit.patient, start=walk.PERIOD_START, bleeding_ended=walk.BLEEDING_ENDED)
    make_answers(visit, shortest_cycle_days=27, longest_cycle_days=30)
    make_exam(
        visit,
        **{
            "started_at": STARTED,
            "ended_at": ENDED,
            "key_images": [1, 2, 3, 4],
            **exam_fields,
        },
    )
    if findings is not None:
        kept_findings(visit, findings, by=RADIOLOGIST, now=AFTERWARDS)
    return make_follow_up(visit, exam_day=walk.EXAM_DAY, opened_at=AFTERWARDS)
