"""Conditions and expressions in words, for people who read the protocol instead of running it."""

from collections.abc import Mapping

from patency.core.facts import FactCatalogue, FactValue
from patency.core.protocol.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Condition,
    Operand,
    ParameterNamed,
)
from patency.core.protocol.expressions import (
    ChangePercent,
    DaysBetween,
    Difference,
    Expression,
    HoursBetween,
    Known,
    Largest,
    Number,
    PlusDays,
    Ratio,
    Smallest,
    Sum,
)
from patency.core.protocol.expressions import Parameter as ParameterOf

PHRASES: Mapping[Comparison, str] = {
    Comparison.IS: "is",
    Comparison.IS_ONE_OF: "is one of",
    Comparison.AT_LEAST: "is at least",
    Comparison.AT_MOST: "is at most",
    Comparison.MORE_THAN: "is more than",
    Comparison.LESS_THAN: "is less than",
}


def plain(value: FactValue | None) -> str:
    """Return a value as it is written in tables and in conditions."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def in_words(
    condition: Condition, facts: FactCatalogue, parameters: Mapping[str, FactValue]
) -> str:
    """Return a condition as one line, parameters with their values."""
    if isinstance(condition, Compare):
        unit = facts[condition.fact].unit if condition.fact in facts else ""
        said = _operand(condition.operand, unit, parameters)
        return f"{condition.fact} {PHRASES[condition.comparison]} {said}"
    joint = " and " if isinstance(condition, AllOf) else " or "
    return joint.join(_inside(part, condition, facts, parameters) for part in condition.parts)


def _inside(
    part: Condition,
    whole: AllOf | AnyOf,
    facts: FactCatalogue,
    parameters: Mapping[str, FactValue],
) -> str:
    said = in_words(part, facts, parameters)
    if isinstance(part, Compare) or type(part) is type(whole) or len(part.parts) == 1:
        return said
    return f"({said})"


def _operand(operand: Operand, unit: str, parameters: Mapping[str, FactValue]) -> str:
    measured = f" {unit}" if unit else ""
    if isinstance(operand, ParameterNamed):
        return f"{plain(parameters[operand.name])}{measured} [{operand.name}]"
    if isinstance(operand, tuple):
        return ", ".join(plain(one) for one in operand) + measured
    return plain(operand) + measured


def formula(expression: Expression) -> str:
    """Return how a derived fact is worked out, as one line."""
    match expression:
        case Known(name):
            return name
        case ParameterOf(name):
            return f"[{name}]"
        case Number(value):
            return str(value)
        case DaysBetween(earlier, later):
            return f"days from {formula(earlier)} to {formula(later)}"
        case HoursBetween(earlier, later):
            return f"hours from {formula(earlier)} to {formula(later)}"
        case PlusDays(day, days):
            return f"{formula(day)} + {_bracketed(days)} days"
        case Sum(one, other):
            return f"{_bracketed(one)} + {_bracketed(other)}"
        case Difference(whole, part):
            return f"{_bracketed(whole)} − {_bracketed(part)}"
        case Ratio(top, bottom):
            return f"{_bracketed(top)} ÷ {_bracketed(bottom)}"
        case ChangePercent(first, second):
            return f"change from {formula(first)} to {formula(second)} in percent"
        case Smallest(values):
            return f"least of {', '.join(formula(value) for value in values)}"
        case Largest(values):
            return f"greatest of {', '.join(formula(value) for value in values)}"


def _bracketed(expression: Expression) -> str:
    said = formula(expression)
    return said if isinstance(expression, Known | ParameterOf | Number) else f"({said})"
