"""Trying the forecast on women it has not seen, beside the usual methods, on the same cycles.

Women are dealt into parts; each part is forecast by a population fitted to the other parts only.
This is repeated with other deals, and every cycle's scores are averaged over them. Differences are
taken cycle by cycle, and their intervals by drawing women, not cycles: cycles of one woman are not
independent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patency.core.cycle.fit import CYCLES_BEFOREHAND, Lengths, fit_population
from patency.core.cycle.lengths import (
    CYCLE_GRID,
    Array,
    Grid,
    length_table,
    log_prior,
    posterior,
    weights_of,
)
from patency.core.cycle.model import Population
from patency.core.study.cycles import CyclesRefused
from patency.core.study.forecasting.baselines import (
    NAMES,
    Averages,
    Targets,
    averages,
    days_said,
    spread_out,
)
from patency.core.study.forecasting.histories import Histories
from patency.core.study.forecasting.scores import LEVELS, Scores, score

PATENCY, SHIPPED = "patency", "patency_shipped"
HISTORY = (1, 3, 6)
REPEATS, PARTS = 10, 5
DRAWS = 4000
COMPARED = ("mae", "mae_whole_days", "rmse", "log_score", "crps")

Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Gain:
    """How much better the forecast is than another; positive is better, in the measure's unit."""

    mean: float
    low: float
    high: float
    """Ends of the 95 % interval by women."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: by how many earlier cycles at least, by method, by measure."""

    women: int
    history: Mapping[int, Mapping[str, Figures]]
    gain: Mapping[int, Mapping[str, Mapping[str, Gain]]]
    """Of ``patency`` over each other method."""


def targets_of(told_of: Iterable[Lengths]) -> Targets:
    """Return every length that has one before it; ``told_of`` are each woman's, oldest first."""
    told, came, series = [], [], []
    for number, lengths in enumerate(told_of):
        for at in range(1, len(lengths)):
            told.append(lengths[:at])
            came.append(lengths[at])
            series.append(number)
    return Targets(tuple(told), np.array(came, dtype=np.int64), np.array(series, dtype=np.int64))


def try_forecast(
    histories: Histories,
    shipped: Population,
    chance: np.random.Generator,
    *,
    repeats: int = REPEATS,
    step: Callable[[], None] = lambda: None,
) -> Trial:
    """Return how the forecast and every baseline did on these women, each woman held out.

    ``shipped`` is tried as it is, on all of them. ``chance`` deals the women and draws them for the
    intervals; ``step`` is called after each part (``repeats`` × 5 times, or fewer parts when there
    are fewer women). Raises ``CyclesRefused`` with fewer than two women, or no cycle to forecast.
    """
    targets = targets_of(history.lengths for history in histories.women)
    names = list(dict.fromkeys(history.woman for history in histories.women if history.lengths))
    if len(names) < 2 or not len(targets.came):
        raise CyclesRefused(
            f"There is nothing to hold out: {len(names)} women with a cycle of known length, and "
            f"{len(targets.came)} cycles with an earlier one. It takes two women at least, and one "
            "of them with two cycles; give a table with more."
        )
    place = {name: number for number, name in enumerate(names)}
    # Both women who were given one identifier are held out together.
    woman_of = np.array([place.get(history.woman, -1) for history in histories.women])
    known, kept = averages(targets), _Kept(targets)
    for _ in range(repeats):
        parts = _dealt(len(names), chance)
        for part in range(parts.max() + 1):
            training = parts[woman_of] != part
            held_out = ~training[targets.series]
            _try_part(histories, targets, known, training, held_out, kept)
            step()
    kept.add(SHIPPED, np.ones(len(targets.came), bool), chances(targets, shipped), times=repeats)
    women_drawn = _drawn_women(len(names), chance)
    return _summary(targets, kept, repeats, woman_of[targets.series], women_drawn, len(names))


def chances(targets: Targets, population: Population, grid: Grid = CYCLE_GRID) -> Array:
    """Return the chances of every target's length from what was told before it."""
    table = length_table(grid, population.shape)
    longest = max((max(told) for told in targets.told), default=1)
    told = [weights_of(one, longest, population.forgetting) for one in targets.told]
    log_chance = np.array(told).reshape(-1, longest) @ table.log_chance[:, :longest].T
    return np.asarray(posterior(log_chance, log_prior(grid, population)) @ table.chance)


def _dealt(women: int, chance: np.random.Generator) -> NDArray[np.int64]:
    parts = np.empty(women, dtype=np.int64)
    parts[chance.permutation(women)] = np.arange(women) % min(PARTS, women)
    return parts


