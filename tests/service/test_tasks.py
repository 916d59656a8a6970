"""Tasks: taken on, done, and rung for until a person answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from patency.core.access import NotPermitted
from patency.core.site.model import Duty
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.service import examination, tasks
from patency.service.house import House
from tests.make import make_follow_up
from tests.service import after, walk
from tests.service.after import JOB, make_followed, on_day, tell

pytestmark = pytest.mark.django_db
NOW = on_day(9)  # 2 October 2025, the second day of the holiday


def make_task(urgency: str = "E") -> Task:
    follow_up = make_follow_up()
    return Task.objects.create(
        patient=follow_up.patient,
        visit=follow_up.visit,
        follow_up=follow_up,
        kind="triage",
        urgency=urgency,
        why="fainted-after-exam",
        opened_at=NOW,
        due_at=NOW,
    )


def rings() -> list[tuple[int, str]]:
    events = Event.objects.filter(kind="alarm-due").order_by("id")
    return [(event.payload["number"], event.payload["to"]) for event in events]


def test_an_emergency_rings_at_once_and_climbs_to_the_duty_contact_on_a_holiday(house: House):
    make_task()

    for minutes in (0, 1, 5, 10):
        tasks.climb(house, "demo-west", by=JOB, now=NOW + timedelta(minutes=minutes))

    assert rings() == [(1, "nurse"), (2, "duty-contact"), (3, "duty-contact")]


def test_two_runs_at_one_moment_ring_once(house: House):
    make_task()

    first = tasks.climb(house, "demo-west", by=JOB, now=NOW)
    second = tasks.climb(house, "demo-west", by=JOB, now=NOW)

    assert (len(first), len(second)) == (1, 0)


def test_an_urgent_task_rings_every_half_hour_and_a_call_does_not_ring(house: House):
    make_task("U")
    make_task("C")

    for half_hours in range(4):
        tasks.climb(house, "demo-west", by=JOB, now=NOW + timedelta(minutes=30 * half_hours))

    assert rings() == [
        (1, "nurse"),
        (2, "nurse"),
        (3, "duty-contact"),
        (4, "duty-contact"),
    ]


def test_the_alarm_stops_when_a_person_takes_it_on(house: House):
    task = make_task()
    tasks.climb(house, "demo-west", by=JOB, now=NOW)

    taken = tasks.acknowledge(task.pk, by=walk.NURSE, now=NOW)
    tasks.acknowledge(task.pk, by=walk.DOCTOR, now=NOW + timedelta(minutes=1))
    later = tasks.climb(house, "demo-west", by=JOB, now=NOW + timedelta(hours=1))

    task.refresh_from_db()
    assert taken.acknowledged_by == task.acknowledged_by == "nurse-one"
    assert later == ()
    assert Event.objects.filter(kind="task-acknowledged").count() == 1


def test_a_diary_entry_that_raises_an_alarm_rings_until_it_is_acknowledged(house: House):
    told = tell(house, make_followed(), 9, fainted=True)
    assert told.task is not None

    tasks.climb(house, "demo-west", by=JOB, now=on_day(9))

    assert rings() == [(1, "nurse")]


def test_a_site_without_a_duty_contact_runs_no_alarms(house: House):
    nobody = replace(house.site("demo-west"), duty=Duty("gynaecologist on duty", ""))
    alone = replace(house, sites={"demo-west": nobody})

    with pytest.raises(tasks.NoDutyContact, match="names nobody who answers at any hour"):
        tasks.climb(alone, "demo-west", by=JOB, now=NOW)


def test_a_task_is_closed_once_with_a_note(house: House):
    task = make_task("C")

    with pytest.raises(tasks.TaskRefused, match="the note is empty"):
        tasks.close(task.pk, " ", by=walk.NURSE, now=NOW)
    done = tasks.close(task.pk, "called, she is well", by=walk.NURSE, now=NOW)

    assert (done.done_at, done.acknowledged_by) == (NOW, "nurse-one")
    with pytest.raises(tasks.AlreadyDone, match="by nurse-one"):
        tasks.close(task.pk, "again", by=walk.DOCTOR, now=NOW)
    with pytest.raises(tasks.AlreadyDone):
        tasks.acknowledge(task.pk, by=walk.DOCTOR, now=NOW)


def test_whoever_took_a_task_on_is_kept_when_another_closes_it(house: House):
    task = make_task()
    tasks.acknowledge(task.pk, by=walk.NURSE, now=NOW)

    assert tasks.close(task.pk, "seen", by=walk.DOCTOR, now=NOW).acknowledged_by == "nurse-one"


def test_overdue_tasks_are_found_from_their_rows(house: House):
    late = make_task("C")
    make_task("C").delete()

    assert tasks.overdue("demo-west", by=walk.NURSE, now=NOW) == ()
    assert tasks.overdue("demo-west", by=walk.NURSE, now=NOW + timedelta(minutes=1)) == (late,)


def test_another_sites_task_does_not_exist_and_a_woman_acknowledges_none(house: House):
    task = make_task()
    elsewhere = replace(walk.NURSE, site="demo-leeds")
    assert task.patient is not None

    with pytest.raises(Task.DoesNotExist, match="There is no task"):
        tasks.acknowledge(task.pk, by=elsewhere, now=NOW)
    with pytest.raises(NotPermitted):
        tasks.acknowledge(task.pk, by=task.patient.as_actor(), now=NOW)
    with pytest.raises(NotPermitted):
        tasks.climb(house, "demo-west", by=after.RADIOGRAPHER, now=NOW)


def test_no_note_stands_for_a_decision_on_antibiotics(house: House):
    visit = after.examined(house, dilated_tube=True).visit
    task = Task.objects.get(kind="decide-antibiotics")

    with pytest.raises(tasks.NotDecidedYet, match="record that choice"):
        tasks.close(task.pk, "given", by=walk.NURSE, now=after.AFTERWARDS)
    task.refresh_from_db()
    assert task.done_at is None
    examination.choose_antibiotics(
        house,
        visit.pk,
        give=True,
        drug="doxycycline",
        allergy_checked=True,
        pregnancy_checked=True,
        by=walk.DOCTOR,
        now=after.AFTERWARDS,
    )

    task.refresh_from_db()
    assert (task.done_at, task.done_note) == (after.AFTERWARDS, "decided")
