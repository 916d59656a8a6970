"""The times a clinic opens for women to be offered."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.site.model import Room, Site
from patency.records.ledger import is_code, remember
from patency.records.models.booking import STILL_TO_COME, Booking, Slot
from patency.records.seen_by import check_own_site, seen_by
from patency.service.house import House

KIND_OF = {"exam": "exam", "visit": "clinic_visit"}
MOST_DAYS = 92
ONE_DAY = timedelta(days=1)


class SlotsRefused(Exception):
    """Slots that cannot be opened as they were asked for."""


def open_slots(
    house: House,
    *,
    room: str,
    first: date,
    last: date,
    begins: time,
    ends: time,
    operator: str = "",
    by: Actor,
    now: datetime,
) -> list[Slot]:
    """Return the slots of one room that are new: every open day, from ``begins`` to ``ends``.

    They are as long as the site's file says. Closed days get none; slots that exist stay as they
    are, so opening twice changes nothing. ``last`` is included, and a slot ends by ``ends``. The
    room and its ``operator`` (a short name of the site's file; empty: not said) are booked
    together. Raises ``SlotsRefused``, also where the room or the operator is busy at that time
    already, and ``YearMissing`` for a year without an official holiday notice.
    """
    access.check(by, Action.OPEN_TIMES)
    site = house.site(by.site)
    known = _room(site, room)
    _check_operator(site, known, operator)
    today = house.day_at(site.slug, now)
    if not today <= first <= last <= first + MOST_DAYS * ONE_DAY or begins >= ends:
        raise SlotsRefused(
            f"{room} of {site.slug} was not opened from {first} to {last}, {begins} to {ends}. "
            f"Days begin on {today} or later and are at most {MOST_DAYS + 1}, and a day ends after "
            "it begins; correct the days or the hours."
        )
    openings = house.openings_at(site.slug)
    closed = openings.exam if known.service == "exam" else openings.visit
    minutes = site.exam_minutes if known.service == "exam" else site.visit_minutes
    wanted = [
        Slot(
            site=site.slug,
            campus=known.campus,
            room=room,
            kind=KIND_OF[known.service],
            day=day,
            starts_at=starts_at,
            minutes=minutes,
            operator=operator,
        )
        for day in (first + ahead * ONE_DAY for ahead in range((last - first).days + 1))
        if closed(day) is None
        for starts_at in _starts(site, day, begins, ends, timedelta(minutes=minutes))
        if starts_at > now
    ]
    with transaction.atomic():
        _one_at_a_time(site.slug)
        there = Slot.objects.filter(
            site=site.slug, day__range=(first, last), standby=False, closed_at__isnull=True
        )
        same = {(slot.room, slot.starts_at): slot for slot in there}
        wanted = [slot for slot in wanted if not _is_there(slot, same)]
        _check_free(wanted, list(there))
        new: list[Slot] = Slot.objects.bulk_create(wanted)
        remember(
            kind="slots-opened",
            subject=f"room/{room}",
            by=by,
            now=now,
            site=site.slug,
            fields=["slot"],
            payload={"first": first, "last": last, "slots": len(new)},
        )
    return new


def close_slots(
    house: House, slot_ids: Sequence[UUID], why: str, *, by: Actor, now: datetime
) -> list[Slot]:
    """Return the slots that can be offered no more: the day was closed, or a machine broke.

    A date in one of them is never dropped silently: the event names it, and she is planned anew
    with the priority she has, and told (``booking.still_fits``); a place that is only offered is
    withdrawn. Slots that are over or closed already stay as they are. ``why`` is a code such as
    ``machine-broken``, never free text. Another site's slot does not exist (``Slot.DoesNotExist``).
    """
    access.check(by, Action.OPEN_TIMES)
    if not is_code(why):
        raise SlotsRefused(
            f"No slot was closed: the reason has {len(why)} characters and is no code. A code has "
            "at most 80 letters and digits and no spaces, such as machine-broken; choose one."
        )
    seen = seen_by(by, "close times", now=now).slots
    keys = [seen.get(pk=slot_id).pk for slot_id in dict.fromkeys(slot_ids)]
    with transaction.atomic():
        rows = Slot.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
        closed = [slot for slot in rows if slot.closed_at is None and slot.starts_at > now]
        for slot in closed:
            slot.closed_at, slot.closed_why = now, why
            slot.save(update_fields=["closed_at", "closed_why"])
        dates = Booking.objects.filter(slot__in=closed, state__in=STILL_TO_COME)
        if closed:
            remember(
                kind="slots-closed",
                subject=f"site/{house.site(by.site).slug}",
                by=by,
                now=now,
                site=by.site,
                fields=["slot"],
                payload={
                    "why": why,
                    "slots": [slot.pk for slot in closed],
                    "bookings": list(dates.order_by("pk").values_list("pk", flat=True)),
                },
            )
    return closed


def stranded(site: str, *, by: Actor, now: datetime) -> list[UUID]:
    """Return the dates that stand in slots that were closed; a job gives each a new plan."""
    access.check(by, Action.PLAN)
    check_own_site(by, site)
    rows = Booking.objects.filter(
        site=site, state__in=STILL_TO_COME, slot__closed_at__isnull=False, slot__starts_at__gt=now
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _one_at_a_time(site: str) -> None:
    """Let nobody else open slots of this site until the transaction ends.

    Two slots of different lengths that overlap are no rows alike, so no constraint of their own
    could refuse them on both databases. On SQLite the transaction itself is the lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"slots of {site}"])


