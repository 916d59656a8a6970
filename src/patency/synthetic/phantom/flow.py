"""Where the contrast goes: what is pressed in fills the cavity, then the ways that are open.

Nothing is lost: at every moment the parts add up to what was injected. A shut tube therefore sends
more to the other one, to the vagina and to the veins.
"""

from dataclasses import dataclass

import numpy as np

from patency.synthetic.phantom.anatomy import Array, Cavity
from patency.synthetic.phantom.cases import Case
from patency.synthetic.phantom.tubes import Tube

STEP_S = 0.05
PUSH_ML_S = 0.3  # hand injection, 0.2 to 0.5 mL/s in pushes; from memory, unvalidated
STRONGEST_MMHG = 700.0  # where the hand gives up; our choice
GIVE_ML_MMHG = 0.002  # how much the uterus yields; our choice
DOSE_ML = 9.0  # median 8 mL, middle half 7-10, in 5,165 examinations
# Perfusion pressure of normal tubes: half below 300 mmHg, nine tenths below 500.
MEDIAN_MMHG, SPREAD_LOG = 300.0, 0.40
FLOW_ML_S = 0.05
"""Through a tube at 300 mmHg above its opening; gives fronts of 0.5 to 2 cm/s in the ampulla."""
STENOTIC = 0.12  # of the push, what a narrow cervix lets through; our choice
PIPE, OIL = 0.4, 0.5  # of the flow, through a thin stiff tube and of oil; our choice
VEINS_ML_S = (0.0, 0.02, 0.06, 0.15)  # at 500 mmHg, by grade; our choice
WASHES_OUT_S = (5.0, 20.0)  # half-time in the veins of the pelvis; from memory
LEFT_OVER = 0.02  # of oil in the cavity and in open tubes after a day; our choice
WAYS = ("cavity", "right", "left", "spill_right", "spill_left", "reflux", "veins", "gone")


@dataclass(frozen=True)
class Flow:
    """Millilitres in each part at each moment."""

    seconds: Array
    ml: dict[str, Array]
    injected_ml: Array
    drains: frozenset[str]
    """The parts that are empty the day after."""

    def at(self, part: str, second: float) -> float:
        """Return the millilitres in a part; after the end, the day after."""
        if second <= self.seconds[-1]:
            return float(np.interp(second, self.seconds, self.ml[part]))
        last = float(self.ml[part][-1])
        if part == "gone":
            drained = sum(float(self.ml[each][-1]) for each in self.drains)
            return last + (1 - LEFT_OVER) * drained
        return last * LEFT_OVER if part in self.drains else last


def flow_of(
    case: Case,
    cavity: Cavity,
    tubes: dict[str, Tube],
    *,
    starts_s: float,
    ends_s: float,
    rng: np.random.Generator,
) -> Flow:
    """Return the course of one injection that begins at ``starts_s``."""
    seconds = np.arange(0, ends_s + STEP_S, STEP_S)
    room = float(cavity.grains.volume_ml.sum())
    opens = {
        side: float(np.clip(rng.lognormal(np.log(MEDIAN_MMHG), SPREAD_LOG), 60, 600)) * 0.5
        for side in tubes
    }
    plans = {"right": case.right, "left": case.left}
    holds, plays = {}, {}
    for side, tube in tubes.items():
        reach = tube.length_cm + 1 if tube.stop_cm is None else tube.stop_cm
        holds[side] = tube.room_ml(reach)
        plays[side] = FLOW_ML_S * rng.uniform(0.6, 1.6)
        plays[side] *= (PIPE if plans[side].pipe_mm else 1.0) * (OIL if case.is_oil else 1.0)
    washed = 1 - 0.5 ** (STEP_S / rng.uniform(*WASHES_OUT_S)) if case.intravasation == 3 else 0.0
    strength = PUSH_ML_S * (STENOTIC if case.is_stenotic else 1.0)
    pushes = 0.75 + 0.25 * np.sin(seconds / rng.uniform(2, 4) + rng.uniform(0, 6))
    ml = {way: np.zeros_like(seconds) for way in WAYS}
    injected = np.zeros_like(seconds)
    now = dict.fromkeys(WAYS, 0.0)
    given, full_since = 0.0, np.inf
    for place, second in enumerate(seconds):
        pressure = max(0.0, (now["cavity"] - room) / GIVE_ML_MMHG)
        if case.has_contrast and second >= starts_s and given < DOSE_ML:
            push = strength * pushes[place] * max(0.0, 1 - pressure / STRONGEST_MMHG) * STEP_S
            given += push
            now["cavity"] += push
        if pressure > 0 and full_since == np.inf:
            full_since = second
        over = max(0.0, now["cavity"] - room)
        wants: dict[str, float] = {}
        for side, tube in tubes.items():
            opened = second >= full_since + plans[side].spasm_s
            want = plays[side] * max(0.0, pressure - opens[side]) / 300 * STEP_S if opened else 0.0
            if tube.stop_cm is not None:
                want = min(want, holds[side] - now[side])
            wants[side] = max(0.0, want)
        wants["reflux"] = (0.15 if case.leaks else 0.0) * pressure / 300 * STEP_S
        wants["veins"] = VEINS_ML_S[case.intravasation] * max(0.0, pressure - 200) / 300 * STEP_S
        share = min(1.0, over / max(sum(wants.values()), 1e-12))
        for way, want in wants.items():
            now["cavity"] -= want * share
            now[way] += want * share
        for side in tubes:
            beyond = max(0.0, now[side] - holds[side])
            now[side] -= beyond
            now[f"spill_{side}"] += beyond
        now["gone"] += now["veins"] * washed
        now["veins"] -= now["veins"] * washed
        for way in WAYS:
            ml[way][place] = now[way]
        injected[place] = given
    drains = {"cavity", "reflux", "veins", *(s for s, t in tubes.items() if t.stop_cm is None)}
    return Flow(seconds, ml, injected, frozenset(drains))


def front_cm(tube: Tube, ml: float) -> float:
    """Return how far contrast has come when the tube holds ``ml``."""
    opened = np.concatenate([[0.0], np.cumsum(tube.pockets.volume_ml)])
    held = np.cumsum(tube.grains.volume_ml)
    held = held + opened[np.searchsorted(tube.pockets_cm, tube.arc_cm)]
    reached = float(np.interp(ml, held, tube.arc_cm, left=0.0))
    return reached if tube.stop_cm is None else min(reached, tube.stop_cm)
