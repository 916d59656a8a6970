"""When reports go out, as the pages let them: due, early, held back; a new code at the desk."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.records.models.report import Release
from patency.records.models.visit import Override
from patency.service import critical
from tests.service.after import AFTERWARDS, RADIOLOGIST, on_day
from tests.service.test_reporting import release, signed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afternoon(clock):
    clock.at = AFTERWARDS + timedelta(hours=3)


@pytest.fixture
def doctor(as_staff):
    return as_staff(Role.GYNAECOLOGIST, name="doctor-one")


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def let_go(client, report, **typed):
    return client.post(reverse("report-release", args=[report.visit_id]), typed, follow=True)


def test_a_report_that_is_due_goes_out_and_its_code_is_shown_once(house, doctor, clock):
    report = signed(house)
    clock.at = on_day(1)

    before = text_of(doctor.get(reverse("report-releases")))
    shown = let_go(doctor, report)
    again = let_go(doctor, report)

    assert "Release now" in before
    code = re.search(r'class="pickup-code">(.+?)</p>', shown.content.decode())
    assert code and len(re.sub(r"<[^>]+>|-", "", code[1])) == 12
    assert "does not go out yet" in text_of(again)
    assert "Went out last" in text_of(doctor.get(reverse("report-releases")))


def test_before_its_day_it_needs_a_reason_which_is_written_down(house, doctor):
    report = signed(house)

    without = let_go(doctor, report)
    with_one = let_go(doctor, report, reason="She flies home tonight.")

    assert "needs a clinician" in text_of(without)
    assert "Her pick-up code" in text_of(with_one)
    assert Override.objects.get().reason == "She flies home tonight."


def test_it_is_held_back_with_a_reason_and_lifted(house, doctor, clock):
    report = signed(house)
    hold = reverse("report-hold", args=[report.visit_id])
    clock.at = on_day(1)

    silent = doctor.post(hold, {"what": "hold", "reason": " "}, follow=True)
    held = doctor.post(hold, {"what": "hold", "reason": "I call her first."}, follow=True)
    out = let_go(doctor, report)
    lifted = doctor.post(hold, {"what": "lift"}, follow=True)

    assert "Not held back: say why." in text_of(silent)
    assert "I call her first." in text_of(held)
    assert Release.objects.get().released_at is None
    assert "does not go out yet" in text_of(out)
    assert "The hold is lifted" in text_of(lifted)


def test_what_she_must_be_told_first_stands_on_its_line(house, doctor):
    report = signed(house)
    critical.note_critical(house, report.visit_id, "A wide tube", by=RADIOLOGIST, now=AFTERWARDS)

    page = text_of(doctor.get(reverse("report-releases")))
    early = let_go(doctor, report, reason="At once.")

    assert "not told yet A wide tube" in page
    assert "told something first" in text_of(early)
    assert not Override.objects.exists()


# ---------------------------------------------------------------- a new code


def born(day="17", month="5", year="1993"):
    return {"birth_date_day": day, "birth_date_month": month, "birth_date_year": year}


def test_the_desk_gives_a_new_code_to_whom_it_checked(house, as_staff, clock):
    out = release(house, signed(house))
    desk = as_staff(Role.REGISTRATION)
    where = reverse("pickup-code", args=[out.release.visit_id])
    clock.at = on_day(2)

    answer = desk.post(where, {"shown": "id-card", **born()})

    assert answer.status_code == 200
    before, out.release.code_hash = out.release.code_hash, ""
    out.release.refresh_from_db()
    assert out.release.code_hash not in ("", before)


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({}, 400, "Choose what she showed."),
        ({"shown": "id-card"}, 400, "Type the day, the month and the year."),
        ({"shown": "id-card", **born(day="31", month="2")}, 400, "There is no such day."),
        ({"shown": "a friend", **born()}, 400, "is not one of the available choices"),
        ({"shown": "id-card", **born(year="1994")}, 409, "The date of birth is not the one"),
    ],
)
def test_a_code_is_not_given_to_whom_was_not_checked(house, as_staff, clock, typed, status, says):
    out = release(house, signed(house))
    clock.at = on_day(2)

    answer = as_staff(Role.REGISTRATION).post(
        reverse("pickup-code", args=[out.release.visit_id]), typed
    )

    assert answer.status_code == status
    assert says in text_of(answer)
    before = out.release.code_hash
    out.release.refresh_from_db()
    assert out.release.code_hash == before


def test_there_is_no_new_code_before_the_report_is_out(house, as_staff):
    report = signed(house)

    answer = as_staff(Role.NURSE).post(
        reverse("pickup-code", args=[report.visit_id]), {"shown": "id-card", **born()}
    )

    assert answer.status_code == 409
    assert "not out yet" in text_of(answer)
