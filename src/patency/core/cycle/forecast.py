"""When the next period may start, bleeding end and ovulation be, day by day; or why nobody can say.

A forecast is chances, never a day. It knows what it was told up to and including ``today``: that
no period has started since the last one is news too, and moves the chances.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from math import exp, log

import numpy as np

from patency.core.cycle.chances import ONE_DAY, DayChances, day_chances, one_day
from patency.core.cycle.diary import LONGEST_CYCLE_DAYS, Period, PeriodDiary, PeriodKind
from patency.core.cycle.lengths import BLEEDING_GRID, UNSURE_BY_DAYS, Array
from patency.core.cycle.model import CycleModel
from patency.core.cycle.predict import (
    Lengths,
    Outlook,
    next_bleeding,
    next_cycle,
    ovulation_days,
)

LEVELS = (0.5, 0.8, 0.95)
# A told length is called two cycles when that is the likelier reading.
LIKELIER = 0.5
LEAST_RISK = 1e-6  # odds need a chance that is neither none nor certain


class WhyNot(StrEnum):
    """Why nothing can be forecast."""

    NO_PERIOD = "no-period-told"
    WITHDRAWAL = "withdrawal-bleed"
    IRREGULAR = "irregular"
    ABSENT = "absent"


# What is said, and what to do instead; the first sentence says why.
WORDS: dict[WhyNot, tuple[str, str]] = {
    WhyNot.NO_PERIOD: (
        "No period has been told yet, so there is nothing to count from.",
        "Tell the first day of the next period on that day; the days follow from it.",
    ),
    WhyNot.WITHDRAWAL: (
        "The last bleed was brought on by a hormone, so it says nothing about the next one.",
        "The days of this cycle count from the end of this bleed. The clinic plans the next bleed "
        "together with the treatment.",
    ),
    WhyNot.IRREGULAR: (
        "The periods come too irregularly for a forecast that would help.",
        "Tell the first day of the next period on that day; the clinic then finds a day in that "
        "cycle. A clinician can also bring on a bleed.",
    ),
    WhyNot.ABSENT: (
        "No period has come for a long time, so the next one cannot be forecast.",
        "Take a pregnancy test and speak to the clinic: a clinician finds the reason, and can "
        "bring on a bleed to plan from.",
    ),
}


@dataclass(frozen=True, slots=True)
class CannotForecast:
    """Why nobody can say when the next period comes, and what to do instead."""

    why: WhyNot

    @property
    def say(self) -> str:
        """One sentence for her: why."""
        return WORDS[self.why][0]

    @property
    def instead(self) -> str:
        """What to do instead."""
        return WORDS[self.why][1]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Two told starts with, likely, one between them that nobody wrote down."""

    start: date
    days: int
    chance: float


@dataclass(frozen=True, slots=True)
class Late:
    """Her period is later than nearly all of her cycles are long."""

    days_so_far: int
    """Days since the last start; no period has started in them."""
    share_longer: float
    """The share of her cycles that last longer than this, as forecast beforehand."""
    missed_start: float
    """The chance that a start has passed and was not recorded."""

    @property
    def say(self) -> str:
        """What it may mean, and what to do."""
        said = (
            f"No period for {self.days_so_far} days; only {self.share_longer:.1%} of cycles like "
            "these last longer. Take a pregnancy test before anything else."
        )
        if self.missed_start >= LIKELIER:
            said += " Or a period has come and was not written down: tell its first day."
        return said


@dataclass(frozen=True, slots=True)
class CycleForecast:
    """What may come, as chances over calendar days."""

    model: str
    last_start: date
    today: date
    cycles_told: int
    next_start: DayChances
    """The first day of the next period; every day is after ``today``."""
    bleeding_end: DayChances
    """The last day of the present bleeding; certain when it was told."""
    ovulation: DayChances
    """Ovulation in the present cycle; it may have been already."""
    next_bleeding_end: DayChances
    next_ovulation: DayChances
    late: Late | None
    skipped: tuple[Skipped, ...]

    def likely_start(self, share: float = 0.8) -> tuple[date, date]:
        """Return the first and last of the days on which the next period most likely starts."""
        return self.next_start.between(share)


