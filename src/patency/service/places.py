"""A piece of every service that fills days: the places of the coming days that nobody has.

No act of its own: it opens no transaction and writes no event; the service that uses it does.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from patency.core.booking.sessions import (
    EXAM,
    VISIT,
    Groups,
    Operator,
    Part,
    Session,
    Timetable,
    timetable,
)
from patency.records.models.booking import TAKES_THE_SLOT, Booking, Slot
from patency.service.house import House

NOON = 12
SERVICE_OF = {"exam": EXAM, "clinic_visit": VISIT}
ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Hours:
    """The free places of the coming days, by session."""

    table: Timetable
    slots: Mapping[str, Sequence[Slot]]
    """The free slots of each session, ordinary ones first, then by time."""
    tests_need_a_place: bool
    """Whether the clinic gives its visits by times at all; else she may come on any open day."""
    held: Mapping[date, frozenset[tuple[str, str]]]
    """By day, part of day and campus of every examination session to come, free or full."""
    groups: Groups = field(default_factory=dict)


def free(slots: "QuerySet[Slot]") -> "QuerySet[Slot]":
    """Return the slots that nobody has, that are open, and that no 7:00 release keeps."""
    taken = Booking.objects.filter(slot=OuterRef("pk"), state__in=TAKES_THE_SLOT)
    return slots.filter(~Exists(taken), closed_at__isnull=True, release__isnull=True)


def free_hours(house: House, site: str, *, days_ahead: int, now: datetime) -> Hours:
    """Return the free places from now on to ``days_ahead`` days after today."""
    today = house.day_at(site, now)
    there = Slot.objects.filter(
        site=site,
        kind__in=SERVICE_OF,
        day__range=(today, today + days_ahead * ONE_DAY),
        starts_at__gt=now,
        closed_at__isnull=True,
    )
    zone = ZoneInfo(house.site(site).time_zone)
    found: dict[tuple[str, date, Part, str], list[Slot]] = defaultdict(list)
    for slot in free(there).order_by("standby", "starts_at", "pk"):
        found[SERVICE_OF[slot.kind], slot.day, _part(slot, zone), slot.room].append(slot)
    busy: set[tuple[date, Part, str]] = set()
    sessions, slots = [], {}
    for (service, day, part, room), those in sorted(found.items()):
        operator = _operator(house, site, those)
        if operator is not None and (day, part, operator.slug) in busy:
            operator = None  # in two rooms in turn: who examines whom is not certain
        if operator is not None:
            busy.add((day, part, operator.slug))
        slug = f"{service}/{day}/{part}/{room}"
        sessions.append(
            Session(slug, service, day, part, those[0].campus, room, operator, len(those))
        )
        slots[slug] = those
    needs = there.filter(kind="clinic_visit").exists()
    held: dict[date, set[tuple[str, str]]] = defaultdict(set)
    for slot in there.filter(kind="exam"):
        held[slot.day].add((_part(slot, zone).value, slot.campus))
    return Hours(
        timetable(sessions), slots, needs, {day: frozenset(those) for day, those in held.items()}
    )


def _part(slot: Slot, zone: ZoneInfo) -> Part:
    """Return the part of the site's day in which a slot starts."""
    return Part.MORNING if slot.starts_at.astimezone(zone).hour < NOON else Part.AFTERNOON


def _operator(house: House, site: str, those: Sequence[Slot]) -> Operator | None:
    """Return who examines in all of these slots; None where that is not one person."""
    names = {slot.operator for slot in those}
    known = house.site(site).operators.get(names.pop()) if len(names) == 1 else None
    if known is None:
        return None
    return Operator(known.slug, known.sex, frozenset(known.languages))
