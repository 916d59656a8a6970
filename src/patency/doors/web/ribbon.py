"""The cycle ribbon: one cycle as a strip of days, drawn as SVG, with a text that says the same.

Before the period has started it is a forecast (``forecast_ribbon``): each day as likely as it is
drawn dark.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patency.core.booking.window import WindowDay
from patency.core.cycle.forecast import CycleForecast, exam_days
from patency.doors.web.languages import spoken
from patency.doors.web.words import day_words

WIDTH, HEIGHT = 32, 92
"""Of a day in the drawing, and of a row of days."""
IN_A_ROW = 9
DAYS = 18  # as many as the window explains
LIKELY = 0.8
LEAST = 0.05
"""Our choice: what is rarer than once in twenty cycles is not drawn."""
STEPS = 4
"""How many shades a forecast has."""
ONE_DAY = timedelta(days=1)

MARKS: Mapping[str, str | Promise] = {
    "test": gettext_lazy("Test: {day}."),
    "exam": gettext_lazy("Examination: {day}."),
    "test-planned": gettext_lazy("Test, not booked yet: {day}."),
    "exam-planned": gettext_lazy("Examination, not booked yet: {day}."),
    "kept": gettext_lazy("A place is kept: {day}."),
}

MAY: Mapping[str, str | Promise] = {
    "may-bleed": gettext_lazy("Days on which you may bleed: {days}."),
    "may-suit": gettext_lazy("Days that may suit: {days}."),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the ribbon."""

    x: int
    day: date
    cycle_day: int
    kind: str
    """bleeding, suits, closed or other; of a forecast also may-bleed and may-suit."""
    mark: str
    """One of ``MARKS``, or nothing."""
    is_today: bool
    y: int = 0
    shade: int = STEPS
    """How sure it is, from 1 to ``STEPS``; what is known is as sure as can be."""
    risk: float = 0.0
    """The share of cycles like hers in which ovulation has come by this day."""

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2

    @property
    def weekday(self) -> str:
        return spoken().weekdays_short[self.day.weekday()]

    @property
    def wedge(self) -> str:
        """The line under this day, as thick as the risk."""
        base, half = self.y + 76, 0.75 + 6 * self.risk
        right = self.x + WIDTH
        return f"{self.x},{base - half:.1f} {right},{base - half:.1f} " + (
            f"{right},{base + half:.1f} {self.x},{base + half:.1f}"
        )


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The days, and the sentence for those who do not see them."""

    cells: tuple[Cell, ...]
    text: str
    ident: str = "ribbon"
    """Tells the ribbons of one page apart."""
    is_forecast: bool = False

    @property
    def width(self) -> int:
        return WIDTH * min(IN_A_ROW, len(self.cells))

    @property
    def height(self) -> int:
        return HEIGHT * (-(-len(self.cells) // IN_A_ROW)) if self.cells else 0

    @property
    def kinds(self) -> frozenset[str]:
        """What is drawn, so that the key names that and nothing else."""
        found = {cell.kind for cell in self.cells} | {cell.mark for cell in self.cells}
        if any(cell.is_today for cell in self.cells):
            found.add("today")
        return frozenset(found - {""})


def ribbon(
    start: date,
    bleeding_ended: date | None,
    today: date,
    window: Mapping[date, WindowDay],
    usable: frozenset[date],
    marks: Mapping[date, str],
    risk: Mapping[int, float] | None = None,
    ident: str = "ribbon",
) -> Ribbon:
    """Return the ribbon of the cycle that began on ``start``.

    ``window`` are the days explained (from today on), ``usable`` those on which she can be
    examined, ``marks`` her test and her examination, ``risk`` for each day of the cycle the share
    of cycles in which ovulation has come by then.
    """
    cells = []
    for number, day in enumerate(_days(start, DAYS)):
        found = window.get(day)
        # Before she has told the end, bleeding is only known up to today.
        bleeds = day <= (bleeding_ended or min(today, start + 7 * ONE_DAY))
        if bleeds:
            kind = "bleeding"
        elif found is not None and found.closed:
            kind = "closed"
        elif found is not None and day in usable:
            kind = "may-suit" if found.still_to_ask else "suits"
        else:
            kind = "other"
        cells.append(
            _cell(
                number,
                day,
                kind,
                marks.get(day, ""),
                today,
                risk=(risk or {}).get(number + 1, 0.0),
            )
        )
    closed = {day: each.closed for day, each in window.items() if each.closed}
    return Ribbon(tuple(cells), _text(start, bleeding_ended, cells, closed, risk or {}), ident)


def forecast_ribbon(
    found: CycleForecast,
    today: date,
    closed: Mapping[date, str],
    *,
    first_day: int,
    last_day: int,
    ident: str = "forecast",
) -> Ribbon:
    """Return the ribbon of a cycle that has not begun: what may be, the darker the likelier.

    ``closed`` are the days on which no examinations are made, with why; ``first_day`` and
    ``last_day`` the protocol's days after bleeding.
    """
    earliest, latest = found.likely_start(LIKELY)
    suit = {
        each.day: each.in_window
        for each in exam_days(found, first_day=first_day, last_day=last_day)
        if each.in_window >= LEAST
    }
    cells = []
    for number, day in enumerate(_days(earliest, DAYS)):
        bleeds = found.next_start.by(day) - found.next_bleeding_end.by(day - ONE_DAY)
        if bleeds >= max(LEAST, suit.get(day, 0.0)):
            kind, share = "may-bleed", bleeds
        elif day in closed:
            kind, share = "closed", 1.0
        elif day in suit:
            kind, share = "may-suit", suit[day]
        else:
            kind, share = "other", 1.0
        cells.append(
            _cell(
                number,
                day,
                kind,
                "",
                today,
                shade=max(1, min(STEPS, 1 + int(share * STEPS))),
                risk=found.next_ovulation.by(day),
            )
        )
    return Ribbon(
        tuple(cells), _forecast_text(earliest, latest, cells, closed), ident, is_forecast=True
    )


def likely_words(earliest: date, latest: date) -> str:
    """Return a forecast as words: a range of days and how often it holds, never one date."""
    if earliest == latest:
        return _("most likely on {day}; about 4 times in 5").format(day=day_words(earliest))
    return _("most likely between {first} and {last}; about 4 times in 5").format(
        first=day_words(earliest), last=day_words(latest)
    )


def spans(days: Iterable[date]) -> list[str]:
    """Return days in words, neighbours together: "Monday 15 to Friday 19 September"."""
    runs: list[list[date]] = []
    for day in sorted(set(days)):
        if runs and day == runs[-1][-1] + ONE_DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [
        day_words(run[0])
        if len(run) == 1
        else _("{first} to {last}").format(first=day_words(run[0]), last=day_words(run[-1]))
        for run in runs
    ]


def _days(first: date, many: int) -> Iterator[date]:
    return (first + number * ONE_DAY for number in range(many))


def _cell(
    number: int,
    day: date,
    kind: str,
    mark: str,
    today: date,
    *,
    shade: int = STEPS,
    risk: float = 0.0,
) -> Cell:
    row, column = divmod(number, IN_A_ROW)
    return Cell(
        x=column * WIDTH,
        y=row * HEIGHT,
        day=day,
        cycle_day=number + 1,
        kind=kind,
        mark=mark,
        is_today=day == today,
        shade=shade,
        risk=risk,
    )


def _text(
    start: date,
    ended: date | None,
    cells: list[Cell],
    closed: Mapping[date, str],
    risk: Mapping[int, float],
) -> str:
    if ended:
        said = [
            _("Bleeding from {first} to {last}.").format(
                first=day_words(start), last=day_words(ended)
            )
        ]
    else:
        said = [
            _("Bleeding from {first}; its last day is not told yet.").format(first=day_words(start))
        ]
    suits = [cell.day for cell in cells if cell.kind == "suits"]
    said.append(
        _("Days that suit: {days}.").format(days=spoken().listed(spans(suits)))
        if suits
        else _("No day suits for sure.")
        if any(cell.kind == "may-suit" for cell in cells)
        else _("No day suits.")
    )
    said += _may_text(cells, "may-suit")
    said += _closed_text(cells, closed)
    said += _marks_text(cells)
    last = suits[-1] if suits else cells[-1].day
    share = risk.get((last - start).days + 1)
    if share is not None:
        said.append(
            _("By {day} ovulation has come in about {count} of 100 cycles.").format(
                day=day_words(last), count=round(100 * share)
            )
        )
    return " ".join(said)


def _forecast_text(
    earliest: date, latest: date, cells: list[Cell], closed: Mapping[date, str]
) -> str:
    said = [
        _("A forecast: your next period begins {likely}.").format(
            likely=likely_words(earliest, latest)
        )
    ]
    said += [*_may_text(cells, "may-bleed"), *_may_text(cells, "may-suit")]
    said += _closed_text(cells, closed)
    return " ".join(said)


def _may_text(cells: list[Cell], kind: str) -> list[str]:
    days = [cell.day for cell in cells if cell.kind == kind]
    return [str(MAY[kind]).format(days=spoken().listed(spans(days)))] if days else []


def _closed_text(cells: list[Cell], closed: Mapping[date, str]) -> list[str]:
    days = [
        _("{day} ({why})").format(day=day_words(cell.day), why=closed[cell.day])
        for cell in cells
        if cell.kind == "closed"
    ]
    return [_("Closed: {days}.").format(days=spoken().listed(days))] if days else []


def _marks_text(cells: list[Cell]) -> list[str]:
    said = [str(MARKS[cell.mark]).format(day=day_words(cell.day)) for cell in cells if cell.mark]
    said += [_("Today: {day}.").format(day=day_words(cell.day)) for cell in cells if cell.is_today]
    return said
