"""No page asks the database more often because there are more women.

Pages come from the addresses themselves. Women of every course, made as a demo's crowd is, are
there once and then five times; each page is asked for at one address by one person both times.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.addresses import addresses, places
from patency.core.access import Role
from patency.doors.cli import crowd
from patency.doors.cli.crowd_courses import STILL_OPEN
from patency.doors.cli.story_people import SITE
from patency.records.models.people import Patient
from patency.service import seeding
from patency.service.house import House
from tests.make import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.long]

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
MORE = 4  # times as many again: six women, then thirty
TRIED = 5  # addresses of a page, until one is open to somebody
ROLES = (
    Role.NURSE,
    Role.GYNAECOLOGIST,
    Role.RADIOLOGIST,
    Role.CASHIER,
    Role.MANAGER,
    Role.ADMINISTRATOR,
)
OPEN_COURSES = ("bleeding", "test_booked", "on_hold", "booked", "arrived", "released")


@dataclass
class Clock:
    """The last day of the story."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sow(it: crowd.Crowd, moulds: list[tuple[crowd.Kind, Any, Any]], times: int) -> list[Any]:
    """Return the keys of women who were made, one of each course so many times."""
    visits = []
    for number in range(times):
        for kind, began, mould in moulds:
            she = crowd.Herself.new(it, len(it.chance.drawn), kind.campus, kind.language)
            exam_on = crowd.OPEN[kind.course].exam_on[0]
            slots = crowd._places(it, mould, kind.campus, began, exam_on=exam_on)
            assert slots is not None, (kind, number)
            visits.append(seeding.Sown(mould, 0, she.key, she.own, slots, number))
    seeding.sow(visits, it.chance, by=crowd.BY, now=NOW)
    return [visit.patient for visit in visits]


def kinds(it: crowd.Crowd) -> Iterator[tuple[crowd.Kind, Any, Any]]:
    """Yield every course with its mould, those that are over a few weeks ago."""
    for number, course in enumerate(OPEN_COURSES):
        how = crowd.OPEN[course]
        ago = how.days_ago[0]
        began = it.today - timedelta(days=ago)
        kind = crowd.Kind(course, True, began.weekday(), ("west", "east")[number % 2], "zh-hans")
        yield kind, began, it.learn(kind, began, STILL_OPEN, exam_on=how.exam_on[0])


@dataclass
class Asker:
    """Somebody with a browser."""

    name: str
    client: Client
    woman: Any = None


def askers(women: list[Any]) -> list[Asker]:
    """Return a person of each role, and each of the women."""
    found = [Asker("nobody", Client())]
    for role in ROLES:
        member = make_staff(role, name=f"{role}-counts")
        found.append(Asker(role, signed_in(member.user)))
    for number, patient in enumerate(women):
        user = User.objects.create_user(f"woman-{number}")
        Patient.objects.filter(pk=patient).update(user=user)
        found.append(Asker("herself", signed_in(user), patient))
    return found


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def opened(name: str, parts: tuple[str, ...], people: list[Asker]) -> Iterator[tuple[Asker, str]]:
    """Yield for each role the first address of a page that is open to it."""
    done = set()
    for asker in people:
        if asker.name in done:
            continue
        for number, address in enumerate(places(name, parts, SITE, asker.woman)):
            status = asker.client.get(address).status_code
            if status == 200:
                done.add(asker.name)
                yield asker, address
            if status in (200, 403, 405) or number == TRIED:
                break
        if asker.name == "nobody" and done:
            return


def statements(asker: Asker, address: str) -> list[str]:
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        answer = asker.client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return [each["sql"] for each in seen.captured_queries]


def test_no_page_needs_more_statements_for_thirty_women_than_for_six(house: House) -> None:
    it = crowd.Crowd(house, house.day_at(SITE, NOW), random.Random(3))
    moulds = list(kinds(it))
    people = askers(sow(it, moulds, 1))
    pages = {name: list(opened(name, parts, people)) for name, parts in addresses().items()}
    few = {
        (name, asker.name): (asker, address, statements(asker, address))
        for name, found in pages.items()
        for asker, address in found
    }

    sow(it, moulds, MORE)

    grown = []
    for (name, role), (asker, address, before) in few.items():
        after = statements(asker, address)
        if len(after) > len(before):
            more = sorted(set(after) - set(before), key=len)[:2]
            grown.append(f"{name} for {role}: {len(before)} became {len(after)}, such as {more}")
    assert grown == [], "\n".join(grown)
    assert len({name for name, _ in few}) > 50
