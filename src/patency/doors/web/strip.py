"""The coming days of the clinic as one strip per woman, and the places of each day at the foot.

The cycle ribbon, one row high, on the days of the calendar: so that many women under one another
share their days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patency.core.booking.plan import Certainty
from patency.doors.web.languages import spoken
from patency.doors.web.ribbon import Cell, spans
from patency.doors.web.words import day_words
from patency.service.waits import Wait

WIDTH, FOOT = 24, 44
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Strip:
    """One woman's coming days, and the sentence for those who do not see them."""

    cells: tuple[Cell, ...]
    text: str

    @property
    def width(self) -> int:
        return WIDTH * len(self.cells)


@dataclass(frozen=True, slots=True)
class Bar:
    """The examination places of one day at the foot: how many there are, and how many are left."""

    x: int
    day: date
    places: int
    free: int
    closed: bool
    height: int
    """Of all places, in the units of the drawing."""
    taken_height: int

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2

    @property
    def top(self) -> int:
        return FOOT - self.height

    @property
    def taken_top(self) -> int:
        return FOOT - self.taken_height

    @property
    def weekday(self) -> str:
        return spoken().weekdays_short[self.day.weekday()]


def coming(today: date, days_ahead: int) -> list[date]:
    """Return today and the days after it."""
    return [today + ahead * ONE_DAY for ahead in range(days_ahead + 1)]


def strip(wait: Wait, days: Sequence[date], kept_on: date | None) -> Strip:
    """Return the strip of one woman; ``kept_on`` is the day a place is kept for her."""
    window = {day.day: day for day in (wait.window.days if wait.window is not None else ())}
    suits = {pair.exam_day for pair in wait.pairs}
    marks = _marks(wait, days[0], kept_on)
    expected = wait.certainty is Certainty.BLEEDING_EXPECTED
    cells = []
    for number, day in enumerate(days):
        found = window.get(day)
        after = found.days_after_bleeding if found is not None else None
        cycle_day = found.cycle_day if found is not None else 0
        if after is not None and after <= 0:
            kind = "expected" if expected else "bleeding"
        elif found is not None and found.closed:
            kind = "closed"
        elif day in suits:
            kind = "suits"
        else:
            kind = "other" if found is not None else "none"
        cells.append(Cell(number * WIDTH, day, cycle_day, kind, marks.get(day, ""), number == 0))
    return Strip(tuple(cells), _text(sorted(suits), marks))


def _marks(wait: Wait, today: date, kept_on: date | None) -> dict[date, str]:
    marks: dict[date, str] = {}
    row = wait.standing_plan(today)
    if row is not None:
        if row.test_day is not None and wait.test_booked is None:
            marks[row.test_day] = "test"
        if row.exam_day is not None:
            marks[row.exam_day] = "exam"
    if wait.test_booked is not None:
        marks[wait.test_booked] = "test-firm"
    if kept_on is not None:
        marks[kept_on] = "kept"
    return marks


NAMES: Mapping[str, str | Promise] = {
    "test": gettext_lazy("Test planned: {day}."),
    "exam": gettext_lazy("Examination planned: {day}."),
    "test-firm": gettext_lazy("Test booked: {day}."),
    "kept": gettext_lazy("Place kept: {day}."),
}


def _text(suits: Iterable[date], marks: Mapping[date, str]) -> str:
    days = spans(suits)
    said = [
        _("Days that suit: {days}.").format(days=spoken().listed(days))
        if days
        else _("No day suits.")
    ]
    said += [str(NAMES[name]).format(day=day_words(day)) for day, name in sorted(marks.items())]
    return " ".join(said)


def bars(days: Sequence[tuple[date, int, int, bool]]) -> tuple[Bar, ...]:
    """Return the foot: for each day its places, how many are free, and whether it is closed."""
    most = max((places for _, places, _, _ in days), default=0) or 1
    return tuple(
        Bar(
            number * WIDTH,
            day,
            places,
            free,
            closed,
            height=round(FOOT * places / most),
            taken_height=round(FOOT * (places - free) / most),
        )
        for number, (day, places, free, closed) in enumerate(days)
    )
