"""Her dates in her own calendar, a copy of everything, and the end of her record."""

import json
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from patency.core.access import Role
from patency.gateways.ics import REVEALING
from patency.records.models.followup import Task
from patency.records.models.hers import CalendarFeed, ErasureWish
from patency.records.models.ledger import Audit, Event
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.service import calendar_feed
from patency.service.limits import LIMITS
from tests.make import (
    NOW,
    make_booking,
    make_exam,
    make_follow_up,
    make_patient,
    make_report,
    make_slot,
    make_visit,
)
from tests.service import walk

pytestmark = pytest.mark.django_db


def text(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return unescape(answer.content.decode())


@pytest.fixture
def visit(house):
    found = make_visit(patient=make_patient(phone="+86 138 0000 0000"), campus="west")
    make_booking(found, make_slot(campus="west"))
    return found


@pytest.fixture
def her(visit, as_herself):
    return as_herself(visit.patient)


def address_of(patient, **changes):
    asked = {"words": "appointment", "with_place": False, "by": patient.as_actor(), "now": NOW}
    return reverse("calendar-file", args=[calendar_feed.open_feed(**{**asked, **changes}).token])


# ---------------------------------------------------------------- her calendar


def test_she_makes_an_address_and_reads_it_again(her):
    page = text(her.post(reverse("my-feed"), {"words": "busy"}, follow=True))
    again = text(her.get(reverse("my-feed")))

    address = page.split('id="address">')[1].split("<")[0]
    assert address.startswith("http://testserver/calendar/")
    assert address in again
    assert "Your calendar shows: Busy" in again


def test_anybody_with_the_address_reads_when_and_never_what_for(visit):
    answer = Client().get(address_of(visit.patient))

    said = answer.content.decode()
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert said.count("BEGIN:VEVENT") == 1
    assert "SUMMARY:Appointment" in said
    assert "LOCATION" not in said
    assert not REVEALING.search(said)
    assert visit.patient.number not in said and visit.patient.family_name not in said


def test_her_calendar_speaks_her_language_and_names_a_place_only_if_she_lets_it(visit):
    Patient.objects.filter(pk=visit.patient_id).update(language="zh")

    said = Client().get(address_of(visit.patient, with_place=True)).content.decode()

    assert "SUMMARY:预约" in said
    assert "Outpatient building" in said
    assert not REVEALING.search(said)


def test_a_guessed_an_ended_and_a_renewed_address_are_not_found(visit):
    old = address_of(visit.patient)
    new = address_of(visit.patient)
    calendar_feed.end_feed(by=visit.patient.as_actor(), now=NOW)

    for address in (old, new, reverse("calendar-file", args=[uuid4()])):
        assert Client().get(address).status_code == 404


def test_she_ends_her_address(her, visit):
    address = address_of(visit.patient)

    page = text(her.post(reverse("my-feed"), {"do": "end"}, follow=True))

    assert "The address answers nothing any more." in page
    assert Client().get(address).status_code == 404


def test_an_address_that_is_asked_too_often_waits(visit, clock):
    address = address_of(visit.patient)
    answers = [Client().get(address).status_code for _ in range(LIMITS["calendar"].most + 1)]

    assert answers[-2:] == [200, 429]
    clock.at = NOW + timedelta(hours=2)
    assert Client().get(address).status_code == 200


def test_words_that_are_none_are_refused_and_nothing_is_made(her):
    page = text(her.post(reverse("my-feed"), {"words": "hysterosalpingography"}), status=400)

    assert "Please look at this again" in page
    assert not CalendarFeed.objects.exists()


def test_reading_her_calendar_is_audited(visit):
    Client().get(address_of(visit.patient))

    assert "her calendar" in set(Audit.objects.filter(action="read").values_list("why", flat=True))


# ---------------------------------------------------------------- a copy of everything


def test_a_copy_for_machines_holds_her_rows_and_is_written_down(her, visit):
    answer = her.post(reverse("my-data-copy"), {"form": "json"})

    record = json.loads(answer.content)
    assert record["patient"]["number"] == visit.patient.number
    assert record["booking"] and record["slot"]
    assert answer["Content-Disposition"].startswith('attachment; filename="record-2025-09-22.json"')
    assert answer["Cache-Control"] == "no-store"
    assert Event.objects.filter(kind="exported").count() == 1


def test_a_copy_to_read_says_it_in_words_and_loads_nothing(her, visit):
    make_exam(visit)
    report = {"sections": [{"id": "a", "title": "What was seen", "text": ["Both open."]}]}
    make_report(visit, status="signed", plain=report, sections=report)

    page = text(her.post(reverse("my-data-copy"), {"form": "html"}))

    assert visit.patient.number in page and "+86 138 0000 0000" in page
    assert "Both open." not in page  # not released yet
    assert "src=" not in page and "http" not in page.split("</title>")[1]


def test_another_womans_rows_are_in_no_copy(her, visit):
    other = make_visit(patient=make_patient(family_name="Zzyzx"))

    for form in ("json", "html"):
        said = her.post(reverse("my-data-copy"), {"form": form}).content.decode()
        assert "Zzyzx" not in said and str(other.pk) not in said


def test_copies_are_made_only_so_often(her):
    answers = [her.post(reverse("my-data-copy"), {}) for _ in range(LIMITS["export"].most + 1)]

    assert answers[-1]["Location"] == reverse("my-data")
    assert "many copies" in text(her.get(reverse("my-data")))


def test_a_copy_is_made_by_a_button_and_not_by_a_link(her):
    assert her.get(reverse("my-data-copy")).status_code == 405
    assert not Event.objects.filter(kind="exported").exists()


# ---------------------------------------------------------------- the end of her record


def test_before_she_asks_she_reads_what_goes_what_stays_and_why(her, visit):
    make_exam(visit)

    page = text(her.get(reverse("my-data-end")))

    assert "Saturday 22 September 2040" in page
    assert "15 years from the last visit" in page
    assert "A visit of yours is still open" in page


@pytest.mark.parametrize("typed", ["", "delete", "PT-7K3M-QX4D", "x" * 5_000])
def test_without_her_own_number_nothing_is_asked(her, typed):
    page = text(her.post(reverse("my-data-end"), {"number": typed}), status=400)

    assert "Please look at this again" in page
    assert not ErasureWish.objects.exists()


def test_her_number_may_be_typed_as_it_is_read_aloud(her, visit):
    spoken = visit.patient.number.lower().replace("-", " ")

    page = text(her.post(reverse("my-data-end"), {"number": spoken}, follow=True))

    assert "within 14 days" in page
    assert "You asked that your record ends" in page
    assert Task.objects.get().kind == "end-her-record"


def test_asking_twice_is_one_wish_and_it_can_be_taken_back(her, visit):
    for _ in range(2):
        her.post(reverse("my-data-end"), {"number": visit.patient.number})
    assert ErasureWish.objects.count() == 1

    page = text(her.post(reverse("my-data-end"), {"do": "back"}, follow=True))

    assert "Nothing was deleted." in page
    again = text(her.post(reverse("my-data-end"), {"do": "back"}, follow=True))
    assert "There was nothing to take back." in again


def test_an_open_follow_up_is_named_as_what_stands_in_the_way(her, visit):
    make_follow_up(visit)

    assert "what you write may be urgent" in text(her.get(reverse("my-data-end")))


def test_staff_reach_none_of_it(house, as_staff):
    nurse = as_staff(Role.NURSE, Role.ADMINISTRATOR)

    for page in ("my-data", "my-feed", "my-data-end", "my-report", "my-after", "my-trying"):
        assert nurse.get(reverse(page)).status_code == 403
    assert nurse.post(reverse("my-data-copy")).status_code == 403
    assert walk.ADMINISTRATOR.patient_id is None


# ---------------------------------------------------------------- the administrator's side


@pytest.fixture
def administrator(house, as_staff):
    return as_staff(Role.ADMINISTRATOR)


def test_an_administrator_sees_who_asked_and_ends_the_record_by_typing_its_number(
    her, visit, administrator
):
    Visit.objects.filter(pk=visit.pk).update(state="cancelled", closed_at=NOW)
    her.post(reverse("my-data-end"), {"number": visit.patient.number})
    listed = text(administrator.get(reverse("erasures")))
    address = reverse("erase", args=[visit.patient_id])

    wrong = text(administrator.post(address, {"number": "PT-7K3M-QX4D"}), status=400)
    done = administrator.post(address, {"number": visit.patient.number}, follow=True)

    assert address in listed
    assert "This is not the number above." in wrong
    assert "Her record has ended" in text(done)
    assert Patient.objects.get(pk=visit.patient_id).erased_at == NOW
    assert "Nobody has asked" in text(administrator.get(reverse("erasures")))


def test_a_record_somebody_waits_for_is_not_ended(visit, administrator):
    page = text(
        administrator.post(
            reverse("erase", args=[visit.patient_id]), {"number": visit.patient.number}
        ),
        status=409,
    )

    assert "somebody still waits for her" in page
    assert Patient.objects.get(pk=visit.patient_id).erased_at is None


def test_only_an_administrator_of_her_site_reaches_it(house, visit, as_staff):
    address = reverse("erase", args=[visit.patient_id])
    elsewhere = as_staff(Role.ADMINISTRATOR, site="demo-leeds", name="elsewhere")

    assert as_staff(Role.NURSE).get(address).status_code == 403
    assert elsewhere.get(address).status_code == 404
