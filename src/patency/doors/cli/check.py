"""``patency check``: looks at everything the clinic depends on, and says what to do about it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from patency.doors.cli import check_installation, check_sites
from patency.doors.cli.findings import Finding, State
from patency.doors.cli.program import console, print_json, program
from patency.service.house import House

app = typer.Typer(invoke_without_command=True, no_args_is_help=False)
COLOURS = {State.OK: "green", State.LOOK: "yellow", State.FAILS: "bold red"}
FAILED = 1

LOOKS: Mapping[str, Callable[[House], Iterator[Finding]]] = {
    "protocols": check_sites.protocols,
    "sites": check_sites.every_site,
    "own sites": check_installation.own_sites,
    "database": check_installation.database,
    "worker": check_installation.worker,
    "PDF": check_installation.pdf,
    "ways out": check_installation.ways_out,
}

AsJson = Annotated[bool, typer.Option("--json", help="Print for a program to read.")]


@app.callback()
def everything(context: typer.Context, as_json: AsJson = False) -> None:
    """Look at everything the clinic depends on, and say what to do about each finding.

    Python, data, protocols, holidays, contacts, database, worker, PDF and printer. Leaves with 1
    when something fails, 0 when there is nothing or only something to look at.

    Example: patency check
    """
    if context.invoked_subcommand:
        return
    it = program(context)
    findings = list(check_installation.python())
    house: House | None = None
    try:
        house = it.house()
    except it.refusals as refusal:
        findings.append(Finding("data", State.FAILS, str(refusal), "Mend the file it names."))
    if house is not None:
        for what, look in LOOKS.items():
            said = {one.found for one in findings}
            findings += [
                one for one in _looked(what, look, house, it.refusals) if one.found not in said
            ]
    _report(findings, as_json)


@app.command("site")
def one_site(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="The site's short name, such as demo-west.")],
    as_json: AsJson = False,
) -> None:
    """Look at one site: its file, protocol, own values, holidays and contacts.

    Example: patency check site demo-west
    """
    it = program(context)
    house = it.house()
    site = house.site(slug)
    findings = _looked(
        f"site {slug}", lambda built: check_sites.site(built, site), house, it.refusals
    )
    _report(findings, as_json)


def _looked(
    what: str,
    look: Callable[[House], Iterator[Finding]],
    house: House,
    refusals: tuple[type[Exception], ...],
) -> list[Finding]:
    """Return what one look found; a refusal on the way is a finding too."""
    found = []
    try:
        for finding in look(house):
            found.append(finding)
    except refusals as refusal:
        found.append(Finding(what, State.FAILS, str(refusal), "Do what it says, then check again."))
    return found


def _report(findings: list[Finding], as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"what": one.what, "state": one.state.value, "found": one.found, "do": one.do}
                for one in findings
            ]
        )
    else:
        out = console()
        for one in findings:
            head = Text(f"{one.state.value:<5} ", style=COLOURS[one.state])
            out.print(head.append(f"{one.what}: {one.found}", "default"))
            if one.do:
                out.print(Padding(Text(one.do, style="dim"), (0, 0, 0, 6), expand=False))
        counted = {state: sum(one.state is state for one in findings) for state in State}
        out.print(
            f"\n{counted[State.OK]} fine, {counted[State.LOOK]} to look at, "
            f"{counted[State.FAILS]} failing."
        )
    if any(one.state is State.FAILS for one in findings):
        raise typer.Exit(FAILED)
