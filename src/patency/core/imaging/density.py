"""From stored values to X-ray density on one scale of pixels, in blocks of half a second.

Density is minus the logarithm of the intensity: contrast adds to it whatever lies behind. Frames of
a block are averaged, which a single frame at the dose of fluoroscopy needs to be judged at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.series import LOGARITHMIC, Mask, Picture, Run

WORKING_SIZE = 512
"""The longer side of a working picture: half a millimetre or finer in a field of 25 cm."""
BLOCK_S = 0.5
LEAST_FRAMES, MOST_FRAMES = 3, 8
SINGLE_S = 1.0
"""Pictures further apart are no film: what is averaged over them would be smeared."""
ASSUMED_FIELD_MM = 220.0
"""Where no spacing is told; lengths are then not given out, only scales are chosen by it."""


@dataclass(frozen=True)
class Grid:
    """The one raster on which all runs of a projection are laid."""

    mm: float
    """Of a working pixel."""
    shape: tuple[int, int]
    """Rows and columns."""


@dataclass(frozen=True)
class Placed:
    """Where the stored pixels of a run lie on the raster."""

    factor: float
    """Stored pixels in a working pixel."""
    left: int
    top: int
    columns: int
    rows: int

    def stored(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (points, 2) x and y of the raster as stored pixels."""
        return (points - np.array([self.left, self.top]) + 0.5) * self.factor - 0.5


@dataclass(frozen=True)
class Blocks:
    """One run as density on the raster, block by block."""

    run: int
    density: NDArray[np.float32]
    """(blocks, rows, columns)."""
    seconds: NDArray[np.float64]
    """When each block was complete."""
    starts: NDArray[np.float64]
    placed: Placed
    open_field: Mask
    """True where this run has pixels and the collimator lets rays through."""


def grid_of(runs: Sequence[Run]) -> Grid:
    """Return the raster for runs of one projection, wide enough for the widest of them."""
    rows = max(run.frames.shape[1] * _spacing(run) for run in runs)
    columns = max(run.frames.shape[2] * _spacing(run) for run in runs)
    finest = min(_spacing(run) for run in runs)
    mm = max(finest, max(rows, columns) / WORKING_SIZE)
    return Grid(mm, (max(8, round(rows / mm)), max(8, round(columns / mm))))


def _spacing(run: Run) -> float:
    return run.spacing_mm or ASSUMED_FIELD_MM / max(run.frames.shape[1:])


def blocks_of(
    run: Run, number: int, grid: Grid, tick: Callable[[int], None] = lambda _frames: None
) -> Blocks | None:
    """Return a run as density blocks; None for one without frames."""
    count = len(run.frames)
    if count == 0:
        return None
    rows, columns = run.frames.shape[1:]
    factor = grid.mm / _spacing(run)
    shape = (
        min(grid.shape[1], max(1, round(columns / factor))),
        min(grid.shape[0], max(1, round(rows / factor))),
    )
    left, top = (grid.shape[1] - shape[0]) // 2, (grid.shape[0] - shape[1]) // 2
    made: list[Picture] = []
    seconds: list[float] = []
    starts: list[float] = []
    highest = _top(run)
    for first, last in _cuts(run):
        mean = np.zeros(shape[::-1], np.float32)
        for index in range(first, last):
            mean += _smaller(run.frames[index], shape)
            tick(1)
        made.append(_density((mean / (last - first)).astype(np.float32), run, highest))
        seconds.append(float(run.seconds[last - 1]))
        starts.append(float(run.seconds[first]))
    density = np.stack(made)
    seen = open_field(density)
    laid = np.zeros((len(density), *grid.shape), np.float32)
    here = (slice(top, top + shape[1]), slice(left, left + shape[0]))
    laid[(slice(None), *here)] = density
    field = np.zeros(grid.shape, bool)
    field[here] = seen
    return Blocks(
        number,
        laid,
        np.array(seconds),
        np.array(starts),
        Placed(factor, left, top, *shape),
        field,
    )


