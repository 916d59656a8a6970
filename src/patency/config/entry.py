"""The command ``patency``: joins the house and hands it to the command line."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from patency.config.data import AlreadyReleased, freeze
from patency.config.environment import NotConfigured
from patency.config.wiring import house
from patency.core.access import NotPermitted
from patency.core.calendar.legal import YearMissing
from patency.core.document import DocumentRefused
from patency.core.facts import FactRefused
from patency.core.money import MoneyRefused
from patency.core.protocol.reading import DataRefused
from patency.core.protocol.rulebook import ParameterRefused
from patency.core.visit import MoveNotAllowed
from patency.doors.cli.app import app
from patency.doors.cli.program import Program, Refused
from patency.gateways.clock import ClockRefused
from patency.gateways.not_sent import NotSent
from patency.gateways.pdf import NotRendered
from patency.service.house import NotKnown

# Each of these says what happened, where, what is allowed and what to do: that is all a person
# at a terminal needs. Anything else is a fault of ours and may crash and be seen.
REFUSALS = (
    AlreadyReleased,
    ClockRefused,
    DataRefused,
    DocumentRefused,
    FactRefused,
    MoneyRefused,
    MoveNotAllowed,
    NotConfigured,
    NotKnown,
    NotPermitted,
    NotRendered,
    NotSent,
    ParameterRefused,
    Refused,
    YearMissing,
)
REFUSED = 2


def main() -> None:
    """Run the command line and leave with its code: 0, 1 when a check fails, 2 when refused."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of one command; a refusal is one message on stderr, never a trace."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "patency.config.settings")
    program = Program(house=house, freeze=freeze, refusals=REFUSALS, work=work)
    try:
        app(args=list(arguments), prog_name="patency", obj=program, standalone_mode=True)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except REFUSALS as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    return 0


def work(once: bool) -> None:
    """Do the work that waits: dispatch events and run jobs, once or until stopped."""
    jobs = import_module("patency.doors.jobs.worker")  # needs Django set up first
    jobs.run(house(), once=once)
