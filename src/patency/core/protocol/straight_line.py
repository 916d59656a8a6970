"""One stage of a protocol written out as straight-line code, because every woman goes through it.

``conditions.bind`` and ``expressions.bind_expression`` say what a condition or an expression means,
one call for each node of its tree. A stage has a hundred nodes, and the calls would cost far more
than the comparisons. Here the same trees become one function without a call or a loop: each fact
is looked up once, each rule is a line or two. A law in the tests holds both to the same answers.

The code is made of numbered names and fixed signs only. Nothing that stands in a file enters its
text: names of facts, numbers and words are handed over as values, so data can never become code.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from types import CodeType

from patency.core.facts import Facts, FactValue
from patency.core.protocol.conditions import (
    AllOf,
    Compare,
    Comparison,
    Condition,
    ParameterNamed,
)
from patency.core.protocol.expressions import (
    ChangePercent,
    DaysBetween,
    Derived,
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

Judge = Callable[[Facts, Callable[[int], None], Callable[[int], None]], dict[str, FactValue]]
"""Called with the facts, with what to do with the place of a rule that fires, and with what to do
with the place of one that cannot be settled; returns the facts and all that was worked out."""

SIGNS: Mapping[Comparison, str] = {
    Comparison.IS: "==",
    Comparison.IS_ONE_OF: "in",
    Comparison.AT_LEAST: ">=",
    Comparison.AT_MOST: "<=",
    Comparison.MORE_THAN: ">",
    Comparison.LESS_THAN: "<",
}


def written_out(
    derived: Iterable[Derived],
    conditions: Iterable[Condition],
    parameters: Mapping[str, FactValue],
) -> Judge:
    """Return the derived facts, in working order, and the conditions as one function."""
    code = _Code(parameters)
    body = [line for each in derived for line in code.work_out(each)]
    for place, condition in enumerate(conditions):
        body += code.ask(place, condition)
    lines = ["known = dict(facts)", "get = known.get", *code.looked_up(), *body, "return known"]
    text = "def judge(facts, fires, unsettled):\n" + "".join(f"    {line}\n" for line in lines)
    exec(_compiled(text), code.values)
    judge: Judge = code.values["judge"]  # type: ignore[assignment]
    return judge


# Sites of one protocol differ in their values, which are not in the text, so they share it.
@lru_cache(maxsize=64)
def _compiled(text: str) -> CodeType:
    return compile(text, "<one stage of a protocol>", "exec")


@dataclass(slots=True)
class _Code:
    """The numbered names of one function: ``f`` for facts, ``v`` for values handed over."""

    parameters: Mapping[str, FactValue]
    facts: dict[str, str] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=lambda: {"days": timedelta})

    def fact(self, name: str) -> str:
        return self.facts.setdefault(name, f"f{len(self.facts)}")

    def value(self, value: object) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return name

    def looked_up(self) -> list[str]:
        """Return the lines that look every fact up, once."""
        return [f"{local} = get({self.value(name)})" for name, local in self.facts.items()]

    def work_out(self, derived: Derived) -> list[str]:
        """Return the lines that work a derived fact out when everything it needs is known."""
        needs, formula = self.expression(derived.expression)
        local = self.fact(derived.name)
        line = f"known[{self.value(derived.name)}] = {local} = {formula}"
        return [f"if {' and '.join(dict.fromkeys(needs))}:", f"    {line}"] if needs else [line]

    def ask(self, place: int, condition: Condition) -> list[str]:
        """Return the lines that tell a rule that fires, and one that cannot be settled."""
        fires, unsettled = f"fires({place})", f"unsettled({place})"
        if isinstance(condition, Compare):
            local, holds = self.comparison(condition)
            return [f"if {local} is None:", f"    {unsettled}", f"elif {holds}:", f"    {fires}"]
        true, false = self.answers(condition)
        return [f"if {true}:", f"    {fires}", f"elif not ({false}):", f"    {unsettled}"]

    def answers(self, condition: Condition) -> tuple[str, str]:
        """Return when a condition is certainly true, and when it is certainly false.

        What is neither is unknown. One false part settles "all", one true part settles "any".
        """
        if isinstance(condition, Compare):
            local, holds = self.comparison(condition)
            return f"{local} is not None and {holds}", f"{local} is not None and not {holds}"
        parts = [self.answers(part) for part in condition.parts]
        every, some = (0, 1) if isinstance(condition, AllOf) else (1, 0)
        both = " and ".join(f"({part[every]})" for part in parts)
        either = " or ".join(f"({part[some]})" for part in parts)
        return (both, either) if isinstance(condition, AllOf) else (either, both)

    def comparison(self, condition: Compare) -> tuple[str, str]:
        operand: object = condition.operand
        if isinstance(operand, ParameterNamed):
            operand = self.parameters[operand.name]
        if condition.comparison is Comparison.IS_ONE_OF:
            operand = frozenset(operand if isinstance(operand, tuple) else (operand,))
        local = self.fact(condition.fact)
        return local, f"({local} {SIGNS[condition.comparison]} {self.value(operand)})"

    def expression(self, expression: Expression) -> tuple[list[str], str]:
        """Return what must hold so that an expression is known, and its formula."""
        match expression:
            case Known(name):
                local = self.fact(name)
                return [f"{local} is not None"], local
            case ParameterOf(name):
                return [], self.value(self.parameters[name])
            case Number(number):
                return [], self.value(number)
            case Smallest(values) | Largest(values):
                parts = [self.expression(value) for value in values]
                pick = "min" if isinstance(expression, Smallest) else "max"
                formulas = ", ".join(formula for _, formula in parts)
                return [need for needs, _ in parts for need in needs], f"{pick}([{formulas}])"
            case DaysBetween(one, other):
                return self._both(one, other, "({1} - {0}).days")
            case HoursBetween(one, other):
                return self._both(one, other, "({1} - {0}).total_seconds() / 3600")
            case PlusDays(one, other):
                return self._both(one, other, "{0} + days(int({1}))")
            case Sum(one, other):
                return self._both(one, other, "{0} + {1}")
            case Difference(one, other):
                return self._both(one, other, "{0} - {1}")
            case Ratio(one, other):
                needs, formula = self._both(one, other, "{0} / {1}")
                return [*needs, self.expression(other)[1]], formula
            case ChangePercent(one, other):
                needs, formula = self._both(one, other, "round(({1} - {0}) * 100 / {0}, 9)")
                return [*needs, self.expression(one)[1]], formula

    def _both(self, one: Expression, other: Expression, form: str) -> tuple[list[str], str]:
        (needs, left), (more, right) = self.expression(one), self.expression(other)
        return [*needs, *more], f"({form.format(left, right)})"