def _cuts(run: Run) -> list[tuple[int, int]]:
    """Return the first frame of each block and the one behind its last."""
    count = len(run.frames)
    steps = np.diff(run.seconds)
    step = float(np.median(steps)) if len(steps) else 1.0
    size = int(np.clip(round(BLOCK_S / max(step, 1e-3)), LEAST_FRAMES, MOST_FRAMES))
    if count < 2 * LEAST_FRAMES or step > SINGLE_S:  # single pictures: last-image-hold
        size = 1 if step > SINGLE_S else count
    firsts = list(range(0, count - size + 1, size)) or [0]  # a short rest is left out
    return [(first, min(first + size, count)) for first in firsts]


def _top(run: Run) -> float:
    """Return the highest value of as many bits as are used: full X-rays, or none if inverted."""
    highest = float(run.frames[:: max(1, len(run.frames) // 8)].max())
    return float(2.0 ** np.ceil(np.log2(max(highest, 1.0) + 1.0)) - 1.0)


def _smaller(frame: NDArray[np.generic], shape: tuple[int, int]) -> Picture:
    whole = np.asarray(frame, dtype=np.float32)
    if whole.shape[::-1] == shape:
        return whole
    return np.asarray(cv2.resize(whole, shape, interpolation=cv2.INTER_AREA), np.float32)


def _density(mean: Picture, run: Run, top: float) -> Picture:
    value = top - mean if run.is_inverted else mean
    if run.intensity == LOGARITHMIC:
        # The scale is not known, and nothing needs it, because every test is against the noise of
        # the same picture. It is one for all runs, or they could not be subtracted.
        return np.asarray(-value / (top / 6.0), np.float32)
    # A picture for display went through a curve like a power of the intensity: its logarithm is
    # density times a number.
    return np.asarray(-np.log(np.maximum(value, 1.0)), np.float32)


def open_field(density: NDArray[np.float32]) -> Mask:
    """Return where the field is open: a shutter reaches the rim, and never changes.

    It is far darker than all else, or painted with one value, which may be any.
    """
    still = density.mean(0)
    value = -still
    low, high = np.percentile(value, [1, 60])
    closed = value < low + 0.08 * (high - low)
    moving = density.std(0)
    closed &= moving <= np.percentile(moving, 25) + 1e-6
    around = np.ones((5, 5), np.uint8)
    uneven = cv2.dilate(value, around) - cv2.erode(value, around)
    painted = (uneven < 1e-4 * max(1e-6, float(np.ptp(value)))) & (moving < 1e-4 * (high - low))
    closed |= cv2.dilate(painted.astype(np.uint8), around) > 0
    closed = cv2.morphologyEx(closed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, labels = cv2.connectedComponents(closed)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    touching = (
        np.isin(labels, np.unique(rim[rim > 0])) if count > 1 else np.zeros_like(labels, bool)
    )
    field = ~touching
    if field.mean() < 0.2:
        return np.ones_like(field)
    inner = cv2.erode(field.astype(np.uint8), np.ones((7, 7), np.uint8))
    return np.asarray(inner, bool)


def same_projection(one: Run, other: Run) -> bool:
    """Return whether two runs see the same projection, and at scales that are known if unlike."""
    angles = zip(one.angles, other.angles, strict=True)
    if any(abs(first - second) > 3.0 for first, second in angles):
        return False
    if one.spacing_mm is None or other.spacing_mm is None:
        same = one.frames.shape[1:] == other.frames.shape[1:]
        return same and one.spacing_mm is other.spacing_mm
    return one.at_isocentre is other.at_isocentre


def groups_of(runs: Sequence[Run]) -> list[list[int]]:
    """Return the numbers of the runs by projection, the group with the most frames first."""
    groups: list[list[int]] = []
    for number, run in enumerate(runs):
        for group in groups:
            if same_projection(runs[group[0]], run):
                group.append(number)
                break
        else:
            groups.append([number])
    return sorted(groups, key=lambda each: -sum(len(runs[number].frames) for number in each))
