"""``patency protocol``: read, check, freeze and compare versions of the protocol."""

from collections import Counter
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from patency.core.facts import did_you_mean
from patency.core.protocol.explain import in_words, plain
from patency.core.protocol.model import Protocol, Rule, Stage, Use
from patency.doors.cli import comparing
from patency.doors.cli.decide import cited
from patency.doors.cli.phrases import MAY_OVERRIDE, NO_SIGNATURE
from patency.doors.cli.program import Refused, console, print_json, program

app = typer.Typer(
    no_args_is_help=True, help="Read, check, freeze and compare versions of the protocol."
)
Version = Annotated[str, typer.Argument(metavar="P", help="A version, such as hsg/2026-1.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for a program to read.")]


@app.command("list")
def list_versions(context: typer.Context, as_json: AsJson = False) -> None:
    """List the versions there are: what each is for, how many rules, whether it is released.

    Example: patency protocol list
    """
    house = program(context).house()
    protocols = [house.protocol(version) for version in house.protocols]
    if as_json:
        print_json([_summary(protocol) for protocol in protocols])
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Version", "For", "Rules", "Examples", "Signed off", "Released", "Title"):
        table.add_column(title)
    for protocol in protocols:
        about = _summary(protocol)
        table.add_row(
            protocol.version,
            "the clinic" if protocol.use is Use.CLINICAL else "study only",
            str(about["rules"]),
            str(about["examples"]),
            f"{about['signed_off']} of {about['rules']}",
            protocol.released[:12] or "no, may still change",
            protocol.title,
        )
    console().print(table)


@app.command()
def show(
    context: typer.Context,
    version: Version,
    rule: Annotated[str, typer.Option(metavar="R", help="Show this one rule in full.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show a version's rules by stage, or one rule with its words, sources and examples.

    Example: patency protocol show hsg/2026-1 --rule temperature-too-high
    """
    protocol = program(context).house().protocol(version)
    if rule:
        known = [each.id for each in protocol.rules]
        if rule not in known:
            raise Refused(
                f"Protocol {version} has no rule {rule!r}.{did_you_mean(rule, known)} "
                f"`patency protocol show {version}` lists them."
            )
        found = protocol.rule(rule)
        if as_json:
            print_json(_rule_data(protocol, found))
        else:
            _show_rule(protocol, found)
    elif as_json:
        rules = [_rule_data(protocol, each) for each in protocol.rules]
        print_json(_summary(protocol) | {"rules": rules})
    else:
        _show_rules(protocol)


@app.command()
def check(context: typer.Context, version: Version, as_json: AsJson = False) -> None:
    """Check a version: every file read, every example and case run; say what nobody signed yet.

    Example: patency protocol check hsg/2026-1
    """
    house = program(context).house()
    protocol = house.protocol(version)  # refused here, with every problem, unless all come out
    overdue = [each.id for each in protocol.rules if each.review < house.now().date()]
    about = _summary(protocol) | {
        "unsigned": [each.id for each in protocol.rules if not each.signed_off_by],
        "inactive": [each.id for each in protocol.rules if not each.active],
        "review_overdue": overdue,
    }
    if as_json:
        print_json(about)
        return
    out = console()
    out.print(
        f"{version}: {about['rules']} rules, {about['examples']} examples, {about['cases']} cases; "
        "all come out as they say."
    )
    for what, names in (
        (NO_SIGNATURE, about["unsigned"]),
        ("resting on unconfirmed knowledge alone, so never firing", about["inactive"]),
        ("past their review day", overdue),
    ):
        if names:
            out.print(f"{len(names)} {what}: {', '.join(names)}.")


@app.command()
def release(context: typer.Context, version: Version) -> None:
    """Freeze a version by its hash; from then on a changed folder is refused.

    Every example and case must come out as it says. Decisions made with a released version can be
    replayed years later, so it is never edited again: changes go into a new version.

    Example: patency protocol release hsg/2026-1
    """
    it = program(context)
    protocol = it.house().protocol(version)
    digest = it.freeze(version)
    out = console()
    out.print(f"{version} is released. SHA-256 {digest}")
    unsigned = sum(not rule.signed_off_by for rule in protocol.rules)
    if unsigned:
        out.print(
            f"{unsigned} of {len(protocol.rules)} rules are {NO_SIGNATURE}; pages go on saying so."
        )


app.command("compare")(comparing.command)


def _summary(protocol: Protocol) -> dict[str, Any]:
    return {
        "version": protocol.version,
        "use": protocol.use.value,
        "title": protocol.title,
        "rules": len(protocol.rules),
        "examples": sum(len(rule.examples) for rule in protocol.rules),
        "cases": len(protocol.cases),
        "signed_off": sum(bool(rule.signed_off_by) for rule in protocol.rules),
        "languages": list(protocol.words),
        "released": protocol.released or None,
    }


def _rule_data(protocol: Protocol, rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "stages": [stage for stage in Stage if stage in rule.stages],
        "outcome": rule.outcome.value,
        "urgency": rule.urgency.value if rule.urgency else None,
        "timing": rule.timing,
        "when": in_words(rule.when, protocol.facts, protocol.values()),
        "override": rule.override.value,
        "owner": rule.owner,
        "signed_off_by": rule.signed_off_by,
        "review": rule.review,
        "active": rule.active,
        "our_proposal": rule.is_our_proposal,
        "sources": [
            {
                "source": citation.source,
                "row": citation.row,
                "evidence": citation.evidence.value,
                "quote": citation.quote,
            }
            for citation in rule.because
        ],
    }


def _show_rules(protocol: Protocol) -> None:
    out = console()
    out.print(Text(f"{protocol.version}: {protocol.title}", style="bold"))
    for stage in Stage:
        rules = [rule for rule in protocol.rules if stage in rule.stages]
        if not rules:
            continue
        out.print()
        outcomes = Counter(rule.outcome.value for rule in rules)
        counted = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
        out.print(Text(f"{stage} ({counted})", style="bold"))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for rule in rules:
            table.add_row(
                Text(rule.id),
                Text(rule.outcome.value + (f" {rule.urgency}" if rule.urgency else "")),
                Text(in_words(rule.when, protocol.facts, protocol.values())),
            )
        out.print(table)


def _show_rule(protocol: Protocol, rule: Rule) -> None:
    out = console()
    out.print(Text(rule.id, style="bold"))
    lines = [
        ("at", ", ".join(stage for stage in Stage if stage in rule.stages)),
        ("when", in_words(rule.when, protocol.facts, protocol.values())),
        ("then", rule.outcome.value + (f", urgency {rule.urgency}" if rule.urgency else "")),
        ("override", MAY_OVERRIDE[rule.override]),
        ("timing rule", plain(rule.timing)),
        ("owner", rule.owner),
        ("signed off by", rule.signed_off_by or NO_SIGNATURE),
        ("review", plain(str(rule.review))),
    ]
    if not rule.active:
        lines.append(("active", "no: general knowledge alone activates nothing"))
    if rule.is_our_proposal:
        lines.append(("standing", "our proposal: no source says it"))
    for citation in rule.because:
        lines.append(("source", cited(protocol, citation)))
    for code, words in protocol.words.items():
        said = words.rules[rule.id]
        for name in ("say", "why", "do", "come_back", "staff"):
            if text := getattr(said, name).text:
                lines.append((f"{name} ({code})", text))
    for example in rule.examples:
        given = ", ".join(f"{name} {plain(value)}" for name, value in example.given.items())
        lines.append(("example", f"{example.name}: {given or 'nothing known'} → {example.then}"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, text in lines:
        table.add_row(Text(label), Text(text))
    out.print(table)
