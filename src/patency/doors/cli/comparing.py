"""``patency protocol compare``: what a new version says, and would have decided, differently."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from patency.core.facts import FactCatalogue
from patency.core.protocol.compare import (
    DecisionDifference,
    ProtocolDifference,
    decide_both,
    difference,
)
from patency.core.protocol.model import Protocol, Stage
from patency.core.protocol.rulebook import Rulebook
from patency.doors.cli.program import (
    Refused,
    console,
    print_json,
    program,
    read_json,
    stage_named,
)
from patency.doors.cli.stored import stored_decisions
from patency.service.house import House


def command(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="P1", help="The version to compare with.")],
    new: Annotated[str, typer.Argument(metavar="P2", help="The version that may replace it.")],
    facts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR", help="Facts as for decide: one JSON file, or a folder of them."
        ),
    ] = None,
    stored: Annotated[
        bool, typer.Option(help="Decide the decisions again that a site made under P1.")
    ] = False,
    stage: Annotated[
        str, typer.Option(metavar="STAGE", help="Decide at this stage; without it, at each.")
    ] = "",
    site: Annotated[
        str, typer.Option(metavar="S", help="Compare at a site: its own values count.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Say which rules and numbers differ, and which women would have been decided differently.

    Example: patency protocol compare hsg/as-published hsg/2026-1 --facts facts.json --stage booking
    """
    house = program(context).house()
    before, after = _rulebook(house, old, site), _rulebook(house, new, site)
    changes = difference(before.protocol, after.protocol)
    decided = list(_decided(before, after, facts, stage_named(stage) if stage else None))
    if stored:
        decided += stored_decisions(house, site, old, after)
    if as_json:
        print_json(
            asdict(changes)
            | {"decisions": [{"of": name} | _as_data(both) for name, both in decided]}
        )
        return
    out = console()
    _show_difference(out, changes)
    if stored or facts is not None:
        _show_decisions(out, decided)


def _rulebook(house: House, version: str, site: str) -> Rulebook:
    house.protocol(version)
    if site:
        house.site(site)
    return house.rulebooks(version, site)


def _decided(
    old: Rulebook, new: Rulebook, facts: Path | None, stage: Stage | None
) -> Iterator[tuple[str, DecisionDifference]]:
    """Yield what both versions decide about each facts file, at one stage or at all."""
    if facts is None:
        return
    files = sorted(facts.glob("*.json")) if facts.is_dir() else [facts]
    if not files:
        raise Refused(f"{facts}: holds no .json file of facts. Name another folder, or a file.")
    catalogue = _both_catalogues(old.protocol, new.protocol)
    for file in files:
        known = catalogue.read(read_json(file), where=file.name)
        for at in [stage] if stage else list(Stage):
            yield file.name, decide_both(old, new, at, known)


def _both_catalogues(old: Protocol, new: Protocol) -> FactCatalogue:
    return FactCatalogue({**new.facts.types, **old.facts.types})


def _as_data(both: DecisionDifference) -> dict[str, Any]:
    return {
        "stage": both.old.stage.value,
        "same": both.nothing,
        "verdict": [both.old.verdict, both.new.verdict],
        "urgency": [both.old.urgency, both.new.urgency],
        "fires_now": list(both.fires_now),
        "fires_no_more": list(both.fires_no_more),
        "asks_now": list(both.asks_now),
        "asks_no_more": list(both.asks_no_more),
    }


def _show_difference(out: Console, changes: ProtocolDifference) -> None:
    out.print(Text(f"From {changes.old} to {changes.new}", style="bold"))
    if changes.nothing:
        out.print("Both say the same.")
    for what, names in (
        ("Rules added", changes.rules_added),
        ("Rules removed", changes.rules_removed),
        ("Parameters added", changes.parameters_added),
        ("Parameters removed", changes.parameters_removed),
        ("Facts asked for the first time", changes.facts_added),
        ("Facts no longer asked", changes.facts_removed),
    ):
        if names:
            out.print(Text.assemble((f"{what} ({len(names)}): ", "bold"), ", ".join(names)))
    for what, changed in (
        ("Rules changed", changes.rules_changed),
        ("Parameters changed", changes.parameters_changed),
    ):
        if changed:
            out.print(Text(f"{what} ({len(changed)})", style="bold"))
        for one in changed:
            out.print(
                Padding(Text(f"{one.name}: {'; '.join(one.what)}"), (0, 0, 0, 2), expand=False)
            )


def _show_decisions(out: Console, decided: list[tuple[str, DecisionDifference]]) -> None:
    different = [(name, both) for name, both in decided if not both.nothing]
    out.print()
    out.print(
        Text(f"{len(different)} of {len(decided)} decisions come out differently", style="bold")
    )
    for name, both in different:
        verdict = f"{both.old.verdict} → {both.new.verdict}"
        parts = [
            f"{what}: {', '.join(names)}"
            for what, names in (
                ("fires now", both.fires_now),
                ("fires no more", both.fires_no_more),
                ("asks now", both.asks_now),
                ("asks no more", both.asks_no_more),
            )
            if names
        ]
        line = f"{name} at {both.old.stage}: {verdict}. {'; '.join(parts)}"
        out.print(Padding(Text(line), (0, 0, 0, 2), expand=False))
