"""Fills a demo's clinic with women in bulk: a visit is walked through the services once, in a
transaction that is taken back, and then cast again for many women, each with her own days, place,
name and facts.

Never for a clinic's own database: the door that calls this asks whether it is a demo's.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, models, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.identifiers import new_identifier, new_token
from patency.core.site.model import Site
from patency.records import bulk
from patency.records.bulk_indexes import indexes_at_the_end
from patency.records.ledger import remember
from patency.records.models.booking import Slot
from patency.records.models.ledger import Event
from patency.service.examined import code_hash, new_code
from patency.service.house import House
from patency.service.moulds import TAGS, AskedCalendar, Filling, Mould, cast, mould_of

Place = Callable[[str, date], Slot]
HANDED_ON = timedelta(minutes=1)  # so that it moves with the place, as the event does
FIRST_HOUR, LAST_HOUR = time(7, 30), time(21, 30)
MOULD_HOUR = time(12, 30)


# ---------------------------------------------------------------- a mould, walked once


def learn(
    house: House,
    site: str,
    campus: str,
    walk: Callable[[House, Place, UUID | None], UUID],
    *,
    before: Callable[[House], UUID] | None = None,
    by: Actor,
    now: datetime,
) -> Mould:
    """Return the mould of one visit, walked through the services and taken back.

    ``walk`` is handed the house, the places and her key where she is known, and returns her key;
    ``before`` makes her known first.
    """
    access.check(by, Action.OPEN_TIMES)
    asked: set[date] = set()
    watched = _watched(house, site, asked)
    with transaction.atomic():
        patient = before(house) if before else None
        known = bulk.keys_of(patient)
        last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        asked.clear()
        slots: dict[tuple[str, date], Slot] = {}

        def place(kind: str, day: date) -> Slot:
            if (kind, day) not in slots:
                slots[kind, day] = Slot.objects.create(
                    **_slot_fields(house.site(site), campus, kind, day, MOULD_HOUR)
                )
            return slots[kind, day]

        patient = walk(watched, place, patient)
        rows = {
            model: kept
            for model, of_table in bulk.rows_of(patient, after_event=last).items()
            if (kept := [row for row in of_table if (model, row.pk) not in known])
        }
        events: list[Any] = rows[Event]
        for event in events:
            event.handled_at = event.at + HANDED_ON
        transaction.set_rollback(True)
    zone = ZoneInfo(house.site(site).time_zone)
    first = [patient, *(slot.pk for slot in slots.values())]
    mould = mould_of(rows, first, asked, zone, bulk.MARKS[connection.vendor])
    mould.slot_times = {kind: slot.starts_at for (kind, _), slot in slots.items()}
    return mould


def _watched(house: House, site: str, asked: set[date]) -> House:
    calendar = house.calendar_of(site)
    noting = AskedCalendar(calendar.country, calendar.years, asked)
    return replace(house, calendars={**house.calendars, calendar.country: noting})


# ---------------------------------------------------------------- places


class Places:
    """The times of a site's rooms, each given once: every open day from early to late."""

    def __init__(self, house: House, site: str) -> None:
        self._site = house.site(site)
        self._zone = ZoneInfo(self._site.time_zone)
        rows = Slot.objects.filter(site=site, closed_at__isnull=True)
        self._taken = set(rows.values_list("room", "starts_at"))
        self._next: dict[tuple[str, str, date, time], time] = {}

    def take(
        self,
        kind: str,
        campus: str,
        day: date,
        *,
        begins: time = FIRST_HOUR,
        ends: time = LAST_HOUR,
    ) -> Slot | None:
        """Return the first free time of a day between two hours; None when there is none."""
        key = (kind, campus, day, begins)
        begins = self._next.get(key, begins)
        for slot in self._times(kind, campus, day, begins, ends):
            self._taken.add((slot.room, slot.starts_at))
            self._next[key] = slot.starts_at.astimezone(self._zone).time()
            return slot
        return None

    def rest(self, kind: str, campus: str, day: date, *, begins: time, ends: time) -> list[Slot]:
        """Return every time of a day between two hours that is left, and takes it."""
        slots = list(self._times(kind, campus, day, begins, ends))
        self._taken |= {(slot.room, slot.starts_at) for slot in slots}
        return slots

    def _times(self, kind: str, campus: str, day: date, begins: time, ends: time) -> Iterator[Slot]:
        step = timedelta(minutes=_minutes(self._site, kind))
        at = datetime.combine(day, FIRST_HOUR)
        while at + step <= datetime.combine(day, ends):
            if at.time() >= begins:
                fields = _slot_fields(self._site, campus, kind, day, at.time())
                if (fields["room"], fields["starts_at"]) not in self._taken:
                    yield Slot(**fields)
            at += step


def _slot_fields(site: Site, campus: str, kind: str, day: date, at: time) -> dict[str, Any]:
    service = {"clinic_visit": "visit", "exam": "exam"}[kind]
    room = next(
        room.slug
        for room in site.rooms.values()
        if (room.service, room.campus) == (service, campus)
    )
    starts_at = datetime.combine(day, at, ZoneInfo(site.time_zone)).astimezone(UTC)
    return {
        "site": site.slug,
        "campus": campus,
        "room": room,
        "kind": kind,
        "day": day,
        "starts_at": starts_at,
        "minutes": _minutes(site, kind),
    }


def _minutes(site: Site, kind: str) -> int:
    return site.exam_minutes if kind == "exam" else site.visit_minutes


