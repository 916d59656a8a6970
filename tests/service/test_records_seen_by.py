import pytest

from patency.core.access import Role
from patency.records.models.ledger import Audit
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from tests.make import (
    NOW,
    make_actor,
    make_answers,
    make_decision,
    make_follow_up,
    make_patient,
    make_slot,
    make_visit,
)

pytestmark = pytest.mark.django_db


def test_another_sites_patient_does_not_exist():
    patient = make_patient(site="demo-leeds")
    visit = make_visit(patient=patient)
    seen = seen_by(make_actor(), "check-in", now=NOW)

    with pytest.raises(Patient.DoesNotExist):
        seen.patients.get(pk=patient.pk)
    with pytest.raises(Visit.DoesNotExist):
        seen.visits.get(pk=visit.pk)
    assert not Audit.objects.exists()


def test_a_woman_sees_her_own_rows_and_no_others():
    hers, other = make_visit(), make_visit()
    make_answers(hers, has_cold=False)
    make_answers(other, has_cold=True)
    seen = seen_by(hers.patient.as_actor(), "her own record", now=NOW)

    assert [v.pk for v in seen.visits] == [hers.pk]
    assert [a.value for a in seen.answers] == [False]
    assert [p.pk for p in seen.patients] == [hers.patient_id]
    with pytest.raises(Visit.DoesNotExist):
        seen.visits.get(pk=other.pk)


def test_a_woman_sees_the_times_that_are_offered_but_not_the_events():
    make_slot()
    seen = seen_by(make_patient().as_actor(), "offers", now=NOW)

    assert seen.slots.count() == 1
    assert not seen.events.exists()


@pytest.mark.parametrize("roles", [frozenset(), frozenset({Role.PATIENT})])
def test_a_sign_in_that_is_nobody_sees_nobody(roles):
    make_visit()
    actor = make_actor().__class__(name="x", site="demo-west", roles=roles)

    assert not seen_by(actor, "looking", now=NOW).visits.exists()


def test_reading_one_woman_leaves_one_audit_row_per_woman():
    first, second = make_visit(), make_visit()
    make_decision(first)
    seen = seen_by(make_actor(), "morning round", now=NOW)

    seen.visits.get(pk=first.pk)
    list(seen.decisions.filter(visit=first))
    list(seen.visits.all())

    rows = Audit.objects.order_by("id")
    assert [(row.patient_id, row.action, row.why) for row in rows] == [
        (first.patient_id, "read", "morning round"),
        (second.patient_id, "read", "morning round"),
    ]
    assert rows[0].subject == f"patient/{first.patient_id}"


def test_a_list_of_bare_values_leaves_one_audit_row_for_the_list():
    make_visit()
    seen = seen_by(make_actor(), "today's list", now=NOW)

    list(seen.visits.values_list("state", flat=True))

    assert [(row.subject, row.patient_id) for row in Audit.objects.all()] == [("list", None)]


def test_counting_reads_nobody():
    make_visit()

    assert seen_by(make_actor(), "today's list", now=NOW).visits.count() == 1
    assert not Audit.objects.exists()


def test_rows_are_found_through_every_way_to_a_woman():
    follow_up = make_follow_up()
    seen = seen_by(follow_up.patient.as_actor(), "her own record", now=NOW)

    for name in (name for name, value in vars(Seen).items() if type(value).__name__ == "_Of"):
        list(getattr(seen, name))  # none of the ways is misspelt
    assert seen.follow_ups.get() == follow_up


def test_the_first_of_many_is_audited_too():
    visit = make_visit()

    assert seen_by(make_actor(), "call", now=NOW).visits.order_by("opened_at").first() == visit
    assert Audit.objects.get().patient_id == visit.patient_id


def test_rows_are_not_streamed_past_the_audit():
    with pytest.raises(NotImplementedError, match="audited"):
        seen_by(make_actor(), "export", now=NOW).visits.iterator()


def test_seeing_needs_a_reason():
    with pytest.raises(ValueError, match="without a reason"):
        seen_by(make_actor(), " ", now=NOW)
