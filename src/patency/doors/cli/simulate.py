"""``patency simulate``: what booking by telephone loses, and what the engine wins."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from patency.core.facts import did_you_mean
from patency.doors.cli.program import Refused, console, note, print_json, program
from patency.doors.cli.study import read_cycles

if TYPE_CHECKING:
    from patency.core.study.simulation.figures import Row
    from patency.core.study.simulation.rolling import Overbooking
    from patency.synthetic.trial import Draw, Setting
    from patency.synthetic.women import Population

WORLDS = ("W5", "W1", "W2", "W3", "W4")  # the protocol as it ships comes first
WORLDS_IN_WORDS = (
    "on which days a woman may be examined: W5 the protocol as it ships; W1 days 3 to 7 after "
    "bleeding, tested from day 2 before on; W2 the test on day 2 or 3, the examination 1 or 2 days "
    "later; W3 cycle days 7 to 11 once bleeding has ended; W4 as W1, and turned away once she has "
    "ovulated"
)
POLICIES = ("fcfs", "fcfs-callback", "hold", "match", "clairvoyant")
PLOT = Path("simulate.png")
KINDS = (".png", ".svg", ".pdf")
DECIMALS = 6
LEGEND = """
lost      cycles from her first possible one to her examination, in the mean
±         standard deviation of lost over the seeds; – for one seed, which cannot tell
prize     of the cycles that call-back loses and clairvoyance would not, the share not lost
1st       examined in the first cycle after referral
bumps     women sent home for every 1,000 examined
moves     changes of a day she had been told, per woman
late      examinations on or after the day of ovulation, which nobody knew
Examinations outside the observable window: 0 in every row; a policy with one would be refused."""


def command(
    context: typer.Context,
    capacity: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Examinations an open day; 8 unless named; repeat it."),
    ] = None,
    load: Annotated[
        list[float] | None,
        typer.Option(
            min=0.05,
            max=2.0,
            help="Referrals over places in the mean; 0.85 unless named; repeat it.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Clinics drawn for each row.")] = 5,
    policy: Annotated[
        list[str] | None,
        typer.Option(metavar="P", help=f"{', '.join(POLICIES)}; all unless named; repeat it."),
    ] = None,
    world: Annotated[
        list[str] | None,
        typer.Option(metavar="W", help=f"{WORLDS_IN_WORDS}; all unless named; repeat it."),
    ] = None,
    overbook: Annotated[
        list[str] | None,
        typer.Option(
            metavar="N|P%",
            help="Women who may be invited beyond the places, when somebody would lose her cycle "
            "otherwise: a number, or as many as are too many at most P % of the time; 0 and 1 "
            "unless named; repeat it.",
        ),
    ] = None,
    irregular: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of women with irregular cycles.")
    ] = 0.0,
    on_call: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Share of women who can come at once when a place stays empty on a day of hers.",
        ),
    ] = 0.0,
    fails: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of cycles whose test does not pass.")
    ] = 0.10,
    misses: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of cycles in which she does not come.")
    ] = 0.05,
    cycles: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Draw women from a table of real cycles instead of the pretend population.",
        ),
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            metavar="P", help="The protocol of world W5; the house's default unless named."
        ),
    ] = "",
    days: Annotated[
        int, typer.Option(min=500, help="Days played; referrals of day 180 on are counted.")
    ] = 800,
    workers: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 2,
    plot: Annotated[Path, typer.Option(metavar="PNG", help="Where the plot is written.")] = PLOT,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Simulate a clinic's booking, and count the cycles that each policy costs its women.

    Every policy meets the same women, the same cycles, the same tests. The policy match is the
    clinic's own engine. Nothing is read from the database and nothing written but the plot.

    Example: patency simulate --world W1 --capacity 8 --load 0.85 --load 0.95 --overbook 1
    """
    # numpy and the solvers take a second to load; no other command waits for them.
    from patency.synthetic.trial import Setting, all_draws, rows_of_trial

    house = program(context).house()
    policies = named("--policy", policy or [*POLICIES], POLICIES)
    names = sorted(named("--world", world or [*WORLDS], WORLDS), key=WORLDS.index)
    setting = Setting(
        protocol=house.protocol(protocol or house.default_protocol),
        rules=house.ranking,
        population=house.population if cycles is None else women_of(cycles),
        policies=tuple(policies),
        overbooking={one: overbooking(one) for one in overbook or ["0", "1"]},
    )
    check_place(plot)
    scenarios = scenarios_of(
        capacity or [8],
        load or [0.85],
        fails=fails,
        misses=misses,
        irregular=irregular,
        on_call=on_call,
        days=days,
    )
    draws = all_draws(names, scenarios, seeds)
    with people(setting, workers) as hands:
        found = dict(watched(draws, hands))
    rows = rows_of_trial(draws, found, policies)
    written = draw_plot(rows, plot)
    if as_json:
        print_json({"rows": [as_data(row) for row in rows], "plot": str(written)})
    else:
        show(console(), rows, irregular=irregular)
    note(f"The plot is in {written}.")


