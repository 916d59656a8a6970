"""The promises of the tables, asked of a real database."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from patency.core.access import Role
from patency.core.visit import FINAL, MoveNotAllowed, VisitState
from patency.records.models.base import OtherSite
from patency.records.models.booking import Intervention
from patency.records.models.money import Payment, Quote
from patency.records.models.people import StaffMember, UnknownRole
from patency.records.models.visit import Hold, Override, Visit, lock
from tests.make import (
    NOW,
    SITE,
    TODAY,
    make_booking,
    make_decision,
    make_exam,
    make_patient,
    make_period,
    make_quote,
    make_slot,
    make_staff,
    make_visit,
)

pytestmark = pytest.mark.django_db


def refused():
    return pytest.raises(IntegrityError)


def test_a_patient_has_one_open_visit():
    patient = make_patient()
    make_visit(patient=patient)

    with refused():
        make_visit(patient=patient)


def test_a_visit_that_is_over_leaves_room_for_the_next():
    patient = make_patient()
    for state in sorted(FINAL):
        make_visit(patient=patient, state=state)

    assert make_visit(patient=patient).state == VisitState.REGISTERED


def test_a_visit_moves_only_along_the_table():
    visit = make_visit()
    visit.advance(VisitState.CLEARED, now=NOW)

    with pytest.raises(MoveNotAllowed, match="cannot become arrived"):
        visit.advance(VisitState.ARRIVED, now=NOW)
    assert Visit.objects.get().state == VisitState.CLEARED


def test_a_visit_that_ends_knows_when():
    visit = make_visit()
    visit.advance(VisitState.CANCELLED, now=NOW)

    assert Visit.objects.get().closed_at == NOW


def test_a_locked_visit_is_the_visit_as_it_stands():
    visit = make_visit()
    Visit.objects.filter(pk=visit.pk).update(campus="east")

    with transaction.atomic():
        assert lock(visit).campus == "east"


def test_a_state_nobody_knows_is_refused_by_the_database():
    visit = make_visit()

    with refused():
        Visit.objects.filter(pk=visit.pk).update(state="lost")


def test_bleeding_does_not_end_before_it_starts():
    with refused():
        make_period(make_patient(), start=TODAY, bleeding_ended=TODAY - timedelta(days=1))


def test_a_period_is_told_once():
    patient = make_patient()
    make_period(patient)

    with refused():
        make_period(patient)


def test_two_visits_cannot_have_one_slot():
    slot = make_slot()
    make_booking(make_visit(), slot)

    with refused():
        make_booking(make_visit(), slot, state="held")


def test_a_cancelled_booking_frees_its_slot():
    slot = make_slot()
    make_booking(make_visit(), slot, state="cancelled")

    assert make_booking(make_visit(), slot).state == "firm"


def test_a_visit_has_one_exam_to_come():
    visit = make_visit()
    make_booking(visit, make_slot())

    with refused():
        make_booking(visit, make_slot(starts_at=NOW + timedelta(days=4)))


def test_a_retest_is_a_second_clinic_visit():
    visit = make_visit()
    first = make_slot(kind="clinic_visit", room="clinic-1")
    again = make_slot(kind="clinic_visit", room="clinic-1", starts_at=NOW + timedelta(days=9))
    make_booking(visit, first, state="attended")

    assert make_booking(visit, again).state == "firm"


@pytest.mark.parametrize("minutes", [14, 31])
def test_an_exam_slot_is_15_to_30_minutes(minutes):
    with refused():
        make_slot(minutes=minutes)


def test_a_room_has_one_slot_at_a_time():
    make_slot()

    with refused():
        make_slot()


def pay(quote: Quote, receipt_number: str = "R-1") -> Payment:
    return Payment.objects.create(
        quote=quote,
        amount_minor=quote.amount_minor,
        currency=quote.currency,
        method="card",
        at=NOW,
        receipt_number=receipt_number,
        taken_by="cashier-one",
    )


def test_a_quote_is_paid_once():
    quote = make_quote(make_visit())
    pay(quote)

    with refused():
        pay(quote, receipt_number="R-2")


@pytest.mark.parametrize("wrong", [{"amount_minor": 0}, {"currency": "cny"}, {"currency": "RM"}])
def test_a_quote_is_more_than_nothing_in_a_currency(wrong):
    with refused():
        make_quote(make_visit(), **wrong)


def intervene(period, kind="hsg", **fields):
    return Intervention.objects.create(
        patient=period.patient, period=period, kind=kind, on=TODAY, **fields
    )


def test_a_cycle_has_one_intervention_whatever_its_kind():
    period = make_period(make_patient())
    intervene(period)

    with refused():
        intervene(period, "hysteroscopy")


def test_a_second_intervention_needs_a_consultants_override():
    visit = make_visit()
    period = make_period(visit.patient)
    intervene(period)
    override = Override.objects.create(
        decision=make_decision(visit),
        rule_id="one-intervention-per-cycle",
        reason="polyp seen, biopsy at once",
        by_name="consultant-one",
        by_role="consultant",
        at=NOW,
    )

    assert intervene(period, "biopsy", override=override).override == override


def test_an_intervention_in_another_womans_cycle_is_refused():
    period = make_period(make_patient())

    with pytest.raises(OtherSite, match="take one of hers"):
        Intervention.objects.create(patient=make_patient(), period=period, kind="hsg", on=TODAY)


def test_a_visit_has_one_open_hold():
    visit = make_visit()
    decision = make_decision(visit)
    Hold.objects.create(visit=visit, decision=decision, opened_at=NOW)

    with refused():
        Hold.objects.create(visit=visit, decision=decision, opened_at=NOW)


def test_a_rule_is_overridden_once_and_with_a_reason():
    decision = make_decision(make_visit())
    override = {
        "decision": decision,
        "rule_id": "a",
        "by_name": "c",
        "by_role": "consultant",
        "at": NOW,
    }
    Override.objects.create(reason="seen together", **override)

    with refused(), transaction.atomic():
        Override.objects.create(reason="again", **override)
    with refused():
        Override.objects.create(reason="", **{**override, "rule_id": "b"})


def test_an_exam_record_holds_only_grades_and_scores_there_are():
    with refused():
        make_exam(make_visit(), intravasation_grade=4)


# ---- people


def test_a_member_of_staff_acts_in_the_roles_given_and_a_consultant_as_one():
    staff = make_staff(Role.NURSE, Role.RADIOLOGIST, is_consultant=True)

    actor = StaffMember.objects.get(pk=staff.pk).as_actor()

    assert (actor.name, actor.site, actor.patient_id) == ("nurse-one", SITE, None)
    assert actor.roles == {Role.NURSE, Role.RADIOLOGIST, Role.CONSULTANT}


@pytest.mark.parametrize("role", ["surgeon", "system", "patient"])
def test_nobody_is_given_a_role_there_is_not(role):
    with pytest.raises(UnknownRole, match="a person may be administrator"):
        make_staff(role)


# ---- one site


def test_rows_take_the_site_of_the_woman_they_are_about():
    visit = make_visit(patient=make_patient(site="demo-leeds"))

    assert (visit.site, make_decision(visit).site) == ("demo-leeds", "demo-leeds")


def test_a_row_of_another_site_is_refused():
    patient = make_patient(site="demo-leeds")

    with pytest.raises(OtherSite, match="Leave site out"):
        make_visit(patient=patient, site=SITE)
