"""The grid against arithmetic done point by point, and what its tables must always be."""

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtr

from patency.core.cycle.lengths import (
    Grid,
    centres,
    length_table,
    log_prior,
    log_scales,
    posterior,
    weights_of,
)
from patency.core.cycle.model import Population, Shape, widened
from patency.core.cycle.predict import outlook

SMALL = Grid(25, 33, 2, 1, 4, 3, 80)
POPULATION = Population(28.5, 2.0, 1.5, 8, 2.0, 0.4, 0.9, Shape(5, 1.2, 0.01, 0.002))

shapes = st.builds(
    Shape,
    st.sampled_from((2, 5, 30)),
    st.floats(0.8, 1.4),
    st.floats(0, 0.1),
    st.floats(0.001, 0.1),
)


@given(shapes)
@settings(max_examples=15)
def test_every_row_of_a_table_sums_to_one_and_nothing_is_impossible(shape: Shape) -> None:
    table = length_table(SMALL, shape)

    assert table.chance.sum(axis=1) == pytest.approx(np.ones(len(table.chance)))
    assert table.chance.min() >= shape.stray_share / SMALL.longest * (1 - 1e-12)
    assert (table.skipped <= table.chance).all()


def below(distance: float, scale: float, shape: Shape) -> float:
    """The two-piece t by its definition: two halves of t, of different width, joined."""
    left, right = scale / shape.skew, scale * shape.skew
    if distance < 0:
        return float(2 * left / (left + right) * stdtr(shape.df, distance / left))
    upper = right * (2 * stdtr(shape.df, distance / right) - 1)
    return float((left + upper) / (left + right))


def of_days(days: int, centre: float, scale: float, shape: Shape, longest: int) -> float:
    span = below(longest + 0.5 - centre, scale, shape) - below(0.5 - centre, scale, shape)
    return (
        below(days + 0.5 - centre, scale, shape) - below(days - 0.5 - centre, scale, shape)
    ) / span


def by_hand(lengths: list[int], days: int) -> float:
    """Return the chance of the next length, point by point; slow and plain."""
    shape, above, total = POPULATION.shape, 0.0, 0.0

    def chance(of: int, centre: float, scale: float) -> float:
        one = of_days(of, centre, scale, shape, SMALL.longest)
        two = of_days(of, 2 * centre, scale * 2**0.5, shape, SMALL.longest)
        stray = shape.stray_share / SMALL.longest
        return (
            (1 - shape.skipped_share - shape.stray_share) * one + shape.skipped_share * two + stray
        )

    for scale in np.exp(log_scales(SMALL)):
        apart = log(scale / POPULATION.scale_days)
        at = POPULATION.centre_days + POPULATION.centre_per_log_scale * apart
        heights = [
            (1 + ((centre - at) / POPULATION.between_days) ** 2 / 8) ** (-4.5)
            for centre in centres(SMALL)
        ]
        for centre, height in zip(centres(SMALL), heights, strict=True):
            weight = height / sum(heights) * exp(-0.5 * (apart / POPULATION.scale_log_sd) ** 2)
            for age, length in enumerate(reversed(lengths)):
                weight *= chance(length, centre, scale) ** (POPULATION.forgetting**age)
            total += weight
            above += weight * chance(days, centre, scale)
    return above / total


@pytest.mark.parametrize("lengths", [[], [31], [27, 25], [28, 58]])
def test_the_forecast_is_what_counting_point_by_point_says(lengths: list[int]) -> None:
    found = outlook(POPULATION, SMALL, lengths)

    assert found.chance.sum() == pytest.approx(1)
    for days in (27, 60):
        assert found.chance[days - 1] == pytest.approx(by_hand(lengths, days), rel=1e-9)


def test_two_cycles_told_as_one_are_recognised() -> None:
    usual, double = outlook(POPULATION, SMALL, [28, 58]).told_skipped

    assert usual < 0.001 < 0.9 < double


def test_the_chances_of_a_population_sum_to_one_and_each_scale_has_its_share() -> None:
    prior = np.exp(log_prior(SMALL, POPULATION)).reshape(len(centres(SMALL)), SMALL.scales)
    scale = log_scales(SMALL) - log(POPULATION.scale_days)
    share = np.exp(-0.5 * (scale / POPULATION.scale_log_sd) ** 2)

    assert prior.sum() == pytest.approx(1)
    assert prior.sum(axis=0) == pytest.approx(share / share.sum())


def test_older_lengths_count_less() -> None:
    found = weights_of([28, 30, 28], 40, 0.5)

    assert (found[27], found[29], found.sum()) == (1.25, 0.5, 1.75)


def test_a_posterior_is_a_chance_in_every_row() -> None:
    found = posterior(np.array([[-1000.0, -1001.0], [0.0, 0.0]]), np.zeros(2))

    assert found.sum(axis=1) == pytest.approx([1, 1])
    assert found[0, 0] == pytest.approx(1 / (1 + exp(-1)))


def test_women_from_elsewhere_may_lie_farther_off_in_both() -> None:
    found = widened(POPULATION, centre_days=2.0, scale_log_sd=0.3)

    assert (found.between_days, found.scale_log_sd) == pytest.approx((2.5, 0.5))
    assert found.centre_days == POPULATION.centre_days
