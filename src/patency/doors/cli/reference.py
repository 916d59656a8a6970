"""The lists behind the handbook, as Markdown: facts, states, parameters, sources, contested."""

from collections.abc import Iterator, Sequence

from patency.core.facts import AskedOf, FactType
from patency.core.protocol.conditions import facts_used
from patency.core.protocol.explain import formula, plain
from patency.core.protocol.model import Parameter, Protocol
from patency.core.visit import FINAL, NEXT, VisitState
from patency.doors.cli.handbook import GENERATED, cited, table

WHO = {
    AskedOf.PATIENT: "Asked of the woman",
    AskedOf.STAFF: "Told by staff",
    AskedOf.SYSTEM: "Known from records or the calendar",
}


def facts(protocol: Protocol) -> str:
    """Return every fact a protocol knows: asked, known and derived."""
    return "\n".join((GENERATED, *_facts(protocol)))


def _facts(protocol: Protocol) -> Iterator[str]:
    yield f"# Facts of {protocol.version}"
    yield ""
    yield "A fact that is absent is unknown, which is never the same as no. In a facts file"
    yield "(`patency decide FACTS.json`) each is a name and a value; `null` means unknown."
    yield ""
    words = protocol.words.get("en") or next(iter(protocol.words.values()))
    for who, title in WHO.items():
        asked = [one for one in protocol.facts.types.values() if one.asked_of is who]
        if asked:
            yield f"## {title}"
            yield ""
            yield from table(
                ("Fact", "Allowed", "Question", "Used by"),
                (
                    (
                        f"`{one.name}`",
                        _allowed(one),
                        words.questions.get(one.name, ""),
                        _users(protocol, one.name),
                    )
                    for one in sorted(asked, key=lambda one: one.name)
                ),
            )
    yield "## Worked out"
    yield ""
    yield from table(
        ("Fact", "Unit", "How", "Meaning", "Used by"),
        (
            (
                f"`{one.name}`",
                one.unit,
                formula(one.expression),
                one.meaning,
                _users(protocol, one.name),
            )
            for one in sorted(protocol.derived, key=lambda one: one.name)
        ),
    )


def _allowed(one: FactType) -> str:
    return one.allowed() + ("" if one.lasting else "; asked again on its day")


def _users(protocol: Protocol, name: str) -> str:
    rules = [rule.id for rule in protocol.rules if name in facts_used(rule.when)]
    return ", ".join(f"[{rule}](protocol-handbook.md#{rule})" for rule in sorted(rules))


def visit_states() -> str:
    """Return the states of a visit as a diagram and as a table."""
    return "\n".join((GENERATED, *_visit_states()))


def _visit_states() -> Iterator[str]:
    yield "# States of a visit"
    yield ""
    yield "The only ways a visit can go; anything else is refused (`core/visit.py`)."
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {_in_diagram(VisitState.REGISTERED)}"
    for state in VisitState:
        for to in sorted(NEXT[state]):
            yield f"    {_in_diagram(state)} --> {_in_diagram(to)}"
        if state in FINAL:
            yield f"    {_in_diagram(state)} --> [*]"
    yield "```"
    yield ""
    yield from table(
        ("State", "can become"),
        (
            (state, ", ".join(sorted(NEXT[state])) or "nothing: the visit is over")
            for state in VisitState
        ),
    )


def _in_diagram(state: VisitState) -> str:
    return state.replace("-", "_")


def parameters(protocols: Sequence[Protocol]) -> str:
    """Return every parameter of every protocol, side by side."""
    return "\n".join((GENERATED, *_parameters(protocols)))


def _parameters(protocols: Sequence[Protocol]) -> Iterator[str]:
    yield "# Parameters"
    yield ""
    yield "Numbers and choices of the protocols. A site may set its own value where it says so,"
    yield "within the range."
    yield ""
    names = sorted({name for protocol in protocols for name in protocol.parameters})
    yield from table(
        ("Parameter", *(protocol.version for protocol in protocols)),
        (
            (
                f"[{name}](#{name})",
                *(
                    _value(protocol.parameters[name]) if name in protocol.parameters else "–"
                    for protocol in protocols
                ),
            )
            for name in names
        ),
    )
    for name in names:
        yield f"## {name}"
        yield ""
        for protocol in protocols:
            if name in protocol.parameters:
                yield from _parameter(protocol, protocol.parameters[name])


def _value(parameter: Parameter) -> str:
    return f"{plain(parameter.value)} {parameter.unit}"


def _parameter(protocol: Protocol, parameter: Parameter) -> Iterator[str]:
    allowed = ", ".join(parameter.choices) or f"{plain(parameter.low)} to {plain(parameter.high)}"
    local = "a site may set its own" if parameter.local else "the same for every site"
    yield f"**{protocol.version}**: {_value(parameter)}. {parameter.meaning}"
    yield ""
    yield f"- Allowed: {allowed}; {local}"
    yield f"- Owner: {parameter.owner}; review {parameter.review}"
    for citation in parameter.because:
        yield f"- {cited(protocol, citation)}"
    yield ""


def sources(protocols: Sequence[Protocol]) -> str:
    """Return every source, and what rests on it."""
    return "\n".join((GENERATED, *_sources(protocols)))


def _sources(protocols: Sequence[Protocol]) -> Iterator[str]:
    yield "# Sources"
    yield ""
    for protocol in protocols:
        yield f"## {protocol.version}"
        yield ""
        yield from table(
            ("Source", "Title", "Cited by"),
            (
                (
                    f"[{key}]({source.link})" if source.link else key,
                    source.title,
                    ", ".join(_citing(protocol, key)),
                )
                for key, source in sorted(protocol.sources.items())
            ),
        )


def _citing(protocol: Protocol, key: str) -> list[str]:
    everything = [
        *((rule.id, rule.because) for rule in protocol.rules),
        *((one.name, one.because) for one in protocol.parameters.values()),
        *((one.id, one.because) for one in protocol.contested),
        *((one.id, one.because) for one in protocol.messages),
    ]
    return sorted({name for name, because in everything for one in because if one.source == key})


def contested(protocols: Sequence[Protocol]) -> str:
    """Return where sources disagree, and what each protocol does about it."""
    return "\n".join((GENERATED, *_contested(protocols)))


def _contested(protocols: Sequence[Protocol]) -> Iterator[str]:
    yield "# Where sources disagree"
    yield ""
    for protocol in protocols:
        yield f"## {protocol.version}"
        yield ""
        if not protocol.contested:
            yield "Nothing is written down as contested."
            yield ""
        for one in protocol.contested:
            yield f"### {one.id}"
            yield ""
            yield f"- **One side** {one.claim}"
            yield f"- **The other** {one.against}"
            yield f"- **What we do** {one.what_we_do}"
            if one.choice:
                yield f"- **A site chooses** `[choices.{one.choice}]` in its file"
            for citation in one.because:
                yield f"- {cited(protocol, citation)}"
            yield ""
