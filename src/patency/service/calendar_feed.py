"""Her dates in her own calendar: an address only she knows, which she may renew or end."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from patency.core import access
from patency.core.access import Action, Actor, NotPermitted
from patency.records.ledger import remember_change
from patency.records.models.hers import CALENDAR_WORDS, CalendarFeed
from patency.records.models.people import Patient
from patency.records.seen_by import seen_by
from patency.service.house import House


class CalendarRefused(Exception):
    """A calendar that cannot be as it was asked for."""


class NoCalendar(CalendarRefused):
    """No open calendar has this address; nothing more is said, to whoever asks."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose calendar an address is, and what she lets it show."""

    her: Actor
    language: str
    words: str
    with_place: bool


@dataclass(frozen=True, slots=True)
class HerCalendar:
    """Her open calendar, and the secret part of its address."""

    token: UUID
    words: str
    with_place: bool
    made_at: datetime


def my_feed(*, by: Actor, now: datetime) -> HerCalendar | None:
    """Return her open calendar with its address, for her alone; None where she has none."""
    her = _herself(by, now)
    feed = CalendarFeed.objects.filter(patient=her, ended_at__isnull=True).first()
    if feed is None:
        return None
    return HerCalendar(_token_of(feed), feed.words, feed.with_place, feed.made_at)


def open_feed(*, words: str, with_place: bool, by: Actor, now: datetime) -> HerCalendar:
    """Return her calendar with a new address; one she had ends with it."""
    her = _herself(by, now)
    if words not in CALENDAR_WORDS:
        raise CalendarRefused(
            f"The calendar was not made: its words are one of {', '.join(CALENDAR_WORDS)}. "
            "Choose one of these."
        )
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=her.pk)
        _end(her, by=by, now=now)
        feed = CalendarFeed(patient=her, words=words, with_place=with_place, made_at=now)
        feed.token_hash = _hashed(_token_of(feed))
        feed.save()
        remember_change(feed, "calendar-opened", by=by, now=now, fields=["calendar_feed"])
    return HerCalendar(_token_of(feed), words, with_place, now)


def end_feed(*, by: Actor, now: datetime) -> bool:
    """Return whether there was a calendar to end; its address answers nothing from now on."""
    her = _herself(by, now)
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=her.pk)
        return _end(her, by=by, now=now)


def holder_of(house: House, token: UUID, *, by: Actor, now: datetime) -> Holder:
    """Return whose calendar an address is. Raises ``NoCalendar``; whoever holds it may ask."""
    rows = CalendarFeed.objects.select_related("patient")
    feed = rows.filter(token_hash=_hashed(token), ended_at__isnull=True).first()
    if feed is None or feed.patient.erased_at is not None or feed.site not in house.sites:
        raise NoCalendar("No open calendar has this address. She makes a new one on her page.")
    return Holder(feed.patient.as_actor(), feed.patient.language, feed.words, feed.with_place)


def _herself(by: Actor, now: datetime) -> Patient:
    access.check(by, Action.SEE_PATIENT)
    if by.patient_id is None:
        raise NotPermitted(
            f"{by.name} may not make or end a woman's calendar; only she herself does, on her page."
        )
    her: Patient = seen_by(by, "her own calendar", now=now).patients.get(pk=by.patient_id)
    return her


def _end(her: Patient, *, by: Actor, now: datetime) -> bool:
    ended = False
    for row in CalendarFeed.objects.filter(patient=her, ended_at__isnull=True):
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        remember_change(row, "calendar-ended", by=by, now=now, fields=["calendar_feed"])
        ended = True
    return ended


def _token_of(feed: CalendarFeed) -> UUID:
    """Return the secret part of a calendar's address.

    Worked out anew from this program's own key each time, so that no table holds it.
    """
    made = salted_hmac("patency.calendar", str(feed.pk), algorithm="sha256").digest()
    return UUID(bytes=made[:16], version=4)


def _hashed(token: UUID) -> str:
    return sha256(token.bytes).hexdigest()
