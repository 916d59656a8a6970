"""``patency demo``: one woman's journey as a story, on a database of its own; then the pages."""

import io
import logging
import os
import random
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.text import Text

from patency.doors.cli.beside import beside, serve_alone, stopped_with_what_it_began
from patency.doors.cli.demo_mark import DEMO_MARK, MARKED_TABLE
from patency.doors.cli.program import Program, Refused, console, program, set_up_django
from patency.doors.cli.running import bring_up_to_date, go_on

HOME = Path("var") / "demo"
DATABASE = "patency.sqlite3"
SEED = 20250924  # the story's first day; the same numbers and codes every time
PORTS_TRIED = 50
DICOM_PORT = 11112
MOST_PATIENTS = 250_000
BYTES_EACH = 110_000  # of one woman with her visits, indexes counted, with a little to spare
WIDTH = 100


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel=panel)(demo)


def demo(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option(help="Where her report, plan, receipt and record are put.")
    ] = Path("demo-out"),
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the pages after the story.")
    ] = True,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="The port to serve on; the next free one counts.")
    ] = 8000,
    fresh: Annotated[
        bool, typer.Option(help="Also throw away the sessions' key and the files of earlier demos.")
    ] = False,
    patients: Annotated[
        int,
        typer.Option(
            min=0,
            max=MOST_PATIENTS,
            help="So many more invented women around the story, with three visits each on average.",
        ),
    ] = 0,
    database: Annotated[
        str,
        typer.Option(
            help="An empty PostgreSQL database for the demo: postgresql://user@host/name."
        ),
    ] = "",
) -> None:
    """Tell one invented woman's journey, from her first call to the outcome, then serve the pages.

    Everything is made anew in a demo database (SQLite in PATENCY_HOME, else var/demo); what was
    entered in an earlier demo there is thrown away. The clock begins on 24 September 2025, 08:00 in
    Beijing, a week before National Day, and goes on from where the story ends. Nothing leaves this
    machine. Takes under 30 seconds; with --patients 100000 several minutes and about 8 GB.

    Example: patency demo --no-serve --out /tmp/wang
    """
    home = prepare(os.environ, database)
    check_there_is_room(home, patients)
    ports = choose_ports(os.environ, port) if serve else None
    with only_one(home):
        begin_anew(home, out, fresh=fresh)
        it = program(context)
        house = it.house()
        set_up_django()
        if not database:
            mark_as_demo()
        refuse_what_is_filled()
        bring_up_to_date()
        if database:
            mark_as_demo()
        _tell(it, out)
        if patients:
            _people(it, patients)
        _count(it)
        if ports is not None:
            _serve(house.now, home, port, ports)


def prepare(env: Any, database: str = "") -> Path:
    """Return the demo's folder; from here on this process and its children are a demo."""
    if database and not database.startswith(("postgresql://", "postgres://")):
        raise Refused(
            "--database names no PostgreSQL; write postgresql://user@host:5432/name of an empty "
            "database, or leave it out to use SQLite in PATENCY_HOME."
        )
    home = Path(env.get("PATENCY_HOME") or HOME).expanduser().resolve()
    env["PATENCY_MODE"], env["PATENCY_HOME"] = "demo", str(home)
    for name in ("DATABASE_URL", "PATENCY_SITES"):
        env.pop(name, None)  # a demo never touches a clinic's own database or files
    if database:
        env["DATABASE_URL"] = database
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the folder while a demo runs in it. Raises ``Refused`` when another one does."""
    import fcntl

    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused(
                f"A demo is running in {home}. One demo runs in a folder at a time; stop it with "
                "Ctrl-C, or name another folder: PATENCY_HOME=/tmp/demo-2 patency demo"
            ) from error
        yield


def begin_anew(home: Path, out: Path, *, fresh: bool) -> None:
    """Clear away an earlier demo. Raises ``Refused`` for a database that is not one."""
    file = home / DATABASE
    if file.exists() and not is_demo(file):
        raise Refused(
            f"{file} is not a demo's database, so it was not touched. A demo begins anew each time "
            "and would lose what is in it. Name another folder: PATENCY_HOME=/tmp/demo patency demo"
        )
    for path in (
        file,
        *home.glob(f"{DATABASE}-*"),
        home / "demo-clock.json",
        home / "demo-outbox.jsonl",
    ):
        path.unlink(missing_ok=True)
    if fresh:
        (home / "demo-key").unlink(missing_ok=True)
        for name in ("report.pdf", "receipt.pdf", "plan.ics", "record.json"):
            (out / name).unlink(missing_ok=True)
    if shutil.disk_usage(home).free < 50 * 2**20:
        raise Refused(f"Less than 50 MB are free where {home} is. Free some, then try again.")


def is_demo(file: Path) -> bool:
    """Return whether a SQLite file carries the mark of a demo, or is still empty."""
    if file.stat().st_size == 0:
        return True
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file)) as connection:
        found: tuple[int] = connection.execute("PRAGMA application_id").fetchone()
        return found[0] == DEMO_MARK
    return False


def check_there_is_room(home: Path, patients: int) -> None:
    """Return nothing, or raise ``Refused`` where so many women have no room on the disk."""
    needed, free = patients * BYTES_EACH, shutil.disk_usage(home).free
    if needed > free:
        raise Refused(
            f"{patients:,} women take about {needed / 2**30:.1f} GB and {free / 2**30:.1f} GB are "
            f"free where {home} is. Ask for at most {free // BYTES_EACH:,}, free some, or name "
            "another folder with PATENCY_HOME."
        )


def refuse_what_is_filled() -> None:
    """Return nothing, or raise ``Refused`` for a PostgreSQL database that is not empty."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return
    found = connection.introspection.table_names()
    if found:
        raise Refused(
            f"The database holds {len(found)} tables, {found[0]} among them, so it was not "
            "touched. A demo begins anew each time; make an empty one (createdb) and name that."
        )


