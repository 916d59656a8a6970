"""How well the reading does on the phantom made from physics, by dose and by detectability.

    make bench-imaging                                 40 women, seeds 6000 to 6039, 512 pixels
    make bench-imaging ARGS="--women 12 --first 0"     a quick look while tuning
    make bench-imaging ARGS="--case faint"             women whose tubes hardly show
    make bench-imaging ARGS="--keep FILE"              each woman is kept there, and not read again
    make bench-imaging ARGS="--whole"                  how long 12 runs of 60 frames of 1024 take

Seeds 0 to 999 are for tuning; what is reported is read from other seeds. The phantom's anatomy and
flow are unvalidated, and both sides were made in one house: no figure here is a figure of women.
Abstention stands beside every accuracy.
"""

import argparse
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from importlib.metadata import version
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

OTHER = {"left": "right", "right": "left"}
PATENCY = Path(sys.executable).with_name("patency")


def make(folder: Path, seed: int, side: int, case: str = "random") -> None:
    """Write one pretend examination into ``folder``, by the command anybody can run."""
    from patency.doors.cli import phantom

    with redirect_stdout(io.StringIO()):
        phantom.command(folder, case=case, seed=seed, side=side)


def one(seed: int, side: int, case: str) -> dict[str, Any]:
    """Return what was said of one woman beside what is true of her."""
    from patency.core.imaging.reading import read
    from patency.gateways.dicomframes import load

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make(folder, seed, side, case)
        truth = json.loads((folder / "truth.json").read_text("utf-8"))
        loaded = load(folder)
        begin = time.perf_counter()
        found = read(loaded.series)
        took = time.perf_counter() - begin
        runs = {run["file"]: run for run in truth["runs"]}
        files = [Path(each).name for each in loaded.files]
    right_at = loaded.series.right_is or "left"
    true_right_at = truth["sides"].get("right_is") or "left"
    tubes = []
    for said_side, said in found.tubes.items():
        at = right_at if said_side == "right" else OTHER[right_at]
        true_side = "right" if at == true_right_at else "left"
        true = truth["tubes"][true_side]
        if true["verdict"] not in ("passed", "not_passed"):
            continue  # there is no such tube, or nothing was given
        until = said.front[-1][0] if said.front else 0.0
        front = None
        if found.line is not None and files[int(found.line.run_of[0])] in runs:
            own = runs[files[int(found.line.run_of[0])]]
            front = projected(own, true_side, furthest(truth, true_side, until))
        tubes.append(
            {
                "passed": true["verdict"] == "passed",
                "spill": true["spill"],
                "d_prime": true["d_prime"],
                "verdict": said.verdict,
                "reason": said.reason,
                "said_spill": said.spill,
                "front_error": None
                if front is None or not said.front
                else abs(said.front[-1][1] - front),
            }
        )
    return {
        "seed": seed,
        "case": case,
        "tubes": tubes,
        "took": took,
        "dose": truth["settings"]["dose_ngy_per_frame"],
        "stills": truth["settings"]["only_stills"],
        "dice": overlap(found, loaded.series, files, runs),
    }


def furthest(truth: Mapping[str, Any], side: str, until_s: float) -> float:
    """Return how far contrast had come by then, in cm along the tube."""
    frames = [
        frame for run in truth["runs"] for frame in run["frames"] if frame["t_s"] <= until_s + 1e-3
    ]
    return max((frame["front_cm"][side] for frame in frames), default=0.0)


def projected(run: Mapping[str, Any], side: str, along_cm: float) -> float:
    """Return a length along a tube as it is seen in the picture, in cm at the isocentre."""
    line = np.array(run["centre_lines_px_every_mm"][side], float) * run["pixel_mm_iso"]
    seen = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))]) / 10.0
    return float(np.interp(along_cm * 10.0, np.arange(len(seen)), seen))


def overlap(
    found: Any, series: Any, files: list[str], runs: Mapping[str, Mapping[str, Any]]
) -> float | None:
    """Return Dice of the cavity on the last frame of the run it was outlined in."""
    if found.cavity is None:
        return None
    number = int(found.line.run_of[found.cavity.block])
    if files[number] not in runs or len(series.runs[number].frames) != len(
        runs[files[number]]["frames"]
    ):
        return None  # single pictures that were put on one clock
    last = int(np.nonzero(found.line.run_of == number)[0][-1])
    mine = found.line.stored_mask(found.cavity.mask, last, series.runs[number].frames.shape[1:])
    true = unpacked(runs[files[number]]["cavity_mask"])
    return float(2.0 * (mine & true).sum() / max(1, mine.sum() + true.sum()))


