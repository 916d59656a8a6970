"""What the protocol says for this woman, today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from patency.core.facts import Facts, FactValue
from patency.core.protocol.model import (
    OUTCOME_ORDER,
    URGENCY_ORDER,
    Outcome,
    Rule,
    Stage,
    Urgency,
)
from patency.core.protocol.rulebook import Rulebook, StagePlan


class Reason(NamedTuple):
    """A rule that fired, with its words as they were shown."""

    rule: Rule
    say: str
    why: str
    do: str
    come_back: str
    staff: str


class Unsettled(NamedTuple):
    """A rule that cannot be settled yet, and the facts that are missing."""

    rule: Rule
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """A person goes another way on one rule; the decision itself stays as it was."""

    rule_id: str
    reason: str
    by: str
    at: datetime


class Decision(NamedTuple):
    """Every rule that fired and every question still open, with the facts they rest on."""

    protocol: str
    stage: Stage
    local: Mapping[str, FactValue]
    facts: Facts
    derived: Mapping[str, FactValue]
    reasons: tuple[Reason, ...]
    unsettled: tuple[Unsettled, ...]
    questions: tuple[str, ...]
    """The facts to ask for, in alphabetical order."""

    @property
    def fired(self) -> frozenset[str]:
        """The ids of the rules that fired."""
        return frozenset(reason.rule.id for reason in self.reasons)

    @property
    def outcome(self) -> Outcome | None:
        """The worst outcome that fired, or None when no rule did."""
        found = {reason.rule.outcome for reason in self.reasons}
        return next((outcome for outcome in OUTCOME_ORDER if outcome in found), None)

    @property
    def urgency(self) -> Urgency | None:
        """The soonest urgency that fired, or None."""
        found = {reason.rule.urgency for reason in self.reasons}
        return next((urgency for urgency in URGENCY_ORDER if urgency in found), None)

    @property
    def verdict(self) -> str:
        """BLOCK, HOLD, ASK, FLAG or CLEAR: the first of these that applies."""
        outcome = self.outcome
        if outcome in (Outcome.BLOCK, Outcome.HOLD):
            return outcome.value
        if self.open_questions:
            return "ASK"
        return Outcome.FLAG.value if outcome is Outcome.FLAG else "CLEAR"

    @property
    def open_questions(self) -> bool:
        """Whether a rule that could stop her is still unsettled."""
        return any(each.rule.outcome.stops for each in self.unsettled)

    @property
    def may_proceed(self) -> bool:
        """Whether nothing stands in the way: no rule that stops, and nothing unknown."""
        return self.may_proceed_after(())

    def standing(self, overrides: Iterable[Override]) -> tuple[Reason, ...]:
        """Return the reasons that stop her and that nobody has overridden."""
        overridden = {override.rule_id for override in overrides}
        return tuple(
            reason
            for reason in self.reasons
            if reason.rule.outcome.stops and reason.rule.id not in overridden
        )

    def may_proceed_after(self, overrides: Iterable[Override]) -> bool:
        """Return whether nothing stands in the way once these overrides are counted.

        An open question is answered, never overridden.
        """
        return not self.open_questions and not self.standing(overrides)


def decide(book: Rulebook, stage: Stage, facts: Facts, language: str = "en") -> Decision:
    """Apply every rule of one stage to what is known about a woman.

    All rules that fire are returned, not the first. A rule whose condition cannot be settled
    is never skipped: it is returned as unsettled, with the facts that are missing.
    """
    return _apply(book, book.plans[stage], stage, facts, language)


def decide_timing(book: Rulebook, stage: Stage, facts: Facts, language: str = "en") -> Decision:
    """Apply only the timing rules of one stage; the exam window asks this for every day."""
    return _apply(book, book.timing[stage], stage, facts, language)


def _apply(book: Rulebook, plan: StagePlan, stage: Stage, facts: Facts, language: str) -> Decision:
    fired: list[int] = []
    open_rules: list[int] = []
    known = plan.judge(facts, fired.append, open_rules.append)
    reasons = []
    for place in fired:
        bound = plan.rules[place]
        reasons.append(Reason(bound.rule, *bound.words[language].fill(known)))
    unsettled = []
    for place in open_rules:
        bound = plan.rules[place]
        unsettled.append(Unsettled(bound.rule, _missing(book, bound.facts, known)))
    return Decision(
        book.protocol.version,
        stage,
        book.local,
        facts,
        known,
        tuple(reasons),
        tuple(unsettled),
        tuple(sorted({name for each in unsettled for name in each.missing})) if unsettled else (),
    )


def _missing(book: Rulebook, used: frozenset[str], known: Facts) -> tuple[str, ...]:
    """Return the asked facts behind every unknown fact a rule uses."""
    missing: set[str] = set()
    for name in used:
        if name not in known:
            missing |= book.base_facts.get(name, frozenset({name})) - known.keys()
    return tuple(sorted(missing))
