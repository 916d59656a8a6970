"""One woman on the table: her grains of lumen, what flows through them, and how all of it moves."""

from dataclasses import dataclass, replace

import numpy as np

from patency.synthetic.phantom.anatomy import (
    CANAL_MM,
    Array,
    Cavity,
    Grains,
    Surroundings,
    cavity_of,
    surroundings,
    turned,
)
from patency.synthetic.phantom.cases import Case, TubePlan
from patency.synthetic.phantom.flow import Flow, flow_of
from patency.synthetic.phantom.tubes import Tube, tube_of
from patency.synthetic.phantom.veins import veins_of

SIDES = ("right", "left")
PUFF_ML, SETTLES_S = 0.04, 20.0
MOST_PUFFS = 400
WALLED_MM, WALLED_S = 11.0, 4.0  # half the width of a pocket of adhesions, and how soon it fills
JUMPS_S = 22.0  # while the second run is taken
BUBBLE_MM, BUBBLE_S = (1.5, 3.0), 3.0  # half its width; how long it stays in a place
DAY_AFTER_S, STREWN = 40_000.0, 2.0  # how much further oil has come by then; our choice


@dataclass(frozen=True)
class Sway:
    """How a layer moves: a few slow waves in mm, and one jump."""

    size_mm: Array
    rate_hz: Array
    begins: Array
    jump_mm: tuple[float, float]

    def at(self, second: float) -> tuple[float, float]:
        """Return how far the layer is from its place."""
        moved = self.size_mm * np.sin(2 * np.pi * self.rate_hz * second + self.begins)
        x, y = self.jump_mm if second >= JUMPS_S else (0.0, 0.0)
        return float(moved[0].sum()) + x, float(moved[1].sum()) + y


@dataclass(frozen=True)
class Bubble:
    """A bubble of air in the cavity, which goes from place to place."""

    half_mm: float
    places: Array
    """(places, 3), mm; it stays at each for ``BUBBLE_S``, and starts again after the last."""

    def at(self, second: float) -> Array:
        """Return where it is."""
        step = second / BUBBLE_S
        before = int(step) % len(self.places)
        part = step % 1.0
        return np.asarray(
            self.places[before] * (1 - part) + self.places[(before + 1) % len(self.places)] * part
        )


@dataclass(frozen=True)
class Inside:
    """What is hollow in her, before she lies on the table, and what flows through it."""

    case: Case
    cavity: Cavity
    tubes: dict[str, Tube]
    flow: Flow


@dataclass(frozen=True)
class Woman:
    """All that stays the same through an examination, and the flow that does not."""

    case: Case
    around: Surroundings
    cavity: Cavity
    tubes: dict[str, Tube]
    flow: Flow
    sways: dict[str, Sway]
    """Of the layers "organ", "bone" and "gas"."""
    drift: dict[str, Array]
    """Of each puff of spill: direction and speed, (puffs, 3) mm/s."""
    plume: Array
    veins: Grains
    bubble: Bubble | None

    def grains_at(self, second: float) -> dict[str, tuple[Array, Array, Array]]:
        """Return for each part where its contrast is, its spread and its iodine in mg."""
        mg = self.case.iodine_mg_ml
        moved = np.array([*self.sways["organ"].at(second), 0.0])
        found = {}
        lumen = self.cavity.grains
        ml = self.flow.at("cavity", second)
        room = lumen.volume_ml.sum()
        held = _filled(lumen.volume_ml, min(ml, room)) * max(1.0, ml / room)
        held = self._without_bubble(held, second)
        cut = self.cavity.canal
        for part, of in (("canal", slice(None, cut)), ("cavity", slice(cut, None))):
            found[part] = (lumen.where[of] + moved, lumen.spread_mm[of], held[of] * mg)
        for side, tube in self.tubes.items():
            found[side] = (
                np.concatenate([tube.grains.where, tube.pockets.where]) + moved,
                np.concatenate([tube.grains.spread_mm, tube.pockets.spread_mm]),
                np.concatenate(tube.held(self.flow.at(side, second))) * mg,
            )
            found[f"spill_{side}"] = self.spill_at(side, second)
        share = self.flow.at("reflux", second) / len(self.plume)
        size = np.full(len(self.plume), 3.0)
        found["reflux"] = (self.plume + moved, size, np.full(len(self.plume), share * mg))
        held = _filled(self.veins.volume_ml, self.flow.at("veins", second))
        found["veins"] = (self.veins.where + moved, self.veins.spread_mm, held * mg)
        return found

    def _without_bubble(self, held: Array, second: float) -> Array:
        """Return what the cavity holds: what the bubble takes the place of goes elsewhere in it."""
        total = float(held.sum())
        if self.bubble is None or total <= 0:
            return held
        away = np.linalg.norm(self.cavity.grains.where - self.bubble.at(second), axis=1)
        left = held * np.clip((away / self.bubble.half_mm - 0.7) / 0.3, 0.03, 1)
        return np.asarray(left * total / max(float(left.sum()), 1e-9))

    def spill_at(self, side: str, second: float) -> tuple[Array, Array, Array]:
        """Return where what left one tube is, its spread and its iodine in mg."""
        total = self.flow.at(f"spill_{side}", second)
        count = min(int(np.ceil(total / PUFF_ML)), MOST_PUFFS)
        if count == 0:
            return np.zeros((0, 3)), np.zeros(0), np.zeros(0)
        given = np.arange(count) * PUFF_ML
        course = self.flow.ml[f"spill_{side}"]
        # A puff leaves when the first of it has come out; plateaus of the course are stepped over.
        left = self.flow.seconds[
            np.searchsorted(course, given, side="right").clip(0, len(course) - 1)
        ]
        age = np.clip(second - left, 0, None)[:, None]
        if self._plan(side).is_walled:
            gone = self.drift[side][:count] * (1 - np.exp(-age / WALLED_S))
            spread = np.full(count, 2.4)
        else:
            gone = self.drift[side][:count] * SETTLES_S * (1 - np.exp(-age / SETTLES_S))
            gone *= 1 + (STREWN - 1) * (age > DAY_AFTER_S)
            spread = 1.3 + 7.0 * (1 - np.exp(-age[:, 0] / 25.0))
        held = np.minimum(PUFF_ML, total - given)
        held[-1] = total - given[-1]
        moved = np.array([*self.sways["organ"].at(second), 0.0])
        return (
            self.tubes[side].grains.where[-1] + moved + gone,
            spread,
            held * self.case.iodine_mg_ml,
        )

    def _plan(self, side: str) -> TubePlan:
        return self.case.right if side == "right" else self.case.left


