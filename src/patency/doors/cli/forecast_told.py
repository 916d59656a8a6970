"""How a forecast is told on the command line: a line a woman, or all of its days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from patency.core.cycle.chances import DayChances
from patency.core.cycle.diary import Period, period_diary
from patency.core.cycle.forecast import (
    LIKELIER,
    CannotForecast,
    CycleForecast,
    exam_days,
)
from patency.core.cycle.forecast import forecast as forecast_next
from patency.core.cycle.model import CycleModel
from patency.core.cycle.predict import next_cycle
from patency.core.study.forecasting.histories import History

LEVELS = (50, 80, 95)
# Chances below these are not listed day by day; ranges count them all.
LEAST_CHANCE_LISTED, LEAST_CHANCE_SHOWN = 0.001, 0.05


@dataclass(frozen=True, slots=True)
class Told:
    """One woman of the table, and what is forecast for her."""

    woman: str
    cycles: int
    found: CycleForecast | CannotForecast
    skipped: tuple[int, ...]
    """The lengths in the table that are likelier two cycles than one, in days."""


def forecast_of(model: CycleModel, history: History, start: date, today: date) -> Told:
    """Return the forecast of a woman whose latest period began on ``start``."""
    lengths = history.lengths
    found = forecast_next(
        model,
        period_diary([Period(start)], today=today),
        today=today,
        told_lengths=lengths,
        told_bleeding_days=history.bleeding_days,
    )
    chances = next_cycle(model, lengths, (True,) * len(lengths)).told_skipped
    skipped = (length for length, chance in zip(lengths, chances, strict=True) if chance > LIKELIER)
    return Told(history.woman, len(lengths), found, tuple(skipped))


def as_data(told: Told, *, dated: bool, exam: tuple[int, int] | None) -> dict[str, Any]:
    """Return one forecast for a program.

    Days are dates, or else numbers: the next period so many days after the latest, bleeding and
    ovulation on such a day of the cycle, an examination so many days after the latest start.
    """
    about: dict[str, Any] = {"woman": told.woman, "cycles": told.cycles}
    found = told.found
    if isinstance(found, CannotForecast):
        cannot = {"why": found.why.value, "say": found.say, "instead": found.instead}
        return {**about, "cannot": cannot}
    start = found.last_start
    data = {
        **about,
        "cannot": None,
        "next_start": _spelt(found.next_start, start, dated=dated),
        "bleeding_end": _spelt(found.bleeding_end, start, dated=dated, first=1),
        "ovulation": _spelt(found.ovulation, start, dated=dated, first=1),
        "late": found.late.say if found.late else None,
        "told_skipped": list(told.skipped),
    }
    if exam:
        data["next_exam_days"] = [
            {
                "day": _day(one.day, start, dated=dated),
                "in_window": round(one.in_window, 4),
                "ovulated": round(one.ovulated, 4),
            }
            for one in exam_days(found, first_day=exam[0], last_day=exam[1])
            if one.in_window >= LEAST_CHANCE_LISTED
        ]
    return data


def _day(day: date, start: date, *, dated: bool, first: int = 0) -> date | int:
    return day if dated else (day - start).days + first


def _spelt(chances: DayChances, start: date, *, dated: bool, first: int = 0) -> dict[str, Any]:
    def told(day: date) -> date | int:
        return _day(day, start, dated=dated, first=first)

    return {
        "median": told(chances.median),
        **{str(level): [told(end) for end in chances.between(level / 100)] for level in LEVELS},
        "chances": {
            str(told(day)): round(chance, 5)
            for day, chance in chances.days()
            if chance >= LEAST_CHANCE_LISTED
        },
    }


def show_head(to: Console, model: CycleModel, told: Sequence[Told]) -> None:
    """Print whose forecasts follow, and what they rest on."""
    women = "1 woman" if len(told) == 1 else f"{len(told)} women"
    to.print(
        f"{women}. Numbers of {model.name}: {model.origin.cycles:,} cycles of "
        f"{model.origin.women} women ({model.origin.title}).\n"
    )


def show_table(to: Console, told: Sequence[Told]) -> None:
    """Print one line a woman, in days, and below it what has to be said beside the numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Woman", "Cycles", "Next 50 %", "80 %", "95 %", "Bleeding ends", "Ovulation"):
        table.add_column(title, no_wrap=True)
    for one in told:
        found = one.found
        if isinstance(found, CannotForecast):
            table.add_row(one.woman, str(one.cycles), *("–" for _ in range(5)))
            continue
        start = found.last_start
        table.add_row(
            one.woman,
            str(one.cycles),
            *(_span(found.next_start, start, level, dated=False) for level in LEVELS),
            _span(found.bleeding_end, start, 80, dated=False, first=1),
            _span(found.ovulation, start, 80, dated=False, first=1),
        )
    to.print(table)
    to.print(
        "\nThe next period so many days after the last; the end of bleeding and ovulation as days "
        "of the cycle that hold 80 %."
    )
    for one in told:
        for note in _notes(one):
            to.print(f"{one.woman}: {note}")


def show_in_full(to: Console, told: Told, exam: tuple[int, int], *, dated: bool) -> None:
    """Print all of one woman's forecast."""
    cycles = "1 cycle" if told.cycles == 1 else f"{told.cycles} cycles"
    to.print(f"{told.woman}: {cycles}", style="bold", markup=False)
    found = told.found
    if not isinstance(found, CannotForecast):
        start = found.last_start
        after = "" if dated else " days after the last"
        for level in LEVELS:
            to.print(
                f"  next period    {_span(found.next_start, start, level, dated=dated)}{after} "
                f"({level} %)"
            )
        day = "" if dated else "day "
        for name, chances in (
            ("bleeding ends", found.bleeding_end),
            ("ovulation", found.ovulation),
        ):
            to.print(f"  {name:<14} {day}{_span(chances, start, 80, dated=dated, first=1)} (80 %)")
    for note in _notes(told):
        to.print(f"  {note}")
    if not isinstance(found, CannotForecast):
        _show_days(to, found, exam, dated=dated)


def _notes(told: Told) -> list[str]:
    found = told.found
    if isinstance(found, CannotForecast):
        return [f"{found.say} {found.instead}"]
    notes = [found.late.say] if found.late else []
    if told.skipped:
        lengths = " and ".join(str(length) for length in told.skipped)
        notes.append(f"{lengths} days are likelier two cycles: a start seems to be missing.")
    return notes


def _span(chances: DayChances, start: date, level: int, *, dated: bool, first: int = 0) -> str:
    """Return the middle days of a level, such as ``27–31``, or their dates."""
    low, high = chances.between(level / 100)
    if not dated:
        ends = [str(_day(day, start, dated=False, first=first)) for day in (low, high)]
        return ends[0] if low == high else "–".join(ends)
    return str(low) if low == high else f"{low} to {high}"


def _show_days(to: Console, found: CycleForecast, exam: tuple[int, int], *, dated: bool) -> None:
    first, last = exam
    to.print(f"  next window for the examination, days {first} to {last} after bleeding:\n")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Date" if dated else "Days after the start", "In the window", "Ovulated by then"):
        table.add_column(title, justify="right")
    for one in exam_days(found, first_day=first, last_day=last):
        if one.in_window >= LEAST_CHANCE_SHOWN:
            when = _day(one.day, found.last_start, dated=dated)
            table.add_row(str(when), f"{one.in_window:.0%}", f"{one.ovulated:.1%}")
    to.print(table)
