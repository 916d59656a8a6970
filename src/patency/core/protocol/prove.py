"""Run every example and every case of a protocol; one that fails refuses the whole protocol."""

from functools import cache

from patency.core.facts import FactValue
from patency.core.protocol.conditions import holds
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Protocol
from patency.core.protocol.parse_rule import CANNOT_TELL, STAYS_QUIET
from patency.core.protocol.reading import Problems
from patency.core.protocol.rulebook import Rulebook, rulebook_with, working_order
from patency.core.protocol.straight_line import Judge, written_out

Chosen = frozenset[tuple[str, FactValue]]


def prove(protocol: Protocol, problems: Problems) -> None:
    """Note every example and case that does not come out as it says."""
    shipped = protocol.values()
    ordered = working_order(protocol.derived)

    # Hundreds of examples share the shipped values; binding them once keeps every start quick.
    @cache
    def book_with(chosen: Chosen) -> Rulebook:
        return rulebook_with(protocol, dict(chosen))

    @cache
    def worked_out_with(chosen: Chosen) -> Judge:
        return written_out(ordered, (), shipped | dict(chosen))

    for rule in protocol.rules:
        for example in rule.examples:
            known = worked_out_with(frozenset(example.parameters.items()))(
                example.given, nobody_asks, nobody_asks
            )
            truth = holds(rule.when, known, shipped | dict(example.parameters))
            came = rule.outcome.value if truth else STAYS_QUIET if truth is False else CANNOT_TELL
            if came != example.then:
                problems.add(
                    f"rules/{rule.id}.toml",
                    f"example {example.name!r}",
                    f"says {example.then!r}, but the rule says {came!r}. Mend the example or the "
                    "condition.",
                )
    for case in protocol.cases:
        book = book_with(frozenset(case.parameters.items()))
        decision = decide(book, case.stage, case.given, next(iter(protocol.words)))
        wrong = []
        if missing := case.fires - decision.fired:
            wrong.append(f"should fire but do not: {', '.join(sorted(missing))}")
        if loud := case.quiet & decision.fired:
            wrong.append(f"should stay quiet but fire: {', '.join(sorted(loud))}")
        if unasked := case.asks - set(decision.questions):
            wrong.append(f"should be asked but are not: {', '.join(sorted(unasked))}")
        if case.verdict and case.verdict != decision.verdict:
            wrong.append(f"the verdict is {decision.verdict}, not {case.verdict}")
        if case.urgency and case.urgency != decision.urgency:
            wrong.append(f"the urgency is {decision.urgency}, not {case.urgency}")
        if wrong:
            fired = ", ".join(sorted(decision.fired)) or "none"
            problems.add(
                "cases", repr(case.name), f"{'; '.join(wrong)}. Rules that fired: {fired}."
            )


def nobody_asks(place: int) -> None:
    """Take note of no rule: only what is worked out is wanted."""
