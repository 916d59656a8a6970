"""Places kept for a woman until she answers: hers alone, once, and then the next in line's."""

from datetime import timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.records.models.booking import Booking, Slot
from patency.records.models.ledger import Event
from patency.records.models.visit import Decision
from patency.records.models.waiting import Offer
from patency.service import booking, cycles, offers
from patency.service.house import House
from tests.make import NOW, SITE, TODAY, make_actor
from tests.service import walk

pytestmark = pytest.mark.django_db

WORKER = make_actor(Role.SYSTEM, name="worker")


def other_woman(house: House):
    return walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")


def offered(house: House, visit, slot: Slot, *, now=NOW) -> Offer:
    return offers.offer(house, visit.pk, slot.pk, by=WORKER, now=now)


def states(slot: Slot) -> list[str]:
    return sorted(Booking.objects.filter(slot=slot).values_list("state", flat=True))


def test_a_place_that_is_offered_is_kept_for_her_and_for_nobody_else(house: House) -> None:
    hers, other = walk.ready_to_book(house), other_woman(house)
    slot = walk.exam_slots(house)[0]

    made = offered(house, hers, slot)

    assert made.expires_at == NOW + timedelta(minutes=120)
    assert slot not in booking.offer_slots(house, other.pk, by=walk.DESK, now=NOW)
    with pytest.raises(booking.SlotTaken, match="kept for her until 2025-09-22 03:00 UTC"):
        booking.book(house, other.pk, slot.pk, by=walk.DESK, now=NOW)
    with pytest.raises(booking.SlotTaken):
        offered(house, other, slot)
    assert states(slot) == ["held"]


def test_an_offer_she_accepts_is_judged_again_and_firm_once(house: House) -> None:
    hers = walk.ready_to_book(house)
    slot = walk.exam_slots(house)[0]
    made = offered(house, hers, slot)

    first = offers.accept(house, made.pk, by=hers.patient.as_actor(), now=NOW)
    again = offers.accept(house, made.pk, by=hers.patient.as_actor(), now=NOW)

    assert first == again
    assert (first.state, first.slot_id) == ("firm", slot.pk)
    assert first.cleared_by is not None and first.cleared_by.may_proceed
    assert walk.fresh(hers).state == "booked"
    assert Event.objects.filter(kind="booked").count() == 1
    assert Offer.objects.get().state == "accepted"


def test_an_offer_outside_her_window_is_refused_and_the_decision_kept(house: House) -> None:
    hers = walk.ready_to_book(house)
    late = walk.EXAM_DAY + timedelta(days=2)
    slot = walk.exam_slots(house, first=late, last=late)[0]
    made = offered(house, hers, slot)

    with pytest.raises(booking.OutsideWindow, match="cycle-day-over-cap"):
        offers.accept(house, made.pk, by=hers.patient.as_actor(), now=NOW)

    assert Decision.objects.filter(stage="booking", may_proceed=False).count() == 1
    assert states(slot) == ["held"]


def test_what_is_missing_can_be_done_while_the_place_is_kept(house: House) -> None:
    hers = walk.cleared(house)
    slot = walk.exam_slots(house)[0]
    made = offered(house, hers, slot)
    with pytest.raises(booking.NotCleared, match="payment-not-recorded"):
        offers.accept(house, made.pk, by=hers.patient.as_actor(), now=NOW)

    walk.signed_and_paid(house, hers)

    assert offers.accept(house, made.pk, by=hers.patient.as_actor(), now=NOW).state == "firm"


def test_a_declined_place_is_free_and_she_keeps_what_she_had(house: House) -> None:
    made = walk.booked(house)
    slot = Slot.objects.exclude(pk=made.slot_id).filter(kind="exam").order_by("starts_at")[0]
    move = offered(house, made.visit, slot)

    offers.decline(house, move.pk, by=made.visit.patient.as_actor(), now=NOW)
    offers.decline(house, move.pk, by=made.visit.patient.as_actor(), now=NOW)

    made.refresh_from_db()
    assert (move.kind, made.state, states(slot)) == ("move", "firm", ["cancelled"])
    freed = Event.objects.get(kind="offer-declined").payload["freed"]
    assert freed == [str(slot.pk)]


