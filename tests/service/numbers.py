"""A release for tests: numbers for Tuesday the 23rd open on Monday the 22nd at 7:00 in Beijing."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from patency.core.access import Actor, Role
from patency.core.booking.ticket import Ticket, token_for
from patency.core.site.model import Site
from patency.records.models.release import NumberRelease
from patency.records.models.visit import Visit
from patency.service import release, slots
from patency.service.house import House
from tests.make import SITE, make_actor, make_visit
from tests.service import walk

SUNDAY = datetime(2025, 9, 21, 1, 0, tzinfo=UTC)  # 9:00 in Beijing
SEVEN = datetime(2025, 9, 21, 23, 0, tzinfo=UTC)  # Monday 7:00 in Beijing
A_MOMENT = timedelta(milliseconds=1)
CLINIC_DAY = date(2025, 9, 23)
CAMPUS, ROOM = "west", "west-clinic-1"
DOOR = Actor(name="release door", site="", roles=frozenset({Role.SYSTEM}))
WORKER = make_actor(Role.SYSTEM, name="worker")


def house_with(house: House, **habits: Any) -> House:
    """Return the house whose demo site releases its numbers in this way."""
    from dataclasses import replace

    site: Site = house.sites[SITE]
    assert site.release is not None
    changed = replace(site, release=replace(site.release, **habits))
    return replace(house, sites={**house.sites, SITE: changed})


def announced(house: House, *, places: int = 3, waiting: int = 2, **habits: Any) -> NumberRelease:
    """Return a release of so many places, which are all the clinic has that day."""
    house = house_with(house, **{"share": 100, "waiting_places": waiting, **habits})
    begins = time(9)
    slots.open_slots(
        house,
        room=ROOM,
        first=CLINIC_DAY,
        last=CLINIC_DAY,
        begins=begins,
        ends=(datetime.combine(CLINIC_DAY, begins) + timedelta(minutes=10 * places)).time(),
        by=walk.NURSE,
        now=SUNDAY,
    )
    return release.announce(house, CAMPUS, CLINIC_DAY, by=walk.NURSE, now=SUNDAY)


def a_ticket(of: NumberRelease, visit: Visit | None = None, **fields: Any) -> Ticket:
    """Return a ticket of a woman to a release; a woman nobody knew unless one is named."""
    visit = visit or make_visit(opened_at=SUNDAY)
    return Ticket(
        **{
            "token": token_for(b"key", of.pk, visit.patient_id),
            "release": of.pk,
            "patient": visit.patient_id,
            "visit": visit.pk,
            "ends_at": of.closes_at,
            "priority_class": 0,
            "tries_a_minute": 60,
            **fields,
        }
    )


def asked(ticket: Ticket, at: datetime = SEVEN, key: UUID | None = None) -> release.AskedFor:
    return release.AskedFor(ticket, str(key or uuid4()), at)


def claim(*tickets: Ticket, at: datetime = SEVEN) -> list[release.Answered]:
    """Return what each claim was answered, all in one batch."""
    return release.claim_many([asked(ticket, at) for ticket in tickets], by=DOOR, now=at)
