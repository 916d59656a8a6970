"""The worker: hands events on, runs jobs, watches the clocks, and stops cleanly when told to."""

import gc
import logging
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connections
from django_tasks_db.management.commands.db_worker import Worker as JobRunner

from patency.doors.jobs.at_work import worker_at, working_for
from patency.doors.jobs.clocks import CLOCKS
from patency.doors.jobs.dispatcher import dispatch
from patency.gateways.clock import system_clock
from patency.service import outbox
from patency.service.house import House

log = logging.getLogger(__name__)

PAUSE_S = 1.0
JOBS_OF_A_ROUND = 20  # so that a slow mail server does not keep the alarms waiting: our choice
ROUNDS_AT_MOST = 50  # for `--once`: what jobs write may ask for more jobs, but not for ever
EVERYWHERE = worker_at("")


def run(house: House, *, once: bool = False) -> None:
    """Work until told to stop by SIGTERM or Ctrl-C; with ``once``, do what waits and return.

    A job that has begun is finished before the worker stops. A round that fails, because the
    database is away for instance, is logged, and the next one is tried after a pause.
    """
    it = _Worker(house)
    with working_for(house):
        if once:
            it.do_what_waits()
            return
        # What is here now stays; the collector need not look through it while a night is planned.
        gc.collect()
        gc.freeze()
        with _stopping(it), it.slow_jobs_beside():
            log.info("at work, with %s sites", len(house.sites))
            while not it.stop.is_set():
                try:
                    it.go_round()
                except Exception:  # the outer edge: a worker that dies helps nobody
                    log.exception("a round failed; the next one begins in %s s", PAUSE_S)
                close_old_connections()
                it.stop.wait(PAUSE_S)
            log.info("stopped; what waits, waits for the next worker")


class _Worker:
    """One worker: which clocks rang when, and whether it was told to stop."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.stop = threading.Event()
        self.name = uuid.uuid4().hex
        self._runner = _job_runner(self.name)
        self._rang: dict[str, datetime] = {}
        self._slow: bool | None = None
        """Which jobs are this thread's: all, until another thread takes the slow ones."""

    @contextmanager
    def slow_jobs_beside(self) -> Iterator[None]:
        """Run in a thread of its own what takes minutes, so that no alarm waits for it."""
        self._slow = False
        work = copy_context()  # the thread works for the same house
        beside = threading.Thread(target=work.run, args=(self._run_slow_jobs,), name="slow jobs")
        beside.start()
        try:
            yield
        finally:
            self.stop.set()
            beside.join()

    def _run_slow_jobs(self) -> None:
        name = uuid.uuid4().hex
        runner = _job_runner(name)
        while not self.stop.is_set():
            job = None
            try:
                job = outbox.take_job(name, slow=True, by=EVERYWHERE, now=self.house.now())
                if job is not None:
                    runner.run_task(job)
            except Exception:  # the outer edge, as in a round
                log.exception("a slow job could not be begun; the next try is in %s s", PAUSE_S)
            close_old_connections()
            if job is None:
                self.stop.wait(PAUSE_S)
        connections.close_all()

    def do_what_waits(self) -> None:
        """Ring every clock, then hand on and run until nothing is left."""
        self.go_round()
        for _ in range(ROUNDS_AT_MOST):
            if not self.hand_on_and_run():
                break
        self.give_sign_of_life()

    def go_round(self) -> None:
        """Do everything once, then give a sign of life."""
        self.ring_clocks()
        outbox.bring_back_lost(real_now=system_clock()(), by=EVERYWHERE, now=self.house.now())
        self.hand_on_and_run()
        self.give_sign_of_life()

    def hand_on_and_run(self) -> bool:
        """Return whether anything was waiting."""
        did = dispatch(self.house) > 0
        for _ in range(JOBS_OF_A_ROUND):
            if self.stop.is_set():
                break
            now = self.house.now()
            job = outbox.take_job(self.name, slow=self._slow, by=EVERYWHERE, now=now)
            if job is None:
                break
            self._runner.run_task(job)
            self.give_sign_of_life()
            did = True
        return did

    def give_sign_of_life(self) -> None:
        """Say that this worker goes round."""
        outbox.sign_of_life(settings.PATENCY_HOME, by=EVERYWHERE, now=self.house.now())

    def ring_clocks(self) -> None:
        """Ring each clock whose time has come, at every site."""
        for clock in CLOCKS:
            now = self.house.now()
            rang = self._rang.get(clock.name)
            if rang is not None and now - rang < clock.every:
                continue
            self._rang[clock.name] = now
            for site in self.house.sites:
                try:
                    clock.ring(self.house, worker_at(site), now)
                except Exception:  # the outer edge: one site must not keep the others waiting
                    log.exception("the clock %s failed at %s", clock.name, site)

    def told_to_stop(self, number: int, frame: FrameType | None) -> None:
        """Finish the job at hand, then stop."""
        log.info("told to stop (%s)", signal.Signals(number).name)
        self.stop.set()


def _job_runner(name: str) -> JobRunner:
    """Return what runs one job and keeps how it went; its own loop is not used.

    That loop closes connections between jobs, and would not hear ours when it is told to stop.
    """
    return JobRunner(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=name,
        excluded_queue_names=[],
    )


@contextmanager
def _stopping(it: _Worker) -> Iterator[None]:
    """Let SIGTERM and Ctrl-C stop the worker; only the main thread hears them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {
        each: signal.signal(each, it.told_to_stop) for each in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