# ---------------------------------------------------------------- what was asked


def named(option: str, asked: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """Return the names asked for, each once. Raises ``Refused`` for one there is not."""
    for one in asked:
        if one not in allowed:
            raise Refused(
                f"{option}: there is no {one!r}; there are {', '.join(allowed)}."
                f"{did_you_mean(one, allowed)} Choose among these."
            )
    return list(dict.fromkeys(asked))


def overbooking(raw: str) -> "Overbooking":
    """Return what ``1`` or ``20%`` means. Raises ``Refused``."""
    from patency.core.study.simulation.rolling import Overbooking

    number = raw.removesuffix("%")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if raw.endswith("%") and 0 <= value <= 100:
        return Overbooking(alpha=value / 100)
    if value in range(11) and not raw.endswith("%"):
        return Overbooking(most=int(value))
    raise Refused(
        f"--overbook: {raw!r} is neither a number of women from 0 to 10 nor a chance such as 20%. "
        "Write it so."
    )


def scenarios_of(capacities: Sequence[int], loads: Sequence[float], **more: Any) -> list[Any]:
    """Return every capacity at every load."""
    from patency.synthetic.clinic import Scenario

    return [Scenario(capacity, load, **more) for capacity in capacities for load in loads]


def women_of(path: Path) -> "Population":
    """Return women drawn from a table of real cycles. Raises ``Refused`` or ``CyclesRefused``."""
    from patency.synthetic.women import resampled

    try:
        return resampled(read_cycles(path).counted)
    except ValueError as error:
        raise Refused(f"{path.name}: {error}") from error


# ---------------------------------------------------------------- who plays


@contextmanager
def people(setting: "Setting", workers: int) -> Iterator[Executor]:
    """Yield whoever plays draws of a setting, all sat down: one here, or several processes."""
    from patency.synthetic.trial import sit_down

    if workers == 1:
        with ThreadPoolExecutor(1, initializer=sit_down, initargs=(setting,)) as alone:
            yield alone
        return
    # Fresh processes, not copies of this one: a copy of a program with threads may hang.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=sit_down, initargs=(setting,)
    ) as hands:
        yield hands


def watched(draws: Sequence["Draw"], hands: Executor) -> Iterator[Any]:
    """Yield each draw with its outcomes, saying on stderr how far the trial is."""
    from patency.synthetic.trial import run_trial

    beside = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=beside,
        transient=True,
        disable=not beside.is_terminal,
    ) as progress:
        yield from progress.track(run_trial(draws, hands), total=len(draws), description="clinics")


# ---------------------------------------------------------------- how it is told


def as_data(row: "Row") -> dict[str, Any]:
    """Return a row for a program: shares as fractions from 0 to 1."""
    return {
        name: round(value, DECIMALS) if isinstance(value, float) else value
        for name, value in asdict(row).items()
    }


def show(to: Console, rows: Sequence["Row"], *, irregular: float) -> None:
    """Print the rows for a person."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    last = ("irreg.", "regular") if irregular else ("moves", "late %")
    for title in ("", "policy"):
        table.add_column(title, no_wrap=True)
    for title in ("a day", "load", "lost", "±", "prize %", "1st %", "bumps", *last):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        beyond = f" +{row.overbook}" if row.overbook not in ("", "0") else ""
        table.add_row(
            row.world,
            row.policy + beyond,
            str(row.capacity),
            f"{row.load:.2f}",
            f"{row.lost_cycles:.4f}",
            f"{row.lost_cycles_sd:.3f}" if row.seeds > 1 else "–",
            percent(row.prize_share),
            percent(row.first_cycle_share),
            f"{row.bumps_per_1000:.1f}",
            *(
                (number(row.lost_irregular), number(row.lost_regular))
                if irregular
                else (f"{row.moves_per_woman:.2f}", percent(row.after_ovulation_share))
            ),
        )
    to.print(table)
    to.print(LEGEND)


def percent(share: float | None) -> str:
    """Return a share in per cent, with one decimal."""
    return "–" if share is None else f"{share * 100:.1f}"


def number(value: float | None) -> str:
    """Return lost cycles with four decimals."""
    return "–" if value is None else f"{value:.4f}"


def check_place(path: Path) -> None:
    """Return nothing, or raise ``Refused`` when no plot can be written there."""
    if path.suffix.lower() not in KINDS or not path.parent.is_dir():
        raise Refused(
            f"{path}: the plot cannot be written there. Name a file that ends in "
            f"{', '.join(KINDS)}, in a folder that exists."
        )


def draw_plot(rows: Sequence["Row"], path: Path) -> Path:
    """Write the plot of all rows, and return where it is. Raises ``Refused``."""
    from patency.doors.cli.simulate_plot import plot

    try:
        plot(rows, path)
    except OSError as error:
        raise Refused(
            f"{path}: the plot cannot be written there ({error.strerror}). Name a file in a folder "
            "that may be written to."
        ) from error
    return path.resolve()
