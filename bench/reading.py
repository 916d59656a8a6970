"""How well the reading does on pretend examinations, row by row of what makes them hard.

    make bench-reading                          40 seeds of each row, from 5000 on
    make bench-reading ARGS="--seeds 10 --first 0 --only dose-60"       a quick look while tuning

Seeds 0 to 999 are for tuning; what is reported is read from other seeds. The pretend examinations
are drawn, not imaged: shapes and flow are nobody's anatomy, and a figure here is no figure of
women. Abstention stands beside every accuracy.
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.unit.core.imaging.plain_phantom import pretend  # noqa: E402

ROWS: dict[str, dict[str, Any]] = {
    "dose-600": {},
    "dose-250": {"dose": 250.0},
    "dose-120": {"dose": 120.0},
    "dose-60": {"dose": 60.0},
    "dose-30": {"dose": 30.0},
    "motion-4mm": {"motion_mm": 4.0},
    "shift-6mm": {"shift_mm": 6.0},
    "size-512": {"size": 512, "field_mm": 250.0, "dose": 250.0},
    "size-1024": {"size": 1024, "field_mm": 250.0, "dose": 60.0, "frames": 16},
    "log": {"mapping": "LOG", "dose": 250.0},
    "display": {"mapping": "DISP", "dose": 250.0},
    "inverted": {"inverted": True, "dose": 250.0},
    "round-field": {"round_field": True, "dose": 250.0},
    "recursive": {"recursive": 0.5, "dose": 120.0},
    "sharpened": {"sharpened": True, "dose": 250.0},
    "leak": {"leak": True, "dose": 250.0},
    "bulb": {"bulb": (True, True), "dose": 250.0},
    "oblique": {"oblique_runs": 2, "runs": 7, "dose": 250.0},
    "slow-frames": {"fps": 3.0, "frames": 16, "runs": 6, "dose": 250.0},
    "no-contrast": {"contrast": False},
}
MIX = ((True, True),) * 60 + ((True, False),) * 13 + ((False, True),) * 12 + ((False, False),) * 15


def one(seed: int, name: str) -> dict[str, Any]:
    """Return what was said of one examination, beside what is true."""
    from patency.core.imaging.reading import read

    row = dict(ROWS[name])
    passed = MIX[np.random.default_rng(seed + 77).integers(len(MIX))]
    if name == "bulb":
        passed = MIX[60 + int(np.random.default_rng(seed + 77).integers(40))]
    made = pretend(seed, passed=passed, **row)
    begin = time.perf_counter()
    found = read(made.series)
    took = time.perf_counter() - begin
    tubes = []
    for side, tube in found.tubes.items():
        said = tube.front[-1][1] if tube.front else 0.0
        true = made.front_cm[side] if row.get("contrast", True) else 0.0
        truth = made.passed[side] and row.get("contrast", True)
        tubes.append((truth, tube.verdict, tube.reason, tube.spill, said, true))
    dice = None
    if found.cavity is not None:
        mine, true_mask = found.cavity.mask, made.cavity
        if mine.shape == true_mask.shape:
            dice = max(
                2 * (np.roll(true_mask, dy, 0) & mine).sum() / (true_mask.sum() + mine.sum())
                for dy in range(-12, 13)
            )
    return {
        "tubes": tubes,
        "dice": dice,
        "took": took,
        "leak": getattr(found.elsewhere, "leak", None),
    }


def main() -> None:
    """Print one line for each row."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seeds", type=int, default=40)
    asked.add_argument("--first", type=int, default=5000)
    asked.add_argument("--only", action="append", default=[])
    asked.add_argument("--show", action="store_true", help="each tube that was told wrong")
    options = asked.parse_args()
    print(
        f"{'row':12} {'tubes':>5} {'abstain':>7} {'kappa':>6} {'false not':>9} {'false yes':>9}"
        f" {'front cm':>8} {'dice':>5} {'spill +/-':>11} {'s each':>6}"
    )
    with ProcessPoolExecutor(2) as hands:
        for name in options.only or ROWS:
            seeds = range(options.first, options.first + options.seeds)
            results = list(hands.map(one, seeds, repeat(name)))
            print(line(name, results), flush=True)
            if options.show:
                for seed, each in zip(seeds, results, strict=True):
                    for truth, verdict, reason, _, said, true in each["tubes"]:
                        if verdict != ("passed" if truth else "not_passed"):
                            print(f"    {seed} {truth} {verdict} {reason} {said:.1f} of {true:.1f}")


def line(name: str, results: list[dict[str, Any]]) -> str:
    """Return the figures of one row."""
    tubes = [tube for each in results for tube in each["tubes"]]
    told = [tube for tube in tubes if tube[1] != "indeterminate"]
    false_not = sum(truth and verdict == "not_passed" for truth, verdict, *_ in told)
    false_yes = sum(not truth and verdict == "passed" for truth, verdict, *_ in told)
    fronts = [abs(said - true) for *_, said, true in tubes]
    dices = [each["dice"] for each in results if each["dice"] is not None]
    spilled = [tube for tube in tubes if tube[0]]
    dry = [tube for tube in tubes if not tube[0]]
    plus = sum(tube[3] is True for tube in spilled) / len(spilled) if spilled else float("nan")
    minus = sum(tube[3] is not True for tube in dry) / len(dry) if dry else float("nan")
    return (
        f"{name:12} {len(tubes):5} {1 - len(told) / len(tubes):7.2f} {kappa(told):6.2f}"
        f" {share(false_not, told):9} {share(false_yes, told):9} {np.median(fronts):8.2f}"
        f" {np.median(dices) if dices else float('nan'):5.2f} {plus:5.2f}/{minus:4.2f}"
        f" {np.median([each['took'] for each in results]):6.1f}"
    )


def share(count: int, told: list[Any]) -> str:
    return f"{count}/{len(told)}"


def kappa(told: list[Any]) -> float:
    """Return Cohen's kappa of truth and word."""
    if not told:
        return float("nan")
    truth = np.array([bool(each[0]) for each in told])
    said = np.array([each[1] == "passed" for each in told])
    agree = float((truth == said).mean())
    chance = float(truth.mean() * said.mean() + (1 - truth.mean()) * (1 - said.mean()))
    return 1.0 if chance == 1 else (agree - chance) / (1 - chance)


if __name__ == "__main__":
    main()
