"""Looks at what the program runs on: Python, database, worker, typesetter, printer."""

import os
import sys
from collections.abc import Iterator

from patency.core.access import Actor, Role
from patency.core.site.model import Site
from patency.doors.cli.findings import Finding, State
from patency.doors.cli.program import set_up_django
from patency.doors.cli.running import waiting_migrations
from patency.gateways.not_sent import NotSent
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
    """Yield whether messages and pages can leave the house; nothing is sent to find out."""
    ways = house.gateways
    for name, way in (("mail", ways.mail), ("sms", ways.sms)):
        yield _tried(name, way)
    if not house.pages:
        yield Finding(
            "mail",
            State.LOOK,
            "no mail says where she stops such mails: nobody said where the pages are.",
            "Set PATENCY_ORIGINS to the address she opens, such as https://clinic.example.org.",
        )
    if hasattr(ways.sms, "try_it") and not house.hears_answers:
        yield Finding(
            "sms",
            State.LOOK,
            "what women answer is not heard, so nobody can stop short messages by answering STOP.",
            "Let the provider hand answers to /answers/sms/, signed, and set "
            "PATENCY_SMS_ANSWERS_SECRET_FILE (docs/how-to/install.md).",
        )
    for site in house.sites.values():
        yield _printer(house, site)


def _tried(name: str, way: object) -> Finding:
    missing = getattr(way, "sentence", "").removeprefix("Nothing was sent: ")
    if missing:
        return Finding(name, State.LOOK, missing)
    try_it = getattr(way, "try_it", None)
    if try_it is None:
        return Finding(name, State.OK, "kept in memory: nothing leaves a demo or a test.")
    try:
        try_it()
    except NotSent as failure:
        return Finding(name, State.FAILS, str(failure))
    return Finding(name, State.OK, f"{type(way).__name__} answers, and lets us in.")


def _printer(house: House, site: Site) -> Finding:
    name = f"printer {site.slug}"
    printer = house.gateways.printer
    if type(printer).__name__.startswith("Memory"):
        return Finding(name, State.OK, "kept in memory: nothing leaves a demo or a test.")
    state = printer.look(site.printer.address)
    if state.is_ready:
        return Finding(name, State.OK, f"{site.printer.address} is ready.")
    how = "See docs/runbooks/printer-down.md; the address stands in the site file."
    return Finding(name, State.FAILS, state.why, how)
