"""From what she told to the chances of a length: one posterior, one sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import expit, stdtr

from patency.core.cycle.lengths import (
    BLEEDING_GRID,
    CYCLE_GRID,
    Array,
    Grid,
    LengthTable,
    length_table,
    log_prior,
    posterior,
)
from patency.core.cycle.model import CycleModel, Luteal, Population

Lengths = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """The chances of a length in days; index 0 is one day."""

    chance: Array
    skipped: Array
    """The part of ``chance`` in which it is two cycles told as one."""
    told_skipped: tuple[float, ...]
    """For each length she told, the chance that it was two cycles."""


def outlook(
    population: Population, grid: Grid, lengths: Sequence[int], sure: Sequence[bool] = ()
) -> Outlook:
    """Return the chances of her next length after what she told.

    ``lengths`` are whole days from 1 to the grid's longest, oldest first; none is an answer too:
    the population's chances. ``sure`` says of each length whether both its ends are certain; left
    out, all are.
    """
    table = length_table(grid, population.shape)
    points = _points(table, population, grid, lengths, sure or [True] * len(lengths))
    told = np.array(lengths, dtype=np.int64) - 1
    share_skipped = (points @ table.skipped[:, told]) / (points @ table.chance[:, told])
    return Outlook(
        points @ table.chance,
        points @ table.skipped,
        tuple(float(share) for share in share_skipped),
    )


def next_cycle(model: CycleModel, lengths: Lengths, sure: tuple[bool, ...] = ()) -> Outlook:
    """Return the chances of the length of her next cycle; kept for as long as they are asked."""
    return _kept_cycle(model.cycle, lengths, sure)


def next_bleeding(model: CycleModel, days: Lengths) -> Outlook:
    """Return the chances of how many days she will bleed."""
    return _kept_bleeding(model.bleeding, days)


@lru_cache(maxsize=4096)
def _kept_cycle(population: Population, lengths: Lengths, sure: tuple[bool, ...]) -> Outlook:
    return outlook(population, CYCLE_GRID, lengths, sure)


@lru_cache(maxsize=4096)
def _kept_bleeding(population: Population, days: Lengths) -> Outlook:
    return outlook(population, BLEEDING_GRID, days)


@lru_cache(maxsize=16)
def _kept_prior(population: Population, grid: Grid) -> Array:
    return log_prior(grid, population)


def _points(
    table: LengthTable,
    population: Population,
    grid: Grid,
    lengths: Sequence[int],
    sure: Sequence[bool],
) -> Array:
    found = np.zeros(len(table.chance))
    age = len(lengths)
    for length, is_sure in zip(lengths, sure, strict=True):
        age -= 1
        log_chance = table.log_chance if is_sure else table.log_chance_unsure
        found += population.forgetting**age * log_chance[:, length - 1]
    return posterior(found, _kept_prior(population, grid))


def forget() -> None:
    """Keep nothing of what was asked so far, so that the next forecasts can be timed as new."""
    _kept_cycle.cache_clear()
    _kept_bleeding.cache_clear()


# ---------------------------------------------------------------- ovulation


def ovulation_days(luteal: Luteal, cycle: Array) -> Array:
    """Return the chances of the cycle day of ovulation; index 0 is cycle day 1.

    ``cycle`` are the chances of the cycle's length, index 0 being one day. Ovulation lies so many
    days before the next period as a luteal phase has, which is longer in longer cycles.
    """
    return np.asarray(cycle @ _ovulation_by_length(luteal, len(cycle)))


@lru_cache(maxsize=8)
def _ovulation_by_length(luteal: Luteal, longest: int) -> Array:
    """Return the chances of the cycle day of ovulation, a row for each length from one day on."""
    length = np.arange(1, longest + 1)[:, None]
    day = np.arange(1, longest + 1)[None, :]
    phase = length - day  # days after the day of ovulation, up to the last day of the cycle
    centre = luteal.centre_days + luteal.centre_per_cycle_day * (length - luteal.at_cycle_days)
    below = stdtr(luteal.df, (phase - 0.5 - centre) / luteal.scale_days)
    above = stdtr(luteal.df, (phase + 0.5 - centre) / luteal.scale_days)
    ripe = expit((day - luteal.early_until_day) / luteal.early_spread_days)
    allowed = (phase >= luteal.least_days) & (phase <= luteal.most_days)
    # In a cycle too short to hold one, the first day takes what is left.
    found = np.where(allowed, (above - below) * ripe, 0.0) + np.where(day == 1, 1e-12, 0.0)
    return np.asarray(found / found.sum(axis=1, keepdims=True))
