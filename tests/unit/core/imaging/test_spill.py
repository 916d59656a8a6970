"""A cloud is looked for while it stands, not only at the end of the pictures."""

import numpy as np
import pytest

from patency.core.imaging.cavity import Cavity
from patency.core.imaging.paths import Course
from patency.core.imaging.spill import clouds
from patency.core.imaging.timeline import Timeline
from patency.core.imaging.tubes import Filling
from tests.unit.core.imaging.drawn import NOISE, SIDE, drawn

RUNS = np.repeat([0, 1, 2], [8, 4, 12])
END = (40.0, 60.0)
"""Where the tube at the left ends."""


def cloud(amount: float, wide_mm: float) -> np.ndarray:
    """Return a cloud 20 mm below the end of the tube: density at its middle falls as it widens."""
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    away = np.hypot(xx - END[0], yy - (END[1] + 20.0))
    return np.asarray(amount / wide_mm**2 * np.exp(-0.5 * (away / wide_mm) ** 2))


def line_of(brief: np.ndarray, late: np.ndarray) -> Timeline:
    """Return three runs: contrast without a cloud, with a brief one, and what is left of it."""
    rng = np.random.default_rng(0)
    held = {0: np.zeros((SIDE, SIDE)), 1: brief, 2: late}
    added = np.stack([held[run] + rng.normal(0, NOISE, (SIDE, SIDE)) for run in RUNS])
    return drawn(added, RUNS, first_contrast=2, begins_filled=False, still_blocks=2)


def cavity() -> Cavity:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[50:80, 70:90] = True
    horns = {"left": (70.0, 52.0), "right": (90.0, 52.0)}
    return Cavity(
        mask, 3, 0.6, (80.0, 62.0), (0.0, 1.0), horns, 30.0, 20.0, 6.0, 0.0, (), "regular"
    )


def tube() -> tuple[Course, Filling]:
    """Return a tube of 31 mm at the left that was full in the sixth picture."""
    share = np.linspace(0.0, 1.0, 32)[:, None]
    points = (1 - share) * np.array([70.0, 52.0]) + share * np.array(END)
    arc = np.arange(32.0)
    pieces = arc[2::2]
    front = np.minimum(np.maximum(np.arange(len(RUNS)) - 1.0, 0.0) * 8.0, 30.0)
    few = np.ones(len(pieces))
    return Course(points, arc), Filling(pieces, 5.0 * few, 0.3 * few, NOISE * few, front, few)


@pytest.mark.parametrize(
    ("brief", "late", "seen"),
    [
        (cloud(4.0, 6.0), cloud(4.0, 6.0), True),
        (cloud(4.0, 6.0), cloud(4.0, 26.0), None),
        (0.0 * cloud(4.0, 6.0), 0.0 * cloud(4.0, 6.0), False),
    ],
    ids=["a cloud that stays", "a cloud that spreads out of sight", "no cloud"],
)
def test_a_cloud_that_spread_out_of_sight_is_not_called_none(
    brief: np.ndarray, late: np.ndarray, seen: bool | None
) -> None:
    found = clouds(line_of(brief, late), cavity(), {"left": tube(), "right": None}, net=False)

    assert found["left"].seen is seen
    assert (found["left"].since_s is None) is (seen is False)
