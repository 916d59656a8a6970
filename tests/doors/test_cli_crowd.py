"""A hundred women of a crowd, cast in bulk, and walked through the services one by one: the same
rows, field by field, and decisions that can be made again."""

import json
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

import pytest
from django.db import models, transaction

from patency.core.identifiers import read_identifier
from patency.doors.cli import crowd
from patency.doors.cli.crowd_courses import OVER, STILL_OPEN
from patency.doors.cli.crowd_steps import Walk
from patency.doors.cli.story_people import SITE
from patency.records.bulk import rows_of
from patency.records.models.booking import Booking, Slot
from patency.records.models.ledger import Event
from patency.records.models.people import Patient
from patency.records.models.visit import Decision
from patency.service import seeding
from patency.service.house import House
from patency.service.judging import replay

pytestmark = [pytest.mark.django_db, pytest.mark.long]

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
WOMEN = 100
Rows = Mapping[type[models.Model], list[models.Model]]

KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RECEIPT = re.compile(r"([RA]-\d{8}-)([0-9A-F]{8})")
BEGINNING = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}(?![0-9a-f-])")
BY_CHANCE = re.compile(r"PT-\w{4}-\w{4}|NX-\w{4}-\w{4}|[0-9a-f]{64}")


@dataclass
class Clock:
    """The last day of the story."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made(house: House) -> crowd.Crowd:
    return crowd.Crowd(house, house.day_at(SITE, NOW), random.Random(5), begin_on=(1,))


def sown(it: crowd.Crowd, visits: Iterable[crowd.Planned]) -> None:
    in_order = sorted(visits, key=lambda visit: visit.began)
    seeding.sow([visit.sown for visit in in_order], it.chance, by=crowd.BY, now=NOW)


def walked(house: House, visits: list[crowd.Planned]) -> UUID:
    """Return the woman whose visits were walked through the services, each at its own days."""
    patient: UUID | None = None
    for visit in visits:
        slots = {
            (kind, slot.day): Slot.objects.create(
                **{f.attname: getattr(slot, f.attname) for f in Slot._meta.concrete_fields[1:]}
            )
            for kind, slot in visit.sown.slots.items()
        }
        late = {kind: timedelta(seconds=visit.sown.seconds) for kind in visit.sown.slots}

        def place(kind: str, day: date, slots: Any = slots) -> Slot:
            return slots[kind, day]

        walk = Walk(
            house, SITE, visit.she.somebody, visit.began, place, patient, late, visit.exam_on
        )
        (OVER | STILL_OPEN)[visit.kind.course](walk)
        patient = walk.ids["patient"]
    assert patient is not None
    return patient


def told(rows: Rows, slots: Mapping[UUID, str]) -> dict[str, list[str]]:
    """Return rows as texts, with a name for each key: that of the row it is the key of."""
    for event in rows[Event]:
        event.handled_at = event.handled_at or event.at + seeding.HANDED_ON
    names = {str(key): name for key, name in slots.items()}
    for _ in range(3):  # a name rests on the names of the rows a row points to
        texts = {
            (model, row.pk): as_text(row, names) for model, kept in rows.items() for row in kept
        }
        names = {str(key): name for key, name in slots.items()}
        for model, kept in rows.items():
            ranked = sorted(kept, key=lambda row: texts[type(row), row.pk])
            names |= {
                str(row.pk): f"{model.__name__}-{number}"
                for number, row in enumerate(ranked)
                if isinstance(row.pk, UUID)
            }
    return {
        model.__name__: [as_text(row, names) for row in in_order(kept, names)]
        for model, kept in rows.items()
    }


def differing(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> list[Any]:
    """Return the rows in which two women differ, table by table."""
    return [
        (table, mine, theirs)
        for table in sorted(one.keys() | other.keys())
        for mine, theirs in zip_longest(one.get(table, []), other.get(table, []))
        if mine != theirs
    ]


def in_order(rows: list[models.Model], names: Mapping[str, str]) -> list[models.Model]:
    """Return rows in the order they were written in, or else by their own text."""
    counted = isinstance(rows[0].pk, int)
    return sorted(rows, key=lambda row: row.pk if counted else as_text(row, names))


def as_text(row: models.Model, names: Mapping[str, str]) -> str:
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    text = json.dumps(values, default=str, sort_keys=True, ensure_ascii=False)
    text = KEY.sub(lambda found: names.get(found[0], "?"), text)
    begins = {key[:8]: name for key, name in names.items()}
    text = RECEIPT.sub(lambda found: found[1] + begins.get(found[2].lower(), "?"), text)
    text = BEGINNING.sub(lambda found: begins.get(found[0], found[0]), text)
    return BY_CHANCE.sub("by chance", text)


def test_a_hundred_women_cast_in_bulk_have_the_rows_the_services_would_have_written(
    house: House, made: crowd.Crowd
) -> None:
    of: dict[UUID, list[crowd.Planned]] = {}
    for visit in crowd.planned(made, WOMEN):
        of.setdefault(visit.sown.patient, []).append(visit)
    places = {
        slot.pk: f"{slot.room} {slot.starts_at}"
        for visits in of.values()
        for visit in visits
        for slot in visit.sown.slots.values()
    }
    cast = {}
    with transaction.atomic():
        sown(made, [visit for visits in of.values() for visit in visits])
        for patient in of:
            cast[patient] = told(rows_of(patient), places)
        transaction.set_rollback(True)

    again = {patient: walked(house, visits) for patient, visits in of.items()}

    places = {slot.pk: f"{slot.room} {slot.starts_at}" for slot in Slot.objects.all()}
    assert len(of) == WOMEN
    assert {visit.kind.course for visits in of.values() for visit in visits} >= {
        "closed", "missed", "no_day", "arrived", "watched", "reported", "released", "on_hold"
    }  # fmt: skip
    for patient, twin in again.items():
        assert differing(cast[patient], told(rows_of(twin), places)) == [], of[patient]


def test_decisions_of_a_crowd_can_be_made_again_and_places_are_given_once(
    house: House, made: crowd.Crowd
) -> None:
    sown(made, crowd.planned(made, 90))

    decisions = list(Decision.objects.all())
    assert len(decisions) > 300
    for row in random.Random(1).sample(decisions, 200):
        assert replay(row, house).same
    days = {row.facts.get("period_start") for row in decisions}
    assert len(days) > 40  # each at her own days
    taken = Booking.objects.filter(state__in=("firm", "attended")).values_list("slot_id", flat=True)
    assert len(taken) == len(set(taken)) > 20
    assert all(read_identifier(each.number) == each.number for each in Patient.objects.all())
