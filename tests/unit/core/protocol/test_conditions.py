from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.protocol.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    ParameterNamed,
    facts_used,
    holds,
    parameters_used,
)

NAMES = st.sampled_from("abcd")
VALUES = st.integers(0, 3)
KNOWN = st.dictionaries(NAMES, VALUES)
COMPARED = st.builds(
    Compare,
    NAMES,
    st.sampled_from([each for each in Comparison if each is not Comparison.IS_ONE_OF]),
    VALUES,
)
ONE_OF = st.builds(
    Compare, NAMES, st.just(Comparison.IS_ONE_OF), st.lists(VALUES, min_size=1).map(tuple)
)
CONDITIONS = st.recursive(
    COMPARED | ONE_OF,
    lambda inner: (
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        (Comparison.IS, False, True, False),
        (Comparison.AT_LEAST, False, True, True),
        (Comparison.AT_MOST, True, True, False),
        (Comparison.MORE_THAN, False, False, True),
        (Comparison.LESS_THAN, True, False, False),
    ],
)
def test_each_comparison_below_at_and_above_its_value(comparison, below, at, above):
    condition = Compare("temperature_c", comparison, 37.5)

    assert [holds(condition, {"temperature_c": t}, {}) for t in (37.4, 37.5, 37.6)] == [
        below,
        at,
        above,
    ]


def test_one_of_takes_a_list():
    condition = Compare("cleanliness", Comparison.IS_ONE_OF, ("III", "IV"))

    assert holds(condition, {"cleanliness": "IV"}, {}) is True
    assert holds(condition, {"cleanliness": "II"}, {}) is False
    assert holds(condition, {}, {}) is None


def test_a_parameter_gives_its_value_when_the_condition_is_bound():
    condition = Compare("day", Comparison.MORE_THAN, ParameterNamed("cap"))

    assert holds(condition, {"day": 11}, {"cap": 10}) is True
    assert holds(condition, {"day": 11}, {"cap": 12}) is False


def test_days_have_an_order():
    condition = Compare("seen_on", Comparison.LESS_THAN, date(2025, 10, 1))

    assert holds(condition, {"seen_on": date(2025, 9, 30)}, {}) is True


def test_a_condition_lists_the_facts_and_parameters_it_uses():
    condition = AnyOf(
        (
            AllOf((Compare("a", Comparison.IS, 1), Compare("b", Comparison.IS, 1))),
            Compare("c", Comparison.AT_LEAST, ParameterNamed("limit")),
        )
    )

    assert facts_used(condition) == {"a", "b", "c"}
    assert parameters_used(condition) == {"limit"}


@given(CONDITIONS, KNOWN, KNOWN)
def test_learning_more_never_reverses_a_settled_answer(condition, facts, more):
    before = holds(condition, facts, {})
    after = holds(condition, {**more, **facts}, {})

    assert before is None or after is before


@given(CONDITIONS, KNOWN)
def test_with_every_fact_known_every_condition_is_settled(condition, facts):
    everything = dict.fromkeys("abcd", 0) | facts

    assert holds(condition, everything, {}) is not None


@given(st.lists(CONDITIONS, min_size=1, max_size=3), KNOWN)
def test_all_is_the_worst_of_its_parts_and_any_the_best(parts, facts):
    truths = [holds(part, facts, {}) for part in parts]
    worst = False if False in truths else None if None in truths else True
    best = True if True in truths else None if None in truths else False

    assert holds(AllOf(tuple(parts)), facts, {}) is worst
    assert holds(AnyOf(tuple(parts)), facts, {}) is best
