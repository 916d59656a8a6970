"""Modality Worklist: indexed by day, answered from what is encoded already, every answer audited.

The index is asked once per query whether anything at the site changed; then what differs, and only
that, is made again.
"""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from threading import Lock
from typing import Any
from uuid import UUID

from pydicom.dataset import Dataset
from pynetdicom.dsutils import decode, encode

from patency.core.worklist import days_asked, fits
from patency.doors.dicom import items, pending
from patency.doors.dicom.around import LOG, Around, Machine
from patency.service import worklist
from patency.service.worklist import Scheduled

CANCELLED, NOT_UNDERSTOOD = 0xFE00, 0xA900
AT_ONCE = 32  # answers between two looks whether the machine cancelled
MOST_SHAPES = 16
MOST_QUERIES = 256
BY_EXACT = ("PatientID", "AccessionNumber", "StudyInstanceUID", "ScheduledProcedureStepID")
Key = tuple[UUID, str]


@dataclass(slots=True)
class Listed:
    """One item: what it is made of, what is matched, and how it looks in each shape asked for."""

    one: Scheduled
    station: str
    whole: Dataset
    values: Mapping[str, str]
    encoded: dict[tuple[object, ...], bytes] = field(default_factory=dict)

    @property
    def when(self) -> tuple[str, str]:
        """When it begins: the order in which items are answered."""
        return (
            self.values["ScheduledProcedureStepStartDate"],
            self.values["ScheduledProcedureStepStartTime"],
        )


@dataclass(frozen=True, slots=True)
class Query:
    """One query: what it asks for, and how it wants its answers."""

    identifier: Dataset
    asked: Mapping[str, str]
    shape: tuple[object, ...]


@dataclass(slots=True)
class SiteList:
    """The worklist of one site."""

    lock: Lock = field(default_factory=Lock)
    of: tuple[int, date] | None = None
    items: dict[Key, Listed] = field(default_factory=dict)
    by_day: dict[str, list[Listed]] = field(default_factory=dict)
    exact: dict[tuple[str, str], list[Listed]] = field(default_factory=dict)

    def asked(self, asked: Mapping[str, str]) -> list[Listed]:
        """Return the items a query asks for, in the order of the day."""
        kinds = {**items.KEYS, **items.STEP_KEYS}
        return [one for one in self._near(asked) if fits(asked, one.values, kinds)]

    def _near(self, asked: Mapping[str, str]) -> Iterable[Listed]:
        for key in BY_EXACT:
            value = asked.get(key, "")
            if value and not set(value) & set("*?\\"):
                return self.exact.get((key, value), ())
        first, last = days_asked(asked.get("ScheduledProcedureStepStartDate", ""))
        if first and first == last:
            return self.by_day.get(first, ())
        days = sorted(self.by_day)
        return (
            one
            for day in days
            if (not first or day >= first) and (not last or day <= last)
            for one in self.by_day[day]
        )


class Worklists:
    """The worklists of all sites, kept while the door is open."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.queries: dict[tuple[bytes, str], Query] = {}
        self.sites = {slug: SiteList() for slug in around.house.sites}

    def find(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        """Answer one query; yield only what the library has to send."""
        machine = self.around.asking(event)
        syntax = event.context.transfer_syntax
        try:
            query = self.query_of(event.request.Identifier.getvalue(), event, syntax)
        except Exception:
            LOG.exception("A worklist query of %s cannot be read", machine.device.station)
            yield NOT_UNDERSTOOD, None
            return
        listed = self.of(machine)
        found = listed.asked(query.asked)
        self.note(event, machine, found)
        with listed.lock:
            answers = [self.encoded(one, query, syntax) for one in found]
        is_encrypted = isinstance(event.assoc.dul.socket.socket, ssl.SSLSocket)
        for start in range(0, len(answers), AT_ONCE):
            if event.is_cancelled:
                yield CANCELLED, None
                return
            part = answers[start : start + AT_ONCE]
            if is_encrypted:  # two threads may not use one encrypted line at the same time
                for each in part:
                    yield pending.PENDING, _read(each, syntax)
            else:
                pending.send(event, self.units(event, part))
        if event.is_cancelled:
            yield CANCELLED, None

    def query_of(self, raw: bytes, event: Any, syntax: str) -> Query:
        """Return a query, read once however often a machine asks the same."""
        found = self.queries.get((raw, syntax))
        if found is None:
            identifier = event.identifier
            asked = items.asked_of(identifier)
            found = Query(identifier, asked, (items.shape_of(identifier), syntax))
            if len(self.queries) >= MOST_QUERIES:
                self.queries.clear()
            self.queries[raw, syntax] = found
        return found

    def units(self, event: Any, answers: list[bytes]) -> bytes:
        """Return answers as they go over the line."""
        return pending.units(
            event.context.context_id,
            event.request.AffectedSOPClassUID,
            event.request.MessageID,
            answers,
            event.assoc.requestor.maximum_length,
        )

    def note(self, event: Any, machine: Machine, found: list[Listed]) -> None:
        """Write down who was shown: each woman once per association, and every query."""
        shown: set[UUID] = event.assoc.__dict__.setdefault("_women_shown", set())
        new = {one.one.patient for one in found} - shown
        worklist.note_shown(sorted(new, key=str), by=machine.actor, now=self.around.house.now())
        shown |= new

    def encoded(self, one: Listed, query: Query, syntax: Any) -> bytes:
        """Return an item as a query wants it, encoded at most once."""
        found = one.encoded.get(query.shape)
        if found is None:
            if len(one.encoded) >= MOST_SHAPES:
                one.encoded.clear()
            cut = items.cut_to(one.whole, query.identifier)
            made = encode(cut, syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated)
            if made is None:
                raise ValueError("A worklist item could not be encoded.")
            found = one.encoded[query.shape] = made
        return found

    def of(self, machine: Machine) -> SiteList:
        """Return the worklist of a machine's site as it stands now."""
        house, by = self.around.house, machine.actor
        now = house.now()
        listed = self.sites[machine.site.slug]
        state = worklist.state_of_the_house(by=by, now=now), house.day_at(by.site, now)
        if listed.of == state:
            return listed
        with listed.lock:
            if listed.of == state:
                return listed
            stands = worklist.scheduled(house, by=by, now=now)
            wanted = {
                (one.booking, device.station): (one, device)
                for one in stands
                for device in machine.site.devices.values()
                if device.room == one.room
            }
            kept = {
                key: listed.items[key]
                if key in listed.items and listed.items[key].one == one
                else _listed(one, machine, device.station)
                for key, (one, device) in wanted.items()
            }
            _index(listed, kept)
            listed.of = state
        return listed


def _listed(one: Scheduled, machine: Machine, station: str) -> Listed:
    whole = items.item_of(one, machine.site, machine.site.devices[station])
    return Listed(one, station, whole, items.values_of(whole))


def _index(listed: SiteList, kept: dict[Key, Listed]) -> None:
    by_day: dict[str, list[Listed]] = {}
    exact: dict[tuple[str, str], list[Listed]] = {}
    for one in sorted(kept.values(), key=lambda one: one.when):
        by_day.setdefault(one.when[0], []).append(one)
        for key in BY_EXACT:
            exact.setdefault((key, one.values[key]), []).append(one)
    listed.items, listed.by_day, listed.exact = kept, by_day, exact


def _read(encoded: bytes, syntax: Any) -> Dataset:
    return decode(
        BytesIO(encoded), syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated
    )
