"""What a day policy would have meant for real cycles: how many women find no two days at all.

Every cycle is counted seven times, once for each weekday its period may begin on, since that is
chance. A policy is anything that names the usable days of a cycle: numbers given by hand, or a
protocol asked day by day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from patency.core.booking.window import Openings, exam_window
from patency.core.facts import FactValue
from patency.core.protocol.rulebook import Rulebook
from patency.core.study.cycles import RealCycle

WEEKDAYS = 7
A_MONDAY = date(2025, 1, 6)  # only the weekday matters


class Key(NamedTuple):
    """All that a policy may look at; cycles that share it share their days."""

    menses: int
    weekday: int
    """On which the period began; Monday is 0."""
    shortest_cycle: int | None
    """None when not known, or when the policy does not ask for it."""


class Plans(NamedTuple):
    """The days of one cycle on which she can be examined, as days of the cycle."""

    usable: tuple[int, ...]
    with_approval: tuple[int, ...] = ()
    """Further days that a clinician's approval would open."""


@dataclass(frozen=True, slots=True)
class DayPolicy:
    """Days by hand; days count after bleeding ended, ranges include both ends."""

    visit_days: tuple[int, int]
    exam_after_test: tuple[int, int]
    exam_days: tuple[int, int]
    lab_weekdays: frozenset[int]
    """Monday is 0."""
    exam_weekdays: frozenset[int]

    def plans(self, key: Key) -> Plans:
        """Return the days on which she can be examined, with a day for the test before."""
        ended = key.menses - 1 + key.weekday  # days after the Monday before the period began

        def tested_before(exam: int) -> bool:
            return any(
                self.exam_after_test[0] <= exam - visit <= self.exam_after_test[1]
                and (ended + visit) % WEEKDAYS in self.lab_weekdays
                for visit in _both_ends(self.visit_days)
            )

        return Plans(
            tuple(
                key.menses + exam
                for exam in _both_ends(self.exam_days)
                if (ended + exam) % WEEKDAYS in self.exam_weekdays and tested_before(exam)
            )
        )


@dataclass(frozen=True, slots=True)
class ProtocolPolicy:
    """Days as a protocol gives them, each asked of its timing rules."""

    book: Rulebook
    asks_shortest_cycle: bool
    lab_weekdays: frozenset[int]
    exam_weekdays: frozenset[int]

    def plans(self, key: Key) -> Plans:
        """Return the days of the exam window that leave a day for the test before."""
        start = A_MONDAY + timedelta(days=key.weekday)
        facts: dict[str, FactValue] = {
            "period_start": start,
            "bleeding_ended": start + timedelta(days=key.menses - 1),
        }
        if key.shortest_cycle is not None:
            facts["shortest_cycle_days"] = key.shortest_cycle
        openings = Openings(
            exam=lambda day: None if day.weekday() in self.exam_weekdays else "closed",
            visit=lambda day: None if day.weekday() in self.lab_weekdays else "closed",
        )
        window = exam_window(self.book, facts, openings)
        return Plans(
            tuple(day.cycle_day for day in window.usable()),
            tuple(day.cycle_day for day in window.usable_with_approval()),
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """What a policy means over all cycles × weekdays; shares are fractions from 0 to 1."""

    cycles: int
    no_plan_share: float
    no_plan_share_before_ovulation: float
    """With the hindsight that the examination also comes before the estimated ovulation day."""
    no_plan_share_with_approval: float
    """Without a plan even if a clinician approves every day the protocol lets one approve."""
    usable_days_mean: float
    usable_days_mean_before_ovulation: float
    usable_on_or_after_ovulation_share: float | None
    """Of all usable days, those on or after the estimated ovulation day; None without any."""
    earliest_on_or_after_ovulation_share: float | None
    """The same when each woman takes her earliest usable day."""


def keys_of(cycles: Iterable[RealCycle], *, asks_shortest_cycle: bool) -> tuple[Key, ...]:
    """Return every key the cycles need, each once."""
    found = {
        key_of(one, weekday, asks_shortest_cycle=asks_shortest_cycle)
        for one in cycles
        for weekday in range(WEEKDAYS)
    }
    return tuple(sorted(found, key=str))


def key_of(cycle: RealCycle, weekday: int, *, asks_shortest_cycle: bool) -> Key:
    """Return what a policy may know of a cycle that began on a weekday."""
    return Key(cycle.menses, weekday, cycle.shortest_before if asks_shortest_cycle else None)


def figures(
    cycles: Iterable[RealCycle], plans: Mapping[Key, Plans], *, asks_shortest_cycle: bool = False
) -> Figures:
    """Return what the plans mean for the cycles. Raises ``ValueError`` without any cycle."""
    count = no_plan = no_plan_before = no_plan_approved = 0
    usable = usable_before = late_days = late_firsts = planned = 0
    for one in cycles:
        count += 1
        for weekday in range(WEEKDAYS):
            days, approved = plans[key_of(one, weekday, asks_shortest_cycle=asks_shortest_cycle)]
            early = [day for day in days if day < one.ovulation_day]
            no_plan += not days
            no_plan_before += not early
            no_plan_approved += not (days or approved)
            usable += len(days)
            usable_before += len(early)
            late_days += len(days) - len(early)
            if days:
                planned += 1
                late_firsts += days[0] >= one.ovulation_day
    if not count:
        raise ValueError("There is no cycle to count. Give at least one.")
    all_ways = count * WEEKDAYS
    return Figures(
        cycles=count,
        no_plan_share=no_plan / all_ways,
        no_plan_share_before_ovulation=no_plan_before / all_ways,
        no_plan_share_with_approval=no_plan_approved / all_ways,
        usable_days_mean=usable / all_ways,
        usable_days_mean_before_ovulation=usable_before / all_ways,
        usable_on_or_after_ovulation_share=late_days / usable if usable else None,
        earliest_on_or_after_ovulation_share=late_firsts / planned if planned else None,
    )


def on_or_after_ovulation(cycles: Iterable[RealCycle], days: Iterable[int]) -> dict[int, float]:
    """Return for each day after bleeding the share of cycles that have ovulated by then."""
    known = tuple(cycles)
    return {
        day: sum(one.menses + day >= one.ovulation_day for one in known) / len(known)
        for day in days
    }


def _both_ends(ends: tuple[int, int]) -> range:
    return range(ends[0], ends[1] + 1)
