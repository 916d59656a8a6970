"""Which day for the test and which for the examination: one plan of two visits."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from patency.core.booking.window import ExamWindow, Openings, exam_window
from patency.core.facts import Facts
from patency.core.protocol.rulebook import Rulebook


class Certainty(StrEnum):
    """What a plan rests on."""

    BLEEDING_EXPECTED = "bleeding-expected"
    """Bleeding has not ended; its end is taken from how long she usually bleeds."""
    BLEEDING_ENDED = "bleeding-ended"
    TEST_PASSED = "test-passed"


@dataclass(frozen=True, slots=True)
class Plan:
    """A tentative test day and exam day, not yet a booking."""

    test_day: date | None
    """None when the test is passed already."""
    exam_day: date
    certainty: Certainty
    needs_approval: bool
    """Whether a clinician must first approve the later day (the extended window)."""


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No two days fit in this cycle; the window says why, day by day."""

    window: ExamWindow


def plan(
    book: Rulebook,
    facts: Facts,
    openings: Openings,
    *,
    today: date,
    usual_bleeding_days: int | None = None,
    language: str = "en",
) -> Plan | NoPlan:
    """Return the earliest plan of this cycle, or why there is none.

    The earliest exam day is taken, because the chance that she has ovulated grows with every
    day, and the latest test day before it, because a fresh result says most. Before bleeding has
    ended, its end is expected after ``usual_bleeding_days``; without that number there is
    nothing to plan on, and ``NoPlan`` is returned.
    """
    certainty = Certainty.TEST_PASSED if "test_passed_on" in facts else Certainty.BLEEDING_ENDED
    known = dict(facts)
    if "bleeding_ended" not in known and usual_bleeding_days is not None:
        start = known["period_start"]
        assert isinstance(start, date)
        known["bleeding_ended"] = start + timedelta(days=usual_bleeding_days - 1)
        certainty = Certainty.BLEEDING_EXPECTED
    window = exam_window(book, known, openings, today=today, language=language)
    if "bleeding_ended" not in known:
        return NoPlan(window)
    for days, needs_approval in (
        (window.usable(), False),
        (window.usable_with_approval(), True),
    ):
        day = next(days, None)
        if day is not None:
            test_day = day.visit_days[-1] if day.visit_days else None
            return Plan(test_day, day.day, certainty, needs_approval)
    return NoPlan(window)
