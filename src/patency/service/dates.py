"""A piece of every service that gives a woman a day for the examination: judged, refused in words.

No act of its own: it opens no transaction and writes no event; the service that uses it does.
"""

from datetime import date, datetime
from uuid import UUID

from patency.core.access import Actor
from patency.core.protocol.decide import Decision, decide
from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.records.models.booking import STILL_TO_COME, Booking, Slot
from patency.records.models.visit import Decision as DecisionRow
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.house import House
from patency.service.judging import facts_now, judge, may_proceed, seen_to_first, standing
from patency.service.seats import BookingRefused, SlotPassed


class NotCleared(BookingRefused):
    """The protocol does not let her have this date; carries the decision."""

    def __init__(self, message: str, decision: Decision) -> None:
        super().__init__(message)
        self.decision = decision


class OutsideWindow(NotCleared):
    """Only the day is wrong: every rule that stands speaks about days."""


class AlreadyBooked(BookingRefused):
    """She has another date; it is moved, not doubled."""


class SeenToFirst(BookingRefused):
    """What she told stands against the examination; the clinic gives her a time, not she."""


class NothingBooked(BookingRefused):
    """The booking is not one to come."""


def check_a_test_makes_sense(house: House, visit: Visit, *, by: Actor, now: datetime) -> None:
    """Return nothing, or raise ``SeenToFirst`` where she books for herself what cannot help yet.

    Staff may: a clinic visit can be what she needs.
    """
    if by.patient_id is None:
        return
    reasons = seen_to_first(house, visit, now=now)
    if reasons:
        raise SeenToFirst(
            f"visit/{visit.pk}: no time for the test was taken. Something is seen to first "
            f"({', '.join(reason.rule.id for reason in reasons)}): {reasons[0].do} Staff can give "
            "her a time all the same."
        )


def judged(
    house: House, visit: Visit, slot: Slot, *, by: Actor, now: datetime
) -> tuple[NotCleared | None, DecisionRow]:
    """Return why she may not be examined on a slot's day, or None, and the decision that says so.

    What the clinic visit found counts as it was found. The decision is kept either way.
    """
    since = journey.facts_from_the_test(visit, house.day_at(visit.site, now))
    facts = {**since, "exam_date": slot.day}
    decision, row = judge(house, visit, Stage.BOOKING, extra_facts=facts, by=by, now=now)
    cleared = journey.states(visit, VisitState.CLEARED, VisitState.BOOKED)
    if cleared and may_proceed(house, visit, decision):
        return None, row
    says = journey.why_not(house, visit, decision, f"{slot.day} was not booked")
    stands = standing(house, visit, decision)
    only_the_day = bool(stands) and all(reason.rule.timing for reason in stands)
    return (OutsideWindow if only_the_day and cleared else NotCleared)(says, decision), row


def still_asked(house: House, visit: Visit, day: date, *, now: datetime) -> tuple[str, ...]:
    """Return the facts that nobody knows yet and an examination on a day waits for.

    Nothing is written: it tells before she is asked to choose what ``judged`` would ask then.
    """
    since = journey.facts_from_the_test(visit, house.day_at(visit.site, now))
    facts = facts_now(house, visit, Stage.BOOKING, extra={**since, "exam_date": day}, now=now)
    return decide(house.rulebook_at(visit.site), Stage.BOOKING, facts).questions


def slot_to_come(slot_id: UUID, kind: str, *, by: Actor, now: datetime) -> Slot:
    """Return a slot of this kind that is to come. Raises ``SlotPassed``."""
    slot = seen_by(by, "book", now=now).slots.get(pk=slot_id)
    if slot.starts_at <= now or slot.kind != kind:
        raise SlotPassed(
            f"slot/{slot.pk} is of kind {slot.kind} and starts at {slot.starts_at:%Y-%m-%d %H:%M} "
            f"UTC. Needed is one of kind {kind} that is to come; choose one of those offered."
        )
    return slot


def booking_to_come(booking_id: UUID, why: str, *, by: Actor, now: datetime) -> Booking:
    """Return a date that stands. Raises ``NothingBooked``."""
    rows = seen_by(by, why, now=now).bookings.select_related("slot", "visit")
    booking: Booking = rows.get(pk=booking_id)
    if booking.state not in STILL_TO_COME:
        raise not_to_come(booking)
    return booking


def not_to_come(booking: Booking) -> NothingBooked:
    """Return the refusal of a booking that does not stand any more."""
    return NothingBooked(
        f"booking/{booking.pk} is not to come any more (it was {booking.state}). Only a date to "
        "come can be changed; look at the visit as it stands now."
    )


def has_another(visit: Visit, mine: Booking) -> AlreadyBooked:
    """Return the refusal of a second date."""
    return AlreadyBooked(
        f"visit/{visit.pk} has booking/{mine.pk} for this already. There is one date at a time; "
        "move that one, or cancel it first."
    )
