"""The course of each tube: thin bright lines that lead away from a horn of the cavity."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from patency.core.imaging.cavity import Cavity
from patency.core.imaging.ridge import ridges
from patency.core.imaging.series import Mask, Picture
from patency.core.imaging.timeline import Timeline

HALF_WIDTHS_MM = (0.6, 1.2, 2.4)
FAINT, CLEAR = 4.0, 8.0
"""Of the spread of ridge strength where there is no tube: to go on along a line, to begin one."""
GAP_MM = 6.0
"""A gap as long as a narrow place or a fold; a longer one ends the line."""
HORN_MM = 12.0
"""How far from the horn that was found a line may begin."""
RIM_MM = 4.0
"""Only so near the horn may a line run along the rim of the cavity."""
LASTS_MM, LASTING_GAP_MM = 10.0, 10.0
LONG_MM, FAR_MM = 15.0, 25.0
CREST_MM = 1.6
ENDS_MM, MOST_ENDS = 6.0, 24
LOOSE_MM, LOOSE_LONG_MM = 6.0, 14.0
CERVIX_MM = 16.0
"""To both sides of the canal, where contrast that runs out draws lines of its own."""
STRETCH_BLOCKS = 4
AROUND_MM, CLOUDED = 4.0, 0.07
"""A line is expected to be as strong as a good part of what lies around it."""


@dataclass(frozen=True)
class Course:
    """A tube's centre-line from the horn outwards, in working pixels."""

    points: NDArray[np.float64]
    """(samples, 2), x and y, about a millimetre apart."""
    arc_mm: NDArray[np.float64]
    """(samples,), length from the horn as projected."""


def stretches(line: Timeline) -> Iterator[tuple[Picture, Mask]]:
    """Yield what was there in each short stretch of time since contrast came, and where it shows.

    A stretch of a narrower field shows less than the whole.
    """
    first = line.first_contrast or 0
    for run in np.unique(line.run_of):
        own = np.nonzero((line.run_of == run) & (np.arange(len(line.run_of)) >= first))[0]
        for begin in range(0, len(own), STRETCH_BLOCKS):
            # A rest that is too short to be a stretch of its own takes from the one before.
            part = own[max(0, min(begin, len(own) - STRETCH_BLOCKS)) : begin + STRETCH_BLOCKS]
            held = np.asarray(np.median(line.added[part], axis=0), np.float32)
            yield held, np.asarray(line.field & line.valid[part].all(axis=0), bool)


def twice(pictures: Iterable[Picture]) -> Picture:
    """Return the most each pixel held in two pictures at least, of more than two.

    What was there in one stretch of time alone, such as an edge in a breath, is not kept.
    """
    best: Picture | None = None
    second: Picture | None = None
    count = 0
    for held in pictures:
        if best is None or second is None:
            best, second = np.maximum(held, 0.0), np.zeros_like(held)
        else:
            second = np.maximum(second, np.minimum(best, held))
            best = np.maximum(best, held)
        count += 1
    if best is None or second is None:
        raise ValueError("There is no picture to look at.")
    return second if count > 2 else best


def brightest(line: Timeline) -> Picture:
    """Return the most contrast each pixel held for a while."""
    return twice(held for held, _ in stretches(line))


def strength(line: Timeline, cavity: Cavity) -> Picture:
    """Return how much each pixel lay on a line, in units of the spread where there is nothing.

    A tube is looked for in each stretch of time, because the cloud that leaves it soon hides it;
    and a line counts for less in a cloud, which draws lines of its own.
    """
    return twice(_lines(line, cavity, held, shown) for held, shown in stretches(line))


