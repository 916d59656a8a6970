"""Fills a site's free places: ends what is over, plans the night, offers what is free."""

from datetime import datetime

from patency.core.access import Actor
from patency.service import booking, offers, planning, slots
from patency.service.giving import give
from patency.service.house import House


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
    if house.site(by.site).planning is None:
        return 0
    given = 0
    for each in planning.to_offer(house, by.site, by=by, now=now):
        given += give(house, each, by=by, now=now)
    return given


def plan_if_due(house: House, by: Actor, now: datetime) -> planning.Night | None:
    """Return the plan of the night if its hour has come or the list has changed, else None."""
    if not planning.is_due(house, by.site, by=by, now=now):
        return None
    return planning.plan_night(house, by.site, by=by, now=now)
