"""One rule file to one rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from patency.core.access import OverrideBy
from patency.core.facts import FactCatalogue, FactRefused, FactType, FactValue, Kind, did_you_mean
from patency.core.protocol.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Condition,
    Operand,
    ParameterNamed,
)
from patency.core.protocol.model import (
    Citation,
    Evidence,
    Example,
    Outcome,
    Parameter,
    Rule,
    Source,
    Stage,
    Urgency,
)
from patency.core.protocol.reading import Table
from patency.core.protocol.rulebook import ParameterRefused, check_range

STAYS_QUIET, CANNOT_TELL = "stays quiet", "cannot tell"
ORDERED = frozenset({Kind.COUNT, Kind.NUMBER, Kind.DAY, Kind.MOMENT})


@dataclass(frozen=True, slots=True)
class Context:
    """The names a rule may use."""

    catalogue: FactCatalogue
    parameters: Mapping[str, Parameter]
    sources: Mapping[str, Source]

    def facts(self, table: Table, key: str) -> dict[str, FactValue]:
        """Return the facts of an example, checked."""
        raw = table.table(key, {}).raw
        try:
            return self.catalogue.read(raw, where=key)
        except FactRefused as refusal:
            table.problem(key, str(refusal))
            return {}

    def local_values(self, table: Table, key: str) -> dict[str, FactValue]:
        """Return the parameter values an example sets, checked against their ranges."""
        values: dict[str, FactValue] = {}
        for name, value in table.table(key, {}).raw.items():
            if name not in self.parameters:
                table.problem(
                    key, f"no parameter is called {name!r}.{did_you_mean(name, self.parameters)}"
                )
                continue
            try:
                check_range(self.parameters[name], value)
            except ParameterRefused as refusal:
                table.problem(key, str(refusal))
            values[name] = value
        return values


def parse_rule(table: Table, file: str, context: Context) -> Rule | None:
    """Return the rule a file describes, or None when its condition cannot be read."""
    rule_id = table.filled("id")
    if rule_id and rule_id != file.removeprefix("rules/").removesuffix(".toml"):
        table.problem("id", f"{rule_id!r} is not the file's name; rename one of them.")
    stages = table.texts("stages", ...)
    for stage in stages:
        if stage not in [each.value for each in Stage]:
            allowed = [each.value for each in Stage]
            table.problem(
                "stages",
                f"{stage!r} is not a stage; allowed are {', '.join(allowed)}."
                f"{did_you_mean(stage, allowed)}",
            )
    outcome = table.word("outcome", [each.value for each in Outcome])
    override = table.word("override", [each.value for each in OverrideBy])
    urgency = table.word("urgency", [each.value for each in Urgency], None)
    owner = table.filled("owner")
    signed_off_by = table.text("signed_off_by")
    review = table.day("review")
    timing = table.flag("timing")
    when = _condition(table.table("when"), context)
    because = citations(table, context.sources)
    examples = tuple(_example(each, context) for each in table.tables("example"))
    table.nothing_else()
    _enough_examples(table, examples)
    if timing and outcome == Outcome.INFO:
        table.problem(
            "timing", "a timing rule closes days, so it cannot be INFO; use BLOCK, HOLD or FLAG."
        )
    if when is None or outcome is None or override is None:
        return None
    return Rule(
        id=rule_id,
        stages=frozenset(Stage(each) for each in stages if each in set(Stage)),
        outcome=Outcome(outcome),
        override=OverrideBy(override),
        owner=owner,
        signed_off_by=signed_off_by,
        review=review,
        when=when,
        because=because,
        examples=examples,
        timing=timing,
        urgency=Urgency(urgency) if urgency else None,
    )


def citations(table: Table, sources: Mapping[str, Source]) -> tuple[Citation, ...]:
    """Return the citations under ``because``; at least one, each with a known source."""
    found = []
    for each in table.tables("because"):
        source = each.filled("source")
        if source and source not in sources:
            each.problem(
                "source",
                f"sources.toml has no {source!r}.{did_you_mean(source, sources)}",
            )
        evidence = each.word("evidence", [letter.value for letter in Evidence])
        found.append(
            Citation(
                source,
                Evidence(evidence or Evidence.UNCONFIRMED),
                each.text("quote", ""),
                each.text("row", ""),
            )
        )
        each.nothing_else()
    if not found and "because" in table.raw:
        table.problem("because", "is empty; say at least one source.")
    return tuple(found)


def _example(table: Table, context: Context) -> Example:
    allowed = [*(each.value for each in Outcome), STAYS_QUIET, CANNOT_TELL]
    example = Example(
        name=table.filled("name"),
        given=context.facts(table, "given"),
        then=table.word("then", allowed) or "",
        parameters=context.local_values(table, "parameters"),
    )
    table.nothing_else()
    return example


def _enough_examples(table: Table, examples: tuple[Example, ...]) -> None:
    then = {example.then for example in examples}
    if STAYS_QUIET not in then:
        table.problem("example", f"has no case in which the rule {STAYS_QUIET}; add one.")
    if CANNOT_TELL not in then:
        table.problem("example", f"has no case that {CANNOT_TELL}; say what silence does.")
    if not then - {STAYS_QUIET, CANNOT_TELL}:
        table.problem("example", "has no case in which the rule fires; add one.")


def _condition(table: Table, context: Context) -> Condition | None:
    joined = [key for key in ("all", "any") if key in table.raw]
    if joined:
        parts = tuple(_condition(part, context) for part in table.tables(joined[0]))
        table.nothing_else()
        if not parts:
            table.problem(joined[0], "is empty; give at least one condition.")
        if any(part is None for part in parts) or not parts:
            return None
        known = tuple(part for part in parts if part is not None)
        return AllOf(known) if joined[0] == "all" else AnyOf(known)
    name = table.filled("fact")
    if name and name not in context.catalogue:
        table.problem(
            "fact",
            f"no question asks for the fact {name!r} and nothing derives it."
            f"{did_you_mean(name, context.catalogue.types)} The facts are listed in "
            "docs/reference/facts.md; add a question or a derived fact first.",
        )
    comparisons = [each for each in Comparison if each in table.raw]
    if len(comparisons) != 1:
        table.problem(
            "",
            f"needs exactly one comparison of {', '.join(Comparison)}; found {len(comparisons)}.",
        )
        table.allow(Comparison)
        table.nothing_else()
        return None
    comparison = comparisons[0]
    raw = table.anything(comparison)
    table.nothing_else()
    if name not in context.catalogue:
        return None
    operand = _operand(table, comparison, raw, context.catalogue[name], context)
    return None if operand is None else Compare(name, comparison, operand)


def _operand(
    table: Table, comparison: Comparison, raw: Any, fact: FactType, context: Context
) -> Operand | None:
    if comparison not in (Comparison.IS, Comparison.IS_ONE_OF) and fact.kind not in ORDERED:
        table.problem(
            comparison, f"{fact.name} is {fact.allowed()}; only numbers and days have order."
        )
        return None
    if isinstance(raw, dict):
        if set(raw) != {"parameter"}:
            table.problem(comparison, 'a table here can only be { parameter = "its-name" }.')
            return None
        name = raw["parameter"]
        if name not in context.parameters:
            table.problem(
                comparison,
                f"parameters.toml has no {name!r}.{did_you_mean(str(name), context.parameters)}",
            )
            return None
        return ParameterNamed(name)
    try:
        if comparison is Comparison.IS_ONE_OF:
            if not isinstance(raw, list) or not raw:
                table.problem(comparison, f"{raw!r} is not a list of values.")
                return None
            return tuple(_value(fact, one) for one in raw)
        return _value(fact, raw)
    except FactRefused as refusal:
        table.problem(comparison, str(refusal))
        return None


def _value(fact: FactType, raw: Any) -> FactValue:
    # A bound may lie outside the range answers are checked against, and need not be whole.
    if fact.kind in (Kind.COUNT, Kind.NUMBER) and isinstance(raw, int | float):
        return raw
    return fact.read(raw)
