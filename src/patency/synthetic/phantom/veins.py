"""Where contrast goes that enters veins: a net round the cavity, then veins of the pelvis."""

import numpy as np

from patency.synthetic.phantom.anatomy import Cavity, Grains

LACE_ML = 0.0006
STEP_MM = 0.4
# By grade from the second: how long and wide the trunks are, in mm; our choice.
UTERINE, PELVIC = (45.0, 2.2), (95.0, 3.5)


def veins_of(cavity: Cavity, grade: int, rng: np.random.Generator) -> Grains:
    """Return the veins of a grade, those that fill first before the others."""
    lace = _lace(cavity, rng)
    if grade < 2:
        return lace
    # The net of a stronger flow is the same, but it does not keep what goes on into the trunks.
    parts = [Grains(lace.where, lace.volume_ml * 0.3, lace.spread_mm)]
    parts += [_trunk(cavity, side, UTERINE, turn, rng) for side in (-1, 1) for turn in (-0.4, 0.3)]
    if grade > 2:
        parts += [
            _trunk(cavity, side, PELVIC, turn, rng) for side in (-1, 1) for turn in (-1.1, 0.1)
        ]
    return Grains(
        np.concatenate([each.where for each in parts]),
        np.concatenate([each.volume_ml for each in parts]),
        np.concatenate([each.spread_mm for each in parts]),
    )


def _trunk(
    cavity: Cavity, side: int, size: tuple[float, float], turn: float, rng: np.random.Generator
) -> Grains:
    """Return one winding vein that leaves the side of the cavity."""
    long, wide = size
    steps = int(long / STEP_MM)
    body = cavity.grains.where[cavity.canal :]
    begin = np.array([side * np.abs(body[:, 0]).max() * 0.8, float(np.median(body[:, 1])), 0.0])
    heading = turn + np.cumsum(rng.normal(0, 0.09, steps)) + 0.25 * np.sin(np.arange(steps) / 9)
    where = begin + STEP_MM * np.stack(
        [
            side * np.cumsum(np.cos(heading)),
            np.cumsum(np.sin(heading)),
            np.cumsum(rng.normal(0, 0.2, steps)),
        ],
        axis=1,
    )
    volume = np.pi * (wide / 2) ** 2 * STEP_MM / 1000
    return Grains(where, np.full(steps, volume), np.full(steps, wide / 4))


def _lace(cavity: Cavity, rng: np.random.Generator) -> Grains:
    """Return the small veins in the first 2 cm about the cavity, the nearest first."""
    body = cavity.grains.where[cavity.canal :]
    middle = body.mean(axis=0)
    away = np.hypot(*(body - middle).T[:2])
    starts = body[rng.choice(np.flatnonzero(away > np.quantile(away, 0.6)), 60)]
    out = (starts - middle) / np.linalg.norm(starts - middle, axis=1)[:, None]
    turn = np.cumsum(rng.normal(0, 0.35, (60, 50)), axis=1) * 0.6
    heading = np.arctan2(out[:, 1], out[:, 0])[:, None] + turn
    x = starts[:, :1] + np.cumsum(np.cos(heading), axis=1) * STEP_MM
    y = starts[:, 1:2] + np.cumsum(np.sin(heading), axis=1) * STEP_MM
    where = np.stack([x, y, np.zeros_like(x)], axis=2).transpose(1, 0, 2).reshape(-1, 3)
    return Grains(where, np.full(len(where), LACE_ML), np.full(len(where), 0.45))
