"""Her tubes: a curve in space from each horn, with a bore that changes by segment."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from patency.synthetic.phantom.anatomy import Array, Grains
from patency.synthetic.phantom.cases import LEVELS, TubePlan

STEP_MM = 0.25
# Ends of the segments in cm from the horn; the ampulla ends 2 cm before the fimbria.
INTERSTITIAL_CM, ISTHMUS_CM, FUNNEL_CM = 1.0, 3.5, 2.0
NO_GRAINS = Grains(np.zeros((0, 3)), np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class Tube:
    """One tube with its contrast, as it would be filled to the end."""

    grains: Grains
    arc_cm: Array
    bore_mm: Array
    stop_cm: float | None
    length_cm: float
    pockets: Grains
    """Diverticula beside it, which fill as the front comes by."""
    pockets_cm: Array
    """Where each grain of them opens into the tube."""

    def held(self, ml: float) -> tuple[Array, Array]:
        """Return what each grain of the tube and of its pockets holds of ``ml``."""
        volume = np.concatenate([self.grains.volume_ml, self.pockets.volume_ml])
        order = np.argsort(np.concatenate([self.arc_cm, self.pockets_cm]), kind="stable")
        before = np.cumsum(volume[order]) - volume[order]
        held = np.empty_like(volume)
        held[order] = np.clip(ml - before, 0, volume[order])
        return held[: len(self.arc_cm)], held[len(self.arc_cm) :]

    def room_ml(self, reach_cm: float) -> float:
        """Return what fits in as far as a place along the tube."""
        own = self.grains.volume_ml[self.arc_cm < reach_cm].sum()
        return float(own + self.pockets.volume_ml[self.pockets_cm < reach_cm].sum())

    def segment_at(self, cm: float) -> str:
        """Return the name of the segment at a distance from the horn."""
        if cm <= 0:
            return "none"
        if cm <= INTERSTITIAL_CM:
            return "interstitial"
        if cm <= ISTHMUS_CM:
            return "isthmic"
        return "ampullary" if cm <= self.length_cm - FUNNEL_CM else "fimbrial"


def tube_of(plan: TubePlan, horn: Array, *, side: int, rng: np.random.Generator) -> Tube:
    """Return a tube from ``horn``; ``side`` is -1 for the right (left of the picture), else 1."""
    length = float(np.clip(rng.normal(10.0, 1.2), 7.0, 14.0))  # 7 to 14 cm, mean 10
    arc = np.arange(0, length * 10, STEP_MM)
    wander = np.clip((arc - 20) / 40, 0.05, 1.0)
    bend = gaussian_filter1d(rng.standard_normal(len(arc)), 6 / STEP_MM)
    bend *= wander * 0.07 / max(bend.std(), 1e-9)
    turn = (
        rng.uniform(0.2, 1.3) * np.clip((arc - 30) / 70, 0, 1) * rng.choice([-1, 1], p=[0.25, 0.75])
    )
    heading = rng.uniform(-0.7, 0.15) + np.cumsum(bend) * STEP_MM + turn * 1.6
    deep = gaussian_filter1d(rng.standard_normal(len(arc)), 12 / STEP_MM)
    pitch = 0.55 * deep / max(deep.std(), 1e-9) * np.clip(arc / 25, 0, 1)
    step = np.stack(
        [
            side * np.cos(heading) * np.cos(pitch),
            np.sin(heading) * np.cos(pitch),
            np.sin(pitch),
        ],
        axis=1,
    )
    where = horn + np.cumsum(step, axis=0) * STEP_MM
    cm = arc / 10
    end = length - FUNNEL_CM
    knots = [0, INTERSTITIAL_CM, ISTHMUS_CM, ISTHMUS_CM + 1, end, length]
    bores = [
        rng.uniform(0.6, 0.8),
        rng.uniform(0.6, 0.8),
        rng.uniform(0.7, 1.0),
        rng.uniform(1.4, 2.2),
        rng.uniform(2.5, 4.5),
        rng.uniform(4.5, 6.5),
    ]
    ripple = 1 + 0.12 * gaussian_filter1d(rng.standard_normal(len(arc)), 2 / STEP_MM) * 4
    if plan.pipe_mm:
        bores = [plan.pipe_mm] * len(bores)
    bore = np.interp(cm, knots, bores) * np.clip(ripple, 0.6, 1.4)
    if plan.stopped_at is None:
        stop = None
    elif plan.stopped_at == "absent":
        stop = 0.0
    elif plan.stopped_at == "fimbrial":
        stop = length
    else:
        stop = float(rng.uniform(*LEVELS[plan.stopped_at]))
    if plan.bulb_mm:
        bulge = np.clip((cm - (length - 4.5)) / 4.5, 0, 1)
        bore = np.maximum(bore, plan.bulb_mm * np.sin(np.pi * np.clip(bulge, 0, 0.93)) ** 0.7)
    volume = np.pi * (bore / 2) ** 2 * STEP_MM / 1000
    pockets, opens = _pockets(where, cm, rng) if plan.has_pockets else (NO_GRAINS, np.zeros(0))
    return Tube(Grains(where, volume, bore / 4), cm, bore, stop, length, pockets, opens)


def _pockets(where: Array, cm: Array, rng: np.random.Generator) -> tuple[Grains, Array]:
    """Return diverticula of 1 to 2 mm about the isthmus, and where they open."""
    count = int(rng.integers(6, 12))
    opens = np.sort(rng.uniform(0.6, ISTHMUS_CM, count))
    wide = rng.uniform(1.0, 2.0, count)
    turn = rng.uniform(0, 2 * np.pi, count)
    aside = (0.9 + wide / 2)[:, None] * np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=1)
    stands = where[np.searchsorted(cm, opens)] + aside
    return Grains(stands, np.pi / 6 * wide**3 / 1000, wide / 4), opens
