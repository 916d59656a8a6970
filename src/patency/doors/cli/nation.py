"""``patency plan-nation``: one night of many pretend clinics, shared out over many workers."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing import get_context
from statistics import quantiles
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from patency.doors.cli.program import Refused, console, parse_day, print_json, program

if TYPE_CHECKING:
    from patency.synthetic.nation import Nation, Planned

A_DAY = date(2026, 3, 2)  # a Monday; pretend clinics know no holidays
MOST_WORKERS = 256  # more processes than any one machine has cores; a typing error else
OPEN_DAYS_A_YEAR = 250
ANSWERS_WITHIN_SECONDS = 10
MOST_ASKED = 20_000  # women after whom a protocol is hardly asked anything new


def command(
    context: typer.Context,
    clinics: Annotated[int, typer.Option(min=1, help="How many clinics.")] = 700,
    women: Annotated[
        int, typer.Option(min=1, help="Women with days left in this cycle, at each clinic.")
    ] = 400,
    exams_a_day: Annotated[
        int, typer.Option(min=1, help="Places for the examination on an open day.")
    ] = 30,
    workers: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_WORKERS, help="Processes on this machine, where no cluster is named."
        ),
    ] = 2,
    scheduler: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Let the workers of a Dask cluster do it, such as tcp://10.0.0.5:8786.",
        ),
    ] = "",
    at_once: Annotated[
        int, typer.Option(min=1, help="Clinics that a worker is handed together.")
    ] = 25,
    protocol: Annotated[
        str, typer.Option(metavar="P", help="A protocol version, such as hsg/2026-1.")
    ] = "",
    today: Annotated[
        date | None,
        typer.Option(
            metavar="DAY",
            parser=parse_day,
            help=f"The day of the night, written as 2026-03-31; {A_DAY} unless named.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same plans.")] = 2026,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Plan one night of a whole nation: every pretend clinic's tests and examinations.

    Each clinic is planned on its own: its women, its sessions, their wishes. The women are drawn
    by chance from the pretend population; nothing is read from the database and nothing written.
    Seconds are of this machine; with --scheduler the clinics' own seconds are the workers'.

    Example: patency plan-nation --clinics 700 --women 400 --workers 2
    """
    # The solvers take a second to load; no other command waits for them.
    from patency.core.study.by_protocol import ByProtocol
    from patency.synthetic.nation import Nation, learn, plan_nation

    house = program(context).house()
    version = protocol or house.default_protocol
    begun = perf_counter()
    nation = Nation(
        rule=ByProtocol(house.protocol(version)),
        population=house.population,
        rules=house.ranking,
        today=today or A_DAY,
        women=women,
        exams_a_day=exams_a_day,
        seed=seed,
    )
    learn(nation, women=min(clinics * women, MOST_ASKED))
    with someone_to_work(scheduler, workers) as (hands, count):
        found = sorted(
            watched(plan_nation(nation, clinics, hands, perf_counter, at_once=at_once), clinics),
            key=lambda one: one.clinic,
        )
    data = as_data(nation, found, version, count, scheduler, perf_counter() - begun)
    if as_json:
        print_json(data)
    else:
        show(console(), data)


@contextmanager
def someone_to_work(scheduler: str, workers: int) -> Iterator[tuple[Executor, int]]:
    """Yield who does the work, and how many they are. Raises ``Refused`` for a cluster not there.

    The cluster's library is asked for only here: a clinic that plans itself needs none.
    """
    if not scheduler:
        # Fresh processes, not copies of this one: a copy of a program with threads may hang.
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as hands:
            yield hands, workers
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise Refused(
            f"The cluster {scheduler} was not asked: the library of Dask clusters is not installed "
            "here. Install it from the checkout of Patency with .venv/bin/python -m pip install "
            "'.[cluster]', or leave --scheduler out to use this machine's processes."
        ) from error
    try:
        client = Client(scheduler, timeout=ANSWERS_WITHIN_SECONDS)
    except (OSError, ValueError, TypeError) as error:
        raise Refused(
            f"The cluster {scheduler} does not answer within {ANSWERS_WITHIN_SECONDS} s ({error}). "
            "Start one with `dask scheduler` and name the address it prints, or leave the "
            "option out."
        ) from error
    with client:
        there = len(client.scheduler_info()["workers"])
        if not there:
            raise Refused(
                f"The cluster {scheduler} has no workers. Start at least one with `dask worker "
                f"{scheduler}`, on a machine where patency is installed."
            )
        # Planning is a pure sum of its arguments, but Dask must not hand out an old answer.
        yield client.get_executor(pure=False), there


def watched(pieces: "Iterator[list[Planned]]", clinics: int) -> "Iterator[Planned]":
    """Yield every clinic, saying on stderr how far it is."""
    beside = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=beside,
        transient=True,
        disable=not beside.is_terminal,
    )
    with bar:
        task = bar.add_task("clinics", total=clinics)
        for piece in pieces:
            yield from piece
            bar.advance(task, len(piece))


def as_data(
    nation: "Nation",
    found: "Sequence[Planned]",
    protocol: str,
    workers: int,
    scheduler: str,
    seconds: float,
) -> dict[str, Any]:
    """Return what was planned as plain data with stable keys; seconds of one clinic in ms."""
    each = [one.seconds * 1000 for one in found]
    return {
        "clinics": len(found),
        "women_a_clinic": nation.women,
        "exams_a_year": len(found) * nation.exams_a_day * OPEN_DAYS_A_YEAR,
        "protocol": protocol,
        "today": nation.today,
        "seed": nation.seed,
        "women": sum(one.women for one in found),
        "options": sum(one.options for one in found),
        "given": sum(one.given for one in found),
        "points": round(sum(one.points for one in found), 3),
        "largest_gap": max(one.gap for one in found),
        "workers": workers,
        "scheduler": scheduler or None,
        "seconds": round(seconds, 2),
        "clinic_ms": {
            "p50": round(_percentile(each, 50), 1),
            "p95": round(_percentile(each, 95), 1),
            "most": round(max(each), 1),
        },
    }


def _percentile(numbers: Sequence[float], percent: int) -> float:
    if len(numbers) == 1:
        return numbers[0]
    return quantiles(numbers, n=100, method="inclusive")[percent - 1]


def show(out: Console, data: dict[str, Any]) -> None:
    """Print what was planned for a person."""
    who = f"the cluster {data['scheduler']}" if data["scheduler"] else "this machine"
    out.print(
        f"{data['clinics']:,} pretend clinics with {data['women_a_clinic']} women each on the "
        f"night of {data['today']}, under {data['protocol']}.\n"
        f"{data['given']:,} of {data['women']:,} women were given a test and an examination, out "
        f"of {data['options']:,} ways, in {data['seconds']:.1f} s with {data['workers']} workers "
        f"on {who}.\n"
        f"One clinic took {data['clinic_ms']['p50']:.0f} ms in the median, "
        f"{data['clinic_ms']['p95']:.0f} ms at the 95th percentile, "
        f"{data['clinic_ms']['most']:.0f} ms at most.\n"
        f"No plan is further from the best there is than {data['largest_gap']:.1e} of its worth.\n"
        f"At {OPEN_DAYS_A_YEAR} open days these clinics have places for "
        f"{data['exams_a_year']:,} examinations a year."
    )
