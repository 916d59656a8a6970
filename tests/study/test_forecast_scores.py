"""Scores against what they mean: a forecast that tells its own truth is covered as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.study.forecasting.scores import LEVELS, score

chances = st.lists(st.floats(0.001, 1), min_size=2, max_size=8).map(
    lambda weights: np.array(weights) / sum(weights)
)


@given(chances)
def test_a_true_forecast_is_covered_exactly_as_often_as_it_says(chance: np.ndarray) -> None:
    days = len(chance)
    found = score(np.tile(chance, (days, 1)), np.arange(1, days + 1))

    for level in LEVELS:
        assert chance @ found.covered[level] == pytest.approx(level / 100)
        # Whole days, as a woman is shown them, hold at least as much.
        assert chance @ found.shown_covered[level] >= level / 100 - 1e-9
        assert (found.shown_days[level] >= found.width[level] - 1e-9).all()


@given(chances, st.integers(0, 7))
def test_worked_out_coverage_is_what_drawing_the_transform_gives(
    chance: np.ndarray, at: int
) -> None:
    came = at % len(chance) + 1
    found = score(chance[None, :], np.array([came]))

    before = chance[: came - 1].sum()
    transform = before + chance[came - 1] * (np.arange(4000) + 0.5) / 4000
    for level in LEVELS:
        inside = np.abs(transform - 0.5) <= level / 200
        assert found.covered[level][0] == pytest.approx(inside.mean(), abs=0.001)


@given(chances, chances)
def test_telling_what_one_believes_scores_best(belief: np.ndarray, other: np.ndarray) -> None:
    days = max(len(belief), len(other))
    truth, lie = (np.pad(one, (0, days - len(one))) + 1e-9 for one in (belief, other))
    truth, lie = truth / truth.sum(), lie / lie.sum()
    came = np.arange(1, days + 1)

    honest, dishonest = (score(np.tile(one, (days, 1)), came) for one in (truth, lie))

    assert truth @ honest.log_score >= truth @ dishonest.log_score - 1e-9
    assert truth @ honest.crps <= truth @ dishonest.crps + 1e-9


def test_scores_by_hand() -> None:
    found = score(np.array([[0.2, 0.5, 0.3]]), np.array([3]))

    assert found.error[0] == 1  # the median is day 2
    assert found.log_score[0] == pytest.approx(np.log(0.3))
    assert found.crps[0] == pytest.approx(0.2**2 + 0.7**2)
    # Half of the chance lies from 0.25 to 0.75: the end of day 2, and 0.05 of day 3's 0.3.
    assert found.covered[50][0] == pytest.approx(0.05 / 0.3)
    assert found.width[50][0] == pytest.approx(0.45 / 0.5 + 0.05 / 0.3)
    assert (found.shown_covered[50][0], found.shown_days[50][0]) == (1, 2)


def test_a_day_that_is_said_may_be_a_fraction_and_is_rounded_when_it_is_a_date() -> None:
    found = score(np.array([[0.5, 0.5]]), np.array([2]), np.array([1.5]))

    assert (found.error[0], found.error_of_whole_day[0]) == (0.5, 0)
