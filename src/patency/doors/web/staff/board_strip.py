"""The cycle ribbon one row high, as the day board draws it: what is known, without judging days."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from patency.core.calendar.legal import YearMissing
from patency.doors.web.words import day_words
from patency.records.models.visit import Period

WIDTH, DAYS, MOST = 14, 14, 24
BLEEDS_AT_MOST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Spot:
    """One day."""

    x: int
    kind: str
    """bleeding, closed or other."""
    mark: str
    """test, exam or nothing."""
    is_day: bool

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True, slots=True)
class BoardStrip:
    """The days of her cycle, and the sentence for those who do not see them."""

    spots: tuple[Spot, ...]
    text: str

    @property
    def width(self) -> int:
        return WIDTH * len(self.spots)


def board_strip(
    period: Period,
    booked: Mapping[date, str],
    day: date,
    closed: Callable[[date], str | None],
) -> BoardStrip:
    """Return the cycle from its first day to at least ``day``, the flag on ``day``."""
    start, ended = period.start, period.bleeding_ended
    count = min(max(DAYS, (day - start).days + 2), MOST)
    last = ended or min(day, start + BLEEDS_AT_MOST)
    spots = []
    for number in range(count):
        each = start + timedelta(days=number)
        kind = "bleeding" if each <= last else "closed" if _is_closed(closed, each) else "other"
        mark = {"clinic_visit": "test", "exam": "exam"}.get(booked.get(each, ""), "")
        spots.append(Spot(number * WIDTH, kind, mark, each == day))
    return BoardStrip(tuple(spots), _text(period, booked, day))


def _is_closed(closed: Callable[[date], str | None], day: date) -> bool:
    try:
        return closed(day) is not None
    except YearMissing:
        return False


def _text(period: Period, booked: Mapping[date, str], day: date) -> str:
    said = [
        _("Day %(number)s of her cycle, which began on %(day)s.")
        % {"number": (day - period.start).days + 1, "day": day_words(period.start)}
    ]
    if period.bleeding_ended is not None:
        said.append(_("Bleeding ended on %(day)s.") % {"day": day_words(period.bleeding_ended)})
    names = {"clinic_visit": _("Test: %(day)s."), "exam": _("Examination: %(day)s.")}
    said += [names[kind] % {"day": day_words(when)} for when, kind in sorted(booked.items())]
    return " ".join(said)
