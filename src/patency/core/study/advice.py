"""What a site's own rules cost in lost cycles, and what each small change of them would win.

One cycle is lost when a woman could have been examined in it at a clinic that opens every day and
has room for everyone, under the protocol as the site keeps it, and was not. Every change is played
on the same women with the same luck, so that what differs is the change alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from scipy.stats import t as student

from patency.core.study.opening import AS_IT_IS, Change
from patency.core.study.simulation.world import Played, World

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Figures:
    """What one change means in one playing; shares are fractions from 0 to 1."""

    women: int
    """Who were counted: those who wait now, and those referred in the year."""
    lost_cycles: float
    """Lost cycles a woman, in the mean."""
    no_plan_share: float
    """Of their cycles in the year, those without any two days, whatever room there is."""
    examined_share: float
    after_ovulation_share: float
    """Of all examinations, those on or after ovulation, which nobody in the clinic knows."""
    extra_hours: float
    """Hours of work more than as it is, in a year: visits of added days, added examinations."""


def figures(
    world: World, played: Played, possible: Sequence[int | None], *, extra_hours: float
) -> Figures:
    """Return what a change means for the women who are counted.

    ``possible`` is, for each woman, the first cycle in which a clinic that is always open examines
    her; None leaves her out. Who was not examined by the end has waited for every cycle so far.
    """
    lost: list[int] = []
    cycles = without = examined = late = 0
    for woman, found, first in zip(world.women, played.examined, possible, strict=True):
        if first is None or woman.referred not in world.measured:
            continue
        begun = [turn for turn in woman.turns if turn.start < world.measured.stop]
        cycles += len(begun)
        without += sum(not turn.true.exam for turn in begun)
        if found is None:
            lost.append(max(0, len(woman.turns) - first))
            continue
        examined += 1
        lost.append(found.turn - first)
        late += found.day >= woman.turns[found.turn].ovulation
    return Figures(
        women=len(lost),
        lost_cycles=fmean(lost) if lost else 0.0,
        no_plan_share=without / cycles if cycles else 0.0,
        examined_share=examined / len(lost) if lost else 0.0,
        after_ovulation_share=late / examined if examined else 0.0,
        extra_hours=extra_hours,
    )


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over playings, and the interval it lies in with 95 % confidence."""

    mean: float
    low: float
    high: float


def interval(numbers: Sequence[float]) -> Interval:
    """Return the mean of numbers and its Student interval; of one number, the number alone."""
    mean = fmean(numbers)
    if len(numbers) < 2:
        return Interval(mean, mean, mean)
    half = float(student.ppf((1 + CONFIDENCE) / 2, len(numbers) - 1))
    half *= stdev(numbers) / len(numbers) ** 0.5
    return Interval(mean, mean - half, mean + half)


@dataclass(frozen=True, slots=True)
class Row:
    """One change beside the site as it is."""

    change: Change
    lost_cycles: Interval
    won_cycles: Interval
    """Lost cycles a woman that the change wins back, paired playing by playing."""
    no_plan_share: float
    examined_share: float
    after_ovulation_share: float
    extra_hours: float

    @property
    def is_certain(self) -> bool:
        """Whether the interval of what it wins, or loses, excludes nothing at all."""
        return self.won_cycles.low > 0 or self.won_cycles.high < 0


def rows(playings: Iterable[Sequence[tuple[Change, Figures]]]) -> tuple[Row, ...]:
    """Return every change, the site as it is first and then the one that wins most.

    Within one playing each change must have been given the same women. Raises ``KeyError`` without
    the site as it is.
    """
    found: dict[Change, list[Figures]] = {}
    for playing in playings:
        for change, one in playing:
            found.setdefault(change, []).append(one)
    now = [one.lost_cycles for one in found[AS_IT_IS]]
    made = [
        Row(
            change=change,
            lost_cycles=interval([one.lost_cycles for one in those]),
            won_cycles=interval(
                [before - one.lost_cycles for before, one in zip(now, those, strict=True)]
            ),
            no_plan_share=fmean(one.no_plan_share for one in those),
            examined_share=fmean(one.examined_share for one in those),
            after_ovulation_share=fmean(one.after_ovulation_share for one in those),
            extra_hours=fmean(one.extra_hours for one in those),
        )
        for change, those in found.items()
    ]
    return tuple(
        sorted(made, key=lambda row: (row.change != AS_IT_IS, -row.won_cycles.mean, row.change.key))
    )


@dataclass(frozen=True, slots=True)
class Basis:
    """What advice rests on, so that a reader can judge it."""

    site: str
    protocol: str
    first_day: str
    days: int
    own_women: int
    """Women who wait now, played with their own periods."""
    referrals_a_day: float
    """New women on an open day; measured from the site's own, or assumed."""
    referrals_measured: bool
    exams_a_week: int
    exams_measured: bool
    """Whether the places are those the site has opened, or assumed."""
    years_without_notice: tuple[int, ...]
    playings: int
    women: int


def as_data(basis: Basis, made: Sequence[Row]) -> dict[str, Any]:
    """Return advice as plain data with stable keys, as it is printed and kept."""
    return {
        "site": basis.site,
        "protocol": basis.protocol,
        "from": basis.first_day,
        "days": basis.days,
        "own_women": basis.own_women,
        "referrals_a_day": round(basis.referrals_a_day, 2),
        "referrals_measured": basis.referrals_measured,
        "exams_a_week": basis.exams_a_week,
        "exams_measured": basis.exams_measured,
        "years_without_notice": list(basis.years_without_notice),
        "playings": basis.playings,
        "women": basis.women,
        "rows": [
            {
                "change": row.change.key,
                "says": row.change.says,
                "clinical": row.change.clinical,
                "lost_cycles": _told(row.lost_cycles),
                "won_cycles": _told(row.won_cycles),
                "certain": row.is_certain,
                "no_plan_share": round(row.no_plan_share, 4),
                "examined_share": round(row.examined_share, 4),
                "after_ovulation_share": round(row.after_ovulation_share, 4),
                "extra_hours_a_year": round(row.extra_hours, 1),
            }
            for row in made
        ],
    }


def _told(one: Interval) -> dict[str, float]:
    return {"mean": round(one.mean, 4), "low": round(one.low, 4), "high": round(one.high, 4)}
