"""``patency study``: what a day policy would have meant for real cycles."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from patency.core.document import WEEKDAYS
from patency.core.facts import did_you_mean
from patency.core.protocol.model import Protocol
from patency.core.protocol.rulebook import rulebook_with
from patency.core.study.cycles import RealCycle, RealCycles, parse_cycles
from patency.core.study.day_policy import (
    DayPolicy,
    Figures,
    Key,
    Plans,
    ProtocolPolicy,
    figures,
    keys_of,
    on_or_after_ovulation,
)
from patency.doors.cli.program import Refused, console, print_json, program

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Study what the rules would have meant for real data.")

CAP, WEEKENDS = "cycle_day_cap", "weekends"
FIRST_DAY, LAST_DAY = "exam_days_after_bleeding_min", "exam_days_after_bleeding_max"
CAPS_STUDIED = (10, 11, 12)
DAYS_BY_HAND: Mapping[str, str] = {
    "--visit-days": "2-3",
    "--exam-after-test": "1-2",
    "--exam-days": "3-7",
}
WORKING_WEEK, WHOLE_WEEK = "mon-fri", "mon-sun"
LONGEST_RANGE = 60
LEGEND = """
hindsight   no plan, if the exam must also precede the estimated ovulation day
approved    no plan, even if a clinician approves the days one may approve
days        usable days in the mean
late        of the usable days, those on or after the estimated ovulation day
first late  the same of each cycle's earliest usable day"""


def register(parent: typer.Typer, panel: str) -> None:
    """Put the commands of this room into the command line."""
    parent.add_typer(app, name="study", rich_help_panel=panel)


