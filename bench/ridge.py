"""The ridge filter beside scikit-image's frangi: milliseconds a frame, and what each tells apart.

    make bench-ridge                      1024 x 1024, scales 2, 4 and 6, one thread each
    make bench-ridge ARGS="--seeds 8"

The picture is a pretend one made here: curved lines 2 to 8 pixels wide and two blobs on a smooth
ground with noise; a pixel of a line is what must be told from all others (area under the curve).
Goal: 40 times faster than frangi at an area of at least 0.96. What is not comparable: ours looks
for wide lines in a smaller copy of the picture, and compiles once, before the clock starts. A
pretend picture says nothing of how well either does on film.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from statistics import median
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.filters import frangi

from patency.core.imaging.ridge import ridges

SCALES = (2.0, 4.0, 6.0)
TIMES_FASTER, AREA = 40.0, 0.96


def main(arguments: Sequence[str]) -> None:
    """Make the pictures, time both, print what came out."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--size", type=int, default=1024)
    asked.add_argument("--seeds", type=int, default=4)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args(arguments)
    cv2.setNumThreads(1)
    ridges(pretend(0, 128)[0], SCALES)  # compile
    ours: list[float] = []
    theirs: list[float] = []
    areas: list[tuple[float, float, float]] = []
    for seed in range(given.seeds):
        picture, lines = pretend(seed, given.size)
        for _ in range(given.rounds):
            begun = perf_counter()
            found = ridges(picture, SCALES)
            ours.append(perf_counter() - begun)
        begun = perf_counter()
        other = frangi(picture, sigmas=SCALES, black_ridges=False)
        theirs.append(perf_counter() - begun)
        areas.append((area(found, lines), area(other, lines), area(picture, lines)))
    faster = median(theirs) / median(ours)
    mine, peer, raw = (median(each) for each in zip(*areas, strict=True))
    print(
        f"numpy {np.__version__}, opencv {cv2.__version__}, scikit-image {version('scikit-image')},"
        f" load {os.getloadavg()[0]:.1f}"
    )
    print(f"{given.size} x {given.size}, scales {SCALES}, {given.seeds} pictures, one thread each")
    print(f"ours    {1000 * median(ours):8.1f} ms   area {mine:.3f}")
    print(f"frangi  {1000 * median(theirs):8.1f} ms   area {peer:.3f}")
    print(f"the picture itself          area {raw:.3f}")
    met = "met" if faster >= TIMES_FASTER and mine >= AREA else "not met"
    print(f"{faster:.0f} times faster; goal {TIMES_FASTER:.0f} at {AREA}: {met}")


def pretend(seed: int, size: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return a picture with curved bright lines, and which pixels lie on one."""
    rng = np.random.default_rng(seed)
    lines = np.zeros((size, size), np.uint8)
    layer = np.zeros((size, size), np.float32)
    for _ in range(6):
        angle = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.06, size // 2))
        steps = np.stack([np.cos(angle), np.sin(angle)], 1)
        path = (rng.uniform(0.2, 0.8, 2) * size + np.cumsum(steps, 0)).astype(np.int32)
        wide = int(rng.integers(2, 9))
        cv2.polylines(lines, [path], False, 1, wide)
        one = np.zeros((size, size), np.uint8)
        cv2.polylines(one, [path], False, 1, wide)
        layer += one * np.float32(rng.uniform(0.15, 0.4))
    for _ in range(2):
        x, y = (rng.uniform(0.2, 0.8, 2) * size).astype(int)
        cv2.circle(layer, (int(x), int(y)), size // 20, 0.6, -1)
    ground = cv2.GaussianBlur(rng.normal(0, 1, (size, size)).astype(np.float32), (0, 0), size / 25)
    noise = rng.normal(0, 0.06, (size, size))
    picture = cv2.GaussianBlur(layer, (0, 0), 0.9) + 0.3 * ground / ground.std() + noise
    return picture.astype(np.float32), lines.astype(bool)


def area(score: NDArray[np.floating], truth: NDArray[np.bool_]) -> float:
    """Return how often a pixel of a line scores above one that is none; ties count half."""
    flat, of = score.ravel()[::7], truth.ravel()[::7]
    _, rank, count = np.unique(flat, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    ones = int(of.sum())
    return float((middle[rank][of].sum() - ones * (ones + 1) / 2) / (ones * (len(of) - ones)))


if __name__ == "__main__":
    main(sys.argv[1:])
