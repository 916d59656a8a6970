"""The protocol as its readers see it: every rule with its sentence, its sources and its cases."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.facts import FactValue
from patency.core.protocol.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Condition,
    ParameterNamed,
    parameters_used,
)
from patency.core.protocol.model import Outcome, Parameter, Protocol, Rule, Stage
from patency.core.protocol.rulebook import Rulebook
from patency.core.protocol.words import RuleWords, Template
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.languages import spoken
from patency.doors.web.reasons import sources_of
from patency.doors.web.templatetags.plain import said
from patency.doors.web.words import OUTCOMES, STAGES, question
from patency.service.judging import language_of

OPEN_PLACE = "…"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in a list."""

    id: str
    says: str
    outcome: str
    outcome_words: str
    stages: tuple[str, ...]
    signed_off_by: str
    active: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A condition, or one part of it: a line, or parts joined by and / or."""

    text: str = ""
    code: str = ""
    joint: str = ""
    parts: "tuple[Part, ...]" = ()


@require_safe
@staff_may(Action.SEE_PROTOCOL)
def protocol(request: ActorRequest) -> HttpResponse:
    """Return the rules of the site's protocol, by stage, outcome and sign-off."""
    book = request.house.rulebook_at(request.actor.site)
    stage, outcome = request.GET.get("stage", ""), request.GET.get("outcome", "")
    unsigned = request.GET.get("unsigned") == "yes"
    rules = [
        rule
        for rule in book.protocol.rules
        if (stage not in set(Stage) or Stage(stage) in rule.stages)
        and (outcome not in set(Outcome) or rule.outcome is Outcome(outcome))
        and not (unsigned and rule.signed_off_by)
    ]
    context = {
        "protocol": book.protocol,
        "lines": [_line(book.protocol, rule) for rule in rules],
        "stages": [(each.value, STAGES[each]) for each in Stage],
        "outcomes": list(OUTCOMES.items()),
        "stage": stage,
        "outcome": outcome,
        "unsigned": unsigned,
        "versions": len(request.house.protocols),
    }
    return TemplateResponse(request, "manage/protocol.html", context)


@require_safe
@staff_may(Action.SEE_PROTOCOL)
def rule(request: ActorRequest, rule_id: str) -> HttpResponse:
    """Return one rule: its words, its condition, what it rests on and the cases that prove it."""
    book = request.house.rulebook_at(request.actor.site)
    try:
        found = book.protocol.rule(rule_id)
    except KeyError:
        raise Http404 from None
    language = page_language(book.protocol)
    words = book.protocol.words[language].rules[rule_id]
    context = {
        "rule": found,
        "line": _line(book.protocol, found),
        "words": _words(book, words, language),
        "when": _part(found.when, book, language),
        "sources": sources_of(found, book.protocol),
        "numbers": list(_numbers(found, book)),
        "examples": [
            (example.name, sorted(example.given.items()), example.then)
            for example in found.examples
        ],
        "protocol": book.protocol,
    }
    return TemplateResponse(request, "manage/rule.html", context)


@require_safe
@staff_may(Action.SEE_PROTOCOL)
def contested(request: ActorRequest) -> HttpResponse:
    """Return where sources disagree, who says what, and what this protocol and site do."""
    book = request.house.rulebook_at(request.actor.site)
    site = request.around.site
    rows = [
        (one, sources_of(one, book.protocol), site.choices.get(one.choice))
        for one in book.protocol.contested
    ]
    return TemplateResponse(
        request, "manage/contested.html", {"rows": rows, "protocol": book.protocol}
    )


def _line(protocol: Protocol, rule: Rule) -> RuleLine:
    language = page_language(protocol)
    return RuleLine(
        id=rule.id,
        says=_open(protocol.words[language].rules[rule.id].staff, protocol, language),
        outcome=rule.outcome.value,
        outcome_words=str(OUTCOMES[rule.outcome.value]),
        stages=tuple(str(STAGES[stage]) for stage in Stage if stage in rule.stages),
        signed_off_by=rule.signed_off_by,
        active=rule.active,
    )


def _open(sentence: Template, protocol: Protocol, language: str) -> str:
    """Return a rule's sentence with the protocol's numbers; her own facts stay open."""
    writes = protocol.words[language].language
    values = {name: each for name, each in protocol.values().items() if name not in protocol.facts}
    filled = sentence.with_values(values, writes)
    return "".join(text + (OPEN_PLACE if name else "") for text, name in filled.pieces)


def _words(book: Rulebook, words: RuleWords, language: str) -> list[tuple[str, str]]:
    said_to = (
        (_("To staff"), words.staff),
        (_("To her"), words.say),
        (_("Why"), words.why),
        (_("What to do"), words.do),
        (_("When it can go on"), words.come_back),
    )
    filled = [(title, _open(each, book.protocol, language)) for title, each in said_to]
    return [(title, text) for title, text in filled if text]


def _part(condition: Condition, book: Rulebook, language: str) -> Part:
    if isinstance(condition, Compare):
        return Part(_sentence(condition, book, language), condition.fact)
    joint = _("all of these") if isinstance(condition, AllOf) else _("one of these")
    assert isinstance(condition, AllOf | AnyOf)
    return Part(joint=joint, parts=tuple(_part(each, book, language) for each in condition.parts))


def _sentence(compare: Compare, book: Rulebook, language: str) -> str:
    protocol = book.protocol
    unit = protocol.facts[compare.fact].unit if compare.fact in protocol.facts else ""
    value = _value(compare, book)
    patterns = {
        Comparison.IS: _("%(what)s: %(value)s"),
        Comparison.IS_ONE_OF: _("%(what)s: one of %(value)s"),
        Comparison.AT_LEAST: _("%(what)s: at least %(value)s"),
        Comparison.AT_MOST: _("%(what)s: at most %(value)s"),
        Comparison.MORE_THAN: _("%(what)s: more than %(value)s"),
        Comparison.LESS_THAN: _("%(what)s: less than %(value)s"),
    }
    what = question(protocol, compare.fact, language).rstrip("?？")
    measured = f"{value} {unit}".strip() if unit and not unit.startswith("of ") else value
    return patterns[compare.comparison] % {"what": what, "value": measured}


def _value(compare: Compare, book: Rulebook) -> str:
    operand = compare.operand
    if isinstance(operand, ParameterNamed):
        return f"{said(book.parameters[operand.name])} [{operand.name}]"
    if isinstance(operand, tuple):
        return ", ".join(said(one) for one in operand)
    return said(operand)


def _numbers(rule: Rule, book: Rulebook) -> Iterator[tuple[Parameter, FactValue, bool]]:
    """Yield every number the rule's condition uses, its value here, and whether the site set it."""
    for name in sorted(parameters_used(rule.when)):
        yield book.protocol.parameters[name], book.parameters[name], name in book.local


def page_language(protocol: Protocol) -> str:
    """Return the language of the page among those the protocol speaks."""
    return language_of(protocol, spoken().code)
