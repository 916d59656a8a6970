"""The promises of the tables, asked of a real database."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from patency.core.visit import FINAL, MoveNotAllowed, VisitState
from patency.records import guards
from patency.records.models.base import OtherSite, RowIsKept
from patency.records.models.booking import Intervention
from patency.records.models.ledger import Audit, Event
from patency.records.models.money import Payment, Quote
from patency.records.models.people import Patient
from patency.records.models.report import Report
from patency.records.models.visit import Answer, Decision, Hold, Override, Visit, lock
from tests.make import (
    NOW,
    SITE,
    TODAY,
    make_answers,
    make_booking,
    make_decision,
    make_exam,
    make_patient,
    make_period,
    make_quote,
    make_report,
    make_slot,
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


# ---- kept rows


def test_answers_decisions_and_overrides_are_never_changed():
    visit = make_visit()
    (answer,) = make_answers(visit, has_cold=False)
    decision = make_decision(visit)

    for change in (
        answer.save,
        answer.delete,
        decision.save,
        Answer.objects.all().delete,
        lambda: Answer.objects.update(value=True),
        lambda: Decision.objects.update(may_proceed=True),
        lambda: Decision.objects.bulk_update([decision], ["may_proceed"]),
    ):
        with pytest.raises(RowIsKept):
            change()
    assert Answer.objects.get().value is False


def test_erasure_takes_facts_and_words_and_keeps_the_verdict():
    visit = make_visit()
    make_answers(visit, has_cold=False)
    make_decision(visit, shown={"say": "…"})

    Answer.objects.filter(visit=visit).erase(NOW)
    Decision.objects.filter(visit=visit).erase(NOW)

    assert Answer.objects.get().value is None
    decision = Decision.objects.get()
    assert (decision.facts, decision.shown, decision.erased_at) == (None, None, NOW)
    assert (decision.outcome, decision.rule_ids) == ("HOLD", ["temperature-too-high"])


def test_an_erased_woman_keeps_her_number():
    patient = make_patient(phone="000")

    Patient.objects.filter(pk=patient.pk).erase(NOW)

    left = Patient.objects.get()
    assert (left.number, left.erased_at) == (patient.number, NOW)
    assert (left.family_name, left.birth_date, left.phone) == ("", None, "")


def test_a_woman_who_is_not_erased_has_a_birth_date():
    with refused():
        make_patient(birth_date=None)


def make_event() -> Event:
    return Event.objects.create(kind="registered", subject="visit/1", site=SITE, actor="n", at=NOW)


def make_audit() -> Audit:
    return Audit.objects.create(
        at=NOW, actor="n", actor_role="nurse", site=SITE, action="read", subject="visit/1"
    )


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_itself_keeps_audit_and_event_rows_as_they_are(settings):
    settings.TABLES_MAY_BE_EMPTIED = False
    guards.install(connection)
    make_audit()
    make_event()

    attempts = [
        "UPDATE records_audit SET actor = 'someone else'",
        "DELETE FROM records_audit",
        "UPDATE records_event SET kind = 'nothing'",
        "DELETE FROM records_event",
    ]
    if connection.vendor == "postgresql":
        attempts.append("TRUNCATE records_event")
    for sql in attempts:
        with pytest.raises(IntegrityError, match="never"), transaction.atomic():
            run(sql)
    assert (Audit.objects.get().actor, Event.objects.get().kind) == ("n", "registered")


def test_an_event_may_be_marked_as_handled_and_nothing_else():
    event = make_event()
    event.handled_at = NOW
    event.save(update_fields=["handled_at"])

    Event.objects.update(handled_at=None)
    with pytest.raises(RowIsKept):
        Event.objects.update(kind="other")


# ---- reports


def test_a_draft_may_change_until_it_is_signed():
    report = make_report(make_visit())
    report.sections = {"tubes": "left not seen"}
    report.status, report.signed_by, report.signed_at = "signed", "radiologist-one", NOW
    report.save()

    with pytest.raises(RowIsKept, match="new version"):
        report.save()


def test_a_signed_report_is_never_edited():
    report = make_report(make_visit(), status="signed")

    for change in (
        Report.objects.get().save,
        Report.objects.get().delete,
        Report.objects.all().delete,
        lambda: Report.objects.update(sections={}),
    ):
        with pytest.raises(RowIsKept):
            change()
    assert Report.objects.get().sections == report.sections


@pytest.mark.parametrize(
    "change", ["sections = '{}'", "status = 'draft'", "signed_by = 'x'", "version = 2"]
)
def test_the_database_itself_refuses_to_edit_a_signed_report(change):
    make_report(make_visit(), status="signed")

    with pytest.raises(IntegrityError, match="signed report"):
        run(f"UPDATE records_report SET {change}")


def test_the_database_itself_refuses_to_delete_a_signed_report(settings):
    settings.TABLES_MAY_BE_EMPTIED = False
    guards.install(connection)
    make_report(make_visit(), status="signed")

    with pytest.raises(IntegrityError, match="signed report"):
        run("DELETE FROM records_report")


def test_an_amendment_is_a_new_version_that_names_its_reason():
    visit = make_visit()
    first = make_report(visit, status="signed")
    second = {"version": 2, "previous": first}

    with refused(), transaction.atomic():
        make_report(visit, **second)
    make_report(visit, reason="left tube seen on the late image", **second)
    Report.objects.filter(pk=first.pk).mark_amended()

    assert [(r.version, r.status) for r in Report.objects.order_by("version")] == [
        (1, "amended"),
        (2, "draft"),
    ]


def test_a_visit_has_one_draft():
    visit = make_visit()
    first = make_report(visit)

    with refused():
        make_report(visit, version=2, previous=first, reason="again")


def test_a_signed_report_can_be_erased_when_the_law_lets_it_go():
    make_report(make_visit(), status="signed")

    Report.objects.all().erase(NOW)

    report = Report.objects.get()
    assert (report.sections, report.plain, report.status) == (None, None, "signed")


def test_a_signature_has_a_name_and_a_time():
    with refused():
        make_report(make_visit(), status="signed", signed_by="", signed_at=None)


# ---- one site


def test_rows_take_the_site_of_the_woman_they_are_about():
    visit = make_visit(patient=make_patient(site="demo-leeds"))

    assert (visit.site, make_decision(visit).site) == ("demo-leeds", "demo-leeds")


def test_a_row_of_another_site_is_refused():
    patient = make_patient(site="demo-leeds")

    with pytest.raises(OtherSite, match="Leave site out"):
        make_visit(patient=patient, site=SITE)
