"""The words file of one language to words; none may be missing and none may stand alone."""

from collections.abc import Iterable, Mapping, Sequence

from patency.core.facts import AskedOf, FactType, did_you_mean
from patency.core.language import Language
from patency.core.protocol.model import Message, Outcome, Rule
from patency.core.protocol.reading import Table
from patency.core.protocol.words import (
    ProtocolWords,
    RuleWords,
    Template,
    template,
)


def parse_words(
    table: Table,
    code: str,
    rules: Sequence[Rule],
    facts: Mapping[str, FactType],
    messages: Iterable[Message],
    names: set[str],
    languages: Mapping[str, Language],
) -> ProtocolWords:
    """Return the words of one language; missing and superfluous ones are noted as problems."""
    said: dict[str, RuleWords] = {}
    rule_tables = dict(table.table("rules").children())
    for rule in rules:
        words = rule_tables.pop(rule.id, None)
        if words is None:
            table.problem(f"rules.{rule.id}", "is missing; every rule needs its words.")
            continue
        waits = rule.outcome in (Outcome.BLOCK, Outcome.HOLD)
        said[rule.id] = RuleWords(
            say=_template(words, "say", names),
            why=_template(words, "why", names),
            do=_template(words, "do", names),
            come_back=_template(words, "come_back", names, may_be_empty=not waits),
            staff=_template(words, "staff", names),
        )
        words.nothing_else()
    for left in rule_tables:
        table.problem(f"rules.{left}", "belongs to no rule of this protocol; remove it.")
    questions = {}
    question_tables = dict(table.table("questions").children())
    for name, fact in facts.items():
        words = question_tables.pop(name, None)
        if words is None:
            if fact.asked_of is not AskedOf.SYSTEM:
                table.problem(f"questions.{name}", "is missing; every question needs its words.")
            continue
        questions[name] = words.filled("ask")
        words.nothing_else()
    for left in question_tables:
        table.problem(f"questions.{left}", f"asks for no fact we know.{did_you_mean(left, facts)}")
    spoken = {}
    message_tables = dict(table.table("messages", {}).children())
    for message in messages:
        words = message_tables.pop(message.id, None)
        if words is None:
            table.problem(f"messages.{message.id}", "is missing; every message needs its words.")
            continue
        spoken[message.id] = _template(words, "text", names)
        words.nothing_else()
    for left in message_tables:
        table.problem(f"messages.{left}", "belongs to no message; remove it.")
    table.nothing_else()
    if code not in languages:
        table.problem("", f"the language {code!r} is not one of {', '.join(languages)}.")
    language = languages.get(code) or next(iter(languages.values()))
    return ProtocolWords(language, said, questions, spoken)


def _template(table: Table, key: str, names: set[str], *, may_be_empty: bool = False) -> Template:
    text = table.text(key, "") if may_be_empty else table.filled(key)
    try:
        found = template(text)
    except ValueError as error:
        table.problem(key, f"a bracket is not closed ({error}).")
        return template("")
    for name in found.names - names:
        table.problem(key, f"{{{name}}} is no fact and no parameter.{did_you_mean(name, names)}")
    return found
