"""Two visits as one plan: the best there is, against trying everything; no place oversold."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patency.core.booking.assign import Option
from patency.core.booking.two_visits import AnyOf, assign_two_visits, plan_two_visits

TESTS, EXAMS = ("t1", "t2", "t3"), ("e1", "e2", "e3")


def some_of(places):
    single = st.sampled_from(places)
    several = st.lists(single, min_size=2, max_size=3, unique=True).map(tuple).map(AnyOf)
    return single | several


options = st.builds(
    Option,
    test=st.none() | some_of(TESTS),
    exam=some_of(EXAMS),
    worth=st.integers(-1, 9).map(float),
)
nights = st.lists(st.lists(options, max_size=4), max_size=4)
rooms = st.dictionaries(st.sampled_from(TESTS + EXAMS), st.integers(0, 2))


def places_of(visit):
    if visit is None:
        return (None,)
    return visit.places if isinstance(visit, AnyOf) else (visit,)


def best_of_all(choices, capacity):
    """Return the greatest sum of worth by trying every plan."""
    if not choices:
        return 0.0
    best = best_of_all(choices[1:], capacity)
    for option in choices[0]:
        for test, exam in product(places_of(option.test), places_of(option.exam)):
            left = dict(capacity)
            for place in (test, exam):
                if place is not None:
                    left[place] = left.get(place, 0) - 1
            if min(left.values(), default=0) >= 0:
                best = max(best, option.worth + best_of_all(choices[1:], left))
    return best


def first_come(choices, capacity):
    """Return what is given to women in the order they stand, each the best that is left."""
    left, total = dict(capacity), 0.0
    for hers in choices:
        for option in sorted(hers, key=lambda one: -one.worth):
            free = [
                next((place for place in places_of(visit) if left.get(place, 0) > 0), None)
                for visit in (option.test, option.exam)
                if visit is not None
            ]
            if option.worth > 0 and None not in free:
                left.update({place: left[place] - 1 for place in free})
                total += option.worth
                break
    return total


@settings(max_examples=60, deadline=None)
@given(nights, rooms, st.sampled_from([0, 1000]))
def test_no_plan_is_worth_more_and_the_proof_says_so(choices, capacity, at_once):
    plan = plan_two_visits(choices, capacity, at_once=at_once)

    assert plan.worth == pytest.approx(best_of_all(choices, capacity))
    assert plan.worth >= first_come(choices, capacity) - 1e-9
    assert plan.gap <= 1e-6


@settings(max_examples=60, deadline=None)
@given(nights, rooms)
def test_everyone_has_the_places_of_her_own_option_and_no_place_too_many(choices, capacity):
    plan = plan_two_visits(choices, capacity)

    taken = Counter()
    for hers, index, places in zip(choices, plan.chosen, plan.places, strict=True):
        assert (index is None) == (places is None)
        if index is not None:
            test, exam = places
            assert test in places_of(hers[index].test) and exam in places_of(hers[index].exam)
            assert hers[index].worth > 0
            taken.update(place for place in places if place is not None)
    assert all(taken[place] <= capacity.get(place, 0) for place in taken)
    assert plan.worth == pytest.approx(
        sum(
            hers[index].worth
            for hers, index in zip(choices, plan.chosen, strict=True)
            if index is not None
        )
    )


@settings(max_examples=20, deadline=None)
@given(nights, rooms)
def test_the_same_night_gives_the_same_plan(choices, capacity):
    assert plan_two_visits(choices, capacity) == plan_two_visits(choices, capacity)


@settings(max_examples=20, deadline=None)
@given(nights, rooms, st.sampled_from(TESTS + EXAMS))
def test_one_place_more_never_makes_the_night_worse(choices, capacity, place):
    more = {**capacity, place: capacity.get(place, 0) + 1}

    assert plan_two_visits(choices, more).worth >= plan_two_visits(choices, capacity).worth - 1e-9


def test_where_halves_of_women_would_be_worth_more_whole_ones_are_planned_and_proved():
    # Any two of the three share a place: in halves all three fit and would be worth 3.5.
    choices = [[Option("p1", "p2", 2.0)], [Option("p2", "p3", 2.0)], [Option("p1", "p3", 3.0)]]

    plan = plan_two_visits(choices, {"p1": 1, "p2": 1, "p3": 1})

    assert plan.chosen == (None, None, 0)
    assert plan.worth == 3.0
    assert plan.gap == 0.0


def test_a_place_nobody_named_takes_nobody():
    assert assign_two_visits([[Option("t1", "e9", 5.0)]], {"t1": 1, "e1": 1}) == [None]


def test_a_night_without_women_is_planned_too():
    assert plan_two_visits([], {"t1": 1}).chosen == ()


def test_a_worth_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="no number"):
        assign_two_visits([[Option("t1", "e1", float("nan"))]], {"t1": 1, "e1": 1})


def test_fewer_places_than_none_are_refused():
    with pytest.raises(ValueError, match="fewer women than none"):
        assign_two_visits([], {"t1": -1})
