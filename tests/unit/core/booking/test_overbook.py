"""How many may be invited beyond the places: against counting every way they may come."""

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.booking.overbook import (
    bumps_per_1000,
    extra_places,
    sent_home,
    show_distribution,
    too_many,
)

chances = st.lists(st.floats(0, 1), max_size=7)


@given(chances, st.integers(0, 7))
def test_the_distribution_is_that_of_every_way_they_may_come(each, places):
    ways = [
        (sum(come), prod(p if came else 1 - p for p, came in zip(each, come, strict=True)))
        for come in product([True, False], repeat=len(each))
    ]

    assert show_distribution(each).sum() == pytest.approx(1)
    assert too_many(each, places) == pytest.approx(sum(p for n, p in ways if n > places))
    assert sent_home(each, places) == pytest.approx(
        sum(p * (n - places) for n, p in ways if n > places)
    )


@given(st.floats(0.5, 1), st.integers(1, 12), st.floats(0, 0.9))
def test_as_many_are_invited_as_keep_the_chance_and_not_one_more(chance, places, alpha):
    extra = extra_places(chance, places, alpha=alpha, most=5)

    assert too_many([chance] * (places + extra), places) <= alpha
    if extra < 5:
        assert too_many([chance] * (places + extra + 1), places) > alpha


@given(st.floats(0.5, 1), st.integers(1, 30))
def test_nobody_is_invited_beyond_the_places_when_none_may_be_sent_home(chance, places):
    assert extra_places(chance, places, alpha=0.0) == 0


def test_the_figures_of_the_table():
    assert too_many([0.95] * 9, 8) == pytest.approx(0.6302, abs=1e-4)
    assert extra_places(0.95, 8, alpha=0.6) == 0
    assert extra_places(0.95, 30, alpha=0.55) == 2
    assert bumps_per_1000(0.95, 8, 1) == pytest.approx(79.6, abs=0.1)
    assert bumps_per_1000(0.95, 30, 2) == pytest.approx(24.0, abs=0.1)


def test_where_there_is_no_place_nobody_is_invited():
    assert extra_places(0.95, 0, alpha=1.0) == 0
    assert bumps_per_1000(0.95, 0, 0) == 0


def test_a_chance_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="outside 0 to 1"):
        show_distribution([95.0])
    with pytest.raises(ValueError, match="lies from 0 to 1"):
        extra_places(0.95, 8, alpha=5)
