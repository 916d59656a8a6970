"""Her page of numbers and the staff's: when they open by our clock, her ticket, her answer."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.urls import reverse

from patency.core.access import Role
from patency.core.booking.ticket import read_ticket
from patency.records.models.release import Claim, NumberRelease
from patency.service import drawing, numbers
from tests.service import walk
from tests.service.numbers import (
    CLINIC_DAY,
    DOOR,
    SEVEN,
    SUNDAY,
    WORKER,
    announced,
    claim,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_sunday(clock):
    clock.at = SUNDAY


def page_of(client, name="my-numbers", status=200):
    answer = client.get(reverse(name))
    assert answer.status_code == status
    return unescape(answer.content.decode())


def ticket_on(page: str, of: NumberRelease):
    (text,) = re.findall(r'name="ticket" value="([^"]+)"', page)
    key = numbers.ticket_key(by=DOOR, now=SUNDAY)
    return read_ticket(text, key, release=of.pk, now=SUNDAY)


def test_her_page_says_when_numbers_open_by_our_clock_and_holds_her_ticket(house, as_herself):
    of = announced(house)
    visit = walk.answered(house, now=SUNDAY)

    page = page_of(as_herself(visit.patient))

    assert "Monday 22 September at 07:00:00" in page
    assert "It is now" in page and "09:00:00" in page and "22:00:00 to go" in page
    assert ticket_on(page, of).patient == visit.patient_id
    assert f'action="{settings.RELEASE_DOOR_URL}/releases/{of.pk}/claims"' in page


def test_only_the_page_of_numbers_may_ask_the_door_of_the_numbers(house, as_herself):
    announced(house)
    visit = walk.answered(house, now=SUNDAY)
    client = as_herself(visit.patient)

    answer = client.get(reverse("my-numbers"))

    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy and settings.RELEASE_DOOR_URL in policy
    assert '<script type="module" src="/static/patency/number.js">' in answer.content.decode()
    elsewhere = client.get(reverse("mine"))
    assert "number.js" not in elsewhere.content.decode()
    assert settings.RELEASE_DOOR_URL not in elsewhere["Content-Security-Policy"]


def test_her_number_her_place_in_line_or_nothing_stand_on_her_page(house, as_herself, clock):
    of = announced(house, places=1, waiting=1)
    women = [
        walk.answered(house, now=SUNDAY, given_name=f"A{n}", phone=f"+86 138 0000 {n:04}")
        for n in range(3)
    ]
    claim(*[ticket_on(page_of(as_herself(visit.patient)), of) for visit in women])
    clock.at = SEVEN

    pages = [unescape(_again(visit).get(reverse("my-numbers")).content.decode()) for visit in women]

    assert "Your number is 1." in pages[0] and "Tuesday 23 September" in pages[0]
    assert "You are number 1 in line." in pages[1]
    assert "the line is full" in pages[2]
    assert all('name="ticket"' not in page for page in pages)
    assert all("published list" not in page for page in pages)


def _again(visit):
    from django.test import Client

    client = Client()
    visit.patient.refresh_from_db()
    client.force_login(visit.patient.user)
    return client


def test_she_gives_her_number_to_the_next_woman(house, as_herself, clock):
    of = announced(house, places=1, waiting=0)
    visit = walk.answered(house, now=SUNDAY)
    client = as_herself(visit.patient)
    claim(ticket_on(page_of(client), of))
    mine = Claim.objects.get()

    answer = client.post(reverse("number-return", args=[mine.pk]), follow=True)

    assert "given back" in answer.content.decode()
    mine.refresh_from_db()
    assert (mine.outcome, mine.why) == ("returned", "her-wish")
    stranger = as_herself(walk.register(house, given_name="Bea", phone="+86 138 0000 0009").patient)
    assert stranger.post(reverse("number-return", args=[mine.pk])).status_code == 404


def test_who_gets_no_ticket_is_told_so_and_where_to_look(house, as_herself):
    announced(house)
    visit = walk.register(house, now=SUNDAY)

    page = page_of(as_herself(visit.patient))

    assert "This day is not for you as things stand" in page
    assert 'name="ticket"' not in page


def test_a_draw_is_explained_and_can_be_checked(house, as_herself, as_staff, clock):
    of = announced(house, policy="draw")
    visit = walk.answered(house, now=SUNDAY)
    client = as_herself(visit.patient)
    page = page_of(client)
    claim(ticket_on(page, of), at=SUNDAY)
    clock.at = SEVEN + timedelta(seconds=3)
    drawing.draw_numbers(of.pk, by=WORKER, now=clock.at)

    staff = page_of(as_staff(Role.MANAGER), "releases")

    assert "Put me in the draw" in page and of.commitment in page
    drawn = unescape(_again(visit).get(reverse("my-numbers")).content.decode())
    assert "Your number is 1." in drawn
    assert "It stands in the published list in place of your name." in drawn
    assert f"/releases/{of.pk}/result" in staff and "release verify" in staff


def test_staff_announce_a_day_and_see_how_it_stands(house, as_staff):
    client = as_staff(Role.NURSE)
    day = {"day_day": CLINIC_DAY.day, "day_month": CLINIC_DAY.month, "day_year": CLINIC_DAY.year}
    asked = {**day, "campus": "west"}

    refused = client.post(reverse("release-announce"), asked, follow=True).content.decode()
    from datetime import time

    from patency.service import slots

    slots.open_slots(
        house, room="west-clinic-1", first=CLINIC_DAY, last=CLINIC_DAY, begins=time(9),
        ends=time(10), by=walk.NURSE, now=SUNDAY,
    )  # fmt: skip
    page = unescape(client.post(reverse("release-announce"), asked, follow=True).content.decode())

    assert "Open times first" in refused
    assert "3 numbers are announced" in page
    assert "Tuesday 23 September" in page and "announced" in page
    wrong = client.post(reverse("release-announce"), {**asked, "day_month": "13"})
    assert wrong.status_code == 400
    assert 'value="13"' in wrong.content.decode()
