"""Leaves out what stands still in the picture and not in the woman: the letter of a side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.background import inner_field, smooth
from patency.core.imaging.density import Blocks
from patency.core.imaging.series import Mask, Picture

STROKE_MM2 = 4.0
MARK_MM, MARK_AROUND_MM, MIDDLE = 4.0, 2.5, 0.22
"""Strokes of letters; marks stand at the rim, what stands in the middle may be an instrument."""


def without_marks(blocks: Sequence[Blocks], mm: float) -> list[Blocks]:
    """Return the runs without what stands at one place of every picture, such as the letter of a
    side: when the table moves, it would seem to move over the woman.

    It stands still on the detector, or in the picture, which differs where the field is zoomed.
    """
    if not blocks:
        return []
    made = []
    first = min(blocks, key=lambda each: float(each.seconds[0]))
    on_detector = _marks(first.density[0], first.open_field, mm)
    in_picture = _stored_part(on_detector, first).astype(np.uint8)
    around = 2 * round(MARK_AROUND_MM / mm) + 1
    kernel = np.ones((around, around), np.uint8)
    for each in blocks:
        at = each.placed
        pasted = np.zeros(on_detector.shape, np.uint8)
        _stored_part(pasted, each)[:] = cv2.resize(
            in_picture, (at.columns, at.rows), interpolation=cv2.INTER_NEAREST
        )
        own = _marks(each.density[0], each.open_field, mm)
        field = each.open_field
        for mark in (on_detector, pasted > 0):
            wide = cv2.dilate(mark.astype(np.uint8), kernel) > 0
            if mark.any() and float((own & wide).sum()) > 0.4 * float(mark.sum()):
                field = field & ~wide
        made.append(replace(each, open_field=field))
    return made


def _stored_part(picture: NDArray[Any], of: Blocks) -> NDArray[Any]:
    at = of.placed
    return picture[at.top : at.top + at.rows, at.left : at.left + at.columns]


def _marks(picture: Picture, field: Mask, mm: float) -> Mask:
    """Return small, sharp, dense things away from the middle."""
    usual = np.float32(np.median(picture[field])) if field.any() else np.float32(0)
    filled = smooth(np.where(field, picture, usual).astype(np.float32), mm, 0.5)
    size = 2 * round(MARK_MM / 2 / mm) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    standing = cv2.morphologyEx(filled, cv2.MORPH_TOPHAT, kernel)
    inner = inner_field(field, mm)
    if not inner.any():
        return np.zeros(field.shape, bool)
    limit = max(0.15, 8.0 * float(np.median(standing[inner])))
    found = ((standing > limit) & inner).astype(np.uint8)
    rows, columns = found.shape
    yy, xx = np.mgrid[0:rows, 0:columns]
    middle = np.hypot((yy - rows / 2) / rows, (xx - columns / 2) / columns) < MIDDLE
    found[middle] = 0
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found)
    strokes = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] * mm * mm > STROKE_MM2]
    return np.isin(labels, strokes)