@dataclass(frozen=True, slots=True)
class ExamDay:
    """One date as a day of the examination."""

    day: date
    in_window: float
    """The chance that it lies in the window after bleeding."""
    ovulated: float
    """The chance that ovulation is on this day or before."""


def forecast(
    model: CycleModel,
    diary: PeriodDiary,
    *,
    today: date,
    usual_bleeding_days: int | None = None,
    regular: bool | None = None,
    told_lengths: Sequence[int] = (),
    told_bleeding_days: Sequence[int] = (),
) -> CycleForecast | CannotForecast:
    """Return the forecast of the next period from a diary, or why there is none.

    One start is enough: the chances are then the population's, and each further cycle draws them to
    her own. What she remembers from before the diary counts as so many more cycles and periods,
    oldest first: ``told_lengths`` (such as her shortest and her longest), ``told_bleeding_days``,
    and ``usual_bleeding_days`` as one period more; lengths longer than any cycle are left out.
    ``regular`` False counts as irregular until the diary knows better, from three cycles on.
    Nothing has started after the diary's last start and up to ``today``, that day included.

    Raises ``ValueError`` when ``today`` is before the diary's last start.
    """
    last = diary.last
    if last is None:
        return CannotForecast(WhyNot.NO_PERIOD)
    days_so_far = (today - last.start).days
    if days_so_far < 0:
        raise ValueError(
            f"Today ({today}) is before the last start of the diary ({last.start}). A forecast "
            "looks ahead from a day on or after it; ask with a diary as it was told by then."
        )
    if last.kind is PeriodKind.WITHDRAWAL:
        return CannotForecast(WhyNot.WITHDRAWAL)
    if days_so_far > model.limits.absent_after_days:
        return CannotForecast(WhyNot.ABSENT)

    cycles = diary.cycles
    remembered = tuple(days for days in told_lengths if 0 < days <= LONGEST_CYCLE_DAYS)
    lengths = (*remembered, *diary.lengths)
    ahead = next_cycle(
        model, lengths, (*(True for _ in remembered), *(cycle.sure for cycle in cycles))
    )
    starts = day_chances(last.start + ONE_DAY, _loosened(ahead.chance, last))
    earliest, latest = starts.between(0.8)
    if (latest - earliest).days + 1 > model.limits.widest_80_days or (
        regular is False and len(lengths) < 3
    ):
        return CannotForecast(WhyNot.IRREGULAR)
    next_start = starts.after(today)
    if next_start is None:
        return CannotForecast(WhyNot.ABSENT)

    usual = () if usual_bleeding_days is None else (usual_bleeding_days,)
    bled = (*told_bleeding_days, *usual, *diary.bleeding_days)
    # Bleeding for months is no period to learn from.
    kept = tuple(days for days in bled if 0 < days <= BLEEDING_GRID.longest)
    bleeding = next_bleeding(model, kept).chance
    still_possible = ahead.chance * (np.arange(1, len(ahead.chance) + 1) > days_so_far)
    own_days = ovulation_days(model.luteal, still_possible / still_possible.sum())
    later_days = ovulation_days(model.luteal, ahead.chance)
    return CycleForecast(
        model=model.name,
        last_start=last.start,
        today=today,
        cycles_told=len(lengths),
        next_start=next_start,
        bleeding_end=_bleeding_end(model, last, bleeding, today),
        ovulation=day_chances(last.start, own_days.tolist()),
        next_bleeding_end=_added(next_start, bleeding),
        next_ovulation=_added(next_start, later_days),
        late=_late(model, ahead, days_so_far),
        skipped=tuple(
            Skipped(cycle.start, cycle.days, chance)
            for cycle, chance in zip(cycles, ahead.told_skipped[len(remembered) :], strict=True)
            if chance > LIKELIER
        ),
    )


