"""What the shipped numbers forecast besides the next start, each beside a plain rule.

How long she bleeds, when she ovulates, and the next start asked again later in the cycle, when "no
period yet" is known too.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from patency.core.cycle.lengths import BLEEDING_GRID, CYCLE_GRID, Array
from patency.core.cycle.model import CycleModel
from patency.core.cycle.predict import ovulation_days
from patency.core.study.forecasting.baselines import REMEMBERED, Lengths, Targets
from patency.core.study.forecasting.histories import Histories
from patency.core.study.forecasting.scores import score
from patency.core.study.forecasting.trial import SHIPPED, Figures, chances, figures_of, targets_of

RULE = "rule"
# The calendar rule: ovulation so many days before the next period.
LUTEAL_DAYS = 14
# Asked again on these days of the cycle, when no period has started by then.
ASKED_AGAIN_ON = (26, 29, 31, 34)


def bleeding_figures(histories: Histories, model: CycleModel) -> Mapping[str, Figures] | None:
    """Return how many days of bleeding were forecast, against the median of her last six.

    None when no woman has two lengths of bleeding.
    """
    longest = BLEEDING_GRID.longest
    targets = targets_of(
        tuple(days for days in history.bleeding_days if days <= longest)
        for history in histories.women
    )
    if not len(targets.came):
        return None
    said = np.array([np.median(told[-REMEMBERED:]) for told in targets.told])
    ours = figures_of(score(chances(targets, model.bleeding, BLEEDING_GRID), targets.came))
    return {SHIPPED: ours, RULE: _of_days(said, targets)}


def ovulation_figures(histories: Histories, model: CycleModel) -> Mapping[str, Figures] | None:
    """Return how the day of ovulation was forecast from lengths of cycles alone, before it came.

    Against 14 days before the next period, by the mean of her cycles. None when no cycle with an
    estimated day of ovulation has one before it.
    """
    found = list(_ovulations(histories))
    if not found:
        return None
    targets = Targets(
        tuple(told for told, _ in found),
        np.array([came for _, came in found], dtype=np.int64),
        np.zeros(len(found), dtype=np.int64),
    )
    said = np.array([np.mean(told) - LUTEAL_DAYS for told in targets.told])
    cycle = chances(targets, model.cycle, CYCLE_GRID)
    days = np.array([ovulation_days(model.luteal, one) for one in cycle])
    ours = figures_of(score(np.maximum(days, 1e-9), targets.came))
    return {SHIPPED: ours, RULE: _of_days(said, targets)}


def in_cycle_figures(
    histories: Histories, model: CycleModel, *, least: int = 3
) -> Mapping[int, Mapping[str, Figures]]:
    """Return how the next start was forecast on later days of the cycle, by that day.

    Only cycles that lasted longer and have ``least`` earlier ones; against the median of her last
    six, or the next day where that has passed. Days without such a cycle are left out.
    """
    targets = targets_of(history.lengths for history in histories.women)
    if not len(targets.came):
        return {}
    chance = chances(targets, model.cycle)
    usual = np.array([np.median(told[-REMEMBERED:]) for told in targets.told])
    found: dict[int, Mapping[str, Figures]] = {}
    for day in ASKED_AGAIN_ON:
        # A cycle whose day 26 has passed without the next start lasts 26 days or more.
        which = (targets.came >= day) & (targets.earlier >= least)
        if which.any():
            left = chance[which] * (np.arange(1, chance.shape[1] + 1) >= day)
            left /= left.sum(axis=1, keepdims=True)
            still = targets.only(which)
            said = np.maximum(usual[which], day)
            found[day] = {
                SHIPPED: figures_of(score(left, still.came)),
                RULE: _of_days(said, still),
            }
    return found


def _ovulations(histories: Histories) -> Iterator[tuple[Lengths, int]]:
    for history in histories.women:
        told: tuple[int, ...] = ()
        for row in history.cycles:
            if told and row.ovulation_day is not None:
                yield told, row.ovulation_day
            if row.length is not None:
                told = (*told, row.length)


def _of_days(said: Array, targets: Targets) -> Figures:
    """Return the figures of a rule that says a day and no chances."""
    error = np.abs(targets.came - said)
    whole = np.abs(targets.came - np.floor(said + 0.5))
    return {
        "targets": len(error),
        "mae": float(error.mean()),
        "mae_whole_days": float(whole.mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "within_2": float((whole <= 2).mean()),
        "within_3": float((whole <= 3).mean()),
    }
