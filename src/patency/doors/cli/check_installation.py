"""Looks at what the program runs on: Python, database, worker, typesetter, printer."""

import os
import shutil
import sys
from collections.abc import Iterator

from patency.core.access import Actor, Role
from patency.doors.cli.findings import Finding, State
from patency.doors.cli.program import set_up_django
from patency.doors.cli.running import waiting_migrations
from patency.service.house import House

OLDEST, NEWEST_TESTED = (3, 11), (3, 13)


def python() -> Iterator[Finding]:
    """Yield whether this Python is one we test with."""
    here = sys.version_info[:2]
    said = ".".join(map(str, sys.version_info[:3]))
    if OLDEST <= here <= NEWEST_TESTED:
        yield Finding("Python", State.OK, f"{said}.")
    else:
        yield Finding(
            "Python",
            State.FAILS,
            f"{said} is not one we test with.",
            "Set up again with Python 3.11 to 3.13: make venv PYTHON=python3.12",
        )


def own_sites(house: House) -> Iterator[Finding]:
    """Yield whether production works with a clinic's own site files."""
    in_production = os.environ.get("PATENCY_MODE", "production") == "production"
    if in_production and not os.environ.get("PATENCY_SITES"):
        yield Finding(
            "sites",
            State.FAILS,
            "the demo sites are in use; their phone numbers and prices are invented.",
            "Write your own (docs/how-to/add-a-site.md) and name their folder in PATENCY_SITES.",
        )


def database(house: House) -> Iterator[Finding]:
    """Yield whether the database answers and has every table."""
    set_up_django()
    from django.conf import settings
    from django.db import connection

    waiting = waiting_migrations()
    if waiting and settings.PATENCY_MODE != "demo":
        yield Finding(
            "database",
            State.FAILS,
            f"{len(waiting)} migrations are not applied ({waiting[0]} first).",
            "Back the database up, then: patency manage migrate",
        )
    elif waiting:
        yield Finding(
            "database",
            State.LOOK,
            f"{len(waiting)} migrations are not applied; a demo applies them when it starts.",
            "patency demo, or patency serve",
        )
    else:
        yield Finding(
            "database", State.OK, f"{connection.vendor} answers, every migration applied."
        )


def worker(house: House) -> Iterator[Finding]:
    """Yield whether somebody does the work that waits, and what was given up."""
    set_up_django()
    from django.conf import settings

    from patency.service.outbox import state_of_work

    if waiting_migrations():
        return
    by = Actor(name="self-check", site="", roles=frozenset({Role.SYSTEM}))
    work = state_of_work(settings.PATENCY_HOME, by=by, now=house.now())
    waits = f"{work.events_waiting} events and {work.jobs_waiting} jobs wait"
    if work.is_alive:
        yield Finding("worker", State.OK, f"it goes round; {waits}.")
    else:
        seen = f"last seen {work.last_beat:%Y-%m-%d %H:%M} UTC" if work.last_beat else "never seen"
        only_a_demo = settings.PATENCY_MODE == "demo" and not work.events_waiting
        state = State.LOOK if only_a_demo else State.FAILS
        yield Finding("worker", state, f"none runs ({seen}); {waits}.", "Start one: patency worker")
    if work.jobs_failed:
        yield Finding(
            "worker",
            State.FAILS,
            f"{work.jobs_failed} jobs were given up.",
            "Each has a task that says what was not done; do that by hand, then close the task.",
        )


def pdf(house: House) -> Iterator[Finding]:
    """Yield whether reports can be made, Chinese letters included."""
    from patency.gateways.pdf import FAMILY, NotRendered, font_files

    try:
        font_files(os.environ.get("PATENCY_FONTS", ""))
    except NotRendered as refusal:
        yield Finding("PDF", State.FAILS, str(refusal))
    else:
        yield Finding("PDF", State.OK, f"the font {FAMILY} is there in regular and bold.")


def ways_out(house: House) -> Iterator[Finding]:
    """Yield whether messages and pages can leave the house."""
    ways = house.gateways
    for name, way in (("mail", ways.mail), ("sms", ways.sms), ("printer", ways.printer)):
        kind = type(way).__name__
        missing = getattr(way, "sentence", "").removeprefix("Nothing was sent: ")
        if missing:
            yield Finding(name, State.LOOK, missing)
        elif kind.startswith("Memory"):
            yield Finding(name, State.OK, "kept in memory: nothing leaves a demo or a test.")
        elif name == "printer" and shutil.which("lp") is None:
            yield Finding(
                name,
                State.FAILS,
                "this machine has no printing system (no program lp).",
                "Install it (Debian, Ubuntu: apt-get install cups-client) and add the queue.",
            )
        else:
            yield Finding(name, State.OK, f"{kind} is set up; it is tried when it is used.")
