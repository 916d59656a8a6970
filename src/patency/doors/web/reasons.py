"""A kept decision as a page shows it: the verdict, every reason with its source, what is open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patency.core.access import Actor, NotPermitted, OverrideBy, check_may_override
from patency.core.facts import AskedOf, Facts
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Contested, Outcome, Protocol, Rule, Stage
from patency.core.protocol.rulebook import rulebook_with
from patency.core.site.contested import Choice
from patency.core.site.model import Site
from patency.doors.web.codes import value_in_words as value_in_words
from patency.doors.web.languages import Words, spoken
from patency.doors.web.words import (
    AS_EXPECTED,
    EVIDENCE,
    OUTCOMES,
    STAGES,
    STANDINGS,
    URGENCIES,
    VERDICTS,
    capital,
    day_words,
    in_words,
    question,
)
from patency.records.facts_on import facts_from_json
from patency.records.models.visit import Decision, Override
from patency.service.house import House, NotKnown
from patency.service.judging import FactsErased, as_shown, language_of, replay

IN_SHORT = "In short:"
URGENT_STAGES = frozenset({Stage.AFTERCARE.value, Stage.PREGNANCY.value})


@dataclass(frozen=True, slots=True)
class SourceCard:
    """One sentence a rule rests on."""

    quote: str
    is_literal: bool
    """Whether it stands in the source word for word; otherwise it says the source in short."""
    title: str
    link: str
    row: str
    evidence: str
    evidence_words: str
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ReasonCard:
    """One rule that fired, in the words that were shown."""

    rule_id: str
    outcome: str
    outcome_words: str
    say: str
    why: str
    do: str
    come_back: str
    staff: str
    sources: tuple[SourceCard, ...]
    signed_off_by: str
    is_our_proposal: bool
    owner: str
    stops: bool
    override: Override | None
    may_override: bool
    refusal: str
    """Why this actor may not override it; empty when there is nothing to say."""


@dataclass(frozen=True, slots=True)
class DecisionCard:
    """A decision in one line."""

    row: Decision
    stage: str
    short: str
    for_staff: str
    for_her: str
    tone: str
    """danger, look, done or plain: a colour that goes with the word."""


TONES = {"BLOCK": "danger", "HOLD": "look", "ASK": "plain", "FLAG": "look", "CLEAR": "done"}
URGENT_TONES = {"E": "danger", "U": "danger", "C": "look", "S": "done"}


def overrides_counted(row: Decision, overrides: Iterable[Override]) -> list[Override]:
    """Return the overrides, of all of her visit, that speak of the rules of one decision.

    An override counts for its cycle, and so for every later decision that rests on the same
    period; ``overrides`` come with their decisions.
    """
    cycle = (row.facts or {}).get("period_start")
    return [
        each
        for each in sorted(overrides, key=lambda each: each.at)
        if each.rule_id in row.rule_ids
        and (
            each.decision_id == row.pk
            or (
                each.at <= row.made_at
                and row.facts is not None
                and each.decision.facts is not None
                and each.decision.facts.get("period_start") == cycle
            )
        )
    ]


def is_overridden(
    row: Decision, protocol: Protocol | None, overrides: Iterable[Override] = ()
) -> bool:
    """Return whether what stood in her way was overridden, every rule of it."""
    overridden = {each.rule_id for each in overrides}
    shown = (row.shown or {}).get("reasons", ())
    stop = {each["rule"] for each in shown if each["outcome"] != Outcome.INFO.value}
    is_open = any(
        rule is None or rule.outcome.stops
        for rule in (_rule(protocol, rule_id) for rule_id in row.unsettled)
    )
    return bool(stop) and stop <= overridden and not is_open


OVERRIDDEN: tuple[Words, Words, Words] = (
    _("Overridden"),
    _("A clinician went another way on every rule that stood in her way, and she goes on."),
    _("A clinician has looked at this, and it goes ahead."),
)


def decision_card(
    row: Decision, protocol: Protocol | None = None, overrides: Iterable[Override] = ()
) -> DecisionCard:
    """Return a decision in one line; after the examination its urgency speaks, not its outcome."""
    stage = str(STAGES[Stage(row.stage)]) if row.stage in set(Stage) else row.stage
    if row.urgency in URGENCIES and row.stage in URGENT_STAGES:
        calm = row.urgency == "S" and row.stage == Stage.PREGNANCY.value
        short, sentence = (str(each) for each in (AS_EXPECTED if calm else URGENCIES[row.urgency]))
        return DecisionCard(row, stage, short, sentence, sentence, URGENT_TONES[row.urgency])
    if is_overridden(row, protocol, overrides):
        short, for_staff, for_her = (str(each) for each in OVERRIDDEN)
        return DecisionCard(row, stage, short, for_staff, for_her, "look")
    words = VERDICTS.get(row.outcome, (row.outcome, row.outcome, row.outcome))
    short, for_staff, for_her = (str(each) for each in words)
    return DecisionCard(row, stage, short, for_staff, for_her, TONES.get(row.outcome, "plain"))


def in_order(rows: Iterable[Decision]) -> list[Decision]:
    """Return decisions as they were made; those of one moment in the order of the journey."""
    stages = [stage.value for stage in Stage]
    return sorted(rows, key=lambda row: (row.made_at, stages.index(row.stage)))


def protocol_of(house: House, row: Decision) -> Protocol | None:
    """Return the protocol a decision was made with, or None when it is not here any more."""
    try:
        return house.protocol(row.protocol)
    except NotKnown:
        return None


def reason_cards(
    row: Decision, protocol: Protocol | None, overrides: list[Override], actor: Actor
) -> list[ReasonCard]:
    """Return every reason of a decision, the gravest first; erased ones keep their id."""
    shown = {each["rule"]: each for each in _shown(row, protocol)}
    overridden = {each.rule_id: each for each in overrides}
    cards = [
        _card(rule_id, shown.get(rule_id, {}), protocol, overridden.get(rule_id), actor)
        for rule_id in row.rule_ids
    ]
    order = list(OUTCOMES)
    return sorted(cards, key=lambda card: order.index(card.outcome) if card.outcome else 0)


def _shown(row: Decision, protocol: Protocol | None) -> Iterable[Mapping[str, str]]:
    """Return the words of a decision in the language of the page.

    They are those that were shown; where these were in another language, they are said again from
    the facts that were kept, as long as these and the protocol's version are here.
    """
    shown = row.shown or {}
    kept: Iterable[Mapping[str, str]] = shown.get("reasons", ())
    if protocol is None or row.facts is None or not kept:
        return kept
    language = language_of(protocol, spoken().code)
    if shown.get("language", "en") == language:
        return kept
    book = rulebook_with(protocol, facts_from_json(row.site_parameters))
    again = decide(book, Stage(row.stage), facts_from_json(row.facts), language)
    said = {reason.rule.id: as_shown(reason) for reason in again.reasons}
    return [said.get(each["rule"], each) for each in kept]


def staff_words(house: House, site: str, stage: Stage, facts: Facts) -> Mapping[str, str]:
    """Return, for each rule that fires, its line for staff in the language of the pages.

    What a decision keeps was written in the woman's language.
    """
    book = house.rulebook_at(site)
    again = decide(book, stage, facts, language_of(book.protocol, spoken().code))
    return {reason.rule.id: reason.staff for reason in again.reasons}


def _card(
    rule_id: str,
    words: Mapping[str, str],
    protocol: Protocol | None,
    override: Override | None,
    actor: Actor,
) -> ReasonCard:
    rule = _rule(protocol, rule_id)
    outcome = words.get("outcome") or (rule.outcome.value if rule else "")
    stops = bool(rule and rule.outcome.stops)
    refusal = ""
    if rule is not None and stops and override is None:
        try:
            check_may_override(actor, rule.id, rule.override)
        except NotPermitted:
            refusal = _refusal(rule)
    return ReasonCard(
        rule_id=rule_id,
        outcome=outcome,
        outcome_words=str(OUTCOMES.get(outcome, outcome)),
        say=words.get("say", ""),
        why=words.get("why", ""),
        do=words.get("do", ""),
        come_back=words.get("come_back", ""),
        staff=words.get("staff", ""),
        sources=sources_of(rule, protocol) if rule and protocol else (),
        signed_off_by=rule.signed_off_by if rule else "",
        is_our_proposal=bool(rule and rule.is_our_proposal),
        owner=rule.owner if rule else "",
        stops=stops,
        override=override,
        may_override=stops and override is None and not refusal,
        refusal=refusal,
    )


def _refusal(rule: Rule) -> str:
    """Return why someone may not override a rule, in the language of the page."""
    match rule.override:
        case OverrideBy.NEVER:
            return gettext(
                "This rule can never be overridden, by anyone; only a new answer changes it."
            )
        case OverrideBy.CONSULTANT:
            return gettext("You may not override this rule; a consultant may.")
        case OverrideBy.CLINICIAN:
            return gettext("You may not override this rule; a clinician may.")


def _rule(protocol: Protocol | None, rule_id: str) -> Rule | None:
    if protocol is None:
        return None
    return next((rule for rule in protocol.rules if rule.id == rule_id), None)


def sources_of(rule: Rule | Contested, protocol: Protocol) -> tuple[SourceCard, ...]:
    """Return every sentence that a rule, or a claim sources disagree about, rests on."""
    cards = []
    for citation in rule.because:
        source = protocol.sources.get(citation.source)
        letter = citation.evidence.value
        link = source.link if source else ""
        cards.append(
            SourceCard(
                quote=citation.quote,
                is_literal=not citation.quote.startswith(IN_SHORT),
                title=source.title if source else citation.source,
                link=link if link.startswith(("https://", "http://")) else "",
                row=citation.row,
                evidence=letter,
                evidence_words=str(EVIDENCE.get(letter, letter)),
                is_ours=letter == "D",
            )
        )
    return tuple(cards)


def open_questions(row: Decision, protocol: Protocol | None, *, hers: bool = False) -> list[str]:
    """Return what is still to be asked, in words; a fact's name where the protocol has gone.

    She reads what she can answer; what staff measure and look up is not asked of her.
    """
    if protocol is None:
        return [capital(in_words(name)) for name in row.questions]
    types = protocol.facts.types
    return [
        question(protocol, name)
        for name in row.questions
        if not hers or name not in types or types[name].asked_of is AskedOf.PATIENT
    ]


def replayed(house: House, row: Decision) -> tuple[str, str]:
    """Return how making the decision again came out: a tone and a sentence."""
    try:
        again = replay(row, house)
    except FactsErased:
        if not row.erased_at:
            return "plain", gettext(
                "It cannot be made again: facts erased. The verdict, the rules and the times are "
                "kept."
            )
        on = day_words(house.day_at(row.site, row.erased_at))
        return "plain", gettext(
            "It cannot be made again: facts erased on {day}. The verdict, the rules and the times "
            "are kept."
        ).format(day=on)
    except NotKnown:
        return "look", gettext(
            "It cannot be made again here: protocol {version} is not in this house any more."
        ).format(version=row.protocol)
    if again.same:
        return "done", gettext(
            "Made again just now from the facts that were kept: it came out the same."
        )
    return "danger", gettext(
        "Made again just now from the facts that were kept: it came out differently in {parts}. "
        "Tell the administrator."
    ).format(parts=spoken().listed([in_words(name) for name in again.differs]))


def facts_shown(row: Decision, protocol: Protocol | None) -> list[tuple[str, Any]]:
    """Return the facts a decision rests on, asked as they were asked."""
    kept: Mapping[str, Any] = row.facts or {}
    return [
        (question(protocol, name) if protocol else name, value_in_words(value))
        for name, value in kept.items()
        if value is not None
    ]


@dataclass(frozen=True, slots=True)
class ChoiceCard:
    """What this clinic chose where sources differ, as it was when the decision was made."""

    what: str
    value: str
    standing: str
    chosen: Choice | None
    """None where the clinic has chosen otherwise since."""


def choices_shown(row: Decision, site: Site) -> list[ChoiceCard]:
    """Return the clinic's own values a decision was made with, each with its ground."""
    cards = []
    for name, value in sorted(row.site_parameters.items()):
        choice = site.choices.get(name)
        still = choice if choice is not None and choice.value == value else None
        standing = str(STANDINGS[still.standing.value]) if still else ""
        cards.append(ChoiceCard(capital(in_words(name)), value_in_words(value), standing, still))
    return cards