def _filled(volume_ml: Array, ml: float) -> Array:
    """Return what each grain holds when ``ml`` have come, in their order."""
    before = np.cumsum(volume_ml) - volume_ml
    held = np.clip(ml - before, 0, volume_ml)
    # What is more than there is room for stands a little deeper everywhere.
    return np.asarray(held * max(1.0, ml / max(float(volume_ml.sum()), 1e-12)))


def inside_of(case: Case, *, starts_s: float, ends_s: float, rng: np.random.Generator) -> Inside:
    """Return what is hollow in a woman whose injection begins at ``starts_s``."""
    cavity = cavity_of(case, rng)
    plans = {"right": case.right, "left": case.left}
    tubes = {
        side: tube_of(plans[side], cavity.horns[place], side=2 * place - 1, rng=rng)
        for place, side in enumerate(SIDES)
    }
    flow = flow_of(case, cavity, tubes, starts_s=starts_s, ends_s=ends_s, rng=rng)
    return Inside(case, cavity, tubes, flow)


def woman_of(inside: Inside, rng: np.random.Generator) -> Woman:
    """Return her on the table."""
    case, cavity, tubes = inside.case, inside.cavity, inside.tubes
    veins = veins_of(cavity, case.intravasation, rng)
    lies = {
        "roll": rng.uniform(-0.26, 0.26),
        "flexion": rng.choice([-1, 1]) * rng.uniform(0.1, 0.85),
    }
    at = np.array([rng.normal(0, 5), 22 + rng.normal(0, 4), 0.0])

    def laid(grains: Grains) -> Grains:
        return Grains(turned(grains.where, **lies) + at, grains.volume_ml, grains.spread_mm)

    plume = np.stack(
        [rng.normal(0, 6, 60), CANAL_MM + 4 + np.abs(rng.normal(0, 11, 60)), rng.normal(0, 6, 60)],
        axis=1,
    )
    drift = {side: _drift(side, case, rng) for side in SIDES}
    jumps = rng.uniform(0, 2 * np.pi)
    jump = (case.jump_mm * float(np.cos(jumps)), case.jump_mm * float(np.sin(jumps)))
    lies_now = Cavity(
        laid(cavity.grains), cavity.canal, cavity.horns, cavity.length_mm, cavity.width_mm
    )
    placed = {
        side: replace(tube, grains=laid(tube.grains), pockets=laid(tube.pockets))
        for side, tube in tubes.items()
    }
    over = None
    if case.gas_over:
        course = placed[case.gas_over].grains.where
        over = course[(len(course) * np.array([0.25, 0.4, 0.55])).astype(int)]
    return Woman(
        case,
        surroundings(case, over, rng),
        lies_now,
        placed,
        inside.flow,
        {
            layer: Sway(
                rng.uniform(0.3, 1.0, (2, 4)) * size * case.movement,
                np.array([[0.25, 0.07, 0.03, 0.011]] * 2) * rng.uniform(0.8, 1.2, (2, 4)),
                rng.uniform(0, 2 * np.pi, (2, 4)),
                jump,
            )
            for layer, size in (("organ", 0.9), ("bone", 0.12), ("gas", 1.6))
        },
        drift,
        turned(plume, **lies) + at,
        laid(veins),
        _bubble(lies_now, rng) if case.has_bubble else None,
    )


def _drift(side: str, case: Case, rng: np.random.Generator) -> Array:
    """Return where each puff goes, in mm/s; behind a wall of adhesions how far, in mm."""
    fan = rng.normal(0, 0.9, MOST_PUFFS)
    inward = 1 if side == "right" else -1
    speed = rng.uniform(0.6, 2.4, MOST_PUFFS)
    if (case.right if side == "right" else case.left).is_walled:
        turn = rng.uniform(0, 2 * np.pi, MOST_PUFFS)
        far = WALLED_MM * np.sqrt(rng.uniform(0, 1, MOST_PUFFS))
        middle = np.array([inward * 0.3, 0.8, 0.0]) * WALLED_MM
        return middle + np.stack([far * np.cos(turn), far * np.sin(turn), 0 * far], axis=1)
    return np.stack(
        [inward * speed * np.sin(fan + 0.5), speed * np.cos(fan), rng.normal(0, 0.5, MOST_PUFFS)],
        axis=1,
    )


def _bubble(cavity: Cavity, rng: np.random.Generator) -> Bubble:
    body = cavity.grains.where[cavity.canal :]
    # Away from the rim: half of the way from the middle.
    middle = body.mean(axis=0)
    places = middle + 0.55 * (body[rng.choice(len(body), 12)] - middle)
    return Bubble(float(rng.uniform(*BUBBLE_MM)), places)