def _try_part(
    histories: Histories,
    targets: Targets,
    known: Averages,
    training: NDArray[np.bool_],
    held_out: NDArray[np.bool_],
    kept: "_Kept",
) -> None:
    if not held_out.any():
        return
    fitted_to: list[Lengths] = [
        history.lengths
        for history, learns in zip(histories.women, training, strict=True)
        if learns and history.lengths
    ]
    population = fit_population(fitted_to, CYCLES_BEFOREHAND)
    kept.add(PATENCY, held_out, chances(targets.only(held_out), population))
    learning = training[targets.series]
    for name, said in days_said(targets, known, fitted_to, learning).items():
        kept.add(name, held_out, spread_out(said, targets, learning)[held_out], said[held_out])


# ---------------------------------------------------------------- sums over the repeats


class _Kept:
    """Sums of every measure for every target and method, over the repeats."""

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self.sums: dict[str, dict[str, Array]] = {}

    def add(
        self,
        name: str,
        which: NDArray[np.bool_],
        chance: Array,
        said: Array | None = None,
        *,
        times: int = 1,
    ) -> None:
        """Add the scores of one method on some targets."""
        scores = score(chance, self.targets.came[which], said)
        sums = self.sums.setdefault(name, {})
        for measure, values in _measures(scores):
            whole = sums.setdefault(measure, np.zeros(len(self.targets.came)))
            whole[which] += times * values


def _measures(scores: Scores) -> Iterable[tuple[str, Array]]:
    error, of_whole_day = np.abs(scores.error), np.abs(scores.error_of_whole_day)
    yield "mae", error
    yield "rmse", error**2  # the root is taken of the mean
    # Averages say halves and quarters of days; a date they would say is a whole one.
    yield "mae_whole_days", of_whole_day
    yield "within_2", (of_whole_day <= 2).astype(np.float64)
    yield "within_3", (of_whole_day <= 3).astype(np.float64)
    yield "log_score", scores.log_score
    yield "crps", scores.crps
    for level in LEVELS:
        yield f"coverage_{level}", scores.covered[level]
        yield f"width_{level}", scores.width[level]
        yield f"shown_coverage_{level}", scores.shown_covered[level]
        yield f"shown_days_{level}", scores.shown_days[level]


def _drawn_women(women: int, chance: np.random.Generator) -> Array:
    """Return how often each woman stands in each draw: shape (draws, women)."""
    return np.asarray(chance.multinomial(women, np.full(women, 1 / women), DRAWS), np.float64)


def _summary(
    targets: Targets,
    kept: _Kept,
    repeats: int,
    woman_of: NDArray[np.int64],
    drawn: Array,
    women: int,
) -> Trial:
    history: dict[int, dict[str, Figures]] = {}
    gain: dict[int, dict[str, dict[str, Gain]]] = {}
    order = (PATENCY, SHIPPED, *NAMES)
    for least in HISTORY:
        which = targets.earlier >= least
        by_method = {
            name: {measure: sums[which] / repeats for measure, sums in kept.sums[name].items()}
            for name in order
        }
        history[least] = {name: _figures(by_method[name], which) for name in order}
        if which.any():
            owners, ours = woman_of[which], by_method[PATENCY]
            gain[least] = {
                name: {
                    measure: _gain(measure, ours[measure], theirs[measure], owners, drawn)
                    for measure in COMPARED
                }
                for name, theirs in by_method.items()
                if name != PATENCY
            }
    return Trial(women, history, gain)


def figures_of(scores: Scores) -> Figures:
    """Return the mean of every measure."""
    return _figures(dict(_measures(scores)), np.ones(len(scores.error), dtype=bool))


def _figures(values: Mapping[str, Array], which: NDArray[np.bool_]) -> Figures:
    found: Figures = {"targets": int(which.sum())}
    for measure, of_each in values.items():
        mean = float(of_each.mean()) if len(of_each) else None
        found[measure] = mean if measure != "rmse" or mean is None else float(np.sqrt(mean))
    return found


def _gain(
    measure: str, ours: Array, theirs: Array, owners: NDArray[np.int64], drawn: Array
) -> Gain:
    women = drawn.shape[1]
    count = np.maximum(drawn @ np.bincount(owners, minlength=women), 1)
    our_sums, their_sums = (np.bincount(owners, of_each, women) for of_each in (ours, theirs))
    if measure == "rmse":
        mean = np.sqrt(theirs.mean()) - np.sqrt(ours.mean())
        spread = np.sqrt(drawn @ their_sums / count) - np.sqrt(drawn @ our_sums / count)
    else:
        sign = -1 if measure == "log_score" else 1
        mean = sign * (theirs.mean() - ours.mean())
        spread = sign * (drawn @ (their_sums - our_sums)) / count
    low, high = np.quantile(spread, (0.025, 0.975))
    return Gain(float(mean), float(low), float(high))
