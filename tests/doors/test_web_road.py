"""One woman's road by the pages alone, from the desk to the door of the examination room."""

import re
from html import unescape

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from tests.service import walk

pytestmark = pytest.mark.django_db
R = Role
HER = {
    "family_name": "Example",
    "given_name": "Ann",
    "birth_date": "1993-05-17",
    "phone": "+86 138 0000 0000",
    "language": "en",
    "campus": "west",
    "indication": "infertility",
    "medium_wanted": "water",
    "consents": ["sms"],
}
WORDS = {True: "yes", False: "no"}


def fill(client, address, **extra):
    """Fill in every question of a page as a healthy woman would, and send it."""
    page = unescape(client.get(address).content.decode())
    known = {**walk.HEALTHY, **walk.AT_THE_VISIT, **walk.LEUCORRHOEA, **walk.ON_ARRIVAL}
    known["pregnancy_test_today"] = "negative"
    sent = {
        name: WORDS[known[name]] if isinstance(known[name], bool) else str(known[name])
        for name in set(re.findall(r'name="([a-z0-9_]+)"', page))
        if name in known
    }
    times = re.findall(r'name="([a-z_]+-(?:taken|read))" value="([^"]+)"', page)
    return client.post(address, {**sent, **dict(times), **extra}, follow=True)


def answer_all(herself):
    """Answer her questions one by one as a healthy woman would, look at them, and send them."""
    known = {**walk.HEALTHY, **walk.AT_THE_VISIT, **walk.ON_ARRIVAL, "period_kind": "natural"}
    where = reverse("my-answers")
    for _step in range(60):
        page = unescape(herself.get(where, {"question": "next"}, follow=True).content.decode())
        asked = re.search(r'name="number" value="(\d+)"', page)
        if asked is None:
            break
        fact = re.search(r'id="f-answer" name="([a-z0-9_]+)"', page)[1]
        sent = {"number": asked[1], "unknown": "yes"}
        if fact in known:
            value = known[fact]
            said = WORDS[value] if isinstance(value, bool) else str(value)
            sent = {"number": asked[1], fact: said}
        herself.post(where, sent)
    return herself.post(where, {"send": "yes"}, follow=True)


def test_from_the_desk_to_the_door_of_the_examination_room(house, clock, as_staff, as_herself):
    desk, nurse, cashier = as_staff(R.REGISTRATION), as_staff(R.NURSE), as_staff(R.CASHIER)
    slot = walk.exam_slots(house)[0]

    desk.post(reverse("register"), HER)
    patient, visit = Patient.objects.get(), Visit.objects.get()
    herself = as_herself(patient)
    at = {
        name: reverse(name, args=[visit.pk])
        for name in ("answers", "results", "papers", "money", "dates")
    }
    herself.post(reverse("my-period"), {"what": "start", "day": "2025-09-15"})
    herself.post(reverse("my-period"), {"what": "end", "day": "2025-09-19", "normal": "yes"})
    answer_all(herself)
    fill(nurse, at["answers"])
    screened = fill(nurse, at["results"])
    assert "Nothing in the way" in screened.content.decode()
    assert walk.fresh(visit).state == "cleared"

    nurse.post(
        at["papers"],
        {
            "what": "consent",
            "signed_name": "Ann Example",
            "chaperone": "no",
            "operator_sex_wish": "none",
        },
    )
    cashier.post(at["money"], {"what": "quote"})
    cashier.post(at["money"], {"what": "pay", "method": "card"})
    nurse.post(at["papers"], {"what": "application"})
    early = herself.post(reverse("my-dates"), {"slot": str(slot.pk)}, follow=True)
    assert "Would you like a professional interpreter?" in early.content.decode()
    answer_all(herself)
    fill(nurse, at["answers"])
    herself.post(reverse("my-dates"), {"slot": str(slot.pk)})
    assert walk.fresh(visit).state == "booked"

    clock.at = walk.EXAM_MORNING
    nurse = as_staff(R.NURSE, name="the next morning")
    address = reverse("check-in", args=[slot.bookings.get().pk])
    arrived = fill(nurse, address, **{"pregnancy_urine-lot": "HCG-0925"})
    assert "may go in" in arrived.content.decode()
    assert walk.fresh(visit).state == "arrived"
