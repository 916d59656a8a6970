import json
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import User

from patency.core.access import NotPermitted, Role
from patency.records.models.followup import Task
from patency.records.models.hers import ErasureWish
from patency.records.models.images import ImageFile
from patency.records.models.ledger import Audit, Event, Retention
from patency.records.models.people import Patient
from patency.records.models.visit import Answer, Decision, TestResult, Visit
from patency.service import erased_files, erasure, registration
from patency.service.house import House
from tests.make import (
    NOW,
    TODAY,
    make_actor,
    make_exam,
    make_follow_up,
    make_patient,
    make_report,
    make_visit,
)
from tests.service import walk

pytestmark = pytest.mark.django_db


def gone(house: House, visit: Visit, **when: object) -> erasure.Erased:
    return erasure.erase(
        house,
        visit.patient_id,
        **{"by": walk.ADMINISTRATOR, "now": NOW, **when},  # type: ignore[arg-type]
    )


def never_examined(house: House) -> Visit:
    visit = walk.cleared(house)
    registration.cancel_visit(visit.pk, "her-wish", by=walk.DESK, now=NOW)
    return visit


def examined(house: House) -> Visit:
    visit = walk.arrived(house).visit
    make_exam(visit)
    make_report(visit, status="signed")
    Visit.objects.filter(pk=visit.pk).update(state="closed", closed_at=NOW)
    return visit


def test_facts_and_words_go_while_verdicts_rule_ids_and_times_stay(house: House) -> None:
    visit = never_examined(house)

    done = gone(house, visit)

    patient = Patient.objects.get()
    assert (patient.family_name, patient.birth_date, patient.phone) == ("", None, "")
    assert patient.number == visit.patient.number
    assert not Answer.objects.exclude(value=None).exists()
    assert TestResult.objects.get(kind="leucorrhoea").parts is None
    rows = Decision.objects.all()
    assert all(row.facts is None and row.shown is None and row.outcome for row in rows)
    assert done.locked == {}
    assert Event.objects.last().kind == "erased"  # type: ignore[union-attr]


def test_a_woman_on_her_way_is_not_erased(house: House) -> None:
    visit = walk.cleared(house)

    with pytest.raises(erasure.VisitNotOver, match=f"visit/{visit.pk} is cleared"):
        gone(house, visit)
    assert Patient.objects.get().family_name == "Example"


def test_a_woman_in_follow_up_is_not_erased(house: House) -> None:
    visit = examined(house)
    make_follow_up(visit)

    with pytest.raises(erasure.VisitNotOver, match="close the follow-up"):
        gone(house, visit)


def test_what_the_law_keeps_of_an_examination_is_locked_with_its_end_date(house: House) -> None:
    visit = examined(house)

    done = gone(house, visit)

    assert done.locked["Report"] == date(2040, 9, 22)
    patient = Patient.objects.get()
    assert (patient.family_name, patient.phone, patient.erased_at) == ("Example", "", NOW)
    assert visit.reports.get().sections is not None
    assert not Answer.objects.exclude(value=None).exists()
    assert Retention.objects.get(what="Report").law.startswith("Regulations on Medical Records")


def test_after_the_term_she_may_ask_again_and_the_rest_goes(house: House) -> None:
    visit = examined(house)
    gone(house, visit)

    done = gone(house, visit, now=NOW + timedelta(days=15 * 366))

    assert done.locked == {}
    assert Patient.objects.get().family_name == ""
    assert visit.reports.get().sections is None


def test_a_courts_order_locks_a_table(house: House) -> None:
    visit = never_examined(house)
    erasure.keep_until(
        house,
        visit.patient_id,
        what="Answer",
        law="order of the court",
        ends_on=TODAY + timedelta(days=90),
        by=walk.ADMINISTRATOR,
        now=NOW,
    )

    done = gone(house, visit)

    assert done.locked == {"Answer": TODAY + timedelta(days=90)}
    assert Answer.objects.exclude(value=None).exists()


def test_a_lock_on_nothing_is_refused(house: House) -> None:
    visit = never_examined(house)

    with pytest.raises(erasure.ErasureRefused, match="correct it"):
        erasure.keep_until(
            house,
            visit.patient_id,
            what="Diary of a Madman",
            law="x",
            ends_on=TODAY,
            by=walk.ADMINISTRATOR,
            now=NOW,
        )


def test_her_sign_in_ends_with_her_record(house: House) -> None:
    visit = never_examined(house)
    user = User.objects.create_user("ann", password="for tests only")
    Patient.objects.filter(pk=visit.patient_id).update(user=user)

    gone(house, visit)

    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password()) == (False, False)


def test_a_nurse_erases_nobody(house: House) -> None:
    with pytest.raises(NotPermitted):
        gone(house, never_examined(house), by=walk.NURSE)


