"""``patency decide``: what the protocol says to the facts in a file, with every reason."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from patency.core.facts import AskedOf, FactValue
from patency.core.protocol.decide import Decision, Reason, decide
from patency.core.protocol.model import (
    OUTCOME_ORDER,
    Citation,
    Protocol,
    Stage,
    Urgency,
)
from patency.core.protocol.rulebook import Rulebook
from patency.doors.cli.openings import openings_of
from patency.doors.cli.phrases import EVIDENCE, MAY_OVERRIDE, NO_SIGNATURE, URGENCY, VERDICT
from patency.doors.cli.program import (
    Refused,
    console,
    print_json,
    program,
    read_json,
    rulebook_for,
    stage_named,
)
from patency.service.house import House

COLOURS = {"BLOCK": "bold red", "HOLD": "bold yellow", "ASK": "bold cyan", "FLAG": "bold magenta"}


def command(
    context: typer.Context,
    facts_file: Annotated[
        Path | None,
        typer.Argument(metavar="FACTS.json", help="A JSON object of facts; - reads stdin."),
    ] = None,
    stage: Annotated[
        str, typer.Option(help=f"When in her journey: {', '.join(Stage)}.", metavar="STAGE")
    ] = "",
    protocol: Annotated[
        str, typer.Option(help="A protocol version, such as hsg/2026-1.", metavar="P")
    ] = "",
    site: Annotated[
        str, typer.Option(help="A site whose own values and open days count.", metavar="S")
    ] = "",
    language: Annotated[str, typer.Option(help="The language of the words.")] = "en",
    example: Annotated[
        str,
        typer.Option(help="Print an example facts file for a stage, and stop.", metavar="STAGE"),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Decide about the facts in a file: the verdict, every reason, what is still to be asked.

    Facts are names and values; units stand in docs/reference/facts.md (temperatures in °C, days
    as 2025-09-29, moments with their time zone). A fact that is left out, or null, is unknown, and
    unknown never clears anybody.

    Example: patency decide --example booking > facts.json
    && patency decide facts.json --stage booking
    """
    house = program(context).house()
    book = rulebook_for(house, protocol, site)
    if example:
        print_json(example_facts(book.protocol, stage_named(example)))
        return
    if facts_file is None or not stage:
        raise Refused(
            "A decision needs facts and a stage: patency decide FACTS.json --stage booking. "
            "`patency decide --example booking > facts.json` writes a file to begin with."
        )
    at = stage_named(stage)
    if language not in book.protocol.words:
        raise Refused(
            f"Protocol {book.protocol.version} does not speak {language!r}; it speaks "
            f"{', '.join(book.protocol.words)}."
        )
    where = "standard input" if str(facts_file) == "-" else facts_file.name
    facts = book.protocol.facts.read(read_json(facts_file), where=where)
    check_order(facts, where)
    facts |= calendar_facts(house, site, facts)
    decision = decide(book, at, facts, language)
    if as_json:
        print_json(as_data(book, decision, language))
    else:
        show(console(), book, decision, language)


# An order of days that cannot be, whatever else is true; each is said in words when it happens.
ORDER = (
    ("period_start", "bleeding_ended", "bleeding ends before it starts"),
    ("period_start", "exam_date", "the examination comes before the period that began its cycle"),
    ("exam_date", "diary_date", "the diary day comes before the examination"),
    ("exam_date", "advice_date", "the advice comes before the examination"),
    ("shortest_cycle_days", "longest_cycle_days", "her longest cycle is under her shortest"),
    ("hcg_first_taken_at", "hcg_second_taken_at", "the second sample comes before the first"),
)


def check_order(facts: dict[str, FactValue], where: str) -> None:
    """Return nothing, or raise ``Refused`` for an order that cannot be."""
    wrong = [
        f"{what}: {earlier} is {facts[earlier]}, {later} is {facts[later]}."
        for earlier, later, what in ORDER
        if earlier in facts and later in facts and facts[later] < facts[earlier]  # type: ignore[operator]
    ]
    if wrong:
        raise Refused(
            f"{where}: {' And '.join(wrong)} Correct the one that is wrong; leave one out if it is "
            "not known."
        )


def calendar_facts(house: House, site: str, facts: dict[str, FactValue]) -> dict[str, FactValue]:
    """Return whether the site opens on the days in the facts, where the file does not say so."""
    if not site:
        return {}
    openings = openings_of(house, site)
    found: dict[str, FactValue] = {}
    for name, fact, closed in (
        ("exam_date", "exam_day_open", openings.exam),
        ("visit_date", "visit_day_open", openings.visit),
    ):
        day = facts.get(name)
        if fact not in facts and day is not None:
            found[fact] = closed(day) is None  # type: ignore[arg-type]
    return found


def example_facts(protocol: Protocol, stage: Stage) -> dict[str, FactValue]:
    """Return the facts of the protocol's own clearest case of a stage."""
    order = ["CLEAR", "FLAG", "HOLD", "BLOCK", "ASK", ""]
    cases = sorted(
        (case for case in protocol.cases if case.stage is stage),
        key=lambda case: (order.index(case.verdict), -len(case.given)),
    )
    if cases:
        return dict(cases[0].given)
    rules = [rule for rule in protocol.rules if stage in rule.stages]
    return next((dict(each.given) for rule in rules for each in rule.examples if each.given), {})


