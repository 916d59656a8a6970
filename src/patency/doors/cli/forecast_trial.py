"""How a trial of the forecast is told: for a program, for a person, and as numbers to ship."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from patency.core.cycle.model import CycleModel, Population
from patency.core.study.forecasting.baselines import NAMES as BASELINES
from patency.core.study.forecasting.besides import (
    RULE,
    bleeding_figures,
    in_cycle_figures,
    ovulation_figures,
)
from patency.core.study.forecasting.histories import Histories
from patency.core.study.forecasting.trial import PARTS, PATENCY, SHIPPED, Figures, Gain, Trial

PLACES = 4
# What stands in the table for a person; everything is in the JSON.
COLUMNS = {
    "mae": ("MAE", 3),
    "rmse": ("RMSE", 2),
    "within_2": ("≤ 2 d", 1),
    "within_3": ("≤ 3 d", 1),
    "log_score": ("Log score", 3),
    "crps": ("CRPS", 3),
    "coverage_50": ("50 %", 1),
    "coverage_80": ("80 %", 1),
    "coverage_95": ("95 %", 1),
    "width_80": ("Days", 1),
}
SHARES = ("within_2", "within_3", "coverage_50", "coverage_80", "coverage_95")
GAINS = {"mae": "MAE", "log_score": "log score", "crps": "CRPS"}
LEGEND = """
MAE, RMSE   days from the median of the chances, or from the day a baseline says
≤ 2 d       share within 2 days, the day said rounded to a whole one
50 80 95 %  share that the middle interval held, its end days counted in part
Days        how many days the 80 % interval has
shipped     the numbers that ship, as they are; on the table they were fitted
            to, a look back
A gain is the mean difference on the same cycles, with its 95 % interval by women."""


def as_data(trial: Trial, histories: Histories, model: CycleModel, repeats: int) -> dict[str, Any]:
    """Return a trial for a program: days and shares, rounded to four places."""
    return {
        "women": trial.women,
        "rows": histories.rows,
        "gaps": histories.gaps,
        "cycles": histories.rows - histories.gaps,
        "repeats": repeats,
        "parts": PARTS,
        "shipped_model": model.name,
        "history": {
            str(least): {
                name: {measure: _rounded(value) for measure, value in figures.items()}
                for name, figures in methods.items()
            }
            for least, methods in trial.history.items()
        },
        "gain": {
            str(least): {
                name: {
                    measure: {
                        "mean": _rounded(gain.mean),
                        "low": _rounded(gain.low),
                        "high": _rounded(gain.high),
                    }
                    for measure, gain in gains.items()
                }
                for name, gains in methods.items()
            }
            for least, methods in trial.gain.items()
        },
        "bleeding": _besides(bleeding_figures(histories, model)),
        "ovulation": _besides(ovulation_figures(histories, model)),
        "in_cycle": {
            str(day): _besides(found) for day, found in in_cycle_figures(histories, model).items()
        },
    }


def _besides(found: Mapping[str, Figures] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        name: {measure: _rounded(value) for measure, value in figures.items()}
        for name, figures in found.items()
    }


def _rounded(value: float | int | None) -> float | int | None:
    return round(value, PLACES) if isinstance(value, float) else value


def show(to: Console, trial: Trial, histories: Histories, model: CycleModel, repeats: int) -> None:
    """Print a trial for a person."""
    left_out = f"; {histories.gaps} of {histories.rows} rows without one" if histories.gaps else ""
    to.print(
        f"{trial.women} women, {histories.rows - histories.gaps:,} cycles of known length"
        f"{left_out}. Women held out, {repeats} times {PARTS} parts; shipped is {model.name}."
    )
    for least, methods in trial.history.items():
        targets = methods[PATENCY]["targets"]
        to.print(f"\n[bold]At least {least} earlier cycles[/bold]: {targets:,} cycles forecast")
        if not targets:
            continue
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("", no_wrap=True)
        for title, _ in COLUMNS.values():
            table.add_column(title, justify="right", no_wrap=True)
        for name, figures in methods.items():
            told = [
                f"{(figures[key] or 0) * (100 if key in SHARES else 1):.{places}f}"
                for key, (_, places) in COLUMNS.items()
            ]
            table.add_row(_spoken(name), *told)
        to.print(table)
        for name, gains in trial.gain[least].items():
            if name in BASELINES:
                _show_gain(to, _spoken(name), gains)
    _show_besides(to, histories, model)
    to.print(LEGEND)


def _show_besides(to: Console, histories: Histories, model: CycleModel) -> None:
    usual = "the median of her last six"
    rows: list[tuple[str, str, Mapping[str, Figures] | None]] = [
        (f"no period by cycle day {day}", usual, found)
        for day, found in in_cycle_figures(histories, model).items()
    ]
    rows.append(("days of bleeding", usual, bleeding_figures(histories, model)))
    rows.append(
        ("day of ovulation", "14 days before the next", ovulation_figures(histories, model))
    )
    to.print("\n[bold]Besides, by the numbers that ship[/bold]")
    for what, rule, found in rows:
        if found:
            ours, plain = found[SHIPPED], found[RULE]
            to.print(
                f"{what}: {ours['targets']:,} forecast, MAE {ours['mae']:.3f}, log score "
                f"{ours['log_score']:.3f}, 80 % held {ours['coverage_80']:.1%}; {rule}: MAE "
                f"{plain['mae']:.3f}",
                markup=False,
                soft_wrap=True,
            )


def _show_gain(to: Console, over: str, gains: Mapping[str, Gain]) -> None:
    told = [
        f"{word} {gains[key].mean:+.3f} [{gains[key].low:+.3f}, {gains[key].high:+.3f}]"
        for key, word in GAINS.items()
    ]
    to.print(f"gain over {over}: " + ", ".join(told), markup=False, soft_wrap=True)


def _spoken(name: str) -> str:
    return {SHIPPED: "shipped", "ewma_shrinkage": "EWMA"}.get(name, name)


def in_toml(name: str, population: Population) -> Iterator[str]:
    """Yield the lines of a population as they stand in a file of ``forecasts``."""
    shape = population.shape
    yield f"\n[{name}]"
    for field in (
        "centre_days",
        "centre_per_log_scale",
        "between_days",
        "between_df",
        "scale_days",
        "scale_log_sd",
        "forgetting",
    ):
        yield f"{field} = {getattr(population, field):.4g}"
    yield f"\n[{name}.shape]"
    for field in ("df", "skew", "skipped_share", "stray_share"):
        yield f"{field} = {getattr(shape, field):.4g}"
