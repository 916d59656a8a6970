"""The weeks after on the staff's pages: pregnancy, referrals, lost and found, the end."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.records.models.followup import HcgSample, PregnancyEpisode, Referral, Task
from patency.service import pregnancy
from tests.service import after, walk
from tests.service.after import on_day

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _later(clock):
    clock.at = on_day(20)


@pytest.fixture
def nurse(as_staff):
    return as_staff(Role.NURSE, name="nurse-one")


@pytest.fixture
def doctor(as_staff):
    return as_staff(Role.GYNAECOLOGIST, name="doctor-one")


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def do(client, row, what, follow=True, **typed):
    where = reverse("follow-up", args=[row.pk])
    return client.post(where, {"what": what, **typed}, follow=follow)


def day(prefix, name, moment):
    parts = {"day": moment.day, "month": moment.month, "year": moment.year}
    return {f"{prefix}-{name}_{part}": str(value) for part, value in parts.items()}


def positive(house, row):
    return pregnancy.report_positive(
        house,
        row.pk,
        test_on=after.exam_day_plus(19),
        answers=after.NO_SYMPTOMS,
        by=walk.NURSE,
        now=on_day(20),
    ).episode


def sample(client, row, value, at):
    typed = {**day("sample", "taken_on", at), "sample-taken_at": f"{at:%H:%M}"}
    return do(client, row, "sample", **{"sample-iu_per_l": value, **typed})


def beijing(moment):
    return moment + timedelta(hours=8)


# ---------------------------------------------------------------- pregnancy


def test_a_positive_test_is_taken_down_and_its_clock_runs(house, nurse):
    row = after.make_followed()

    answer = do(
        nurse,
        row,
        "positive",
        **day("positive", "test_on", after.exam_day_plus(19)),
        bleeding_amount="none",
        pain_score="0",
        dizzy="no",
    )

    assert "The pregnancy is followed from now on." in text_of(answer)
    assert PregnancyEpisode.objects.get().test_on == after.exam_day_plus(19)
    assert Task.objects.filter(kind="positive-test").count() == 1


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({}, 400, "Type the day, the month and the year."),
        (day("positive", "test_on", after.exam_day_plus(-3)), 409, "Check the day"),
        (day("positive", "test_on", after.exam_day_plus(900)), 409, "Check the day"),
        (
            {**day("positive", "test_on", after.exam_day_plus(19)), "pain_score": "eleven"},
            400,
            "Correct it and send the page again.",
        ),
    ],
)
def test_what_cannot_be_right_is_told_and_nothing_is_kept(house, nurse, typed, status, says):
    answer = do(nurse, after.make_followed(), "positive", **typed)

    assert answer.status_code == status
    assert says in text_of(answer)
    assert not PregnancyEpisode.objects.exists()


def test_two_samples_are_drawn_and_read_as_a_pair(house, nurse, clock):
    row = after.make_followed()
    positive(house, row)
    first, second = beijing(on_day(20, 8)), beijing(on_day(22, 9))
    clock.at = on_day(22, 10)

    one = sample(nurse, row, "300", first)
    two = sample(nurse, row, "720.5", second)

    assert "One sample says nothing" in text_of(one)
    page = text_of(two)
    assert "Change +140 % in 49 hours: likely in the womb." in page
    assert "An ectopic pregnancy is not excluded" in page
    assert two.content.decode().count('class="h-dot"') == 2
    assert HcgSample.objects.count() == 2


@pytest.mark.parametrize(
    ("value", "at", "says"),
    [
        ("a lot", "09:30", "Type the value as a number"),
        ("-5", "09:30", "greater than or equal to 0"),
        ("99999999", "09:30", "No pregnancy has such a value."),
        ("300", "25:99", "Type the time as hours and minutes"),
        ("", "", "Fill this in."),
    ],
)
def test_a_sample_that_cannot_be_is_told(house, nurse, value, at, says):
    row = after.make_followed()
    positive(house, row)
    typed = {"sample-iu_per_l": value, "sample-taken_at": at}

    answer = do(nurse, row, "sample", **day("sample", "taken_on", beijing(on_day(20))), **typed)

    assert answer.status_code == 400
    assert says in text_of(answer)
    assert not HcgSample.objects.exists()


def test_a_scan_outside_the_womb_is_an_emergency(house, nurse):
    row = after.make_followed()
    positive(house, row)

    silent = do(nurse, row, "scan")
    do(nurse, row, "scan", **{"scan-place": "ectopic"})

    assert silent.status_code == 400
    assert Task.objects.get(kind="pregnancy-ectopic").urgency == "E"


def test_an_outcome_that_does_not_follow_is_told(house, nurse):
    row = after.make_followed()
    positive(house, row)
    do(nurse, row, "scan", **{"scan-place": "miscarriage"})

    answer = do(nurse, row, "outcome", **{"outcome-outcome": "intrauterine"})
    done = do(nurse, row, "outcome", **{"outcome-outcome": "miscarriage"})

    assert answer.status_code == 409
    assert "Earlier: positive test on" in text_of(done)
    assert do(nurse, row, "scan", **{"scan-place": "intrauterine"}).status_code == 404


def test_the_list_shows_who_is_most_urgent_first(house, nurse):
    calm, urgent = after.make_followed(), after.make_followed()
    positive(house, calm)
    pregnancy.report_positive(
        house,
        urgent.pk,
        test_on=after.exam_day_plus(19),
        answers={**after.NO_SYMPTOMS, "shoulder_tip_pain": True, "fainted": True},
        by=walk.NURSE,
        now=on_day(20),
    )

    page = text_of(nurse.get(reverse("following")))

    # Both have the same name: they are told apart by what waits for them.
    assert page.index("Emergency") < page.index("Call back")


# ---------------------------------------------------------------- referrals


def test_she_is_referred_with_a_letter_and_the_answer_is_kept(house, doctor):
    row = after.make_followed()

    silent = do(doctor, row, "referral", **{"referral-answer_days": "0"})
    done = do(
        doctor,
        row,
        "referral",
        **{
            "referral-to": "endocrine",
            "referral-why": ["refer-hormones", "thyroid-slow-after-oil"],
            "referral-answer_days": "10",
        },
    )
    made = Referral.objects.get()
    letter = doctor.get(reverse("referral-letter", args=[made.pk]))
    answered = do(
        doctor, row, "answer", referral=str(made.pk), **{"answer-answer": "TSH 2.1, well."}
    )

    for each in ("Choose the clinic.", "Choose at least one reason.", "1 to 180"):
        assert each in text_of(silent)
    assert "Endocrinology (hormones, thyroid)" in text_of(done)
    assert letter["Content-Type"] == "application/pdf"
    assert letter.content.startswith(b"%PDF")
    assert "TSH 2.1, well." in text_of(answered)
    assert do(doctor, row, "answer", referral=str(made.pk)).status_code == 400
    again = do(doctor, row, "answer", referral=str(made.pk), **{"answer-answer": "More."})
    assert again.status_code == 409


def test_an_answer_that_is_late_says_so(house, nurse, clock):
    row = after.make_followed()
    Referral.objects.create(
        follow_up=row,
        to="andrology",
        why=["refer-semen"],
        made_at=on_day(1),
        answer_due=after.exam_day_plus(15),
    )

    page = text_of(nurse.get(reverse("following")))

    assert re.search(r"late .*Andrology", page)


def test_a_nurse_refers_nobody(house, nurse):
    answer = do(
        nurse,
        after.make_followed(),
        "referral",
        **{
            "referral-to": "endocrine",
            "referral-why": ["refer-hormones"],
            "referral-answer_days": "14",
        },
    )

    assert answer.status_code == 403
    assert not Referral.objects.exists()


# ---------------------------------------------------------------- lost, found, closed


def test_she_is_lost_only_after_enough_tries_and_found_again(house, nurse):
    row = after.make_followed()

    early = do(nurse, row, "lost", **{"lost-tried": "phone", "lost-calls": "1"})
    silent = do(nurse, row, "lost", **{"lost-calls": "many"})
    lost = do(nurse, row, "lost", **{"lost-tried": "phone", "lost-calls": "3"})
    listed = text_of(nurse.get(reverse("following")))
    found = do(nurse, row, "found")

    assert early.status_code == 409
    assert "at least three times" in text_of(early)
    assert silent.status_code == 400
    assert "Nobody can reach her" in text_of(lost)
    assert "Nobody can reach them" in listed
    assert "She is there again; she is followed as before." in text_of(found)


def test_her_weeks_close_once_nothing_is_left(house, nurse):
    row = after.make_followed()

    early = do(nurse, row, "close")
    after.tell(house, row, 3, bleeding_amount="none", pads_soaked=0)
    closed = do(nurse, row, "close")

    assert early.status_code == 409
    assert "Something is still to be done" in text_of(early)
    assert "These weeks are closed." in text_of(closed)


@pytest.mark.parametrize("what", ["", "dance", "sample", "outcome"])
def test_what_is_none_of_its_acts_is_not_found(house, nurse, what):
    row = after.make_followed()

    assert do(nurse, row, what).status_code in (400, 404)


def test_the_list_asks_the_database_as_often_for_thirty_as_for_three(
    house, nurse, django_assert_max_num_queries
):
    for _ in range(30):
        positive(house, after.make_followed())

    with django_assert_max_num_queries(22):
        nurse.get(reverse("following"))
