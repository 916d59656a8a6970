"""What leaves the tubes: clouds of spill, told from gas, from shine and from what ran out below."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.cavity import Cavity
from patency.core.imaging.elsewhere import VEINS_MM, below, from_cavity, pool
from patency.core.imaging.lookalikes import bulbs_of, hydrosalpinx, paired
from patency.core.imaging.paths import Course
from patency.core.imaging.series import Mask, Picture
from patency.core.imaging.timeline import Timeline
from patency.core.imaging.tubes import Filling

CLOUD_MM, VEIL_MM = 3.0, 22.0
"""A cloud of spill is wider than a tube and narrower than the veil of scatter."""
HOLLOW_SHARE, SHOWN_SHARE = 0.12, 0.3
"""Of the cavity's density, above which a place may hide a cloud; of what lies around an end, the
least that must be free of that before it may be said that no cloud came."""
BESIDE_MM, SLOPE_MM, AT_THE_END_MM = 6.0, 4.0, 15.0
SHINE_MM = 5.5
"""A full tube shines on its surroundings so far, to both sides."""
SUMMIT_MM, SUMMIT_SHARE = 12.0, 0.3
SURE, WEAKEST = 4.0, 0.025
"""Of the noise, and of the cavity's density: the least a cloud must stand out by."""
LEAST_CM2, FIRST_CM2 = 0.6, 0.3
BRIEF_BLOCKS, LEAST_BLOCKS = 4, 3
"""A stretch of time in which a cloud must stand, that may spread out of sight later."""
LEAVES_WITHIN_MM, EARLY_S, ARRIVED_MM = 30.0, 6.0, 12.0
"""A cloud begins near where the tube ends, and after contrast came there, or so near before it:
the very end may have lain outside of the earlier fields."""
DOUBT, DOUBT_CM2, DOUBT_WITHIN_MM, DOUBT_GROWS = 3.5, 0.5, 20.0, 0.35
"""What is fainter or smaller than a cloud, and grows, leaves it open whether there was one."""
FOLLOWED_MM = 10.0
"""How far a tube was followed at least before a cloud may be said to have come out of it."""


@dataclass(frozen=True)
class Spill:
    """What left one tube."""

    seen: bool | None
    """None where a cloud could not have been told from noise."""
    since_s: float | None
    area_cm2: float
    detectability: float
    mask: Mask


@dataclass(frozen=True)
class _Scene:
    """What all stretches of time are looked at with."""

    line: Timeline
    tubes: dict[str, tuple[Course, Filling] | None]
    ends: dict[str, tuple[float, float]]
    """Where each tube ends, or begins if nothing was seen in it, x and y."""
    out: Mask
    band: NDArray[np.float32]
    """(blocks, rows, columns), without the veil."""
    spread: Picture
    hidden_mm: Picture
    """How far each pixel lies from what may hide a cloud."""


