"""A report on its way to paper: claimed, given to the printer once, and followed to the tray."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.gateways.not_sent import NotSent
from patency.gateways.printer import JobState, PrinterState, Trouble
from patency.records.ledger import remember_change
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.message import (
    NOT_SENT,
    PRINTING,
    SENDING,
    SENT,
    UNKNOWN,
    WAITING,
    Message,
)
from patency.records.models.report import Release
from patency.records.seen_by import check_own_site, seen_by
from patency.service.house import House
from patency.service.outgoing import printer_task, whose

PAGE = "page"
TITLE = "Document"
"""Shows on the printer's panel, so it says nothing."""
CALL_WITHIN = timedelta(hours=24)
LOST_AFTER = timedelta(minutes=2)
TAKEN_BACK_AFTER = timedelta(minutes=3)
"""A page that has not come by then would come when she has gone, for anyone to read: our choice."""
NEXT_TRY = timedelta(seconds=3)
"""A printer that takes one page at a time is busy as long as that takes."""
GIVEN_UP_AFTER = timedelta(minutes=4)
LOST = "The program stopped half-way, so nobody can say whether the page came. Look at the printer."
SILENT = "The printer had the page and fell silent. Look there whether it came, before anyone else."
IN_PART = "The printer stopped in the middle. Take away what came, and give her the whole of it."
NOT_PRINTED = "The printer gave the page up. Look at its panel, then let her type her code again."
TAKEN_BACK = "The page did not come in time and was taken back, so that nobody else reads it."


def print_page(house: House, event_id: int, pdf: bytes, *, by: Actor, now: datetime) -> str:
    """Return how a page stands that she asked for with her code: one of the states of ``Message``.

    Asking twice prints once. What surely did not come gives her the copy back.
    """
    event: Event = seen_by(by, "print a page", now=now).events.get(pk=event_id)
    patient = seen_by(by, "print a page", now=now).patients.get(pk=whose(event))
    with transaction.atomic():
        made, _ = Message.objects.get_or_create(
            about=f"event/{event.pk}",
            name=PAGE,
            defaults={
                "patient": patient,
                "visit_id": event.subject.partition("/")[2],
                "report_id": event.payload.get("report"),
                "made_at": now,
                "goes_at": now,
            },
        )
        row: Message = Message.objects.select_for_update().get(pk=made.pk)
        if not _claim(row, by=by, now=now):
            return str(row.state)
    address = house.site(row.site).printer.address
    state = house.gateways.printer.look(address)
    if not state.is_ready:
        with transaction.atomic():
            _tell_staff(house, row, state, by=by, now=now)
            return _settle(row, NOT_SENT, state.why, by=by, now=now)
    try:
        job = house.gateways.printer.print_pdf(address, pdf, title=TITLE)
    except NotSent as failure:
        with transaction.atomic():
            if failure.may_have_gone:
                return _settle(row, UNKNOWN, str(failure), by=by, now=now)
            if failure.for_good or now - row.made_at >= TAKEN_BACK_AFTER:
                return _settle(row, NOT_SENT, str(failure), by=by, now=now)
            row.state, row.goes_at = WAITING, now + NEXT_TRY
            row.save(update_fields=["state", "goes_at"])
            _remember(row, "page-waits", by=by, now=now)
            return WAITING
    with transaction.atomic():
        row.state, row.printer_job = PRINTING, job
        row.save(update_fields=["state", "printer_job"])
        _remember(row, "page-printing", by=by, now=now)
    return PRINTING


def pages_due(site: str, *, by: Actor, now: datetime) -> list[UUID]:
    """Return the pages of a site that a printer has, or that a worker left half-way."""
    _check_follows(by)
    check_own_site(by, site)
    rows = Message.objects.filter(site=site, name=PAGE).filter(
        Q(state=PRINTING) | Q(state=SENDING, claimed_at__lte=now - LOST_AFTER)
    )
    return list(rows.order_by("made_at").values_list("pk", flat=True))


def pages_waiting(site: str, *, by: Actor, now: datetime) -> list[tuple[int, str]]:
    """Return the pages of a site that a busy printer did not take: each its event and report."""
    _check_follows(by)
    check_own_site(by, site)
    rows = Message.objects.filter(
        site=site, name=PAGE, state=WAITING, goes_at__lte=now, tries__gt=0
    )
    return [
        (int(about.partition("/")[2]), str(report))
        for about, report in rows.order_by("made_at").values_list("about", "report")
    ]


