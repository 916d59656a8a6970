"""The figures of a simulation: one row for each policy in each scenario, over all seeds, paired."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from patency.core.study.simulation.play import CALLBACK, CLAIRVOYANT, FCFS, Outcome, prize_share

PolicyKey = tuple[str, str]
"""The policy and the overbooking, as they were asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which clinics a row is about."""

    world: str
    capacity: int
    load: float
    irregular: float = 0.0
    """The share of women with irregular cycles."""
    on_call: float = 0.0
    """The share of women who can come at once when a place stays empty."""


@dataclass(frozen=True, slots=True)
class Row:
    """One policy in one scenario, in the mean over its seeds."""

    policy: str
    overbook: str
    world: str
    capacity: int
    load: float
    irregular: float
    on_call: float
    lost_cycles: float
    lost_cycles_sd: float
    """Standard deviation over the seeds."""
    first_cycle_share: float
    first_possible_share: float
    prize_share: float | None
    """Of the cycles that call-back loses and clairvoyance would not: the share not lost."""
    prize_share_se: float | None
    """Standard error over the seeds, which are paired (jackknife)."""
    prize_share_fcfs: float | None
    """The same against first come, first served without call-back."""
    outside_window: int
    bumps_per_1000: float
    seeds: int
    women: int
    never_possible: int
    days_to_exam: float
    cycles_p95: float
    unserved_share: float
    wasted_share: float
    after_ovulation_share: float
    moves_per_woman: float
    lost_irregular: float | None
    lost_regular: float | None


def rows_of(place: Place, found: Sequence[Mapping[PolicyKey, Outcome]]) -> list[Row]:
    """Return a row for each policy; ``found`` has one entry for each seed, with all policies.

    Call-back, first come first served and the clairvoyant bound must be among them.
    """

    def lost(key: PolicyKey) -> list[float]:
        return [each[key].lost_cycles for each in found]

    callback, fcfs, bound = (lost((name, "")) for name in (CALLBACK, FCFS, CLAIRVOYANT))
    return [
        Row(
            policy=key[0],
            overbook=key[1],
            world=place.world,
            capacity=place.capacity,
            load=place.load,
            irregular=place.irregular,
            on_call=place.on_call,
            lost_cycles=_mean(found, key, lambda one: one.lost_cycles),
            lost_cycles_sd=float(np.std(lost(key), ddof=1)) if len(found) > 1 else 0.0,
            first_cycle_share=_mean(found, key, lambda one: one.first_cycle_share),
            first_possible_share=_mean(found, key, lambda one: one.first_possible_share),
            prize_share=_prize(lost(key), callback, bound),
            prize_share_se=_jackknife(lost(key), callback, bound),
            prize_share_fcfs=_prize(lost(key), fcfs, bound),
            outside_window=sum(each[key].outside_window for each in found),
            bumps_per_1000=_mean(found, key, lambda one: one.bumps_per_1000),
            seeds=len(found),
            women=sum(each[key].women for each in found),
            never_possible=sum(each[key].never_possible for each in found),
            days_to_exam=_mean(found, key, lambda one: one.days_to_exam),
            cycles_p95=_mean(found, key, lambda one: one.cycles_p95),
            unserved_share=_mean(found, key, lambda one: one.unserved_share),
            wasted_share=_mean(found, key, lambda one: one.wasted_share),
            after_ovulation_share=_mean(found, key, lambda one: one.after_ovulation_share),
            moves_per_woman=_mean(found, key, lambda one: one.moves_per_woman),
            lost_irregular=_mean_known([each[key].lost_irregular for each in found]),
            lost_regular=_mean_known([each[key].lost_regular for each in found]),
        )
        for key in found[0]
    ]


def _mean(
    found: Sequence[Mapping[PolicyKey, Outcome]], key: PolicyKey, of: Callable[[Outcome], float]
) -> float:
    return sum(of(each[key]) for each in found) / len(found)


def _mean_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _prize(
    policy: Sequence[float], baseline: Sequence[float], bound: Sequence[float]
) -> float | None:
    return prize_share(float(np.mean(policy)), float(np.mean(baseline)), float(np.mean(bound)))


def _jackknife(
    policy: Sequence[float], baseline: Sequence[float], bound: Sequence[float]
) -> float | None:
    """Return the standard error of a ratio of means, leaving out each seed in turn."""
    count = len(policy)
    if count < 2:
        return None
    left_out = [
        _prize(*([*each[:one], *each[one + 1 :]] for each in (policy, baseline, bound)))
        for one in range(count)
    ]
    known = [each for each in left_out if each is not None]
    if len(known) < count:
        return None
    middle = sum(known) / count
    return sqrt((count - 1) / count * sum((each - middle) ** 2 for each in known))
