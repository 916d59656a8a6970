"""Her own page: what now, why, what if; and what is told only with the report."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.doors.web.templatetags.plain import tel
from patency.records.models.followup import DiaryEntry, FollowUp, Task
from patency.records.models.report import Release
from patency.records.models.visit import Decision, Visit
from patency.service import aftercare
from tests.make import (
    NOW,
    TODAY,
    make_decision,
    make_exam,
    make_patient,
    make_report,
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


@pytest.fixture
def held(house) -> Visit:
    return walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)


def test_her_page_says_what_is_next_then_her_journey_then_whom_to_call(held, as_herself):
    page = read(as_herself(held.patient), "mine")

    next_thing, journey = page.index(">Next<"), page.index("Before the examination")
    assert next_thing < journey < page.index("Whom to call, now")
    assert "Something has to be seen to before the examination." in page[next_thing:journey]
    assert reverse("decision", args=[newest(held, "HOLD").pk]) in page[next_thing:journey]
    assert "010-0000-0120" in page


def test_every_number_to_call_is_a_link_that_dials_it(house, held, as_herself):
    site = house.site(held.site)

    page = read(as_herself(held.patient), "mine")

    for number in (site.emergency_number, site.duty.phone, site.campuses[held.campus].phone):
        assert f'<a href="tel:{tel(number)}"><strong>{number}</strong></a>' in page
        assert page.count(f'<a href="tel:{tel(number)}">') >= 1


@pytest.mark.parametrize(
    ("number", "dialled"), [("+86 10-1234 (5)", "+861012345"), ("120", "120"), ("ask us", "")]
)
def test_a_link_dials_digits_and_plus_alone(number, dialled):
    assert tel(number) == dialled


def test_her_page_before_anything_was_decided(house, as_herself):
    visit = walk.register(house)

    page = read(as_herself(visit.patient), "mine")

    assert "What we decided last" not in page
    assert "Answer now" in page


def test_a_woman_reads_her_own_decision_in_her_words(held, as_herself):
    page = read(as_herself(held.patient), "decision", newest(held, "HOLD").pk)

    assert "Your test shows trichomonas" in page
    assert "treat her and her partner" not in page


@pytest.mark.parametrize("stage", ["exam", "release", "conception"])
def test_what_was_found_is_not_told_before_the_report(stage, as_herself):
    visit = make_visit(state="reported")
    decision = make_decision(visit, stage=stage, rule_ids=["no-tube-seen-open"])
    herself = as_herself(visit.patient)

    read(herself, "decision", decision.pk, status=404)
    assert "no-tube-seen-open" not in read(herself, "mine")

    Release.objects.create(visit=visit, due_at=NOW, released_at=NOW)
    read(herself, "decision", decision.pk)


PLAIN = {"sections": [{"id": "a", "title": "What was seen", "text": ["Both tubes let through."]}]}


@pytest.mark.parametrize(("released", "shown"), [(None, False), (NOW, True)])
def test_her_report_is_there_when_it_is_released(released, shown, as_herself):
    visit = make_visit(state="released" if released else "reported")
    make_report(visit, status="signed", plain=PLAIN)
    Release.objects.create(visit=visit, due_at=NOW, released_at=released)

    herself = as_herself(visit.patient)
    assert (reverse("my-report") in read(herself, "mine")) is True
    assert ("Both tubes let through." in read(herself, "my-report")) is shown


def test_a_draft_is_never_shown_to_her(as_herself):
    visit = make_visit(state="released")
    make_report(visit, plain=PLAIN)
    Release.objects.create(visit=visit, due_at=NOW, released_at=NOW)

    herself = as_herself(visit.patient)
    for page in ("mine", "my-report"):
        answer = herself.get(reverse(page), follow=True)
        assert "Both tubes" not in unescape(answer.content.decode())


def test_an_alarm_of_her_own_stands_first_until_someone_has_seen_to_it(house, as_herself):
    visit = make_visit(state="examined")
    make_exam(visit)
    follow_up = aftercare.open_follow_up(house, visit.pk, by=walk.DOCTOR, now=NOW)
    fainted = {"bleeding_amount": "more_than_period", "fainted": True}
    aftercare.record_diary(
        house, follow_up.pk, TODAY, fainted, by=visit.patient.as_actor(), now=NOW
    )
    herself = as_herself(visit.patient)

    alarmed = read(herself, "mine")
    Task.objects.update(done_at=NOW, done_note="seen", acknowledged_at=NOW, acknowledged_by="n")

    assert "Get help now" in alarmed
    assert "Get help now" not in read(herself, "mine")


def test_the_contested_advice_stands_with_its_ground(house, as_herself):
    visit = make_visit(state="examined")
    make_exam(visit)
    aftercare.open_follow_up(house, visit.pk, by=walk.DOCTOR, now=NOW)

    herself = as_herself(visit.patient)

    assert reverse("my-after") in read(herself, "mine")
    page = read(herself, "my-after")
    assert "No intercourse" in page and "Monday 6 October" in page
    assert "both articles: two weeks; leaflets elsewhere say one to two days" in page


def test_a_woman_without_a_visit_is_told_whom_to_call(as_herself):
    assert "No visit is open" in read(as_herself(make_patient()), "mine")


TOLD = {"bleeding_amount": "light", "pads_soaked": 2, "pads_over_hours": 3.5, "pain_score": 3}


@pytest.fixture
def at_home(house):
    visit = make_visit(state="examined")
    make_exam(visit)
    return aftercare.open_follow_up(house, visit.pk, by=walk.DOCTOR, now=NOW)


def test_what_she_told_in_her_diary_stands_in_words_for_staff_and_for_her(
    house, at_home, as_staff, as_herself
):
    told = {**TOLD, "temperature_today_c": 36.8, "fainted": False}
    aftercare.record_diary(house, at_home.pk, TODAY, told, by=at_home.patient.as_actor(), now=NOW)

    for page in (
        read(as_staff(R.NURSE), "journey", at_home.patient_id),
        read(as_herself(at_home.patient), "my-care-card", DiaryEntry.objects.get().pk),
    ):
        for words in (
            "Bleeding: light",
            "Pads soaked through: 2 pads",
            "Over hours: 3.5 hours",
            "Pain: 3 points of 10",
            "Temperature: 36.8 °C",
            "Fainted: no",
        ):
            assert words in page


def test_one_of_a_kind_is_said_as_one(house, at_home, as_herself):
    told = {**TOLD, "pads_soaked": 1, "pads_over_hours": 1, "pain_score": 1}
    aftercare.record_diary(house, at_home.pk, TODAY, told, by=at_home.patient.as_actor(), now=NOW)

    page = read(as_herself(at_home.patient), "my-care-card", DiaryEntry.objects.get().pk)

    for words in ("Pads soaked through: 1 pad", "Over hours: 1 hour", "Pain: 1 point of 10"):
        assert words in page


def test_of_the_messages_only_the_newest_day_and_the_danger_signs_are_shown(
    at_home, clock, as_herself
):
    herself = as_herself(at_home.patient)

    clock.at = NOW + timedelta(days=3)
    third = read(herself, "mine")
    FollowUp.objects.filter(pk=at_home.pk).update(state="closed", closed_at=NOW)
    over = read(herself, "mine")

    assert "From tomorrow on the bleeding should grow less" in third
    assert "Call the emergency number at once" in third
    assert "You have had your examination" not in third
    assert "To know now" not in over


def test_a_page_that_is_not_open_says_the_truth(house, at_home, as_herself):
    herself = as_herself(at_home.patient)

    dates = unescape(herself.get(reverse("my-dates"), follow=True).content.decode())
    FollowUp.objects.filter(pk=at_home.pk).update(state="closed", closed_at=NOW)
    diary = unescape(herself.get(reverse("my-diary"), follow=True).content.decode())

    assert "Your examination has begun or is done" in dates
    assert "Your diary is over" in diary
