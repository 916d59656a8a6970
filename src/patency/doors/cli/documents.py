"""``patency docs``: writes docs/reference/ from the loaded data, or says that it is stale."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from patency.doors.cli import handbook, reference, trace
from patency.doors.cli.access_matrix import access_matrix
from patency.doors.cli.handbook import GENERATED
from patency.doors.cli.program import Refused, console, program
from patency.service.house import House

STALE = 1
CONFORMANCE = "patency.doors.dicom.conformance.statement"  # no door imports another


def command(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; leave with 1 when a file is stale.")
    ] = False,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where the documents stand.")] = Path(
        "docs/reference"
    ),
) -> None:
    """Write the generated documents again: handbook, facts, states, parameters, sources, access.

    Run it in the project's folder after changing a protocol, a derived fact, a visit state or who
    may open a page.

    Example: patency docs
    """
    if not to.parent.is_dir():
        raise Refused(
            f"{to.parent}: is not here. Run `patency docs` in the project's folder, or name "
            "another with --to."
        )
    texts = written(program(context).house())
    stale = [
        name
        for name, text in texts.items()
        if not (to / name).is_file() or (to / name).read_text(encoding="utf-8") != text
    ]
    if check:
        if stale:
            raise_stale(to, stale)
        return
    to.mkdir(exist_ok=True)
    for name in stale:
        (to / name).write_text(texts[name], encoding="utf-8")
    console().print(f"{len(stale)} of {len(texts)} documents in {to} were written again.")


def raise_stale(to: Path, stale: list[str]) -> None:
    """Say which documents are stale and what to do, and leave with 1."""
    typer.echo(
        f"Stale in {to}: {', '.join(stale)}. They are generated: run `make docs` and commit what "
        "it writes.",
        err=True,
    )
    raise typer.Exit(STALE)


def written(house: House) -> Mapping[str, str]:
    """Return every generated document by its file name."""
    from django.utils.module_loading import import_string

    chosen = house.protocol(house.default_protocol)
    everyone = [house.protocol(version) for version in house.protocols]
    return {
        "protocol-handbook.md": handbook.handbook(chosen),
        "facts.md": reference.facts(chosen),
        "visit-states.md": reference.visit_states(),
        "parameters.md": reference.parameters(everyone),
        "sources.md": reference.sources(everyone),
        "contested.md": reference.contested(everyone),
        "traceability.md": trace.write_traceability(house),
        "access-matrix.md": access_matrix(),
        "dicom-conformance.md": f"{GENERATED}\n{import_string(CONFORMANCE)()}",
    }
