"""A freed place finds its next woman by itself: events, jobs and clocks together."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from patency.core.access import Role
from patency.doors.jobs import worker
from patency.doors.jobs.filling import fill, plan_if_due
from patency.doors.jobs.words import messages
from patency.gateways.memory import MemorySms
from patency.records.models.booking import Booking, Plan
from patency.records.models.ledger import Event
from patency.records.models.visit import Visit
from patency.records.models.waiting import Offer
from patency.service import booking, offers, slots
from patency.service.house import House
from tests.make import NOW, SITE, make_actor
from tests.service import walk

pytestmark = pytest.mark.django_db

WORKER = make_actor(Role.SYSTEM, name="worker")


@pytest.fixture(autouse=True)
def _at_home(settings: Any, tmp_path: Path) -> None:
    settings.PATENCY_HOME = tmp_path


def at(house: House, now: datetime) -> House:
    return replace(house, now=lambda: now)


def sms(house: House) -> MemorySms:
    found = house.gateways.sms
    assert isinstance(found, MemorySms)
    return found


def bea(house: House) -> Visit:
    return walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")


def one_place(house: House) -> Any:
    slot, *others = walk.exam_slots(house)
    slots.close_slots(house, [other.pk for other in others], "room-needed", by=walk.NURSE, now=NOW)
    return slot


def confirming(house: House) -> House:
    site = house.site(SITE)
    assert site.planning is not None
    habits = replace(site.planning, auto_confirm=True)
    return replace(house, sites={**house.sites, SITE: replace(site, planning=habits)})


def test_a_place_given_up_is_offered_to_the_next_in_line_within_the_minute(house: House) -> None:
    first, second = walk.ready_to_book(house), bea(house)
    slot = one_place(house)
    made = booking.book(house, first.pk, slot.pk, by=walk.DESK, now=NOW)
    worker.run(at(house, NOW), once=True)
    assert not Offer.objects.exists()

    booking.cancel(made.pk, "her-wish", by=walk.DESK, now=NOW)
    worker.run(at(house, NOW + timedelta(seconds=59)), once=True)

    offer = Offer.objects.get()
    assert (offer.slot_id, offer.state) == (slot.pk, "open")
    assert offer.visit_id in {first.pk, second.pk}
    assert offer.why[0]["code"] == "planned"  # type: ignore[index]
    kept = messages()["place-kept"]["en"].text
    assert [each.text for each in sms(house).sent].count(kept) == 1


def test_an_offer_nobody_answers_goes_to_the_next_in_line(house: House) -> None:
    women = {walk.ready_to_book(house).pk, bea(house).pk}
    one_place(house)
    worker.run(at(house, NOW), once=True)
    first = Offer.objects.get()

    worker.run(at(house, first.expires_at), once=True)

    first.refresh_from_db()
    second = Offer.objects.get(state="open")
    assert first.state == "expired"
    assert {first.visit_id, second.visit_id} == women


def test_running_again_offers_nothing_again(house: House) -> None:
    walk.ready_to_book(house)
    walk.exam_slots(house)

    for seconds in (0, 1, 2):
        worker.run(at(house, NOW + timedelta(seconds=seconds)), once=True)

    assert Offer.objects.count() == 1


def test_a_site_that_confirms_by_itself_books_and_keeps_a_place_where_something_is_missing(
    house: House,
) -> None:
    ready = walk.ready_to_book(house)
    unpaid = walk.cleared(house, given_name="Bea", phone="+86 139 1111 1111")
    walk.exam_slots(house)

    assert fill(confirming(house), WORKER, NOW) == 2

    assert Booking.objects.get(state="firm", kind="exam").visit_id == ready.pk
    assert Offer.objects.get().visit_id == unpaid.pk


def test_a_date_in_a_closed_slot_is_found_even_when_its_event_was_lost(house: House) -> None:
    made = walk.booked(house)
    slots.close_slots(house, [made.slot_id], "machine-broken", by=walk.NURSE, now=NOW)
    Event.objects.filter(kind="slots-closed").update(handled_at=NOW)

    fill(house, WORKER, NOW)

    made.refresh_from_db()
    assert (made.state, made.why) == ("cancelled", "slot-closed")
    assert Offer.objects.get().visit_id == made.visit_id  # and another place is kept for her


def test_the_plan_is_made_at_its_hour_and_again_when_the_list_changes(house: House) -> None:
    visit = walk.ready_to_book(house)
    walk.exam_slots(house)

    first = plan_if_due(house, WORKER, NOW)
    again = plan_if_due(house, WORKER, NOW + timedelta(minutes=1))
    made = offers.offer(house, visit.pk, walk.exam_slots(house)[0].pk, by=WORKER, now=NOW)
    offers.accept(house, made.pk, by=visit.patient.as_actor(), now=NOW)
    held = Booking.objects.get(state="firm", kind="exam")
    booking.cancel(held.pk, "her-wish", by=walk.DESK, now=NOW)
    changed = plan_if_due(house, WORKER, NOW + timedelta(minutes=2))

    assert first is not None and again is None and changed is not None
    assert Plan.objects.get(visit=visit, replaced_at__isnull=True).exam_day == walk.EXAM_DAY
