"""Places that are kept for a woman until she takes or leaves them, then for the next in line."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.visit import VisitState
from patency.records.ledger import remember_change
from patency.records.models.booking import HELD, STILL_TO_COME, Booking, Slot
from patency.records.models.visit import Decision, Visit, lock
from patency.records.models.waiting import Offer
from patency.records.seen_by import check_own_site, seen_by
from patency.service import dates, journey, seats
from patency.service.house import House
from patency.service.seats import BookingRefused

# Our choice, where a site has not said how long an offer keeps a place.
OFFER_MINUTES = 120


class NotReady(BookingRefused):
    """She cannot have a firm date now, so no place is kept for her."""


class HoldsAnOffer(BookingRefused):
    """Another place is kept for her already."""


class OfferEnded(BookingRefused):
    """The offer was declined, withdrawn, or its time is over."""


def offer(
    house: House,
    visit_id: UUID,
    slot_id: UUID,
    *,
    why: Sequence[Mapping[str, object]] = (),
    by: Actor,
    now: datetime,
) -> Offer:
    """Return the offer of a place, kept for her and for nobody else until it ends.

    To a woman with a firm date it is the offer of a move: that date stands until she accepts.
    Offering her the same place again returns the offer that stands. The clinic offers; she accepts
    or declines. Raises ``NotReady``, ``HoldsAnOffer``, ``SlotTaken`` and ``SlotPassed``.
    """
    access.check(by, Action.PLAN)
    visit = journey.visit_seen(visit_id, "offer a place", by=by, now=now)
    slot = dates.slot_to_come(slot_id, "exam", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        standing: Offer | None = Offer.objects.filter(visit=visit, state="open").first()
        if standing is not None and standing.slot_id == slot.pk and standing.expires_at > now:
            return standing
        if standing is not None:
            raise HoldsAnOffer(
                f"visit/{visit.pk} holds offer/{standing.pk} until "
                f"{standing.expires_at:%Y-%m-%d %H:%M} UTC. One place is kept for a woman at a "
                "time; wait for her answer, or let it end."
            )
        mine = seats.to_come(visit, "exam")
        if not journey.states(visit, VisitState.CLEARED, VisitState.BOOKED):
            raise NotReady(
                f"visit/{visit.pk} is {visit.state}. A place is kept for a woman whose test is "
                "passed (cleared), or who has a date (booked) and may move it; test her first."
            )
        if mine is not None and mine.slot_id == slot.pk:
            raise dates.has_another(visit, mine)
        slot = seats.lock_slots(slot.pk)[slot.pk]
        seats.check_seat(visit, slot, now=now)
        made = _hold(house, visit, slot, mine, why, now=now)
        _remember(made, "offered", ["offer", "booking"], by=by, now=now)
    return made


def accept(house: House, offer_id: UUID, *, by: Actor, now: datetime) -> Booking:
    """Return the date that was offered, firm now; accepting twice is the same date.

    She is judged again here, and the decision is kept even when it refuses; the place stays hers
    until the offer ends, so that she can do what is missing. The date it replaces is given up in
    the same moment. Raises ``OfferEnded``, ``NotCleared`` and ``OutsideWindow``.
    """
    access.check(by, Action.BOOK)
    found = _offer_seen(offer_id, "accept an offer", by=by, now=now)
    refusal: BookingRefused | None
    with transaction.atomic():
        visit = lock(found.visit)
        found = Offer.objects.select_related("slot", "booking").get(pk=found.pk)
        if found.state == "accepted" and found.booking.state in (*STILL_TO_COME, "attended"):
            booking: Booking = found.booking
            return booking
        if found.state != "open":
            raise _ended(found)
        slots = seats.lock_slots(found.slot_id, *_replaced(found))
        slot = slots[found.slot_id]
        if found.expires_at <= now or slot.closed_at is not None:
            refusal = _ended(found)
            _end(found, "expired" if slot.closed_at is None else "withdrawn", by=by, now=now)
        else:
            refusal, row = dates.judged(house, visit, slot, by=by, now=now)
            if refusal is None:
                return _take(visit, found, slot, row, by=by, now=now)
            remember_change(
                visit,
                "booking-refused",
                by=by,
                now=now,
                fields=["decision"],
                payload={"visit": visit.pk, "slot": slot.pk, "freed": ()},
            )
    raise refusal


def decline(house: House, offer_id: UUID, *, by: Actor, now: datetime) -> Offer:
    """Return the offer she does not take; its place goes to the next in line.

    A date she has stands. Declining twice is harmless. Raises ``OfferEnded`` for one she took.
    """
    access.check(by, Action.BOOK)
    found: Offer = _offer_seen(offer_id, "decline an offer", by=by, now=now)
    with transaction.atomic():
        lock(found.visit)
        found = Offer.objects.select_related("slot", "visit").get(pk=found.pk)
        if found.state == "accepted":
            raise _ended(found)
        if found.state == "open":
            _end(found, "declined", by=by, now=now)
    return found


def end_due(house: House, site: str, *, by: Actor, now: datetime) -> int:
    """Return how many offers of a site ended because their time is over or their slot was closed.

    Asked every minute; each is ended by itself, so that one cannot keep the others waiting.
    """
    access.check(by, Action.PLAN)
    check_own_site(by, site)
    rows = Offer.objects.filter(site=site, state="open")
    due = [
        *rows.filter(expires_at__lte=now).values_list("pk", "visit_id"),
        *rows.filter(slot__closed_at__isnull=False).values_list("pk", "visit_id"),
    ]
    ended = 0
    for offer_id, visit_id in sorted(set(due)):
        with transaction.atomic():
            lock(Visit.objects.get(pk=visit_id))
            found = Offer.objects.select_related("slot", "visit").get(pk=offer_id)
            if found.state == "open":
                is_closed = found.slot.closed_at is not None
                _end(found, "withdrawn" if is_closed else "expired", by=by, now=now)
                ended += 1
    return ended


def _hold(
    house: House,
    visit: Visit,
    slot: Slot,
    mine: Booking | None,
    why: Sequence[Mapping[str, object]],
    *,
    now: datetime,
) -> Offer:
    habits = house.site(visit.site).planning
    keeps = timedelta(minutes=habits.offer_minutes if habits else OFFER_MINUTES)
    try:
        with transaction.atomic():
            held = Booking.objects.create(
                slot=slot, visit=visit, kind=slot.kind, state=HELD, made_at=now
            )
            made: Offer = Offer.objects.create(
                visit=visit,
                slot=slot,
                booking=held,
                replaces=mine,
                kind="new" if mine is None else "move",
                state="open",
                made_at=now,
                expires_at=min(now + keeps, slot.starts_at),
                why=[dict(one) for one in why],
            )
    except IntegrityError as error:
        raise seats.slot_taken(slot) from error
    return made


def _take(
    visit: Visit, found: Offer, slot: Slot, row: Decision, *, by: Actor, now: datetime
) -> Booking:
    is_move = seats.to_come(visit, "exam") is not None
    why = "moved" if is_move else "took-another"
    freed = seats.free_seats(visit, why, kinds=("exam",), but=slot.pk, now=now)
    made = seats.sit_down(visit, slot, row, now=now)
    journey.advance(visit, VisitState.BOOKED, now=now)
    remember_change(
        made,
        "moved" if is_move else "booked",
        by=by,
        now=now,
        fields=["booking", "decision", "offer"],
        payload={"visit": visit.pk, "slot": slot.pk, "offer": found.pk, "freed": freed},
    )
    return made


def _end(found: Offer, state: str, *, by: Actor, now: datetime) -> None:
    """Let the place go: the offer is at an end, and its slot free again unless it is closed."""
    Booking.objects.filter(pk=found.booking_id, state=HELD).update(
        state="cancelled", ended_at=now, why=f"offer-{state}"
    )
    found.state, found.ended_at = state, now
    found.save(update_fields=["state", "ended_at"])
    _remember(found, f"offer-{state}", ["offer", "booking"], freed=(found.slot_id,), by=by, now=now)


def _replaced(found: Offer) -> list[UUID]:
    return [found.replaces.slot_id] if found.replaces is not None else []


def _offer_seen(offer_id: UUID, why: str, *, by: Actor, now: datetime) -> Offer:
    rows = seen_by(by, why, now=now).offers.select_related("visit", "slot", "booking")
    found: Offer = rows.get(pk=offer_id)
    return found


def _ended(found: Offer) -> OfferEnded:
    state = "over" if found.state == "open" else found.state
    return OfferEnded(
        f"offer/{found.pk} ended at {found.ended_at or found.expires_at:%Y-%m-%d %H:%M} UTC "
        f"({state}). Only an open offer can be taken or left; look at the free times as they are "
        "now."
    )


def _remember(
    found: Offer,
    kind: str,
    fields: Sequence[str],
    *,
    freed: tuple[UUID, ...] = (),
    by: Actor,
    now: datetime,
) -> None:
    remember_change(
        found,
        kind,
        by=by,
        now=now,
        fields=fields,
        payload={"visit": found.visit_id, "slot": found.slot_id, "freed": freed},
    )
