"""A policy played on a world, checked, and counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from patency.core.booking.rank import PriorityRules
from patency.core.study.simulation.clairvoyant import play_clairvoyant
from patency.core.study.simulation.phone import play_phone
from patency.core.study.simulation.rolling import Overbooking, play_rolling
from patency.core.study.simulation.world import Played, World, check

FCFS, CALLBACK, HOLD, MATCH, CLAIRVOYANT = "fcfs", "fcfs-callback", "hold", "match", "clairvoyant"
POLICIES = (FCFS, CALLBACK, HOLD, MATCH, CLAIRVOYANT)
NO_OVERBOOKING = Overbooking()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one policy meant for the women who are counted in one world."""

    women: int
    """Counted: referred in the measured days, with a cycle in which they could be examined."""
    never_possible: int
    """Of those referred then, women whom no cycle played suits, whatever the policy."""
    lost_cycles: float
    """Cycles from her first possible one to her examination, in the mean (M3)."""
    first_cycle_share: float
    """The share examined in the first cycle after referral (M1)."""
    first_possible_share: float
    """The share examined in the first cycle in which it was possible (M2)."""
    days_to_exam: float
    """From referral, in the mean, of those examined (M4)."""
    cycles_p95: float
    """The cycle in which the 95th of 100 women is examined (M5)."""
    unserved_share: float
    """The share not examined by the end; each cycle she had then counts as lost."""
    wasted_share: float
    """Places given that stayed empty, of all places (M6)."""
    outside_window: int
    """Examinations outside the observable window (M7): none, or the world would have refused."""
    after_ovulation_share: float
    """The share of examinations on or after the day of ovulation, which nobody knew (M8)."""
    bumps_per_1000: float
    """Women sent home for every 1,000 examined (M9)."""
    moves_per_woman: float
    """Changes of a day she had been told, per woman examined (M10)."""
    lost_irregular: float | None
    """Lost cycles of irregular women (M11); None without any."""
    lost_regular: float | None


def play(
    world: World,
    policy: str,
    rules: PriorityRules,
    overbooking: Overbooking = NO_OVERBOOKING,
) -> Outcome:
    """Return what a policy means in a world.

    Raises ``OutsideTheWindow`` when it examined anybody on a day that was not hers, and
    ``ValueError`` for a policy there is none of.
    """
    policies: Mapping[str, Callable[[], Played]] = {
        FCFS: lambda: play_phone(world),
        CALLBACK: lambda: play_phone(world, calls_back=True),
        HOLD: lambda: play_phone(world, calls_back=True, holds=True),
        MATCH: lambda: play_rolling(world, rules, overbooking),
        CLAIRVOYANT: lambda: play_clairvoyant(world),
    }
    if policy not in policies:
        raise ValueError(f"There is no policy {policy!r}; there are {', '.join(POLICIES)}.")
    played = policies[policy]()
    check(world, played)
    return outcome(world, played)


def outcome(world: World, played: Played) -> Outcome:
    """Return the figures of what happened. Raises ``ValueError`` when nobody can be counted."""
    lost: list[int] = []
    irregular: list[bool] = []
    first_cycle = first_possible = unserved = late = never = 0
    days: list[int] = []
    turns: list[int] = []
    for woman, found in zip(world.women, played.examined, strict=True):
        if woman.referred not in world.measured:
            continue
        possible = woman.first_possible
        if possible is None:
            never += 1
            continue
        irregular.append(woman.irregular)
        turn = len(woman.turns) if found is None else found.turn
        lost.append(turn - possible)
        turns.append(turn + 1)
        if found is None:
            unserved += 1
            continue
        first_cycle += turn == 0
        first_possible += turn == possible
        days.append(found.day - woman.referred)
        late += found.day >= woman.turns[turn].ovulation
    if not lost:
        raise ValueError(
            "No woman of this world was referred in the days that are counted. Play more days, or "
            "a higher load."
        )
    examined = sum(found is not None for found in played.examined)
    count = len(lost)
    return Outcome(
        women=count,
        never_possible=never,
        lost_cycles=sum(lost) / count,
        first_cycle_share=first_cycle / count,
        first_possible_share=first_possible / count,
        days_to_exam=float(np.mean(days)) if days else 0.0,
        cycles_p95=float(np.quantile(turns, 0.95)),
        unserved_share=unserved / count,
        wasted_share=played.wasted / max(1, sum(world.exam_places)),
        outside_window=0,
        after_ovulation_share=late / max(1, count - unserved),
        bumps_per_1000=1000 * played.bumps / max(1, examined),
        moves_per_woman=played.moves / max(1, examined),
        lost_irregular=_mean(lost, irregular, True),
        lost_regular=_mean(lost, irregular, False),
    )


def _mean(lost: Sequence[int], irregular: Sequence[bool], which: bool) -> float | None:
    of_them = [one for one, each in zip(lost, irregular, strict=True) if each is which]
    return sum(of_them) / len(of_them) if of_them else None


def prize_share(policy: float, baseline: float, clairvoyant: float) -> float | None:
    """Return the share of the avoidable lost cycles that a policy avoids; None where none is.

    ``(baseline - policy) / (baseline - clairvoyant)``, all in lost cycles per woman.
    """
    prize = baseline - clairvoyant
    return (baseline - policy) / prize if prize > 0 else None
