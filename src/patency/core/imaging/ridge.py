"""Finds thin bright lines: a ridge filter over a few widths, in one pass without exponentials."""

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.series import Picture


@numba.njit(cache=True, fastmath=True)
def _strength(smooth: NDArray[np.float32], scale: float, best: NDArray[np.float32]) -> None:
    """Raise ``best`` to the ridge strength of a smoothed picture, where that is higher.

    With the curvature across c and along a of a bright line: -c, less what bends along it too, so
    that a blob counts for less than a line of the same contrast.
    """
    rows, columns = smooth.shape
    for y in range(1, rows - 1):
        for x in range(1, columns - 1):
            here = smooth[y, x]
            xx = smooth[y, x + 1] - 2.0 * here + smooth[y, x - 1]
            yy = smooth[y + 1, x] - 2.0 * here + smooth[y - 1, x]
            trace = xx + yy
            if trace >= 0.0:
                continue
            xy = 0.25 * (
                smooth[y + 1, x + 1]
                - smooth[y + 1, x - 1]
                - smooth[y - 1, x + 1]
                + smooth[y - 1, x - 1]
            )
            half = 0.5 * trace
            root = np.sqrt(0.25 * (xx - yy) * (xx - yy) + xy * xy)
            across = half - root
            along = half + root
            found = -across
            # A blob bends both ways, a saddle the other way; a line only across.
            found = found + along if along < 0.0 else found * found / (found + 0.5 * along + 1e-12)
            found *= scale
            if found > best[y, x]:
                best[y, x] = found


def ridges(picture: Picture, sigmas: tuple[float, ...] = (2.0, 4.0, 6.0)) -> Picture:
    """Return how much each pixel lies on a bright line, 0 or more, in the unit of the picture.

    ``sigmas`` are half widths in pixels. Wide ones are looked for on a smaller copy.
    """
    whole = np.ascontiguousarray(picture, np.float32)
    best = np.zeros_like(whole)
    for sigma in sigmas:
        shrink = 1
        while sigma / shrink >= 2.5:
            shrink *= 2
        small = whole
        if shrink > 1:
            size = (max(3, whole.shape[1] // shrink), max(3, whole.shape[0] // shrink))
            small = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)
        inner = sigma / shrink
        smooth = np.asarray(cv2.GaussianBlur(small, (0, 0), inner), np.float32)
        if shrink == 1:
            _strength(smooth, inner * inner, best)
            continue
        found = np.zeros_like(small)
        _strength(smooth, inner * inner, found)
        wide = cv2.resize(found, whole.shape[::-1], interpolation=cv2.INTER_LINEAR)
        np.maximum(best, np.asarray(wide, np.float32), out=best)
    return best
