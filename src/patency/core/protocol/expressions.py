"""Derived facts: small expressions over facts and parameters, as data.

An expression whose input is unknown is unknown. Days are counted by the calendar, so the
difference of two days is a whole number, and time of day does not enter it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from patency.core.facts import Facts, FactValue, Kind

Value = Callable[[Facts], FactValue | None]


@dataclass(frozen=True, slots=True)
class Known:
    """The value of a fact."""

    fact: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """The value of a parameter of the protocol."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is arithmetic, not medicine, such as the 1 in "day 1"."""

    value: int


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """Whole days from one day to a later one; negative when it comes earlier."""

    earlier: "Expression"
    later: "Expression"


@dataclass(frozen=True, slots=True)
class HoursBetween:
    """Hours from one moment to a later one."""

    earlier: "Expression"
    later: "Expression"


@dataclass(frozen=True, slots=True)
class PlusDays:
    """A day so many days later."""

    day: "Expression"
    days: "Expression"


@dataclass(frozen=True, slots=True)
class Sum:
    """One number plus another."""

    one: "Expression"
    other: "Expression"


@dataclass(frozen=True, slots=True)
class Difference:
    """One number less another."""

    whole: "Expression"
    part: "Expression"


@dataclass(frozen=True, slots=True)
class Ratio:
    """One number over another; unknown when the other is zero."""

    top: "Expression"
    bottom: "Expression"


@dataclass(frozen=True, slots=True)
class ChangePercent:
    """How much a number has changed, in percent of its first value; unknown when that is zero."""

    first: "Expression"
    second: "Expression"


@dataclass(frozen=True, slots=True)
class Smallest:
    """The least of the values; unknown when one is unknown."""

    values: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Largest:
    """The greatest of the values; unknown when one is unknown."""

    values: "tuple[Expression, ...]"


Expression = (
    Known
    | Parameter
    | Number
    | DaysBetween
    | HoursBetween
    | PlusDays
    | Sum
    | Difference
    | Ratio
    | ChangePercent
    | Smallest
    | Largest
)


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact worked out from other facts."""

    name: str
    kind: Kind
    expression: Expression
    meaning: str
    unit: str = ""


def inputs(expression: Expression) -> frozenset[str]:
    """Return the names of the facts an expression needs."""
    if isinstance(expression, Known):
        return frozenset({expression.fact})
    return frozenset().union(*(inputs(part) for part in _parts(expression)))


def parameters_of(expression: Expression) -> frozenset[str]:
    """Return the names of the parameters an expression needs."""
    if isinstance(expression, Parameter):
        return frozenset({expression.name})
    return frozenset().union(*(parameters_of(part) for part in _parts(expression)))


def _parts(expression: Expression) -> "tuple[Expression, ...]":
    match expression:
        case Known() | Parameter() | Number():
            return ()
        case Smallest(values) | Largest(values):
            return values
        case DaysBetween(one, other) | HoursBetween(one, other) | PlusDays(one, other):
            return (one, other)
        case Sum(one, other) | Difference(one, other):
            return (one, other)
        case Ratio(one, other) | ChangePercent(one, other):
            return (one, other)


def bind_expression(expression: Expression, parameters: Mapping[str, FactValue]) -> Value:
    """Return the expression as a callable that gives its value, or None when unknown."""
    match expression:
        case Known(fact):
            return lambda facts: facts.get(fact)
        case Parameter(name):
            constant = parameters[name]
            return lambda facts: constant
        case Number(number):
            return lambda facts: number
        case DaysBetween(Known(early), Known(late)):
            return _days_between_facts(early, late)
        case Smallest(values) | Largest(values):
            pick = min if isinstance(expression, Smallest) else max
            parts = tuple(bind_expression(value, parameters) for value in values)
            return _of_all(parts, pick)
        case _:
            one, other = (bind_expression(part, parameters) for part in _parts(expression))
            return _of_two(one, other, ARITHMETIC[type(expression)])


def _days_between_facts(early: str, late: str) -> Value:
    # The commonest expression of all; written out because a decision runs it many times.
    def days(facts: Facts) -> FactValue | None:
        start, end = facts.get(early), facts.get(late)
        if start is None or end is None:
            return None
        return (end - start).days  # type: ignore[operator,union-attr]

    return days


def _of_all(parts: tuple[Value, ...], pick: Callable[..., FactValue]) -> Value:
    def picked(facts: Facts) -> FactValue | None:
        values = [part(facts) for part in parts]
        return None if None in values else pick(values)

    return picked


def _of_two(one: Value, other: Value, work: Callable[..., FactValue | None]) -> Value:
    def worked(facts: Facts) -> FactValue | None:
        left = one(facts)
        if left is None:
            return None
        right = other(facts)
        return None if right is None else work(left, right)

    return worked


def _days_between(earlier: date, later: date) -> int:
    return (later - earlier).days


def _hours_between(earlier: datetime, later: datetime) -> float:
    return (later - earlier).total_seconds() / 3600


def _plus_days(day: date, days: int) -> date:
    return day + timedelta(days=int(days))


def _ratio(top: float, bottom: float) -> float | None:
    return top / bottom if bottom else None


def _change_percent(first: float, second: float) -> float | None:
    # Rounded: 1,001 to 1,631.63 is 63 %, not a hair more or less.
    return round((second - first) * 100 / first, 9) if first else None


ARITHMETIC: Mapping[type, Callable[..., FactValue | None]] = {
    DaysBetween: _days_between,
    HoursBetween: _hours_between,
    PlusDays: _plus_days,
    Sum: lambda one, other: one + other,
    Difference: lambda whole, part: whole - part,
    Ratio: _ratio,
    ChangePercent: _change_percent,
}
