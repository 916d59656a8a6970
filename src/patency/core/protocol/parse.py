"""Documents to a protocol: everything is checked once, here, and wrong data is refused whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from patency.core.facts import AskedOf, FactCatalogue, FactType, Kind
from patency.core.language import Language
from patency.core.protocol.expressions import Derived, inputs, parameters_of
from patency.core.protocol.expressions import Parameter as ParameterValue
from patency.core.protocol.model import (
    Case,
    Citation,
    Contested,
    Message,
    Parameter,
    Protocol,
    Source,
    Stage,
    Urgency,
    Use,
)
from patency.core.protocol.parse_rule import Context, citations, parse_rule
from patency.core.protocol.parse_words import parse_words
from patency.core.protocol.prove import prove
from patency.core.protocol.reading import Problems, Table
from patency.core.protocol.rulebook import ParameterRefused, check_range

VERDICTS = ("BLOCK", "HOLD", "ASK", "FLAG", "CLEAR")


@dataclass(frozen=True, slots=True)
class ProtocolDocuments:
    """The data files of one protocol, as dictionaries, by their path in its folder."""

    version: str
    files: Mapping[str, Mapping[str, Any]]
    words: Mapping[str, Mapping[str, Any]]
    """By language: the words file of this protocol."""
    word_files: Mapping[str, str]
    """By language: where that file stands, for messages."""
    languages: Mapping[str, Language]
    """How each language writes days and answers, by the code of its words."""
    released: str = ""


def parse_protocol(documents: ProtocolDocuments, derived: Iterable[Derived]) -> Protocol:
    """Return the protocol, complete and checked, every example run.

    Raises ``DataRefused`` listing every problem with its file, field, what is allowed and the
    nearest spelling.
    """
    problems = Problems()

    def file(name: str) -> Table:
        if name not in documents.files:
            problems.add(name, "", f"is missing from protocol {documents.version}.")
        return Table(name, "", documents.files.get(name, {}), problems)

    head = file("protocol.toml")
    version = head.filled("version")
    if version and version != documents.version:
        head.problem("version", f"{version!r} stands in the folder of {documents.version!r}.")
    use = head.word("use", [each.value for each in Use]) or Use.STUDY.value
    title = head.filled("title")
    head.nothing_else()

    sources = _sources(file("sources.toml"))
    parameters = _parameters(file("parameters.toml"), sources)
    asked = _facts(file("questions.toml"))
    fitting = tuple(_fitting(derived, asked, parameters))
    catalogue = FactCatalogue(
        asked
        | {
            each.name: FactType(
                each.name, each.kind, AskedOf.DERIVED, each.unit, _choices(each, parameters)
            )
            for each in fitting
        }
    )
    context = Context(catalogue, parameters, sources)
    rules = []
    for name in sorted(documents.files):
        if name.startswith("rules/"):
            rule = parse_rule(file(name), name, context)
            if rule is not None:
                rules.append(rule)
    if not rules:
        problems.add("rules/", "", "holds no rule; a protocol without rules clears everyone.")
    messages = tuple(
        _message(file(name), sources)
        for name in sorted(documents.files)
        if name.startswith("messages/")
    )
    contested = tuple(_contested(file("contested.toml"), sources))
    cases = tuple(
        case
        for name in sorted(documents.files)
        if name.startswith("cases/")
        for case in _cases(file(name), context, {rule.id for rule in rules})
    )
    names = set(catalogue.types) | set(parameters)
    words = {
        code: parse_words(
            Table(documents.word_files[code], "", raw, problems),
            code,
            rules,
            asked,
            messages,
            names,
            documents.languages,
        )
        for code, raw in documents.words.items()
    }
    if not words:
        problems.add("locale", "", f"has no words for protocol {documents.version}.")
    problems.raise_if_any(f"Protocol {documents.version}")
    protocol = Protocol(
        version=version,
        use=Use(use),
        title=title,
        rules=tuple(rules),
        parameters=parameters,
        sources=sources,
        facts=catalogue,
        derived=fitting,
        words=words,
        contested=contested,
        cases=cases,
        messages=messages,
        released=documents.released,
    )
    _every_source_cited(protocol, problems)
    prove(protocol, problems)
    problems.raise_if_any(f"Protocol {documents.version}")
    return protocol


def _sources(table: Table) -> dict[str, Source]:
    sources = {}
    for key, each in table.children():
        sources[key] = Source(key, each.filled("title"), each.text("link", ""))
        each.nothing_else()
    return sources


def _parameters(table: Table, sources: Mapping[str, Source]) -> dict[str, Parameter]:
    parameters = {}
    for name, each in table.children():
        value = each.anything("value")
        if value is None or isinstance(value, list | dict):
            each.problem("value", "is missing; give a number or one of the choices.")
            value = 0
        parameter = Parameter(
            name=name,
            value=value,
            unit=each.filled("unit"),
            meaning=each.filled("meaning"),
            because=citations(each, sources),
            owner=each.filled("owner"),
            review=each.day("review"),
            local=each.flag("local"),
            low=each.number("low", None),
            high=each.number("high", None),
            choices=each.texts("choices"),
        )
        each.nothing_else()
        if not parameter.choices and (parameter.low is None or parameter.high is None):
            each.problem("low", "a number needs its allowed range: give both low and high.")
        else:
            try:
                check_range(parameter, value)
            except ParameterRefused as refusal:
                each.problem("value", str(refusal))
        parameters[name] = parameter
    return parameters


def _facts(table: Table) -> dict[str, FactType]:
    asked_of = [each.value for each in AskedOf if each is not AskedOf.DERIVED]
    facts = {}
    for name, each in table.children():
        kind = each.word("kind", [kind.value for kind in Kind]) or Kind.YES_NO.value
        who = each.word("asked_of", asked_of) or AskedOf.STAFF.value
        fact = FactType(
            name=name,
            kind=Kind(kind),
            asked_of=AskedOf(who),
            unit=each.text("unit", ""),
            choices=each.texts("choices"),
            low=each.number("low", None),
            high=each.number("high", None),
            lasting=each.flag("lasting", True),
            rows=each.texts("rows"),
        )
        each.nothing_else()
        if fact.kind is Kind.CHOICE and not fact.choices:
            each.problem("choices", "is missing; a choice needs its choices.")
        if fact.kind in (Kind.NUMBER, Kind.COUNT) and not fact.unit:
            each.problem("unit", "is missing; a number needs its unit.")
        facts[name] = fact
    return facts


def _fitting(
    derived: Iterable[Derived], asked: Mapping[str, FactType], parameters: Mapping[str, Parameter]
) -> Iterable[Derived]:
    """Yield the derived facts whose inputs this protocol has; others are not part of it."""
    known = set(asked)
    waiting = list(derived)
    while True:
        ready = [
            each
            for each in waiting
            if inputs(each.expression) <= known
            and parameters_of(each.expression) <= parameters.keys()
        ]
        if not ready:
            return
        yield from ready
        known |= {each.name for each in ready}
        waiting = [each for each in waiting if each.name not in known]


def _choices(derived: Derived, parameters: Mapping[str, Parameter]) -> tuple[str, ...]:
    """Return the choices of a derived fact: those of the parameter that it repeats, or none."""
    if isinstance(derived.expression, ParameterValue):
        return parameters[derived.expression.name].choices
    return ()


def _message(table: Table, sources: Mapping[str, Source]) -> Message:
    stage = table.word("stage", [each.value for each in Stage]) or Stage.AFTERCARE.value
    message = Message(
        id=table.filled("id"),
        stage=Stage(stage),
        day=int(table.number("day") or 0),
        because=citations(table, sources),
    )
    table.nothing_else()
    return message


def _contested(table: Table, sources: Mapping[str, Source]) -> Iterable[Contested]:
    for each in table.tables("claim", ()):
        yield Contested(
            id=each.filled("id"),
            claim=each.filled("claim"),
            against=each.filled("against"),
            what_we_do=each.filled("what_we_do"),
            because=citations(each, sources),
            choice=each.text("choice", ""),
        )
        each.nothing_else()
    table.nothing_else()


def _cases(table: Table, context: Context, rule_ids: set[str]) -> Iterable[Case]:
    for each in table.tables("case"):
        stage = each.word("stage", [stage.value for stage in Stage])
        urgency = each.word("urgency", [one.value for one in Urgency], None)
        verdict = each.word("verdict", VERDICTS, "") or ""
        case = Case(
            name=each.filled("name"),
            stage=Stage(stage or Stage.BOOKING),
            given=context.facts(each, "given"),
            parameters=context.local_values(each, "parameters"),
            rows=each.texts("rows"),
            fires=frozenset(each.texts("fires")),
            quiet=frozenset(each.texts("quiet")),
            asks=frozenset(each.texts("asks")),
            verdict=verdict,
            urgency=Urgency(urgency) if urgency else None,
        )
        for key, named in (("fires", case.fires), ("quiet", case.quiet)):
            for rule_id in named - rule_ids:
                each.problem(key, f"no rule is called {rule_id!r}.")
        each.nothing_else()
        yield case
    table.nothing_else()


def _every_source_cited(protocol: Protocol, problems: Problems) -> None:
    everything: list[Citation] = []
    for rule in protocol.rules:
        everything += rule.because
    for parameter in protocol.parameters.values():
        everything += parameter.because
    for claim in protocol.contested:
        everything += claim.because
    for message in protocol.messages:
        everything += message.because
    for key in protocol.sources.keys() - {citation.source for citation in everything}:
        problems.add("sources.toml", key, "is cited by nothing; cite it or remove it.")
