"""How good the forecast is on women held out, and how long one forecast takes.

    make bench-forecast ARGS="--csv FedCycleData071012.csv"   or PATENCY_FEDCYCLE=... make ...
    make bench-forecast ARGS="--csv cycles.csv --json"

The figures are those of `patency forecast evaluate`, from the same functions: ten times five parts,
women held out, beside the usual methods on the same cycles. The table of cycles is not part of this
repository. Each goal is printed with what was reached.

A forecast is timed as a clinic asks for it: diary in, chances of the next start, the end of
bleeding and ovulation out, for the women of the table in turn, by their own cycles. Once with
nothing kept of them, and once asked again, as a page would. By the core's own time.

Comparable only on the same cycles: other populations are harder or easier to forecast.
"""

import os

# Small matrices on many threads only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from rich.console import Console

from patency.config.data import load_cycle_model
from patency.core.cycle import predict
from patency.core.cycle.diary import Period, PeriodDiary, period_diary
from patency.core.cycle.forecast import forecast
from patency.core.cycle.model import CycleModel
from patency.core.study.forecasting.histories import Histories, parse_histories
from patency.core.study.forecasting.trial import PATENCY, Trial, try_forecast
from patency.doors.cli import forecast_trial
from patency.doors.cli.forecast import SEED

GOALS = {"mae": 2.08, "log_score": -2.35, "coverage_off": 0.02}
GOAL_HISTORY = 3
TODAY = date(2026, 3, 2)


def main(arguments: Sequence[str]) -> None:
    """Run the trial, time the forecasts, print what came out."""
    asked = argparse.ArgumentParser(description="How good the forecast is, and how long it takes.")
    asked.add_argument("--csv", default=os.environ.get("PATENCY_FEDCYCLE", ""))
    asked.add_argument("--repeats", type=int, default=10)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args(arguments)
    if not options.csv:
        sys.exit("Name a table of cycles with --csv, or in PATENCY_FEDCYCLE; none ships.")

    model, file = load_cycle_model(), Path(options.csv)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        histories = parse_histories(lines, file.name)
    begun, busy = perf_counter(), process_time()
    trial = try_forecast(
        histories, model.cycle, np.random.default_rng(SEED), repeats=options.repeats
    )
    seconds = {"wall": perf_counter() - begun, "core": process_time() - busy}
    told = {
        "machine": machine(),
        "file": file.name,
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "milliseconds_a_forecast": timed(model, histories),
        "goals": goals(trial),
        **forecast_trial.as_data(trial, histories, model, options.repeats),
    }
    if options.json:
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        show(told, trial, histories, model, options.repeats)


def goals(trial: Trial) -> dict[str, Any]:
    """Return what was asked, what came, and whether every baseline was beaten beyond chance."""
    ours = trial.history[GOAL_HISTORY][PATENCY]
    off = [abs(float(ours[f"coverage_{level}"] or 0) - level / 100) for level in (50, 80, 95)]
    reached = {"mae": ours["mae"], "log_score": ours["log_score"], "coverage_off": max(off)}
    beaten = {
        measure: {
            name: gains[measure].low > 0
            for name, gains in trial.gain[GOAL_HISTORY].items()
            if name in forecast_trial.BASELINES
        }
        for measure in ("mae", "mae_whole_days", "rmse", "log_score", "crps")
    }
    return {
        "history": GOAL_HISTORY,
        "asked": GOALS,
        "reached": {name: round(float(value or 0), 4) for name, value in reached.items()},
        "gain_excludes_zero": beaten,
    }


def timed(model: CycleModel, histories: Histories) -> dict[str, dict[str, float]]:
    """Return the milliseconds of the core's own time that a forecast takes."""
    diaries = [diary_of(history.lengths) for history in histories.women]
    forecast(model, diaries[0], today=TODAY)  # the table of lengths, once in a process
    predict.forget()
    return {"new": one_round(model, diaries), "again": one_round(model, diaries)}


def one_round(model: CycleModel, diaries: Sequence[PeriodDiary]) -> dict[str, float]:
    """Return the spread of the times of one forecast for every woman."""
    taken = []
    for diary in diaries:
        begun = process_time()
        forecast(model, diary, today=TODAY)
        taken.append((process_time() - begun) * 1000)
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50": round(p50, 2), "p95": round(p95, 2), "most": round(max(taken), 2)}


def diary_of(lengths: tuple[int, ...]) -> PeriodDiary:
    """Return a diary of these cycles whose last period began a few days ago."""
    start = TODAY - timedelta(days=3)
    periods = [Period(start)]
    for length in reversed(lengths):
        start -= timedelta(days=length)
        periods.append(Period(start, start + timedelta(days=4)))
    return period_diary(periods, today=TODAY, closest_starts_days=5)


def machine() -> dict[str, Any]:
    """Return what it was measured on."""
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "cpu": model[0] if model else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy")},
    }


def show(
    told: dict[str, Any], trial: Trial, histories: Histories, model: CycleModel, repeats: int
) -> None:
    """Print what came out for a person."""
    print(", ".join(f"{name} {value}" for name, value in told["machine"].items()))
    print(f"{told['file']}: {told['seconds']['core']} s of one core\n")
    forecast_trial.show(Console(width=120, highlight=False), trial, histories, model, repeats)
    found = told["goals"]
    print(f"\nAt least {found['history']} earlier cycles, asked and reached:")
    for name, asked in found["asked"].items():
        print(f"  {name}: {asked} / {found['reached'][name]}")
    for measure, over in found["gain_excludes_zero"].items():
        left = [name for name, beaten in over.items() if not beaten]
        over_whom = f"all but {', '.join(left)}" if left else "all"
        print(f"  gain in {measure} excludes zero over {over_whom}")
    for name, took in told["milliseconds_a_forecast"].items():
        print(f"milliseconds a forecast, {name}: {took['p50']} / {took['p95']} / {took['most']}")


if __name__ == "__main__":
    main(sys.argv[1:])
