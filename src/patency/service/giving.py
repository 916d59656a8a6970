"""Gives a free place to the woman the night's plan proposes for it."""

import logging
from datetime import datetime

from patency.core.access import Actor
from patency.service import booking, offers
from patency.service.house import House
from patency.service.planning import Proposal
from patency.service.seats import BookingRefused

log = logging.getLogger(__name__)


def give(house: House, each: Proposal, *, by: Actor, now: datetime) -> bool:
    """Return whether the place is hers: firm where the site confirms by itself, else kept for her.

    What was taken between the plan and now is somebody's already.
    """
    habits = house.site(by.site).planning
    try:
        if habits is not None and habits.auto_confirm:
            try:
                booking.book(house, each.visit_id, each.slot_id, by=by, now=now)
                return True
            except booking.NotCleared:
                pass  # something is still missing: the place is kept for her while she does it
        offers.offer(house, each.visit_id, each.slot_id, why=each.why, by=by, now=now)
    except BookingRefused as refusal:
        log.info("%s", refusal)
        return False
    return True
