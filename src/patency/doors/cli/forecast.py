"""``patency forecast``: when the next period may come, and how good such forecasts are."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from patency.core.facts import did_you_mean
from patency.core.study.forecasting.histories import Histories, History, parse_histories
from patency.doors.cli.program import Refused, console, parse_day, print_json, program
from patency.doors.cli.study import read_table

app = typer.Typer(no_args_is_help=True, help="Forecast the next period, and measure the forecast.")

# numpy and scipy take a while to load; only a command that computes loads them, inside itself.
SEED = 20_251_001
FIRST_DAY, LAST_DAY = "exam_days_after_bleeding_min", "exam_days_after_bleeding_max"
# Any day does when none is given: only the days between are shown.
SOME_DAY = date(2001, 1, 1)
CSV_HELP = (
    "Cycles: columns ClientID, CycleNumber and LengthofCycle (days), and if known LengthofMenses "
    "and EstimatedDayofOvulation, in any order and among others."
)
Csv = Annotated[Path, typer.Argument(metavar="CSV", help=CSV_HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Print for a program to read.")]


def register(parent: typer.Typer, panel: str) -> None:
    """Put the commands of this room into the command line."""
    parent.add_typer(app, name="forecast", rich_help_panel=panel)


@app.callback()
def forecast() -> None:
    """Forecast the next period, and measure the forecast."""


@app.command()
def show(
    context: typer.Context,
    csv: Csv,
    woman: Annotated[str, typer.Option(metavar="ID", help="Only this woman, in full.")] = "",
    last_start: Annotated[
        date | None,
        typer.Option(
            metavar="DAY",
            parser=parse_day,
            help="First day of her latest period; forecasts are then dates.",
        ),
    ] = None,
    today: Annotated[
        date | None,
        typer.Option(
            metavar="DAY",
            parser=parse_day,
            help="No period has started up to this day (default: the first day of the latest).",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say when each woman's next period may start, her bleeding end and ovulation be.

    A range holds what comes with the chance above it. Without --last-start it counts days: a next
    period after 28 days starts on day 29 of the cycle. Ovulation and the end of bleeding are days
    of the cycle; its first day is day 1.

    Example: patency forecast show cycles.csv --woman anna --last-start 2025-09-22
    """
    if today is not None and last_start is None:
        raise Refused("--today needs --last-start, the day to count from. Give both, or neither.")
    from patency.doors.cli import forecast_told

    start = last_start or SOME_DAY
    if today is not None and today < start:
        raise Refused(f"--today {today} is before --last-start {start}. Correct the one of them.")
    histories = read_table(csv, parse_histories)
    chosen = women_named(histories, woman)
    model = program(context).house().cycle_model
    told = [forecast_told.forecast_of(model, one, start, today or start) for one in chosen]
    dated = last_start is not None
    exam = exam_range(context) if woman or dated else None
    if as_json:
        print_json(
            {
                "model": model.name,
                "source": model.origin.source,
                "last_start": last_start,
                "today": today,
                "women": [forecast_told.as_data(one, dated=dated, exam=exam) for one in told],
            }
        )
        return
    to = console()
    forecast_told.show_head(to, model, told)
    if exam is None:
        forecast_told.show_table(to, told)
    else:
        for one in told:
            forecast_told.show_in_full(to, one, exam, dated=dated)


@app.command()
def evaluate(
    context: typer.Context,
    csv: Csv,
    repeats: Annotated[
        int, typer.Option(metavar="N", min=1, max=100, help="Deals into five parts.")
    ] = 10,
    as_json: AsJson = False,
) -> None:
    """Measure the forecast on women held out, beside the usual methods, on the same cycles.

    Ten times the women are dealt into five parts; each part is forecast by a population fitted to
    the other four. patency_shipped is the model that ships, as it is. Errors are days; the log
    score is a natural logarithm, higher is better; CRPS is in days. Coverage is that of randomised
    intervals, whose end days count in part, so that whole days do not cover too much;
    shown_coverage is that of the whole days a woman is shown. Shares are fractions in JSON. Where
    the table has them, the length of bleeding and the day of ovulation are forecast too, by the
    model that ships. The same table gives the same figures at every run.

    Example: patency forecast evaluate cycles.csv --json
    """
    # Its matrices are small: more threads would only wait for one another.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import numpy as np

    from patency.core.study.forecasting.trial import PARTS, try_forecast
    from patency.doors.cli import forecast_trial

    histories = read_table(csv, parse_histories)
    model = program(context).house().cycle_model
    beside = Console(stderr=True)
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
        console=beside,
        transient=True,
        disable=not beside.is_terminal,
    )
    with shown as progress:
        task = progress.add_task("forecasting women held out", total=repeats * PARTS)
        trial = try_forecast(
            histories,
            model.cycle,
            np.random.default_rng(SEED),
            repeats=repeats,
            step=lambda: progress.advance(task),
        )
    if as_json:
        print_json(forecast_trial.as_data(trial, histories, model, repeats))
    else:
        forecast_trial.show(console(), trial, histories, model, repeats)


@app.command()
def fit(csv: Csv) -> None:
    """Fit the numbers of the forecast to a table of cycles, and print them as in forecasts/*.toml.

    Nothing of the table but these few numbers is printed. Lengths of bleeding are fitted where the
    table has them.

    Example: patency forecast fit cycles.csv
    """
    from patency.core.cycle.fit import BLEEDING_BEFOREHAND, CYCLES_BEFOREHAND, fit_population
    from patency.doors.cli.forecast_trial import in_toml

    histories = read_table(csv, parse_histories)
    lengths = [history.lengths for history in histories.women]
    bled = [history.bleeding_days for history in histories.women]
    print(f"# {len(histories.women)} women, {sum(map(len, lengths))} cycles")
    print("\n".join(in_toml("cycle", fit_population(lengths, CYCLES_BEFOREHAND))))
    if any(bled):
        longest = BLEEDING_BEFOREHAND.grid.longest
        kept = [tuple(days for days in one if days <= longest) for one in bled]
        print("\n".join(in_toml("bleeding", fit_population(kept, BLEEDING_BEFOREHAND))))


# ---------------------------------------------------------------- what was asked


def women_named(histories: Histories, woman: str) -> Sequence[History]:
    """Return all women, or those of one identifier. Raises ``Refused`` when nobody bears it."""
    chosen = [one for one in histories.women if woman in ("", one.woman)]
    if not chosen:
        names = {one.woman for one in histories.women}
        raise Refused(
            f"--woman: nobody in the table is called {woman!r}.{did_you_mean(woman, names)} The "
            "identifiers stand in its column ClientID; name one of them, or leave --woman out."
        )
    return chosen


def exam_range(context: typer.Context) -> tuple[int, int]:
    """Return the first and last day after bleeding on which the default protocol examines."""
    house = program(context).house()
    values = house.protocol(house.default_protocol).values()
    first, last = values[FIRST_DAY], values[LAST_DAY]
    assert isinstance(first, int) and isinstance(last, int)
    return first, last
