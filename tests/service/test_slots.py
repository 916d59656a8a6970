"""Times that are opened with their room and operator, and times that are closed under a date."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest

from patency.core.access import Role
from patency.records.models.booking import Booking, Plan, Slot, TurnedDown
from patency.records.models.ledger import Event
from patency.service import booking, offers, slots
from patency.service.house import House
from tests.make import NOW, SITE, make_actor, make_slot
from tests.service import walk

pytestmark = pytest.mark.django_db

WORKER = make_actor(Role.SYSTEM, name="worker")
Open = Callable[..., list[Slot]]


@pytest.fixture
def open_room(house: House) -> Open:
    def run(room: str = "west-xray-1", operator: str = "", begins: int = 9) -> list[Slot]:
        return slots.open_slots(
            house,
            room=room,
            first=walk.EXAM_DAY,
            last=walk.EXAM_DAY,
            begins=time(begins),
            ends=time(begins + 1),
            operator=operator,
            by=walk.NURSE,
            now=NOW,
        )

    return run


def test_a_room_and_its_operator_are_opened_together_and_once(open_room: Open) -> None:
    opened = open_room(operator="radiologist-1")

    assert {slot.operator for slot in opened} == {"radiologist-1"}
    assert open_room(operator="radiologist-1") == open_room() == []
    assert Slot.objects.count() == len(opened) == 3


def test_an_operator_is_not_in_two_rooms_at_one_time(open_room: Open) -> None:
    open_room(operator="radiologist-1")

    with pytest.raises(slots.SlotsRefused, match="operator radiologist-1 is busy"):
        open_room(room="east-xray-1", operator="radiologist-1")
    assert len(open_room(room="east-xray-1", operator="radiologist-2")) == 3


def test_slots_of_different_lengths_that_overlap_are_refused(open_room: Open) -> None:
    make_slot(room="west-xray-1", starts_at=walk.EXAM_MORNING + timedelta(minutes=10), minutes=15)

    with pytest.raises(slots.SlotsRefused, match="room west-xray-1 is busy"):
        open_room()
    assert Slot.objects.count() == 1


def test_another_operator_for_slots_that_are_there_is_refused(open_room: Open) -> None:
    open_room(operator="radiologist-1")

    with pytest.raises(slots.SlotsRefused, match="room west-xray-1 is busy"):
        open_room(operator="radiologist-2")


@pytest.mark.parametrize("operator", ["nobody", "nurse-1"])
def test_an_operator_the_site_does_not_have_for_this_room_is_refused(
    open_room: Open, operator: str
) -> None:
    with pytest.raises(slots.SlotsRefused, match="There are radiologist-1, radiologist-2"):
        open_room(operator=operator)


# ---- a slot closed under a booking


def test_a_closed_slot_is_given_to_nobody_and_can_be_opened_again(
    house: House, open_room: Open
) -> None:
    visit = walk.ready_to_book(house)
    opened = open_room()

    closed = slots.close_slots(house, [opened[0].pk], "machine-broken", by=walk.NURSE, now=NOW)
    again = slots.close_slots(house, [opened[0].pk], "machine-broken", by=walk.NURSE, now=NOW)

    assert (closed, again) == ([opened[0]], [])
    assert opened[0] not in booking.offer_slots(house, visit.pk, by=walk.DESK, now=NOW)
    with pytest.raises(booking.SlotPassed, match="is closed"):
        booking.book(house, visit.pk, opened[0].pk, by=walk.DESK, now=NOW)
    assert [slot.starts_at for slot in open_room()] == [opened[0].starts_at]


def test_a_date_in_a_closed_slot_is_planned_anew_and_never_dropped_silently(house: House) -> None:
    made = walk.booked(house)

    slots.close_slots(house, [made.slot_id], "machine-broken", by=walk.NURSE, now=NOW)
    told = Event.objects.get(kind="slots-closed").payload["bookings"]
    stranded = slots.stranded(SITE, by=WORKER, now=NOW)
    gone = booking.still_fits(house, made.pk, by=WORKER, now=NOW)

    assert told == [str(made.pk)] and stranded == [made.pk]
    assert (gone.state, gone.why) == ("cancelled", "slot-closed")
    assert walk.fresh(made.visit).state == "cleared"
    assert Plan.objects.get(visit=made.visit, replaced_at__isnull=True).exam_day is not None
    assert not TurnedDown.objects.exists()  # another day of this cycle is left
    assert Event.objects.filter(kind="seat-freed", subject=f"booking/{made.pk}").count() == 1
    assert slots.stranded(SITE, by=WORKER, now=NOW) == []


def test_an_offer_of_a_closed_slot_is_withdrawn(house: House) -> None:
    visit = walk.ready_to_book(house)
    slot = walk.exam_slots(house)[0]
    made = offers.offer(house, visit.pk, slot.pk, by=WORKER, now=NOW)

    slots.close_slots(house, [slot.pk], "machine-broken", by=walk.NURSE, now=NOW)

    with pytest.raises(offers.OfferEnded):
        offers.accept(house, made.pk, by=visit.patient.as_actor(), now=NOW)
    made.refresh_from_db()
    assert made.state == "withdrawn"
    assert not Booking.objects.filter(state__in=("held", "firm"), kind="exam").exists()


def test_slots_are_closed_for_a_code_by_their_own_site(house: House) -> None:
    slot = make_slot()
    other = make_slot(site="demo-leeds", room="fluoroscopy-2")

    with pytest.raises(slots.SlotsRefused, match="No slot was closed"):
        slots.close_slots(house, [slot.pk], "the machine broke", by=walk.NURSE, now=NOW)
    with pytest.raises(Slot.DoesNotExist):
        slots.close_slots(house, [slot.pk, other.pk], "machine-broken", by=walk.NURSE, now=NOW)
    assert not Slot.objects.filter(closed_at__isnull=False).exists()
