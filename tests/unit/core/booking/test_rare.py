"""How seldom she has a day: against the window itself, and in the line."""

from datetime import date, timedelta

import pytest

from patency.config.data import load_protocol
from patency.core.booking.rare import Chances
from patency.core.booking.window import Openings, exam_window
from patency.core.protocol.rulebook import rulebook

BOOK = rulebook(load_protocol("hsg/2026-1"))
WORKING_WEEK, WHOLE_WEEK = frozenset(range(5)), frozenset(range(7))
MONDAY = date(2025, 9, 1)


def closed_at_weekends(day: date) -> str | None:
    return None if day.weekday() in WORKING_WEEK else "closed"


def counted(bleeding_days: int) -> float:
    """Return the share of weekdays to begin on that leave a day, asked of the window alone."""
    opens = Openings(exam=closed_at_weekends, visit=closed_at_weekends)
    starts = [MONDAY + timedelta(days=ahead) for ahead in range(7)]
    windows = [
        exam_window(
            BOOK,
            {
                "period_start": start,
                "bleeding_ended": start + timedelta(days=bleeding_days - 1),
                "shortest_cycle_days": 28,
            },
            opens,
        )
        for start in starts
    ]
    return sum(not window.is_empty for window in windows) / 7


def test_the_chance_is_the_share_of_weekdays_that_leave_a_day_bleeding_about_as_usual() -> None:
    chances = Chances(BOOK, WORKING_WEEK, WORKING_WEEK)

    expected = 0.25 * counted(5) + 0.5 * counted(6) + 0.25 * counted(7)

    assert chances.of(6, 28) == pytest.approx(expected)
    assert 0 < expected < 1


def test_longer_bleeding_and_fewer_open_days_never_give_more_chance() -> None:
    week, every_day = (Chances(BOOK, days, days) for days in (WORKING_WEEK, WHOLE_WEEK))

    of_week = [week.of(days, 28) for days in range(3, 10)]

    assert of_week == sorted(of_week, reverse=True)
    assert all(every_day.of(days, 28) >= week.of(days, 28) for days in range(3, 10))
    assert every_day.of(4, 28) == 1
