"""The worker hands events on, runs jobs, rings alarms, and stops cleanly."""

import os
import re
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from patency.config.wiring import build_house
from patency.core.access import Role
from patency.core.findings.model import (
    Calibre,
    Cavity,
    Findings,
    Quality,
    Segment,
    Shape,
    Spill,
    Tube,
)
from patency.doors.jobs import clocks, dispatcher, worker
from patency.doors.jobs.at_work import NobodyAtWork, worker_at
from patency.doors.jobs.clocks import Clock
from patency.doors.jobs.dispatcher import JOBS
from patency.doors.jobs.jobs import read_images, tell_her
from patency.doors.jobs.words import messages
from patency.gateways.heartbeat import last_beat
from patency.gateways.memory import MemoryPrinter, MemorySms
from patency.records.ledger import remember, subject_of
from patency.records.models.followup import Task
from patency.records.models.ledger import Event
from patency.records.models.people import ChannelConsent
from patency.records.models.report import Report
from patency.records.models.visit import Visit
from patency.service import cycles, outbox, pickup, reporting, suggesting
from patency.service.house import House
from tests.architecture.source import PACKAGE
from tests.make import NOW, SITE, TODAY, make_actor, make_exam, make_patient, make_visit
from tests.only_services_write import watch
from tests.service import walk

OPEN = Tube(Segment.FIMBRIA, Spill.FREE, Calibre.NORMAL)
NORMAL = Findings(Cavity(Shape.NORMAL), OPEN, OPEN, Quality.GOOD)


class Later:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def house(later: Later, settings: Any, tmp_path: Path) -> House:
    settings.PATENCY_HOME = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    return replace(build_house({"PATENCY_MODE": "test"}), now=later)


@pytest.fixture
def _doors_only_ask(db: None) -> Iterator[None]:
    with connection.execute_wrapper(watch):
        yield


def sms(house: House) -> MemorySms:
    assert isinstance(house.gateways.sms, MemorySms)
    return house.gateways.sms


def make_woman(**fields: Any) -> Visit:
    patient = make_patient(phone="+8613800000000")
    ChannelConsent.objects.create(
        patient=patient, channel="sms", given=True, at=NOW, by="nurse-one"
    )
    return make_visit(patient=patient, **fields)


def make_event(visit: Visit, **fields: Any) -> Event:
    with transaction.atomic():
        return remember(
            **{
                "kind": "booked",
                "subject": "booking/1",
                "by": make_actor(),
                "now": NOW,
                "site": visit.site,
                "payload": {"visit": visit.pk},
                **fields,
            }
        )


def make_task(visit: Visit, urgency: str = "E") -> Task:
    return Task.objects.create(
        visit=visit,
        patient=visit.patient,
        kind="diary-alarm",
        urgency=urgency,
        opened_at=NOW,
        due_at=NOW,
    )


def make_examined(**fields: Any) -> Visit:
    visit = make_woman(**fields)
    make_exam(visit)
    return visit


