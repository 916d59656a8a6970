"""A piece of every service that gives a woman a seat or takes one: her bookings, held and firm.

No act of its own: it opens no transaction and writes no event; the service that uses it does.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from patency.core.access import Actor
from patency.core.identifiers import new_token
from patency.records.facts_on import newest_period
from patency.records.models.booking import (
    HELD,
    STILL_TO_COME,
    TAKES_THE_SLOT,
    Booking,
    Slot,
    TurnedDown,
)
from patency.records.models.visit import Decision, Visit
from patency.records.models.waiting import Offer
from patency.service.expected import likely_days
from patency.service.house import House

ON_HER_WAY = timedelta(minutes=30)
"""What a woman needs at least to come; our choice."""


class BookingRefused(Exception):
    """A date that cannot be as it was asked for."""


class SlotTaken(BookingRefused):
    """Another woman has this slot, or it is kept for her."""


class SlotPassed(BookingRefused):
    """The slot is over, is closed, or is not of the kind that was asked for."""


def lock_slots(*slot_ids: UUID) -> dict[UUID, Slot]:
    """Return slots as they stand now, each held until the transaction ends.

    Who holds a visit and then slots, and slots in the order of their keys, waits for nobody who
    waits for her. On SQLite the transaction itself is the lock.
    """
    rows = Slot.objects.select_for_update(of=("self",)).filter(pk__in=set(slot_ids)).order_by("pk")
    return {slot.pk: slot for slot in rows}


def check_seat(visit: Visit, slot: Slot, *, now: datetime) -> None:
    """Return nothing, or raise why this woman cannot have a slot that is locked.

    The constraint ``one_booking_per_slot`` keeps the promise; this finds the words for it.
    """
    if slot.closed_at is not None:
        raise SlotPassed(
            f"slot/{slot.pk} on {slot.day} is closed ({slot.closed_why}). Only an open slot can be "
            "given; choose one of the others."
        )
    if slot.starts_at <= now:
        raise SlotPassed(
            f"slot/{slot.pk} started at {slot.starts_at:%Y-%m-%d %H:%M} UTC. Needed is one that is "
            "to come; choose one of those offered."
        )
    other = Booking.objects.filter(slot=slot, state__in=TAKES_THE_SLOT).exclude(visit=visit).first()
    if other is None:
        return
    if other.state == HELD:
        offer = Offer.objects.filter(booking=other, state="open").first()
        until = f" until {offer.expires_at:%Y-%m-%d %H:%M} UTC" if offer else ""
        raise SlotTaken(
            f"slot/{slot.pk} on {slot.day} is offered to another woman and kept for her{until}. It "
            "is free again if she does not take it; choose one of the others, or look then."
        )
    raise slot_taken(slot)


def slot_taken(slot: Slot) -> SlotTaken:
    """Return the refusal of a slot that is another woman's."""
    return SlotTaken(
        f"slot/{slot.pk} on {slot.day} was taken by someone else a moment ago. A slot is one "
        "woman's; offer her one of the others."
    )


def sit_down(visit: Visit, slot: Slot, row: Decision | None, *, now: datetime) -> Booking:
    """Return her firm booking of a slot; a place that was held for her there becomes it.

    Raises ``IntegrityError`` when the seat is another woman's: the database has the last word.
    """
    held: Booking | None = Booking.objects.filter(visit=visit, slot=slot, state=HELD).first()
    if held is None:
        made: Booking = Booking.objects.create(
            slot=slot, visit=visit, kind=slot.kind, state="firm", made_at=now, cleared_by=row
        )
        return made
    held.state, held.made_at, held.cleared_by = "firm", now, row
    held.save(update_fields=["state", "made_at", "cleared_by"])
    Offer.objects.filter(booking=held, state="open").update(state="accepted", ended_at=now)
    return held


def free_seats(
    visit: Visit,
    why: str,
    *,
    kinds: Iterable[str] = ("exam", "clinic_visit"),
    state: str = "cancelled",
    but: UUID | None = None,
    now: datetime,
) -> tuple[UUID, ...]:
    """Return the slots that are free again; ``why`` is a code or rule id, never free text.

    Places that are held for her are given up with her dates, and their offers withdrawn; ``but``
    is a slot whose place she keeps.
    """
    hers = Booking.objects.filter(visit=visit, kind__in=tuple(kinds)).exclude(slot=but)
    rows = hers.filter(state__in=STILL_TO_COME)
    freed = tuple(rows.values_list("slot_id", flat=True))
    rows.update(state=state, ended_at=now, why=why)
    return freed + let_go(visit, "withdrawn", why, kinds=kinds, but=but, now=now)


def let_go(
    visit: Visit,
    offer_state: str,
    why: str,
    *,
    kinds: Iterable[str] = ("exam",),
    but: UUID | None = None,
    now: datetime,
) -> tuple[UUID, ...]:
    """Return the slots that were held for her and are free again, their offers at an end."""
    held = Booking.objects.filter(visit=visit, state=HELD, kind__in=tuple(kinds)).exclude(slot=but)
    freed = tuple(held.values_list("slot_id", flat=True))
    Offer.objects.filter(booking__in=held, state="open").update(state=offer_state, ended_at=now)
    held.update(state="cancelled", ended_at=now, why=why)
    return freed


def to_come(visit: Visit, kind: str) -> Booking | None:
    """Return the date of hers that stands, if there is one."""
    rows = Booking.objects.filter(visit=visit, kind=kind, state__in=STILL_TO_COME)
    return rows.select_related("slot").first()


def remember_turned_down(
    house: House,
    visit: Visit,
    reason: str,
    *,
    hers_to_answer: bool,
    why: Sequence[object] = (),
    today: date,
    now: datetime,
) -> TurnedDown:
    """Return the row that puts her first in the next cycle, unless the reason was hers.

    With it she gets a token she can quote, and the days between which her next period is expected.
    """
    period = newest_period(visit, today)
    first, last = likely_days(house, visit, now=now)
    return TurnedDown.objects.create(
        visit=visit,
        period_start=period.start if period else today,
        reason=reason,
        at=now,
        priority_for_next=not hers_to_answer,
        token=None if hers_to_answer else _unused_token(),
        why=list(why),
        next_from=first,
        next_to=last,
    )


def _unused_token() -> str:
    token = new_token(secrets.token_bytes)
    while TurnedDown.objects.filter(token=token).exists():
        token = new_token(secrets.token_bytes)
    return token


def free_to_come(visit: Visit, slots: QuerySet[Slot], *, by: Actor, now: datetime) -> list[Slot]:
    """Return of these slots the free ones still to come at her campus, earliest first.

    A woman who looks herself is offered none she could hardly reach; the desk sees who stands
    before it.
    """
    soonest = now + ON_HER_WAY if by.patient_id is not None else now
    taken = Booking.objects.filter(slot=OuterRef("pk"), state__in=TAKES_THE_SLOT)
    free = slots.filter(~Exists(taken), closed_at__isnull=True, starts_at__gt=soonest)
    here = free.filter(campus=visit.campus) if visit.campus else free
    return list(here.order_by("starts_at"))
