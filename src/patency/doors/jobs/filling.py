"""Fills a site's free places: ends what is over, plans the night, offers what is free."""

import logging
from datetime import datetime

from patency.core.access import Actor
from patency.service import booking, offers, planning, slots
from patency.service.house import House

log = logging.getLogger(__name__)


def fill(house: House, by: Actor, now: datetime) -> int:
    """Return how many places of a site were given or offered; twice in a row it gives none.

    Dates in slots that were closed are given up and planned anew first, and offers whose time is
    over end, so that their places are among the free ones.
    """
    for booking_id in slots.stranded(by.site, by=by, now=now):
        try:
            booking.still_fits(house, booking_id, by=by, now=now)
        except booking.NothingBooked:
            continue  # she gave it up meanwhile
    offers.end_due(house, by.site, by=by, now=now)
    habits = house.site(by.site).planning
    if habits is None:
        return 0
    given = 0
    for each in planning.to_offer(house, by.site, by=by, now=now):
        given += _give(house, each, firm=habits.auto_confirm, by=by, now=now)
    return given


def plan_if_due(house: House, by: Actor, now: datetime) -> planning.Night | None:
    """Return the plan of the night if its hour has come or the list has changed, else None."""
    if not planning.is_due(house, by.site, by=by, now=now):
        return None
    return planning.plan_night(house, by.site, by=by, now=now)


def _give(house: House, each: planning.Proposal, *, firm: bool, by: Actor, now: datetime) -> bool:
    """Return whether the place is hers, firm where the site confirms by itself, else kept."""
    if firm:
        try:
            booking.book(house, each.visit_id, each.slot_id, by=by, now=now)
        except booking.NotCleared:
            pass  # something is still missing: the place is kept for her while she does it
        except booking.BookingRefused as refusal:
            log.info("%s", refusal)
            return False
        else:
            return True
    try:
        offers.offer(house, each.visit_id, each.slot_id, why=each.why, by=by, now=now)
    except booking.BookingRefused as refusal:
        log.info("%s", refusal)  # she or the place was taken between the list and the offer
        return False
    return True
