"""Fitting a population to women's lengths: the numbers under which what they told is likeliest.

The chance of a woman's lengths at each point of the grid does not depend on the population, so it
is worked out once; what is left is a small search. With few women the fit leans on what is
published, by the weight of a few women, so that a handful cannot lead it astray.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from patency.core.cycle.lengths import (
    BLEEDING_GRID,
    CYCLE_GRID,
    Array,
    Grid,
    chance_of_lengths,
    log_prior,
    posterior,
    weights_of,
)
from patency.core.cycle.model import Population, Shape

Lengths = tuple[int, ...]

FORGETTING = (1.0, 0.98, 0.96, 0.94, 0.92, 0.9)
ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What is believed of populations before one is fitted, and what is tried."""

    grid: Grid
    middle: Population
    """The population a fit starts from and leans on."""
    spread: tuple[float, float, float, float, float]
    """How far populations may be from it: the centre (days), the slope (days), and the logarithms
    of the distance between women, of the usual scale and of the spread of scales."""
    shapes: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], tuple[float, ...]]
    """Degrees of freedom, skew, skipped and stray shares tried; the middle's own among them."""


# The centre: 29.3 days in 612,613 ovulatory cycles (Bull 2019, doi:10.1038/s41746-019-0152-7). The
# scales: medians of a woman's own standard deviations of 2 to 2.5 days in charts and apps (Fehring
# 2006, Li 2020). How firmly they are held is ours (docs/adr/0008-forecast.md).
CYCLES_BEFOREHAND = Beforehand(
    CYCLE_GRID,
    Population(29.3, 2.0, 1.6, 8.0, 2.0, 0.45, 0.96, Shape(6, 1.2, 0.002, 0.001)),
    (2.0, 2.0, 0.5, 0.4, 0.4),
    ((3, 4, 6, 10, 30), (1.0, 1.1, 1.2, 1.3), (0.0005, 0.002, 0.01, 0.04), (0.001, 0.004, 0.016)),
)
# Bleeding of 4.1 ± 1.8 days in an app (Li 2020), 6.2 ± 1.5 days in charts (Najmabadi 2020).
BLEEDING_BEFOREHAND = Beforehand(
    BLEEDING_GRID,
    Population(5.0, 1.0, 0.9, 8.0, 0.7, 0.4, 0.96, Shape(6, 1.1, 0.0005, 0.001)),
    (1.0, 1.0, 0.5, 0.4, 0.4),
    ((3, 4, 6, 10, 30), (1.0, 1.1, 1.2), (0.0005,), (0.001, 0.004, 0.016)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Women:
    """Women's lengths, oldest first, ready to be fitted: counts, and each one with its past."""

    told: tuple[Lengths, ...]
    longest: int
    """The longest length any of them told."""
    counted: Array
    """How often each woman told each length: shape (women, longest)."""
    came: NDArray[np.int64]
    """Every length that has one before it, in days."""


def women(told: Sequence[Lengths]) -> Women:
    """Return lengths ready to be fitted; women who told none are left out."""
    kept = tuple(lengths for lengths in told if lengths)
    longest = max(map(max, kept), default=1)
    counted = [weights_of(lengths, longest, 1.0) for lengths in kept]
    return Women(
        kept,
        longest,
        np.array(counted).reshape(-1, longest),
        np.array([came for lengths in kept for came in lengths[1:]], dtype=np.int64),
    )


def fit_population(told: Sequence[Lengths], beforehand: Beforehand) -> Population:
    """Return the population under which these women's lengths are likeliest.

    ``told`` holds each woman's lengths in whole days from 1 to the grid's longest, oldest first.
    The same lengths give the same population. Raises ``ValueError`` when nobody told a length.
    """
    found = women(told)
    if not found.told:
        raise ValueError(
            "There is no length to fit a population to. Give at least one woman with one length."
        )
    population = beforehand.middle
    for _ in range(ROUNDS):
        fitted = _fit_women(found, population, beforehand)
        shaped = _best_shape(found, fitted, beforehand)
        if shaped == population.shape:
            population = fitted
            break
        population = replace(fitted, shape=shaped)
    else:
        population = _fit_women(found, population, beforehand)
    return replace(population, forgetting=_best_forgetting(found, population, beforehand))


# ---------------------------------------------------------------- how women differ


def _fit_women(found: Women, population: Population, beforehand: Beforehand) -> Population:
    """Return the population with its five numbers fitted and its shape kept."""
    grid, middle = beforehand.grid, _numbers(beforehand.middle)
    spread = np.array(beforehand.spread)
    chance, scaled_by = _chance_of_women(found, grid, population.shape)

    def badness(numbers: Array) -> float:
        prior = np.exp(log_prior(grid, _with_numbers(population, numbers)))
        leaning = 0.5 * float((((numbers - middle) / spread) ** 2).sum())
        return leaning - float(np.log(chance @ prior).sum()) - scaled_by

    low = np.array([grid.first_centre, -8.0, -3.0, np.log(grid.least_scale), -3.0])
    high = np.array([grid.last_centre, 8.0, 2.5, np.log(grid.greatest_scale), 0.6])
    start = np.clip(_numbers(population), low, high)
    best = minimize(badness, start, method="L-BFGS-B", bounds=list(zip(low, high, strict=True)))
    return _with_numbers(population, best.x)


def _numbers(population: Population) -> Array:
    return np.array(
        [
            population.centre_days,
            population.centre_per_log_scale,
            np.log(population.between_days),
            np.log(population.scale_days),
            np.log(population.scale_log_sd),
        ]
    )


def _with_numbers(population: Population, numbers: Array) -> Population:
    centre, slope, between, scale, scale_sd = (float(number) for number in numbers)
    return replace(
        population,
        centre_days=centre,
        centre_per_log_scale=slope,
        between_days=float(np.exp(between)),
        scale_days=float(np.exp(scale)),
        scale_log_sd=float(np.exp(scale_sd)),
    )


def _chance_of_women(found: Women, grid: Grid, shape: Shape) -> tuple[Array, float]:
    """Return each woman's chance at each point, scaled to at most 1, and the logs of the scales."""
    log_chance = found.counted @ np.log(chance_of_lengths(grid, shape, found.longest)).T
    greatest = log_chance.max(axis=1, keepdims=True)
    return np.exp(log_chance - greatest), float(greatest.sum())


# ---------------------------------------------------------------- how one woman varies


def _best_shape(found: Women, population: Population, beforehand: Beforehand) -> Shape:
    """Return the likeliest of the shapes tried, one number of it after the other."""
    grid, shape = beforehand.grid, population.shape
    prior = np.exp(log_prior(grid, population))

    @lru_cache
    def goodness(tried: Shape) -> float:
        chance, scaled_by = _chance_of_women(found, grid, tried)
        return float(np.log(chance @ prior).sum()) + scaled_by - _steps_away(tried, beforehand)

    for field, choices in zip(
        ("df", "skew", "skipped_share", "stray_share"), beforehand.shapes, strict=True
    ):
        shape = max((replace(shape, **{field: choice}) for choice in choices), key=goodness)
    return shape


def _steps_away(shape: Shape, beforehand: Beforehand) -> float:
    """Return what a shape owes for its distance from the middle's: half a square of each step."""
    middle = beforehand.middle.shape
    return sum(
        0.5 * (choices.index(tried) - choices.index(usual)) ** 2
        for tried, usual, choices in zip(
            (shape.df, shape.skew, shape.skipped_share, shape.stray_share),
            (middle.df, middle.skew, middle.skipped_share, middle.stray_share),
            beforehand.shapes,
            strict=True,
        )
    )


def _best_forgetting(found: Women, population: Population, beforehand: Beforehand) -> float:
    """Return the forgetting under which each length was likeliest, given the ones before it."""
    if not len(found.came):
        return beforehand.middle.forgetting
    grid, usual = beforehand.grid, FORGETTING.index(beforehand.middle.forgetting)
    chance, prior = (
        chance_of_lengths(grid, population.shape, found.longest),
        log_prior(grid, population),
    )
    log_chance, chance_of_came = np.log(chance).T, chance[:, found.came - 1].T

    @lru_cache
    def goodness(forgetting: float) -> float:
        pasts = np.vstack([_pasts(one, found.longest, forgetting) for one in found.told])
        points = posterior(pasts @ log_chance, prior)
        steps = FORGETTING.index(forgetting) - usual
        return float(np.log((points * chance_of_came).sum(axis=1)).sum()) - 0.5 * steps**2

    # It rises to one peak, so it is enough to climb from the middle.
    at = usual
    for step in (1, -1):
        while 0 <= at + step < len(FORGETTING) and goodness(FORGETTING[at + step]) > goodness(
            FORGETTING[at]
        ):
            at += step
    return FORGETTING[at]


def _pasts(lengths: Lengths, longest: int, forgetting: float) -> Array:
    """Return what counts before each length but the first: shape (lengths − 1, longest)."""
    found = np.zeros((len(lengths) - 1, longest))
    before = np.zeros(longest)
    for number, length in enumerate(lengths[:-1]):
        before *= forgetting
        before[length - 1] += 1
        found[number] = before
    return found
