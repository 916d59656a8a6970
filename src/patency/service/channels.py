"""She stops what is written to her: by the link in a mail, or by answering a short message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from patency.core.access import Actor
from patency.core.messages import asks_to_stop
from patency.records.ledger import remember, subject_of
from patency.records.models.message import Message
from patency.records.models.people import ChannelConsent, Patient
from patency.service.outgoing import TO_HER, channels_of, number_hash

LINK_GOOD_FOR = timedelta(days=90)  # our choice: longer than an examination and its weeks
ANSWERS_TO = timedelta(days=180)  # our choice: an answer later than that is to nothing of ours


class ChannelsRefused(Exception):
    """A link or an answer that changes nothing."""


class LinkOver(ChannelsRefused):
    """The link is old, or was never one of ours."""


class NotHerChannel(ChannelsRefused):
    """She is not written to by this channel."""


@dataclass(frozen=True, slots=True)
class Channels:
    """What a link shows: no name, no address, only the ways by which she is written to."""

    language: str
    site: str
    given: Mapping[str, bool]


def of_link(stop_key: UUID, *, by: Actor, now: datetime) -> Channels:
    """Return the ways by which the woman of a link is written to. Raises ``LinkOver``."""
    patient = _of_link(stop_key, now)
    open_now = channels_of(patient)
    return Channels(patient.language, patient.site, {each: each in open_now for each in TO_HER})


def stop_by_link(stop_key: UUID, channel: str, *, by: Actor, now: datetime) -> Channels:
    """Return her channels after one was stopped with the link of a mail; stopping twice is one.

    To be written to again she signs in: a link that others may have read only takes away. Raises
    ``LinkOver`` or ``NotHerChannel``.
    """
    if channel not in TO_HER:
        raise NotHerChannel(
            f"{channel!r} was to be stopped; by a link {' or '.join(TO_HER)} can be. Choose one."
        )
    patient = _of_link(stop_key, now)
    if channel in channels_of(patient):
        _stop(patient, channel, by=by, now=now, why="the link of a mail")
    return of_link(stop_key, by=by, now=now)


def stop_by_answer(number: str, text: str, *, by: Actor, now: datetime) -> int:
    """Return for how many women short messages were stopped by an answer from a number.

    Only an answer that says so, and only to a number we wrote to within half a year; anything else
    changes nothing.
    """
    if not asks_to_stop(text):
        return 0
    rows = Message.objects.filter(reached=number_hash(number), made_at__gte=now - ANSWERS_TO)
    stopped = 0
    for patient in Patient.objects.filter(pk__in=rows.values("patient"), erased_at=None).order_by(
        "pk"
    ):
        if "sms" in channels_of(patient):
            _stop(patient, "sms", by=by, now=now, why="an answer to a short message")
            stopped += 1
    return stopped


def _of_link(stop_key: UUID, now: datetime) -> Patient:
    rows = Message.objects.filter(stop_key=stop_key, made_at__gte=now - LINK_GOOD_FOR)
    row = rows.select_related("patient").first()
    if row is None or row.patient is None or row.patient.erased_at is not None:
        raise LinkOver(
            f"A link to change channels is good for {LINK_GOOD_FOR.days} days, and this one is "
            "older or none of ours. Take the one of the newest mail, or sign in."
        )
    patient: Patient = row.patient
    return patient


def _stop(patient: Patient, channel: str, *, by: Actor, now: datetime, why: str) -> None:
    with transaction.atomic():
        ChannelConsent.objects.create(
            patient=patient, channel=channel, given=False, at=now, by=by.name
        )
        remember(
            kind="channel-consent-withdrawn",
            subject=subject_of(patient),
            by=by,
            now=now,
            site=patient.site,
            patient=patient,
            why=why,
            fields=[channel],
        )
