"""A woman's own lengths in whole days: what each told length says of her, and what comes next.

A woman has a centre and a scale of her own. Both are laid out on a grid, so that her posterior is a
sum and not a simulation: lengths are whole numbers, the chance of every length at every point of
the grid stands in one table, and what she told is a count of lengths. Exact, the same at every run,
and a matter of microseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from patency.core.cycle.model import Population, Shape

Array = NDArray[np.float64]

# Two cycles told as one vary as the sum of two.
SCALE_OF_TWO = 2**0.5
# A start she is not sure of may have been up to so many days before or after.
UNSURE_BY_DAYS = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """The centres and scales looked at, and the lengths told apart; all in days."""

    first_centre: float
    last_centre: float
    steps_a_day: int
    """Even, because the ends of a whole day lie at halves."""
    least_scale: float
    greatest_scale: float
    scales: int
    longest: int
    """Lengths run from 1 to this, both included."""


CYCLE_GRID = Grid(16, 60, 2, 0.5, 12, 16, 200)
BLEEDING_GRID = Grid(1, 14, 4, 0.25, 4, 14, 60)


def centres(grid: Grid) -> Array:
    """Return the centres of a grid, in days."""
    count = round((grid.last_centre - grid.first_centre) * grid.steps_a_day) + 1
    return grid.first_centre + np.arange(count) / grid.steps_a_day


def log_scales(grid: Grid) -> Array:
    """Return the natural logarithms of a grid's scales."""
    return np.linspace(np.log(grid.least_scale), np.log(grid.greatest_scale), grid.scales)


@dataclass(frozen=True, slots=True, eq=False)
class LengthTable:
    """The chance of every length at every point of a grid.

    Arrays have the shape (centres × scales, longest); column 0 is a length of one day.
    """

    chance: Array
    log_chance: Array
    log_chance_unsure: Array
    """The same for a length whose ends may each be off by ``UNSURE_BY_DAYS``."""
    skipped: Array
    """The part of ``chance`` that is two cycles told as one."""


@lru_cache(maxsize=4)
def length_table(grid: Grid, shape: Shape) -> LengthTable:
    """Return the table of a shape: a skewed Student t in whole days, with skips and strays."""
    chance = chance_of_lengths(grid, shape, grid.longest)
    skipped = shape.skipped_share * _whole_days(grid, shape.df, shape.skew, 2)
    return LengthTable(chance, np.log(chance), np.log(_blurred(chance)), skipped)


def chance_of_lengths(grid: Grid, shape: Shape, longest: int) -> Array:
    """Return the chance of each length up to ``longest`` at every point: (points, longest)."""
    one, two = (_whole_days(grid, shape.df, shape.skew, cycles)[:, :longest] for cycles in (1, 2))
    share_of_one = 1 - shape.skipped_share - shape.stray_share
    return np.asarray(
        share_of_one * one + shape.skipped_share * two + shape.stray_share / grid.longest
    )


@lru_cache(maxsize=20)
def _whole_days(grid: Grid, df: float, skew: float, cycles: int) -> Array:
    """Return the chance of each length when it is a sum of so many cycles; rows sum to 1."""
    steps, middle = grid.steps_a_day, centres(grid) * cycles
    # Day d reaches from d − ½ to d + ½. Edges and centres lie on one fine lattice, so the curve is
    # worked out once for each distance on it, and looked up for each pair.
    edge = np.arange(grid.longest + 1) * steps + steps // 2
    at = edge[None, :] - np.rint(middle * steps).astype(np.int64)[:, None]
    distance = np.arange(at.min(), at.max() + 1) / steps
    scale = np.exp(log_scales(grid)) * (SCALE_OF_TWO if cycles > 1 else 1)
    below = _share_below(distance[None, :], scale[:, None], df, skew)
    found = np.diff(below[:, at - at.min()], axis=-1)  # (scales, centres, longest)
    found = np.moveaxis(found, 0, 1).reshape(-1, grid.longest)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _share_below(distance: Array, scale: Array, df: float, skew: float) -> Array:
    """Return the share of a two-piece t that lies below a distance from its centre (its peak)."""
    left, right = scale / skew, scale * skew
    low = 2 * stdtr(df, np.minimum(distance, 0) / left)
    high = 2 * stdtr(df, np.maximum(distance, 0) / right) - 1
    return np.asarray((left * low + right * high) / (left + right))


def _blurred(chance: Array) -> Array:
    near = np.ones(2 * UNSURE_BY_DAYS + 1) / (2 * UNSURE_BY_DAYS + 1)
    width = chance.shape[1]
    padded = np.pad(chance, ((0, 0), (UNSURE_BY_DAYS, UNSURE_BY_DAYS)), mode="edge")
    return np.asarray(sum(part * padded[:, i : i + width] for i, part in enumerate(near)))


def log_prior(grid: Grid, population: Population) -> Array:
    """Return the logarithm of a population's chance of each point; the chances sum to 1."""
    scale = log_scales(grid) - np.log(population.scale_days)
    lies_at = population.centre_days + population.centre_per_log_scale * scale
    apart = (centres(grid)[:, None] - lies_at[None, :]) / population.between_days
    df = population.between_df
    found = -(df + 1) / 2 * np.log1p(apart**2 / df)
    # Each scale weighs what its share of women is, however much of its t the grid cuts off.
    found -= np.log(np.exp(found).sum(axis=0, keepdims=True))
    weight = -0.5 * (scale / population.scale_log_sd) ** 2
    found += weight - np.log(np.exp(weight).sum())
    return np.asarray(found.ravel())


def weights_of(lengths: Sequence[int], longest: int, forgetting: float) -> Array:
    """Return how much each length counts, as an array over lengths from 1 to ``longest``.

    ``lengths`` are whole days, oldest first; older ones count less by ``forgetting`` a cycle.
    """
    counted = np.zeros(longest)
    age = np.arange(len(lengths) - 1, -1, -1)
    np.add.at(counted, np.array(lengths, dtype=np.int64) - 1, forgetting**age)
    return counted


def posterior(log_likelihood: Array, prior: Array) -> Array:
    """Return the chance of each point (last axis) after what she told; rows sum to 1."""
    found = np.asarray(log_likelihood + prior)
    found -= found.max(axis=-1, keepdims=True)
    np.exp(found, out=found)
    found /= found.sum(axis=-1, keepdims=True)
    return found
