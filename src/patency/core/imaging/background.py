"""What stood there before contrast, and what was added to it since."""

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.series import Mask, Picture

GAS_MM = 24.0
"""Bowel gas is no wider in one place."""
SCOUT_S = 3.0
"""Pictures further apart are no film: the second may already show contrast."""


def smooth(picture: Picture, mm: float, width_mm: float) -> Picture:
    """Return a picture blurred by a Gaussian of ``width_mm``."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), width_mm / mm), np.float32)


def inner_field(field: Mask, mm: float) -> Mask:
    """Return a field without its rim, where smoothing mixes in what lies outside of it."""
    size = 2 * round(5.0 / mm) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    eroded = cv2.erode(field.astype(np.uint8), kernel, borderValue=0)
    return np.asarray(eroded > 0, bool)


def field_of(seen: NDArray[np.bool_]) -> Mask:
    """Return where enough blocks show something to say what stays."""
    return np.asarray(seen.sum(0) >= min(max(4, 0.12 * len(seen)), len(seen)), bool)


def background_of(
    density: NDArray[np.float32], seen: NDArray[np.bool_], still: int
) -> tuple[Picture, Mask]:
    """Return the mean of the first blocks where they show something, and where that is.

    Each is first brought to the brightness of the others where both show something.
    """
    total = np.zeros(density.shape[1:], np.float32)
    count = np.zeros(density.shape[1:], np.float32)
    for number in range(still):
        here = seen[number]
        known = (count > 0) & here
        change = 0.0
        if known.any():
            change = float(np.median((density[number] - total / np.maximum(count, 1))[known]))
        total[here] += density[number][here] - np.float32(change)
        count[here] += 1.0
    return np.asarray(total / np.maximum(count, 1.0), np.float32), count > 0


def hollow_of(background: Picture, known: Mask, noise: Picture, mm: float, least: float) -> Picture:
    """Return how much darker than its surroundings the background is on the scale of bowel gas.

    What is darker by ``least`` at most is the hollow of the pelvis, which stays where it is.

    Gas that goes leaves a bright shape behind which no later picture takes back. It can never be
    brighter than the gas was dark.
    """
    usual = np.float32(np.median(background[known])) if known.any() else np.float32(0)
    still = smooth(np.where(known, background, usual), mm, 1.5)
    shrink = max(1, round(1.5 / mm))
    size = (still.shape[1] // shrink, still.shape[0] // shrink)
    small = cv2.resize(still, size, interpolation=cv2.INTER_AREA)
    width = 2 * round(GAS_MM / 2 / mm / shrink) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    depth = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel) - small
    depth[depth < least] = 0.0
    grain = float(np.median(noise)) * mm / 1.5
    wide = cv2.resize(np.maximum(depth - 2.0 * grain, 0.0), still.shape[::-1])
    # Edges move by a little with every breath, and the picture follows the uterus.
    spread = 2 * round(3.0 / mm) + 1
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (spread, spread))
    return np.asarray(cv2.dilate(wide, around), np.float32)


def subtracted(
    density: NDArray[np.float32], seen: NDArray[np.bool_], background: Picture, known: Mask
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return what was added, without what the exposure control did to the whole picture."""
    added = density - background
    valid = seen & known
    few = np.zeros(known.shape, bool)
    few[::3, ::3] = True  # enough for a median
    for picture, here in zip(added, valid, strict=True):
        inside = picture[few & here]
        if inside.size:
            picture -= np.median(inside[inside <= np.percentile(inside, 75)])
        picture[~here] = 0.0
    return np.asarray(added, np.float32), valid


def noise_of(
    density: NDArray[np.float32],
    seen: NDArray[np.bool_],
    run_of: NDArray[np.int64],
    seconds: NDArray[np.float64],
    mm: float,
) -> Picture:
    """Return the standard deviation of a pixel in a block, from blocks that follow one another."""
    pairs = [
        n
        for n in range(len(density) - 1)
        if run_of[n] == run_of[n + 1] and seconds[n + 1] - seconds[n] < SCOUT_S
    ]
    if len(pairs) < 2:  # single pictures: what differs between neighbours of one picture
        fine = [np.abs(each - smooth(each, mm, 0.8)) / 0.6745 for each in density]
        fine = [
            np.where(here, each, np.median(each)) for each, here in zip(fine, seen, strict=True)
        ]
        return np.maximum(smooth(np.median(fine, axis=0).astype(np.float32), mm, 3.0), 1e-6)
    chosen = pairs[:: max(1, len(pairs) // 30)]
    apart = np.stack([np.abs(density[n + 1] - density[n]) for n in chosen])
    both = np.stack([seen[n + 1] & seen[n] for n in chosen])
    usual = float(np.median(apart[both][::17])) if both.any() else 1.0
    apart[~both] = usual
    spread = np.median(apart, axis=0) / (0.6745 * np.sqrt(2.0))
    # A pixel's own spread over a few pairs is itself noise: its neighbours say it better.
    return np.maximum(smooth(np.asarray(spread, np.float32), mm, 3.0), 1e-6)