def make_signed_report(visit: Visit) -> Report:
    return Report.objects.create(
        visit=visit,
        version=1,
        status="signed",
        signed_by="dr-li",
        signed_at=NOW,
        sections={"sections": [{"id": "right", "title": "Right tube", "text": ["Free."]}]},
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("_doors_only_ask")
def test_an_event_becomes_a_job_and_the_job_is_done(house: House, tmp_path: Path) -> None:
    event = make_event(make_woman())

    worker.run(house, once=True)

    assert [each.text for each in sms(house).sent] == [messages()["appointment-made"]["en"].text]
    event.refresh_from_db()
    assert event.handled_at == NOW
    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL
    assert not Event.objects.filter(handled_at__isnull=True).exists()
    assert last_beat(tmp_path) == NOW


@pytest.mark.django_db
def test_running_again_does_nothing_again(house: House) -> None:
    make_event(make_woman())

    worker.run(house, once=True)
    worker.run(house, once=True)

    assert len(sms(house).sent) == 1


@pytest.mark.django_db
def test_an_event_nobody_waits_for_is_handled_without_a_job(house: House) -> None:
    event = make_event(make_woman(), kind="something-else")

    worker.run(house, once=True)

    event.refresh_from_db()
    assert event.handled_at == NOW
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_an_event_that_cannot_be_handed_on_does_not_keep_others_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(event: Event) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(dispatcher, "JOBS", {**JOBS, "odd": breaks})
    odd, sound = make_event(make_woman(), kind="odd"), make_event(make_woman())

    worker.run(house, once=True)

    odd.refresh_from_db()
    sound.refresh_from_db()
    assert odd.handled_at is None
    assert sound.handled_at == NOW
    assert len(sms(house).sent) == 1


@pytest.mark.django_db
def test_a_job_that_fails_is_tried_three_times_and_then_given_to_staff(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AGAIN_AFTER", timedelta(0))
    make_event(make_woman(), kind="booked", subject="slot/1", payload={})  # names nobody

    for _ in range(5):
        worker.run(house, once=True)

    job = DBTaskResult.objects.get()
    assert job.status == TaskResultStatus.FAILED
    assert len(job.worker_ids) == 3
    assert Task.objects.get().kind == "job-failed"


@pytest.mark.django_db
def test_an_alarm_rings_climbs_to_the_duty_contact_and_stops_when_a_person_takes_it(
    house: House, later: Later
) -> None:
    task = make_task(make_woman())

    worker.run(house, once=True)
    assert sms(house).sent == []  # the first ring is for the nurses, on their screen

    for number in (1, 2):
        later.now += timedelta(minutes=5)
        worker.run(house, once=True)
        assert [each.to for each in sms(house).sent] == [house.site(SITE).duty.phone] * number

    task.acknowledged_at, task.acknowledged_by = later.now, "nurse-one"
    task.save()
    later.now += timedelta(hours=1)
    worker.run(house, once=True)
    assert len(sms(house).sent) == 2


@pytest.mark.django_db
def test_a_date_that_her_new_bleeding_end_makes_impossible_is_given_up(house: House) -> None:
    made = walk.booked(house)
    cycles.report_bleeding_end(house, made.visit.patient_id, TODAY, by=walk.DESK, now=NOW)

    worker.run(house, once=True)

    made.refresh_from_db()
    assert made.state == "cancelled"
    assert walk.fresh(made.visit).state == "cleared"


@pytest.mark.django_db
def test_a_report_fetched_with_its_code_is_printed_once(house: House) -> None:
    visit = make_examined()
    report = make_signed_report(visit)
    make_event(
        visit, kind="report-picked-up", subject=subject_of(visit), payload={"report": report.pk}
    )

    worker.run(house, once=True)
    worker.run(house, once=True)

    printer = house.gateways.printer
    assert isinstance(printer, MemoryPrinter)
    [job] = printer.printed
    assert job.pdf.startswith(b"%PDF")
    assert (job.address, job.title) == (house.site(SITE).printer.address, "Document")


@pytest.mark.django_db
def test_what_staff_release_is_told_her_with_its_code(house: House) -> None:
    visit = make_examined(state="examined")
    doctor = make_actor(Role.RADIOLOGIST, name="dr-li")
    reporting.record_findings(house, visit.pk, NORMAL, by=doctor, now=NOW)
    draft = reporting.draft(house, visit.pk, by=doctor, now=NOW)
    reporting.sign(house, draft.pk, by=doctor, now=NOW)
    reporting.release(house, visit.pk, early_because="she leaves", by=doctor, now=NOW)

    for _ in range(2):
        worker.run(house, once=True)

    [told] = sms(house).sent
    code = re.search(r"[0-9A-Z]{4,}(-[0-9A-Z]{4,})*", told.text)
    assert code
    her = visit.patient.as_actor()
    assert pickup.print_report(house, code.group(), by=her, now=NOW).report == Report.objects.get()


@pytest.mark.django_db
def test_a_report_that_is_due_is_released_and_its_code_goes_to_her(
    house: House, later: Later
) -> None:
    visit = make_examined(state="examined")
    doctor = make_actor(Role.RADIOLOGIST, name="dr-li")
    reporting.record_findings(house, visit.pk, NORMAL, by=doctor, now=NOW)
    draft = reporting.draft(house, visit.pk, by=doctor, now=NOW)
    reporting.sign(house, draft.pk, by=doctor, now=NOW)

    worker.run(house, once=True)
    visit.refresh_from_db()
    assert visit.state == "reported"  # a working day has not passed

    later.now = NOW + timedelta(days=2)
    for _ in range(2):
        worker.run(house, once=True)

    visit.refresh_from_db()
    assert visit.state == "released"
    asked = messages()["diary-waiting"]["en"].text  # two days went by without a word from her
    [told] = [each for each in sms(house).sent if each.text != asked]
    code = re.search(r"[0-9A-Z]{4,}(-[0-9A-Z]{4,})*", told.text)
    assert code
    fetched = pickup.print_report(house, code.group(), by=visit.patient.as_actor(), now=later.now)
    assert fetched.report == Report.objects.get()
    worker.run(house, once=True)
    printer = house.gateways.printer
    assert isinstance(printer, MemoryPrinter)
    assert len(printer.printed) == 1


@pytest.mark.django_db
def test_a_clock_rings_again_only_after_its_time(
    house: House, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    rang: list[tuple[str, datetime]] = []
    clock = Clock("test", timedelta(minutes=5), lambda house, by, now: rang.append((by.site, now)))
    monkeypatch.setattr(worker, "CLOCKS", (clock,))
    it = worker._Worker(house)

    for minutes in (0, 4, 1):
        later.now += timedelta(minutes=minutes)
        it.ring_clocks()

    assert [when for site, when in rang if site == SITE] == [NOW, NOW + timedelta(minutes=5)]
    assert {site for site, _ in rang} == set(house.sites)


@pytest.mark.django_db
def test_a_clock_that_fails_at_one_site_rings_at_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rang: list[str] = []

    def ring(house: House, by: Any, now: datetime) -> None:
        if by.site == min(house.sites):
            raise RuntimeError("no")
        rang.append(by.site)

    monkeypatch.setattr(worker, "CLOCKS", (Clock("test", timedelta(minutes=5), ring),))
    worker.run(house, once=True)

    assert rang == [site for site in house.sites if site != min(house.sites)]


@pytest.mark.django_db(transaction=True)
def test_the_worker_works_until_it_is_told_to_stop(house: House, tmp_path: Path) -> None:
    make_event(make_woman())
    before = signal.getsignal(signal.SIGTERM)

    def stop_when_done() -> None:
        for _ in range(200):
            if sms(house).sent and last_beat(tmp_path):
                break
            threading.Event().wait(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop_when_done)
    thread.start()
    worker.run(house)
    thread.join()

    assert len(sms(house).sent) == 1
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.django_db
def test_what_takes_minutes_is_taken_apart_from_what_cannot_wait(house: House) -> None:
    by = worker_at("")
    read_images.enqueue(SITE, str(uuid4()))
    tell_her.enqueue(1, SITE, "appointment-made")

    at_once = outbox.take_job("one", slow=False, by=by, now=NOW)
    nothing_more = outbox.take_job("one", slow=False, by=by, now=NOW)
    slow = outbox.take_job("two", slow=True, by=by, now=NOW)

    assert at_once is not None and at_once.task_path.endswith(".tell_her")
    assert nothing_more is None
    assert slow is not None and slow.task_path.endswith(".read_images")


@pytest.mark.django_db(transaction=True)
def test_an_alarm_does_not_wait_for_a_slow_job(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_event(make_woman())
    read_images.enqueue(SITE, str(uuid4()))
    begun, told = threading.Event(), threading.Event()

    def read_for_minutes(*_: Any, **__: Any) -> Any:
        begun.set()
        assert told.wait(20)
        raise LookupError("there is no such reading")

    monkeypatch.setattr(worker, "PAUSE_S", 0.01)
    monkeypatch.setattr(suggesting, "read_images", read_for_minutes)

    def stop_when_told() -> None:
        begun.wait(20)
        for _ in range(400):
            if sms(house).sent:
                break
            threading.Event().wait(0.05)
        told.set()
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop_when_told)
    thread.start()
    worker.run(house)
    thread.join()

    assert begun.is_set()
    assert len(sms(house).sent) == 1
    assert DBTaskResult.objects.get(task_path__endswith=".read_images").status == (
        TaskResultStatus.FAILED
    )


@pytest.mark.django_db(transaction=True)
def test_a_round_that_fails_does_not_end_the_worker(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[int] = []

    def go_round(it: Any) -> None:
        rounds.append(1)
        if len(rounds) == 2:
            it.stop.set()
        raise RuntimeError("the database is away")

    monkeypatch.setattr(worker._Worker, "go_round", go_round)
    monkeypatch.setattr(worker, "PAUSE_S", 0.01)
    worker.run(house)

    assert len(rounds) == 2
    assert "a round failed" in caplog.text


@pytest.mark.django_db
def test_a_job_outside_a_worker_says_how_jobs_are_run() -> None:
    with pytest.raises(NobodyAtWork, match="patency worker"):
        tell_her.call(1, SITE, "appointment-made")


def test_every_event_that_asks_for_a_job_is_written_by_a_service() -> None:
    services = "".join(
        path.read_text(encoding="utf-8") for path in (PACKAGE / "service").glob("*.py")
    )

    assert [kind for kind in JOBS if f'"{kind}"' not in services] == []


def test_every_message_has_words_in_every_language() -> None:
    languages = {frozenset(words) for words in messages().values()}

    assert languages == {frozenset({"en", "zh"})}


def test_the_clocks_have_names_of_their_own() -> None:
    assert len({clock.name for clock in clocks.CLOCKS}) == len(clocks.CLOCKS)