@app.callback()
def study() -> None:
    """Study what the rules would have meant for real data."""


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one policy, and what sets it apart from the others."""

    about: Mapping[str, Any]
    found: Figures


@app.command()
def windows(
    context: typer.Context,
    csv: Annotated[
        Path,
        typer.Argument(
            metavar="CSV",
            help="Real cycles: columns ClientID, CycleNumber, LengthofCycle, LengthofMenses and "
            "EstimatedDayofOvulation, in any order and among others.",
        ),
    ],
    visit_days: Annotated[
        str, typer.Option(metavar="A-B", help="Days of the visit with the test (default 2-3).")
    ] = "",
    exam_after_test: Annotated[
        str, typer.Option(metavar="A-B", help="Days from the test to the exam (default 1-2).")
    ] = "",
    exam_days: Annotated[
        str, typer.Option(metavar="A-B", help="Days of the examination (default 3-7).")
    ] = "",
    lab_weekdays: Annotated[
        str,
        typer.Option(
            metavar="DAYS",
            help="Weekdays on which visits and tests are done, such as mon-sat or mon,wed,fri "
            "(default mon-fri, or what the protocol says).",
        ),
    ] = "",
    exam_weekdays: Annotated[
        str, typer.Option(metavar="DAYS", help="Weekdays on which examinations are done.")
    ] = "",
    before_ovulation: Annotated[
        bool,
        typer.Option(
            "--before-ovulation",
            help="Also ask that the exam precede the estimated ovulation day: hindsight, which no "
            "clinic has. Both figures are always printed; this chooses the one on top.",
        ),
    ] = False,
    protocol: Annotated[
        str,
        typer.Option(metavar="P", help="Take the days from a protocol, such as hsg/2026-1."),
    ] = "",
    cap: Annotated[
        list[int] | None,
        typer.Option(
            metavar="N", help="A last cycle day to try; repeat it (default 10, 11 and 12)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program to read.")] = False,
) -> None:
    """Count over all cycles × weekdays how often a day policy leaves no plan.

    Days count after bleeding ended: day 1 is the day after it. A plan is a day for the visit with
    the test and a later day for the examination. Shares are fractions from 0 to 1 in JSON, per
    cent on the terminal. Rows without the length of bleeding or the day of ovulation are left out,
    and counted. With --protocol the days come from its timing rules, asked day by day.

    Example: patency study windows cycles.csv --visit-days 2-5 --lab-weekdays mon-sat
    """
    by_hand = dict(zip(DAYS_BY_HAND, (visit_days, exam_after_test, exam_days), strict=True))
    if protocol:
        refuse_days_by_hand(protocol, by_hand)
    elif cap:
        raise Refused("--cap is a number of a protocol. Name one with --protocol, or leave it out.")
    cycles = read_cycles(csv)
    if protocol:
        version = program(context).house().protocol(protocol)
        rows = by_protocol(cycles, version, tuple(cap or ()), lab_weekdays, exam_weekdays)
        days = days_of(version)
    else:
        policy = day_policy(by_hand, lab_weekdays, exam_weekdays)
        rows = [by_days(cycles, policy)]
        days = range(policy.exam_days[0], policy.exam_days[1] + 1)
    data = as_data(cycles, rows, days, protocol, hindsight=before_ovulation)
    if as_json:
        print_json(data)
    else:
        show(console(), cycles, rows, data, hindsight=before_ovulation)


# ---------------------------------------------------------------- what was asked


def refuse_days_by_hand(protocol: str, by_hand: Mapping[str, str]) -> None:
    """Return nothing, or raise ``Refused`` when days are given twice, by hand and by protocol."""
    given = [option for option, value in by_hand.items() if value]
    if given:
        raise Refused(
            f"{', '.join(given)} cannot stand beside --protocol: the days then come from "
            f"{protocol} itself. Leave out one of the two."
        )


def day_policy(by_hand: Mapping[str, str], lab: str, exam: str) -> DayPolicy:
    """Return the policy of the options, each checked."""
    visit, after, days = (
        day_range(option, by_hand[option] or default) for option, default in DAYS_BY_HAND.items()
    )
    return DayPolicy(
        visit,
        after,
        days,
        weekdays("--lab-weekdays", lab or WORKING_WEEK),
        weekdays("--exam-weekdays", exam or WORKING_WEEK),
    )


def day_range(option: str, raw: str) -> tuple[int, int]:
    """Return the ends of ``3-7`` or ``3``. Raises ``Refused``."""
    first, dash, last = raw.strip().partition("-")
    ends = [first, last if dash else first]
    if not all(end.isascii() and end.isdigit() and int(end) <= LONGEST_RANGE for end in ends):
        raise Refused(
            f"{option}: {raw!r} is not a range of days such as 3-7, or one day such as 3, from 0 "
            f"to {LONGEST_RANGE}. Write it so."
        )
    low, high = int(ends[0]), int(ends[1])
    if high < low:
        raise Refused(f"{option}: {raw!r} ends before it begins. Write {high}-{low}.")
    return low, high


def weekdays(option: str, raw: str) -> frozenset[int]:
    """Return the weekdays of ``mon-fri``, ``mon,wed`` or ``sat-mon``. Raises ``Refused``."""
    found: set[int] = set()
    for part in raw.lower().split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        for name in (first, last) if dash else (first,):
            if name not in WEEKDAYS:
                raise Refused(
                    f"{option}: {name!r} is not a weekday; there are {', '.join(WEEKDAYS)}."
                    f"{did_you_mean(name, WEEKDAYS)} Write a range such as mon-fri or a list such "
                    "as mon,wed,fri."
                )
        start = WEEKDAYS.index(first)
        count = (WEEKDAYS.index(last) - start) % len(WEEKDAYS) if dash else 0
        found |= {(start + ahead) % len(WEEKDAYS) for ahead in range(count + 1)}
    return frozenset(found)


def read_cycles(path: Path) -> RealCycles:
    """Return the cycles of a file. Raises ``Refused`` or ``CyclesRefused``."""
    return read_table(path, parse_cycles)


def read_table(path: Path, parse: Callable[[Iterable[str], str], T]) -> T:
    """Return what ``parse`` makes of the lines of a CSV file and its name. Raises ``Refused``."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return parse(lines, path.name)
    except OSError as error:
        raise Refused(
            f"{path}: cannot be read ({error.strerror}). Name a CSV file of cycles."
        ) from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name}: is not UTF-8 text. Save it as CSV in UTF-8.") from error


# ---------------------------------------------------------------- what it means


def by_days(cycles: RealCycles, policy: DayPolicy) -> Row:
    """Return the figures of days given by hand."""
    return Row({}, measured(cycles.counted, policy.plans, False, "days by hand"))


def by_protocol(
    cycles: RealCycles, protocol: Protocol, caps: tuple[int, ...], lab: str, exam: str
) -> list[Row]:
    """Return the figures of a protocol at each cap; the one on top is the protocol as shipped.

    At each cap once asking for her shortest cycle, as the protocol does, and once not.
    """
    usual = WHOLE_WEEK if protocol.values().get(WEEKENDS) == "open" else WORKING_WEEK
    lab_open = weekdays("--lab-weekdays", lab or usual)
    exam_open = weekdays("--exam-weekdays", exam or usual)
    shipped = protocol.values().get(CAP)
    if shipped is None and caps:
        raise Refused(
            f"Protocol {protocol.version} has no {CAP}, so there is no cap to try. Leave --cap out."
        )
    tried: list[int | None] = [None] if shipped is None else [*(caps or CAPS_STUDIED)]
    # As shipped comes first.
    tried.sort(key=lambda one: one != shipped)
    rows = []
    for one in tried:
        book = rulebook_with(protocol, {} if one is None else {CAP: one})
        for asks in (True, False):
            policy = ProtocolPolicy(book, asks, lab_open, exam_open)
            about = {**({} if one is None else {CAP: one}), "asks_shortest_cycle": asks}
            name = f"cap {one}" if one is not None else protocol.version
            rows.append(Row(about, measured(cycles.counted, policy.plans, asks, name)))
    return rows


