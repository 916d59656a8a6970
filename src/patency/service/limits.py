"""How often something may be tried, counted in the database, so that every process knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from patency.core.access import Actor
from patency.records.models.entrance import Tally


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times within a while, counted from the first; then not until the while is over."""

    most: int
    within: timedelta


def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


# Our choice, all of them. An address is often a whole hospital's, so it may try more than a name.
LIMITS: Mapping[str, Limit] = {
    "sign-in-name": Limit(5, _minutes(15)),
    "sign-in-address": Limit(40, _minutes(15)),
    "second-factor": Limit(5, _minutes(15)),
    "code-contact": Limit(3, _minutes(15)),
    "code-contact-day": Limit(10, timedelta(days=1)),
    "code-address": Limit(30, _minutes(60)),
    "code-try-address": Limit(50, _minutes(15)),
    "register-address": Limit(20, _minutes(60)),
    "kiosk-address": Limit(20, _minutes(10)),
    "export": Limit(10, _minutes(60)),
    "calendar": Limit(60, _minutes(60)),
    "calendar-address": Limit(300, _minutes(60)),
}


class TooOften(Exception):
    """Something was tried more often than it may be; ``again_at`` says when it may be again."""

    def __init__(self, what: str, again_at: datetime, *, just_now: bool) -> None:
        super().__init__(
            f"{what}: more than {LIMITS[what].most} times in "
            f"{int(LIMITS[what].within.total_seconds() // 60)} minutes. It may be tried again at "
            f"{again_at:%H:%M} UTC; until then nothing is looked at."
        )
        self.what = what
        self.again_at = again_at
        self.just_now = just_now
        """Whether this is the first try above the limit."""


def count(what: str, key: str, *, by: Actor, now: datetime) -> int:
    """Return how often this was tried by ``key`` within the while. Raises ``TooOften``.

    ``key`` is a name, a contact, an address; only a keyed hash of it is kept.
    """
    limit = LIMITS[what]
    with transaction.atomic():
        row = _locked(what, key, now)
        if row.ends_at <= now:
            row.began_at, row.ends_at, row.count = now, now + limit.within, 0
        row.count += 1
        row.save(update_fields=["began_at", "ends_at", "count"])
    if row.count > limit.most:
        raise TooOften(what, row.ends_at, just_now=row.count == limit.most + 1)
    return row.count


def look(what: str, key: str, *, by: Actor, now: datetime) -> None:
    """Return nothing, or raise ``TooOften`` without counting, where the limit is reached."""
    row = Tally.objects.filter(what=what, key=_hashed(what, key)).first()
    if row is not None and row.ends_at > now and row.count >= LIMITS[what].most:
        raise TooOften(what, row.ends_at, just_now=False)


def forget(what: str, key: str, *, by: Actor, now: datetime) -> None:
    """Begin to count anew, because it went well; what has long ended goes with it."""
    Tally.objects.filter(what=what, key=_hashed(what, key)).delete()
    Tally.objects.filter(ends_at__lt=now - timedelta(days=1)).delete()


def _locked(what: str, key: str, now: datetime) -> Tally:
    hashed = _hashed(what, key)
    rows = Tally.objects.select_for_update()
    row: Tally | None = rows.filter(what=what, key=hashed).first()
    if row is not None:
        return row
    try:
        with transaction.atomic():
            made: Tally = Tally.objects.create(
                what=what, key=hashed, began_at=now, ends_at=now + LIMITS[what].within, count=0
            )
            return made
    except IntegrityError:  # somebody counted the first one at this moment
        found: Tally = rows.get(what=what, key=hashed)
        return found


def _hashed(what: str, key: str) -> str:
    said = key.strip().casefold()
    return salted_hmac(f"patency.tally.{what}", said, algorithm="sha256").hexdigest()
