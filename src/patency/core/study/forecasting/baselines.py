"""What the forecast is measured against: the usual ways to say when the next period comes.

Each says one day. So that it can be scored as chances too, its day is given the spread of its own
errors on the women it was fitted to: a Student t in whole days, fitted apart for short, middle and
long histories. That is more than these methods come with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from patency.core.cycle.lengths import CYCLE_GRID, Array

Lengths = tuple[int, ...]

NAMES = ("constant", "last", "mean", "median6", "shrinkage", "ewma_shrinkage")
REMEMBERED = 6
# What the moving average may choose from on the women it is fitted to.
WEIGHTS_OF_NEWEST = (0.05, 0.1, 0.2, 0.3)
CLIPS = (4, 6, 8, 200)

STEPS = 4  # a day said is rounded to quarters when it is given a spread
FARTHEST = 200
SCALES = np.exp(np.linspace(np.log(0.4), np.log(15), 24))
DFS = (2.0, 3.0, 4.0, 6.0, 10.0, 30.0)
STRAY = 0.001  # as much as the forecast itself keeps for what nobody expects
HISTORY_STEPS = (3, 6)  # from how many earlier cycles on the errors have a spread of their own
FEWEST_ERRORS = 20
FEWEST_TO_LEARN_FROM = 5


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Every cycle that has one before it: what was told, and what came."""

    told: tuple[Lengths, ...]
    came: NDArray[np.int64]
    series: NDArray[np.int64]
    """Whose it is: the place of her history."""

    @property
    def earlier(self) -> NDArray[np.int64]:
        """How many cycles were told before each."""
        return np.array([len(one) for one in self.told], dtype=np.int64)

    def only(self, which: NDArray[np.bool_]) -> "Targets":
        """Return some of them."""
        chosen = np.flatnonzero(which)
        told = tuple(self.told[number] for number in chosen)
        return Targets(told, self.came[chosen], self.series[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Averages:
    """For every target, what does not depend on who is fitted."""

    last: Array
    mean: Array
    median6: Array
    moving: Callable[[float, int, int], tuple[Array, Array]]
    """The moving average and how many cycles it is worth, by the newest's weight, the clip and the
    middle it clips around."""


def averages(targets: Targets) -> Averages:
    """Return the averages of every target's earlier cycles."""

    @lru_cache
    def moving(newest: float, clip: int, middle: int) -> tuple[Array, Array]:
        found, worth = np.empty(len(targets.told)), np.empty(len(targets.told))
        for number, told in enumerate(targets.told):
            weights = (1 - newest) ** np.arange(len(told) - 1, -1, -1)
            clipped = np.clip(told, middle - clip, middle + clip)
            found[number] = weights @ clipped / weights.sum()
            worth[number] = weights.sum() ** 2 / (weights**2).sum()
        return found, worth

    return Averages(
        np.array([told[-1] for told in targets.told], dtype=np.float64),
        np.array([np.mean(told) for told in targets.told]),
        np.array([np.median(told[-REMEMBERED:]) for told in targets.told]),
        moving,
    )


def days_said(
    targets: Targets,
    known: Averages,
    fitted_to: list[Lengths],
    training: NDArray[np.bool_],
) -> dict[str, Array]:
    """Return the day each baseline says for every target, fitted to some women only.

    ``fitted_to`` are the lengths of the women it may learn from, ``training`` marks their targets.
    """
    everything = np.concatenate([np.array(told) for told in fitted_to])
    middle = float(np.median(everything))
    mean, worth = _between_women(fitted_to)
    count = targets.earlier

    def drawn(average: Array, cycles: Array) -> Array:
        return np.asarray((cycles * average + worth * mean) / (cycles + worth))

    moving = [
        drawn(*known.moving(newest, clip, round(middle)))
        for newest in WEIGHTS_OF_NEWEST
        for clip in CLIPS
    ]
    came = targets.came[training]
    best = min(moving, key=lambda said: float(np.abs(said[training] - came).sum()))
    return {
        "constant": np.full(len(count), middle),
        "last": known.last,
        "mean": known.mean,
        "median6": known.median6,
        "shrinkage": drawn(known.mean, count.astype(np.float64)),
        "ewma_shrinkage": best,
    }


def _between_women(fitted_to: list[Lengths]) -> tuple[float, float]:
    """Return the mean of the women's means, and how many own cycles it is worth for one of them.

    That is the variance within women over the variance between them, by the analysis of variance.
    """
    means = np.array([np.mean(told) for told in fitted_to])
    counts = np.array([len(told) for told in fitted_to], dtype=np.float64)
    total, women = counts.sum(), len(counts)
    squares = sum(float(((np.array(told) - np.mean(told)) ** 2).sum()) for told in fitted_to)
    within = squares / max(1.0, total - women)
    typical = (total - (counts**2).sum() / total) / max(1, women - 1)
    grand = (counts * means).sum() / total
    spread = (counts * (means - grand) ** 2).sum() / max(1, women - 1)
    between = max((spread - within) / max(typical, 1e-9), 0.01)
    return float(means.mean()), float(max(within, 0.01) / between)


# ---------------------------------------------------------------- from a day to chances


def spread_out(said: Array, targets: Targets, training: NDArray[np.bool_]) -> Array:
    """Return chances for the days a baseline says: shape (targets, longest), rows sum to 1."""
    longest = CYCLE_GRID.longest
    errors = np.rint((targets.came - said) * STEPS).astype(np.int64)
    place = np.rint((np.arange(1, longest + 1)[None, :] - said[:, None]) * STEPS).astype(np.int64)
    group = np.digitize(targets.earlier, HISTORY_STEPS)
    found = np.empty((len(said), longest))
    for one in range(len(HISTORY_STEPS) + 1):
        own = training & (group == one)
        curve = _likeliest(errors[own if own.sum() >= FEWEST_ERRORS else training])
        found[group == one] = curve[np.clip(place[group == one], -_SIDE, _SIDE) + _SIDE]
    found /= found.sum(axis=1, keepdims=True)
    return np.asarray((1 - STRAY) * found + STRAY / longest)


_SIDE = FARTHEST * STEPS


@lru_cache(maxsize=1)
def _curves() -> Array:
    """Return the chance of each error in quarters of a day, a row for each spread tried."""
    day = np.arange(-_SIDE, _SIDE + 1) / STEPS
    rows = [
        stdtr(df, (day + 0.5) / scale) - stdtr(df, (day - 0.5) / scale)
        for df in DFS
        for scale in SCALES
    ]
    return (1 - STRAY) * np.array(rows) + STRAY / CYCLE_GRID.longest


def _likeliest(errors: NDArray[np.int64]) -> Array:
    curves = _curves()
    if len(errors) < FEWEST_TO_LEARN_FROM:  # a middling spread, rather than one by accident
        return np.asarray(curves[len(curves) // 2])
    counted = np.bincount(np.clip(errors, -_SIDE, _SIDE) + _SIDE, minlength=2 * _SIDE + 1)
    seen = np.flatnonzero(counted)
    return np.asarray(curves[int(np.argmax(np.log(curves[:, seen]) @ counted[seen]))])