def clouds(
    line: Timeline,
    cavity: Cavity,
    tubes: dict[str, tuple[Course, Filling] | None],
    net: bool | None,
) -> dict[str, Spill]:
    """Return what left the tube at the left and at the right of the picture.

    Where a ``net`` of veins is drawn round the cavity, nothing close to it is taken for a cloud.
    """
    begin = line.first_contrast or 0
    out = _outside(line, cavity, tubes)
    out &= ~hydrosalpinx(line, cavity)
    if net:
        out &= from_cavity(line, cavity) > VEINS_MM
    band = np.stack([_band(each, line, out) for each in line.added])
    hiding = (from_cavity(line, cavity) < BESIDE_MM) | below(line, cavity) | pool(line, cavity)
    away = cv2.distanceTransform((~hiding).astype(np.uint8), cv2.DIST_L2, 5) * line.mm
    scene = _Scene(
        line,
        tubes,
        {side: _end(cavity, tube, side) for side, tube in tubes.items()},
        out,
        band,
        _spread(band, line),
        np.asarray(away, np.float32),
    )
    last = max(begin + 1, len(band) - max(3, (len(band) - begin) // 4))
    end = _looked_at(scene, slice(last, len(band)))
    detect = 0.10 * line.plateau / float(np.median(end.noise[out])) if out.any() else 0.0
    found = {}
    for side in ("left", "right"):
        tube, mine = tubes[side], end.mine[side]
        area = float(mine.sum()) * line.cm**2
        is_seen = area >= LEAST_CM2
        since = _since(scene, mine, slice(last, None)) if is_seen else None
        told = is_seen if is_seen or detect > SURE else None
        if not is_seen and tube is not None:
            if _doubtful(end.near, end.noise, band, tube, last, line):
                told = None
            shown = out & (line.hollow < HOLLOW_SHARE * line.plateau)
            if _mostly_hidden(shown, tube, line):
                told = None
        found[side] = Spill(told, since, area, detect, mine)
    return _with_brief(scene, found)


def _with_brief(scene: _Scene, found: dict[str, Spill]) -> dict[str, Spill]:
    """Return what was found, and for a tube without a cloud at the end the largest before.

    A small cloud may have spread by the end until it is too thin to be told from what lies around.
    """
    tubes = scene.tubes
    unseen = [
        side
        for side, each in found.items()
        if not each.seen and (tube := tubes[side]) is not None and tube[1].furthest_mm > 0
    ]
    for part in _brief(scene.line) if unseen else ():
        then = _looked_at(scene, part)
        for side in unseen:
            mine, best = then.mine[side], found[side]
            area = float(mine.sum()) * scene.line.cm**2
            if area >= LEAST_CM2 and area > best.area_cm2:
                found[side] = Spill(None, _since(scene, mine, part), area, best.detectability, mine)
    return found


@dataclass(frozen=True)
class _Look:
    """What stands out as a cloud in one stretch of blocks."""

    mine: dict[str, Mask]
    near: Picture
    """How far each pixel stands out, 0 where no cloud can be told."""
    noise: Picture


def _looked_at(scene: _Scene, part: slice) -> _Look:
    line, out = scene.line, scene.out
    held = scene.band[part]
    late = np.asarray(np.median(held, axis=0), np.float32)
    sure = np.where(late > 0, np.maximum(late - line.hollow, 0.0), late)
    noise = np.maximum(scene.spread / np.sqrt(len(held)), _floor(late[out])).astype(np.float32)
    limit = np.maximum(SURE * noise, WEAKEST * line.plateau)
    seen = (sure > limit) & out
    # Contrast stays or grows; what comes and goes between two halves is motion.
    half = len(held) // 2
    if half > 0:
        seen &= (held[:half].mean(0) > 0.5 * limit) & (held[half:].mean(0) > 0.5 * limit)
    # What lines a full tube on both sides is its shine, and narrower than a cloud.
    size = 2 * round(SHINE_MM / 2 / line.mm) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    seen = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, disc) > 0
    none = paired(late, seen, line) | bulbs_of(seen, line)
    owned = _owned(scene, seen & ~none, np.asarray(sure, np.float32))
    mine = {}
    for side, tube in scene.tubes.items():
        mine[side] = _pieces(owned[side], FIRST_CM2, line)
        if tube is not None and tube[1].furthest_mm > 0:
            mine[side] = _begins_at(scene, mine[side], side, part)
    return _Look(mine, np.asarray(sure * (out & ~none), np.float32), noise)


def _brief(line: Timeline) -> Iterator[slice]:
    """Yield each short stretch of blocks within a run since contrast came."""
    for run in np.unique(line.run_of):
        own = np.nonzero(line.run_of == run)[0]
        own = own[own >= (line.first_contrast or 0)]
        for begin in range(0, len(own), BRIEF_BLOCKS):
            first = max(0, min(begin, len(own) - BRIEF_BLOCKS))
            part = own[first : begin + BRIEF_BLOCKS]
            if len(part) >= LEAST_BLOCKS:
                yield slice(int(part[0]), int(part[-1]) + 1)


def _since(scene: _Scene, cloud: Mask, part: slice) -> float:
    """Return when a cloud came to half of what it is in a stretch of blocks, in seconds."""
    rising = scene.band[:, cloud].mean(1)
    level = 0.5 * float(np.median(rising[part]))
    return float(scene.line.seconds[int(np.argmax(rising > level))])


def _doubtful(
    near: Picture,
    noise: Picture,
    band: NDArray[np.float32],
    tube: tuple[Course, Filling],
    last: int,
    line: Timeline,
) -> bool:
    """Return whether something too small or too faint for a cloud grows at the end of a tube."""
    course, filling = tube
    at = int(np.searchsorted(course.arc_mm, filling.furthest_mm))
    x, y = course.points[min(at, len(course.points) - 1)]
    height, width = line.field.shape
    yy, xx = np.mgrid[0:height, 0:width]
    here = np.hypot(xx - x, yy - y) * line.mm < DOUBT_WITHIN_MM
    here &= (near > DOUBT * noise) & (near > 0.02 * line.plateau)
    if float(here.sum()) * line.cm**2 < DOUBT_CM2:
        return False
    curve = band[:, here].mean(1)
    came = int(np.argmax(filling.front_mm >= filling.furthest_mm - 1.0))
    before = float(np.median(curve[came : came + 4]))
    after = float(np.median(curve[last:]))
    # A tube that stays full shines on its surroundings from the first; a cloud grows.
    return after - before > DOUBT_GROWS * after


def _mostly_hidden(shown: Mask, tube: tuple[Course, Filling], line: Timeline) -> bool:
    """Return whether most of what lies around the end of a tube cannot be judged."""
    course, filling = tube
    at = min(int(np.searchsorted(course.arc_mm, filling.furthest_mm)), len(course.points) - 1)
    x, y = course.points[at]
    height, width = line.field.shape
    yy, xx = np.mgrid[0:height, 0:width]
    away = np.hypot(xx - x, yy - y) * line.mm
    around = (away > 5.0) & (away < AT_THE_END_MM)
    whole = np.pi * (AT_THE_END_MM**2 - 25.0) / line.mm**2
    return float((around & shown).sum()) < SHOWN_SHARE * whole


def _floor(values: NDArray[np.float32]) -> float:
    """Return the spread of what is no contrast: of the darker half, for contrast only adds."""
    if not values.size:
        return 1.0
    middle = float(np.median(values))
    under = values[values < middle]
    return float(np.median(middle - under)) / 0.6745 if under.size else 1e-6


def _owned(scene: _Scene, seen: Mask, sure: Picture) -> dict[str, Mask]:
    """Return the clouds of each tube: each with its summit goes to the nearer end of a tube.

    An end counts where contrast was followed to it; a horn that nothing was seen to leave counts
    only for clouds that stand apart from the end of the other tube. A slope with its summit at what
    hides it, such as the cavity, is the far side of something else.
    """
    line = scene.line
    owned = {side: np.zeros(seen.shape, bool) for side in ("left", "right")}
    followed = {
        side: (tube := scene.tubes[side]) is not None and tube[1].furthest_mm >= FOLLOWED_MM
        for side in owned
    }
    smooth = np.asarray(cv2.GaussianBlur(sure, (0, 0), CLOUD_MM / line.mm), np.float32)
    for piece, (x, y) in _summits(np.where(seen, smooth, 0.0).astype(np.float32), seen, line.mm):
        apart = {
            side: float(np.hypot(x - end[0], y - end[1])) * line.mm
            for side, end in scene.ends.items()
        }
        near = "left" if apart["left"] < apart["right"] else "right"
        other = "right" if near == "left" else "left"
        if followed[other] and not followed[near] and apart[other] <= LEAVES_WITHIN_MM:
            near = other
        is_slope = scene.hidden_mm[round(y), round(x)] < SLOPE_MM
        if is_slope and not (followed[near] and apart[near] <= AT_THE_END_MM):
            continue
        owned[near] |= piece
    return owned


def _summits(smooth: Picture, seen: Mask, mm: float) -> Iterator[tuple[Mask, tuple[float, float]]]:
    """Yield the parts of clouds with their summits, x and y; each pixel goes to the summit nearby.

    A summit counts that stands out by a good part of the highest one of its cloud.
    """
    count, labels, _, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    size = 2 * round(SUMMIT_MM / mm) + 1
    highest = cv2.dilate(smooth, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    for number in range(1, count):
        piece = labels == number
        tops = piece & (smooth >= highest - 1e-9)
        tops &= smooth > SUMMIT_SHARE * float(smooth[piece].max())
        rows, columns = np.nonzero(tops)
        if len(rows) == 0:
            rows, columns = np.nonzero(piece & (smooth >= smooth[piece].max()))
        ys, xs = np.nonzero(piece)
        nearest = np.argmin(
            np.hypot(ys[:, None] - rows[None, :], xs[:, None] - columns[None, :]), axis=1
        )
        for top, (row, column) in enumerate(zip(rows, columns, strict=True)):
            part = np.zeros(seen.shape, bool)
            mine = nearest == top
            part[ys[mine], xs[mine]] = True
            yield part, (float(column), float(row))


def _end(cavity: Cavity, tube: tuple[Course, Filling] | None, side: str) -> tuple[float, float]:
    if tube is None or tube[1].furthest_mm <= 0:
        return cavity.horns[side]
    course, filling = tube
    at = int(np.searchsorted(course.arc_mm, filling.furthest_mm))
    x, y = course.points[min(at, len(course.points) - 1)]
    return float(x), float(y)


def _begins_at(scene: _Scene, mine: Mask, side: str, part: slice) -> Mask:
    """Return the clouds that may have left this tube: near its end, and not before it got there."""
    tube, line = scene.tubes[side], scene.line
    assert tube is not None
    front = tube[1].front_mm
    x, y = scene.ends[side]
    arrived = float(line.seconds[int(np.argmax(front >= front[-1] - ARRIVED_MM))])
    count, labels, _, _ = cv2.connectedComponentsWithStats(mine.astype(np.uint8))
    found = np.zeros(mine.shape, bool)
    for number in range(1, count):
        piece = labels == number
        rows, columns = np.nonzero(piece)
        away = float(np.hypot(columns - x, rows - y).min()) * line.mm
        if away <= LEAVES_WITHIN_MM and _since(scene, piece, part) >= arrived - EARLY_S:
            found |= piece
    return found


def _band(picture: Picture, line: Timeline, out: Mask) -> Picture:
    """Return a picture smoothed to the scale of clouds, without the wide veil of scatter.

    The veil is what lies around, without what stands out of it: otherwise a wide cloud would be
    taken for veil.
    """
    mm = line.mm
    fine = cv2.GaussianBlur(picture, (0, 0), CLOUD_MM / mm)
    size = (max(8, picture.shape[1] // 4), max(8, picture.shape[0] // 4))
    small = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
    free = cv2.resize(out.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    veil = np.zeros_like(small)
    for _ in range(3):
        weight = free.astype(np.float32) + 1e-6
        around = VEIL_MM / mm / 4
        veil = cv2.GaussianBlur(small * weight, (0, 0), around) / np.maximum(
            cv2.GaussianBlur(weight, (0, 0), around), 1e-6
        )
        rest = small - veil
        if not free.any():
            break
        free &= rest < 2.5 * _floor(np.asarray(rest[free], np.float32))
    return np.asarray(fine - cv2.resize(veil, picture.shape[::-1]), np.float32)


def _spread(band: NDArray[np.float32], line: Timeline) -> Picture:
    same = line.run_of[1:] == line.run_of[:-1]
    apart = np.abs(np.diff(band, axis=0))
    apart = apart[same] if same.any() else apart
    return np.asarray(np.median(apart[:60], axis=0) / (0.6745 * np.sqrt(2.0)), np.float32)


def _outside(
    line: Timeline, cavity: Cavity, tubes: dict[str, tuple[Course, Filling] | None]
) -> Mask:
    """Return where spill may be told: in the field, away from the cavity, the tubes, the cervix."""
    taken = np.zeros(line.field.shape, np.uint8)
    far = round(BESIDE_MM / line.mm)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * far + 1, 2 * far + 1))
    taken[cv2.dilate(cavity.mask.astype(np.uint8), disc) > 0] = 1
    for each in tubes.values():
        if each is None:
            continue
        course, filling = each
        until = course.arc_mm <= max(filling.furthest_mm, 0.0)
        half = np.interp(course.arc_mm, filling.arc_mm, filling.half_mm)
        for (x, y), wide in zip(course.points[until], half[until], strict=True):
            cv2.circle(taken, (round(x), round(y)), round((wide + 3.0) / line.mm), 1, -1)
    rim = round(4.0 / line.mm)
    inner = cv2.erode(line.field.astype(np.uint8), np.ones((rim, rim), np.uint8), borderValue=0)
    return np.asarray((inner > 0) & (taken == 0) & ~below(line, cavity) & ~pool(line, cavity), bool)


def _pieces(mask: Mask, least_cm2: float, line: Timeline) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    keep = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] * line.cm**2 >= least_cm2]
    return np.asarray(np.isin(labels, keep), bool)
