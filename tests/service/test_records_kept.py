"""Rows that are added and never changed, and reports that are amended and never edited."""

import pytest
from django.db import IntegrityError, connection, transaction

from patency.records import guards
from patency.records.models.base import RowIsKept
from patency.records.models.ledger import Audit, Event
from patency.records.models.people import Patient
from patency.records.models.report import Report
from patency.records.models.visit import Answer, Decision
from tests.make import (
    NOW,
    SITE,
    make_answers,
    make_decision,
    make_patient,
    make_report,
    make_visit,
)

pytestmark = pytest.mark.django_db


def refused():
    return pytest.raises(IntegrityError)


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