def unpacked(packed: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Return a mask from the lengths of its runs, the first of them outside."""
    values = np.arange(len(packed["runs"])) % 2 == 1
    return np.repeat(values, packed["runs"]).reshape(packed["shape"])


def kappa(told: Iterable[tuple[bool, bool]]) -> float:
    """Return Cohen's kappa of truth and word."""
    both = np.array(list(told), bool).reshape(-1, 2)
    if not len(both):
        return float("nan")
    agree = float((both[:, 0] == both[:, 1]).mean())
    true, said = both.mean(0)
    chance = float(true * said + (1 - true) * (1 - said))
    return 1.0 if chance == 1.0 else (agree - chance) / (1.0 - chance)


def row(name: str, women: list[dict[str, Any]], tubes: list[dict[str, Any]]) -> str:
    """Return one line of the table."""
    told = [each for each in tubes if each["verdict"] != "indeterminate"]
    false_not = sum(each["passed"] and each["verdict"] == "not_passed" for each in told)
    false_yes = sum(not each["passed"] and each["verdict"] == "passed" for each in told)
    wet = [each for each in tubes if each["spill"] is True]
    dry = [each for each in tubes if each["spill"] is False]
    fronts = [each["front_error"] for each in tubes if each["front_error"] is not None]
    dices = [each["dice"] for each in women if each["dice"] is not None]
    plus = f"{sum(each['said_spill'] is True for each in wet)}/{len(wet)}"
    minus = f"{sum(each['said_spill'] is not True for each in dry)}/{len(dry)}"
    agree = kappa((each["passed"], each["verdict"] == "passed") for each in told)
    share = 1 - len(told) / len(tubes) if tubes else float("nan")
    return (
        f"{name:22} {len(tubes):5} {share:7.2f} {agree:6.2f} {false_not:4}/{len(told):<4}"
        f" {false_yes:4}/{len(told):<4} {median(fronts):8.2f} {median(dices):5.2f}"
        f" {plus:>7} {minus:>7}"
    )


def median(values: list[float]) -> float:
    return float(np.median(values)) if values else float("nan")


def whole() -> None:
    """Print how long one large study takes from files to files."""
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place) / "study", Path(place) / "draft"
        make(folder, 6000, 1024, "one-tube-not-passed")
        frames = lengthened(folder)
        begin = time.perf_counter()
        subprocess.run(
            [str(PATENCY), "read", str(folder), "--out", str(out)], check=True, capture_output=True
        )
        print(
            f"{frames} frames of 1024 x 1024 in 12 runs: {time.perf_counter() - begin:.1f} s, whole"
        )


def lengthened(folder: Path) -> int:
    """Make 12 runs of 60 frames of what is there, and return how many frames that is."""
    from pydicom import dcmread
    from pydicom.uid import generate_uid

    sources = [dcmread(path) for path in sorted(folder.glob("*.dcm"))]
    for path in folder.glob("*.dcm"):
        path.unlink()
    for number in range(12):
        made = sources[min(number, len(sources) - 1)]
        pixels = made.pixel_array
        pixels = pixels[np.minimum(np.arange(60) * len(pixels) // 60, len(pixels) - 1)]
        made.NumberOfFrames = 60
        made.PixelData = np.ascontiguousarray(pixels).tobytes()
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        minute, second = divmod(30 * number, 60)
        made.AcquisitionTime = made.ContentTime = f"10{minute:02}{second:02}"
        if "AcquisitionDateTime" in made:
            made.AcquisitionDateTime = f"{made.AcquisitionDate}10{minute:02}{second:02}"
        made.save_as(folder / f"LONG{number:02}.dcm", enforce_file_format=True)
    return 12 * 60


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--women", type=int, default=40)
    asked.add_argument("--first", type=int, default=6000)
    asked.add_argument("--side", type=int, default=512)
    asked.add_argument("--whole", action="store_true", help="only time one large study")
    asked.add_argument(
        "--show", action="store_true", help="each tube that was told wrong or not told"
    )
    asked.add_argument("--case", default="random", help="as of patency phantom")
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--keep", type=Path, help="lines of JSON; what it holds is counted too")
    options = asked.parse_args()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "scikit-image"))
    machine = f"{platform.machine()}, {os.cpu_count()} processors"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}; {libraries}")
    if options.whole:
        whole()
        return
    kept = options.keep.read_text("utf-8") if options.keep and options.keep.exists() else ""
    women = [json.loads(line) for line in kept.splitlines()]
    done = {(each["case"], each["seed"]) for each in women}
    seeds = range(options.first, options.first + options.women)
    rest = [seed for seed in seeds if (options.case, seed) not in done]
    with ProcessPoolExecutor(options.processes) as hands:
        for each in hands.map(one, rest, repeat(options.side), repeat(options.case)):
            women.append(each)
            if options.keep:
                with options.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(each) + "\n")
    print(
        f"{'row':22} {'tubes':>5} {'abstain':>7} {'kappa':>6} {'false not':>9} {'false yes':>9}"
        f" {'front cm':>8} {'dice':>5} {'spill +':>7} {'spill -':>7}"
    )
    film = [each for each in women if not each["stills"]]
    print(row("all", women, [tube for each in women for tube in each["tubes"]]))
    print(row("film", film, [tube for each in film for tube in each["tubes"]]))
    for dose in sorted({each["dose"] for each in film}):
        of = [each for each in film if each["dose"] == dose]
        print(
            row(
                f"film, {dose:.0f} nGy a frame", of, [tube for each in of for tube in each["tubes"]]
            )
        )
    for low, high in ((0, 1), (1, 2), (2, 1e9), (2, 10), (10, 50), (50, 1e9)):
        tubes = [t for each in women for t in each["tubes"] if low <= t["d_prime"] < high]
        if tubes:
            print(row(f"d' {low} to {'more' if high > 1e6 else high}", [], tubes))
    print(f"seconds each, median: {median([each['took'] for each in women]):.1f}")
    if options.show:
        for each in women:
            for tube in each["tubes"]:
                if tube["verdict"] != ("passed" if tube["passed"] else "not_passed"):
                    print("   ", each["seed"], tube)


if __name__ == "__main__":
    main()