def test_the_whole_record_is_exported_as_json_with_who_saw_her(house: House) -> None:
    visit = walk.arrived(house).visit
    other = walk.register(house, given_name="Bea", phone="+86 139 1111 1111")
    herself = visit.patient.as_actor()

    record = erasure.export(house, visit.patient_id, by=herself, now=NOW)

    text = json.dumps(record, ensure_ascii=False)
    assert record["patient"]["given_name"] == "Ann"
    assert len(record["decision"]) == Decision.objects.filter(visit=visit).count()
    assert {row["kind"] for row in record["testresult"]} == {"leucorrhoea", "pregnancy_urine"}
    assert record["payment"][0]["amount_minor"] == 100_000
    assert any(row["action"] == "read" for row in record["audit"])
    assert str(other.patient_id) not in text
    assert Audit.objects.filter(action="exported").count() == 1


def test_a_woman_exports_her_own_record_and_no_other(house: House) -> None:
    visit = walk.register(house)
    other = walk.register(house, given_name="Bea", phone="+86 139 1111 1111")

    with pytest.raises(Patient.DoesNotExist):
        erasure.export(house, visit.patient_id, by=other.patient.as_actor(), now=NOW)


# ---------------------------------------------------------------- her own wish


def test_she_asks_once_and_one_task_waits_for_an_administrator(house: House) -> None:
    visit = never_examined(house)
    herself = visit.patient.as_actor()

    first, second = (erasure.ask_to_erase(house, by=herself, now=NOW) for _ in range(2))

    assert first == second
    task = Task.objects.get(kind=erasure.TO_ERASE)
    assert (task.patient_id, task.done_at) == (visit.patient_id, None)
    assert erasure.would_erase(house, by=herself, now=NOW).wish == first


def test_she_takes_her_wish_back_and_the_task_with_it(house: House) -> None:
    visit = never_examined(house)
    herself = visit.patient.as_actor()
    erasure.ask_to_erase(house, by=herself, now=NOW)

    erasure.withdraw_wish(by=herself, now=NOW)

    assert erasure.would_erase(house, by=herself, now=NOW).wish is None
    assert Task.objects.get(kind=erasure.TO_ERASE).done_note == "taken back by her"
    with pytest.raises(erasure.NothingAsked):
        erasure.withdraw_wish(by=herself, now=NOW)


def test_what_was_asked_for_is_done_with_the_erasure(house: House) -> None:
    visit = never_examined(house)
    erasure.ask_to_erase(house, by=visit.patient.as_actor(), now=NOW)

    gone(house, visit)

    assert ErasureWish.objects.get().done_at == NOW
    assert Task.objects.get(kind=erasure.TO_ERASE).done_at == NOW


def test_she_is_told_beforehand_what_the_law_keeps_and_nothing_is_locked_by_asking(
    house: House,
) -> None:
    visit = examined(house)
    herself = visit.patient.as_actor()

    told = erasure.would_erase(house, by=herself, now=NOW)

    assert not Retention.objects.exists()
    assert told.locked.keys() == set(erasure.RECORD_OF_AN_EXAM)
    assert told.kept_until == date(2040, 9, 22)
    assert "15 years" in told.law
    assert gone(house, visit).locked == told.locked


def test_she_is_told_what_stands_in_the_way(house: House) -> None:
    visit = walk.cleared(house)
    make_follow_up(visit)

    told = erasure.would_erase(house, by=visit.patient.as_actor(), now=NOW)

    assert told.visit_open and told.follow_up_open
    assert told.kept_until is None


def test_staff_do_not_ask_in_her_name(house: House) -> None:
    with pytest.raises(NotPermitted):
        erasure.ask_to_erase(house, by=walk.ADMINISTRATOR, now=NOW)


def her_image(house: House, visit: Visit, content: bytes) -> ImageFile:
    """Return an image of hers whose bytes lie in the store."""
    kept = house.gateways.images.keep(BytesIO(content))
    row: ImageFile = ImageFile.objects.create(
        site=visit.site,
        sha256=kept.sha256,
        size=kept.size,
        arrived_at=NOW,
        arrived_by="c-arm",
        state="filed",
        patient=visit.patient,
        visit=visit,
        filed_at=NOW,
        filed_by="c-arm",
    )
    return row


def take_away(house: House) -> int:
    event = Event.objects.filter(kind="erased").latest("pk")
    worker = make_actor(Role.SYSTEM, name="worker")
    return erased_files.forget_files(house, event.pk, by=worker, now=NOW)


def test_her_images_go_from_the_disk_with_the_rest(house: House) -> None:
    visit = never_examined(house)
    mine = her_image(house, visit, b"her name stands in here")
    store = house.gateways.images
    store.keep_beside(mine.sha256, "frames", b"and here")

    gone(house, visit)

    assert take_away(house) == 1
    assert take_away(house) == 0
    with pytest.raises(FileNotFoundError):
        store.open(mine.sha256)
    assert store.open_beside(mine.sha256, "frames") is None


def test_what_the_law_keeps_and_what_somebody_else_has_stays_on_the_disk(house: House) -> None:
    kept_by_law = examined(house)
    first = her_image(house, kept_by_law, b"of an examination")
    gone(house, kept_by_law)
    assert take_away(house) == 0

    other = make_visit(patient=make_patient(number="PT-2"), state="cancelled")
    shared = her_image(house, other, b"the same picture")
    ImageFile.objects.filter(pk=first.pk).update(sha256=shared.sha256, site="demo-leeds")
    gone(house, other)

    assert take_away(house) == 0
    assert house.gateways.images.open(shared.sha256).read() == b"the same picture"
