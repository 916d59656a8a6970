"""What stands on the pages: the clock, the list, the journey, the decision with every source."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.views.defaults import server_error

from patency.core.access import Role
from patency.core.visit import VisitState
from patency.records.models.followup import Task
from patency.records.models.visit import Decision, Hold
from patency.service import erasure
from tests.make import (
    NOW,
    SITE,
    TODAY,
    make_booking,
    make_decision,
    make_exam,
    make_follow_up,
    make_patient,
    make_report,
    make_slot,
    make_visit,
)
from tests.service import walk

pytestmark = pytest.mark.django_db
R = Role


def read(client, name, *args, status=200):
    """Return a page as a person reads it, and fail when it is not there."""
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == status, answer.status_code
    return unescape(answer.content.decode())


def newest(visit, outcome):
    return Decision.objects.filter(visit=visit, outcome=outcome).order_by("-made_at").first()


# ---------------------------------------------------------------- around every page


def test_every_page_shows_the_clock_of_the_site_and_what_is_not_signed_off(as_staff):
    page = read(as_staff(R.NURSE), "today")

    assert "Monday 22 September 2025, 09:00" in page
    assert "not a certified medical device" in page
    assert "are not yet signed off by this clinic" in page


def test_before_sign_in_no_clock_of_a_clinic_nobody_chose_is_shown(house, client, as_staff):
    before, after = read(client, "sign-in"), read(as_staff(R.NURSE), "today")

    assert len(house.sites) > 1
    assert 'class="clock"' not in before
    assert "Monday 22 September 2025, 09:00" in after


def test_a_demo_says_so(as_staff, settings):
    settings.PATENCY_MODE = "demo"

    assert "Invented women" in read(as_staff(R.NURSE), "today")


def test_a_production_page_says_nothing_of_a_demo(as_staff):
    assert "Invented women" not in read(as_staff(R.NURSE), "today")


# ---------------------------------------------------------------- today


def test_todays_list_says_who_comes_what_is_missing_and_the_next_step(house, clock, as_staff):
    walk.booked(house)
    clock.at = walk.EXAM_MORNING + timedelta(minutes=25)

    page = read(as_staff(R.NURSE), "today")

    assert "Example, Ann" in page
    assert "25 minutes late" in page
    for mark in ("Test: passed", "Temperature: not measured", "Consent: signed", "Payment: paid"):
        assert mark in page
    assert "Pregnancy test: not done today" in page
    assert "Check her in" in page


def test_the_list_of_another_day_and_of_another_site_is_empty(house, as_staff):
    walk.booked(house)

    assert "Nobody has a date" in read(as_staff(R.NURSE), "today")
    assert "Nobody has a date" in read(as_staff(R.NURSE, site="demo-leeds", name="x"), "today")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "soon", "2025-09-23"])
def test_any_day_can_be_asked_for(day, as_staff):
    answer = as_staff(R.NURSE).get(reverse("today"), {"day": day})

    shown = "Tuesday 23 September" if day == "2025-09-23" else "Today, Monday 22 September"
    assert shown in answer.content.decode()


def test_a_day_that_does_not_exist_is_said_to_be_none(as_staff):
    answer = as_staff(R.NURSE).get(reverse("today"), {"day": "2026-99-99"})

    assert "There is no such day" in answer.content.decode()


def test_women_in_nobodys_day_stand_under_waiting(house, as_staff):
    held = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)
    asked = walk.register(house, family_name="Asked", phone="+86 138 0000 0001")
    home = make_follow_up(exam_day=TODAY - timedelta(days=3))
    examined = make_visit(state="examined")
    make_exam(examined)

    page = read(as_staff(R.NURSE), "today")
    waiting = page[page.index('id="waiting"') :]

    for visit in (held, asked, home.visit, examined):
        assert reverse("journey", args=[visit.patient_id]) in waiting
    for words in (
        "On hold",
        "Since Monday 22 September",
        "Open questions",
        "At home, diary day 3",
        "Nothing written yet.",
        "Watch her until she may leave and decide on antibiotics.",
        "Report to write",
    ):
        assert words in waiting


def test_more_women_who_wait_ask_no_more_of_the_database(house, as_staff):
    nurse = as_staff(R.NURSE)

    def one_of_each(number):
        walk.register(house, family_name=f"A{number}", phone=f"+86 138 0000 001{number}")
        make_follow_up(exam_day=TODAY)
        make_exam(make_visit(state="examined"))
        visit = make_visit(state="on-hold")
        row = make_decision(visit, outcome="HOLD")
        Hold.objects.create(visit=visit, decision=row, rule_ids=["fever"], opened_at=NOW)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            nurse.get(reverse("today"))
        return len(asked)

    one_of_each(0)
    queries()  # the first page of a session writes the session down
    few = queries()
    for number in range(1, 5):
        one_of_each(number)

    assert queries() == few


def test_a_cashier_sees_money_and_no_medicine(house, clock, as_staff):
    visit = walk.booked(house).visit
    clock.at = walk.EXAM_MORNING
    cashier = as_staff(R.CASHIER)

    day, journey = read(cashier, "today"), read(cashier, "journey", visit.patient_id)

    assert "Payment: paid" in day
    assert "Temperature" not in day
    assert "receipt" in journey
    assert "Leucorrhoea" not in journey
    assert "Infertility" not in journey


def make_task(patient, urgency, *, due, **fields):
    return Task.objects.create(
        site=SITE,
        patient=patient,
        kind="triage",
        urgency=urgency,
        why="heavy-bleeding, unanswered:dizzy",
        opened_at=NOW - timedelta(hours=5),
        due_at=due,
        **fields,
    )


def test_tasks_stand_in_the_order_of_urgency_with_how_late_they_are(as_staff):
    patient = make_patient()
    make_task(patient, "C", due=NOW + timedelta(hours=20))
    make_task(patient, "E", due=NOW - timedelta(hours=5))

    page = read(as_staff(R.NURSE), "today")

    assert page.index("E · Emergency") < page.index("C · Call back")
    assert "5 hours late" in page
    assert "due in 20 hours" in page
    assert "Heavy bleeding. 1 question left open." in page


def test_taking_and_closing_a_task(as_staff):
    task = make_task(make_patient(), "U", due=NOW)
    nurse = as_staff(R.NURSE)

    nurse.post(reverse("task-acknowledge", args=[task.pk]), {"back": "/today/"})
    empty = nurse.post(reverse("task-close", args=[task.pk]), {"back": "/today/"}, follow=True)
    nurse.post(reverse("task-close", args=[task.pk]), {"back": "/today/", "note": "seen"})

    task.refresh_from_db()
    assert "say in a few words" in empty.content.decode()
    assert (task.acknowledged_by, task.done_note) == ("nurse", "seen")


def test_a_button_never_leads_to_another_place(as_staff):
    task = make_task(make_patient(), "U", due=NOW)

    for back in ("https://elsewhere.example", "//elsewhere.example", "javascript:x"):
        answer = as_staff(R.NURSE, name=f"n{len(back)}").post(
            reverse("task-acknowledge", args=[task.pk]), {"back": back}
        )
        assert answer["Location"] == "/"


def test_a_woman_is_found_by_her_number_as_it_is_read_aloud(as_staff):
    patient = make_patient()
    nurse = as_staff(R.NURSE)

    found = nurse.post(reverse("find"), {"number": patient.number.lower().replace("-", " ")})
    wrong = nurse.post(reverse("find"), {"number": "PT-0000"})

    assert found["Location"] == reverse("journey", args=[patient.pk])
    assert wrong.status_code == 404
    assert 'value="PT-0000"' in wrong.content.decode()


def test_a_woman_of_another_site_is_not_found_by_her_number(as_staff):
    patient = make_patient(site="demo-leeds")

    answer = as_staff(R.NURSE).post(reverse("find"), {"number": patient.number})

    assert "was found at your site" in answer.content.decode()


# ---------------------------------------------------------------- her journey


def test_her_journey_tells_her_days_her_test_her_money_and_what_happened(house, clock, as_staff):
    visit = walk.booked(house).visit
    clock.at = walk.EXAM_MORNING

    page = read(as_staff(R.GYNAECOLOGIST), "journey", visit.patient_id)

    assert "Booked" in page
    assert "Examination: " in page
    assert "Leucorrhoea test" in page
    assert "CNY 1,000.00" in page
    assert "A period began" in page
    assert "Decision: Booking" in page
    assert "Wednesday 24 September" in page
    assert "Cycle day 13" in page


def test_a_test_is_shown_with_what_it_found(house, clock, as_staff):
    booking = walk.booked(house)
    clock.at = walk.EXAM_MORNING
    walk.check_in(house, booking)

    page = read(as_staff(R.NURSE), "journey", booking.visit.patient_id)

    assert "Pregnancy test: negative" in page
    assert "Cleanliness: I<" in page
    assert "Acidity (pH): 4.1" in page
    assert "Yeast: no" in page


@pytest.mark.parametrize(
    ("family", "given", "shown"), [("王", "秀英", "王秀英"), ("Li", "Na", "Li, Na")]
)
def test_a_name_is_written_in_its_own_order(family, given, shown, as_staff):
    patient = make_visit(patient=make_patient(family_name=family, given_name=given)).patient

    page = read(as_staff(R.NURSE), "journey", patient.pk)
    assert re.search(rf"<h1[^>]*>{shown}</h1>", page)


REPORT = {"sections": [{"id": "a", "title": "What was seen", "text": ["Both tubes let through."]}]}


def test_the_report_is_there_for_the_staff(as_staff):
    visit = make_visit(state="reported")
    make_report(visit, status="signed", sections=REPORT)

    page = read(as_staff(R.RADIOLOGIST), "journey", visit.patient_id)

    assert "What was seen" in page
    assert "Both tubes let through." in page


def test_the_ribbon_says_in_words_what_it_draws(house, clock, as_staff):
    visit = walk.booked(house).visit
    clock.at = walk.EXAM_MORNING

    page = read(as_staff(R.NURSE), "journey", visit.patient_id)

    assert "Bleeding from Monday 15 September to Friday 19 September." in page
    assert "Examination: Tuesday 23 September." in page
    assert "Closed: Wednesday 1 October" in page


def test_a_name_is_shown_and_never_run(as_staff):
    patient = make_patient(family_name="<script>alert(1)</script>")
    make_booking(make_visit(patient=patient), make_slot(starts_at=NOW))
    nurse = as_staff(R.NURSE)

    for address in (reverse("today"), reverse("journey", args=[patient.pk])):
        page = nurse.get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_a_woman_without_a_visit_has_a_page(as_staff):
    assert "no visit yet" in read(as_staff(R.NURSE), "journey", make_patient().pk)


def test_an_erased_woman_keeps_her_verdicts(house, as_staff):
    visit = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)
    decision = newest(visit, "HOLD")
    walk.fresh(visit).advance(VisitState.CANCELLED, now=NOW)
    erasure.erase(house, visit.patient_id, by=walk.ADMINISTRATOR, now=NOW)

    page = read(as_staff(R.NURSE), "decision", decision.pk)

    assert "On hold" in page
    assert "facts erased on Monday 22 September" in page
    assert "leucorrhoea-trichomonas" in page


# ---------------------------------------------------------------- when something is wrong


def test_a_page_that_does_not_exist_is_kind(client, house):
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "Go to the start page" in answer.content.decode()


def test_our_own_fault_is_said_without_a_trace(rf):
    answer = server_error(rf.get("/"))

    assert answer.status_code == 500
    assert "not your fault" in answer.content.decode()


def test_a_follow_up_has_its_place_on_the_journey(as_staff):
    follow_up = make_follow_up()

    assert "No diary entry yet" in read(as_staff(R.NURSE), "journey", follow_up.patient_id)


def test_a_message_that_did_not_go_says_what_it_was_about(as_staff):
    task = make_task(make_patient(), "C", due=NOW + timedelta(hours=20))
    task.kind, task.why = "message-not-sent", "about:appointment-made, The line was dead."
    task.save()

    page = read(as_staff(R.NURSE), "today")

    assert "Her date was made. The line was dead." in page