def as_data(book: Rulebook, decision: Decision, language: str) -> dict[str, Any]:
    """Return a decision as plain data with stable keys."""
    protocol = book.protocol
    return {
        "protocol": decision.protocol,
        "stage": decision.stage.value,
        "verdict": decision.verdict,
        "may_proceed": decision.may_proceed,
        "outcome": decision.outcome.value if decision.outcome else None,
        "urgency": decision.urgency.value if decision.urgency else None,
        "reasons": [_reason_data(protocol, reason) for reason in in_order(decision.reasons)],
        "unsettled": [
            {"rule": each.rule.id, "missing": list(each.missing)} for each in decision.unsettled
        ],
        "questions": [
            {
                "fact": name,
                "ask": protocol.words[language].questions.get(name),
                "asked_of": protocol.facts[name].asked_of.value,
            }
            for name in decision.questions
        ],
        "facts": dict(sorted(decision.facts.items())),
        "derived": {
            name: value
            for name, value in sorted(decision.derived.items())
            if name not in decision.facts
        },
        "parameters": dict(sorted(book.parameters.items())),
    }


def in_order(reasons: tuple[Reason, ...]) -> list[Reason]:
    """Return the reasons with the worst first, then by name."""
    return sorted(
        reasons, key=lambda reason: (OUTCOME_ORDER.index(reason.rule.outcome), reason.rule.id)
    )


def _reason_data(protocol: Protocol, reason: Reason) -> dict[str, Any]:
    rule = reason.rule
    return {
        "rule": rule.id,
        "outcome": rule.outcome.value,
        "urgency": rule.urgency.value if rule.urgency else None,
        "say": reason.say,
        "why": reason.why,
        "do": reason.do,
        "come_back": reason.come_back,
        "staff": reason.staff,
        "sources": [
            {
                "source": citation.source,
                "title": protocol.sources[citation.source].title,
                "row": citation.row,
                "evidence": citation.evidence.value,
                "quote": citation.quote,
            }
            for citation in rule.because
        ],
        "override": rule.override.value,
        "our_proposal": rule.is_our_proposal,
        "signed_off_by": rule.signed_off_by,
    }


def show(out: Console, book: Rulebook, decision: Decision, language: str) -> None:
    """Print a decision for a person: the verdict, every reason, then what is still to be asked."""
    verdict = Text(decision.verdict, style=COLOURS.get(decision.verdict, "bold green"))
    verdict.append(
        f" at {decision.stage} under {decision.protocol}: {VERDICT[decision.verdict]}", "default"
    )
    out.print(verdict)
    if decision.urgency:
        out.print(f"Urgency {decision.urgency}: {URGENCY[Urgency(decision.urgency)]}")
    for number, reason in enumerate(in_order(decision.reasons), start=1):
        out.print()
        _show_reason(out, book.protocol, number, reason)
    if decision.questions:
        out.print()
        out.print(Text(f"Still to be asked ({len(decision.questions)})", style="bold"))
        for name in decision.questions:
            _show_question(out, book.protocol, decision, name, language)
    out.print()
    protocol = book.protocol
    standing = f"released {protocol.released[:12]}" if protocol.released else "not yet released"
    out.print(Text(f"Protocol {protocol.version} ({standing}). {protocol.title}.", style="dim"))


def _show_reason(out: Console, protocol: Protocol, number: int, reason: Reason) -> None:
    rule = reason.rule
    head = Text(f"{number}. {rule.id} ", style="bold")
    head.append(rule.outcome.value, COLOURS.get(rule.outcome.value, "bold blue"))
    if rule.urgency:
        head.append(f" urgency {rule.urgency}", "bold red")
    if rule.is_our_proposal:
        head.append(" our proposal", "italic")
    out.print(head)
    for label, text in (
        ("to her", reason.say),
        ("why", reason.why),
        ("do", reason.do),
        ("come back", reason.come_back),
        ("staff", reason.staff),
    ):
        if text:
            _line(out, label, text)
    for citation in rule.because:
        _line(out, "source", cited(protocol, citation))
    signed = f"signed off by {rule.signed_off_by}" if rule.signed_off_by else NO_SIGNATURE
    _line(out, "owner", f"{rule.owner}; {signed}")
    _line(out, "override", MAY_OVERRIDE[rule.override])


def cited(protocol: Protocol, citation: Citation) -> str:
    """Return a citation on one line: where it stands, how good it is, the words."""
    row = f" {citation.row}" if citation.row else ""
    quote = f": “{citation.quote}”" if citation.quote else ""
    title = protocol.sources[citation.source].title
    evidence = f"{citation.evidence.value}, {EVIDENCE[citation.evidence]}"
    return f"{citation.source}{row} ({title}; {evidence}){quote}"


def _show_question(
    out: Console, protocol: Protocol, decision: Decision, name: str, language: str
) -> None:
    fact = protocol.facts[name]
    ask = protocol.words[language].questions.get(name, "")
    if not ask:
        ask = "known from the records or the calendar; nobody is asked"
    for_rules = [each.rule.id for each in decision.unsettled if name in each.missing]
    who = "" if fact.asked_of is AskedOf.SYSTEM else f" Asked of: {fact.asked_of}."
    _line(out, name, f"{ask}{who} ({fact.allowed()}; for {', '.join(for_rules)})")


def _line(out: Console, label: str, text: str) -> None:
    out.print(Padding(Text.assemble((f"{label}: ", "dim"), text), (0, 0, 0, 3), expand=False))
