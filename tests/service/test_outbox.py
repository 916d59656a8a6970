"""Events are handed on once; jobs that were lost come back; a dead worker is seen."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from patency.core.access import Role
from patency.records.ledger import remember
from patency.records.models.followup import Task
from patency.records.models.ledger import Audit, Event
from patency.service import outbox
from tests.make import NOW, SITE, make_actor

WORKER = make_actor(Role.SYSTEM, name="worker")
REAL = datetime(2030, 1, 1, tzinfo=UTC)  # the machine's time has nothing to do with the story's


def make_event(**fields: Any) -> Event:
    with transaction.atomic():
        return remember(
            **{
                "kind": "booked",
                "subject": "visit/1",
                "by": make_actor(),
                "now": NOW,
                "site": SITE,
                **fields,
            }
        )


def make_job(event: Event, **fields: Any) -> Any:
    return DBTaskResult.objects.create(
        **{
            "status": TaskResultStatus.READY,
            "args_kwargs": {"args": [event.pk, SITE], "kwargs": {}},
            "task_path": "patency.doors.jobs.jobs.tell_her",
            "run_after": datetime(9999, 1, 1, tzinfo=UTC),
            "backend_name": "default",
            "exception_class_path": "",
            "traceback": "",
            **fields,
        }
    )


def bring_back_lost() -> int:
    return outbox.bring_back_lost(real_now=REAL, by=WORKER, now=NOW)


@pytest.mark.django_db
def test_events_wait_oldest_first_until_they_are_handed_on() -> None:
    first, second = make_event(), make_event()
    asked: list[int] = []

    assert outbox.waiting(by=WORKER, now=NOW) == [first.pk, second.pk]
    done = outbox.hand_on(first.pk, lambda event: asked.append(event.pk), by=WORKER, now=NOW)

    assert done
    assert asked == [first.pk]
    assert outbox.waiting(by=WORKER, now=NOW) == [second.pk]
    assert Event.objects.get(pk=first.pk).handled_at == NOW


@pytest.mark.django_db
def test_an_event_is_handed_on_once() -> None:
    event = make_event()
    asked: list[int] = []

    for _ in range(2):
        outbox.hand_on(event.pk, lambda each: asked.append(each.pk), by=WORKER, now=NOW)

    assert asked == [event.pk]


@pytest.mark.django_db
def test_an_event_whose_jobs_cannot_be_asked_for_waits_and_leaves_no_job() -> None:
    event = make_event()

    def fails_half_way(each: Event) -> None:
        make_job(each)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        outbox.hand_on(event.pk, fails_half_way, by=WORKER, now=NOW)

    assert outbox.waiting(by=WORKER, now=NOW) == [event.pk]
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_hand_an_event_on_once() -> None:
    events = [make_event().pk for _ in range(10)]
    together = Barrier(2)

    def work() -> None:
        together.wait()
        left = events
        while left:
            # the tests' SQLite lives in memory and does not wait for a lock; a worker tries again
            with suppress(OperationalError):
                outbox.hand_on(left[0], make_job, by=WORKER, now=NOW)
                left = outbox.waiting(by=WORKER, now=NOW)
        connections.close_all()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    asked = [job.args_kwargs["args"][0] for job in DBTaskResult.objects.all()]
    assert sorted(asked) == events


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "started", "attempts", "back"),
    [
        (TaskResultStatus.RUNNING, timedelta(minutes=11), 1, 1),
        (TaskResultStatus.RUNNING, timedelta(minutes=9), 1, 0),
        (TaskResultStatus.FAILED, timedelta(seconds=1), 2, 1),
        (TaskResultStatus.FAILED, timedelta(seconds=1), 3, 0),
        (TaskResultStatus.RUNNING, timedelta(minutes=11), 3, 0),
        (TaskResultStatus.SUCCESSFUL, timedelta(minutes=11), 1, 0),
    ],
)
def test_a_lost_or_failed_job_is_run_again_up_to_three_times(
    status: TaskResultStatus, started: timedelta, attempts: int, back: int
) -> None:
    job = make_job(
        make_event(), status=status, started_at=REAL - started, worker_ids=["w"] * attempts
    )

    assert bring_back_lost() == back

    job.refresh_from_db()
    if back:
        assert job.status == TaskResultStatus.READY
    elif attempts == 3:
        assert job.status == TaskResultStatus.FAILED


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "back"), [(59, 0), (61, 1)])
def test_a_job_that_failed_waits_a_minute(seconds: int, back: int) -> None:
    make_job(
        make_event(),
        status=TaskResultStatus.FAILED,
        worker_ids=["a"],
        finished_at=REAL - timedelta(seconds=seconds),
    )

    assert bring_back_lost() == back


@pytest.mark.django_db
def test_a_job_that_was_given_up_becomes_one_task_for_staff() -> None:
    event = make_event()
    job = make_job(event, status=TaskResultStatus.FAILED, worker_ids=["a", "b", "c"])

    bring_back_lost()
    bring_back_lost()

    task = Task.objects.get()
    assert (task.site, task.kind, task.why) == (SITE, "job-failed", f"job/{job.pk}")
    given_up = Event.objects.get(kind="job-given-up")
    assert given_up.payload == {"job": str(job.pk), "task": str(task.pk)}
    assert Audit.objects.filter(action="job-given-up").count() == 1


@pytest.mark.django_db
def test_jobs_of_other_programs_are_left_alone() -> None:
    job = make_job(make_event(), status=TaskResultStatus.FAILED, task_path="other.jobs.tell")

    assert bring_back_lost() == 0
    job.refresh_from_db()
    assert job.status == TaskResultStatus.FAILED


@pytest.mark.django_db
def test_a_worker_that_goes_round_is_alive_and_a_silent_one_is_not(tmp_path: Path) -> None:
    def work(minutes: int) -> outbox.Work:
        return outbox.state_of_work(tmp_path, by=WORKER, now=NOW + timedelta(minutes=minutes))

    assert work(0).last_beat is None
    assert not work(0).is_alive

    outbox.sign_of_life(tmp_path, by=WORKER, now=NOW)

    assert work(2).is_alive
    assert work(2).last_beat == NOW
    assert not work(3).is_alive


@pytest.mark.django_db
def test_what_waits_and_what_failed_is_counted(tmp_path: Path) -> None:
    event = make_event()
    make_event(now=NOW + timedelta(hours=1))
    make_job(event)
    make_job(event, status=TaskResultStatus.FAILED)
    make_job(event, task_path="other.jobs.tell")

    work = outbox.state_of_work(tmp_path, by=WORKER, now=NOW)

    assert (work.events_waiting, work.oldest_event_at) == (2, NOW)
    assert (work.jobs_waiting, work.jobs_failed) == (1, 1)


@pytest.mark.django_db
def test_a_broken_sign_of_life_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "worker-heartbeat").write_text("yesterday")

    assert outbox.state_of_work(tmp_path, by=WORKER, now=NOW).last_beat is None
