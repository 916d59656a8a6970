"""Which event asks for which jobs. An event that is not in the table asks for none."""

import logging
from collections.abc import Callable, Mapping

from patency.core.aftercare import AlarmTo
from patency.doors.jobs.at_work import NAME, worker_at
from patency.doors.jobs.codes import send_code
from patency.doors.jobs.jobs import (
    call_duty,
    file_signed_report,
    forget_files,
    judge_date,
    print_report,
    read_images,
    refill,
    tell_drawn,
    tell_her,
    work_out_comparison,
)
from patency.records.models.ledger import Event
from patency.service import outbox
from patency.service.house import House

log = logging.getLogger(__name__)


def _tell(message: str) -> Callable[[Event], None]:
    """Return what sends her one of the messages of ``locale/<code>/messages.toml``."""

    def ask(event: Event) -> None:
        tell_her.enqueue(event.pk, event.site, message)

    return ask


def _ring(event: Event) -> None:
    # A ring for the nurses is the list of tasks on their screen; only the duty contact is away.
    if event.payload.get("to") == AlarmTo.DUTY_CONTACT:
        call_duty.enqueue(event.pk, event.site)


def _ready(event: Event) -> None:
    # What the worker itself releases, it tells her in the same round.
    if event.actor != NAME:
        tell_her.enqueue(event.pk, event.site, "report-code")


def _print(event: Event) -> None:
    print_report.enqueue(event.pk, event.site, event.payload["report"])


def _forget_files(event: Event) -> None:
    if event.payload.get("files"):
        forget_files.enqueue(event.pk, event.site)


def _send_code(event: Event) -> None:
    send_code.enqueue(event.site, event.subject.split("/", 1)[1])


def _judge_date(event: Event) -> None:
    # Told while a date stands: does it still fit? Without a date there is nothing to judge.
    if booking := event.payload.get("booking"):
        judge_date.enqueue(event.site, booking)


def _judge_dates(event: Event) -> None:
    for booking in event.payload["bookings"]:
        judge_date.enqueue(event.site, booking)


def _tell_drawn(event: Event) -> None:
    # Those with a number hear of their time at the clinic; the others hear too that it was drawn.
    tell_drawn.enqueue(event.site, event.subject.split("/", 1)[1])


def _compare(event: Event) -> None:
    work_out_comparison.enqueue(event.site, event.subject.split("/", 1)[1])


def _read_images(event: Event) -> None:
    read_images.enqueue(event.site, event.subject.split("/", 1)[1])


def _file_report(event: Event) -> None:
    file_signed_report.enqueue(event.site, str(event.payload["report"]))


def _tell_of_the_visit(event: Event) -> None:
    # A time that took the place of another is news of a kind of its own.
    is_moved = bool(event.payload.get("freed"))
    _tell("appointment-changed" if is_moved else "appointment-made")(event)


JOBS: Mapping[str, Callable[[Event], None]] = {
    "alarm-due": _ring,
    "code-asked": _send_code,
    "booked": _tell("appointment-made"),
    "visit-booked": _tell_of_the_visit,
    "seat-freed": _tell("appointment-changed"),
    "turned-down": _tell("message-waiting"),
    "visit-cancelled": _tell("message-waiting"),
    "hold-released": _tell("message-waiting"),
    "refunded": _tell("message-waiting"),
    "missed": _tell("message-waiting"),
    "referred": _tell("message-waiting"),
    "silence-noticed": _tell("diary-waiting"),
    "report-released": _ready,
    "report-picked-up": _print,
    "window-changed": _judge_date,
    "slots-closed": _judge_dates,
    "offered": _tell("place-kept"),
    "number-ended": _tell("message-waiting"),
    "number-not-drawn": _tell("message-waiting"),
    "numbers-drawn": _tell_drawn,
    "moved": _tell("appointment-changed"),
    "plan-changed": _tell("message-waiting"),
    "bumped": _tell("appointment-changed"),
    "comparison-asked": _compare,
    "reading-asked": _read_images,
    "report-signed": _file_report,
    "report-amended": _file_report,
    "erased": _forget_files,
}


def ask_for_jobs(event: Event) -> None:
    """Enqueue every job the event asks for."""
    ask = JOBS.get(event.kind)
    if ask is not None:
        ask(event)
    if event.payload.get("freed"):
        # Whatever freed a seat, within the minute it goes to the next in line.
        refill.enqueue(event.pk, event.site)


def dispatch(house: House) -> int:
    """Return how many events were handed on; one that cannot be is logged and waits."""
    handed = 0
    everywhere = worker_at("")
    for event_id in outbox.waiting(by=everywhere, now=house.now()):
        try:
            handed += outbox.hand_on(event_id, ask_for_jobs, by=everywhere, now=house.now())
        except Exception:  # the outer edge: one event must not keep the others waiting
            log.exception("event %s was not handed on and waits", event_id)
    return handed