def _is_there(slot: Slot, same: Mapping[tuple[str, datetime], Slot]) -> bool:
    found = same.get((slot.room, slot.starts_at))
    return (
        found is not None
        and found.minutes == slot.minutes
        and slot.operator in ("", found.operator)
    )


def _check_free(wanted: Sequence[Slot], there: Sequence[Slot]) -> None:
    """Return nothing, or raise: a room or an operator would be in two places at one time."""
    for slot in wanted:
        for other in there:
            if not _overlap(slot, other):
                continue
            busy = [f"room {slot.room}"] * (slot.room == other.room)
            busy += [f"operator {slot.operator}"] * (
                bool(slot.operator) and slot.operator == other.operator
            )
            if busy:
                raise SlotsRefused(
                    f"{slot.room} was not opened at {slot.starts_at:%Y-%m-%d %H:%M} for "
                    f"{slot.minutes} minutes: {' and '.join(busy)} is busy with slot/{other.pk} "
                    f"from {other.starts_at:%Y-%m-%d %H:%M} UTC for {other.minutes} minutes. One "
                    "room and one operator serve one woman at a time; choose another time, room "
                    "or operator, or close those slots first."
                )


def _overlap(one: Slot, other: Slot) -> bool:
    return one.starts_at < _end(other) and other.starts_at < _end(one)


def _end(slot: Slot) -> datetime:
    return slot.starts_at + timedelta(minutes=slot.minutes)


def _check_operator(site: Site, room: Room, operator: str) -> None:
    known = site.operators.get(operator)
    if not operator or (
        known is not None and room.service in known.services and room.campus in known.campuses
    ):
        return
    fitting = sorted(
        one.slug
        for one in site.operators.values()
        if room.service in one.services and room.campus in one.campuses
    )
    raise SlotsRefused(
        f"{room.slug} was not opened: {site.slug} has no operator {operator!r} for its "
        f"{room.service}s at {room.campus}. There are {', '.join(fitting) or 'none'}; choose one, "
        "leave it open, or add the operator to the site's file."
    )


def _room(site: Site, room: str) -> Room:
    known = site.rooms.get(room)
    if known is None or known.service not in KIND_OF:
        raise SlotsRefused(
            f"{site.slug} has no room {room!r} for women. Its rooms are "
            f"{', '.join(sorted(site.rooms))}; choose one, or add it to the site's file."
        )
    return known


def _starts(site: Site, day: date, begins: time, ends: time, length: timedelta) -> list[datetime]:
    zone = ZoneInfo(site.time_zone)
    starts_at = datetime.combine(day, begins, zone)
    end = datetime.combine(day, ends, zone)
    found = []
    while starts_at + length <= end:
        found.append(starts_at)
        starts_at += length
    return found
