"""What looks like a cloud of spill and is none: gas that moved, and closed, wide ends of tubes."""

import cv2
import numpy as np

from patency.core.imaging.cavity import Cavity
from patency.core.imaging.elsewhere import from_cavity
from patency.core.imaging.series import Mask, Picture
from patency.core.imaging.timeline import Timeline

SHARP_PER_MM = 0.09
"""A closed bulb falls off within a few millimetres; a free cloud does not."""
BULB_SHARE, BULB_MM, BULB_AROUND_MM = 0.45, 7.0, 8.0
LEAST_CM2 = 0.3
"""Smaller pieces are no clouds in any case."""
PAIR_MM, PAIR_SHARE = 20.0, 0.75


def paired(late: Picture, seen: Mask, line: Timeline) -> Mask:
    """Return clouds beside which as much was taken away: gas that moved, and no contrast.

    Depth against depth: a wide cloud is ringed by a shallow dip where its veil was taken out.
    """
    count, labels, _, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    reach = round(PAIR_MM / line.mm)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    found = np.zeros(seen.shape, bool)
    for number in range(1, count):
        piece = labels == number
        if piece.sum() * line.cm**2 < LEAST_CM2:
            continue
        near = (cv2.dilate(piece.astype(np.uint8), disc) > 0) & ~piece & line.field
        dip = -float(np.percentile(late[near], 2)) if near.any() else 0.0
        if dip > PAIR_SHARE * float(np.percentile(late[piece], 95)):
            found |= piece
    return found


def hydrosalpinx(line: Timeline, cavity: Cavity) -> Mask:
    """Return closed, wide ends of tubes, with what shines around them: dense, round and sharp."""
    first = line.first_contrast or 0
    late = np.median(line.added[max(first, len(line.added) - 6) :], axis=0).astype(np.float32)
    fine = np.asarray(cv2.GaussianBlur(late, (0, 0), max(0.6, 0.8 / line.mm)), np.float32)
    dense = ((fine > BULB_SHARE * line.plateau) & (from_cavity(line, cavity) > 3.0)).astype(
        np.uint8
    )
    size = 2 * round(BULB_MM / 2 / line.mm) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    wide = cv2.morphologyEx(dense, cv2.MORPH_OPEN, disc) > 0
    sharp = bulbs_of(wide, line)
    around = 2 * round(BULB_AROUND_MM / line.mm) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (around, around))
    return np.asarray(cv2.dilate(sharp.astype(np.uint8), disc) > 0, bool)


def bulbs_of(seen: Mask, line: Timeline) -> Mask:
    """Return pieces that are as dense as a filled hollow and end sharply: a closed, wide tube."""
    first = line.first_contrast or 0
    late = line.added[max(first, len(line.added) - 6) :].mean(0)
    fine = np.asarray(cv2.GaussianBlur(late, (0, 0), max(0.6, 0.8 / line.mm)), np.float32)
    slope = np.hypot(cv2.Sobel(fine, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(fine, cv2.CV_32F, 0, 1) / 8)
    count, labels, _, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    bulbs = np.zeros(seen.shape, bool)
    for number in range(1, count):
        piece = labels == number
        level = float(np.percentile(fine[piece], 80))
        core = (piece & (fine > 0.5 * level)).astype(np.uint8)
        edge = (cv2.dilate(core, np.ones((3, 3), np.uint8)) > 0) & (core == 0)
        if not edge.any() or level <= 0:
            continue
        sharp = float(np.median(slope[edge])) / level / line.mm
        if sharp > SHARP_PER_MM and level > 0.6 * line.plateau:
            bulbs |= piece
    return bulbs
