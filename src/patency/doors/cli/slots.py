"""``patency slots``: open the times women can be offered, and close them when a machine breaks."""

from datetime import time
from typing import Annotated

import typer

from patency.core.access import Actor, Role
from patency.core.calendar.open_days import DAY_NAMES
from patency.doors.cli.program import Refused, parse_day, program, set_up_django
from patency.doors.cli.running import bring_up_to_date, refuse_a_demos_database
from patency.service.house import House

NAME = "command-line"  # who acts, in the audit: whoever may run commands on this machine

app = typer.Typer(no_args_is_help=True, help="Open the clinic's times, and close them.")

Site = Annotated[str, typer.Argument(help="The site, such as demo-west.", metavar="SITE")]
Room = Annotated[
    str, typer.Argument(help="A room of the site's file, such as west-clinic-1.", metavar="ROOM")
]


def register(parent: typer.Typer, panel: str) -> None:
    """Put the commands of this room into the command line."""
    parent.add_typer(app, name="slots", rich_help_panel=panel)


@app.command("open")
def open_times(
    context: typer.Context,
    site: Site,
    room: Room,
    first: Annotated[str, typer.Option(help="The first day.", metavar="DAY")],
    last: Annotated[str, typer.Option(help="The last day, included.", metavar="DAY")],
    begins: Annotated[
        str, typer.Option(help="When the first time begins, by the site's clock.", metavar="HH:MM")
    ],
    ends: Annotated[str, typer.Option(help="When the last time has ended.", metavar="HH:MM")],
    operator: Annotated[
        str, typer.Option(help="An operator of the site's file; anybody unless named.")
    ] = "",
) -> None:
    """Open the times of a room on every open day of a range, as long as the site's file says.

    Closed days get none; times that are open already stay, so opening twice changes nothing.

    Example: patency slots open demo-west west-clinic-1 --first 2026-12-01 --last 2026-12-04
    --begins 08:30 --ends 11:30
    """
    house, by = _ready(context, site)
    from patency.service import slots

    days, hours = (parse_day(first), parse_day(last)), (_hour(begins), _hour(ends))
    try:
        new = slots.open_slots(
            house,
            room=room,
            first=days[0],
            last=days[1],
            begins=hours[0],
            ends=hours[1],
            operator=operator,
            by=by,
            now=house.now(),
        )
    except slots.SlotsRefused as refusal:
        raise Refused(str(refusal)) from refusal
    print(f"{len(new)} new times in {room} of {site}.")
    for day in sorted({slot.day for slot in new}):
        print(f"{day} {DAY_NAMES[day.weekday()]}  {sum(slot.day == day for slot in new)}")
    if not new:
        print("Closed days get no times, and times that are open already or past stay as they are.")


@app.command("close")
def close_times(
    context: typer.Context,
    site: Site,
    room: Room,
    day: Annotated[str, typer.Argument(help="The day.", metavar="DAY")],
    why: Annotated[
        str, typer.Option(help="A code such as machine-broken, without spaces.", metavar="CODE")
    ],
) -> None:
    """Close what is still to come of a room's day: nobody can be offered these times any more.

    A woman with a date in one of them is planned anew by the worker, and told.

    Example: patency slots close demo-west west-xray-1 2026-12-03 --why machine-broken
    """
    house, by = _ready(context, site)
    from patency.records.seen_by import seen_by
    from patency.service import slots

    if room not in (rooms := house.site(site).rooms):
        raise Refused(
            f"{site} has no room {room!r}. Its rooms are {', '.join(sorted(rooms))}; name one."
        )
    seen = seen_by(by, "close times", now=house.now()).slots
    there = [slot.pk for slot in seen.filter(room=room, day=parse_day(day), closed_at=None)]
    try:
        closed = slots.close_slots(house, there, why, by=by, now=house.now())
    except slots.SlotsRefused as refusal:
        raise Refused(str(refusal)) from refusal
    if not closed:
        raise Refused(
            f"No time was closed: {room} of {site} has none on {day} that is open and still to "
            "come. Look at the day and the room, and name them again."
        )
    print(
        f"{len(closed)} times in {room} of {site} on {day} are closed ({why}). Women with a date "
        "in them are planned anew by the worker, and told."
    )


def _ready(context: typer.Context, site: str) -> tuple[House, Actor]:
    house = program(context).house()
    by = Actor(NAME, house.site(site).slug, frozenset({Role.MANAGER}))
    set_up_django()
    refuse_a_demos_database()
    bring_up_to_date()
    return house, by


def _hour(raw: str) -> time:
    try:
        found = time.fromisoformat(raw)
    except ValueError as error:
        raise typer.BadParameter(f"{raw!r} is not a time of day such as 08:30.") from error
    if found.tzinfo is not None:
        raise typer.BadParameter(f"{raw!r} has a time zone; write the site's own time, as 08:30.")
    return found
