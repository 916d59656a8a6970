"""One visit each: the best choice there is, against trying everything."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patency.core.booking.assign import Option, assign

GROUPS = ("mon", "tue", "wed")
options = st.builds(
    Option, test=st.none(), exam=st.sampled_from(GROUPS), worth=st.integers(-3, 9).map(float)
)
nights = st.lists(st.lists(options, max_size=4), max_size=5)
rooms = st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 3))


def total(choices, found):
    return sum(
        hers[index].worth for hers, index in zip(choices, found, strict=True) if index is not None
    )


def best_of_all(choices, capacity):
    """Return the greatest sum of worth by trying every choice."""
    best = 0.0
    for found in product(*([None, *range(len(hers))] for hers in choices)):
        taken = Counter(
            hers[index].exam
            for hers, index in zip(choices, found, strict=True)
            if index is not None
        )
        if all(count <= capacity.get(group, 0) for group, count in taken.items()):
            best = max(best, total(choices, found))
    return best


@settings(max_examples=30)
@given(nights, rooms)
def test_no_other_choice_is_worth_more(choices, capacity):
    found = assign(choices, capacity)

    assert total(choices, found) == best_of_all(choices, capacity)


@settings(max_examples=30)
@given(nights, rooms)
def test_no_group_takes_more_women_than_it_has_places(choices, capacity):
    found = assign(choices, capacity)

    taken = Counter(
        hers[index].exam for hers, index in zip(choices, found, strict=True) if index is not None
    )
    assert all(count <= capacity[group] for group, count in taken.items())


@settings(max_examples=30)
@given(nights, rooms, st.randoms(use_true_random=False))
def test_the_order_of_the_women_changes_nothing_in_the_sum(choices, capacity, shuffled):
    again = list(choices)
    shuffled.shuffle(again)

    assert total(again, assign(again, capacity)) == total(choices, assign(choices, capacity))


@settings(max_examples=30)
@given(nights, rooms, st.sampled_from(GROUPS))
def test_one_place_more_never_makes_the_sum_less(choices, capacity, group):
    before = total(choices, assign(choices, capacity))
    more = {**capacity, group: capacity.get(group, 0) + 1}

    assert total(choices, assign(choices, more)) >= before


def test_nobody_is_given_an_option_that_is_worth_nothing():
    assert assign([[Option(None, "mon", 0.0), Option(None, "mon", -1.0)]], {"mon": 1}) == [None]


def test_a_place_for_the_test_is_a_problem_of_two_visits():
    with pytest.raises(ValueError, match="call choose"):
        assign([[Option("lab", "mon", 1.0)]], {"mon": 1})


@pytest.mark.parametrize("worth", [float("nan"), float("inf"), 100_001.0])
def test_a_worth_that_the_solver_cannot_count_in_is_refused(worth):
    with pytest.raises(ValueError, match="Scale all worths down"):
        assign([[Option(None, "mon", worth)]], {"mon": 1})


def test_fewer_places_than_none_are_refused():
    with pytest.raises(ValueError, match="0 or more"):
        assign([], {"mon": -1})
