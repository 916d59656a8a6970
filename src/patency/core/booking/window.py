"""The exam window: the days on which no timing rule fires, and for every other day why not.

There is no number here. Each day becomes facts, the protocol's timing rules are asked about
them, and a day is open when none of them fires. An empty window is an answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from patency.core.access import OverrideBy
from patency.core.facts import Facts
from patency.core.protocol.decide import Reason, decide_timing
from patency.core.protocol.model import Stage
from patency.core.protocol.rulebook import Rulebook

ONE_DAY = timedelta(days=1)
# How far after the start of a period days are explained. No protocol examines later: this only
# ends the table, it closes no day.
DAYS_EXPLAINED = 18


@dataclass(frozen=True, slots=True)
class Openings:
    """Why a service is closed on a day, or None when it is open."""

    exam: Callable[[date], str | None]
    visit: Callable[[date], str | None]
    """The clinic and the laboratory together: a visit needs the test read at once."""


@dataclass(frozen=True, slots=True)
class WindowDay:
    """One day as a possible day of the examination."""

    day: date
    cycle_day: int
    days_after_bleeding: int | None
    closed: str | None
    """Why no examinations are done on this day, in the calendar's words."""
    reasons: tuple[Reason, ...]
    """The timing rules that fire; none on a day that is open."""
    still_to_ask: tuple[str, ...]
    """Facts without which some timing rule cannot be settled yet."""
    visit_days: tuple[date, ...]
    """Days on which the test can be done for this examination day."""

    @property
    def is_open(self) -> bool:
        """Whether no timing rule fires."""
        return not self.reasons

    @property
    def opens_with_approval(self) -> bool:
        """Whether only rules fire that a clinician may go another way on."""
        return bool(self.reasons) and all(
            reason.rule.override is OverrideBy.CLINICIAN for reason in self.reasons
        )


@dataclass(frozen=True, slots=True)
class ExamWindow:
    """Every day from the start of the period on, open or explained."""

    days: tuple[WindowDay, ...]
    test_passed: bool
    """Whether a passed test is already there; otherwise a visit day must come first."""
    next_period_from: date | None
    next_period_to: date | None
    """When the next period may start, by her shortest and longest cycle; None if not told."""

    def usable(self) -> Iterator[WindowDay]:
        """Yield the days on which she can be examined: open, with a day for the test before."""
        return (day for day in self.days if day.is_open and self._can_be_tested(day))

    def usable_with_approval(self) -> Iterator[WindowDay]:
        """Yield the further days that a clinician's approval would make usable."""
        return (day for day in self.days if day.opens_with_approval and self._can_be_tested(day))

    @property
    def is_empty(self) -> bool:
        """Whether no day is left in this cycle without somebody's approval."""
        return next(self.usable(), None) is None

    def _can_be_tested(self, day: WindowDay) -> bool:
        return self.test_passed or bool(day.visit_days)


def exam_window(
    book: Rulebook,
    facts: Facts,
    openings: Openings,
    *,
    today: date | None = None,
    language: str = "en",
) -> ExamWindow:
    """Return the window of the cycle that began on ``period_start``.

    ``facts`` need ``period_start``; without ``bleeding_ended`` every day stays open to question.
    With ``today`` given, days before it are left out, as days for the examination and for the
    test. Raises ``KeyError`` without ``period_start``, ``YearMissing`` for a year without an
    official holiday notice.
    """
    start = facts["period_start"]
    assert isinstance(start, date)
    first = start if today is None else max(start, today)
    test_days = {} if "test_passed_on" in facts else _test_days(book, facts, openings, first)
    days = []
    day = first
    while day < start + DAYS_EXPLAINED * ONE_DAY:
        days.append(_window_day(book, facts, openings, day, test_days, language))
        day += ONE_DAY
    shortest, longest = facts.get("shortest_cycle_days"), facts.get("longest_cycle_days")
    return ExamWindow(
        days=tuple(days),
        test_passed="test_passed_on" in facts,
        next_period_from=start + int(shortest) * ONE_DAY if isinstance(shortest, int) else None,
        next_period_to=start + int(longest) * ONE_DAY if isinstance(longest, int) else None,
    )


def _test_days(book: Rulebook, facts: Facts, openings: Openings, first: date) -> dict[date, Facts]:
    """Return the days on which the visit breaks no timing rule, with the facts a pass brings."""
    start = facts["period_start"]
    assert isinstance(start, date)
    found: dict[date, Facts] = {}
    for ahead in range(DAYS_EXPLAINED):
        day = start + ahead * ONE_DAY
        if day < first or openings.visit(day) is not None:
            continue
        visit = {**facts, "visit_date": day, "visit_day_open": True}
        decision = decide_timing(book, Stage.VISIT, visit)
        if not decision.reasons:
            found[day] = {**facts, "test_passed_on": day}
    return found


def _window_day(
    book: Rulebook,
    facts: Facts,
    openings: Openings,
    day: date,
    test_days: dict[date, Facts],
    language: str,
) -> WindowDay:
    closed = openings.exam(day)
    of_day = {**facts, "exam_date": day, "exam_day_open": closed is None}
    decision = decide_timing(book, Stage.BOOKING, of_day, language)
    visit_days = tuple(
        test_day
        for test_day, tested in test_days.items()
        if test_day <= day
        and _fires_nothing_more(book, {**of_day, **tested, "exam_date": day}, decision.fired)
    )
    ended = facts.get("bleeding_ended")
    start = facts["period_start"]
    assert isinstance(start, date)
    return WindowDay(
        day=day,
        cycle_day=(day - start).days + 1,
        days_after_bleeding=(day - ended).days if isinstance(ended, date) else None,
        closed=closed,
        reasons=decision.reasons,
        still_to_ask=tuple(name for name in decision.questions if name != "test_passed_on"),
        visit_days=visit_days,
    )


def _fires_nothing_more(book: Rulebook, facts: Facts, already: frozenset[str]) -> bool:
    return decide_timing(book, Stage.BOOKING, facts).fired <= already
