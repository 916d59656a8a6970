"""The files of a woman whose record was erased: they go from the image store as well."""

from datetime import datetime

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.records.erasure import without_somebody_elses
from patency.records.ledger import remember
from patency.records.models.ledger import Event
from patency.records.seen_by import seen_by
from patency.service.house import House
from patency.service.outgoing import whose


def forget_files(house: House, event_id: int, *, by: Actor, now: datetime) -> int:
    """Return how many files of an erased record went from the image store.

    After the erasure is kept, not within it: a file cannot be brought back when a transaction
    fails. Doing it twice is harmless. A file that somebody else has too stays.
    """
    if Role.SYSTEM not in by.roles:
        access.check(by, Action.ERASE)
    seen = seen_by(by, "take erased files away", now=now)
    event: Event = seen.events.get(pk=event_id)
    if event.kind != "erased":
        return 0
    her = seen.patients.get(pk=whose(event))
    digests = without_somebody_elses(event.payload.get("files", ()), her)
    gone = sum(house.gateways.images.forget(digest) for digest in digests)
    if gone:
        remember(
            kind="erased-files-gone",
            subject=event.subject,
            by=by,
            now=now,
            site=event.site,
            patient=her,
            fields=["image_file"],
            payload={"files": gone},
        )
    return gone
