"""``patency release``: serve the 7:00 door, announce a day's numbers, check a draw."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from patency.core.access import Actor, Role
from patency.core.booking.release import Outcome, ResultRefused, as_document, faults
from patency.core.calendar.legal import YearMissing
from patency.doors.cli.program import (
    Refused,
    console,
    note,
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
Campus = Annotated[str, typer.Option(help="The campus, where several release that day.")]
NAMED_BY = "its id, or the site and the clinic day, such as demo-west 2026-12-03"
Which = Annotated[
    list[str], typer.Argument(help=f"The release: {NAMED_BY}.", metavar="RELEASE | SITE DAY")
]
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

    Without --campus every campus is announced that can be; of each other it is said why not.
    Leaves with 2 when none could be announced.

    Example: patency release announce demo-west 2026-12-03
    """
    house = _ready(context)
    from patency.service import release as service

    known = house.site(site)
    moment = _moment(opens_at) if opens_at else None
    named = parse_day(day)
    by, refused, announced = _at(site, Role.MANAGER), [], 0
    for one in [campus] if campus else sorted(known.campuses):
        try:
            made = service.announce(house, one, named, opens_at=moment, by=by, now=house.now())
        except (service.ReleaseRefused, YearMissing) as refusal:
            refused.append(str(refusal))
            continue
        announced += 1
        print(
            f"release/{made.pk}: {made.places} numbers of {made.day} at {one} ({made.policy}), "
            f"{made.waiting_places} may wait; opens at {made.opens_at.isoformat()}."
        )
    told = "\n".join(dict.fromkeys(refused))
    if not announced:
        raise Refused(told)
    if told:
        note(told)


@app.command("list")
def list_releases(
    context: typer.Context,
    site: Site,
    as_json: Json = False,
) -> None:
    """List a site's releases, the latest clinic day first: ids, days, and how much is given.

    Example: patency release list demo-west
    """
    house = _ready(context)
    from patency.service import release as service

    by = _at(house.site(site).slug, Role.MANAGER)
    there = seen_releases(by, house.now()).order_by("-day", "campus")
    door = _at("", Role.SYSTEM)
    found = [
        {
            **(service.public_state(one.pk, by=door, now=house.now()) or {}),
            "waiting": _waiting(by, one.pk, house.now()),
        }
        for one in there
    ]
    if as_json:
        print_json(found)
        return
    if not found:
        print(f"{site} has announced no numbers; `patency release announce {site} DAY` does.")
    for row in found:
        print(
            f"{row['release']}  {row['day']}  {row['campus']}  {row['policy']}  opens "
            f"{row['opens_at']:%Y-%m-%d %H:%M} UTC  given {row['given']} of {row['places']}, "
            f"waiting {row['waiting']}"
        )


@app.command()
def draw(context: typer.Context, release: Which, campus: Campus = "") -> None:
    """Draw a release now, if its moment has come; the door and the worker do it by themselves.

    Example: patency release draw demo-leeds 2026-12-03
    """
    house = _ready(context)
    from patency.service import drawing

    found = _named(house, release, campus)
    by = _at(str(found["site"]), Role.MANAGER)
    try:
        drawn = drawing.draw_numbers(UUID(str(found["release"])), by=by, now=house.now())
    except drawing.NotDrawn as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"release/{drawn.pk} was drawn at {drawn.drawn_at}.")


@app.command()
def state(
    context: typer.Context, release: Which, campus: Campus = "", as_json: Json = False
) -> None:
    """Show when a release opens and how much of it is given.

    Example: patency release state demo-west 2026-12-03 --campus west --json
    """
    found = _named(_ready(context), release, campus)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        print(f"{name:16} {'' if value is None else value}")


@app.command()
def result(context: typer.Context, release: Which, campus: Campus = "") -> None:
    """Print the published result of a draw as JSON: tokens, no names.

    Example: patency release result demo-leeds 2026-12-03 > result.json
    """
    house = _ready(context)
    from patency.service import drawing

    known = UUID(str(_named(house, release, campus)["release"]))
    try:
        found = drawing.draw_result(known, by=_at("", Role.SYSTEM), now=house.now())
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


def _named(house: House, words: list[str], campus: str) -> dict[str, Any]:
    """Return the public state of the one release that was named. Raises ``Refused``."""
    from patency.service import release as service

    *site, last = words
    if len(site) > 1:
        raise Refused(f"{' '.join(words)!r} is too much. Name {NAMED_BY}.")
    if site:
        house.site(site[0])
    known = _id(last)
    if known is None and site:
        known = _of_day(house, site[0], last, campus)
    if known is None:
        raise Refused(f"{last!r} is no id of a release. Name {NAMED_BY}.")
    found = service.public_state(known, by=_at("", Role.SYSTEM), now=house.now())
    if found is None or site not in ([], [found["site"]]) or campus not in ("", found["campus"]):
        raise _no_such(str(known), site[0] if site else "SITE")
    return found


def _of_day(house: House, site: str, raw: str, campus: str) -> UUID:
    try:
        day = date.fromisoformat(raw)
    except ValueError as error:
        raise Refused(
            f"{raw!r} is neither an id of a release nor a day such as 2026-12-03. Name {NAMED_BY}."
        ) from error
    of_day = seen_releases(_at(site, Role.MANAGER), house.now()).filter(day=day)
    there = [one for one in of_day.order_by("campus") if campus in ("", one.campus)]
    if not there:
        raise _no_such(f"of {day}{f' at {campus}' if campus else ''}", site)
    if len(there) > 1:
        raise Refused(
            f"{site} has a release of {day} at {' and at '.join(one.campus for one in there)}. "
            "Name one with --campus."
        )
    found: UUID = there[0].pk
    return found


def _no_such(named: str, site: str) -> Refused:
    return Refused(
        f"There is no release {named}. `patency release list {site}` shows those there are."
    )


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


def seen_releases(by: Actor, now: datetime) -> Any:
    """Return the releases of the actor's site; tables are loaded only once Django is set up."""
    from patency.records.seen_by import seen_by

    return seen_by(by, "releases", now=now).number_releases


def _waiting(by: Actor, release: UUID, now: datetime) -> int:
    from patency.records.seen_by import seen_by

    claims = seen_by(by, "releases", now=now).claims
    return claims.filter(release=release, outcome=Outcome.WAITING.value).count()


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
