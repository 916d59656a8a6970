"""The cycle ribbon: one cycle as a strip of days, drawn as SVG, with a text that says the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from patency.core.booking.window import WindowDay
from patency.doors.web.words import day_words

WIDTH, TOP, HEIGHT = 36, 26, 34
DAYS = 18  # as many as the window explains


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the ribbon."""

    x: int
    day: date
    cycle_day: int
    kind: str
    """bleeding, suits, closed or other."""
    mark: str
    """test, exam or nothing."""
    is_today: bool

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2

    @property
    def weekday(self) -> str:
        return "MTWTFSS"[self.day.weekday()]


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The days, and the sentence for those who do not see them."""

    cells: tuple[Cell, ...]
    text: str

    @property
    def width(self) -> int:
        return WIDTH * len(self.cells)

    @property
    def risk(self) -> str:
        """The wedge that thickens towards ovulation."""
        base = TOP + HEIGHT + 14
        return f"0,{base} {self.width},{base - 5} {self.width},{base + 5}"


def ribbon(
    start: date,
    bleeding_ended: date | None,
    today: date,
    window: Mapping[date, WindowDay],
    usable: frozenset[date],
    marks: Mapping[date, str],
) -> Ribbon:
    """Return the ribbon of the cycle that began on ``start``.

    ``window`` are the days explained (from today on), ``usable`` those on which she can be
    examined, ``marks`` her test and her examination.
    """
    cells = []
    for number in range(DAYS):
        day = start + timedelta(days=number)
        found = window.get(day)
        # Before she has told the end, bleeding is only known up to today.
        bleeds = day <= (bleeding_ended or min(today, start + timedelta(days=7)))
        if bleeds:
            kind = "bleeding"
        elif found is not None and found.closed:
            kind = "closed"
        elif found is not None and day in usable and not found.still_to_ask:
            kind = "suits"
        else:
            kind = "other"
        cells.append(Cell(number * WIDTH, day, number + 1, kind, marks.get(day, ""), day == today))
    return Ribbon(tuple(cells), _text(start, bleeding_ended, cells, window, marks))


def _text(
    start: date,
    ended: date | None,
    cells: list[Cell],
    window: Mapping[date, WindowDay],
    marks: Mapping[date, str],
) -> str:
    said = [f"Bleeding from {day_words(start)}"]
    said[0] += f" to {day_words(ended)}." if ended else "; its last day is not told yet."
    suits = [day_words(cell.day) for cell in cells if cell.kind == "suits"]
    said.append(f"Days that suit: {', '.join(suits) or 'none'}.")
    closed = [
        f"{day_words(cell.day)} ({window[cell.day].closed})"
        for cell in cells
        if cell.kind == "closed"
    ]
    if closed:
        said.append(f"Closed: {', '.join(closed)}.")
    said += [f"{name.capitalize()}: {day_words(day)}." for day, name in sorted(marks.items())]
    return " ".join(said)
