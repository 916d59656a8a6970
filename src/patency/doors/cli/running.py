"""``patency serve``, ``worker`` and ``manage``: the program as it runs."""

import socket
from contextlib import closing
from typing import Annotated

import typer

from patency.doors.cli.demo_mark import DEMO_MARK, MARKED_TABLE
from patency.doors.cli.program import Refused, console, program, set_up_django

APPLICATION = "patency.config.wsgi:application"


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
) -> None:
    """Serve the pages until stopped with Ctrl-C.

    Listens on this machine only unless told otherwise; in front of patients, put a proxy with TLS
    before it. A demo's tables are brought up to date by themselves, nobody else's are.

    Example: patency serve --port 8080
    """
    house = program(context).house()  # wrong data is refused before anything listens
    check_port_is_free(host, port)
    set_up_django()
    refuse_a_demos_database()
    bring_up_to_date()
    collect_static_files()
    go_on(house.now)
    serve_pages(host, port)


def go_on(clock: object) -> None:
    """Let a demo's clock run on from where its story left it; any other clock runs anyway."""
    let_run = getattr(clock, "go_on", None)
    if let_run is not None:
        let_run()


def serve_pages(host: str, port: int) -> None:
    """Serve until stopped; Django is set up and the tables are up to date."""
    from granian import Granian
    from granian.constants import Interfaces

    console().print(f"Serving on http://{host}:{port}/ (stop with Ctrl-C)")
    Granian(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        # Ctrl-C reaches the server's own process twice, which can leave it waiting for ever.
        workers_kill_timeout=3,
        log_enabled=False,
    ).serve()


def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option(help="Do what waits now, then stop.")] = False,
) -> None:
    """Do the work that waits: hand events on, send messages, sound alarms again.

    Run one beside `patency serve`. Without it pages still show what is overdue.

    Example: patency worker --once
    """
    it = program(context)
    it.house()
    set_up_django()
    refuse_a_demos_database()
    bring_up_to_date()
    it.work(once)


def manage(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="A Django command and its options.")
    ] = None,
) -> None:
    """Pass a command on to Django: migrate, makemigrations, createsuperuser, collectstatic, …

    Example: patency manage migrate
    """
    from django.core.management import execute_from_command_line

    execute_from_command_line(["patency manage", *(arguments or ["help"])])


def check_port_is_free(host: str, port: int) -> None:
    """Return nothing, or raise ``Refused`` when this address cannot be listened on."""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError as error:
            raise Refused(
                f"Nothing is served: {host}:{port} cannot be listened on ({error.strerror}). Stop "
                "what uses it, or name another with --host and --port."
            ) from error


def refuse_a_demos_database() -> None:
    """Return nothing, or raise ``Refused`` when production would work on a demo's database."""
    from django.conf import settings
    from django.db import connection

    if not settings.IN_PRODUCTION:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA application_id")
        else:
            cursor.execute("SELECT obj_description(to_regclass(%s))", [MARKED_TABLE])
        if str(cursor.fetchone()[0]) != str(DEMO_MARK):
            return
    raise Refused(
        "The database is a demo's: its women are invented and its sign-ins are printed for "
        "everyone. Name the clinic's own with DATABASE_URL or PATENCY_HOME, or set "
        "PATENCY_MODE=demo to look at the demo again."
    )


def collect_static_files() -> None:
    """Gather what the pages need beside them, where production serves it from."""
    from django.conf import settings
    from django.core.management import call_command

    if settings.IN_PRODUCTION:
        call_command("collectstatic", interactive=False, verbosity=0)


def bring_up_to_date() -> None:
    """Apply waiting migrations in a demo; elsewhere raise ``Refused`` naming the command."""
    from django.conf import settings
    from django.core.management import call_command

    waiting = waiting_migrations()
    if not waiting:
        return
    if settings.PATENCY_MODE == "demo":
        call_command("migrate", interactive=False, verbosity=0)
        return
    raise Refused(
        f"The database lacks {len(waiting)} migrations ({waiting[0]} first). Back it up, then run "
        "`patency manage migrate` (docs/how-to/upgrade.md)."
    )


def waiting_migrations() -> list[str]:
    """Return the migrations that were not applied yet. Raises ``Refused`` without a database."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import OperationalError

    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        raise Refused(
            f"The database does not answer ({type(error).__name__}). Start it, or correct "
            "DATABASE_URL; `patency check` says what it finds."
        ) from error
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
