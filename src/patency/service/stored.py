"""What is stored, for a machine that asks: found by its UIDs and days, handed out, sworn to."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from patency.core import access
from patency.core.access import Action, Actor
from patency.gateways.images import is_whole
from patency.records.levels import Wanted, of_wanted
from patency.records.models.images import FILED, ImageFile
from patency.records.seen_by import seen_by
from patency.service.house import House

MISSING, OTHER_CLASS, DAMAGED = "missing", "other-class", "damaged"


def find(wanted: Wanted, why: str, *, by: Actor, now: datetime) -> tuple[ImageFile, ...]:
    """Return the images filed at the actor's site that are asked for, whole studies of them.

    What waits for a person is not handed out: nobody has said yet whose it is.
    """
    access.check(by, Action.HEAR_MACHINES)
    rows = seen_by(by, why, now=now).image_files.filter(state=FILED, is_dicom=True)
    rows = of_wanted(rows, wanted)
    return tuple(rows.order_by("study_uid", "series_uid", "arrived_at"))


def vouch(
    house: House, asked: Iterable[tuple[str, str]], *, by: Actor, now: datetime
) -> Mapping[tuple[str, str], str]:
    """Return for each SOP class and UID why we do not answer for it; empty where we do.

    Every byte is read again: what is sworn to is there and whole. What waits for a person is kept
    as safely as what is filed.
    """
    access.check(by, Action.HEAR_MACHINES)
    pairs = list(asked)
    seen = seen_by(by, "storage commitment", now=now)
    rows: dict[str, list[ImageFile]] = {}
    for row in seen.image_files.filter(image_uid__in={uid for _, uid in pairs}):
        rows.setdefault(row.image_uid, []).append(row)
    return {
        (sop_class, uid): _fault(house, rows.get(uid, ()), sop_class) for sop_class, uid in pairs
    }


def _fault(house: House, rows: Collection[ImageFile], sop_class: str) -> str:
    if not rows:
        return MISSING
    of_class = [row for row in rows if row.sop_class == sop_class]
    if not of_class:
        return OTHER_CLASS
    return "" if all(is_whole(house.gateways.images, row.sha256) for row in of_class) else DAMAGED