def exam_days(
    found: CycleForecast, *, first_day: int, last_day: int, this_cycle: bool = False
) -> tuple[ExamDay, ...]:
    """Return each date that may lie in her coming exam window, with its chances.

    ``first_day`` and ``last_day`` are days after the last day of bleeding, both included (the
    protocol's ``exam_days_after_bleeding_min`` and ``_max``). The window is that of the next cycle,
    or of the present one with ``this_cycle``, from the day after ``today`` on.
    """
    ends = found.bleeding_end if this_cycle else found.next_bleeding_end
    ovulation = found.ovulation if this_cycle else found.next_ovulation
    day = max(ends.first + first_day * ONE_DAY, found.today + ONE_DAY)
    days = []
    while day <= ends.last + last_day * ONE_DAY:
        chance = sum(ends.on(day - after * ONE_DAY) for after in range(first_day, last_day + 1))
        days.append(ExamDay(day, min(1.0, chance), ovulation.by(day)))
        day += ONE_DAY
    return tuple(days)


def ovulated_by(
    model: CycleModel,
    *,
    days_after_bleeding: int,
    cycle_day: int | None = None,
    lengths: Lengths = (),
) -> float:
    """Return the risk that she has ovulated on or before a day, from 0 to 1.

    Without ``cycle_day`` it is the share of cycles in which that was so on this day after bleeding
    (1 is the day after its last; after the last day counted, that day's). With it, her own cycles
    (``lengths``, oldest first) count too: how often a woman like her has ovulated by that day of
    the cycle, together with the day after bleeding, as fitted. Before day 1 there is no risk yet.
    """
    by_day = model.ovulated_by
    if days_after_bleeding < 1:
        return 0.0
    share = by_day.shares[min(days_after_bleeding, max(by_day.shares))]
    if cycle_day is None:
        return share
    own = ovulated_by_cycle_day(model, lengths)[min(cycle_day, LONGEST_CYCLE_DAYS) - 1]
    own = min(max(own, LEAST_RISK), 1 - LEAST_RISK)
    odds = (
        by_day.offset + by_day.weight_of_day * _logit(share) + by_day.weight_of_cycles * _logit(own)
    )
    return 1 / (1 + exp(-odds))


@lru_cache(maxsize=4096)
def ovulated_by_cycle_day(model: CycleModel, lengths: Lengths = ()) -> tuple[float, ...]:
    """Return the chance that she has ovulated by each day of the cycle; index 0 is day 1."""
    days = ovulation_days(model.luteal, next_cycle(model, lengths).chance)
    return tuple(np.cumsum(days).tolist())


def _logit(share: float) -> float:
    return log(share / (1 - share))


def chances_of_length(model: CycleModel, lengths: Lengths) -> tuple[float, ...]:
    """Return the chances of the length of her next cycle; index 0 is a length of one day."""
    return tuple(next_cycle(model, lengths).chance.tolist())


def chances_of_bleeding(model: CycleModel, days: Lengths) -> tuple[float, ...]:
    """Return the chances of how many days she will bleed; index 0 is one day."""
    return tuple(next_bleeding(model, days).chance.tolist())


# ---------------------------------------------------------------- parts


def _loosened(chance: Array, last: Period) -> list[float]:
    # When she is not sure of the start the cycle counts from, its end is as unsure.
    if last.sure:
        return [float(one) for one in chance]
    near = np.ones(2 * UNSURE_BY_DAYS + 1) / (2 * UNSURE_BY_DAYS + 1)
    return [float(one) for one in np.convolve(chance, near, mode="same")]


def _bleeding_end(model: CycleModel, last: Period, bleeding: Array, today: date) -> DayChances:
    if last.bleeding_ended is not None:
        return one_day(last.bleeding_ended)
    ends = day_chances(last.start, bleeding.tolist())
    # While she may still be bleeding it has not ended before today, or she would have told it.
    # Long after, it has ended and was not told.
    if 1 - ends.by(today - ONE_DAY) <= model.limits.late_share:
        return ends
    return ends.after(today - ONE_DAY) or ends


def _added(start: DayChances, days: Array) -> DayChances:
    """Return the chances of the n-th day of what starts then; ``days`` begins with n = 1."""
    return day_chances(start.first, np.convolve(np.array(start.chances), days).tolist())


def _late(model: CycleModel, ahead: Outlook, days_so_far: int) -> Late | None:
    beyond = slice(days_so_far, LONGEST_CYCLE_DAYS)
    share = float(ahead.chance[beyond].sum())
    if share > model.limits.late_share:
        return None
    return Late(days_so_far, share, float(ahead.skipped[beyond].sum()) / share)
