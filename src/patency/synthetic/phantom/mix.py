"""The mix of women for trials: "random" is all of them, "faint" those whose tubes hardly show."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from patency.synthetic.phantom.cases import CASES, LEVELS, Case, TubePlan

SHARES = ((2, 0.60), (1, 0.25), (0, 0.15))  # both tubes passed, one, neither: as asked for trials
DOSES_NGY = (30.0, 60.0, 120.0, 500.0)
RATES_HZ = (3.0, 4.0, 6.25, 7.5)
FAINT_SHARE = 0.15
"""Of "random"; our choice."""
PIPE_MM = (0.5, 1.0)  # bore of an isthmus
MIXES = ("random", "faint")
NAMES = (*CASES, *MIXES)


def case_named(name: str, rng: np.random.Generator) -> Case:
    """Return a case by its name; a mix draws one. Raises ``KeyError``."""
    if name not in MIXES:
        return CASES[name]
    return drawn(name, passed_of(rng), rng)


def passed_of(rng: np.random.Generator) -> int:
    """Return how many tubes of a woman of the mix let contrast pass."""
    return int(rng.choice([n for n, _ in SHARES], p=[share for _, share in SHARES]))


def drawn(name: str, passed: int, rng: np.random.Generator) -> Case:
    """Return a woman of a mix, so many of whose tubes are open."""
    case = _drawn(name, passed, rng)
    is_faint = bool(rng.random() < FAINT_SHARE) or name == "faint"
    return _faint(case, rng) if is_faint else case


def _drawn(name: str, passed: int, rng: np.random.Generator) -> Case:
    open_sides = set(rng.permutation(2)[:passed].tolist())
    right, left = (_tube(rng, is_open=side in open_sides) for side in (0, 1))
    choose: Callable[..., str] = lambda names, p: str(rng.choice(names, p=p))  # noqa: E731
    stored_as = choose(["LIN", "LOG", "DISP"], [0.4, 0.2, 0.4])
    case = Case(
        name,
        right,
        left,
        shape=choose(
            ["normal", "arcuate", "septate", "bicornuate", "t-shaped"],
            [0.8, 0.08, 0.05, 0.03, 0.04],
        ),
        defect=choose(["", "polyp", "adhesion"], [0.84, 0.1, 0.06]),
        has_balloon=bool(rng.random() < 0.2),
        leaks=bool(rng.random() < 0.15),
        intravasation=int(rng.random() < 0.05),
        iodine_mg_ml=float(rng.choice([300.0, 370.0])),
        dose_ngy=float(rng.choice(DOSES_NGY)),
        rate_hz=float(rng.choice(RATES_HZ)),
        stored_as=stored_as,
        is_inverted=stored_as == "DISP" and bool(rng.random() < 0.3),
        modality="XA" if rng.random() < 0.5 else "RF",
        movement=float(rng.uniform(0.5, 1.5)),
        has_marker=bool(rng.random() < 0.7),
    )
    return replace(case, only_stills=stored_as == "DISP" and bool(rng.random() < 0.1))


def _faint(case: Case, rng: np.random.Generator) -> Case:
    """Return the same woman, thick, with thin stiff tubes, thinned contrast and little dose."""

    def thin(plan: TubePlan) -> TubePlan:
        return replace(plan, bulb_mm=0.0, pipe_mm=float(rng.uniform(*PIPE_MM)))

    return replace(
        case,
        right=thin(case.right),
        left=thin(case.left),
        iodine_mg_ml=float(rng.choice([75.0, 100.0, 150.0, 200.0, 300.0])),
        patient_cm=float(rng.uniform(25.0, 33.0)),
        dose_ngy=30.0,
        only_stills=False,
    )


def _tube(rng: np.random.Generator, *, is_open: bool) -> TubePlan:
    if is_open:
        return TubePlan(spasm_s=float(rng.exponential(15.0)) if rng.random() < 0.1 else 0.0)
    level = str(rng.choice([*LEVELS, "fimbrial"], p=[0.2, 0.1, 0.25, 0.2, 0.25]))
    bulb = float(rng.uniform(10, 30)) if level == "fimbrial" and rng.random() < 0.5 else 0.0
    return TubePlan(level, bulb_mm=bulb)
