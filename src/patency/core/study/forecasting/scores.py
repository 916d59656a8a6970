"""How good chances were, once the day had come: one number for each forecast and each measure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patency.core.cycle.lengths import Array

LEVELS = (50, 80, 95)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """One value for each forecast; arrays of one length. Lower is better, but for the log score."""

    error: Array
    """The day that came, less the day that was said (for chances: their median)."""
    error_of_whole_day: Array
    """The same when the day said is rounded to a whole one, as anyone would who says a date."""
    log_score: Array
    """The natural logarithm of the chance given to what came; higher is better."""
    crps: Array
    """Continuous ranked probability score in days: the squared distance between the chance of
    having come by each day and the truth, summed over days."""
    covered: dict[int, Array]
    """By level in per cent: how surely the middle interval of that level held what came (0 to 1).

    Whole days hold more than a level asks for. So an end day counts only for the part of its chance
    that the level needs: the share of draws in which a randomised probability integral transform
    lies inside, worked out instead of drawn.
    """
    width: dict[int, Array]
    """The days of that interval, its end days counted for the same parts."""
    shown_covered: dict[int, Array]
    """Whether the whole days that hold at least the level, as a woman is shown them, held it."""
    shown_days: dict[int, Array]
    """How many whole days those are."""


def score(chance: Array, came: NDArray[np.int64], said: Array | None = None) -> Scores:
    """Return the scores of forecasts.

    ``chance`` has the shape (forecasts, longest), rows sum to 1, column 0 is one day; ``came`` are
    the lengths that came, from 1 to longest. ``said`` are the single days said, where these are not
    the medians.
    """
    row = np.arange(len(came))
    by_day = np.minimum(np.cumsum(chance, axis=1), 1.0)
    before = np.hstack([np.zeros((len(came), 1)), by_day[:, :-1]])
    of_day = np.maximum(by_day - before, 1e-300)
    truth = np.arange(1, chance.shape[1] + 1)[None, :] >= came[:, None]
    covered, width, shown_covered, shown_days = {}, {}, {}, {}
    for level in LEVELS:
        low, high = 0.5 - level / 200, 0.5 + level / 200
        inside = np.minimum(by_day, high) - np.maximum(before, low)
        part = np.clip(inside / of_day, 0.0, 1.0)
        covered[level], width[level] = part[row, came - 1], part.sum(axis=1)
        first, last = _first_day_by(by_day, low), _first_day_by(by_day, high)
        shown_covered[level] = ((first <= came) & (came <= last)).astype(np.float64)
        shown_days[level] = (last - first + 1).astype(np.float64)
    day = _first_day_by(by_day, 0.5) if said is None else said
    return Scores(
        error=np.asarray(came - day, dtype=np.float64),
        error_of_whole_day=np.asarray(came - np.floor(day + 0.5), dtype=np.float64),
        log_score=np.log(chance[row, came - 1]),
        crps=((by_day - truth) ** 2).sum(axis=1),
        covered=covered,
        width=width,
        shown_covered=shown_covered,
        shown_days=shown_days,
    )


def _first_day_by(by_day: Array, share: float) -> NDArray[np.int64]:
    return np.asarray((by_day >= share - 1e-12).argmax(axis=1) + 1, dtype=np.int64)
