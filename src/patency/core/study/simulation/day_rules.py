"""The worlds: which days of a cycle the clinic examines on, by the rule each of them keeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from patency.core.booking.window import Openings, exam_window
from patency.core.facts import FactValue
from patency.core.protocol.rulebook import Rulebook
from patency.core.study.simulation.world import Days


class Shape(NamedTuple):
    """The days of one cycle were everything open; days of the cycle, the first is 0."""

    exams: tuple[tuple[int, tuple[int, ...]], ...]
    """Each day for the examination with the days for the test that go before it."""


class Known(NamedTuple):
    """All that a rule may look at."""

    bleeding_days: int
    shortest_cycle: int | None
    """Her shortest of the cycles she remembers; None when the rule does not ask for it."""


Rule = Callable[[Known], Shape]


@dataclass(frozen=True, slots=True)
class AfterBleeding:
    """Days that count from the end of bleeding; day 1 is the day after it. Both ends count."""

    exam_days: tuple[int, int]
    test_from: int
    test_to: int | None = None
    """The last day for the test; None: any day before the examination."""
    exam_after_test: int | None = None
    """How long a test holds, in days; None: to the end of the window."""

    def __call__(self, known: Known) -> Shape:
        """Return the days of a cycle were everything open."""
        ended = known.bleeding_days - 1
        exams = []
        for exam in range(self.exam_days[0], self.exam_days[1] + 1):
            tests = tuple(
                ended + test
                for test in range(self.test_from, exam)
                if (self.test_to is None or test <= self.test_to)
                and (self.exam_after_test is None or exam - test <= self.exam_after_test)
            )
            exams.append((ended + exam, tests))
        return Shape(tuple(exams))


@dataclass(frozen=True, slots=True)
class OfTheCycle:
    """Days that count from the first day of the period, which is day 1; not while she bleeds."""

    exam_days: tuple[int, int]

    def __call__(self, known: Known) -> Shape:
        """Return the days of a cycle were everything open; the test comes once bleeding ended."""
        ended = known.bleeding_days - 1
        return Shape(
            tuple(
                (exam - 1, tuple(range(ended + 1, exam - 1)))
                for exam in range(self.exam_days[0], self.exam_days[1] + 1)
                if exam - 1 > ended
            )
        )


@dataclass(frozen=True, slots=True)
class AsProtocol:
    """Days as a protocol gives them: its timing rules are asked about each day."""

    book: Rulebook
    start: date = date(2025, 1, 6)
    """A day to begin a cycle on; the rules know no weekday but through the openings."""

    def __call__(self, known: Known) -> Shape:
        """Return the exam window of a cycle were everything open."""
        facts: dict[str, FactValue] = {
            "period_start": self.start,
            "bleeding_ended": self.start + timedelta(days=known.bleeding_days - 1),
        }
        if known.shortest_cycle is not None:
            facts["shortest_cycle_days"] = known.shortest_cycle
        window = exam_window(self.book, facts, Openings(exam=_open, visit=_open))
        return Shape(
            tuple(
                (each.cycle_day - 1, tuple((test - self.start).days for test in each.visit_days))
                for each in window.usable()
            )
        )


def _open(_: date) -> None:
    return None


# As in the table of the benchmark: the rule of the articles; the articles to the letter; the
# British leaflets; the first again in a clinic that looks for ovulation; the protocol as it ships.
W1 = AfterBleeding(exam_days=(3, 7), test_from=2)
W2 = AfterBleeding(exam_days=(3, 7), test_from=2, test_to=3, exam_after_test=2)
W3 = OfTheCycle(exam_days=(7, 11))


def days_of(
    shape: Shape,
    start: int,
    exam_open: Sequence[bool],
    visit_open: Sequence[bool],
    *,
    before: int | None = None,
) -> Days:
    """Return the days that are left of a shape in a cycle that starts on ``start``.

    Days from ``before`` on, where the next period begins, are none of this cycle's. A day of the
    examination needs to be open, and one of its days for the test as well.
    """
    last = len(exam_open) if before is None else min(len(exam_open), before)
    exam: list[int] = []
    first_test: int | None = None
    for of_cycle, tests in shape.exams:
        day = start + of_cycle
        if day >= last or not exam_open[day]:
            continue
        open_tests = [start + test for test in tests if visit_open[start + test]]
        if open_tests:
            exam.append(day)
            soonest = min(open_tests)
            first_test = soonest if first_test is None else min(first_test, soonest)
    return Days(tuple(exam), first_test)
