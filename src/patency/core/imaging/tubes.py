"""How far contrast has come in a tube, and when: curves along its course against their flanks."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.paths import GAP_MM, Course
from patency.core.imaging.timeline import Timeline

PIECE_MM = 2.0
FLANK_MM = (2.5, 4.5)
"""From the edge of the line: near enough to share its veil, far enough not to hold it."""
CAUSAL_BLOCKS = 2
STRETCH_MM = 10.0
LEAVES = 0.45
"""Of the contrast just before: what lies beyond is no tube any more."""
BACKWARDS, BACKWARDS_PIECES = -0.3, 6
ALARM, ARRIVED = 6.0, 4.0
"""Of the noise of one piece: to be sure that something came, and to have come at all."""


@dataclass(frozen=True)
class Filling:
    """What went through one tube."""

    arc_mm: NDArray[np.float64]
    """(pieces,), the end of each piece."""
    arrival: NDArray[np.float64]
    """(pieces,), seconds; NaN for a piece that nothing reached."""
    contrast: NDArray[np.float64]
    """(pieces,), density above the flanks once it has come."""
    noise: NDArray[np.float64]
    """(pieces,), of one block, after the causal mean."""
    front_mm: NDArray[np.float64]
    """(blocks,)."""
    half_mm: NDArray[np.float64]

    @property
    def furthest_mm(self) -> float:
        return float(self.front_mm[-1]) if len(self.front_mm) else 0.0


def runs_backwards(filling: Filling) -> bool:
    """Return whether contrast came to the far pieces first: a line followed from its wrong end."""
    arrived = np.nonzero(np.isfinite(filling.arrival))[0]
    if len(arrived) < BACKWARDS_PIECES or np.ptp(filling.arrival[arrived]) < 1.0:
        return False
    early = np.argsort(np.argsort(filling.arrival[arrived], kind="stable"), kind="stable")
    return bool(np.corrcoef(np.arange(len(early)), early)[0, 1] < BACKWARDS)


def filling_of(line: Timeline, course: Course) -> Filling:
    """Return the curves of a tube made into arrivals and a front."""
    inner, left, right, half = _curves(line, course)
    flank = np.minimum(left, right) * 0.5 + np.maximum(left, right) * 0.5
    # Where one flank runs into a neighbour, only the other says what the veil is.
    apart = np.abs(left - right)
    uneven = apart > 0.6 * np.maximum(np.abs(inner - np.minimum(left, right)), 1e-6)
    flank = np.where(uneven, np.minimum(left, right), flank)
    local = inner - flank
    pieces = max(1, int(course.arc_mm[-1] // PIECE_MM))
    bounds = np.minimum(np.arange(pieces + 1) * PIECE_MM, course.arc_mm[-1])
    of = np.clip(np.searchsorted(bounds, course.arc_mm, side="right") - 1, 0, pieces - 1)
    curve = np.stack([local[:, of == n].mean(1) for n in range(pieces)], axis=1)
    wide = np.array([half[of == n].mean() for n in range(pieces)])
    smooth = _causal(curve, line)
    noise = _noise(curve, line) / np.sqrt(CAUSAL_BLOCKS)
    arrival, contrast = _arrivals(smooth, noise, line)
    pieces = _within_the_tube(contrast, wide)
    arrival[pieces:] = np.nan
    front = _front(arrival, bounds[1:], line)
    return Filling(bounds[1:], arrival, contrast, noise, front, wide)


def _curves(
    line: Timeline, course: Course
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """Return (blocks, samples) of the middle and of both flanks, and the half width in mm."""
    points = course.points
    along = np.gradient(points, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    half = _half_width(line, points, normal)
    middle = np.linspace(-1.0, 1.0, 3)[None, :] * np.minimum(half, 1.2)[:, None] * 0.6
    flanks = np.linspace(*FLANK_MM, 4)[None, :] + half[:, None]
    offsets = np.concatenate([middle, -flanks, flanks], axis=1) / line.mm
    xs = (points[:, :1] + normal[:, :1] * offsets).astype(np.float32)
    ys = (points[:, 1:] + normal[:, 1:] * offsets).astype(np.float32)
    taken = np.stack(
        [
            cv2.remap(block, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for block in line.added
        ]
    )
    count = middle.shape[1]
    return (
        taken[:, :, :count].mean(2),
        taken[:, :, count : count + 4].mean(2),
        taken[:, :, count + 4 :].mean(2),
        half,
    )


def _half_width(
    line: Timeline, points: NDArray[np.float64], normal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where the profile across falls to half, at most 5 mm, smoothed along the tube."""
    from_mm = np.linspace(-8.0, 8.0, 65)
    offsets = from_mm[None, :] / line.mm
    xs = (points[:, :1] + normal[:, :1] * offsets).astype(np.float32)
    ys = (points[:, 1:] + normal[:, 1:] * offsets).astype(np.float32)
    first = line.first_contrast or 0
    picture = np.sort(line.added[first:], axis=0)[-max(3, (len(line.added) - first) // 4) :].mean(0)
    profile = cv2.remap(picture.astype(np.float32), xs, ys, cv2.INTER_LINEAR)
    base = np.minimum(profile[:, :8].mean(1), profile[:, -8:].mean(1))
    top = profile[:, 30:35].mean(1)
    level = base + 0.5 * (top - base)
    found = np.full(len(points), 0.6)
    for number, row in enumerate(profile):
        if top[number] - base[number] <= 0:
            continue
        outside = np.nonzero(row < level[number])[0]
        before, after = outside[outside < 32], outside[outside > 32]
        if len(before) and len(after):
            found[number] = float(np.clip((from_mm[after[0]] - from_mm[before[-1]]) / 2, 0.4, 5.0))
    size = min(9, len(found))
    padded = np.pad(found, size // 2, mode="edge")
    return np.array([np.median(padded[n : n + size]) for n in range(len(found))])


def _causal(curve: NDArray[np.float64], line: Timeline) -> NDArray[np.float64]:
    made = curve.copy()
    for number in range(len(curve)):
        first = number
        while (
            first > 0
            and number - first + 1 < CAUSAL_BLOCKS
            and line.run_of[first - 1] == line.run_of[number]
        ):
            first -= 1
        made[number] = curve[first : number + 1].mean(0)
    return made


def _noise(curve: NDArray[np.float64], line: Timeline) -> NDArray[np.float64]:
    same = line.run_of[1:] == line.run_of[:-1]
    apart = np.abs(np.diff(curve, axis=0))[same] if same.any() else np.abs(np.diff(curve, axis=0))
    if not len(apart):
        return np.full(curve.shape[1], float(np.median(line.noise)))
    own = np.median(apart, axis=0) / (0.6745 * np.sqrt(2.0))
    floor = float(np.median(own))
    return np.asarray(np.maximum(own, 0.6 * floor) + 1e-9, np.float64)


def _arrivals(
    smooth: NDArray[np.float64], noise: NDArray[np.float64], line: Timeline
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when each piece filled, by a cumulative sum that alarms, traced back to its rise."""
    blocks, pieces = smooth.shape
    arrival = np.full(pieces, np.nan)
    contrast = np.zeros(pieces)
    begin = line.first_contrast or 0
    for piece in range(pieces):
        level = smooth[:, piece] / noise[piece]
        if begin >= 2:
            level = level - np.median(level[:begin])
        top = float(np.sort(level[begin:])[-max(1, (blocks - begin) // 4) :].mean())
        contrast[piece] = top * noise[piece]
        if top < ARRIVED:
            continue
        allowance = max(1.0, 0.5 * top)
        total, rose = 0.0, begin
        for block in range(begin, blocks):
            if total == 0.0:
                rose = block
            total = max(0.0, total + level[block] - allowance)
            if total > min(ALARM, 0.8 * top):
                arrival[piece] = line.seconds[rose]
                break
    return arrival, contrast


def _front(
    arrival: NDArray[np.float64], ends: NDArray[np.float64], line: Timeline
) -> NDArray[np.float64]:
    """Return how far contrast had come, block by block.

    A gap longer than ``GAP_MM`` ends it, unless a clear stretch has filled beyond: contrast cannot
    jump, so what lies before it was passed and only too faint to see.
    """
    front = np.zeros(len(line.seconds))
    enough = int(np.ceil(STRETCH_MM / PIECE_MM))
    for block, now in enumerate(line.seconds):
        came = np.isfinite(arrival) & (np.nan_to_num(arrival, nan=np.inf) <= now + 1e-6)
        reached, missing, stretch, begin = 0.0, 0.0, 0, 0.0
        for end, is_there in zip(ends, came, strict=True):
            if is_there:
                stretch += 1
                if missing <= GAP_MM or stretch >= enough:
                    reached, missing = end, 0.0
            else:
                stretch = 0
                missing += end - begin
            begin = end
        front[block] = reached
    return np.maximum.accumulate(front)


def _within_the_tube(contrast: NDArray[np.float64], half: NDArray[np.float64]) -> int:
    """Return how many pieces belong to the tube: what thins out at once and stays so is spill."""
    for piece in range(4, len(contrast)):
        before = float(np.median(contrast[max(0, piece - 6) : piece]))
        after = contrast[piece:]
        if before > 0 and float(np.max(after)) < LEAVES * before:
            return piece
    return len(contrast)