def measured(
    cycles: tuple[RealCycle, ...], plans_of: Callable[[Key], Plans], asks: bool, name: str
) -> Figures:
    """Return the figures of a policy, saying on stderr how far it is."""
    keys = keys_of(cycles, asks_shortest_cycle=asks)
    beside = Console(stderr=True)
    shown = track(
        keys, description=name, console=beside, transient=True, disable=not beside.is_terminal
    )
    return figures(cycles, {key: plans_of(key) for key in shown}, asks_shortest_cycle=asks)


def days_of(protocol: Protocol) -> range:
    """Return the days after bleeding that a protocol examines on."""
    values = protocol.values()
    first, last = values.get(FIRST_DAY, 3), values.get(LAST_DAY, 7)
    assert isinstance(first, int) and isinstance(last, int)
    return range(first, last + 1)


# ---------------------------------------------------------------- how it is told


def as_data(
    cycles: RealCycles, rows: list[Row], days: range, protocol: str, *, hindsight: bool
) -> dict[str, Any]:
    """Return the figures for a program: shares as fractions from 0 to 1."""
    first, *_ = rows
    return {
        "cycles": first.found.cycles,
        "women": cycles.women,
        "rows": cycles.rows,
        "rows_left_out": cycles.left_out,
        **({"protocol": protocol, **first.about} if protocol else {}),
        "before_ovulation": hindsight,
        **_told(first.found, hindsight),
        "on_or_after_ovulation_share": {
            str(day): round(share, 6)
            for day, share in on_or_after_ovulation(cycles.counted, days).items()
        },
        **(
            {"at": [{**row.about, **_told(row.found, hindsight)} for row in rows]}
            if protocol
            else {}
        ),
    }


def _told(found: Figures, hindsight: bool) -> dict[str, float | None]:
    told = {
        "no_plan_share": found.no_plan_share_before_ovulation if hindsight else found.no_plan_share,
        "usable_days_mean": (
            found.usable_days_mean_before_ovulation if hindsight else found.usable_days_mean
        ),
        "no_plan_share_without_hindsight": found.no_plan_share,
        "no_plan_share_before_ovulation": found.no_plan_share_before_ovulation,
        "no_plan_share_with_approval": found.no_plan_share_with_approval,
        "usable_on_or_after_ovulation_share": found.usable_on_or_after_ovulation_share,
        "earliest_on_or_after_ovulation_share": found.earliest_on_or_after_ovulation_share,
    }
    return {name: value if value is None else round(value, 6) for name, value in told.items()}


def show(
    to: Console, cycles: RealCycles, rows: list[Row], data: Mapping[str, Any], *, hindsight: bool
) -> None:
    """Print the figures for a person."""
    to.print(
        f"{len(cycles.counted):,} cycles of {cycles.women} women, each begun on all 7 weekdays; "
        f"{cycles.left_out:,} of {cycles.rows:,} rows left out, because the length of bleeding or "
        "the day of ovulation is blank."
    )
    share = data["no_plan_share"]
    asked = ", asking with hindsight that the exam come before ovulation" if hindsight else ""
    to.print(
        f"No plan in {_percent(share)} of cycles{asked}; {data['usable_days_mean']:.2f} usable "
        "days in the mean.\n"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    if rows[0].about:
        table.add_column("Cap", justify="right")
        table.add_column("Shortest cycle")
    approval = ("approved",) if rows[0].about else ()
    for title in ("No plan", "hindsight", *approval, "Days", "late", "first late"):
        table.add_column(title, justify="right")
    for row in rows:
        about = row.about
        asks = "counts" if about.get("asks_shortest_cycle") else "not asked"
        table.add_row(
            *([str(about.get(CAP, "–")), asks] if about else []),
            _percent(row.found.no_plan_share),
            _percent(row.found.no_plan_share_before_ovulation),
            *([_percent(row.found.no_plan_share_with_approval)] if about else []),
            f"{row.found.usable_days_mean:.2f}",
            _percent(row.found.usable_on_or_after_ovulation_share, 2),
            _percent(row.found.earliest_on_or_after_ovulation_share, 2),
        )
    to.print(table)
    to.print(LEGEND)
    shares = data["on_or_after_ovulation_share"].items()
    to.print(
        "\nCycles that have ovulated by each day after bleeding: "
        + ", ".join(f"day {day} {_percent(one)}" for day, one in shares)
        + "."
    )


def _percent(share: float | None, places: int = 1) -> str:
    return "–" if share is None else f"{share * 100:.{places}f} %"
