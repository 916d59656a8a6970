"""What leaves the house: a word to her, a call to the duty contact; each is sent once or never.

A message is claimed before it is sent. If the outcome is not known, nobody sends it again by
itself: a person is asked to find out. What goes out never says what she came for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from patency.core.access import Actor
from patency.gateways.not_sent import NotSent
from patency.records.ledger import remember
from patency.records.models.followup import FollowUp, Task
from patency.records.models.ledger import Event
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service.house import House

TO_HER = ("sms", "email")  # the order in which her channels are tried
DUTY = "duty"
CLAIMED = "message-claimed"
SENT = "message-sent"
NOT_SENT = "message-not-sent"
UNKNOWN = "message-unknown"
NO_CHANNEL = "message-no-channel"
OUTCOMES = frozenset({SENT, NOT_SENT, UNKNOWN, NO_CHANNEL})
CALL_WITHIN = timedelta(hours=24)  # as for every task of urgency C
LOST = "The program stopped while it was sending, so nobody can say whether the message went out."
NO_WAY = "She gave no consent to be written to, or no number and address; tell her by another way."


class NobodyToTell(ValueError):
    """A message was to go to a woman whom the event does not name."""


@dataclass(frozen=True, slots=True)
class Words:
    """One message in one language."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class _Errand:
    """One message on its way."""

    event: Event
    message: str
    channel: str
    to: str
    words: Words
    patient: UUID | None = None
    visit: UUID | None = None


def tell_her(
    house: House,
    event_id: int,
    message: str,
    words: Mapping[str, Words],
    *,
    by: Actor,
    now: datetime,
) -> str:
    """Return how telling a woman of an event went: one of ``OUTCOMES``.

    The first channel she consented to is taken, in the language she chose if there are ``words``
    in it. A message that did not go, or may not have gone, becomes a task for staff. Asking twice
    for the same event and message sends once.
    """
    event = Event.objects.get(pk=event_id)
    patient = seen_by(by, "send a message", now=now).patients.get(pk=_whose(event))
    if patient.erased_at is not None:
        return NO_CHANNEL
    channel, to = _channel_of(patient)
    said = _in_language(words, patient.language)
    visit = event.payload.get("visit")
    errand = _Errand(event, message, channel, to, said, patient.pk, UUID(visit) if visit else None)
    return _deliver(house, errand, by=by, now=now)


def call_duty(
    house: House, event_id: int, words: Mapping[str, Words], *, by: Actor, now: datetime
) -> str:
    """Return how calling the duty contact of the event's site went: one of ``OUTCOMES``.

    No task is opened when it fails: the alarm is about one, which repeats and climbs until a
    person acknowledges it.
    """
    event = Event.objects.get(pk=event_id)
    site = house.site(event.site)
    said = _in_language(words, site.languages[0])
    return _deliver(house, _Errand(event, DUTY, "sms", site.duty.phone, said), by=by, now=now)


def _deliver(house: House, errand: _Errand, *, by: Actor, now: datetime) -> str:
    earlier = _claim(errand, by=by, now=now)
    if earlier is not None:
        return earlier
    try:
        if errand.channel == "email":
            house.gateways.mail.send(
                to=errand.to, subject=errand.words.subject, text=errand.words.text
            )
        else:
            house.gateways.sms.send(to=errand.to, text=errand.words.text)
    except NotSent as failure:
        outcome = UNKNOWN if failure.may_have_gone else NOT_SENT
        return _settle(errand, outcome, str(failure), by=by, now=now)
    return _settle(errand, SENT, "", by=by, now=now)


def _claim(errand: _Errand, *, by: Actor, now: datetime) -> str | None:
    """Return None when the message is now ours to send, else how it went before."""
    with transaction.atomic():
        event = Event.objects.select_for_update().get(pk=errand.event.pk)
        rows = Event.objects.filter(subject=f"event/{event.pk}").order_by("pk")
        before = [row.kind for row in rows if row.payload.get("message") == errand.message]
        settled = [kind for kind in before if kind in OUTCOMES]
        if settled:
            return settled[-1]
        if before:
            return _settle(errand, UNKNOWN, LOST, by=by, now=now)
        if not errand.to:
            return _settle(errand, NO_CHANNEL, NO_WAY, by=by, now=now)
        _remember(errand, CLAIMED, by=by, now=now)
    return None


def _settle(errand: _Errand, outcome: str, why: str, *, by: Actor, now: datetime) -> str:
    with transaction.atomic():
        if outcome != SENT and errand.message != DUTY:
            Task.objects.create(
                site=errand.event.site,
                patient_id=errand.patient,
                visit_id=errand.visit,
                kind=outcome,
                urgency="C",
                why=why,
                opened_at=now,
                due_at=now + CALL_WITHIN,
            )
        _remember(errand, outcome, by=by, now=now)
    return outcome


def _remember(errand: _Errand, kind: str, *, by: Actor, now: datetime) -> None:
    remember(
        kind=kind,
        subject=f"event/{errand.event.pk}",
        by=by,
        now=now,
        site=errand.event.site,
        patient=errand.patient,
        fields=["message"],
        payload={
            "message": errand.message,
            "channel": errand.channel or "none",
            "visit": errand.visit,
        },
    )


def _whose(event: Event) -> UUID:
    """Return the woman an event is about, from the ids it carries."""
    found = _woman_of(event)
    if found is None:
        raise NobodyToTell(
            f"Event {event.pk} ({event.kind}) names no woman: neither its subject nor its payload "
            "holds the id of a patient, a visit or a follow-up. Let the service that wrote it say."
        )
    return found


def _woman_of(event: Event) -> UUID | None:
    named, _, key = event.subject.partition("/")
    ids = {named: key, **{name: str(value) for name, value in event.payload.items() if value}}
    if "patient" in ids:
        return UUID(ids["patient"])
    if "visit" in ids:
        return Visit.objects.filter(pk=ids["visit"]).values_list("patient_id", flat=True).first()
    found = ids.get("follow_up") or ids.get("followup")
    rows = FollowUp.objects.filter(pk=found) if found else FollowUp.objects.none()
    return rows.values_list("patient_id", flat=True).first()


def _channel_of(patient: Patient) -> tuple[str, str]:
    """Return the first channel she said yes to last, with her number or address; or nothing."""
    contacts = {"sms": patient.phone, "email": patient.email}
    for channel in TO_HER:
        said = patient.channelconsent_set.filter(channel=channel).order_by("-pk").first()
        if said is not None and said.given and contacts[channel]:
            return channel, contacts[channel]
    return "", ""


def _in_language(words: Mapping[str, Words], wanted: str) -> Words:
    return words.get(wanted) or words.get(wanted.split("-")[0]) or words["en"]