def follow_page(house: House, message_id: UUID, *, by: Actor, now: datetime) -> str:
    """Return how a page stands now that its printer was asked.

    One that is held up for minutes is taken back: it must not come out for whoever stands there
    then.
    """
    _check_follows(by)
    seen_by(by, "follow a page", now=now).messages.get(pk=message_id, name=PAGE)
    with transaction.atomic():
        row: Message = Message.objects.select_for_update().get(pk=message_id)
        if row.was_left(now, LOST_AFTER):
            return _settle(row, UNKNOWN, LOST, by=by, now=now)
    number = row.printer_job
    if row.state != PRINTING or number is None:
        return str(row.state)
    address = house.site(row.site).printer.address
    job = house.gateways.printer.follow(address, number)
    is_late = row.claimed_for(now) >= TAKEN_BACK_AFTER
    was_taken_back = job.state == "printing" and is_late
    if was_taken_back:
        job = _taken_back(house, address, number, job)
    with transaction.atomic():
        row = Message.objects.select_for_update().get(pk=message_id)
        if row.state != PRINTING:
            return str(row.state)
        if job.trouble:
            state = house.gateways.printer.look(address)
            _tell_staff(house, row, state, by=by, now=now)
        if job.state == "done":
            return _settle(row, SENT, "", by=by, now=now)
        if job.state == "failed":
            outcome = UNKNOWN if job.pages else NOT_SENT
            why = IN_PART if job.pages else TAKEN_BACK if was_taken_back else NOT_PRINTED
            return _settle(row, outcome, why, by=by, now=now)
        if row.claimed_for(now) >= GIVEN_UP_AFTER:
            return _settle(row, UNKNOWN, SILENT, by=by, now=now)
        if row.why != job.trouble:
            row.why = str(job.trouble)
            row.save(update_fields=["why"])
            _remember(row, "page-held-up" if job.trouble else "page-goes-on", by=by, now=now)
    return PRINTING


def how_it_stands(event_id: int, *, by: Actor, now: datetime) -> tuple[str, Trouble]:
    """Return the state of the page of an event, and what holds it up, for whoever waits for it.

    ``waiting`` until the worker has taken it up.
    """
    if not access.may(by, Action.PICK_UP_AT_KIOSK):
        access.check(by, Action.PICK_UP)
    row = Message.objects.filter(site=by.site, about=f"event/{event_id}", name=PAGE).first()
    if row is None or (by.patient_id is not None and row.patient_id != by.patient_id):
        return WAITING, Trouble.NONE
    held_up = row.why if row.state == PRINTING and row.why in set(Trouble) else Trouble.NONE
    return str(row.state), Trouble(held_up)


def _check_follows(by: Actor) -> None:
    if Role.SYSTEM not in by.roles:
        access.check(by, Action.SEND_MESSAGE)


def _claim(row: Message, *, by: Actor, now: datetime) -> bool:
    if row.was_left(now, LOST_AFTER):
        _settle(row, UNKNOWN, LOST, by=by, now=now)
    if not row.is_to_go(now):
        return False
    row.state, row.claimed_at, row.goes_at = SENDING, now, None
    row.channel, row.tries = "printer", row.tries + 1
    row.save(update_fields=["state", "claimed_at", "goes_at", "channel", "tries"])
    _remember(row, "page-claimed", by=by, now=now)
    return True


def _taken_back(house: House, address: str, number: int, job: JobState) -> JobState:
    """Return how a document stands after it was taken off the printer."""
    try:
        house.gateways.printer.cancel(address, number)
    except NotSent:
        return JobState("unknown", job.pages, job.trouble)
    after = house.gateways.printer.follow(address, number)
    return JobState(after.state, max(after.pages, job.pages), job.trouble)


def _tell_staff(
    house: House, row: Message, state: PrinterState, *, by: Actor, now: datetime
) -> None:
    task = printer_task(house, row.site, state, now=now)
    if task is not None:
        remember_change(task, "printer-trouble", by=by, now=now, fields=["task"])


def _settle(row: Message, outcome: str, why: str, *, by: Actor, now: datetime) -> str:
    row.state, row.why, row.settled_at, row.goes_at = outcome, why, now, None
    if outcome != SENT:
        row.task = Task.objects.create(
            site=row.site,
            patient_id=row.patient_id,
            visit_id=row.visit_id,
            kind=f"message-{outcome}",
            urgency="C",
            why=why,
            opened_at=now,
            due_at=now + CALL_WITHIN,
        )
    row.save(update_fields=["state", "why", "settled_at", "goes_at", "task"])
    _remember(row, f"page-{outcome}", by=by, now=now)
    if outcome == NOT_SENT:
        _give_the_copy_back(row, by=by, now=now)
    return outcome


def _give_the_copy_back(row: Message, *, by: Actor, now: datetime) -> None:
    """Let her print again with the same code: the page of this copy surely did not come."""
    release = Release.objects.select_for_update(of=("self",)).filter(visit=row.visit_id).first()
    if release is None:
        return
    release.copies_left = F("copies_left") + 1
    came = Message.objects.filter(visit=row.visit_id, name=PAGE).exclude(pk=row.pk)
    if not came.exclude(state=NOT_SENT).exists():
        release.picked_up_at = None
    release.save(update_fields=["copies_left", "picked_up_at"])
    remember_change(release, "copy-given-back", by=by, now=now, fields=["copies_left"])


def _remember(row: Message, kind: str, *, by: Actor, now: datetime) -> None:
    remember_change(
        row,
        kind,
        by=by,
        now=now,
        fields=["message"],
        payload={"message": row.name, "visit": row.visit_id, "job": row.printer_job},
    )
