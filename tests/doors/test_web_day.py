"""The clinic's pages of the day: the board, tasks, times, who waits, and the examination."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patency.core.access import Role
from patency.records.models.booking import Slot
from patency.records.models.exam import AntibioticChoice, ExamRecord, ExamStep
from patency.records.models.followup import Task
from patency.records.models.ledger import Audit
from patency.records.models.machines import PerformedStep
from patency.records.models.visit import Answer, Decision, Override, Visit
from patency.records.models.waiting import Urgency
from patency.service import cycles, screening
from tests.make import NOW, SITE, TODAY, make_booking, make_patient, make_slot, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db
R = Role


def text(answer):
    return unescape(answer.content.decode())


# ---------------------------------------------------------------- the board


def again(client, mark, **asked):
    return client.get(reverse("today"), asked, headers={"X-Board": "again", "If-None-Match": mark})


def test_a_board_to_which_nothing_happened_is_not_read_again(house, as_staff):
    walk.booked(house)
    nurse = as_staff(R.NURSE)
    mark = nurse.get(reverse("today"))["ETag"]
    reads = Audit.objects.filter(action="read").count()

    answer = again(nurse, mark)

    assert (answer.status_code, answer["X-Updated"]) == (304, "09:00")
    assert Audit.objects.filter(action="read").count() == reads


def test_a_board_on_which_something_happened_comes_as_its_list_alone(house, as_staff):
    nurse = as_staff(R.NURSE)
    mark = nurse.get(reverse("today"))["ETag"]
    walk.register(house, family_name="New")

    answer = again(nurse, mark)

    assert answer.status_code == 200
    assert answer["ETag"] != mark
    assert "New, Ann" in text(answer)
    assert "<html" not in text(answer)


def test_a_wait_is_counted_anew_after_some_minutes_without_any_event(house, clock, as_staff):
    nurse = as_staff(R.NURSE)
    mark = nurse.get(reverse("today"))["ETag"]
    clock.at += timedelta(minutes=5)

    assert again(nurse, mark).status_code == 200


def test_another_person_of_another_role_never_gets_a_stale_board(house, as_staff):
    mark = as_staff(R.NURSE).get(reverse("today"))["ETag"]

    assert again(as_staff(R.CASHIER), mark).status_code == 200


def test_late_women_rise_to_the_top_and_those_who_are_done_sink(house, clock, as_staff):
    late, done = (make_visit(state=state) for state in ("booked", "examined"))
    soon = make_visit(state="booked")
    make_booking(done, make_slot(starts_at=NOW), state="attended", ended_at=NOW)
    make_booking(soon, make_slot(starts_at=NOW + timedelta(hours=2)))
    make_booking(late, make_slot(starts_at=NOW + timedelta(minutes=20)))
    clock.at = NOW + timedelta(hours=1)

    page = text(as_staff(R.NURSE).get(reverse("today")))

    board = page[page.index('class="board"') :]
    places = [board.index(str(visit.patient_id)) for visit in (late, soon, done)]
    assert places == sorted(places)


def test_more_women_on_the_board_ask_no_more_of_the_database(house, as_staff):
    nurse = as_staff(R.NURSE)

    def one_more(number):
        visit = walk.register(house, family_name=f"B{number}", phone=f"+86 138 0000 11{number:02}")
        walk.tell_period(house, visit)
        make_booking(visit, make_slot(starts_at=NOW + timedelta(minutes=20 * number)))

    def queries():
        with CaptureQueriesContext(connection) as asked:
            nurse.get(reverse("today"))
        return len(asked)

    one_more(1)
    queries()  # the first page of a session writes the session down
    few = queries()
    for number in range(2, 7):
        one_more(number)

    assert queries() == few


def test_a_board_is_filtered_by_room_and_step_and_says_how_many_it_hides(house, as_staff):
    for minutes, room in ((20, "west-xray-1"), (40, "east-xray-1")):
        slot = make_slot(starts_at=NOW + timedelta(minutes=minutes), room=room)
        make_booking(make_visit(state="booked"), slot)
    nurse = as_staff(R.NURSE)

    one = text(nurse.get(reverse("today"), {"room": "east-xray-1"}))
    none = text(nurse.get(reverse("today"), {"step": "here"}))

    assert one.count('class="board-line') == 1
    assert "1 woman is not shown because of the filter" in one
    assert "2 women are not shown" in none


@pytest.mark.parametrize(
    ("role", "says"),
    [
        (R.NURSE, "Check her in"),
        (R.RADIOGRAPHER, "Check her in"),
        (R.CASHIER, "Take her payment"),
        (R.REGISTRATION, "Her record"),
    ],
)
def test_the_button_of_a_line_is_the_next_step_of_this_role(role, says, house, as_staff):
    make_booking(make_visit(state="booked"), make_slot(starts_at=NOW + timedelta(minutes=20)))

    page = text(as_staff(role).get(reverse("today")))

    button = re.search(r'<p class="next">.*?<a class="nhsuk-button[^>]*>([^<]+)<', page, re.S)
    assert button is not None
    assert button[1] == says


# ---------------------------------------------------------------- tasks and waits


def make_task(patient=None, **fields):
    return Task.objects.create(
        patient=patient or make_patient(phone="+86 138 0000 0123"),
        **{
            "site": SITE,
            "kind": "call-back",
            "urgency": "C",
            "opened_at": NOW,
            "due_at": NOW + timedelta(hours=2),
            **fields,
        },
    )


def test_tasks_are_filtered_and_a_phone_dials_her_number(house, as_staff):
    mine = make_task(acknowledged_at=NOW, acknowledged_by="nurse")
    other, done = make_task(), make_task(done_at=NOW, done_note="she is well")
    nurse, address = as_staff(R.NURSE), reverse("tasks")

    def shown(which):
        page = text(nurse.get(address, {"which": which}))
        return {row for row in (mine, other, done) if str(row.patient_id) in page}, page

    assert shown("all")[0] == {mine, other}
    assert shown("mine")[0] == {mine}
    assert shown("new")[0] == {other}
    assert shown("done")[0] == {done}
    assert "she is well" in shown("done")[1]
    assert 'href="tel:+8613800000123"' in shown("all")[1]


def test_an_urgent_task_rings_at_the_top_of_every_page(house, as_staff):
    nurse = as_staff(R.NURSE)
    make_task(urgency="U")

    page = text(nurse.get(reverse("find")))

    assert re.search(r'class="count">1<span[^>]*> urgent or late', page)


def test_tasks_and_waits_come_in_pages(house, as_staff):
    for number in range(27):
        phone = f"+86 138 0000 22{number:02}"
        make_task(patient=walk.register(house, family_name=f"W{number:02}", phone=phone).patient)
    nurse = as_staff(R.NURSE)

    first = text(nurse.get(reverse("tasks")))
    last = text(nurse.get(reverse("tasks"), {"page": "2"}))
    waits = text(nurse.get(reverse("waiting"), {"kind": "questions", "page": "2"}))

    assert first.count('class="task-line') == 25
    assert last.count('class="task-line') == 2
    assert waits.count('class="wait-line"') == 2
    assert "Page 2 of 2" in waits


# ---------------------------------------------------------------- times


OPEN = {
    "room": "west-xray-1",
    "first": "2025-09-23",
    "last": "2025-09-23",
    "begins": "09:00",
    "ends": "10:00",
    "operator": "",
}


def test_times_are_opened_and_closed_with_a_reason(house, as_staff):
    desk = as_staff(R.REGISTRATION)

    opened = text(desk.post(reverse("times"), OPEN, follow=True))
    slot = Slot.objects.order_by("starts_at").first()
    unsaid = text(desk.post(reverse("times-close"), {"slot": str(slot.pk)}, follow=True))
    chosen = {"slot": str(slot.pk), "why": "machine-broken"}
    closed = text(desk.post(reverse("times-close"), chosen, follow=True))

    assert "3 times are new." in opened
    assert "choose why" in unsaid
    assert "1 time is closed." in closed
    slot.refresh_from_db()
    assert slot.closed_why == "machine-broken"


@pytest.mark.parametrize("wrong", [{"first": "2025-09-31"}, {"ends": "08:00"}, {"room": "attic"}])
def test_times_that_cannot_be_are_refused_and_kept_on_the_page(wrong, house, as_staff):
    answer = as_staff(R.REGISTRATION).post(reverse("times"), OPEN | wrong)

    assert answer.status_code in (400, 409)
    assert 'value="2025-09-23"' in text(answer)
    assert not Slot.objects.exists()


# ---------------------------------------------------------------- what only a clinician says


def test_a_later_day_is_approved_with_a_reason(house, as_staff):
    visit = walk.register(house)
    cycles.report_period(house, visit.patient_id, walk.PERIOD_START, by=walk.DESK, now=NOW)
    cycles.report_bleeding_end(
        house, visit.patient_id, TODAY - timedelta(days=1), normal=True, by=walk.DESK, now=NOW
    )
    screening.record_answers(house, visit.pk, walk.HEALTHY, by=walk.NURSE, now=NOW)
    doctor, address = as_staff(R.GYNAECOLOGIST), reverse("approval", args=[visit.pk])

    shown = text(doctor.get(address))
    silent = doctor.post(address, {"day": "2025-09-25", "reason": " "})
    done = doctor.post(address, {"day": "2025-09-25", "reason": "regular cycles"}, follow=True)

    assert "Thursday 25 September, cycle day 11" in shown
    assert silent.status_code == 400
    assert "Approved." in text(done)
    assert Override.objects.get().rule_id == "cycle-day-over-cap"


def test_how_urgent_a_date_is_is_a_clinicians_word(house, as_staff):
    visit = make_visit()
    address = reverse("urgency", args=[visit.pk])

    as_staff(R.GYNAECOLOGIST).post(address, {"level": "urgent"})
    refused = as_staff(R.NURSE).post(address, {"level": "routine"})

    assert refused.status_code == 403
    assert Urgency.objects.get().level == "urgent"
    assert "Urgent" in text(as_staff(R.REGISTRATION).get(address))


# ---------------------------------------------------------------- immediate decision


def test_what_the_protocol_would_say_is_shown_before_anything_is_kept(house, as_staff):
    visit = walk.answered(house)
    kept = (Answer.objects.count(), Decision.objects.count())
    sent = {"temperature_c": "38.2", "leucorrhoea_trichomonas": "yes", "preview": "yes"}

    page = text(as_staff(R.NURSE).post(reverse("results", args=[visit.pk]), sent))

    assert "On hold" in page
    assert "<html" not in page
    assert (Answer.objects.count(), Decision.objects.count()) == kept


def test_an_open_question_is_never_shown_as_clear(house, as_staff):
    visit = walk.register(house)
    sent = {"usual_bleeding_days": "5", "preview": "yes"}

    page = text(as_staff(R.NURSE).post(reverse("answers", args=[visit.pk]), sent))

    assert "Not decided" in page
    assert "Still to be asked:" in page


# ---------------------------------------------------------------- the examination


@pytest.fixture
def arrived(house, clock):
    visit = walk.arrived(house).visit
    clock.at = walk.EXAM_MORNING + timedelta(minutes=5)
    return visit


RECORD = {
    "outcome": "completed",
    "operator": "Dr Sun",
    "station": "WESTFLUORO1",
    "started_at": "2025-09-23T09:01",
    "ended_at": "2025-09-23T09:04",
    "seal": "balloon catheter",
    "anaesthesia": "none",
    "agent": "iohexol 300",
    "lot": "IO-1",
    "increments": "2，3",
    "live_imaging": "on",
    "intravasation_grade": "0",
    "dilated_tube": "no",
}


def test_each_press_is_kept_and_the_film_shows_it(arrived, clock, as_staff):
    nurse, step = as_staff(R.NURSE), reverse("exam-step", args=[arrived.pk])
    for number, sent in enumerate(("started", "run-began", "contrast:2", "severe", "run-ended")):
        clock.at += timedelta(seconds=8 * number)
        nurse.post(step, {"step": sent})

    page = text(nurse.get(reverse("exam", args=[arrived.pk])))

    assert ExamStep.objects.count() == 5
    assert "Run 1 from 0:08 to 1:20." in page
    assert "Allergic reaction at 0:48." in page
    assert "resuscitation team" in page


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"step": "contrast:2"}, "not written down"),
        ({"step": "tea"}, "not written down"),
        ({"step": "pressure", "pressure-value": "high"}, "“high” is no number"),
    ],
)
def test_a_press_that_makes_no_sense_changes_nothing(sent, says, arrived, as_staff):
    page = text(as_staff(R.NURSE).post(reverse("exam-step", args=[arrived.pk]), sent, follow=True))

    assert says in page
    assert not ExamStep.objects.exists()


def test_the_record_is_made_of_the_form_and_she_is_watched(arrived, as_staff):
    answer = as_staff(R.RADIOGRAPHER).post(
        reverse("exam-record", args=[arrived.pk]), RECORD, follow=True
    )

    record = ExamRecord.objects.get()
    assert (record.increments, record.device) == ([2.0, 3.0], "Fluoroscopy unit, West campus")
    assert walk.fresh(arrived).state == "examined"
    assert "may go from 09:34" in text(answer)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"lot": ""}, "it stands on the vial"),
        ({"increments": "a lot"}, "such as 2, 3, 3"),
        ({"increments": ""}, "is not completed"),
        ({"ended_at": "2025-09-23T08:00"}, "before the beginning"),
        ({"ended_at": "2025-09-23T11:00"}, "in the future"),
        ({"dap_gy_cm2": "140"}, "above the reference of 2 Gy"),
        ({"outcome": "abandoned"}, "Say in a few words why"),
        ({"agent": "ethiodized oil", "increments": "8, 8"}, "a consultant records it"),
        ({"agent": "ethiodized oil", "live_imaging": ""}, "without live images"),
    ],
)
def test_a_record_that_cannot_be_says_where_and_keeps_what_was_typed(
    wrong, says, arrived, as_staff
):
    answer = as_staff(R.NURSE).post(reverse("exam-record", args=[arrived.pk]), RECORD | wrong)

    assert answer.status_code in (400, 409)
    assert says in text(answer)
    assert 'value="Dr Sun"' in text(answer)
    assert not ExamRecord.objects.exists()


def test_a_dose_the_machine_told_above_the_reference_asks_for_its_reason(arrived, as_staff):
    PerformedStep.objects.create(
        site=arrived.site, uid="1.2", station="WESTFLUORO1", begun_at=NOW, ended_at=NOW,
        state="COMPLETED", visit=arrived, patient=arrived.patient, dap_gy_cm2="2.60",
    )  # fmt: skip
    client, where = as_staff(R.RADIOGRAPHER), reverse("exam-record", args=[arrived.pk])
    silent = {name: value for name, value in RECORD.items() if name != "dap_gy_cm2"}

    shown = text(client.get(where))
    refused = client.post(where, silent)
    client.post(where, silent | {"dose_reason": "Two attempts."})

    assert "The machine told 2.60 Gy·cm²" in shown and "say why below" in shown
    assert "above the reference of 2 Gy" in text(refused)
    record = ExamRecord.objects.get()
    assert record.dap_gy_cm2 == Decimal("2.6")
    assert {"kind": "dose-reason", "why": "Two attempts."} in record.events


def test_she_is_watched_decided_about_and_let_go_in_time(arrived, clock, as_staff):
    as_staff(R.NURSE).post(reverse("exam-record", args=[arrived.pk]), RECORD)
    nurse, doctor = as_staff(R.NURSE, name="n"), as_staff(R.GYNAECOLOGIST, name="d")
    after = reverse("exam-after", args=[arrived.pk])

    early = text(nurse.post(after, {"what": "leave"}))
    nurse.post(after, {"what": "check", "how_she_is": "well", "spo2": "98"})
    choice = {"what": "antibiotics", "give": "yes", "drug": "doxycycline"}
    unasked = doctor.post(after, choice)
    both = {"allergy_checked": "on", "pregnancy_checked": "on"}
    doctor.post(after, choice | both)
    clock.at += timedelta(minutes=31)
    left = text(as_staff(R.NURSE, name="late").post(after, {"what": "leave"}, follow=True))

    assert "It is too early" in early
    assert unasked.status_code == 409
    assert AntibioticChoice.objects.get().prescriber == "d"
    assert "SpO₂ 98 %" in left
    assert "She may go home" in left


def test_a_signed_report_sends_nobody_home_and_the_prescriber_has_a_task(arrived, clock, as_staff):
    as_staff(R.NURSE).post(reverse("exam-record", args=[arrived.pk]), RECORD)
    Visit.objects.filter(pk=arrived.pk).update(state="reported")
    after = reverse("exam-after", args=[arrived.pk])

    board = text(as_staff(R.NURSE, name="n").get(reverse("today"), {"step": "watched"}))
    clock.at += timedelta(minutes=31)
    later = as_staff(R.NURSE, name="later")
    asked = text(later.post(after, {"what": "leave"}))
    later.post(after, {"what": "leave", "sure": "yes"})
    doctor = as_staff(R.GYNAECOLOGIST, name="d")
    undecided = text(doctor.get(reverse("today"), {"step": "undecided"}))
    tasks = text(doctor.get(reverse("tasks")))

    assert "Nobody has decided on antibiotics: ask a prescriber first. No look at her" in asked
    assert "She goes home all the same" in asked
    assert "Watch her" in board
    assert f'href="{after}">Decide on antibiotics' in undecided
    assert f'href="{after}">Go to the decision' in tasks


def test_a_blood_pressure_the_wrong_way_round_is_not_kept(arrived, as_staff):
    as_staff(R.NURSE).post(reverse("exam-record", args=[arrived.pk]), RECORD)
    typed = {"what": "check", "how_she_is": "well", "systolic": "70", "diastolic": "110"}

    page = text(as_staff(R.NURSE, name="n").post(reverse("exam-after", args=[arrived.pk]), typed))

    assert "Look whether they are swapped" in page
    assert ExamRecord.objects.get().observation.checks == []


def test_there_is_nothing_to_examine_before_she_has_arrived(house, as_staff):
    visit = walk.booked(house).visit

    page = text(as_staff(R.NURSE).get(reverse("exam", args=[visit.pk])))

    assert "She has not arrived" in page


# ---------------------------------------------------------------- finding her


@pytest.mark.parametrize("typed", ["1993-05-17", "1993年5月17日", "0000 0077", "ann ex", "Example"])
def test_a_woman_is_found_by_what_is_known_of_her(typed, house, as_staff):
    visit = walk.register(house, phone="+86 138 0000 0077")
    make_patient(family_name="Other", phone="+86 139 1111 1111", birth_date=date(1990, 1, 1))

    answer = as_staff(R.NURSE).post(reverse("find"), {"number": typed})

    assert answer["Location"] == reverse("journey", args=[visit.patient_id])


def test_many_who_fit_come_in_pages_without_a_word_in_the_address(house, as_staff):
    for number in range(30):
        make_patient(family_name="王", given_name=f"秀{number:02}")
    nurse = as_staff(R.NURSE)

    answer = nurse.post(reverse("find"), {"number": "王", "page": "2"})

    page = text(answer)
    assert page.count('class="wait-line"') == 5
    assert "Page 2 of 2" in page


@pytest.mark.parametrize("typed", ["12", "Nobody", "1801-01-01", "PT-0000", "x" * 5000, "%", ""])
def test_nobody_found_is_said_with_a_way_on(typed, house, as_staff):
    answer = as_staff(R.NURSE).post(reverse("find"), {"number": typed})

    assert answer.status_code in (400, 404)
    assert 'role="status"' in text(answer)


def test_a_woman_who_may_be_known_is_asked_about_before_she_is_registered_twice(house, as_staff):
    known = walk.register(house).patient
    desk = as_staff(R.REGISTRATION)
    sent = {
        "family_name": "Exemple",
        "given_name": "Anne",
        "birth_date": "1993-05-17",
        "phone": known.phone,
        "language": "en",
        "campus": "west",
    }

    asked = text(desk.post(reverse("register"), sent))
    desk.post(reverse("register"), sent | {"nobody": "yes"})

    assert "Is she one of these?" in asked
    assert known.number in asked
    assert 'value="Exemple"' in asked