def _lines(line: Timeline, cavity: Cavity, picture: Picture, shown: Mask) -> Picture:
    sigmas = tuple(max(1.0, half / line.mm) for half in HALF_WIDTHS_MM)
    # Gas that went away leaves bright edges; they are no brighter than it was dark.
    sure = np.maximum(picture - line.hollow, np.minimum(picture, 0.0))
    relative = sure / (line.noise / np.float32(np.median(line.noise)))
    # The edge of the cavity is a step, not a line; without its plateau it does not ring.
    # So would the rim of a place that lost density, to gas that came.
    grain = float(np.median(line.noise))
    flat = np.clip(relative, -2.0 * grain, 0.8 * max(line.plateau, 1e-6)).astype(np.float32)
    found = ridges(_beyond_the_rim(flat, shown, line.mm), sigmas)
    near = cv2.dilate(cavity.mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=6)
    empty = found[line.field & (near == 0)]
    spread = float(np.percentile(empty, 60)) / 0.85 + 1e-9
    around = cv2.GaussianBlur(np.maximum(flat, 0.0), (0, 0), AROUND_MM / line.mm)
    result = found / (spread + CLOUDED * around)
    rim = cv2.erode(line.field.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
    result[rim | ~shown] = 0.0
    return np.asarray(result, np.float32)


def _beyond_the_rim(picture: Picture, shown: Mask, mm: float) -> Picture:
    """Return a picture that goes on evenly where it shows nothing: a shutter's edge is no line."""
    weight = cv2.GaussianBlur(shown.astype(np.float32), (0, 0), AROUND_MM / mm)
    inside = np.where(shown, picture, np.float32(0.0)).astype(np.float32)
    even = cv2.GaussianBlur(inside, (0, 0), AROUND_MM / mm) / np.maximum(weight, 1e-3)
    return np.where(shown, picture, even).astype(np.float32)


def courses(line: Timeline, cavity: Cavity, ridge: Picture) -> dict[str, Course | None]:
    """Return the tube at the left and at the right of the picture; None where no line leads off.

    ``ridge`` is what ``strength`` returned.
    """
    free = {side: _course(line, cavity, ridge, side) for side in ("left", "right")}
    left, right = free["left"], free["right"]
    if left is None or right is None or not _share(left, right, line):
        return free
    # A tube may cross to the other side, but one line is not both tubes: the one whose way along
    # it is the shorter keeps it, and the other is looked for on its own side.
    keeps = "left" if left.arc_mm[-1] <= right.arc_mm[-1] else "right"
    other = "right" if keeps == "left" else "left"
    free[other] = _course(line, cavity, ridge, other, without=free[keeps])
    return free


def another_course(
    line: Timeline,
    cavity: Cavity,
    ridge: Picture,
    side: str,
    wrong: Course,
    between_mm: tuple[float, float] = (3.0, 15.0),
) -> Course | None:
    """Return the tube of a side that does not go where ``wrong`` does between two lengths.

    None where nothing does. With the lengths as they are, it begins otherwise.
    """
    first, last = between_mm
    part = wrong.points[(wrong.arc_mm > first) & (wrong.arc_mm < last)]
    return _course(line, cavity, ridge, side, without=Course(part, wrong.arc_mm[: len(part)]))


def _share(one: Course, two: Course, line: Timeline) -> bool:
    apart = np.hypot(*(one.points[:, None, :] - two.points[None, :, :]).transpose(2, 0, 1))
    near = apart.min(1) * line.mm < 3.0
    return float(near[one.arc_mm > 8.0].mean()) > 0.3 if (one.arc_mm > 8.0).any() else False


def _course(
    line: Timeline, cavity: Cavity, ridge: Picture, side: str, without: Course | None = None
) -> Course | None:
    allowed = _allowed(line, cavity)
    horn = np.array(cavity.horns[side])
    other = np.array(cavity.horns["right" if side == "left" else "left"])
    if without is not None:
        taken = np.zeros(allowed.shape, np.uint8)
        for x, y in without.points:
            cv2.circle(taken, (round(x), round(y)), round(4.0 / line.mm), 1, -1)
        allowed &= taken == 0
    height, width = ridge.shape
    yy, xx = np.mgrid[0:height, 0:width]
    from_horn = np.hypot(xx - horn[0], yy - horn[1]) * line.mm
    rim = cv2.dilate(cavity.mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=3) > 0
    allowed &= ~rim | (from_horn < RIM_MM)
    from_other = np.hypot(xx - other[0], yy - other[1]) * line.mm
    here = _chained((ridge > FAINT) & allowed, ridge, from_horn, from_other, line.mm)
    if not here.any():
        return None
    # Along the crest: a wide tube is as good a line at its inner edge, and shorter there.
    crest = ridge / np.maximum(_highest(ridge, CREST_MM / line.mm), 1e-6)
    cost = 1.0 / (0.03 + np.clip(ridge / CLEAR, 0.0, 1.0) * crest**4) + 0.2
    cost[~allowed & (from_horn > RIM_MM)] = np.inf
    cost[(from_other < from_horn) & (from_other < HORN_MM)] = np.inf
    start = (int(horn[1]), int(horn[0]))
    cost[start] = 1.0
    paths = MCP_Geometric(cost)
    spent, _ = paths.find_costs([start])
    # A speck of noise at the rim of a line is no end: an end has line around it.
    around = cv2.boxFilter((ridge > FAINT).astype(np.float32), -1, (5, 5))
    sure = here & np.isfinite(spent) & (around > 0.3) & (crest > 0.9)
    if not sure.any():
        return None
    return _best_end(paths, spent, sure, ridge, line)


def _best_end(
    paths: MCP_Geometric,
    spent: NDArray[np.float64],
    sure: Mask,
    ridge: Picture,
    line: Timeline,
) -> Course | None:
    """Return the way to that end of a line that has the most of it on the line.

    What is not on the line counts double against it: an end beyond a gap belongs to something else
    unless much of a line lies there.
    """
    reached = np.where(sure, spent, -1.0)
    size = 2 * round(ENDS_MM / line.mm) + 1
    highest = cv2.dilate(reached, np.ones((size, size), np.uint8))
    rows, columns = np.nonzero(sure & (reached >= highest))
    order = np.argsort(-reached[rows, columns])[:MOST_ENDS]
    best: tuple[float, NDArray[np.float64]] | None = None
    for row, column in zip(rows[order], columns[order], strict=True):
        trace = np.array(paths.traceback((int(row), int(column))))
        on_line = ridge[trace[:, 0], trace[:, 1]] > FAINT
        worth = float(on_line.sum()) - 2.0 * float((~on_line).sum())
        if best is None or worth > best[0]:
            best = worth, trace.astype(np.float64)[:, ::-1]
    return None if best is None else _smoothed(best[1], line)


def _chained(
    strong: Mask,
    ridge: Picture,
    from_horn: NDArray[np.float64],
    from_other: NDArray[np.float64],
    mm: float,
) -> Mask:
    """Return the pieces of line that follow one another from the horn outwards.

    A piece that begins at the other horn is the other tube's. A piece follows over a gap of
    ``GAP_MM``; one that is long or clear follows over a longer one, because contrast that stands
    far out has come through what lies before.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        strong.astype(np.uint8), connectivity=8
    )
    pieces = []
    for number in range(1, count):
        extent = float(
            np.hypot(stats[number, cv2.CC_STAT_WIDTH], stats[number, cv2.CC_STAT_HEIGHT])
        )
        if stats[number, cv2.CC_STAT_AREA] < 6:
            continue
        of = labels == number
        clear = float(np.percentile(ridge[of], 80))
        at_other = float(from_other[of].min())
        if at_other < HORN_MM and at_other < float(from_horn[of].min()):
            continue
        # A long line may be faint: noise draws short ones.
        if extent * mm < 3.0 or clear < CLEAR * (0.75 if extent * mm < LASTS_MM else 0.55):
            continue
        gap = GAP_MM if extent * mm < LASTS_MM else LASTING_GAP_MM
        pieces.append((of, FAR_MM if extent * mm >= LONG_MM and clear >= CLEAR else gap))
    here = np.zeros(strong.shape, bool)
    left = pieces
    while left:
        if here.any():
            away = cv2.distanceTransform((~here).astype(np.uint8), cv2.DIST_L2, 5) * mm
        else:
            # A line nearer to the other horn is no first piece of this tube.
            away = np.maximum(from_horn - (HORN_MM - GAP_MM), 0.0)
            away[from_other < from_horn] = np.inf
        near = [one for one in left if float(away[one[0]].min()) <= one[1]]
        if not near:
            break
        for of, _ in near:
            here |= of
        chosen = {id(one) for one in near}
        left = [one for one in left if id(one) not in chosen]
    return here


def _allowed(line: Timeline, cavity: Cavity) -> Mask:
    """Return where a tube may run: outside the cavity, not along the cervix and below."""
    height, width = line.field.shape
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float64)
    axis = np.array(cavity.axis)
    right = np.array([axis[1], -axis[0]])
    dx, dy = xx - cavity.centre[0], yy - cavity.centre[1]
    across = np.abs(dx * right[0] + dy * right[1]) * line.mm
    along = (dx * axis[0] + dy * axis[1]) * line.mm
    inside = cv2.erode(cavity.mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=1) > 0
    below = (along > 0.3 * cavity.length_mm) & (across < CERVIX_MM)
    return np.asarray(line.field & ~inside & ~below, bool)


def loose_lines(
    line: Timeline, cavity: Cavity, ridge: Picture, found: Mapping[str, Course | None]
) -> dict[str, bool]:
    """Return whether a long, clear line near each side was joined to no tube.

    It may be the rest of a tube whose beginning was too faint to see: contrast has then come
    further than was followed.
    """
    free = _allowed(line, cavity) & (line.hollow <= 0.0)
    taken = np.zeros(free.shape, np.uint8)
    for course in found.values():
        if course is not None:
            for x, y in course.points:
                cv2.circle(taken, (round(x), round(y)), round(LOOSE_MM / line.mm), 1, -1)
    near = cv2.dilate(cavity.mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=6) > 0
    rim = cv2.erode(line.field.astype(np.uint8), np.ones((15, 15), np.uint8), borderValue=0) == 0
    free &= (taken == 0) & ~near & ~rim
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        ((ridge > FAINT) & free).astype(np.uint8)
    )
    loose = {"left": False, "right": False}
    for number in range(1, count):
        wide, high = stats[number, cv2.CC_STAT_WIDTH], stats[number, cv2.CC_STAT_HEIGHT]
        if float(np.hypot(wide, high)) * line.mm < LOOSE_LONG_MM:
            continue
        of = labels == number
        if float(np.percentile(ridge[of], 80)) < 0.9 * CLEAR:
            continue
        rows, columns = np.nonzero(of)
        away = {
            side: float(np.hypot(columns - horn[0], rows - horn[1]).min())
            for side, horn in cavity.horns.items()
        }
        loose["left" if away["left"] < away["right"] else "right"] = True
    return loose


def _highest(picture: Picture, radius: float) -> Picture:
    size = 2 * round(radius) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(picture, kernel), np.float32)


def _smoothed(trace: NDArray[np.float64], line: Timeline) -> Course | None:
    if len(trace) < 4:
        return None
    kernel = cv2.getGaussianKernel(9 | 1, 2.0)[:, 0]
    pad = len(kernel) // 2
    smooth = np.stack(
        [
            np.convolve(np.pad(trace[:, n], pad, mode="edge"), kernel, mode="valid")
            for n in range(2)
        ],
        axis=1,
    )
    smooth[0], smooth[-1] = trace[0], trace[-1]
    steps = np.hypot(*np.diff(smooth, axis=0).T) * line.mm
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(2, int(arc[-1]) + 1)
    at = np.linspace(0.0, arc[-1], count)
    points = np.stack([np.interp(at, arc, smooth[:, n]) for n in range(2)], axis=1)
    return Course(points, at)
