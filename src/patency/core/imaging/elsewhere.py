"""Where contrast went that left by no tube: below the cervix, or into a fine net of veins."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.cavity import Cavity
from patency.core.imaging.series import Mask, Picture
from patency.core.imaging.timeline import Timeline

CROSSES, NET_LINES = 4.0, 4
"""How clear a line must be, and how many leave the cavity before they are veins: two are tubes."""
VEINS_MM = 24.0
"""How far a net of veins round the cavity reaches at most (level 1, Dusak 2013), and its veil."""
LEAK_BESIDE_MM = 12.0
POOL_WIDTH_MM = 9.0
"""Wider than a canal."""
POOL_SHARE, POOL_AROUND_MM, POOL_BESIDE_MM = 0.25, 14.0, 18.0


@dataclass(frozen=True)
class Elsewhere:
    """Contrast that went another way."""

    leak: bool
    leak_since_s: float | None
    net: bool | None
    """A fine net round the cavity, as contrast in veins draws it; shown, never alarmed."""


def from_cavity(line: Timeline, cavity: Cavity) -> Picture:
    """Return how far each pixel lies from the outline of the cavity, in mm."""
    away = cv2.distanceTransform((~cavity.mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away * line.mm, np.float32)


def _frame(line: Timeline, cavity: Cavity) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far each pixel lies across and along the axis of the cavity, in mm."""
    height, width = line.field.shape
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float64)
    axis = np.array(cavity.axis)
    right = np.array([axis[1], -axis[0]])
    right = -right if right[0] < 0 else right
    dx, dy = xx - cavity.centre[0], yy - cavity.centre[1]
    across = (dx * right[0] + dy * right[1]) * line.mm
    return across, (dx * axis[0] + dy * axis[1]) * line.mm


def below(line: Timeline, cavity: Cavity) -> Mask:
    """Return where the canal and what leaves it lie."""
    across, along = _frame(line, cavity)
    return np.asarray((along > 0.4 * cavity.length_mm) & (np.abs(across) < 14.0), bool)


def pool(line: Timeline, cavity: Cavity) -> Mask:
    """Return what stands dense below the cavity, and a little around it: what ran out."""
    across, along = _frame(line, cavity)
    first = line.first_contrast or 0
    late = np.median(line.added[first:][-max(3, (len(line.added) - first) // 3) :], axis=0)
    fine = cv2.GaussianBlur(late.astype(np.float32), (0, 0), 1.0 / line.mm)
    dense = (fine > POOL_SHARE * line.plateau) & (along > 0.4 * cavity.length_mm)
    _, labels = cv2.connectedComponents(dense.astype(np.uint8))
    mine = np.zeros(dense.shape, bool)
    for number in np.unique(labels[dense & (np.abs(across) < 10.0)]):
        piece = labels == number
        # A cloud beside the uterus may reach as far as the canal, and has not come out of it.
        is_central = abs(float(np.median(across[piece]))) < POOL_BESIDE_MM
        if is_central and float(np.median(along[piece])) > 0.75 * cavity.length_mm:
            mine |= piece
    far = 2 * round(POOL_AROUND_MM / line.mm) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (far, far))
    return np.asarray(cv2.dilate(mine.astype(np.uint8), disc) > 0, bool)


def _under_the_canal(wide: NDArray[np.uint8], across: NDArray[np.float64]) -> float:
    """Return how many pixels lie under the canal, without clouds that came down beside it."""
    _, labels = cv2.connectedComponents(wide)
    sizes = [
        int((labels == number).sum())
        for number in np.unique(labels[labels > 0])
        if abs(float(np.median(across[labels == number]))) < LEAK_BESIDE_MM
    ]
    return float(sum(sizes))


def elsewhere(line: Timeline, cavity: Cavity, ridge: Picture) -> Elsewhere:
    """Return whether contrast ran out below, and whether a fine net is drawn round the cavity.

    ``ridge`` is how much each pixel lies on a line. Two tubes leave the cavity; where many lines
    do, they are veins.
    """
    first = line.first_contrast or 0
    across, along = _frame(line, cavity)
    lower = (along > 0.62 * cavity.length_mm) & (np.abs(across) < 30.0) & line.field
    size = 2 * round(POOL_WIDTH_MM / 2 / line.mm) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    areas = np.zeros(len(line.added))
    for number in range(first, len(line.added)):
        smooth = cv2.GaussianBlur(line.added[number], (0, 0), 1.5 / line.mm)
        dense = ((smooth > POOL_SHARE * line.plateau) & lower).astype(np.uint8)
        wide = cv2.morphologyEx(dense, cv2.MORPH_OPEN, disc)
        areas[number] = _under_the_canal(wide.astype(np.uint8), across) * line.cm**2
    leak = float(np.median(np.sort(areas[first:])[-3:])) > 1.0
    since = float(line.seconds[int(np.argmax(areas > 0.5))]) if leak else None
    away = from_cavity(line, cavity)
    around = (away > 5.0) & (away < 8.5) & line.field & ~below(line, cavity)
    if float(around.sum()) * line.cm**2 < 1.0:
        return Elsewhere(leak, since, None)
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        ((ridge > CROSSES) & around).astype(np.uint8)
    )
    lines = sum(stats[n, cv2.CC_STAT_AREA] * line.mm**2 > 1.5 for n in range(1, count))
    return Elsewhere(leak, since, bool(lines >= NET_LINES))
