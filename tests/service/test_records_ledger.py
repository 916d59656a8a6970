import pytest
from django.db import transaction

from patency.core.access import Role
from patency.records.ledger import (
    NotAnId,
    NotInTransaction,
    remember,
    remember_change,
    subject_of,
)
from patency.records.models.ledger import Audit, Event
from patency.records.models.people import Patient
from tests.make import NOW, SITE, make_actor, make_patient, make_quote, make_visit


@pytest.mark.django_db
def test_a_change_leaves_one_event_and_one_audit_row():
    visit = make_visit()

    with transaction.atomic():
        remember(
            kind="registered",
            subject=subject_of(visit),
            by=make_actor(Role.NURSE, Role.REGISTRATION),
            now=NOW,
            site=SITE,
            patient=visit.patient,
            why="first call",
            fields=["state", "campus"],
            payload={"visit": visit.pk, "slots": [1, 2]},
        )

    event, audit = Event.objects.get(), Audit.objects.get()
    assert (event.kind, event.subject, event.at) == ("registered", f"visit/{visit.pk}", NOW)
    assert event.payload == {"visit": str(visit.pk), "slots": [1, 2]}
    assert event.handled_at is None
    assert (audit.action, audit.patient, audit.actor_role) == (
        "registered",
        visit.patient,
        "nurse, registration",
    )
    assert (audit.why, audit.what) == ("first call", ["campus", "state"])


@pytest.mark.django_db
@pytest.mark.parametrize("row_of", [lambda visit: visit, make_quote])
def test_a_change_to_a_row_is_about_the_woman_however_far_the_row_hangs_from_her(row_of):
    row = row_of(make_visit())

    with transaction.atomic():
        remember_change(row, "told", by=make_actor(Role.NURSE), now=NOW, fields=["state"])

    event, audit = Event.objects.get(), Audit.objects.get()
    assert (event.subject, event.site) == (subject_of(row), SITE)
    assert (audit.patient, audit.site, audit.what) == (Patient.objects.get(), SITE, ["state"])


@pytest.mark.django_db(transaction=True)
def test_nothing_is_remembered_outside_a_transaction():
    with pytest.raises(NotInTransaction, match="stand or fall together"):
        remember(kind="x", subject="visit/1", by=make_actor(), now=NOW, site=SITE)

    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "payload", [{"note": "pain since Tuesday"}, {"to": "a@example.org"}, {"deep": {"a": 1}}]
)
def test_an_event_carries_ids_only_and_the_refusal_repeats_nothing(payload):
    with pytest.raises(NotAnId) as refusal:
        remember(kind="x", subject="visit/1", by=make_actor(), now=NOW, site=SITE, payload=payload)

    assert "Tuesday" not in str(refusal.value)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_never_happened():
    patient = make_patient()

    with pytest.raises(RuntimeError), transaction.atomic():
        remember(kind="x", subject=subject_of(patient), by=make_actor(), now=NOW, site=SITE)
        raise RuntimeError

    assert not Event.objects.exists()
    assert not Audit.objects.exists()
