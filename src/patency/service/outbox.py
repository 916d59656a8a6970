"""What waits to be done: events become jobs, each once; jobs that were lost come back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Min
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from patency.core.access import Actor
from patency.gateways.heartbeat import beat, last_beat
from patency.records.ledger import remember
from patency.records.models.followup import Task
from patency.records.models.ledger import Event

LOST_AFTER = timedelta(minutes=10)  # a job takes seconds, so its worker is gone: our choice
ATTEMPTS = 3  # our choice
AGAIN_AFTER = timedelta(minutes=1)  # what failed a moment ago would fail again: our choice
DEAD_AFTER = timedelta(minutes=2)  # a worker goes round every few seconds
AT_ONCE = 200  # events of one round, so that the clocks are not kept waiting by a rush
OURS = "patency."
GIVEN_UP = "given-up"  # the queue of jobs that a person was asked to see to


@dataclass(frozen=True, slots=True)
class Work:
    """How the work that waits stands; what ``patency check`` and the pages show."""

    events_waiting: int
    oldest_event_at: datetime | None
    jobs_waiting: int
    jobs_failed: int
    last_beat: datetime | None
    is_alive: bool
    """Whether a worker went round in the last two minutes."""


def waiting(*, by: Actor, now: datetime) -> list[int]:
    """Return the ids of events nobody has handed on, oldest first, at most a round's worth."""
    rows = Event.objects.filter(handled_at__isnull=True).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:AT_ONCE])


def hand_on(
    event_id: int, ask_for_jobs: Callable[[Event], None], *, by: Actor, now: datetime
) -> bool:
    """Return whether this call handed the event on; another worker may have been faster.

    ``ask_for_jobs`` enqueues what the event asks for, inside the transaction that marks it
    handled: both happen or neither. An event is claimed by one worker, however many there are.
    """
    with transaction.atomic():
        # On SQLite the transaction itself is the lock, and the filter is asked again inside it.
        rows = Event.objects.select_for_update(skip_locked=True)
        event = rows.filter(pk=event_id, handled_at__isnull=True).first()
        if event is None:
            return False
        ask_for_jobs(event)
        event.handled_at = now
        event.save(update_fields=["handled_at"])
    return True


def take_job(
    worker: str, *, slow: bool | None = None, by: Actor, now: datetime
) -> "DBTaskResult[..., object] | None":
    """Return the next job that waits, now ``worker``'s to run and nobody else's; None for none.

    ``slow`` takes only those of a priority below nought, which take minutes and for which nobody
    waits; False only the others.
    """
    jobs = DBTaskResult.objects.ready().filter(task_path__startswith=OURS)
    if slow is not None:
        jobs = jobs.filter(priority__lt=0) if slow else jobs.filter(priority__gte=0)
    with transaction.atomic():
        job: DBTaskResult[..., object] | None = jobs.get_locked()
        if job is not None:
            job.claim(worker)
    return job


def bring_back_lost(*, real_now: datetime, by: Actor, now: datetime) -> int:
    """Return how many jobs were put back to be run again.

    A job is lost when it has run for ten minutes, because its worker died; ``real_now`` is the
    machine's time, which jobs are stamped with even where a demo's clock rules. A job that failed
    is tried three times, a minute apart; then staff get a task. What a job may do only once it
    claims beforehand, so running it again is safe.
    """
    ours = DBTaskResult.objects.filter(task_path__startswith=OURS).exclude(queue_name=GIVEN_UP)
    lost = ours.filter(status=TaskResultStatus.RUNNING, started_at__lt=real_now - LOST_AFTER)
    failed = ours.filter(status=TaskResultStatus.FAILED).exclude(
        finished_at__gt=real_now - AGAIN_AFTER
    )
    if not (lost.exists() or failed.exists()):
        return 0  # nearly always; no need to take a lock every second
    back = 0
    with transaction.atomic():
        for job in [*lost.select_for_update(), *failed.select_for_update()]:
            if len(job.worker_ids) < ATTEMPTS:
                job.status = TaskResultStatus.READY
                back += 1
            else:
                job.status, job.queue_name = TaskResultStatus.FAILED, GIVEN_UP
                _tell_staff(job, by=by, now=now)
            job.save(update_fields=["status", "queue_name"])
    return back


def sign_of_life(home: Path, *, by: Actor, now: datetime) -> None:
    """Write that the worker went round, where ``state_of_work`` finds it."""
    beat(home, now)


def state_of_work(home: Path, *, by: Actor, now: datetime) -> Work:
    """Return what waits, what failed, and whether a worker is alive."""
    events = Event.objects.filter(handled_at__isnull=True)
    jobs = DBTaskResult.objects.filter(task_path__startswith=OURS)
    beaten = last_beat(home)
    return Work(
        events_waiting=events.count(),
        oldest_event_at=events.aggregate(oldest=Min("at"))["oldest"],
        jobs_waiting=jobs.filter(status=TaskResultStatus.READY).count(),
        jobs_failed=jobs.filter(status=TaskResultStatus.FAILED).count(),
        last_beat=beaten,
        is_alive=beaten is not None and now - beaten <= DEAD_AFTER,
    )


def _tell_staff(job: DBTaskResult[..., object], *, by: Actor, now: datetime) -> None:
    """Open one task for a job that was given up, at the site of the event it came from."""
    event = Event.objects.filter(pk=job.args_kwargs["args"][0]).first()
    if event is None:
        return
    task = Task.objects.create(
        site=event.site,
        kind="job-failed",
        urgency="C",
        why=f"job/{job.pk}",
        opened_at=now,
        due_at=now + timedelta(hours=24),
    )
    remember(
        kind="job-given-up",
        subject=f"event/{event.pk}",
        by=by,
        now=now,
        site=event.site,
        fields=["task"],
        payload={"job": job.pk, "task": task.pk},
    )
