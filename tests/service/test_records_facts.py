from datetime import UTC, date, datetime, timedelta

import pytest

from patency.records.facts_on import facts_from_json, facts_on, facts_to_json
from patency.records.models.booking import Intervention
from patency.records.models.money import Payment, Refund
from patency.records.models.paperwork import ApplicationForm, Consent
from tests.make import (
    NOW,
    TODAY,
    make_answers,
    make_booking,
    make_follow_up,
    make_patient,
    make_period,
    make_quote,
    make_slot,
    make_test_result,
    make_visit,
)

pytestmark = pytest.mark.django_db

TOMORROW = TODAY + timedelta(days=1)


def test_of_a_new_visit_nothing_is_known_but_what_is_not_done():
    assert facts_on(make_visit(), TODAY) == {
        "leucorrhoea_test_done": False,
        "consent_signed": False,
        "payment_recorded": False,
        "application_signed": False,
    }


def test_the_newest_answer_counts_and_an_empty_one_takes_it_back():
    visit = make_visit()
    make_answers(visit, has_cold=True, has_pain=True)
    make_answers(visit, has_cold=False, has_pain=None)

    facts = facts_on(visit, TODAY)

    assert facts["has_cold"] is False
    assert "has_pain" not in facts


def test_an_answer_for_one_day_is_unknown_on_the_next():
    visit = make_visit()
    make_answers(visit, day=TODAY, temperature_c=36.8)

    assert facts_on(visit, TODAY)["temperature_c"] == 36.8
    assert "temperature_c" not in facts_on(visit, TOMORROW)


def test_an_answer_of_another_day_does_not_hide_a_lasting_one():
    visit = make_visit()
    make_answers(visit, allergy=False)
    make_answers(visit, day=TOMORROW, allergy=True)

    assert facts_on(visit, TODAY)["allergy"] is False


def test_the_follow_ups_answers_are_its_own():
    follow_up = make_follow_up()
    (answer,) = make_answers(follow_up.visit, pads_per_hour=1)
    answer.__class__.objects.create(
        visit=follow_up.visit,
        follow_up=follow_up,
        fact="pads_per_hour",
        value=2,
        told_by="her",
        told_at=NOW,
    )

    assert facts_on(follow_up.visit, TODAY)["pads_per_hour"] == 1
    assert facts_on(follow_up.visit, TODAY, follow_up=follow_up)["pads_per_hour"] == 2


def test_days_and_moments_come_back_as_they_were():
    facts = {
        "last_period": date(2025, 9, 1),
        "told": datetime(2025, 9, 1, 8, 30, tzinfo=UTC),
        "days": 3,
        "grade": "II",
        "yes": True,
        "c": 36.6,
    }

    assert facts_from_json(facts_to_json(facts)) == facts


def test_the_period_is_the_one_the_day_belongs_to():
    visit = make_visit()
    make_period(visit.patient)
    make_period(visit.patient, start=TODAY + timedelta(days=20), bleeding_ended=None)
    make_period(make_patient(), start=TODAY, bleeding_ended=None)

    facts = facts_on(visit, TODAY)

    assert facts["period_start"] == TODAY - timedelta(days=4)
    assert facts["bleeding_ended"] == TODAY - timedelta(days=1)
    assert "bleeding_ended" not in facts_on(visit, TODAY + timedelta(days=20))


def test_a_passed_test_is_known_with_its_parts_and_its_day():
    visit = make_visit()
    make_test_result(visit, parts={"leucorrhoea_cleanliness": "II", "leucorrhoea_yeast": False})

    facts = facts_on(visit, TODAY)

    assert facts["leucorrhoea_test_done"] is True
    assert facts["test_passed_on"] == TODAY
    assert (facts["leucorrhoea_cleanliness"], facts["leucorrhoea_yeast"]) == ("II", False)


def test_a_test_failed_later_takes_the_passed_one_away():
    visit = make_visit()
    make_test_result(visit)
    later = NOW + timedelta(hours=3)
    make_test_result(visit, taken_at=later, read_at=later, verdict="failed")

    assert "test_passed_on" not in facts_on(visit, TODAY)


def test_a_test_nobody_has_read_is_not_done():
    visit = make_visit()
    make_test_result(visit, read_at=None, verdict=None)

    assert facts_on(visit, TODAY)["leucorrhoea_test_done"] is False


def test_a_test_of_the_last_cycle_says_nothing_of_this_one():
    visit = make_visit()
    make_period(visit.patient, start=TODAY - timedelta(days=5))
    make_test_result(visit)
    make_period(visit.patient, start=TODAY + timedelta(days=25), bleeding_ended=None)

    facts = facts_on(visit, TODAY + timedelta(days=27))

    assert facts["leucorrhoea_test_done"] is False
    assert not {"test_passed_on", "leucorrhoea_cleanliness"} & facts.keys()


def test_a_pregnancy_test_counts_on_its_day_only():
    visit = make_visit()
    make_test_result(visit, kind="pregnancy_urine", parts={"pregnancy_test_today": "negative"})

    assert facts_on(visit, TODAY)["pregnancy_test_today"] == "negative"
    assert "pregnancy_test_today" not in facts_on(visit, TOMORROW)


def test_interventions_are_counted_by_cycle():
    visit = make_visit()
    period = make_period(visit.patient)
    Intervention.objects.create(patient=visit.patient, period=period, kind="biopsy", on=TODAY)

    assert facts_on(visit, TODAY)["interventions_this_cycle"] == 1

    make_period(visit.patient, start=TODAY + timedelta(days=25), bleeding_ended=None)
    assert facts_on(visit, TODAY + timedelta(days=26))["interventions_this_cycle"] == 0


def test_without_a_period_nobody_knows_the_interventions_of_the_cycle():
    assert "interventions_this_cycle" not in facts_on(make_visit(), TODAY)


def test_the_days_are_those_of_the_bookings_that_stand():
    visit = make_visit()
    make_booking(visit, make_slot(kind="clinic_visit", room="clinic-1"), state="attended")
    make_booking(visit, make_slot(starts_at=NOW + timedelta(days=4)), state="cancelled")
    make_booking(visit, make_slot(starts_at=NOW + timedelta(days=5)), state="firm")

    facts = facts_on(visit, TODAY)

    assert facts["visit_date"] == TODAY + timedelta(days=3)
    assert facts["exam_date"] == TODAY + timedelta(days=5)


def test_paper_and_payment_are_known_until_taken_back():
    visit = make_visit()
    consent = Consent.objects.create(
        visit=visit, text_version="1", chaperone=True, signed_at=NOW, signed_name="A"
    )
    ApplicationForm.objects.create(visit=visit, number="F-1", signed_at=NOW, signed_by="g")
    payment = Payment.objects.create(
        quote=make_quote(visit),
        amount_minor=100_000,
        currency="CNY",
        method="card",
        at=NOW,
        receipt_number="R-1",
        taken_by="c",
    )
    names = ("consent_signed", "payment_recorded", "application_signed")

    before = facts_on(visit, TODAY)
    consent.withdrawn_at = NOW
    consent.save()
    Refund.objects.create(payment=payment, amount_minor=100_000, reason="hold", at=NOW, by="c")
    after = facts_on(visit, TODAY)

    assert [before[name] for name in names] == [True, True, True]
    assert [after[name] for name in names] == [False, False, True]
