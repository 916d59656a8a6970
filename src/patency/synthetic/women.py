"""Pretend women with cycles that hang together, from fitted numbers or from a table of real ones.

Each woman has her own habits; her cycles vary about them, with heavy tails. Nothing is read and
nothing is written here: the numbers and the source of chance come in as arguments.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from patency.core.document import Table
from patency.core.study.cycles import RealCycle

Numbers = NDArray[np.float64]
Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cycles:
    """Cycles of many women; every array has the shape (women, cycles), in days."""

    length: Days
    bleeding: Days
    ovulation: Days
    """Day of the cycle, the first is 1."""


class Population(Protocol):
    """Women to draw from."""

    def draw(self, women: int, cycles: int, chance: np.random.Generator) -> Cycles:
        """Return so many cycles of so many women, each row one woman's."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a population of cycles is like; ``synthetic/women.toml`` gives each its source."""

    length_mean: float
    length_between: float
    length_between_df: float
    length_within_median: float
    length_within_spread: float
    """Standard deviation, over women, of the logarithm of their own scale."""
    length_within_df: float
    bleeding_mean: float
    bleeding_between: float
    bleeding_within: float
    ovulation_mean: float
    ovulation_between: float
    ovulation_within: float
    length_ovulation_correlation: float


SHORTEST, LONGEST = 15, 120  # days; a forecast is not made for anything beyond
LONGEST_BLEEDING = 14


@dataclass(frozen=True, slots=True)
class Parametric:
    """Women drawn from fitted numbers: the population that ships with the program."""

    fitted: Fitted

    def draw(self, women: int, cycles: int, chance: np.random.Generator) -> Cycles:
        """Return so many cycles of so many women, each row one woman's."""
        one, shape = self.fitted, (women, cycles)
        rho = one.length_ovulation_correlation
        # Her own habits: length and ovulation go together, bleeding goes its own way.
        own_length = chance.standard_t(one.length_between_df, (women, 1))
        own_ovulation = rho * own_length + np.sqrt(1 - rho**2) * chance.standard_normal((women, 1))
        own_bleeding = one.bleeding_between * chance.standard_normal((women, 1))
        scale = one.length_within_median * np.exp(
            one.length_within_spread * chance.standard_normal((women, 1))
        )
        # Her cycles about them: an irregular woman is irregular in her ovulation too.
        wander = chance.standard_t(one.length_within_df, shape)
        beside = chance.standard_normal(shape)
        steadiness = scale / one.length_within_median
        length = one.length_mean + one.length_between * own_length + scale * wander
        ovulation = (
            one.ovulation_mean
            + one.ovulation_between * own_ovulation
            + one.ovulation_within * steadiness * (rho * wander + np.sqrt(1 - rho**2) * beside)
        )
        bleeding = (
            one.bleeding_mean + own_bleeding + one.bleeding_within * chance.standard_normal(shape)
        )
        lengths = np.clip(np.rint(length), SHORTEST, LONGEST)
        ovulations = np.clip(np.rint(ovulation), 6, lengths - 4)
        bleedings = np.clip(np.rint(bleeding), 1, LONGEST_BLEEDING)
        return Cycles(*(part.astype(np.int64) for part in (lengths, bleedings, ovulations)))


@dataclass(frozen=True, slots=True)
class Resampled:
    """Real women, and each one's own real cycles drawn again and again, whole (a plasmode)."""

    women: tuple[tuple[tuple[int, int, int], ...], ...]
    """Each woman's cycles: length, bleeding, day of ovulation."""

    def draw(self, women: int, cycles: int, chance: np.random.Generator) -> Cycles:
        """Return so many cycles of so many women, each row one woman's."""
        counts = np.array([len(own) for own in self.women])
        flat = np.array([cycle for own in self.women for cycle in own])
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        who = chance.integers(len(self.women), size=(women, 1))
        which = first[who] + np.floor(chance.random((women, cycles)) * counts[who]).astype(int)
        drawn = flat[which]
        return Cycles(drawn[..., 0], drawn[..., 1], drawn[..., 2])


def resampled(cycles: Sequence[RealCycle]) -> Resampled:
    """Return the women of a table of real cycles. Raises ``ValueError`` without any whole cycle."""
    by_woman: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for one in cycles:
        if one.length is not None:
            by_woman[one.woman].append((one.length, one.menses, one.ovulation_day))
    if not by_woman:
        raise ValueError(
            "No cycle of the table has its length, its bleeding and its day of ovulation, so no "
            "woman can be drawn from it. Give at least one whole cycle."
        )
    return Resampled(tuple(tuple(own) for own in by_woman.values()))


def parse_fitted(document: Mapping[str, object], file_name: str) -> Fitted:
    """Return the numbers of a population. Raises ``DocumentRefused`` naming all that is wrong."""
    top = Table(document, file_name)
    found: dict[str, float] = {}
    for one in fields(Fitted):
        table = top.table(one.name)
        found[one.name] = table.number("value", low=0, high=100, unit="days or none")
        for key in ("unit", "source", "owner"):
            table.text(key)
        table.day("review")
        table.close()
    top.close()
    top.finish(see="docs/adr/0009-booking-engine.md")
    return Fitted(**found)
