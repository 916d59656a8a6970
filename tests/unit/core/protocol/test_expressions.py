from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.derived import DERIVED
from patency.core.facts import FactRefused, Kind
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
    bind_expression,
    inputs,
    parameters_of,
)
from patency.core.protocol.rulebook import derive, working_order

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def value(expression, facts=None, **parameters):
    return bind_expression(expression, parameters)(facts or {})


def test_the_first_day_of_bleeding_is_day_one():
    facts = {"period_start": date(2025, 9, 1), "exam_date": date(2025, 9, 1)}

    assert derive(DERIVED[:1], facts, {})["cycle_day"] == 1


def test_days_between_are_calendar_days_and_negative_backwards():
    expression = DaysBetween(Known("a"), Known("b"))

    assert value(expression, {"a": date(2025, 2, 27), "b": date(2025, 3, 1)}) == 2
    assert value(expression, {"a": date(2025, 3, 1), "b": date(2025, 2, 27)}) == -2


def test_days_between_worked_out_days():
    expression = DaysBetween(PlusDays(Known("a"), Number(2)), Known("b"))

    assert value(expression, {"a": date(2025, 3, 1), "b": date(2025, 3, 4)}) == 1


def test_hours_between_two_samples():
    first = datetime(2025, 10, 1, 8, tzinfo=UTC)
    expression = HoursBetween(Known("a"), Known("b"))

    assert value(expression, {"a": first, "b": first + timedelta(hours=47.5)}) == 47.5


def test_sums_differences_ratios_and_parameters():
    assert value(Sum(Number(2), Number(3))) == 5
    assert value(Difference(Parameter("cap"), Number(3)), cap=10) == 7
    assert value(Ratio(Known("pads"), Known("hours")), {"pads": 3, "hours": 2}) == 1.5
    assert value(Ratio(Known("pads"), Known("hours")), {"pads": 3, "hours": 0}) is None
    assert value(Smallest((Number(2), Known("a"))), {"a": 1}) == 1
    assert value(Largest((Number(2), Known("a"))), {"a": 1}) == 2


def test_a_rise_of_exactly_63_percent_is_exactly_63():
    expression = ChangePercent(Known("first"), Known("second"))

    assert value(expression, {"first": 1000.0, "second": 1630.0}) == 63
    assert value(expression, {"first": 900.0, "second": 450.0}) == -50
    assert value(expression, {"first": 0.0, "second": 450.0}) is None


@pytest.mark.parametrize(
    "expression",
    [
        Sum(Known("a"), Number(1)),
        Sum(Number(1), Known("a")),
        DaysBetween(Known("a"), Known("b")),
        Smallest((Number(1), Known("a"))),
        Largest((Known("a"), Number(1))),
    ],
)
def test_an_unknown_input_leaves_the_result_unknown(expression):
    assert value(expression) is None


@given(DAYS, st.integers(0, 400))
def test_adding_days_and_counting_them_gives_them_back(day, days):
    later = value(PlusDays(Known("a"), Number(days)), {"a": day})

    assert value(DaysBetween(Known("a"), Known("b")), {"a": day, "b": later}) == days


def test_an_expression_lists_what_it_needs():
    expression = Sum(
        Smallest((Known("a"), Parameter("p"))), HoursBetween(Known("b"), Largest((Known("c"),)))
    )

    assert inputs(expression) == {"a", "b", "c"}
    assert parameters_of(expression) == {"p"}


def test_derived_facts_are_put_in_the_order_they_need():
    late = Derived("late", Kind.COUNT, Sum(Known("early"), Number(1)), "")
    early = Derived("early", Kind.COUNT, Sum(Known("a"), Number(1)), "")

    assert [each.name for each in working_order((late, early))] == ["early", "late"]


def test_a_circle_of_derived_facts_is_refused_and_shown():
    one = Derived("one", Kind.COUNT, Sum(Known("two"), Number(1)), "")
    two = Derived("two", Kind.COUNT, Sum(Known("one"), Number(1)), "")

    with pytest.raises(FactRefused, match="one → two → one"):
        working_order((one, two))


def test_every_derived_fact_has_its_own_name_and_meaning():
    names = [each.name for each in DERIVED]

    assert len(names) == len(set(names))
    assert all(each.meaning.endswith(".") for each in DERIVED)
