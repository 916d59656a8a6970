"""The clock of a demo, moved on: so that whoever tries the pages comes to the next day."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from patency.doors.cli.demo import HOME
from patency.doors.cli.program import Refused, console, program, set_up_django

FILE = "demo-clock.json"


def command(
    context: typer.Context,
    to: Annotated[
        str,
        typer.Argument(
            help="The moment to go on to, at the clinic of the story: 2026-01-06 08:00."
        ),
    ] = "",
) -> None:
    """Say what time it is in the demo, or go on to a later moment.

    While the demo serves its pages, they follow at once, and what was due meanwhile (reminders,
    a report, an alarm) comes within a minute. It never goes back; `patency demo` begins anew.
    Whoever was signed in may have to sign in again.

    Example: patency demo-clock "2026-01-06 08:00"
    """
    home = Path(os.environ.get("PATENCY_HOME") or HOME).expanduser().resolve()
    if not (home / FILE).is_file():
        raise Refused(
            f"There is no demo in {home}. Start one with `patency demo`, or name its folder: "
            "PATENCY_HOME=/tmp/demo patency demo-clock"
        )
    asked = _moment(to) if to else None
    os.environ["PATENCY_MODE"], os.environ["PATENCY_HOME"] = "demo", str(home)
    set_up_django()
    from patency.doors.cli.story_people import SITE  # needs Django set up first

    house = program(context).house()
    site = house.site(SITE)
    zone = ZoneInfo(site.time_zone)
    if asked is not None:
        moment = asked if asked.tzinfo else asked.replace(tzinfo=zone)
        try:
            house.now.jump_to(moment)  # type: ignore[attr-defined]  # a demo's clock can
        except ValueError as backwards:
            raise Refused(str(backwards)) from None
    now = house.now().astimezone(zone)
    console().print(f"In the demo it is {now:%A %Y-%m-%d %H:%M} ({site.time_zone}).")


def _moment(typed: str) -> datetime:
    """Return what was typed as a moment, by whatever clock. Raises ``Refused``."""
    try:
        return datetime.fromisoformat(typed.strip())
    except ValueError:
        raise Refused(
            f"{typed!r} is no moment. Write a day and a time, such as 2026-01-06 08:00."
        ) from None
