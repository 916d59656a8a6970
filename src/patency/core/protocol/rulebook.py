"""A protocol with a site's own values filled in, ready to decide.

Binding happens once, when the program starts: for each stage the derived facts it needs are put
in an order in which they can be worked out, and with its conditions they become one function.
Nothing about any woman is kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from patency.core.facts import FactRefused, Facts, FactValue, did_you_mean
from patency.core.protocol.conditions import facts_used
from patency.core.protocol.expressions import Derived, bind_expression, inputs
from patency.core.protocol.model import Parameter, Protocol, Rule, Stage
from patency.core.protocol.straight_line import Judge, written_out
from patency.core.protocol.words import Spoken, spoken


class ParameterRefused(ValueError):
    """A site set a parameter it may not set, or outside its range."""


@dataclass(frozen=True, slots=True)
class BoundRule:
    """One rule with its words in every language and the facts its condition looks at."""

    rule: Rule
    words: Mapping[str, Spoken]
    facts: frozenset[str]


@dataclass(frozen=True)
class StagePlan:
    """What one stage needs: derived facts in working order, then its rules."""

    derived: tuple[Derived, ...]
    rules: tuple[BoundRule, ...]
    parameters: Mapping[str, FactValue]

    @cached_property
    def judge(self) -> Judge:
        """Both as one function; written out when the stage is first decided, then kept."""
        return written_out(self.derived, (bound.rule.when for bound in self.rules), self.parameters)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A protocol at a site."""

    protocol: Protocol
    local: Mapping[str, FactValue]
    """The parameters this site set for itself; kept with every decision."""
    parameters: Mapping[str, FactValue]
    plans: Mapping[Stage, StagePlan]
    timing: Mapping[Stage, StagePlan]
    """The same plans with the timing rules alone."""
    base_facts: Mapping[str, frozenset[str]]
    """For each derived fact, the asked facts it goes back to."""


def rulebook(protocol: Protocol, local: Mapping[str, FactValue] | None = None) -> Rulebook:
    """Return the protocol with a site's own parameter values.

    Raises ``ParameterRefused`` when a value is not local, not known or outside its range.
    """
    for name, value in (local or {}).items():
        check_local(protocol, name, value)
    return rulebook_with(protocol, local or {})


def rulebook_with(protocol: Protocol, values: Mapping[str, FactValue]) -> Rulebook:
    """Return the protocol with other values for any of its parameters, for study and examples.

    Raises ``ParameterRefused`` when a value is outside its range, ``KeyError`` when unknown.
    """
    local = dict(values)
    for name, chosen in local.items():
        check_range(protocol.parameters[name], chosen)
    parameters = protocol.values() | local
    # A fact may repeat a parameter under its name; then her own value counts.
    numbers = {name: each for name, each in parameters.items() if name not in protocol.facts}
    bound = tuple(
        BoundRule(
            rule,
            {
                code: spoken(words.rules[rule.id], numbers, words.language)
                for code, words in protocol.words.items()
            },
            facts_used(rule.when),
        )
        for rule in protocol.rules
        if rule.active
    )
    ordered = working_order(protocol.derived)

    def plan(keep: Callable[[Rule], bool]) -> StagePlan:
        rules = tuple(one for one in bound if keep(one.rule))
        needed = _needed(rules, ordered)
        worked_out = tuple(each for each in ordered if each.name in needed)
        return StagePlan(worked_out, rules, parameters)

    return Rulebook(
        protocol=protocol,
        local=local,
        parameters=parameters,
        plans={stage: plan(lambda rule, at=stage: at in rule.stages) for stage in Stage},  # type: ignore[misc]
        timing={
            stage: plan(lambda rule, at=stage: rule.timing and at in rule.stages)  # type: ignore[misc]
            for stage in Stage
        },
        base_facts=_base_facts(ordered),
    )


def check_local(protocol: Protocol, name: str, value: FactValue) -> None:
    """Return nothing, or raise ``ParameterRefused`` when a site may not set this value."""
    parameter = protocol.parameters.get(name)
    if parameter is None:
        raise ParameterRefused(
            f"Protocol {protocol.version} has no parameter {name!r}."
            f"{did_you_mean(name, protocol.parameters)} "
            "The parameters are listed in its parameters.toml."
        )
    if not parameter.local:
        raise ParameterRefused(
            f"A site may not set {name}: protocol {protocol.version} keeps it at "
            f"{parameter.value} {parameter.unit} for everyone. Leave it out."
        )
    check_range(parameter, value)


def check_range(parameter: Parameter, value: FactValue) -> None:
    """Return nothing, or raise ``ParameterRefused`` when the value is not allowed."""
    if parameter.choices:
        if value not in parameter.choices:
            raise ParameterRefused(
                f"{parameter.name}: {value!r} is not one of {', '.join(parameter.choices)}."
            )
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParameterRefused(f"{parameter.name}: {value!r} is not a number of {parameter.unit}.")
    low, high = parameter.low, parameter.high
    if (low is not None and value < low) or (high is not None and value > high):
        raise ParameterRefused(
            f"{parameter.name}: {value:g} {parameter.unit} is outside its range, "
            f"{low:g} to {high:g} {parameter.unit}."
        )


# Asked for again with every example; the order of one protocol never changes.
@lru_cache(maxsize=8)
def working_order(derived: tuple[Derived, ...]) -> tuple[Derived, ...]:
    """Return the derived facts so that each comes after those it needs.

    Raises ``FactRefused`` when they need one another in a circle.
    """
    by_name = {each.name: each for each in derived}
    done: dict[str, Derived] = {}
    under_way: list[str] = []

    def place(name: str) -> None:
        if name in done or name not in by_name:
            return
        if name in under_way:
            circle = " → ".join([*under_way[under_way.index(name) :], name])
            raise FactRefused(f"Derived facts need one another in a circle: {circle}.")
        under_way.append(name)
        for needed in sorted(inputs(by_name[name].expression)):
            place(needed)
        under_way.pop()
        done[name] = by_name[name]

    for each in derived:
        place(each.name)
    return tuple(done.values())


def derive(
    derived: tuple[Derived, ...], facts: Facts, parameters: Mapping[str, FactValue]
) -> dict[str, FactValue]:
    """Return the facts together with everything that can be worked out from them."""
    known = dict(facts)
    for each in working_order(derived):
        value = bind_expression(each.expression, parameters)(known)
        if value is not None:
            known[each.name] = value
    return known


def _needed(rules: tuple[BoundRule, ...], ordered: tuple[Derived, ...]) -> frozenset[str]:
    names = {name for one in rules for words in one.words.values() for name in words.names}
    needed = names.union(*(one.facts for one in rules))
    for each in reversed(ordered):
        if each.name in needed:
            needed |= inputs(each.expression)
    return frozenset(needed)


def _base_facts(ordered: tuple[Derived, ...]) -> dict[str, frozenset[str]]:
    base: dict[str, frozenset[str]] = {}
    for each in ordered:
        needs = inputs(each.expression)
        base[each.name] = frozenset().union(*(base.get(name, {name}) for name in needs))
    return base
