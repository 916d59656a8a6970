"""How many women may be invited beyond the places there are, and how many are then sent home.

Some women do not come. How many do is a sum of unequal coins (Poisson-binomial), whose
distribution is a convolution. A site chooses how often a full house may be too full; everything
else follows, and the rate at which women are sent home is shown with it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def show_distribution(chances: Sequence[float]) -> NDArray[np.float64]:
    """Return the chance that exactly 0, 1, 2, … of the invited women come.

    ``chances`` holds each woman's chance to come, from 0 to 1; the result has one entry more.
    """
    if any(not 0 <= chance <= 1 for chance in chances):
        raise ValueError("A chance to come lies outside 0 to 1. Give a share, not per cent.")
    found = np.ones(1)
    for chance in chances:
        found = np.convolve(found, (1 - chance, chance))
    return found


def too_many(chances: Sequence[float], places: int) -> float:
    """Return the chance that more of the invited women come than there are places."""
    return float(show_distribution(chances)[places + 1 :].sum())


def sent_home(chances: Sequence[float], places: int) -> float:
    """Return how many women must be expected to come without finding a place."""
    over = show_distribution(chances)[places + 1 :]
    return float((over * np.arange(1, len(over) + 1)).sum())


def extra_places(chance: float, places: int, *, alpha: float, most: int = 10) -> int:
    """Return the most extra women to invite such that too many come at most ``alpha`` of the time.

    Every invited woman comes with the same ``chance``. Nobody is invited beyond no places at all:
    where there is none, a bump would be certain.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha is {alpha}; it is a chance and lies from 0 to 1. Correct it.")
    if places < 1:
        return 0
    extra = 0
    while extra < most and too_many([chance] * (places + extra + 1), places) <= alpha:
        extra += 1
    return extra


def bumps_per_1000(chance: float, places: int, extra: int) -> float:
    """Return how many women are sent home for every 1,000 examined, on days that are full.

    Days that are not full send nobody home, so a site sees at most this.
    """
    invited = [chance] * (places + extra)
    shows = show_distribution(invited)
    examined = float((shows * np.minimum(np.arange(len(shows)), places)).sum())
    return 1000 * sent_home(invited, places) / examined if examined else 0.0
