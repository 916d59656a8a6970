"""The times a clinic opens for women to be offered."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.site.model import Room, Site
from patency.records.ledger import remember
from patency.records.models.booking import Slot
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
    by: Actor,
    now: datetime,
) -> list[Slot]:
    """Return the slots of one room that are new: every open day, from ``begins`` to ``ends``.

    They are as long as the site's file says. Closed days get none; slots that exist stay as they
    are, so opening twice changes nothing. ``last`` is included, and a slot ends by ``ends``.
    Raises ``SlotsRefused``, and ``YearMissing`` for a year without an official holiday notice.
    """
    access.check(by, Action.OPEN_TIMES)
    site = house.site(by.site)
    known = _room(site, room)
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
        )
        for day in (first + ahead * ONE_DAY for ahead in range((last - first).days + 1))
        if closed(day) is None
        for starts_at in _starts(site, day, begins, ends, timedelta(minutes=minutes))
        if starts_at > now
    ]
    with transaction.atomic():
        there = set(
            Slot.objects.filter(site=site.slug, room=room, day__range=(first, last)).values_list(
                "starts_at", flat=True
            )
        )
        new: list[Slot] = Slot.objects.bulk_create(
            [slot for slot in wanted if slot.starts_at not in there], ignore_conflicts=True
        )
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
