"""What leaves the house: a word to her, a call to the duty contact, a page; once or never.

Each is claimed before it goes. If the outcome is not known, nobody repeats it by itself: a person
is asked to find out. A message never says what she came for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.apps import apps
from django.db import transaction

from patency.core.access import Actor
from patency.gateways.not_sent import NotSent
from patency.records.ledger import remember
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.people import Patient
from patency.records.seen_by import seen_by
from patency.service.house import House

TO_HER = ("sms", "email")  # the order in which her channels are tried
DUTY = "duty"
CODE = "report-code"
PAGE = "page"
CLAIMED = "message-claimed"
SENT = "message-sent"
NOT_SENT = "message-not-sent"
UNKNOWN = "message-unknown"
NO_CHANNEL = "message-no-channel"
OUTCOMES = frozenset({SENT, NOT_SENT, UNKNOWN, NO_CHANNEL})
CALL_WITHIN = timedelta(hours=24)  # as for every task of urgency C
LOST = "The program stopped half-way, so nobody can say whether the message or page went out."
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
    """One message or page on its way."""

    event: Event
    message: str
    channel: str
    """Empty when there is no way to go."""
    go: Callable[[], None]
    patient: UUID | None = None


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
    return _tell(house, event_id, message, words, {}, by=by, now=now)


def tell_code(
    house: House, visit_id: UUID, code: str, words: Mapping[str, Words], *, by: Actor, now: datetime
) -> str:
    """Return how giving a woman the code of her report went: one of ``OUTCOMES``.

    The code takes the place of ``{code}`` in the words; it is written nowhere else.
    """
    rows = Event.objects.filter(subject=f"visit/{visit_id}", kind="report-released")
    event = rows.order_by("pk").last()
    if event is None:
        raise NobodyToTell(
            f"The report of visit/{visit_id} was not released, so there is no code to give. "
            "Release it first."
        )
    return _tell(house, event.pk, CODE, words, {"code": code}, by=by, now=now)


def call_duty(
    house: House, event_id: int, words: Mapping[str, Words], *, by: Actor, now: datetime
) -> str:
    """Return how calling the duty contact of the event's site went: one of ``OUTCOMES``.

    No task is opened when it fails: the alarm is about one, which repeats and climbs until a
    person acknowledges it.
    """
    event = _event_seen(event_id, by=by, now=now)
    site = house.site(event.site)
    said = _in_language(words, site.languages[0])

    def go() -> None:
        house.gateways.sms.send(to=site.duty.phone, text=said.text)

    return _deliver(_Errand(event, DUTY, "sms", go), by=by, now=now)


def print_page(
    house: House, event_id: int, pdf: bytes, *, title: str, by: Actor, now: datetime
) -> str:
    """Return how printing a document for a woman went: one of ``OUTCOMES``.

    ``title`` shows on the printer's panel, so it is neutral. Asking twice prints once.
    """
    event = _event_seen(event_id, by=by, now=now)

    def go() -> None:
        house.gateways.printer.print_pdf(pdf, title=title, copies=1)

    return _deliver(_Errand(event, PAGE, "printer", go, _whose(event)), by=by, now=now)


def _event_seen(event_id: int, *, by: Actor, now: datetime) -> Event:
    """Return an event of the actor's own site; a woman sees none."""
    event: Event = seen_by(by, "send a message", now=now).events.get(pk=event_id)
    return event


def _tell(
    house: House,
    event_id: int,
    message: str,
    words: Mapping[str, Words],
    filled: Mapping[str, str],
    *,
    by: Actor,
    now: datetime,
) -> str:
    event = _event_seen(event_id, by=by, now=now)
    patient = seen_by(by, "send a message", now=now).patients.get(pk=_whose(event))
    if patient.erased_at is not None:
        return NO_CHANNEL
    channel, to = _channel_of(patient)
    said = _in_language(words, patient.language)
    text = said.text.format(**filled)

    def go() -> None:
        if channel == "email":
            house.gateways.mail.send(to=to, subject=said.subject, text=text)
        else:
            house.gateways.sms.send(to=to, text=text)

    return _deliver(_Errand(event, message, channel, go, patient.pk), by=by, now=now)


def _deliver(errand: _Errand, *, by: Actor, now: datetime) -> str:
    earlier = _claim(errand, by=by, now=now)
    if earlier is not None:
        return earlier
    try:
        errand.go()
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
        settled: list[str] = [kind for kind in before if kind in OUTCOMES]
        if settled:
            return settled[-1]
        if before:
            return _settle(errand, UNKNOWN, LOST, by=by, now=now)
        if not errand.channel:
            return _settle(errand, NO_CHANNEL, NO_WAY, by=by, now=now)
        _remember(errand, CLAIMED, by=by, now=now)
    return None


def _settle(errand: _Errand, outcome: str, why: str, *, by: Actor, now: datetime) -> str:
    with transaction.atomic():
        if outcome != SENT and errand.message != DUTY:
            Task.objects.create(
                site=errand.event.site,
                patient_id=errand.patient,
                visit_id=errand.event.payload.get("visit"),
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
            "visit": errand.event.payload.get("visit"),
        },
    )


def _whose(event: Event) -> UUID:
    """Return the woman an event is about, from the ids it carries."""
    found = _woman_of(event)
    if found is None:
        raise NobodyToTell(
            f"Event {event.pk} ({event.kind}) names no woman: neither its subject nor its payload "
            "holds the id of a row about one. Let the service that wrote it say whose it is."
        )
    return found


def _woman_of(event: Event) -> UUID | None:
    """Return the woman of the first row named by an event that is about one."""
    for name, key in (event.subject.split("/", 1), *event.payload.items()):
        found = _woman_of_row(name.replace("_", ""), str(key))
        if found is not None:
            return found
    return None


def _woman_of_row(table: str, key: str) -> UUID | None:
    try:
        model, pk = apps.get_model("records", table), UUID(key)
    except (LookupError, ValueError):
        return None  # a code or a number among the ids
    way = getattr(model, "WOMAN", None)
    if way is None:
        return None
    rows = model._default_manager.filter(pk=pk).values_list(way or "pk", flat=True)
    found: UUID | None = rows.first()
    return found


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
