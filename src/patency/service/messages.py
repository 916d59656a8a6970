"""What is said outside the house: a word to her, a call to the duty contact; once or never.

Each is a row, claimed before it goes. What surely did not go is tried again, later and later; if
the outcome is not known, nobody repeats it by itself: a person is asked to find out. A message
never says what she came for, and what can wait does not wake her.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.core.messages import goes_at, tries_again_at
from patency.gateways.not_sent import NotSent
from patency.gateways.qr import png
from patency.records.ledger import remember_change
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.message import (
    LAPSED,
    NO_CHANNEL,
    NOT_SENT,
    SENDING,
    SENT,
    UNKNOWN,
    WAITING,
    Message,
)
from patency.records.models.people import Patient
from patency.records.models.report import Release
from patency.records.seen_by import check_own_site, seen_by
from patency.service.examined import COPIES, code_hash, new_code
from patency.service.house import House
from patency.service.outgoing import (
    NobodyToTell,
    channels_of,
    ends_at,
    number_hash,
    said_to,
    stop_link,
    whose,
)

ABOUT = "about:"
"""Before the name of a message, in the codes of a task that says why somebody must tell her."""
DUTY, CODE, PAGE = "duty", "report-code", "page"
REMINDERS = frozenset({"appointment-tomorrow", "day-that-suits", "diary-waiting"})
"""What is dropped in silence when its moment has passed: nobody calls her about yesterday."""
NOT_TOLD = {NOT_SENT, UNKNOWN, NO_CHANNEL}
CALL_WITHIN = timedelta(hours=24)  # as for every task of urgency C
LOST_AFTER = timedelta(minutes=2)  # sending takes seconds; whoever began it is gone: our choice
AT_ONCE = 200  # messages of one round, so that the other clocks are not kept waiting
LOST = "The program stopped half-way, so nobody can say whether the message or page went out."
NO_WAY = "She gave no consent to be written to, or no number and address; tell her by another way."
TOO_LATE = "It could not go in time: what it was about has passed. Tell her by another way."


class MessageRefused(Exception):
    """A message that cannot be sent again."""


class NothingToSendAgain(MessageRefused):
    """It went, or it is still on its way, or it is a page or a call that nobody repeats later."""


class MomentPassed(MessageRefused):
    """What it was about is over."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A message that is now ours to send."""

    to: str
    code: str


def tell_her(house: House, event_id: int, message: str, *, by: Actor, now: datetime) -> str:
    """Return how telling a woman of an event stands: one of the states of ``Message``.

    The first channel she consented to is taken, in the language she chose. In the site's quiet
    hours it waits for their end. Asking twice for the same event and message sends once.
    """
    event = _event_seen(event_id, by=by, now=now)
    patient = seen_by(by, "send a message", now=now).patients.get(pk=whose(event))
    if patient.erased_at is not None:
        return LAPSED
    with transaction.atomic():
        row, _ = Message.objects.get_or_create(
            about=f"event/{event.pk}",
            name=message,
            defaults={
                "patient": patient,
                "visit_id": _visit_of(event),
                "made_at": now,
                "goes_at": now,
                "ends_at": ends_at(event),
            },
        )
    return _go(house, row, by=by, now=now)


