"""What differs between two versions of a protocol, and what would have been decided differently."""

from collections.abc import Mapping
from dataclasses import dataclass

from patency.core.facts import Facts
from patency.core.protocol.decide import Decision, decide
from patency.core.protocol.explain import in_words, plain
from patency.core.protocol.model import Parameter, Protocol, Rule, Stage
from patency.core.protocol.rulebook import Rulebook
from patency.core.protocol.words import RuleWords


@dataclass(frozen=True, slots=True)
class Changed:
    """A rule or parameter that both versions have, and what about it is different."""

    name: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProtocolDifference:
    """What a new version adds, takes away and changes; ids and names in alphabetical order."""

    old: str
    new: str
    rules_added: tuple[str, ...]
    rules_removed: tuple[str, ...]
    rules_changed: tuple[Changed, ...]
    parameters_added: tuple[str, ...]
    parameters_removed: tuple[str, ...]
    parameters_changed: tuple[Changed, ...]
    facts_added: tuple[str, ...]
    facts_removed: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether the two say the same."""
        return not any(
            (
                self.rules_added,
                self.rules_removed,
                self.rules_changed,
                self.parameters_added,
                self.parameters_removed,
                self.parameters_changed,
                self.facts_added,
                self.facts_removed,
            )
        )


@dataclass(frozen=True, slots=True)
class DecisionDifference:
    """One woman's facts decided by both versions."""

    old: Decision
    new: Decision

    @property
    def fires_now(self) -> tuple[str, ...]:
        """The rules that fire only under the new version."""
        return tuple(sorted(self.new.fired - self.old.fired))

    @property
    def fires_no_more(self) -> tuple[str, ...]:
        """The rules that fire only under the old version."""
        return tuple(sorted(self.old.fired - self.new.fired))

    @property
    def asks_now(self) -> tuple[str, ...]:
        """The facts that only the new version still asks for."""
        return tuple(sorted(set(self.new.questions) - set(self.old.questions)))

    @property
    def asks_no_more(self) -> tuple[str, ...]:
        """The facts that only the old version still asks for."""
        return tuple(sorted(set(self.old.questions) - set(self.new.questions)))

    @property
    def verdict_changed(self) -> bool:
        """Whether she would have gone another way."""
        return (self.old.verdict, self.old.urgency) != (self.new.verdict, self.new.urgency)

    @property
    def nothing(self) -> bool:
        """Whether both versions say the same about her."""
        return not (
            self.verdict_changed
            or self.fires_now
            or self.fires_no_more
            or self.asks_now
            or self.asks_no_more
        )


def decide_both(old: Rulebook, new: Rulebook, stage: Stage, facts: Facts) -> DecisionDifference:
    """Return what both versions say about the same facts."""
    language = next(code for code in old.protocol.words if code in new.protocol.words)
    return DecisionDifference(
        decide(old, stage, facts, language), decide(new, stage, facts, language)
    )


def difference(old: Protocol, new: Protocol) -> ProtocolDifference:
    """Return what the new version of a protocol says differently from the old one."""
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    rules = [
        Changed(name, _rule_changes(old, before[name], new, after[name]))
        for name in sorted(before.keys() & after.keys())
    ]
    parameters = [
        Changed(name, _parameter_changes(old.parameters[name], new.parameters[name]))
        for name in sorted(old.parameters.keys() & new.parameters.keys())
    ]
    return ProtocolDifference(
        old=old.version,
        new=new.version,
        rules_added=_only(after, before),
        rules_removed=_only(before, after),
        rules_changed=tuple(one for one in rules if one.what),
        parameters_added=_only(new.parameters, old.parameters),
        parameters_removed=_only(old.parameters, new.parameters),
        parameters_changed=tuple(one for one in parameters if one.what),
        facts_added=_only(new.facts.types, old.facts.types),
        facts_removed=_only(old.facts.types, new.facts.types),
    )


def _only(here: Mapping[str, object], there: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(sorted(here.keys() - there.keys()))


def _rule_changes(old: Protocol, before: Rule, new: Protocol, after: Rule) -> tuple[str, ...]:
    sides = (
        ("outcome", before.outcome.value, after.outcome.value),
        ("urgency", _urgency(before), _urgency(after)),
        ("override", before.override.value, after.override.value),
        ("stages", _stages(before), _stages(after)),
        (
            "condition",
            in_words(before.when, old.facts, old.values()),
            in_words(after.when, new.facts, new.values()),
        ),
        ("timing rule", plain(before.timing), plain(after.timing)),
        ("evidence", _evidence(before), _evidence(after)),
        ("owner", before.owner, after.owner),
        ("signed off by", before.signed_off_by or "nobody", after.signed_off_by or "nobody"),
    )
    changes = [f"{what}: {one} → {other}" for what, one, other in sides if one != other]
    spoken = [
        code
        for code in sorted(old.words.keys() & new.words.keys())
        if _texts(old.words[code].rules[before.id]) != _texts(new.words[code].rules[after.id])
    ]
    if spoken:
        changes.append(f"words ({', '.join(spoken)})")
    return tuple(changes)


def _parameter_changes(before: Parameter, after: Parameter) -> tuple[str, ...]:
    sides = (
        ("value", f"{plain(before.value)} {before.unit}", f"{plain(after.value)} {after.unit}"),
        ("range", _range(before), _range(after)),
        ("a site may set it", plain(before.local), plain(after.local)),
    )
    return tuple(f"{what}: {one} → {other}" for what, one, other in sides if one != other)


def _range(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(parameter.choices)
    return f"{plain(parameter.low)} to {plain(parameter.high)}"


def _urgency(rule: Rule) -> str:
    return rule.urgency.value if rule.urgency else "none"


def _stages(rule: Rule) -> str:
    return ", ".join(stage for stage in Stage if stage in rule.stages)


def _evidence(rule: Rule) -> str:
    return "".join(sorted({citation.evidence for citation in rule.because}))


def _texts(words: RuleWords) -> tuple[str, ...]:
    return tuple(
        each.text for each in (words.say, words.why, words.do, words.come_back, words.staff)
    )
