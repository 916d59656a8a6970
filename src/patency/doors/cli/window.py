"""``patency window``: every day of one cycle as a day for the examination, open or why not."""

from datetime import date, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from patency.core.booking.window import ExamWindow, WindowDay, exam_window
from patency.core.calendar.open_days import DAY_NAMES
from patency.core.facts import FactValue
from patency.core.protocol.rulebook import Rulebook
from patency.doors.cli.decide import check_order
from patency.doors.cli.openings import NO_SITE, openings_of
from patency.doors.cli.program import (
    Refused,
    console,
    parse_day,
    print_json,
    program,
    rulebook_for,
)

# The table ends here unless a later day can still be opened; it closes no day.
LAST_CYCLE_DAY_SHOWN = 14


def command(
    context: typer.Context,
    period_start: Annotated[
        date, typer.Option(metavar="DAY", parser=parse_day, help="First day of the period.")
    ],
    bleeding_ended: Annotated[
        date, typer.Option(metavar="DAY", parser=parse_day, help="Last day of bleeding.")
    ],
    shortest_cycle: Annotated[
        int | None, typer.Option(metavar="N", help="Her shortest recent cycle, in days.")
    ] = None,
    longest_cycle: Annotated[
        int | None, typer.Option(metavar="N", help="Her longest recent cycle, in days.")
    ] = None,
    test_passed: Annotated[
        date | None,
        typer.Option(
            metavar="DAY", parser=parse_day, help="Day of a leucorrhoea test already passed."
        ),
    ] = None,
    site: Annotated[
        str, typer.Option(metavar="S", help="The site whose open days and values count.")
    ] = "",
    protocol: Annotated[
        str, typer.Option(metavar="P", help="A protocol version, such as hsg/2026-1.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Explain each day of a cycle: may the examination be then, and if not, why not.

    Days are calendar days such as 2025-09-29; cycle lengths are days. Day 1 of the cycle is the
    first day of the period; day 1 after bleeding is the day after its last day.

    Example: patency window --period-start 2025-09-22 --bleeding-ended 2025-09-26
    --shortest-cycle 27 --site demo-west
    """
    house = program(context).house()
    book = rulebook_for(house, protocol, site)
    check_days(period_start, bleeding_ended, test_passed)
    facts = known_facts(
        book,
        {
            "period_start": period_start,
            "bleeding_ended": bleeding_ended,
            "shortest_cycle_days": shortest_cycle,
            "longest_cycle_days": longest_cycle,
            "test_passed_on": test_passed,
        },
    )
    check_order(facts, "the command line")
    window = exam_window(book, facts, openings_of(house, site))
    days = shown_days(window, bleeding_ended)
    if as_json:
        print_json(as_data(book, site, window, days))
    else:
        show(console(), book, site, window, days)


def check_days(period_start: date, bleeding_ended: date, test_passed: date | None) -> None:
    """Return nothing, or raise ``Refused`` for days in an order that cannot be."""
    if bleeding_ended < period_start:
        raise Refused(
            f"Bleeding ends before it starts: --bleeding-ended is {bleeding_ended}, --period-start "
            f"is {period_start}. The last day of bleeding is the first day or a later one; correct "
            "the day that is wrong."
        )
    if test_passed is not None and test_passed < period_start:
        raise Refused(
            f"A test passed on {test_passed} is of an earlier cycle than the one that began on "
            f"{period_start}. Leave --test-passed out; the test is done again in this cycle."
        )


def known_facts(book: Rulebook, asked: dict[str, object]) -> dict[str, FactValue]:
    """Return what was told, checked as every fact is; what this protocol never asks is left out."""
    catalogue = book.protocol.facts
    return catalogue.read(
        {name: value for name, value in asked.items() if name in catalogue},
        where="the command line",
    )


def shown_days(window: ExamWindow, bleeding_ended: date) -> list[WindowDay]:
    """Return the days worth explaining: after the last bleeding, while something may still open."""
    possible = [day.day for day in window.days if day.is_open or day.opens_with_approval]
    last = max(possible, default=window.days[0].day)
    shown = [
        day
        for day in window.days
        if day.day > bleeding_ended and (day.cycle_day <= LAST_CYCLE_DAY_SHOWN or day.day <= last)
    ]
    # After a very long bleeding nothing is left; the last day then says why.
    return shown or list(window.days[-1:])


def why_not(day: WindowDay) -> list[str]:
    """Return every reason against a day, in the protocol's words, the calendar's first."""
    closed = [f"No examinations on this day: {day.closed}."] if day.closed else []
    return closed + [reason.say for reason in day.reasons]


def as_data(book: Rulebook, site: str, window: ExamWindow, days: list[WindowDay]) -> dict[str, Any]:
    """Return a window as plain data with stable keys."""
    return {
        "site": site or None,
        "protocol": book.protocol.version,
        "days": [
            {
                "day": day.day,
                "weekday": DAY_NAMES[day.day.weekday()],
                "cycle_day": day.cycle_day,
                "days_after_bleeding": day.days_after_bleeding,
                "open": day.is_open,
                "approval": day.opens_with_approval,
                "why": why_not(day),
                "rules": [reason.rule.id for reason in day.reasons],
                "visit_days": list(day.visit_days),
            }
            for day in days
        ],
        "open_days": [day.day for day in window.usable()],
        "next_chance": next_chance(window) if window.is_empty else None,
        "still_to_ask": sorted({name for day in days for name in day.still_to_ask}),
    }


def next_chance(window: ExamWindow) -> dict[str, Any]:
    """Return what can be done when no day of this cycle is open."""
    return {
        "next_period_from": window.next_period_from,
        "next_period_to": window.next_period_to,
        "with_approval": [day.day for day in window.usable_with_approval()],
        "say": in_words(window),
    }


def in_words(window: ExamWindow) -> str:
    """Return the next chance as sentences."""
    approved = [day.day for day in window.usable_with_approval()]
    said = ""
    if approved:
        listed = ", ".join(f"{day} ({DAY_NAMES[day.weekday()]})" for day in approved)
        said = f"A clinician's approval would open {listed}. "
    first, last = window.next_period_from, window.next_period_to
    if first is None:
        return said + (
            "Otherwise the next cycle: from the first day of the next period on. When that may be "
            "cannot be said without her cycle lengths (--shortest-cycle, --longest-cycle)."
        )
    when = f"on {first}" if first == last else f"from {first} on"
    if last is not None and last > first:
        when = f"between {first} and {last}"
    return said + f"Otherwise the next cycle: her next period may start {when}."


def show(
    out: Console, book: Rulebook, site: str, window: ExamWindow, days: list[WindowDay]
) -> None:
    """Print a window for a person."""
    where = f" at {site}" if site else ""
    out.print(Text(f"Days for the examination{where} under {book.protocol.version}", style="bold"))
    if not site:
        out.print(Text(NO_SITE, style="yellow"))
    usable = {day.day for day in window.usable()}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Day", "Cycle day", "After bleeding", "Examination"):
        table.add_column(title, no_wrap=title != "Examination", overflow="fold")
    for day in days:
        table.add_row(
            f"{day.day} {DAY_NAMES[day.day.weekday()][:3]}",
            str(day.cycle_day),
            "" if day.days_after_bleeding is None else str(day.days_after_bleeding),
            _in_table(day, window.test_passed, day.day in usable),
        )
    out.print(table)
    out.print()
    if window.is_empty:
        out.print(Text("No day of this cycle is open.", style="bold yellow"))
        out.print(in_words(window))
    else:
        out.print(f"Open: {_spans(sorted(usable))}.")
    if asked := sorted({name for day in days for name in day.still_to_ask}):
        out.print(f"Not yet told, and it may still close days: {', '.join(asked)}.")


def _in_table(day: WindowDay, test_passed: bool, usable: bool) -> Text:
    if not day.is_open:
        style = "magenta" if day.opens_with_approval else "red"
        word = "open only with a clinician's approval" if day.opens_with_approval else "no"
        why = [f"{day.closed}."] if day.closed else []
        why += [reason.staff for reason in day.reasons]
        return Text.assemble((f"{word}: ", style), " ".join(why))
    if not usable:
        return Text.assemble(("no test before it: ", "red"), "no clinic visit day fits this day.")
    if test_passed:
        return Text("open", style="green")
    visits = _spans(list(day.visit_days))
    return Text.assemble(("open", "green"), f", with the clinic visit and test on {visits}")


def _spans(days: list[date]) -> str:
    """Return days as spans: ``2025-09-29 to 2025-10-01, 2025-10-09``."""
    spans: list[list[date]] = []
    for day in days:
        if spans and day - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    return ", ".join(
        str(span[0]) if len(span) == 1 else f"{span[0]} to {span[-1]}" for span in spans
    )
