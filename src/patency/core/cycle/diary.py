"""What a woman told us of her periods, put in order, and what of it are whole cycles.

Light to read: nothing here needs numpy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

LONGEST_CYCLE_DAYS = 200  # longer is no cycle but a pause, or starts nobody wrote down
# Our choice, as in the service that takes a period in: bleeding that starts sooner after the last
# start is bleeding between periods, a symptom and not the first day of a cycle.
CLOSEST_STARTS_DAYS = 10


class PeriodKind(StrEnum):
    """What a bleed was."""

    NATURAL = "natural"
    WITHDRAWAL = "withdrawal"
    """Brought on by stopping a hormone; it says nothing about her own cycle."""


class DiaryRefused(ValueError):
    """Days that cannot be; the message names them and says what to do."""


class StartInFuture(DiaryRefused):
    """A period, or its end, that is still to come."""


class StartsTooClose(DiaryRefused):
    """Two starts closer together than periods are."""


class EndsWrongly(DiaryRefused):
    """A period that ends before it starts, or after the next one has started."""


class ToldTwoWays(DiaryRefused):
    """One start, told twice with different things said of it."""


@dataclass(frozen=True, slots=True)
class Period:
    """One bleed as she told it; days are calendar days where she lives."""

    start: date
    bleeding_ended: date | None = None
    """The last day of bleeding; None while it is not told."""
    kind: PeriodKind = PeriodKind.NATURAL
    sure: bool = True
    """Whether she is sure of the day it started; otherwise it may be two days off."""
    untracked_before: bool = False
    """Whether she wrote nothing down between the period before this one and this one."""

    @property
    def bleeding_days(self) -> int | None:
        """How many days she bled, first and last included; None while it is not told."""
        if self.bleeding_ended is None:
            return None
        return (self.bleeding_ended - self.start).days + 1


@dataclass(frozen=True, slots=True)
class WholeCycle:
    """A natural cycle from the first day of one period to the day before the next."""

    start: date
    days: int
    sure: bool


@dataclass(frozen=True, slots=True)
class PeriodDiary:
    """Her periods, oldest first; made by ``period_diary``, which refuses what cannot be."""

    periods: tuple[Period, ...]

    @property
    def last(self) -> Period | None:
        """Her latest period."""
        return self.periods[-1] if self.periods else None

    @property
    def cycles(self) -> tuple[WholeCycle, ...]:
        """Her whole natural cycles, oldest first.

        Left out: cycles that begin or end with a withdrawal bleed, that she did not track, or that
        are longer than ``LONGEST_CYCLE_DAYS``.
        """
        return tuple(
            WholeCycle(one.start, (following.start - one.start).days, one.sure and following.sure)
            for one, following in pairwise(self.periods)
            if one.kind is following.kind is PeriodKind.NATURAL
            and not following.untracked_before
            and (following.start - one.start).days <= LONGEST_CYCLE_DAYS
        )

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths of her whole cycles in days, oldest first."""
        return tuple(cycle.days for cycle in self.cycles)

    @property
    def bleeding_days(self) -> tuple[int, ...]:
        """How many days she bled in each natural period whose end she told, oldest first."""
        return tuple(
            days
            for period in self.periods
            if period.kind is PeriodKind.NATURAL and (days := period.bleeding_days) is not None
        )


def period_diary(
    periods: Iterable[Period], *, today: date, closest_starts_days: int = CLOSEST_STARTS_DAYS
) -> PeriodDiary:
    """Return a diary of periods told in any order; the same period told twice counts once.

    Raises ``DiaryRefused`` for days that cannot be: a start or an end after ``today``, two starts
    fewer than ``closest_starts_days`` apart, an end before its start or on or after the next start,
    one start with two different ends.
    """
    ordered = sorted(set(periods), key=lambda period: period.start)
    for period in ordered:
        latest = max(period.start, period.bleeding_ended or period.start)
        if latest > today:
            raise StartInFuture(
                f"A period cannot be told before it comes: {latest} is after {today}. Days up to "
                f"{today} are allowed; correct the day, or tell it then."
            )
        if period.bleeding_ended is not None and period.bleeding_ended < period.start:
            raise EndsWrongly(
                f"Bleeding that starts on {period.start} cannot end on {period.bleeding_ended}. "
                "Its last day is the first day or a later one; correct the day that is wrong."
            )
    for one, following in pairwise(ordered):
        _check_neighbours(one, following, closest_starts_days)
    return PeriodDiary(tuple(ordered))


def _check_neighbours(one: Period, following: Period, closest_starts_days: int) -> None:
    apart = (following.start - one.start).days
    if apart == 0:
        raise ToldTwoWays(
            f"The period of {one.start} was told twice, and not the same both times. A start "
            "stands once in a diary; keep the one that is right."
        )
    if apart < closest_starts_days:
        raise StartsTooClose(
            f"Two periods cannot start {apart} days apart ({one.start} and {following.start}): "
            f"starts are at least {closest_starts_days} days apart. Bleeding in between is no new "
            "period; keep the day that was the first of one, and tell a clinician of the other."
        )
    if one.bleeding_ended is not None and one.bleeding_ended >= following.start:
        raise EndsWrongly(
            f"Bleeding that starts on {one.start} cannot last until {one.bleeding_ended}: the next "
            f"period starts on {following.start}. It ends before that day; correct one of them."
        )