def mark_as_demo() -> None:
    """Write the mark into the database; production refuses to serve one that carries it."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA application_id = {DEMO_MARK}")
        else:
            cursor.execute(f"COMMENT ON TABLE {MARKED_TABLE} IS '{DEMO_MARK}'")


@contextmanager
def same_chances() -> Iterator[None]:
    """Let every number that is drawn by chance be the same each time, while the story is told.

    Her number, receipts and codes are drawn as they are in a clinic; only the dice are ours.
    """
    dice = random.Random(SEED)
    real, drawn = os.urandom, random._urandom  # type: ignore[attr-defined]
    os.urandom = dice.randbytes
    random._urandom = dice.randbytes  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.urandom = real
        random._urandom = drawn  # type: ignore[attr-defined]


def _tell(it: Program, out: Path) -> None:
    from patency.doors.cli.story_teller import tell  # needs Django set up first

    for name in ("django_tasks", "django_tasks_db"):
        logging.getLogger(name).setLevel(logging.WARNING)  # the story tells what the worker does
    with same_chances():
        tell(paper(), it.house(), out, it.work)


def _people(it: Program, patients: int) -> None:
    from patency.doors.cli.crowd_build import people_the_clinic  # needs Django set up first

    people_the_clinic(console(), it.house(), patients, SEED)


def _count(it: Program) -> None:
    """Count how well the clinics did, so that nobody waits for the worker to come round to it."""
    from patency.core.access import Actor, Role
    from patency.service import quality

    house = it.house()
    for site in house.sites:
        by = Actor("demo", site, frozenset({Role.SYSTEM}))
        for month in quality.months_due(house, site, by=by, now=house.now()):
            quality.count_month(house, site, month, by=by, now=house.now())


def paper() -> Console:
    """Return where the story is printed: no wider than can be read, and as wide in a file."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Chinese shows a mark instead
    out = console()
    return Console(highlight=False, width=min(out.width, WIDTH) if out.is_terminal else WIDTH)


class Ports(NamedTuple):
    """Where a demo listens."""

    pages: int
    door: int
    """The 7:00 release, beside the pages."""
    dicom: int
    """The X-ray machines."""
    held: tuple[socket.socket, ...] = ()
    """What keeps them from another demo while the story is told."""


def choose_ports(env: Any, wanted: int) -> Ports:
    """Return free ports for the pages and the doors beside them, each told where the other is."""
    pages = held_port(wanted)
    door = held_port(pages.getsockname()[1] + 1)
    dicom = held_port(DICOM_PORT)
    numbers = [one.getsockname()[1] for one in (pages, door, dicom)]
    found = Ports(numbers[0], numbers[1], numbers[2], (pages, door, dicom))
    env["PATENCY_RELEASE_DOOR"] = f"http://127.0.0.1:{found.door}"
    env["PATENCY_ORIGINS"] = f"http://127.0.0.1:{found.pages},http://localhost:{found.pages}"
    return found


def _serve(clock: Callable[[], Any], home: Path, wanted: int, ports: Ports) -> None:
    out = console()
    if ports.pages != wanted:
        out.print(f"Port {wanted} is taken, so port {ports.pages} is used.")
    go_on(clock)
    out.print(Text(f"The pages: http://127.0.0.1:{ports.pages}/", style="bold"))
    for one in ports.held:
        one.close()
    out.print(
        f"X-ray machines: storescu -aet WESTFLUORO1 -aec PATENCY 127.0.0.1 {ports.dicom} FILE.dcm"
    )
    out.print('Go on to another day: .venv/bin/patency demo-clock "2026-01-06 08:00"')
    with (
        stopped_with_what_it_began(),
        beside(home, "worker"),
        beside(home, "release", "serve", "--port", str(ports.door)),
        beside(home, "dicom", "--port", str(ports.dicom)),
    ):
        serve_alone(ports.pages)


def free_port(wanted: int) -> int:
    """Return the port, or the next one after it on which nobody listens."""
    with closing(held_port(wanted)) as held:
        port: int = held.getsockname()[1]
        return port


def held_port(wanted: int) -> socket.socket:
    """Return a socket that keeps a port, or the next free one after it, from everybody else."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            one.bind(("127.0.0.1", port))
            one.listen()
            return one
        one.close()
    raise Refused(
        f"No port from {wanted} to {wanted + PORTS_TRIED - 1} is free on this machine. Name "
        "another one with --port, or stop after the story with --no-serve."
    )
