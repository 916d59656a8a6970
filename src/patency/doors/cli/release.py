"""``patency release``: serve the 7:00 door, announce a day's numbers, check a draw."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from patency.core.access import Actor, Role
from patency.core.booking.release import ResultRefused, as_document, faults
from patency.doors.cli.program import (
    Refused,
    console,
    parse_day,
    print_json,
    program,
    read_json,
    set_up_django,
)
from patency.doors.cli.running import (
    bring_up_to_date,
    check_port_is_free,
    refuse_a_demos_database,
)
from patency.service.house import House

SERVE = "patency.config.door.serve"  # joined there: no door imports another
NAME = "command-line"  # who acts, in the audit: whoever may run commands on this machine
A_RESULT = (
    "the result of a draw, which is an object. Fetch it again from /releases/<id>/result, or with "
    "`patency release result`."
)

app = typer.Typer(no_args_is_help=True, help="Release a day's numbers at one moment.")

Site = Annotated[str, typer.Argument(help="The site, such as demo-west.", metavar="SITE")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def register(parent: typer.Typer, panel: str) -> None:
    """Put the commands of this room into the command line."""
    parent.add_typer(app, name="release", rich_help_panel=panel)


@app.callback()
def release() -> None:
    """Release a day's numbers at one moment."""


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8001,
) -> None:
    """Serve the release door until stopped with Ctrl-C: one process beside `patency serve`.

    It answers claims and nothing else. Put the proxy with TLS before it; pages send claims to
    PATENCY_RELEASE_DOOR. A second process does no harm and no good.

    Example: patency release serve --port 8001
    """
    program(context).house()  # wrong data is refused before anything listens
    check_port_is_free(host, port)
    set_up_django()
    refuse_a_demos_database()
    bring_up_to_date()
    serve_door(host, port)


def serve_door(host: str, port: int) -> None:
    """Serve until stopped; Django is set up and the tables are up to date."""
    from django.utils.module_loading import import_string

    console().print(f"Release door on http://{host}:{port}/ (stop with Ctrl-C)")
    import_string(SERVE)(host, port)


@app.command()
def announce(
    context: typer.Context,
    site: Site,
    day: Annotated[str, typer.Argument(help="The clinic day.", metavar="DAY")],
    campus: Annotated[str, typer.Option(help="The campus; every one unless named.")] = "",
    opens_at: Annotated[
        str, typer.Option(help="Another moment than the site's hour, such as for a rehearsal.")
    ] = "",
) -> None:
    """Announce the numbers of one clinic day: their places are taken out of planning.

    Example: patency release announce demo-west 2026-12-03
    """
    house = _ready(context)
    from patency.service import release as service

    known = house.site(site)
    for one in [campus] if campus else sorted(known.campuses):
        try:
            made = service.announce(
                house,
                one,
                parse_day(day),
                opens_at=_moment(opens_at) if opens_at else None,
                by=_at(site, Role.MANAGER),
                now=house.now(),
            )
        except service.ReleaseRefused as refusal:
            raise Refused(str(refusal)) from refusal
        print(
            f"release/{made.pk}: {made.places} numbers of {made.day} at {one} ({made.policy}), "
            f"{made.waiting_places} may wait; opens at {made.opens_at.isoformat()}."
        )


@app.command()
def draw(
    context: typer.Context,
    site: Site,
    release_id: Annotated[UUID, typer.Argument(help="The release.", metavar="RELEASE")],
) -> None:
    """Draw a release now, if its moment has come; the door and the worker do it by themselves.

    Example: patency release draw demo-leeds 0b9c…
    """
    house = _ready(context)
    from patency.records.models.release import NumberRelease
    from patency.service import drawing

    try:
        drawn = drawing.draw_numbers(release_id, by=_at(site, Role.MANAGER), now=house.now())
    except (drawing.NotDrawn, NumberRelease.DoesNotExist) as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"release/{drawn.pk} was drawn at {drawn.drawn_at}.")


@app.command()
def state(
    context: typer.Context,
    release_id: Annotated[UUID, typer.Argument(help="The release.", metavar="RELEASE")],
    as_json: Json = False,
) -> None:
    """Show when a release opens and how much of it is given.

    Example: patency release state 0b9c… --json
    """
    house = _ready(context)
    from patency.service import release as service

    found = service.public_state(release_id, by=_at("", Role.SYSTEM), now=house.now())
    if found is None:
        raise Refused(f"There is no release {release_id}. Announce it first.")
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        print(f"{name:16} {'' if value is None else value}")


@app.command()
def result(
    context: typer.Context,
    release_id: Annotated[UUID, typer.Argument(help="The release.", metavar="RELEASE")],
) -> None:
    """Print the published result of a draw as JSON: tokens, no names.

    Example: patency release result 0b9c… > result.json
    """
    house = _ready(context)
    from patency.service import drawing

    try:
        found = drawing.draw_result(release_id, by=_at("", Role.SYSTEM), now=house.now())
    except drawing.NotDrawn as refusal:
        raise Refused(str(refusal)) from refusal
    print_json(as_document(found))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A published result, or - for standard input.")],
    commitment: Annotated[
        str, typer.Option(help="The commitment as you noted it before the draw.")
    ] = "",
) -> None:
    """Check a published draw again, from its secret and its list alone; needs no database.

    Leaves with 1 when something does not hold.

    Example: patency release verify result.json --commitment 5f3a…
    """
    try:
        wrong = faults(read_json(file, wanted=A_RESULT), announced=commitment)
    except ResultRefused as refusal:
        raise Refused(str(refusal)) from refusal
    for sentence in wrong:
        print(sentence)
    if wrong:
        raise typer.Exit(1)
    print("The draw holds: secret, list, order and outcomes fit together.")


def _ready(context: typer.Context) -> House:
    house = program(context).house()
    set_up_django()
    refuse_a_demos_database()
    bring_up_to_date()
    return house


def _at(site: str, role: Role) -> Actor:
    return Actor(NAME, site, frozenset({role}))


def _moment(raw: str) -> Any:
    try:
        found = datetime.fromisoformat(raw)
    except ValueError as error:
        raise typer.BadParameter(f"{raw!r} is not a moment ({error}).") from error
    if found.tzinfo is None:
        raise typer.BadParameter(
            f"{raw!r} has no time zone. Write it such as 2026-12-02T07:00:00+08:00."
        )
    return found
