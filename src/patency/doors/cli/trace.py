"""``patency trace``: every sentence of the articles, what carries it and what checks it."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

import patency
from patency.core.protocol.model import Protocol, Use
from patency.core.protocol.reading import DataRefused
from patency.core.study.trace import CASE, EXAMPLE, ROW, Sheet, TraceRow, parse_sheet, trace
from patency.doors.cli.handbook import GENERATED, table
from patency.doors.cli.program import Refused, console, print_json, program
from patency.service.house import House

PROTOCOLS = Path(patency.__file__).parent / "protocols"
SHEET = "trace.toml"


def register(parent: typer.Typer, panel: str) -> None:
    """Put the command of this room into the command line."""
    parent.command("trace", rich_help_panel=panel)(command)


def command(
    context: typer.Context,
    protocol: Annotated[
        str, typer.Option(metavar="P", help="A protocol version (default: the default protocol).")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Show what carries each sentence of the two articles, and what checks it.

    S1.… are sentences of the article on bleeding, S2.… of the one on procedure and precautions.
    A check is an example of a rule, a whole case, or a test; `make trace-mutants` takes each
    carrier away and sees a check fail.

    Example: patency trace --json
    """
    house = program(context).house()
    rows = rows_of(house, protocol or house.default_protocol)
    if as_json:
        print_json({"rows": [as_data(row) for row in rows]})
    else:
        show(rows)


def rows_of(house: House, version: str) -> list[TraceRow]:
    """Return every sentence with its carriers and checks in one protocol.

    Where the same sentences stand in a protocol for study is shown beside.
    """
    protocol = house.protocol(version)
    family = version.partition("/")[0]
    beside: list[Protocol] = []
    if protocol.use is not Use.STUDY:
        others = (house.protocol(one) for one in house.protocols if one != version)
        beside = [
            one
            for one in others
            if one.use is Use.STUDY and one.version.partition("/")[0] == family
        ]
    return trace(read_sheet(family), protocol, beside)


def read_sheet(family: str, root: Path = PROTOCOLS) -> Sheet:
    """Return the sheet of a family of protocols. Raises ``Refused`` or ``DataRefused``."""
    path = root / family / SHEET
    if not path.is_file():
        raise Refused(
            f"The protocols of {family} have no {SHEET}, so there are no sentences to trace. Name "
            "another protocol with --protocol (`patency protocol list`)."
        )
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataRefused(
            f"{family}/{SHEET}: {error}. It must be TOML in UTF-8; mend it there."
        ) from error
    return parse_sheet(raw, f"{family}/{SHEET}")


def as_data(row: TraceRow) -> dict[str, Any]:
    """Return one sentence for a program."""
    return {
        "id": row.id,
        "says": row.says,
        **({"repeats": list(row.repeats)} if row.repeats else {}),
        "carried_by": list(row.carried_by),
        "checked_by": list(row.checked_by),
        "contested": list(row.contested),
        "elsewhere": {version: list(found) for version, found in row.elsewhere.items()},
    }


def show(rows: Sequence[TraceRow]) -> None:
    """Print every sentence for a person."""
    to = console()
    carried = 0
    for row in rows:
        bare = not (row.carried_by and row.checked_by)
        carried += not (bare or row.repeats)
        to.print(Text.assemble((row.id, "bold"), " ", row.says))
        listed = Table(box=None, show_header=False, padding=(0, 1, 0, 1))
        listed.add_column(style="dim")
        listed.add_column()
        listed.add_row("carried by", ", ".join(row.carried_by) or "nothing")
        listed.add_row("checked by", "; ".join(briefly(row.checked_by)) or "nothing")
        if row.contested:
            listed.add_row("contested", ", ".join(row.contested))
        to.print(listed)
    repeats = sum(bool(row.repeats) for row in rows)
    to.print(
        f"\n{carried} of {len(rows) - repeats} sentences are carried and checked"
        f"{repeating(repeats)}."
    )


def repeating(repeats: int) -> str:
    """Return what is said of sentences that only say others again."""
    return f"; {repeats} more repeats others" if repeats else ""


def briefly(checks: Iterable[str]) -> Iterator[str]:
    """Yield the checks for a person: the examples of a rule as one, tests by their own words."""
    checks = list(checks)
    examples = Counter(
        check.removeprefix(f"{EXAMPLE}:").partition("/")[0]
        for check in checks
        if check.startswith(f"{EXAMPLE}:")
    )
    for rule, count in examples.items():
        yield f"{count} example{'s' if count > 1 else ''} of {rule}"
    for check in checks:
        kind, _, name = check.partition(":")
        if kind == CASE:
            yield f"case “{name}”"
        elif kind == ROW:
            yield f"as {name}"
        elif kind != EXAMPLE:
            yield check.removeprefix("tests/")


def write_traceability(house: House) -> str:
    """Return ``docs/reference/traceability.md`` of the default protocol."""
    return "\n".join(_written(rows_of(house, house.default_protocol), house.default_protocol))


def _written(rows: Iterable[TraceRow], version: str) -> Iterator[str]:
    yield GENERATED
    yield "# Every sentence of the two articles"
    yield ""
    yield f"What carries each sentence in `{version}`, and what shows that it works. S1 is “Why Is"
    yield "There Vaginal Bleeding After Hysterosalpingography?”, S2 is “Procedure and precautions"
    yield "for painless hysterosalpingogram”; the sentences are in our words."
    yield "`make trace-mutants` takes away each carrier in turn and sees a check fail."
    yield ""
    listed = list(rows)
    yield from table(
        ("Row", "The sentence", "Carried by", "Checked by", "Contested"),
        (
            (
                row.id,
                row.says,
                "<br>".join(_linked(carrier) for carrier in row.carried_by),
                "<br>".join(briefly(row.checked_by)),
                "<br>".join(f"[{claim}](contested.md)" for claim in row.contested),
            )
            for row in listed
        ),
    )
    for other in dict.fromkeys(name for row in listed for name in row.elsewhere):
        yield f"## In `{other}`"
        yield ""
        yield from table(
            ("Row", "Carried by"),
            (
                (row.id, ", ".join(row.elsewhere[other]))
                for row in listed
                if row.elsewhere.get(other)
            ),
        )


def _linked(carrier: str) -> str:
    kind, _, name = carrier.partition(":")
    if kind == "rule":
        return f"rule [{name}](protocol-handbook.md#{name})"
    return f"{kind} `{name}`"
