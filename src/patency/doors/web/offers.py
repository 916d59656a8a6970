"""Dates on offer, and taking one: the same for staff and for her."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from patency.doors.web.asking import ActorRequest
from patency.records.models.booking import STILL_TO_COME, Booking, Slot
from patency.records.models.visit import Decision, Visit
from patency.records.seen_by import Seen
from patency.service import booking


@dataclass(frozen=True, slots=True)
class Offers:
    """The free times of her usable days; ``mine`` is the date she has, if any."""

    days: Mapping[date, list[Slot]]
    mine: Booking | None


def offers(request: ActorRequest, seen: Seen, visit: Visit) -> Offers:
    """Return what can be offered now; nothing before a period was told."""
    try:
        slots = booking.offer_slots(request.house, visit, by=request.actor, now=request.now)
    except booking.NoPeriodTold:
        slots = []
    mine = (
        seen.bookings.filter(visit=visit, kind="exam", state__in=STILL_TO_COME)
        .select_related("slot")
        .first()
    )
    by_day = {day: list(rows) for day, rows in groupby(slots, key=lambda slot: slot.day)}
    return Offers(by_day, mine)


def take(request: ActorRequest, visit: Visit, mine: Booking | None) -> Booking | None:
    """Return the date that was taken, or None when none was chosen.

    Raises ``booking.BookingRefused``.
    """
    try:
        slot = UUID(request.POST.get("slot", ""))
    except ValueError:
        return None
    if mine is not None:
        return booking.move(request.house, mine.pk, slot, by=request.actor, now=request.now)
    return booking.book(request.house, visit.pk, slot, by=request.actor, now=request.now)


def why_not(seen: Seen, visit: Visit, request: ActorRequest) -> Decision | None:
    """Return the decision that was kept when a date was refused just now."""
    rows = seen.decisions.filter(visit=visit, stage="booking", made_at=request.now)
    return rows.order_by("-made_at").first()
