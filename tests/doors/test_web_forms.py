"""Forms ask only what the protocol asks, lose nothing that was typed, and refuse kindly."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.core.facts import AskedOf
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.visit import Answer, Decision, Period, TestResult
from patency.service import screening
from patency.service.laboratory import keep_tests
from tests.make import NOW, TODAY, make_test_result, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db
R = Role
AT = {"taken": "2025-09-22T09:00", "read": "2025-09-22T09:00"}


def asked_on(client, address):
    """Return the names of the questions on a page."""
    return set(re.findall(r'name="([a-z0-9_]+)"', client.get(address).content.decode()))


def as_typed(answers):
    """Return answers as a browser sends them."""
    words = {True: "yes", False: "no"}
    return {
        name: words[value] if isinstance(value, bool) else str(value)
        for name, value in answers.items()
    }


def text(answer):
    return unescape(answer.content.decode())


# ---------------------------------------------------------------- answers


@pytest.fixture
def registered(house):
    visit = walk.register(house)
    walk.tell_period(house, visit)
    return visit


def test_answers_are_kept_and_lead_to_what_the_protocol_says(registered, as_staff):
    nurse = as_staff(R.NURSE)
    address = reverse("answers", args=[registered.pk])
    asked = asked_on(nurse, address)

    sent = {name: value for name, value in walk.HEALTHY.items() if name in asked}
    answer = nurse.post(address, as_typed(sent), follow=True)

    assert "The answers are kept." in text(answer)
    assert "Protocol" in text(answer)
    kept = dict(Answer.objects.filter(visit=registered).values_list("fact", "value"))
    assert kept["usual_bleeding_days"] == 5
    assert kept["possible_pregnancy"] is False
    assert not asked_on(nurse, address) & {"usual_bleeding_days", "contrast_reaction"}


def test_the_page_asks_nothing_the_system_knows_and_no_part_of_a_test(registered, as_staff, house):
    asked = asked_on(as_staff(R.NURSE), reverse("answers", args=[registered.pk]))
    catalogue = house.rulebook_at(registered.site).protocol.facts

    known = {name for name in asked if name in catalogue}
    assert known
    assert all(catalogue[name].asked_of in (AskedOf.PATIENT, AskedOf.STAFF) for name in known)
    assert not any(name.startswith("leucorrhoea_") for name in known)


def test_what_was_typed_is_still_there_when_one_answer_is_wrong(registered, as_staff):
    answer = as_staff(R.NURSE).post(
        reverse("answers", args=[registered.pk]),
        {"usual_bleeding_days": "99", "shortest_cycle_days": "27", "possible_pregnancy": "no"},
    )

    page = text(answer)
    assert answer.status_code == 400
    assert 'value="99"' in page
    assert 'value="27"' in page
    assert re.search(r'name="possible_pregnancy"\s+value="no"\s+checked', page)
    assert re.search(r"This must be a whole number from 1 to 30", page)
    assert "Nothing of this page was kept yet" in page
    assert 'href="#f-usual_bleeding_days"' in page
    assert not Answer.objects.exists()


@pytest.mark.parametrize("typed", ["<script>x</script>", '"><b>', "１２", "NaN", "9" * 400])
def test_what_cannot_be_read_is_shown_and_never_run(typed, registered, as_staff):
    answer = as_staff(R.NURSE).post(
        reverse("answers", args=[registered.pk]), {"weight_kg": typed, "bmi_kg_m2": typed}
    )

    page = answer.content.decode()
    assert answer.status_code in (302, 400, 409)
    assert "<script>x" not in page
    assert '"><b>' not in page


def test_what_someone_else_answered_meanwhile_is_not_thrown_away(registered, house, as_staff):
    walk.screening.record_answers(
        house, registered.pk, {"usual_bleeding_days": 5}, by=walk.NURSE, now=NOW
    )

    as_staff(R.NURSE).post(reverse("answers", args=[registered.pk]), {"usual_bleeding_days": "6"})

    values = Answer.objects.filter(fact="usual_bleeding_days").order_by("id")
    assert [row.value for row in values] == [5, 6]


@pytest.mark.parametrize("so_far", ["pending", "not_done"])
def test_a_result_that_was_not_there_is_entered_when_it_is(so_far, house, as_staff):
    visit = walk.answered(house)
    waits = {"chlamydia_result": so_far, "chlamydia_prophylaxis_documented": False}
    held = {**walk.AT_THE_VISIT, **waits}
    walk.screening.record_results(
        house, visit.pk, tests=[walk.leucorrhoea()], answers=held, by=walk.NURSE, now=NOW
    )
    before = walk.fresh(visit).state
    nurse, address = as_staff(R.NURSE), reverse("results", args=[visit.pk])

    page = text(nurse.get(address))
    nurse.post(address, {"chlamydia_result": "negative"})

    assert 'name="chlamydia_result"' in page
    assert before == "on-hold"
    assert walk.fresh(visit).state == "cleared"


def test_sending_nothing_keeps_nothing(registered, as_staff):
    answer = as_staff(R.NURSE).post(reverse("answers", args=[registered.pk]), {})

    assert answer.status_code == 400
    assert "give at least one answer" in text(answer)


def test_after_the_examination_the_questions_before_it_are_closed(house, as_staff):
    visit = make_visit(state="examined")

    answer = as_staff(R.NURSE).post(
        reverse("answers", args=[visit.pk]), {"usual_bleeding_days": "5"}
    )

    assert answer.status_code == 409
    assert "The examination has begun" in text(answer)


# ---------------------------------------------------------------- results


def test_the_clinic_visit_is_taken_down_with_its_test(house, as_staff):
    visit = walk.answered(house)
    sent = {
        **as_typed({**walk.AT_THE_VISIT, **walk.LEUCORRHOEA}),
        "leucorrhoea-taken": AT["taken"],
        "leucorrhoea-read": AT["read"],
        "leucorrhoea-lot": "L-1",
    }

    answer = as_staff(R.NURSE).post(reverse("results", args=[visit.pk]), sent, follow=True)

    assert "The visit is kept." in text(answer)
    result = TestResult.objects.get()
    assert (result.verdict, result.lot, result.taken_at) == ("passed", "L-1", NOW)
    assert walk.fresh(visit).state == "cleared"


def test_a_test_of_the_future_is_refused_and_stays_on_the_page(house, as_staff):
    visit = walk.answered(house)
    sent = {
        **as_typed(walk.LEUCORRHOEA),
        "leucorrhoea-taken": "2025-09-23T09:00",
        "leucorrhoea-read": "2025-09-23T09:10",
    }

    answer = as_staff(R.NURSE).post(reverse("results", args=[visit.pk]), sent)

    assert answer.status_code == 409
    assert "Check its times and parts" in text(answer)
    assert "2025-09-23T09:10" in text(answer)
    assert not TestResult.objects.exists()


def test_a_test_without_its_time_is_asked_for_it(house, as_staff):
    visit = walk.answered(house)

    answer = as_staff(R.NURSE).post(reverse("results", args=[visit.pk]), as_typed(walk.LEUCORRHOEA))

    assert answer.status_code == 400
    assert "Give the day and time" in text(answer)


# ---------------------------------------------------------------- her period


def test_a_period_is_told_with_its_first_and_its_last_day(house, as_staff):
    client = as_staff(R.NURSE)
    address = reverse("period", args=[walk.register(house).patient.pk])

    client.post(address, {"what": "start", "day": "2025-09-15"})
    answer = client.post(
        address, {"what": "end", "day": "2025-09-19", "normal": "yes"}, follow=True
    )

    period = Period.objects.get()
    assert (str(period.start), str(period.bleeding_ended)) == ("2025-09-15", "2025-09-19")
    assert period.normal is True
    assert "worked out anew" in text(answer)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"what": "start", "day": "2025-13-40"}, "Give a day"),
        ({"what": "start", "day": "2026-09-15"}, "This day cannot be right"),
        ({"what": "end", "day": "2025-09-01"}, "No period is told yet"),
        ({"what": "start"}, "Give a day"),
    ],
)
def test_a_day_that_cannot_be_is_refused_kindly(sent, says, house, as_herself):
    patient = make_visit().patient

    answer = as_herself(patient).post(reverse("my-period"), sent)

    assert answer.status_code in (400, 409)
    assert says in text(answer)
    assert str(patient.pk) not in text(answer)
    assert not Period.objects.exists()


@pytest.mark.parametrize("herself", [True, False])
def test_bleeding_in_a_pregnancy_shows_the_number_to_call(herself, house, as_staff, as_herself):
    visit = make_visit()
    make_test_result(visit, kind="pregnancy_urine", parts={"pregnancy_test_today": "positive"})
    client = as_herself(visit.patient) if herself else as_staff(R.NURSE)
    address = reverse("my-period") if herself else reverse("period", args=[visit.patient_id])

    shown = text(client.post(address, {"what": "start", "day": TODAY.isoformat()}))

    alert = shown[shown.index('role="alert"') : shown.index("<form", shown.index('role="alert"'))]
    assert "today" in alert
    assert house.site(visit.site).duty.phone in alert
    assert "Not kept" not in alert
    assert (Task.objects.get().urgency, Period.objects.exists()) == ("U", False)
    assert not herself or str(visit.patient_id) not in alert


# ---------------------------------------------------------------- arrival


def arrival_form(**changes):
    return {
        **as_typed({**walk.ON_ARRIVAL, "pregnancy_test_today": "negative"}),
        "pregnancy_urine-taken": "2025-09-23T09:00",
        "pregnancy_urine-read": "2025-09-23T09:00",
        "pregnancy_urine-lot": "HCG-0925",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "may go in"),
        ({"temperature_c": ""}, "She waits"),
        ({"bleeding_today": "yes"}, "does not go in today"),
    ],
)
def test_she_is_checked_in_kept_waiting_or_sent_home(changes, says, house, clock, as_staff):
    date_of_hers = walk.booked(house)
    clock.at = walk.EXAM_MORNING
    nurse = as_staff(R.NURSE)
    address = reverse("check-in", args=[date_of_hers.pk])

    assert {"temperature_c", "pregnancy_test_today"} <= asked_on(nurse, address)
    nurse.post(address, arrival_form(**changes))
    answer = nurse.post(address, arrival_form(**changes, sure="yes"), follow=True)

    assert says in text(answer)


def test_a_slip_of_the_finger_is_asked_about_before_anything_is_kept(house, clock, as_staff):
    date_of_hers = walk.booked(house, language="zh-hans")
    clock.at = walk.EXAM_MORNING
    nurse, address = as_staff(R.NURSE), reverse("check-in", args=[date_of_hers.pk])
    slip = arrival_form(temperature_c="37.6")
    kept = (Answer.objects.count(), Event.objects.count(), Decision.objects.count())

    asked = text(nurse.post(address, slip))
    again = text(nurse.post(address, {**slip, "sure": "again"}))

    assert "On hold" in asked
    assert "Her date today is given up, and CNY 1,000.00 goes back to her" in asked
    assert "Temperature 37.6 °C" in asked
    assert 'type="hidden" name="temperature_c" value="37.6"' in asked
    assert {"Measure / ask again", "Yes, so it is"} <= set(re.findall(r">([^<>]+)</button>", asked))
    assert re.search(r'name="temperature_c" type="number" value="37.6"', again)
    assert (Answer.objects.count(), Event.objects.count(), Decision.objects.count()) == kept
    date_of_hers.refresh_from_db()
    assert date_of_hers.state == "firm"
    assert walk.fresh(date_of_hers.visit).state == "booked"

    sure = text(nurse.post(address, {**slip, "sure": "yes"}, follow=True))

    assert "Her date today is given up, and CNY 1,000.00 goes back to her." in sure
    assert walk.fresh(date_of_hers.visit).state == "on-hold"
    assert "Money was given back" in text(
        nurse.get(reverse("journey", args=[date_of_hers.visit.patient_id]))
    )


def test_a_check_in_with_nothing_left_to_ask_has_its_button(house, clock, as_staff):
    date_of_hers = walk.booked(house)
    clock.at = walk.EXAM_MORNING
    now = clock.at
    screening.record_answers(house, date_of_hers.visit_id, walk.ON_ARRIVAL, by=walk.NURSE, now=now)
    visit = walk.fresh(date_of_hers.visit)
    keep_tests(house, visit, [walk.urine_test(now)], by=walk.NURSE, now=now)
    nurse, address = as_staff(R.NURSE), reverse("check-in", args=[date_of_hers.pk])

    page = text(nurse.get(address))
    answer = nurse.post(address, {}, follow=True)

    assert "asks for nothing more" in page
    assert ">Check her in</button>" in page
    assert "may go in" in text(answer)


def test_what_is_missing_of_a_test_is_said_before_it_is_sent_and_at_its_field(
    house, clock, as_staff
):
    date_of_hers = walk.booked(house)
    clock.at = walk.EXAM_MORNING
    nurse, address = as_staff(R.NURSE), reverse("check-in", args=[date_of_hers.pk])
    without = arrival_form(**{"pregnancy_urine-lot": ""})

    before = text(nurse.post(address, {**without, "preview": "yes"}))
    answer = nurse.post(address, without)

    assert "Still to fill in" in before
    assert answer.status_code == 400
    page = text(answer)
    assert 'href="#pregnancy_urine-lot"' in page
    assert "The lot is missing. It stands on the packet" in page
    assert "visit/" not in page
    assert walk.fresh(date_of_hers.visit).state == "booked"


def test_what_was_taken_down_wrong_is_put_right_on_the_page_until_the_examination(
    house, clock, as_staff
):
    date_of_hers = walk.booked(house)
    clock.at = walk.EXAM_MORNING
    nurse, address = as_staff(R.NURSE), reverse("check-in", args=[date_of_hers.pk])
    came = nurse.post(address, arrival_form(), follow=True)
    assert f'href="{address}"' in text(came)
    assert f'href="{address}"' in text(nurse.get(reverse("exam", args=[date_of_hers.visit_id])))

    page = text(nurse.get(address))
    typed = {**as_typed(walk.ON_ARRIVAL), "temperature_c": "38.6"}
    same = nurse.post(address, as_typed(walk.ON_ARRIVAL))
    asked = text(nurse.post(address, typed))
    sure = text(nurse.post(address, {**typed, "sure": "yes"}, follow=True))

    assert "Put right what was taken down" in page
    assert re.search(r'name="temperature_c" type="number" value="3', page)
    assert "Nothing is different from what is kept" in text(same)
    assert "She is put on hold" in asked
    assert "does not go in today" in sure
    assert walk.fresh(date_of_hers.visit).state == "on-hold"


def test_she_is_checked_in_only_on_her_day(house, clock, as_staff):
    date_of_hers = walk.booked(house)
    clock.at = walk.EXAM_MORNING - timedelta(days=1)

    answer = as_staff(R.NURSE).post(
        reverse("check-in", args=[date_of_hers.pk]), {"temperature_c": "36.5"}
    )

    assert answer.status_code == 409
    assert "no examination that stands today" in text(answer)
    assert 'value="36.5"' in text(answer)


# ---------------------------------------------------------------- the diary


def test_there_is_no_diary_before_the_examination(house, as_herself):
    answer = as_herself(make_visit().patient).get(reverse("my-diary"), follow=True)

    assert "Your diary opens on the day of your examination" in text(answer)
