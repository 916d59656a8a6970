"""The story as a whole: its chapters in order, the files it leaves, the sign-ins."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from patency.doors.cli import story_first_cycle, story_second_cycle
from patency.doors.cli.story import Tale, Woman
from patency.doors.cli.story_people import PASSWORD, SITE, STAFF, WANG, sign_in_staff
from patency.service.house import House

CHAPTERS: tuple[tuple[str, tuple[Callable[[Tale, Woman], None], ...]], ...] = (
    ("September: a first cycle, a hold, a holiday", story_first_cycle.STEPS),
    ("October: the retest, the papers, a firm date", story_second_cycle.STEPS),
)


def tell(out: Console, house: House, folder: Path) -> None:
    """Tell the whole story, leave its files in ``folder`` and print where they are."""
    clock: Any = house.now
    clock.stand_still()
    tale = Tale(
        out=out,
        house=house,
        site=SITE,
        jump_to=clock.jump_to,
        people=sign_in_staff(house),
        total=sum(len(steps) for _, steps in CHAPTERS),
    )
    woman = Woman(WANG.spelled)
    for title, steps in CHAPTERS:
        tale.chapter(title)
        for step in steps:
            step(tale, woman)