def test_a_firm_date_moves_when_she_accepts_and_not_before(house: House) -> None:
    made = walk.booked(house)
    slot = Slot.objects.exclude(pk=made.slot_id).filter(kind="exam").order_by("starts_at")[0]
    move = offered(house, made.visit, slot)
    assert states(made.slot) == ["firm"]

    moved = offers.accept(house, move.pk, by=made.visit.patient.as_actor(), now=NOW)

    assert (moved.state, states(slot), states(made.slot)) == ("firm", ["firm"], ["cancelled"])
    assert Event.objects.get(kind="moved").payload["freed"] == [str(made.slot_id)]
    assert walk.fresh(made.visit).state == "booked"


def test_no_job_moves_a_firm_date_without_her(house: House) -> None:
    made = walk.booked(house)
    slot = Slot.objects.exclude(pk=made.slot_id).filter(kind="exam")[0]

    with pytest.raises(NotPermitted, match="without her consent"):
        booking.move(house, made.pk, slot.pk, by=WORKER, now=NOW)
    assert states(made.slot) == ["firm"]


def test_an_offer_ends_at_its_time_once_and_its_place_is_free(house: House) -> None:
    hers = walk.ready_to_book(house)
    slot = walk.exam_slots(house)[0]
    made = offered(house, hers, slot)
    over = made.expires_at

    assert offers.end_due(house, SITE, by=WORKER, now=over - timedelta(seconds=1)) == 0
    with pytest.raises(offers.OfferEnded):
        offers.accept(house, made.pk, by=hers.patient.as_actor(), now=over)

    assert offers.end_due(house, SITE, by=WORKER, now=over) == 0
    assert states(slot) == ["cancelled"]
    assert Event.objects.filter(kind="offer-expired").count() == 1
    assert slot in booking.offer_slots(house, hers.pk, by=walk.DESK, now=over)


def test_an_offer_never_outlasts_the_time_it_is_for(house: House) -> None:
    hers = walk.ready_to_book(house)
    slot = walk.exam_slots(house)[0]

    made = offered(house, hers, slot, now=slot.starts_at - timedelta(minutes=30))

    assert made.expires_at == slot.starts_at


def test_taking_another_time_lets_the_offered_place_go(house: House) -> None:
    hers = walk.ready_to_book(house)
    first, second = walk.exam_slots(house)[:2]
    made = offered(house, hers, first)

    booking.book(house, hers.pk, second.pk, by=hers.patient.as_actor(), now=NOW)

    made.refresh_from_db()
    assert (made.state, states(first), states(second)) == ("withdrawn", ["cancelled"], ["firm"])
    assert Event.objects.get(kind="booked").payload["freed"] == [str(first.pk)]


def test_booking_the_offered_place_at_the_desk_accepts_the_offer(house: House) -> None:
    hers = walk.ready_to_book(house)
    slot = walk.exam_slots(house)[0]
    made = offered(house, hers, slot)

    booking.book(house, hers.pk, slot.pk, by=walk.DESK, now=NOW)

    made.refresh_from_db()
    assert (made.state, states(slot)) == ("accepted", ["firm"])


def test_a_new_period_or_a_hold_withdraws_the_offer(house: House) -> None:
    hers = walk.ready_to_book(house)
    made = offered(house, hers, walk.exam_slots(house)[0])
    later = NOW + timedelta(days=8)

    told = cycles.report_period(
        house, hers.patient_id, TODAY + timedelta(days=8), by=walk.DESK, now=later
    )

    made.refresh_from_db()
    assert made.state == "withdrawn"
    assert told.freed == (made.slot_id,)


def test_one_place_is_kept_for_a_woman_at_a_time(house: House) -> None:
    hers = walk.ready_to_book(house)
    first, second = walk.exam_slots(house)[:2]
    made = offered(house, hers, first)

    assert offered(house, hers, first) == made
    with pytest.raises(offers.HoldsAnOffer):
        offered(house, hers, second)


def test_before_the_test_no_place_is_kept(house: House) -> None:
    visit = walk.answered(house)

    with pytest.raises(offers.NotReady, match="test her first"):
        offered(house, visit, walk.exam_slots(house)[0])


def test_nobody_offers_herself_a_place_or_answers_for_another(house: House) -> None:
    hers, other = walk.ready_to_book(house), other_woman(house)
    slot = walk.exam_slots(house)[0]

    with pytest.raises(NotPermitted):
        offers.offer(house, hers.pk, slot.pk, by=hers.patient.as_actor(), now=NOW)
    made = offered(house, hers, slot)
    for act in (offers.accept, offers.decline):
        with pytest.raises(Offer.DoesNotExist):
            act(house, made.pk, by=other.patient.as_actor(), now=NOW)
