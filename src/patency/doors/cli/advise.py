"""``patency advise``: what a site's own rules cost in lost cycles, and what small changes win."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from patency.core.access import Actor, Role
from patency.core.study.advice_words import rests_on
from patency.doors.cli.program import console, note, print_json, program, set_up_django
from patency.doors.cli.running import bring_up_to_date

if TYPE_CHECKING:
    from patency.core.booking.rank import PriorityRules
    from patency.core.study.advice import Basis, Figures
    from patency.core.study.opening import Change
    from patency.service.advice import Own
    from patency.synthetic.own_year import OwnClinic, Rules
    from patency.synthetic.women import Parametric

NAME = "command-line"
SIGNED_OFF = "*"
LEGEND = f"""
lost        cycles a woman from the first in which a clinic that is always open and has room for
            everyone would examine her, under the rules as they are, to her examination; below
            nothing where changed rules bring her in earlier than that clinic
won         lost cycles a woman that the change wins back, with its 95 % interval over playings;
            below nothing it loses them
no plan     of all cycles, those without any two days for test and examination
after       of the examinations, those on or after ovulation, which nobody in the clinic knows
hours       hours of work more in a year
{SIGNED_OFF}           changes a rule of the protocol: a clinician must sign it off first"""


def command(
    context: typer.Context,
    site: Annotated[str, typer.Argument(metavar="SITE", help="The site, such as demo-west.")],
    exams_a_day: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Places for the examination on an open day; without it those the site has opened.",
        ),
    ] = None,
    playings: Annotated[
        int, typer.Option(min=2, help="How often the year is played, each time with other luck.")
    ] = 6,
    workers: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 2,
    seed: Annotated[int, typer.Option(help="The same seed gives the same women.")] = 0,
    keep: Annotated[
        bool, typer.Option(help="Keep the advice, so that the staff's page shows it.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Work out what a site's own opening rules cost, and what each small change would win.

    The coming year is played with the site's own calendar, legal holidays included, and with the
    women who wait there now; who is referred later is a pretend woman. A cycle counts as lost when
    a clinic that is always open and has room for everyone would have examined her in it. Every
    change is played on the same women. This takes a minute or two.

    Example: patency advise demo-leeds --exams-a-day 8
    """
    house = program(context).house()
    by = Actor(NAME, house.site(site).slug, frozenset({Role.SYSTEM}))
    set_up_django()
    bring_up_to_date()
    # The solvers take a second to load; no other command waits for them.
    from patency.core.study.advice import as_data, rows
    from patency.service import advice
    from patency.synthetic.own_year import learn, rules_of

    own = advice.own_clinic(house, site, exams_a_day=exams_a_day, by=by, now=house.now())
    rules = rules_of(house.rulebook_at(site), own.clinic)
    learn(rules, house.population)
    work = (own.clinic, rules, house.population, house.ranking_at(site))
    played = list(watched(work, range(seed, seed + playings), workers))
    data = as_data(basis(house.site(site).protocol, site, own, played), rows(played))
    if keep:
        advice.keep(data, by=by, now=house.now())
        note(f"Kept: staff of {site} see it on the page Advice.")
    if as_json:
        print_json(data)
    else:
        show(console(), data)


def watched(
    work: "tuple[OwnClinic, tuple[Rules, ...], Parametric, PriorityRules]",
    seeds: Sequence[int],
    workers: int,
) -> "Iterator[list[tuple[Change, Figures]]]":
    """Yield every playing in the order of its seed, saying on stderr how far it is."""
    from patency.synthetic.own_year import play_once

    beside = Console(stderr=True)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as hands:
        clinic, rules, population, ranking = work
        handed_out = [
            hands.submit(play_once, clinic, rules, population, ranking, one) for one in seeds
        ]
        for _ in track(
            as_completed(handed_out),
            description="playings",
            total=len(handed_out),
            console=beside,
            transient=True,
            disable=not beside.is_terminal,
        ):
            pass
        for one in handed_out:
            yield one.result()


def basis(
    protocol: str, site: str, own: "Own", played: "list[list[tuple[Change, Figures]]]"
) -> "Basis":
    """Return what the advice rests on."""
    from patency.core.study.advice import Basis
    from patency.core.study.opening import AS_IT_IS, opening
    from patency.synthetic.own_year import TAIL, YEAR

    clinic = own.clinic
    coming = opening(clinic.hours, AS_IT_IS, clinic.today, YEAR + TAIL)
    return Basis(
        site=site,
        protocol=protocol,
        first_day=clinic.today.isoformat(),
        days=YEAR,
        own_women=len(clinic.women),
        referrals_a_day=clinic.referrals_a_day,
        referrals_measured=own.referrals_measured,
        exams_a_week=sum(clinic.hours.exams_on.values()),
        exams_measured=own.exams_measured,
        years_without_notice=coming.years_without_notice,
        playings=len(played),
        women=sum(figures.women for playing in played for _, figures in playing[:1]),
    )


def show(out: Console, data: dict[str, Any]) -> None:
    """Print the advice for a person."""
    for line in rests_on(data):
        out.print(line)
    out.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Change", overflow="fold")
    for title in ("lost", "won", "", "no plan", "after", "hours"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in data["rows"]:
        won = row["won_cycles"]
        first = row is data["rows"][0]
        table.add_row(
            row["says"] + (f" {SIGNED_OFF}" if row["clinical"] else ""),
            f"{row['lost_cycles']['mean']:.3f}",
            "" if first else f"{won['mean']:+.3f}",
            "" if first else f"{won['low']:+.3f} to {won['high']:+.3f}",
            f"{row['no_plan_share'] * 100:.1f} %",
            f"{row['after_ovulation_share'] * 100:.1f} %",
            f"{row['extra_hours_a_year']:,.0f}",
        )
    out.print(table)
    out.print(LEGEND)
