"""A stage written out says exactly what its conditions and expressions say one by one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.facts import Kind
from patency.core.protocol.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    ParameterNamed,
    holds,
)
from patency.core.protocol.expressions import (
    ChangePercent,
    DaysBetween,
    Derived,
    Difference,
    HoursBetween,
    Known,
    Largest,
    Number,
    Parameter,
    PlusDays,
    Ratio,
    Smallest,
    Sum,
)
from patency.core.protocol.rulebook import derive
from patency.core.protocol.straight_line import written_out

PARAMETERS = {"cap": 2, "limit": 37.5}
NAMES = st.sampled_from("abcd")
VALUES = st.integers(-2, 3)
KNOWN = st.dictionaries(NAMES, VALUES)

COMPARED = st.builds(
    Compare,
    NAMES,
    st.sampled_from([each for each in Comparison if each is not Comparison.IS_ONE_OF]),
    VALUES | st.builds(ParameterNamed, st.sampled_from(sorted(PARAMETERS))),
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
EXPRESSIONS = st.recursive(
    st.builds(Known, NAMES)
    | st.builds(Number, VALUES)
    | st.builds(Parameter, st.sampled_from(sorted(PARAMETERS))),
    lambda inner: (
        st.builds(Sum, inner, inner)
        | st.builds(Difference, inner, inner)
        | st.builds(Ratio, inner, inner)
        | st.builds(ChangePercent, inner, inner)
        | st.builds(Smallest, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Largest, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=5,
)


def answers(conditions, facts: Mapping[str, object], derived=()):
    """Return what the written-out stage says of each condition, in their order, and the facts."""
    fired: list[int] = []
    unsettled: list[int] = []
    judge = written_out(derived, conditions, PARAMETERS)
    known = judge(facts, fired.append, unsettled.append)
    return [
        True if place in fired else None if place in unsettled else False
        for place in range(len(conditions))
    ], known


@given(st.lists(CONDITIONS, max_size=4), KNOWN)
def test_a_stage_answers_as_each_condition_does(conditions, facts):
    said, _ = answers(conditions, facts)

    assert said == [holds(condition, facts, PARAMETERS) for condition in conditions]


@given(EXPRESSIONS, EXPRESSIONS, KNOWN)
def test_a_stage_works_out_what_each_expression_does(one, other, facts):
    derived = (
        Derived("first", Kind.NUMBER, one, ""),
        Derived("second", Kind.NUMBER, Sum(Known("first"), other), ""),
    )

    _, known = answers([], facts, derived)

    assert known == derive(derived, facts, PARAMETERS)


@given(EXPRESSIONS, CONDITIONS, KNOWN)
def test_conditions_see_what_was_worked_out(expression, condition, facts):
    derived = (Derived("a", Kind.NUMBER, expression, ""),)

    said, known = answers([condition], facts, derived)

    assert said == [holds(condition, known, PARAMETERS)]


def test_days_and_hours_are_counted_alike():
    derived = (
        Derived("days", Kind.COUNT, DaysBetween(Known("from"), Known("to")), ""),
        Derived("later", Kind.DAY, PlusDays(Known("to"), Known("days")), ""),
        Derived("hours", Kind.NUMBER, HoursBetween(Known("first"), Known("second")), ""),
    )
    facts = {
        "from": date(2025, 9, 1),
        "to": date(2025, 9, 4),
        "first": datetime(2025, 9, 1, 8, tzinfo=UTC),
        "second": datetime(2025, 9, 3, 8, 30, tzinfo=UTC),
    }

    _, known = answers([], facts, derived)

    assert known == derive(derived, facts, PARAMETERS)
    assert (known["later"], known["hours"]) == (date(2025, 9, 7), 48.5)


@pytest.mark.parametrize("name", ["x'] or __import__('os')", 'a"\n', "{0}", "f0", "known"])
def test_no_name_of_a_fact_becomes_code(name):
    condition = Compare(name, Comparison.IS, name)

    assert answers([condition], {name: name})[0] == [True]
    assert answers([condition], {})[0] == [None]


def test_sites_of_one_protocol_keep_their_own_values():
    condition = Compare("day", Comparison.MORE_THAN, ParameterNamed("cap"))
    fired: list[str] = []

    for cap in (10, 12):
        judge = written_out((), [condition], {"cap": cap})
        judge({"day": 11}, lambda place, at=cap: fired.append(at), lambda place: None)

    assert fired == [10]
