"""Women, visits, slots, actors with plain, fixed values; a test names only what matters to it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from patency.core.access import Actor, Role
from patency.core.identifiers import new_identifier
from patency.core.visit import FINAL, VisitState
from patency.records.models.booking import Booking, Slot
from patency.records.models.exam import ExamRecord
from patency.records.models.followup import FollowUp
from patency.records.models.money import Quote
from patency.records.models.people import Patient, StaffMember
from patency.records.models.report import Report
from patency.records.models.visit import Answer, Decision, Period, TestResult, Visit

SITE = "demo-west"
NOW = datetime(2025, 9, 22, 1, 0, tzinfo=UTC)  # a Monday, 9:00 in Beijing
TODAY = date(2025, 9, 22)


def make_actor(
    *roles: Role, name: str = "nurse-one", site: str = SITE, patient_id: UUID | None = None
) -> Actor:
    """Return someone who acts; a nurse unless said otherwise."""
    return Actor(
        name=name, site=site, roles=frozenset(roles or {Role.NURSE}), patient_id=patient_id
    )


def make_staff(
    *roles: Role, name: str = "nurse-one", site: str = SITE, **fields: Any
) -> StaffMember:
    return StaffMember.objects.create(
        user=User.objects.create_user(name, password="for tests only"),
        site=site,
        roles=sorted(roles or {Role.NURSE}),
        display_name=fields.pop("display_name", name),
        **fields,
    )


def make_patient(**fields: Any) -> Patient:
    taken = Patient.objects.count()
    return Patient.objects.create(
        **{
            "number": new_identifier(lambda length: taken.to_bytes(length)),
            "site": SITE,
            "family_name": "Example",
            "given_name": "Ann",
            "birth_date": date(1993, 5, 17),
            "language": "en",
            "registered_at": NOW,
            **fields,
        }
    )


def make_visit(*, patient: Patient | None = None, **fields: Any) -> Visit:
    over = fields.get("state") in FINAL
    return Visit.objects.create(
        patient=patient or make_patient(),
        **{"opened_at": NOW, "closed_at": NOW if over else None, **fields},
    )


def make_period(patient: Patient, **fields: Any) -> Period:
    """Return a period that started four days ago and ended yesterday."""
    return Period.objects.create(
        patient=patient,
        **{
            "start": TODAY - timedelta(days=4),
            "bleeding_ended": TODAY - timedelta(days=1),
            "told_at": NOW,
            **fields,
        },
    )


def make_answers(visit: Visit, *, day: date | None = None, **facts: Any) -> list[Answer]:
    return [
        Answer.objects.create(
            visit=visit, fact=fact, value=value, told_by="nurse-one", told_at=NOW, day=day
        )
        for fact, value in facts.items()
    ]


def make_test_result(visit: Visit, **fields: Any) -> TestResult:
    """Return a leucorrhoea test that was passed today."""
    return TestResult.objects.create(
        visit=visit,
        **{
            "kind": "leucorrhoea",
            "parts": {"leucorrhoea_cleanliness": "I"},
            "day": TODAY,
            "taken_at": NOW,
            "read_at": NOW + timedelta(minutes=10),
            "verdict": "passed",
            "entered_by": "nurse-one",
            **fields,
        },
    )


def make_decision(visit: Visit, **fields: Any) -> Decision:
    return Decision.objects.create(
        visit=visit,
        **{
            "stage": "booking",
            "protocol": "hsg/2026-1",
            "facts": {"temperature_c": 37.6},
            "outcome": "HOLD",
            "may_proceed": False,
            "rule_ids": ["temperature-too-high"],
            "made_at": NOW,
            "made_by": "nurse-one",
            **fields,
        },
    )


def make_slot(*, starts_at: datetime = NOW + timedelta(days=3), **fields: Any) -> Slot:
    """Return an exam slot in three days."""
    return Slot.objects.create(
        **{
            "site": SITE,
            "room": "fluoroscopy-1",
            "kind": "exam",
            "day": starts_at.date(),
            "starts_at": starts_at,
            "minutes": 20,
            **fields,
        }
    )


def make_booking(visit: Visit, slot: Slot | None = None, **fields: Any) -> Booking:
    slot = slot or make_slot()
    return Booking.objects.create(
        visit=visit,
        slot=slot,
        **{"kind": slot.kind, "state": "firm", "made_at": NOW, **fields},
    )


def make_quote(visit: Visit, **fields: Any) -> Quote:
    return Quote.objects.create(
        visit=visit,
        **{
            "lines": [{"what": "hsg", "amount_minor": 100_000}],
            "amount_minor": 100_000,
            "currency": "CNY",
            "valid_until": TODAY + timedelta(days=30),
            "at": NOW,
            **fields,
        },
    )


def make_exam(visit: Visit, **fields: Any) -> ExamRecord:
    return ExamRecord.objects.create(
        visit=visit,
        **{
            "device": "c-arm-1",
            "seal": "balloon catheter",
            "medium": "water",
            "agent": "iohexol",
            "lot": "A1",
            "iodine_mg_per_ml": 300,
            "increments": [2, 2, 2],
            "total_ml": 6,
            "operator": "radiologist-one",
            "started_at": NOW,
            "ended_at": NOW + timedelta(minutes=8),
            "outcome": "completed",
            **fields,
        },
    )


def make_report(visit: Visit, **fields: Any) -> Report:
    """Return a first version, a draft unless said otherwise."""
    signed = (
        {} if fields.get("status", "draft") == "draft" else {"signed_by": "r", "signed_at": NOW}
    )
    return Report.objects.create(
        visit=visit,
        **{"version": 1, "sections": {"tubes": "both patent"}, "plain": {}, **signed, **fields},
    )


def make_follow_up(visit: Visit | None = None, **fields: Any) -> FollowUp:
    visit = visit or make_visit(state=VisitState.RELEASED)
    return FollowUp.objects.create(
        visit=visit,
        patient=visit.patient,
        **{"exam_day": TODAY, "opened_at": NOW, **fields},
    )
