"""Dates: what could suit her, what is offered, what is hers; one woman to a slot."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.core.booking.window import ExamWindow
from patency.core.calendar.legal import YearMissing
from patency.core.protocol.decide import decide_timing
from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.records.ledger import is_code, remember_change
from patency.records.models.booking import Booking, Slot, TurnedDown
from patency.records.models.visit import Decision as DecisionRow
from patency.records.models.visit import Visit, lock
from patency.records.seen_by import seen_by
from patency.service import dates, journey, seats
from patency.service.dates import AlreadyBooked as AlreadyBooked
from patency.service.dates import NotCleared as NotCleared
from patency.service.dates import NothingBooked as NothingBooked
from patency.service.dates import OutsideWindow as OutsideWindow
from patency.service.dates import SeenToFirst as SeenToFirst
from patency.service.house import House
from patency.service.judging import facts_now, judge, overrides_of, standing
from patency.service.seats import BookingRefused as BookingRefused
from patency.service.seats import SlotPassed as SlotPassed
from patency.service.seats import SlotTaken as SlotTaken

SLOT_CLOSED = "slot-closed"


class NoPeriodTold(BookingRefused):
    """Without the first day of her period there is no window."""


def plan(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> journey.Outlook | None:
    """Return the outlook of her cycle, its tentative days kept; None before a period was told."""
    access.check(by, Action.BOOK)
    visit = journey.visit_seen(visit_id, "plan", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        found = journey.plan_anew(house, visit, by=by, now=now)
        _remember(visit, visit, "planned", ["plan"], by=by, now=now)
    return found


def window(
    house: House, visit: UUID | Visit, *, language: str = "en", by: Actor, now: datetime
) -> ExamWindow:
    """Return every day of her cycle from today on, open or explained. Raises ``NoPeriodTold``."""
    access.check(by, Action.SEE_PATIENT)
    visit = journey.visit_seen(visit, "exam window", by=by, now=now)
    found = journey.outlook(house, visit, language=language, now=now)
    if found is None:
        raise _no_period(visit)
    return found.window


def offer_slots(house: House, visit: UUID | Visit, *, by: Actor, now: datetime) -> list[Slot]:
    """Return the free examination slots of her campus on the usable days, earliest first.

    A day that a clinician approved for this cycle is one of them. Offering is not booking: she is
    judged again when she takes one. Standby places are left to the nightly plan.
    """
    access.check(by, Action.SEE_PATIENT)
    visit = journey.visit_seen(visit, "offer dates", by=by, now=now)
    found = window(house, visit, by=by, now=now)
    days = [day.day for day in found.usable()] + _approved(house, visit, found, now=now)
    rows = seen_by(by, "offer dates", now=now).slots.filter(
        kind="exam", standby=False, day__in=days
    )
    return seats.free_to_come(visit, rows, by=by, now=now)


def _approved(house: House, visit: Visit, found: ExamWindow, *, now: datetime) -> list[date]:
    """Return the further days whose every rule was overridden in this cycle."""
    closed = {
        day.day: {each.rule.id for each in day.reasons} for day in found.usable_with_approval()
    }
    if not closed:
        return []
    facts = facts_now(house, visit, Stage.TENTATIVE, now=now)
    overridden = {row.rule_id for row in overrides_of(house, visit, facts)}
    return [day for day, rules in closed.items() if rules <= overridden]


def offer_visits(house: House, visit: UUID | Visit, *, by: Actor, now: datetime) -> list[Slot]:
    """Return the free times for her test on the days that leave one for the examination.

    Places given out as numbers are not among them: those open to all women at one moment.
    """
    access.check(by, Action.SEE_PATIENT)
    visit = journey.visit_seen(visit, "offer times for the test", by=by, now=now)
    found = window(house, visit, by=by, now=now)
    days = {day for each in found.usable() for day in each.visit_days}
    rows = seen_by(by, "offer times for the test", now=now).slots.filter(
        kind="clinic_visit", standby=False, release=None, day__in=days
    )
    return seats.free_to_come(visit, rows, by=by, now=now)


def book(house: House, visit_id: UUID, slot_id: UUID, *, by: Actor, now: datetime) -> Booking:
    """Return her date for the examination, firm; booking the same slot twice is the same date.

    She is judged again here, with the slot's day as the day of the examination, and the decision
    is kept even when it refuses. Raises ``NotCleared`` or, when only the day is wrong,
    ``OutsideWindow``; ``SlotTaken``, ``SlotPassed`` and ``AlreadyBooked``.
    """
    access.check(by, Action.BOOK)
    visit = journey.visit_seen(visit_id, "book", by=by, now=now)
    slot = dates.slot_to_come(slot_id, "exam", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        mine = seats.to_come(visit, "exam")
        if mine is not None and mine.slot_id == slot.pk:
            return mine
        if mine is not None:
            raise dates.has_another(visit, mine)
        slot = _locked(visit, slot, now=now)
        refusal, row = dates.judged(house, visit, slot, by=by, now=now)
        if refusal is None:
            freed = seats.free_seats(visit, "took-another", kinds=("exam",), but=slot.pk, now=now)
            made = _take(visit, slot, row, now=now)
            visit.advance(VisitState.BOOKED, now=now)
            _remember(
                visit,
                made,
                "booked",
                ["booking", "decision"],
                slot=slot,
                freed=freed,
                by=by,
                now=now,
            )
            return made
        _remember(visit, visit, "booking-refused", ["decision"], by=by, now=now)
    raise refusal


def book_visit(
    house: House,
    visit_id: UUID,
    slot_id: UUID,
    *,
    instead_of: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Booking:
    """Return her time at the clinic for the test, on a day the clinic and laboratory are open.

    A time she has (``instead_of``) is given up only when the new one is hers. Raises
    ``OutsideWindow`` when a timing rule fires or cannot be settled for that day.
    """
    access.check(by, Action.BOOK)
    visit = journey.visit_seen(visit_id, "book a clinic visit", by=by, now=now)
    slot = dates.slot_to_come(slot_id, "clinic_visit", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        mine = seats.to_come(visit, "clinic_visit")
        if mine is not None and mine.slot_id == slot.pk:
            return mine
        if mine is not None and mine.pk != instead_of:
            raise dates.has_another(visit, mine)
        slot = _locked(visit, slot, now=now)
        if slot.release_id is not None:
            raise SlotTaken(
                f"slot/{slot.pk} on {slot.day} is a place of release/{slot.release_id}, whose "
                "numbers open to every woman at one moment. Planned places are the others; choose "
                "one of these, or let her ask for a number."
            )
        if not journey.states(visit, *journey.BEFORE_THE_EXAM):
            raise BookingRefused(
                f"visit/{visit.pk} is {visit.state}. A clinic visit comes before the examination; "
                "open a new visit for another examination."
            )
        dates.check_a_test_makes_sense(house, visit, by=by, now=now)
        facts = facts_now(house, visit, Stage.VISIT, extra={"visit_date": slot.day}, now=now)
        decision = decide_timing(house.rulebook_at(visit.site), Stage.VISIT, facts)
        if decision.reasons or decision.unsettled:
            raise OutsideWindow(
                journey.why_not(house, visit, decision, f"{slot.day} is no day for the test"),
                decision,
            )
        freed: tuple[UUID, ...] = ()
        if mine is not None:
            freed = seats.free_seats(visit, "moved", kinds=("clinic_visit",), but=slot.pk, now=now)
        made = _take(visit, slot, None, now=now)
        _remember(visit, made, "visit-booked", ["booking"], slot=slot, freed=freed, by=by, now=now)
    return made


def move(house: House, booking_id: UUID, slot_id: UUID, *, by: Actor, now: datetime) -> Booking:
    """Return her date in another slot; the old one is free again only when the new one is hers.

    She is judged for the new day as in ``book``. She moves it, or somebody she asked to: what
    works by itself offers her a move (``offers.offer``) and waits for her word.
    """
    access.check(by, Action.BOOK)
    if Role.SYSTEM in by.roles:
        raise access.NotPermitted(
            f"{by.name} may not move a firm date without her consent. Offer her the other time; it "
            "is hers once she accepts, and until then the date she has stands."
        )
    old = dates.booking_to_come(booking_id, "move", by=by, now=now)
    slot = dates.slot_to_come(slot_id, "exam", by=by, now=now)
    with transaction.atomic():
        visit = lock(old.visit)
        mine = seats.to_come(visit, "exam")
        if mine is None or mine.pk != old.pk:
            raise dates.not_to_come(old)
        if mine.slot_id == slot.pk:
            return mine
        slot = _locked(visit, slot, mine.slot_id, now=now)
        refusal, row = dates.judged(house, visit, slot, by=by, now=now)
        if refusal is None:
            freed = seats.free_seats(visit, "moved", kinds=("exam",), but=slot.pk, now=now)
            made = _take(visit, slot, row, now=now)
            _remember(
                visit,
                made,
                "moved",
                ["booking", "decision"],
                slot=slot,
                freed=freed,
                by=by,
                now=now,
            )
            return made
        _remember(visit, visit, "booking-refused", ["decision"], by=by, now=now)
    raise refusal


def cancel(booking_id: UUID, why: str, *, by: Actor, now: datetime) -> Booking:
    """Return the booking, given up; its slot is free for others. What she paid stands.

    ``why`` is a code such as ``her-wish``, never free text.
    """
    access.check(by, Action.BOOK)
    _check_code(why)
    booking = dates.booking_to_come(booking_id, "cancel", by=by, now=now)
    with transaction.atomic():
        visit = lock(booking.visit)
        freed = seats.free_seats(visit, why, kinds=(booking.kind,), now=now)
        if booking.slot_id not in freed:
            raise dates.not_to_come(booking)
        if booking.kind == "exam":
            journey.advance(visit, VisitState.CLEARED, now=now)
        _remember(visit, booking, "seat-freed", ["booking"], freed=freed, by=by, now=now)
    booking.refresh_from_db()
    return booking


def still_fits(house: House, booking_id: UUID, *, by: Actor, now: datetime) -> Booking:
    """Return the booking after it was judged again; one that does not fit any more is given up.

    Asked after her window or the clinic's days have changed. Questions still open leave it be:
    they are asked on arrival. In a slot that was closed nothing fits: she is planned anew.
    """
    access.check(by, Action.BOOK)
    booking = dates.booking_to_come(booking_id, "judge a date again", by=by, now=now)
    with transaction.atomic():
        visit = lock(booking.visit)
        mine = seats.to_come(visit, booking.kind)
        if mine is None or mine.pk != booking.pk:
            raise dates.not_to_come(booking)
        if mine.slot.closed_at is not None:
            _give_up_closed(house, visit, mine, by=by, now=now)
        elif booking.kind == "exam" and journey.states(visit, VisitState.BOOKED):
            _judge_again(house, visit, mine, by=by, now=now)
    booking.refresh_from_db()
    return booking


def _judge_again(house: House, visit: Visit, booking: Booking, *, by: Actor, now: datetime) -> None:
    today = house.day_at(visit.site, now)
    since = journey.facts_from_the_test(visit, today)
    facts = {**since, "exam_date": booking.slot.day}
    decision, _ = judge(house, visit, Stage.BOOKING, extra_facts=facts, by=by, now=now)
    stands = standing(house, visit, decision)
    if not stands:
        _remember(visit, booking, "date-confirmed", ["decision"], by=by, now=now)
        return
    reason = stands[0].rule.id
    freed = seats.free_seats(visit, reason, kinds=("exam",), now=now)
    seats.remember_turned_down(house, visit, reason, hers_to_answer=False, today=today, now=now)
    journey.advance(visit, VisitState.CLEARED, now=now)
    _remember(visit, booking, "seat-freed", ["booking"], freed=freed, by=by, now=now)


def _give_up_closed(
    house: House, visit: Visit, booking: Booking, *, by: Actor, now: datetime
) -> None:
    """Plan her anew with the priority she has; only a cycle without another day is turned down."""
    freed = seats.free_seats(visit, SLOT_CLOSED, kinds=(booking.kind,), now=now)
    if booking.kind == "exam":
        journey.advance(visit, VisitState.CLEARED, now=now)
    if journey.states(visit, *journey.BEFORE_THE_EXAM):
        try:
            left = journey.plan_anew(house, visit, by=by, now=now)
        except YearMissing:
            left = None  # the desk looks for another day, and is told of the missing year
        if left is not None and left.plan is None:
            today = house.day_at(visit.site, now)
            seats.remember_turned_down(
                house, visit, SLOT_CLOSED, hers_to_answer=False, today=today, now=now
            )
    _remember(visit, booking, "seat-freed", ["booking"], freed=freed, by=by, now=now)


def turn_down(
    house: House,
    visit_id: UUID,
    reason: str,
    *,
    hers_to_answer: bool = False,
    by: Actor,
    now: datetime,
) -> TurnedDown:
    """Return the row that says she got no date this cycle, and comes first in the next.

    ``reason`` is a rule id or a code; only what was hers to keep, such as a missed date, costs
    her that place. Nobody puts herself first in line: staff and jobs do this.
    """
    access.check(by, Action.BOOK)
    if by.patient_id is not None:
        raise access.NotPermitted(
            f"{by.name} may not note down a cycle without a date; the clinic does. Ask for a date "
            "in the next cycle."
        )
    _check_code(reason)
    visit = journey.visit_seen(visit_id, "turn down", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        row = seats.remember_turned_down(
            house,
            visit,
            reason,
            hers_to_answer=hers_to_answer,
            today=house.day_at(visit.site, now),
            now=now,
        )
        _remember(visit, row, "turned-down", ["turned_down"], by=by, now=now)
    return row


def _check_code(why: str) -> None:
    """Return nothing, or raise: what stands in lists for good holds no words of anyone."""
    if not is_code(why):
        raise BookingRefused(
            f"Nothing was changed: the reason has {len(why)} characters and is no code. A code has "
            "at most 80 letters and digits and no spaces, such as her-wish; choose one."
        )


def _locked(visit: Visit, slot: Slot, *also: UUID, now: datetime) -> Slot:
    """Return the slot, held until the transaction ends, if this woman can have it."""
    found = seats.lock_slots(slot.pk, *also)[slot.pk]
    seats.check_seat(visit, found, now=now)
    return found


def _take(visit: Visit, slot: Slot, row: DecisionRow | None, *, now: datetime) -> Booking:
    try:
        with transaction.atomic():
            return seats.sit_down(visit, slot, row, now=now)
    except IntegrityError as error:
        raise seats.slot_taken(slot) from error


def _no_period(visit: Visit) -> NoPeriodTold:
    return NoPeriodTold(
        f"visit/{visit.pk} has no window yet: no period was told. Days are counted from the first "
        "day of a period; report it first."
    )


def _remember(
    visit: Visit,
    row: Visit | Booking | TurnedDown,
    kind: str,
    fields: list[str],
    *,
    slot: Slot | None = None,
    freed: tuple[UUID, ...] = (),
    by: Actor,
    now: datetime,
) -> None:
    remember_change(
        row,
        kind,
        by=by,
        now=now,
        fields=fields,
        payload={"visit": visit.pk, "slot": slot.pk if slot else None, "freed": freed},
    )
