"""The command line: every command in the order a newcomer needs them."""

from importlib.metadata import version
from typing import Annotated

import typer

from patency.doors.cli import (
    advise,
    check,
    decide,
    demo,
    demo_clock,
    dicom,
    documents,
    forecast,
    nation,
    phantom,
    protocol,
    read,
    release,
    running,
    sign_ins,
    simulate,
    slots,
    study,
    trace,
    window,
)

LOOK, ASK, RUN, WORK = "Look around", "Ask the protocol", "Run the clinic", "Work on Patency"

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Runs a hysterosalpingography service: who may be examined, on which day, and what comes "
    "after. Start with `patency demo`, or with `patency decide --example booking`.",
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"patency {version('patency')}")
        raise typer.Exit


@app.callback()
def patency(
    shown: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Do nothing by itself; each command says what it does."""


demo.register(app, LOOK)
app.command("demo-clock", rich_help_panel=LOOK)(demo_clock.command)
app.command("decide", rich_help_panel=ASK)(decide.command)
app.command("window", rich_help_panel=ASK)(window.command)
app.add_typer(protocol.app, name="protocol", rich_help_panel=ASK)
trace.register(app, ASK)
study.register(app, ASK)
forecast.register(app, ASK)
app.command("simulate", rich_help_panel=ASK)(simulate.command)
app.command("advise", rich_help_panel=ASK)(advise.command)
app.command("read", rich_help_panel=ASK)(read.command)
app.command("phantom", rich_help_panel=ASK)(phantom.command)
app.command("plan-nation", rich_help_panel=ASK)(nation.command)
app.command("serve", rich_help_panel=RUN)(running.serve)
app.command("worker", rich_help_panel=RUN)(running.worker)
app.command("dicom", rich_help_panel=RUN)(dicom.serve)
app.command("emulator", rich_help_panel=RUN)(dicom.emulate)
slots.register(app, RUN)
release.register(app, RUN)
app.add_typer(check.app, name="check", rich_help_panel=RUN)
app.command("sign-in", rich_help_panel=RUN)(sign_ins.command)
app.command(
    "manage",
    rich_help_panel=RUN,
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)(running.manage)
app.command("docs", rich_help_panel=WORK)(documents.command)
