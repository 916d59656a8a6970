"""The story as a whole: its chapters in order, the files it leaves, the sign-ins."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from patency.doors.cli import (
    story_after,
    story_exam,
    story_first_cycle,
    story_pregnancy,
    story_second_cycle,
)
from patency.doors.cli.phrases import EVIDENCE, URGENCY
from patency.doors.cli.story import Tale, Woman
from patency.doors.cli.story_others import LI, LIU, TODAY, ZHENG, others
from patency.doors.cli.story_papers import leave
from patency.doors.cli.story_people import PASSWORD, SITE, STAFF, WANG, sign_in_staff
from patency.service.house import House

CHAPTERS: tuple[tuple[str, tuple[Callable[[Tale, Woman], None], ...]], ...] = (
    ("September: a first cycle, a hold, a holiday", story_first_cycle.STEPS),
    ("October: the retest, the papers, a firm date", story_second_cycle.STEPS),
    ("The examination, and the report", story_exam.STEPS),
    ("Two weeks at home, and an alarm", story_after.STEPS),
    ("A positive test", story_pregnancy.STEPS),
)
OPENING = (
    "an invented woman, from her first call to the outcome, on the clock of the demo. "
    "Every decision is made by the protocol as it is made in a clinic; under each reason stands "
    "the sentence it rests on and how well that is founded. Her clinic's clinicians must sign off "
    "every rule before it is used for anybody: none is signed yet."
)


def tell(out: Console, house: House, folder: Path, work: Callable[[bool], None]) -> None:
    """Tell the whole story, leave its files in ``folder`` and print where they are."""
    clock: Any = house.now
    clock.stand_still()
    tale = Tale(
        out=out,
        house=house,
        site=SITE,
        jump_to=clock.jump_to,
        people=sign_in_staff(house),
        total=sum(len(steps) for _, steps in CHAPTERS) + 1,
        work=work,
    )
    she = Woman(WANG.spelled)
    tale.say(she.name, OPENING, "bold")
    tale.say("letters of evidence", letters(EVIDENCE, ", ") + ".")
    tale.list("letters of urgency, once she has been examined", letters(URGENCY, "\n").split("\n"))
    for title, steps in CHAPTERS:
        tale.chapter(title)
        for step in steps:
            step(tale, she)
    tale.chapter("And the others")
    tale.step(TODAY, "10:00", "The clinic", "is not there for one woman only. Today:")
    around = others(tale)
    work(True)
    for where, lines in around.items():
        tale.list(where, lines)
    tale.next("Sign in below and go on where the story stops.")
    files = leave(tale, she, folder)
    out.print()
    out.print(Line(Text("What the story leaves", style="bold"), style="dim", align="left"))
    for what, path in files:
        out.print(f"    {path}  ({what})", soft_wrap=True)
    _sign_ins(out)


def letters(meaning: Mapping[Any, str], between: str) -> str:
    """Return what each letter stands for."""
    return between.join(f"{letter.value} {means}" for letter, means in meaning.items())


def _sign_ins(out: Console) -> None:
    table = Table(box=None, padding=(0, 2), show_header=False)
    for person in STAFF:
        table.add_row("", Text(person.name, style="bold"), person.shown)
    women = Table(box=None, padding=(0, 2), show_header=False)
    for she, what in (
        (WANG, "her journey is told above"),
        (ZHENG, "her diary is open"),
        (LIU, "she waits for a date"),
        (LI, "her examination is today"),
    ):
        women.add_row("", Text(she.phone, style="bold"), f"{she.shown}: {what}")
    out.print()
    out.print(f"Sign-ins of the staff, all with the password [bold]{PASSWORD}[/bold]:")
    out.print(table)
    out.print("Women sign in by their number, without a password. The code they are sent stands in")
    out.print("the demo's outbox, at [bold]/demo/outbox/[/bold]:")
    out.print(women)
    out.print("They are in this demo's database only; production refuses to serve it.")
    out.print("The next `make demo` begins anew: what is entered in this one is then gone.")
