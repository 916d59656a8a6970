"""Conditions: six comparisons, joined by all and any, with three answers: true, false, unknown.

A condition is data (a small tree), so that it can be listed, printed and carried to other
languages. ``bind`` turns the tree into one callable once, when the protocol is loaded.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from patency.core.facts import Facts, FactValue

Truth = bool | None
Test = Callable[[Facts], Truth]


class Comparison(StrEnum):
    """The six comparisons a condition may use."""

    IS = "is"
    IS_ONE_OF = "is_one_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"


OPERATORS: Mapping[Comparison, Callable[[Any, Any], Any]] = {
    Comparison.IS: operator.eq,
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
    Comparison.MORE_THAN: operator.gt,
    Comparison.LESS_THAN: operator.lt,
}


@dataclass(frozen=True, slots=True)
class ParameterNamed:
    """A number of the protocol, by its name in ``parameters.toml``."""

    name: str


Operand = FactValue | tuple[FactValue, ...] | ParameterNamed


@dataclass(frozen=True, slots=True)
class Compare:
    """One fact against one value or parameter."""

    fact: str
    comparison: Comparison
    operand: Operand


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is true; one false part settles it, whatever else is unknown."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when one part is true, whatever else is unknown; false when every part is false."""

    parts: "tuple[Condition, ...]"


Condition = Compare | AllOf | AnyOf


def facts_used(condition: Condition) -> frozenset[str]:
    """Return the names of the facts the condition looks at."""
    if isinstance(condition, Compare):
        return frozenset({condition.fact})
    return frozenset().union(*(facts_used(part) for part in condition.parts))


def parameters_used(condition: Condition) -> frozenset[str]:
    """Return the names of the parameters the condition is measured against."""
    if isinstance(condition, Compare):
        operand = condition.operand
        return frozenset({operand.name} if isinstance(operand, ParameterNamed) else ())
    return frozenset().union(*(parameters_used(part) for part in condition.parts))


def holds(condition: Condition, facts: Facts, parameters: Mapping[str, FactValue]) -> Truth:
    """Return whether the condition holds on these facts: True, False, or None for unknown."""
    return bind(condition, parameters)(facts)


def bind(condition: Condition, parameters: Mapping[str, FactValue]) -> Test:
    """Return the condition as a callable, its parameters filled in."""
    if isinstance(condition, Compare):
        return _bind_compare(condition, parameters)
    tests = tuple(bind(part, parameters) for part in condition.parts)
    return _all_of(tests) if isinstance(condition, AllOf) else _any_of(tests)


def _bind_compare(condition: Compare, parameters: Mapping[str, FactValue]) -> Test:
    fact, operand = condition.fact, condition.operand
    if isinstance(operand, ParameterNamed):
        operand = parameters[operand.name]
    if condition.comparison is Comparison.IS_ONE_OF:
        choices = frozenset(operand if isinstance(operand, tuple) else (operand,))

        def is_one_of(facts: Facts) -> Truth:
            value = facts.get(fact)
            return None if value is None else value in choices

        return is_one_of
    compare = OPERATORS[condition.comparison]

    def compared(facts: Facts) -> Truth:
        value = facts.get(fact)
        return None if value is None else bool(compare(value, operand))

    return compared


def _all_of(tests: tuple[Test, ...]) -> Test:
    def all_hold(facts: Facts) -> Truth:
        answer: Truth = True
        for test in tests:
            truth = test(facts)
            if truth is False:
                return False
            if truth is None:
                answer = None
        return answer

    return all_hold


def _any_of(tests: tuple[Test, ...]) -> Test:
    def any_holds(facts: Facts) -> Truth:
        answer: Truth = False
        for test in tests:
            truth = test(facts)
            if truth:
                return True
            if truth is None:
                answer = None
        return answer

    return any_holds
