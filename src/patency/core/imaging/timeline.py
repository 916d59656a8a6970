"""All runs of one projection on one clock: what was added to the picture since before contrast.

Frames are subtracted against the still background first, and only then follow the organ: moving a
frame to the organ before it is subtracted makes false stops of nearly every tube.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.align import Matcher, moved, moved_field
from patency.core.imaging.background import (
    SCOUT_S,
    background_of,
    field_of,
    hollow_of,
    inner_field,
    noise_of,
    smooth,
    subtracted,
)
from patency.core.imaging.density import Blocks, Placed, blocks_of, grid_of, groups_of
from patency.core.imaging.marks import without_marks
from patency.core.imaging.series import Mask, Picture, Series

BONE_SHIFT_MM, ORGAN_SHIFT_MM = 25.0, 10.0
"""Further than that nothing moves between two pictures of a woman who lies still."""
BONES_MM = 0.9
WIDE_MM = 25.0
"""No gas and no contrast changes a picture as widely as that."""
GAS_SHARE = 0.07
"""Of the density of the filled cavity: what is less dark than that is no gas."""
LEAST_AGREEMENT = 0.15
"""Of the correlation of two backgrounds, before a shift between them is believed."""
ASYMMETRY = 2.5
"""Contrast only ever adds; what moves takes away in one place what it adds in another."""
SEEN_ABOVE = 7.0
"""Of the noise of a picture smoothed over 2 mm, before anything is taken for contrast."""
LEAST_AREA_CM2 = 0.4


@dataclass(frozen=True)
class Timeline:
    """One projection as blocks, subtracted and following the organ."""

    added: NDArray[np.float32]
    """(blocks, rows, columns), density added since before contrast; 0 where nothing was seen."""
    valid: NDArray[np.bool_]
    """(blocks, rows, columns), where a block shows something."""
    seconds: NDArray[np.float64]
    starts: NDArray[np.float64]
    run_of: NDArray[np.int64]
    noise: Picture
    """The standard deviation of a pixel in one block."""
    field: Mask
    """Where a good part of the blocks show something, and something was seen before contrast."""
    mm: float
    first_contrast: int | None
    """The first block with contrast; None where none was seen."""
    begins_filled: bool
    """True where the first picture of the projection already shows contrast, as far as is seen."""
    plateau: float
    """Density of the strongest filling."""
    still_blocks: int
    """Blocks the background was made of."""
    shifts: NDArray[np.float64]
    """(blocks, 2), how far the organ stood from its place, in working pixels, x and y."""
    background: Picture
    hollow: Picture
    """Density that would be added if gas that stood before contrast went away, 0 where none was."""
    placed: Mapping[int, Placed]
    """Where the stored pixels of each run lie."""

    @property
    def cm(self) -> float:
        return self.mm / 10.0

    def stored(self, points: NDArray[np.float64], block: int) -> NDArray[np.float64]:
        """Return (points, 2), x and y on the raster, as stored pixels of the frames of a block."""
        return self.placed[int(self.run_of[block])].stored(points + self.shifts[block])

    def stored_mask(self, mask: Mask, block: int, shape: tuple[int, int]) -> Mask:
        """Return a mask of the raster in the stored pixels of a block's run, (rows, columns)."""
        placed = self.placed[int(self.run_of[block])]
        dx, dy = self.shifts[block]
        scale = 1.0 / placed.factor
        matrix = np.array(
            [
                [scale, 0, placed.left - dx + 0.5 * scale - 0.5],
                [0, scale, placed.top - dy + 0.5 * scale - 0.5],
            ],
            np.float32,
        )
        laid = cv2.warpAffine(
            mask.astype(np.float32),
            matrix,
            shape[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        return np.asarray(laid > 0.5, bool)


def timeline_of(
    series: Series, tick: Callable[[int], None] = lambda _frames: None
) -> tuple[Timeline | None, list[int]]:
    """Return the timeline of the projection with the most frames, and the runs outside of it."""
    groups = groups_of(series.runs)
    for group in groups:
        grid = grid_of([series.runs[number] for number in group])
        blocks = [
            each
            for number in group
            if (each := blocks_of(series.runs[number], number, grid, tick)) is not None
        ]
        blocks = without_marks(blocks, grid.mm)
        if blocks and sum(len(each.density) for each in blocks) >= 2:
            outside = [number for other in groups if other is not group for number in other]
            return _timeline(blocks, grid.mm), sorted(outside)
    return None, list(range(len(series.runs)))


def _timeline(blocks: Sequence[Blocks], mm: float) -> Timeline:
    blocks = sorted(blocks, key=lambda each: float(each.seconds[0]))
    density = np.concatenate([each.density for each in blocks])
    seen = np.concatenate(
        [np.repeat(each.open_field[None], len(each.density), 0) for each in blocks]
    )
    run_of = np.concatenate([np.full(len(each.density), each.run) for each in blocks])
    seconds = np.concatenate([each.seconds for each in blocks])
    first = _scout(run_of, seconds)
    density, seen, still_shifts = _still(density, seen, run_of, first, mm)
    field = field_of(seen)
    noise = noise_of(density, seen, run_of, seconds, mm)
    background, known = background_of(density, seen, first)
    added, valid = subtracted(density, seen, background, known)
    found = _first_contrast(added, field, noise, mm)
    sign = 1.0
    if found.polarity < 0:
        sign, added, density = -1.0, -added, -density
        found = _first_contrast(added, field, noise, mm)
    still = first
    if found.block is not None and found.block > first:
        # The block in which it is first seen, and the one before, may hold the very first of it.
        still = max(first, found.block - 1)
    elif found.block is None:
        still = max(first, len(density) // 2)
    background, known = background_of(density, seen, still)
    added, valid = subtracted(density, seen, background, known)
    field &= known
    found = _first_contrast(added, field, noise, mm)
    made = Timeline(
        added=added,
        valid=valid,
        seconds=seconds,
        starts=np.concatenate([each.starts for each in blocks]),
        run_of=run_of,
        noise=noise,
        field=field,
        mm=mm,
        first_contrast=found.block,
        begins_filled=False,
        plateau=found.plateau,
        still_blocks=still,
        shifts=still_shifts,
        background=background * sign,
        hollow=hollow_of(background * sign, known, noise, mm, GAS_SHARE * found.plateau),
        placed={each.run: each.placed for each in blocks},
    )
    return made if found.block is None else _following(made)


def _scout(run_of: NDArray[np.int64], seconds: NDArray[np.float64]) -> int:
    """Return how many blocks at the beginning are taken to be without contrast."""
    follows = len(run_of) > 6 and run_of[1] == run_of[0] and seconds[1] - seconds[0] < SCOUT_S
    return 2 if follows else 1


def _still(
    density: NDArray[np.float32],
    seen: NDArray[np.bool_],
    run_of: NDArray[np.int64],
    first: int,
    mm: float,
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float64]]:
    """Return the blocks and their fields with the shift of the bones taken out, and the shifts."""
    step = max(1, round(BONES_MM / mm))  # bones need no finer pixels
    size = (density.shape[2] // step, density.shape[1] // step)

    def relief(picture: Picture, field: Mask) -> tuple[Picture, Mask]:
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
        part = cv2.resize(field.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
        return _detail(small, part, mm * step), inner_field(part, mm * step)

    fixed, common = background_of(density, seen, 1)
    match = Matcher(*relief(fixed, common), BONE_SHIFT_MM / mm / step)
    shifts = np.zeros((len(density), 2))
    for number in range(1, len(density)):
        dx, dy, agree, at_rest = match.shift(*relief(density[number], seen[number]))
        if agree > LEAST_AGREEMENT and agree > at_rest + 0.01:
            shifts[number] = dx * step, dy * step
    for run in np.unique(run_of):  # a single block that jumps out of its run and back is a slip
        own = np.nonzero(run_of == run)[0]
        padded = np.pad(shifts[own], ((1, 1), (0, 0)), mode="edge")
        shifts[own] = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    shifts[:first] -= shifts[0]
    made, where = density, seen
    for number, (dx, dy) in enumerate(shifts):
        if np.hypot(dx, dy) * mm >= 0.15:
            made[number] = moved(density[number], dx, dy)
            where[number] = moved_field(seen[number], dx, dy)
        else:
            shifts[number] = 0.0
    return made, where, shifts


def _detail(picture: Picture, field: Mask, mm: float) -> Picture:
    """Return bones and gas as relief, without what contrast would add to it."""
    filled = np.where(field, picture, np.float32(np.median(picture[field]) if field.any() else 0))
    fine = smooth(filled, mm, 0.8) - smooth(filled, mm, 6.0)
    limit = 2.5 * float(np.median(np.abs(fine[field]))) + 1e-6 if field.any() else 1.0
    return np.asarray(np.clip(fine, -limit, limit), np.float32)


@dataclass(frozen=True)
class _Seen:
    block: int | None
    plateau: float
    polarity: int


def _first_contrast(added: NDArray[np.float32], field: Mask, noise: Picture, mm: float) -> _Seen:
    """Return the first block with contrast: a coherent area far above noise, and above what
    motion takes away elsewhere."""
    inner = cv2.erode(field.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    if inner.mean() < 0.1:
        inner = field
    # Smoothed over 2 mm, a picture says the same on every second pixel or third.
    skip = max(1, round(1.2 / mm))
    fields = np.stack([smooth(picture, mm, 2.0)[::skip, ::skip] for picture in added])
    inner = inner[::skip, ::skip]
    mm = mm * skip
    values = fields[:, inner]
    # A heel of the beam that moved with the table darkens one side widely: no gas, no contrast.
    fine = np.stack([each - smooth(each, mm, WIDE_MM) for each in fields])[:, inner]
    # What a square centimetre of the field holds at least, at both ends.
    share = 100.0 * float(np.clip(1.0 / (inner.sum() * (mm / 10.0) ** 2), 0.001, 0.02))
    high = np.percentile(values, 100.0 - share, axis=1)
    low = -np.percentile(fine, share, axis=1)
    few = np.sort(high)[-max(1, len(high) // 4) :]
    under = np.sort(low)[-max(1, len(low) // 4) :]
    plateau, dips = float(np.median(few)), float(np.median(under))
    area = mm / 10.0
    quiet = 1.4826 * float(np.median(np.abs(values - np.median(values, 1, keepdims=True))))
    quiet = max(quiet, 1e-6)
    if dips > ASYMMETRY * max(plateau, quiet) and dips > SEEN_ABOVE * quiet:
        return _Seen(None, dips, -1)
    if plateau < ASYMMETRY * dips or plateau < SEEN_ABOVE * quiet:
        return _Seen(None, plateau, 1)
    limit = max(0.35 * plateau, ASYMMETRY * dips * 0.6, 4 * quiet)
    sizes = [_largest(picture > limit, inner) * area * area for picture in fields]
    for number in range(len(sizes)):
        after = sizes[number : number + 3]
        if sizes[number] >= 0.15 and min(after) >= 0.15 and max(sizes[number:]) >= LEAST_AREA_CM2:
            return _Seen(number, plateau, 1)
    return _Seen(None, plateau, 1)


def _largest(mask: Mask, inside: Mask) -> int:
    _, _, stats, _ = cv2.connectedComponentsWithStats((mask & inside).astype(np.uint8))
    return int(stats[1:, cv2.CC_STAT_AREA].max()) if len(stats) > 1 else 0


def _following(made: Timeline) -> Timeline:
    """Return the timeline with each block moved to where the organ stood when it was full."""
    assert made.first_contrast is not None
    fine = np.stack([smooth(picture, made.mm, 1.2) for picture in made.added])
    limit = 0.35 * made.plateau
    sizes = np.array([int((picture > limit).sum()) for picture in fine])
    full = max(made.first_contrast, int(np.argmax(sizes >= 0.7 * np.median(sizes[sizes > 0]))))
    template = np.median(fine[full : full + 3], axis=0)
    rows, columns = np.nonzero(template > limit)
    if len(rows) < 20:
        return made
    pad = int(ORGAN_SHIFT_MM / made.mm) + 4
    top, low = max(0, rows.min() - pad), min(template.shape[0], rows.max() + pad)
    left, right = max(0, columns.min() - pad), min(template.shape[1], columns.max() + pad)
    part = (slice(top, low), slice(left, right))
    shifts = np.zeros((len(fine), 2))
    for _ in range(2):
        fixed = np.clip(template[part], 0, made.plateau)
        match = Matcher(fixed, np.ones(fixed.shape, bool), ORGAN_SHIFT_MM / made.mm)
        taken = []
        for number in range(made.first_contrast, len(fine)):
            now = np.clip(fine[number][part], 0, made.plateau)
            if float((now > limit).sum()) < 0.3 * float((fixed > limit).sum()):
                continue
            dx, dy, agree, at_rest = match.shift(now, made.valid[number][part])
            if agree > 0.6 and agree > at_rest + 0.002:
                shifts[number] = dx, dy
            taken.append(moved(fine[number], *shifts[number]))
        if len(taken) > 2:
            template = np.median(taken[:: max(1, len(taken) // 15)], axis=0)
    added, valid = made.added.copy(), made.valid.copy()
    for number, (dx, dy) in enumerate(shifts):
        if dx or dy:
            added[number] = moved(made.added[number], dx, dy)
            valid[number] = moved_field(made.valid[number], dx, dy)
            added[number][~valid[number]] = 0.0
    return replace(made, added=added, valid=valid, shifts=made.shifts + shifts)
