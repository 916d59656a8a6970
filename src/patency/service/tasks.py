"""What someone must do by a time: acknowledged, done, and rung for until a person answers."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.core.aftercare import ALARMS, next_alarm
from patency.core.protocol.model import Urgency
from patency.records.ledger import remember_change
from patency.records.models.exam import AntibioticChoice
from patency.records.models.followup import Task
from patency.records.seen_by import check_own_site, seen_by
from patency.service.house import House
from patency.service.prescribing import DECIDE_ANTIBIOTICS


class TaskRefused(Exception):
    """Something that cannot be done with a task."""


class AlreadyDone(TaskRefused):
    """The task was closed before; the message says when and by whom."""


class NotDecidedYet(TaskRefused):
    """The task is a decision that a prescriber has not made; no note stands for it."""


class NoDutyContact(TaskRefused):
    """A site without someone who answers at any hour cannot run alarms."""


def acknowledge(task_id: UUID, *, by: Actor, now: datetime) -> Task:
    """Return the task, taken on by a person; its alarm stops. The first who takes it keeps it."""
    access.check(by, Action.ACKNOWLEDGE)
    with transaction.atomic():
        task = _locked(task_id, "acknowledge a task", by=by, now=now)
        if task.done_at is not None:
            raise _already_done(task)
        if task.acknowledged_at is None:
            task.acknowledged_at, task.acknowledged_by = now, by.name
            task.save(update_fields=["acknowledged_at", "acknowledged_by"])
            _remember(task, "task-acknowledged", by=by, now=now)
    return task


def close(task_id: UUID, note: str, *, by: Actor, now: datetime) -> Task:
    """Return the task, done, with a note of what was done.

    A task to decide on antibiotics is done by the prescriber's choice, not by a note. Raises
    ``AlreadyDone`` or ``NotDecidedYet``.
    """
    access.check(by, Action.ACKNOWLEDGE)
    if not note.strip():
        raise TaskRefused(
            f"task/{task_id} was not closed: the note is empty. Say in a few words what was done."
        )
    with transaction.atomic():
        task = _locked(task_id, "close a task", by=by, now=now)
        if task.done_at is not None:
            raise _already_done(task)
        if task.kind == DECIDE_ANTIBIOTICS and not _is_decided(task):
            raise NotDecidedYet(
                f"task/{task.pk} was not closed: nobody has decided on antibiotics for "
                f"visit/{task.visit_id}. A gynaecologist, radiologist or consultant decides, to "
                "give them or not; record that choice, and it closes this task."
            )
        if task.acknowledged_at is None:
            task.acknowledged_at, task.acknowledged_by = now, by.name
        task.done_at, task.done_note = now, note
        task.save(update_fields=["acknowledged_at", "acknowledged_by", "done_at", "done_note"])
        _remember(task, "task-done", by=by, now=now)
    return task


def climb(house: House, site: str, *, by: Actor, now: datetime) -> tuple[Task, ...]:
    """Return the tasks whose alarm rings now, each with its event ``alarm-due``.

    A job runs this every minute. E and U tasks ring again and again, and climb to the duty
    contact, on holidays as on any day, until a person acknowledges. Running it twice at one moment
    rings once. Raises ``NoDutyContact``.
    """
    if Role.SYSTEM not in by.roles:
        access.check(by, Action.ACKNOWLEDGE)
    check_own_site(by, site)
    duty = house.site(site).duty
    if not duty.phone.strip() or not duty.role.strip():
        raise NoDutyContact(
            f"Alarms of {site} cannot run: the site names nobody who answers at any hour. Add "
            f"[duty] with role and phone to {site}.toml; until then no woman may be examined there."
        )
    rung = []
    for task_id in _waiting(site).values_list("pk", flat=True):
        with transaction.atomic():
            task = _waiting(site).select_for_update(of=("self",)).filter(pk=task_id).first()
            if task is None:
                continue  # acknowledged a moment ago
            alarm = next_alarm(
                Urgency(task.urgency), rung=task.climbed, last_rung_at=task.last_alarm_at, now=now
            )
            if alarm is None:
                continue
            task.last_alarm_at, task.climbed = now, alarm.number
            task.save(update_fields=["last_alarm_at", "climbed"])
            _remember(
                task, "alarm-due", by=by, now=now, payload={"to": alarm.to, "number": alarm.number}
            )
            rung.append(task)
    return tuple(rung)


def overdue(site: str, *, by: Actor, now: datetime) -> tuple[Task, ...]:
    """Return the tasks of a site that are past their time and not done, the oldest first."""
    access.check(by, Action.ACKNOWLEDGE)
    rows = seen_by(by, "overdue tasks", now=now).tasks
    return tuple(
        rows.filter(site=site, done_at__isnull=True, due_at__lt=now).order_by("due_at", "pk")
    )


def _waiting(site: str) -> "QuerySet[Task]":
    # The job rings by id and learns nothing of any woman, so no read is audited.
    return Task.objects.filter(
        site=site,
        urgency__in=[urgency.value for urgency in ALARMS],
        acknowledged_at__isnull=True,
        done_at__isnull=True,
    ).order_by("due_at", "pk")


def _locked(task_id: UUID, why: str, *, by: Actor, now: datetime) -> Task:
    if seen_by(by, why, now=now).tasks.filter(pk=task_id).first() is None:
        raise Task.DoesNotExist(
            f"There is no task {task_id} at {by.site} that {by.name} may see. Open it from the "
            "list of tasks of your own site."
        )
    task: Task = Task.objects.select_for_update(of=("self",)).get(pk=task_id)
    return task


def _is_decided(task: Task) -> bool:
    return AntibioticChoice.objects.filter(exam__visit=task.visit_id).exists()


def _already_done(task: Task) -> AlreadyDone:
    return AlreadyDone(
        f"task/{task.pk} was closed at {task.done_at:%Y-%m-%d %H:%M %Z} by {task.acknowledged_by}. "
        "A task is closed once; open a new one if there is more to do."
    )


def _remember(
    task: Task, kind: str, *, by: Actor, now: datetime, payload: dict[str, object] | None = None
) -> None:
    remember_change(
        task,
        kind,
        by=by,
        now=now,
        fields=["task"],
        payload={"task": task.pk, "urgency": task.urgency, **(payload or {})},
    )