def tell_code(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> str:
    """Return how giving a woman the code of her report stands: one of the states of ``Message``.

    The code is made when the message goes, put in the place of ``{code}``, and written nowhere.
    """
    rows = Event.objects.filter(subject=f"visit/{visit_id}", kind="report-released")
    event = rows.order_by("pk").last()
    if event is None:
        raise NobodyToTell(
            f"The report of visit/{visit_id} was not released, so there is no code to give. "
            "Release it first."
        )
    seen_by(by, "send a message", now=now).visits.get(pk=visit_id)
    return tell_her(house, event.pk, CODE, by=by, now=now)


def call_duty(house: House, event_id: int, *, by: Actor, now: datetime) -> str:
    """Return how calling the duty contact of the event's site went.

    It is not tried again and opens no task when it fails: the alarm is about one, which repeats
    and climbs until a person acknowledges it.
    """
    event = _event_seen(event_id, by=by, now=now)
    with transaction.atomic():
        row, _ = Message.objects.get_or_create(
            about=f"event/{event.pk}",
            name=DUTY,
            defaults={"site": event.site, "made_at": now, "goes_at": now},
        )
    return _go(house, row, by=by, now=now)


def messages_due(site: str, *, by: Actor, now: datetime) -> list[UUID]:
    """Return the messages of a site that go now: their time has come, or whoever sent them died."""
    _check_sends(by)
    check_own_site(by, site)
    due = Message.objects.filter(site=site).exclude(name=PAGE)
    due = due.filter(
        Q(state=WAITING, goes_at__lte=now) | Q(state=SENDING, claimed_at__lte=now - LOST_AFTER)
    )
    return list(due.order_by("made_at").values_list("pk", flat=True)[:AT_ONCE])


def send_waiting(house: House, message_id: UUID, *, by: Actor, now: datetime) -> str:
    """Return how a message stands that waited for its time, now sent if that has come."""
    _check_sends(by)
    row = seen_by(by, "send a message", now=now).messages.exclude(name=PAGE).get(pk=message_id)
    return _go(house, row, by=by, now=now)


def send_again(house: House, message_id: UUID, *, by: Actor, now: datetime) -> Message:
    """Return a message that did not reach her, set to go once more; the worker sends it.

    For a person who looked: also where the outcome was unknown. The task it opened is closed.
    Raises ``NothingToSendAgain`` or ``MomentPassed``.
    """
    access.check(by, Action.SEND_MESSAGE)
    seen_by(by, "send a message again", now=now).messages.get(pk=message_id)
    with transaction.atomic():
        row: Message = Message.objects.select_for_update().get(pk=message_id)
        if row.state not in NOT_TOLD or row.name in (PAGE, DUTY):
            raise NothingToSendAgain(
                f"message/{row.pk} is {row.state}, so it is not sent again. Only what did not "
                "reach her is; a page is printed again with her code, and an alarm repeats itself."
            )
        if row.ends_at is not None and row.ends_at <= now:
            raise MomentPassed(
                f"message/{row.pk} is about something that was over on "
                f"{row.ends_at:%Y-%m-%d %H:%M} UTC. Call her about what comes next."
            )
        row.state, row.goes_at, row.settled_at, row.tries = WAITING, now, None, 0
        row.channel, row.why = "", ""
        row.save(update_fields=["state", "goes_at", "settled_at", "tries", "channel", "why"])
        Task.objects.filter(messages=row, done_at=None).update(
            done_at=now,
            done_note="The message was sent again.",
            acknowledged_at=now,
            acknowledged_by=by.name,
        )
        _remember(row, "message-again", by=by, now=now)
    return row


def _check_sends(by: Actor) -> None:
    if Role.SYSTEM not in by.roles:
        access.check(by, Action.SEND_MESSAGE)


def _event_seen(event_id: int, *, by: Actor, now: datetime) -> Event:
    """Return an event of the actor's own site; a woman sees none."""
    event: Event = seen_by(by, "send a message", now=now).events.get(pk=event_id)
    return event


def _visit_of(event: Event) -> str | None:
    table, _, key = event.subject.partition("/")
    found: str | None = key if table == "visit" else event.payload.get("visit")
    return found


def _go(house: House, message: Message, *, by: Actor, now: datetime) -> str:
    """Send a message if it may go now, and return how it stands."""
    while True:
        with transaction.atomic():
            row: Message = Message.objects.select_for_update().get(pk=message.pk)
            claimed = _claim(house, row, by=by, now=now)
        if claimed is None:
            return str(row.state)
        try:
            _hand_over(house, row, claimed)
        except NotSent as failure:
            with transaction.atomic():
                _did_not_go(house, row, failure, by=by, now=now)
        else:
            with transaction.atomic():
                _settle(row, SENT, "", by=by, now=now)
        if not row.is_to_go(now):
            return str(row.state)


def _claim(house: House, row: Message, *, by: Actor, now: datetime) -> _Claimed | None:
    """Return what is now ours to send; None when it is settled, waits, or is another's."""
    if row.was_left(now, LOST_AFTER):
        _settle(row, UNKNOWN, LOST, by=by, now=now)
    if not row.is_to_go(now):
        return None
    if over := _over(row, now):
        _settle(row, *over, by=by, now=now)
        return None
    local = now.astimezone(ZoneInfo(house.site(row.site).time_zone))
    habits = house.site(row.site).messages
    goes = goes_at(local, habits, message=row.name, ends=row.ends_at)
    if goes > local:
        row.goes_at = goes
        row.save(update_fields=["goes_at"])
        _remember(row, "message-waits", by=by, now=now)
        return None
    ways = {"sms": house.site(row.site).duty.phone} if row.name == DUTY else _ways(row)
    if not ways:
        _settle(row, NO_CHANNEL, NO_WAY, by=by, now=now)
        return None
    row.channel = row.channel if row.channel in ways else next(iter(ways))
    to = ways[row.channel]
    row.reached = number_hash(to) if row.channel == "sms" and row.patient_id else ""
    row.state, row.claimed_at, row.goes_at, row.tries = SENDING, now, None, row.tries + 1
    row.save(update_fields=["channel", "reached", "state", "claimed_at", "goes_at", "tries"])
    _remember(row, "message-claimed", by=by, now=now)
    return _Claimed(to, _new_code(row, by=by, now=now) if row.name == CODE else "")


def _over(row: Message, now: datetime) -> tuple[str, str] | None:
    """Return how a message ends that has nothing to say any more, and why; None while it has."""
    if row.patient is not None and row.patient.erased_at is not None:
        return LAPSED, ""
    if row.name == CODE:
        waits = Release.objects.filter(visit=row.visit_id, released_at__lte=now)
        if not waits.filter(picked_up_at=None).exists():
            return LAPSED, ""
    if row.ends_at is not None and row.ends_at <= now:
        return (LAPSED, "") if row.name in REMINDERS else (NOT_SENT, TOO_LATE)
    return None


def _ways(row: Message) -> dict[str, str]:
    patient = row.patient
    assert isinstance(patient, Patient), "only a call to the duty contact is to no woman"
    return channels_of(patient)


def _new_code(row: Message, *, by: Actor, now: datetime) -> str:
    """Return a new pick-up code for her report; an earlier one, which surely did not go, ends."""
    release = Release.objects.select_for_update(of=("self",)).get(visit=row.visit_id)
    code = new_code()
    release.code_hash, release.copies_left = code_hash(code), COPIES
    release.wrong_birth_dates, release.locked_at = 0, None
    release.save(update_fields=["code_hash", "copies_left", "wrong_birth_dates", "locked_at"])
    remember_change(
        release, "pickup-code-made", by=by, now=now, fields=["code_hash", "copies_left"]
    )
    return code


def _hand_over(house: House, row: Message, claimed: _Claimed) -> None:
    language = row.patient.language if row.patient else house.site(row.site).languages[0]
    subject, text = said_to(house, row, language, code=claimed.code)
    if row.channel == "sms":
        house.gateways.sms.send(to=claimed.to, text=text)
        return
    house.gateways.mail.send(
        to=claimed.to,
        subject=subject,
        text=text,
        stop=stop_link(house, row) if house.pages else "",
        picture=png(claimed.code) if claimed.code else b"",
    )


def _did_not_go(house: House, row: Message, failure: NotSent, *, by: Actor, now: datetime) -> None:
    """Let a message wait for its next try, take her next channel, or give it to a person."""
    if failure.may_have_gone or row.name == DUTY:
        outcome = UNKNOWN if failure.may_have_gone else NOT_SENT
        _settle(row, outcome, str(failure), by=by, now=now)
        return
    again, channel = tries_again_at(now, row.tries), row.channel
    if failure.for_good:
        left = list(_ways(row))
        left = left[left.index(row.channel) + 1 :] if row.channel in left else []
        again, channel = (now, left[0]) if left else (None, channel)
    if again is None:
        _settle(row, NOT_SENT, str(failure), by=by, now=now)
        return
    row.state, row.goes_at, row.channel, row.why = WAITING, again, channel, str(failure)
    row.save(update_fields=["state", "goes_at", "channel", "why"])
    _remember(row, "message-waits", by=by, now=now)


def _settle(row: Message, outcome: str, why: str, *, by: Actor, now: datetime) -> None:
    row.state, row.why, row.settled_at, row.goes_at = outcome, why, now, None
    # Who is written to by no way knows it; nobody calls her every evening because of a reminder.
    is_no_news = outcome == NO_CHANNEL and row.name in REMINDERS
    if outcome in NOT_TOLD and row.name != DUTY and not is_no_news:
        row.task = Task.objects.create(
            site=row.site,
            patient_id=row.patient_id,
            visit_id=row.visit_id,
            kind=f"message-{outcome}",
            urgency="C",
            why=f"{ABOUT}{row.name}, {why}",
            opened_at=now,
            due_at=now + CALL_WITHIN,
        )
    row.save(update_fields=["state", "why", "settled_at", "goes_at", "task"])
    _remember(row, f"message-{outcome}", by=by, now=now)


def _remember(row: Message, kind: str, *, by: Actor, now: datetime) -> None:
    remember_change(
        row,
        kind,
        by=by,
        now=now,
        fields=["message"],
        payload={"message": row.name, "channel": row.channel or "none", "visit": row.visit_id},
    )
