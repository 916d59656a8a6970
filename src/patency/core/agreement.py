"""How far two readers agree on categories beyond chance: Cohen's kappa with its interval.

Agreement says nothing of who is right: neither reader is the truth.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # of a two-sided 95 % interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two readers said of the same things."""

    table: tuple[tuple[str, str, int], ...]
    """What the first said, what the second said, how often."""
    n: int
    agreed: int
    kappa: float | None
    """None where chance alone explains everything, as when both always say the same word."""
    low: float | None
    high: float | None


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Return the agreement of two readers; the interval is the large-sample one.

    Cohen 1960 (doi 10.1177/001316446002000104): SE = sqrt(po (1 - po) / n) / (1 - pe). With few
    pairs it is too narrow, so n is always shown.
    """
    counts = Counter(pairs)
    n = len(pairs)
    agreed = sum(times for (one, other), times in counts.items() if one == other)
    table = tuple((one, other, times) for (one, other), times in sorted(counts.items()))
    if n == 0:
        return Agreement(table, 0, 0, None, None, None)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(first[word] * second[word] for word in first) / n**2
    if by_chance == 1:
        return Agreement(table, n, agreed, None, None, None)
    share = agreed / n
    kappa = (share - by_chance) / (1 - by_chance)
    error = Z * sqrt(share * (1 - share) / n) / (1 - by_chance)
    return Agreement(table, n, agreed, kappa, max(-1.0, kappa - error), min(1.0, kappa + error))
