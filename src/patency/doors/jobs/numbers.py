"""Keeps the numbers of a site's releases: draws, turns numbers into times, ends what is over."""

import logging
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError

from patency.core.access import Actor
from patency.service import drawing, numbers, release
from patency.service.house import House

log = logging.getLogger(__name__)


def keep_numbers(house: House, by: Actor, now: datetime) -> int:
    """Return how many draws and numbers were seen to; twice in a row there are none."""
    done = 0
    for campus, day in release.to_announce(house, by=by, now=now):
        try:
            release.announce(house, campus, day, by=by, now=now)
        except release.ReleaseRefused:
            continue  # no place to give now; it is asked again in seconds
        done += 1
    for release_id in drawing.draws_due(by=by, now=now):
        drawing.draw_numbers(release_id, by=by, now=now)
        done += 1
    for claim_id in numbers.numbers_to_settle(by.site, by=by, now=now):
        try:
            numbers.settle_number(house, claim_id, by=by, now=now)
        except DatabaseError:  # one woman's trouble must not keep the others' times from them
            log.exception("claim %s was not settled and waits", claim_id)
            continue
        done += 1
    return done + release.end_releases(house, by.site, by=by, now=now)


def note_not_drawn(release_id: UUID, by: Actor, now: datetime) -> int:
    """Return how many women are now to be told that the draw gave them no number yet."""
    return sum(
        drawing.note_not_drawn(claim_id, by=by, now=now)
        for claim_id in drawing.without_a_number(release_id, by=by, now=now)
    )
