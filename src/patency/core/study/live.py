"""A protocol without one of its parts, and whether what a check says still comes out."""

from collections.abc import Callable
from dataclasses import replace

from patency.core.facts import Facts, FactValue
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Case, Parameter, Protocol
from patency.core.protocol.parse_rule import CANNOT_TELL, STAYS_QUIET
from patency.core.protocol.rulebook import rulebook_with
from patency.core.study.trace import CASE, EXAMPLE, MESSAGE, PARAMETER, QUESTION, RULE


class NotTakenAway(ValueError):
    """A carrier that is not part of a protocol's data."""


def without(protocol: Protocol, carrier: str) -> tuple[Protocol, frozenset[str]]:
    """Return the protocol without a carrier, and the facts that then nobody asks for.

    A rule or message is gone, a parameter stands at the other end of its range, a question is
    never asked. Raises ``NotTakenAway`` for what is not in a protocol.
    """
    kind, _, name = carrier.partition(":")
    nobody_asks: frozenset[str] = frozenset()
    if kind == RULE:
        protocol.rule(name)
        rules = tuple(rule for rule in protocol.rules if rule.id != name)
        return replace(protocol, rules=rules), nobody_asks
    if kind == PARAMETER:
        parameter = protocol.parameters[name]
        moved = replace(parameter, value=other_end(parameter))
        return replace(protocol, parameters={**protocol.parameters, name: moved}), nobody_asks
    if kind == QUESTION:
        return protocol, frozenset({protocol.facts[name].name})
    if kind == MESSAGE:
        left = tuple(message for message in protocol.messages if message.id != name)
        return replace(protocol, messages=left), nobody_asks
    raise NotTakenAway(f"{carrier} is not part of a protocol's data; it is taken away elsewhere.")


def other_end(parameter: Parameter) -> FactValue:
    """Return the value farthest from the shipped one that a parameter may have."""
    if parameter.choices:
        return next(one for one in parameter.choices if one != parameter.value)
    low, high, value = parameter.low, parameter.high, parameter.value
    assert low is not None and high is not None and isinstance(value, int | float)
    end = high if high - value >= value - low else low
    return int(end) if isinstance(value, int) else end


def comes_out(
    check: str, whole: Protocol, protocol: Protocol, nobody_asks: frozenset[str] = frozenset()
) -> bool:
    """Return whether an example or case of the ``whole`` protocol comes out in another one.

    The rule must speak, stay quiet or be unsettled in a real decision, not only by itself.
    """
    kind, _, name = check.partition(":")
    if kind == EXAMPLE:
        rule_id, _, example_name = name.partition("/")
        return _example_comes_out(whole, protocol, rule_id, example_name, nobody_asks)
    if kind == CASE:
        case = next(one for one in whole.cases if one.name == name)
        return _case_comes_out(case, protocol, nobody_asks)
    raise NotTakenAway(f"{check} is neither an example nor a case; run it as a test.")


def _example_comes_out(
    whole: Protocol, protocol: Protocol, rule_id: str, name: str, nobody_asks: frozenset[str]
) -> bool:
    rule = whole.rule(rule_id)
    example = next(one for one in rule.examples if one.name == name)
    decision = decide(
        rulebook_with(protocol, example.parameters),
        min(rule.stages),
        _known(example.given, nobody_asks),
        next(iter(protocol.words)),
    )
    open_rules = {each.rule.id for each in decision.unsettled}
    match example.then:
        case said if said == STAYS_QUIET:
            return rule_id not in decision.fired | open_rules
        case said if said == CANNOT_TELL:
            return rule_id in open_rules
        case _:
            return rule_id in decision.fired


def _case_comes_out(case: Case, protocol: Protocol, nobody_asks: frozenset[str]) -> bool:
    decision = decide(
        rulebook_with(protocol, case.parameters),
        case.stage,
        _known(case.given, nobody_asks),
        next(iter(protocol.words)),
    )
    wanted: tuple[Callable[[], bool], ...] = (
        lambda: case.fires <= decision.fired,
        lambda: not case.quiet & decision.fired,
        lambda: case.asks <= set(decision.questions),
        lambda: case.verdict in ("", decision.verdict),
        lambda: case.urgency in (None, decision.urgency),
    )
    return all(one() for one in wanted)


def _known(given: Facts, nobody_asks: frozenset[str]) -> Facts:
    return {name: value for name, value in given.items() if name not in nobody_asks}