# ---------------------------------------------------------------- many women


@dataclass(frozen=True, slots=True)
class Sown:
    """One visit to be cast: which mould, when, for whom, at which places."""

    mould: Mould
    weeks: int
    patient: UUID
    own: Mapping[str, str]
    """Her name, phone, birth date, number and facts, each as it is written into a hole."""
    slots: Mapping[str, Slot]
    """By kind, in the order in which the mould took them."""
    seconds: int = 0
    """Of the minute in which things happened on the days of her places."""


@dataclass(slots=True)
class Chance:
    """Where keys, numbers, tokens and codes come from; none is drawn twice."""

    dice: random.Random
    drawn: set[str] = field(default_factory=set)

    def key(self) -> UUID:
        """Return a new key."""
        return UUID(int=self.dice.getrandbits(128), version=4)

    def number(self) -> str:
        """Return a new woman's number."""
        return self._new(lambda: new_identifier(self.dice.randbytes))

    def token(self) -> str:
        """Return the token of a new refusal."""
        return self._new(lambda: new_token(self.dice.randbytes))

    def _new(self, draw: Callable[[], str]) -> str:
        found = draw()
        while found in self.drawn:
            found = draw()
        self.drawn.add(found)
        return found


@dataclass(frozen=True, slots=True)
class Made:
    """Rows of some visits as texts, not written yet."""

    visits: int
    rows: int
    texts: Mapping[type[models.Model], Sequence[str]]


def make(visits: Sequence[Sown], chance: Chance, *, by: Actor, now: datetime) -> Made:
    """Return the rows of these visits. The database is not asked, so another process can do it."""
    access.check(by, Action.OPEN_TIMES)
    texts: dict[type[models.Model], list[str]] = {Slot: []}
    marks, rows = bulk.MARKS[connection.vendor], 0
    for visit in visits:
        rows += len(visit.slots) + sum(map(len, visit.mould.rows.values()))
        texts[Slot] += [bulk.row_text(slot, marks) for slot in visit.slots.values()]
        for model, text in cast(visit.mould, visit.weeks, _filling(visit, chance, marks)):
            texts.setdefault(model, []).append(text)
    return Made(len(visits), rows, {model: ["".join(many)] for model, many in texts.items()})


def write(made: Made, *, by: Actor, now: datetime) -> int:
    """Return how many rows were written, all in one transaction."""
    access.check(by, Action.OPEN_TIMES)
    with transaction.atomic():
        for model, of_table in made.texts.items():
            bulk.write(connection, model, of_table)
    return made.rows


def sow(visits: Sequence[Sown], chance: Chance, *, by: Actor, now: datetime) -> int:
    """Return how many rows were made and written for these visits, in one transaction."""
    return write(make(visits, chance, by=by, now=now), by=by, now=now)


def _filling(visit: Sown, chance: Chance, marks: bulk.Marks) -> Filling:
    mould = visit.mould
    slots = list(visit.slots.values())
    there = 1 + len(slots)
    new = [chance.key() for _ in mould.ids[there:]]
    late = {}
    for seconds, kind in TAGS.items():
        if kind in visit.slots:
            was = mould.slot_times[kind] + timedelta(weeks=visit.weeks, seconds=seconds)
            late[kind] = visit.slots[kind].starts_at + timedelta(seconds=visit.seconds) - was
    wanted = {hole.which for hole in mould.holes["own"]}
    own = {name: marks.escaped(text) for name, text in visit.own.items()}
    if "token" in wanted:
        own["token"] = chance.token()
    if "code_hash" in wanted:
        own["code_hash"] = code_hash(new_code())
    return Filling(visit.patient, [*(slot.pk for slot in slots), *new], late, own)


def open_times(
    house: House, slots: Sequence[Slot], first: date, last: date, *, by: Actor, now: datetime
) -> int:
    """Return how many times were opened that nobody has yet, with the event of their opening."""
    access.check(by, Action.OPEN_TIMES)
    with transaction.atomic():
        Slot.objects.bulk_create(slots, batch_size=1000)
        for room in sorted({slot.room for slot in slots}):
            remember(
                kind="slots-opened",
                subject=f"room/{room}",
                by=by,
                now=now,
                site=by.site,
                fields=["slot"],
                payload={"first": first, "last": last, "slots": len(slots)},
            )
    return len(slots)


def let_go(*, by: Actor, now: datetime) -> None:
    """Close the way to the database, so that a process that begins now does not share it."""
    access.check(by, Action.OPEN_TIMES)
    connection.close()


def work_on_a_copy(folder: Path, *, by: Actor, now: datetime) -> None:
    """Let this process walk moulds beside another one that does too.

    SQLite lets one write at a time, even what is taken back, so a copy is made in the folder. With
    PostgreSQL nothing is copied: its transactions do not wait for one another's other rows.
    """
    access.check(by, Action.OPEN_TIMES)
    if connection.vendor == "sqlite":
        bulk.turn_to_a_copy(connection, folder / "copy.sqlite3")


@contextmanager
def in_bulk(*, by: Actor, now: datetime) -> Iterator[None]:
    """Let what is sown within go in without the indexes that serve reading, made at its end."""
    access.check(by, Action.OPEN_TIMES)
    with indexes_at_the_end(connection):
        yield


def settle(*, by: Actor, now: datetime) -> int:
    """Let the database count what it holds; return how many bytes it takes on the disk."""
    access.check(by, Action.OPEN_TIMES)
    bulk.analyse(connection)
    return bulk.size(connection)
