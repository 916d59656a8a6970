"""The cavity of the uterus: the first large filling, its outline, its measures, its two horns."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.series import Mask, Picture
from patency.core.imaging.timeline import Timeline

EDGE = 0.32
"""Of the cavity's own density: a flat ellipse seen from the front thins out only near its rim."""
APART_MM = 7.0
LEAST_BODY_CM2 = 1.2
TUBE_MM, NARROW_MM = 3.0, 2.0
"""What is thinner than this beside the cavity is a tube or a canal, not the cavity."""
JOINS_MM = 4.0
HORN_MM, HORN_SHARE = 10.0, 0.6
"""A horn narrower than a canal is still far denser than a tube."""
LARGEST_CM2, SMALLEST_CM2 = 40.0, 0.5
EARLY_S = 12.0
"""Contrast fills the cavity first."""
CANAL_MM, CANAL_WIDEST_MM = 7, 9.0
"""A canal is seen as one where it is so long at least, and no wider."""
ELONGATED = 2.4
"""Longest over shortest spread, 1.3 for a triangle as wide as it is long and 2.2 for one of 24 by
42 mm: beyond, no fundus between two horns is seen. So a single horn looks, and a cavity from the
side: which of them it is, its outline does not say."""


@dataclass(frozen=True)
class Cavity:
    """Where it lies in the working picture, and its measures as projected."""

    mask: Mask
    block: int
    """The block in which it was full first."""
    density: float
    centre: tuple[float, float]
    axis: tuple[float, float]
    """A unit vector from the fundus towards the cervix, x and y."""
    horns: dict[str, tuple[float, float]]
    """The cornu at the left and at the right of the picture, x and y."""
    length_mm: float
    width_mm: float
    area_cm2: float
    indentation_mm: float
    """How far the fundus dips between the horns."""
    defects: tuple[tuple[float, float, float], ...]
    """Places inside that stay without contrast: x, y, diameter in mm."""
    shape: str
    """A code: ``regular``, ``indented``, ``divided-type-not-decidable``, ``narrow``,
    ``not-assessed``."""


def cavity_of(line: Timeline) -> Cavity | None:
    """Return the cavity, or None where none was filled well enough to be outlined."""
    if line.first_contrast is None:
        return None
    begin = line.first_contrast
    within = np.nonzero(line.seconds <= line.seconds[begin] + EARLY_S)[0]
    # Pictures rarer than that: the first few with contrast.
    early = [int(n) for n in within if n >= begin]
    early = early if len(early) > 2 else list(range(begin, min(begin + 3, len(line.added))))
    smooth = {n: np.asarray(cv2.GaussianBlur(line.added[n], (0, 0), 0.6 / line.mm)) for n in early}
    last = early[-min(3, len(early)) :]
    late = np.asarray(np.median([smooth[n] for n in last], axis=0), np.float32)
    body = _body(late, line, EDGE * line.plateau)
    if body is None:
        return None
    # Below the canal contrast runs out, and fills more than the cavity: it is not asked.
    upper = cv2.dilate(body.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=4) > 0
    above = [int(((smooth[n] > EDGE * line.plateau) & upper).sum()) for n in early]
    at = next(n for n, size in zip(early, above, strict=True) if size >= 0.85 * max(above))
    after = [n for n in early if at <= n < at + 4]
    full = np.asarray(np.median([smooth[n] for n in after], axis=0), np.float32)
    density = float(np.median(full[body]))
    found = _body(full, line, max(EDGE * density, 1.5 * float(np.median(line.noise))))
    body = body if found is None else found
    filled, defects = _holes(body, line.mm)
    area = float(filled.sum()) * line.cm**2
    if not SMALLEST_CM2 <= area <= LARGEST_CM2:
        return None
    return _measured(filled, at, density, defects, line)


def _body(picture: Picture, line: Timeline, limit: float) -> Mask | None:
    """Return the filled cavity without what is as thin as a tube, and without the canal below."""
    for thinnest in (TUBE_MM, NARROW_MM):
        found = _thicker(picture, line, limit, thinnest)
        if found is not None:
            return found
    return None


def _thicker(picture: Picture, line: Timeline, limit: float, thinnest: float) -> Mask | None:
    above = ((picture > limit) & line.field).astype(np.uint8)
    size = max(3, round(thinnest / line.mm) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    thick = cv2.morphologyEx(above, cv2.MORPH_OPEN, kernel)
    # Opening rounds the horns off: what was above the limit close by belongs to it.
    near = cv2.dilate(thick, np.ones((3, 3), np.uint8), iterations=2)
    thick = np.asarray(((near > 0) & (above > 0)) | (thick > 0), np.uint8)
    # A polyp or a bubble at the narrow end holds apart what belongs together.
    size = 2 * round(APART_MM / 2 / line.mm) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    joined = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, disc)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(joined)
    if count < 2:
        return None
    area = stats[:, cv2.CC_STAT_AREA] * line.cm**2
    best = 1 + int(np.argmax(area[1:]))
    # A filling that narrows to a canal is the cavity. Where none does, the largest is, unless one
    # stands above it: what ran out below can be larger than the cavity.
    large = [number for number in range(1, count) if area[number] >= SMALLEST_CM2]
    with_canal = [number for number in large if _has_canal(labels == number, line.mm)]
    if with_canal:
        best = max(with_canal, key=lambda number: float(area[number]))
    for number in () if with_canal else large:
        higher = (centres[best][1] - centres[number][1]) * line.mm
        beside = abs(centres[best][0] - centres[number][0]) * line.mm
        if higher > 15.0 and beside < 0.7 * higher:
            best = number
    if area[best] < SMALLEST_CM2:
        return None
    found = _above_the_canal(labels == best, line.mm)
    found, _ = _holes(found & (thick > 0), line.mm)
    # A canal may be too thin to have held both together, and horns may have come off.
    for number in range(1, count):
        if number != best and area[number] >= 0.15:
            piece = labels == number
            gap = cv2.distanceTransform((~found).astype(np.uint8), cv2.DIST_L2, 5)[piece].min()
            is_above = centres[number][1] < np.nonzero(found.any(1))[0][-1]
            if gap * line.mm <= JOINS_MM and is_above:
                found |= piece
    found = _with_horns(found, above > 0, picture, line)
    return found if float(found.sum()) * line.cm**2 >= SMALLEST_CM2 else None


def _with_horns(body: Mask, above: Mask, picture: Picture, line: Timeline) -> Mask:
    """Return the body with what is nearly as dense and runs out of it upwards: narrow horns."""
    dense = above & (picture > HORN_SHARE * float(np.median(picture[body])))
    lowest = np.nonzero(body.any(1))[0][-1] - round(5.0 / line.mm)
    dense[lowest:] = False
    grown = body.astype(np.uint8)
    cross = np.ones((3, 3), np.uint8)
    for _ in range(round(HORN_MM / line.mm)):
        more = cv2.dilate(grown, cross) & (dense | body).astype(np.uint8)
        if int(more.sum()) == int(grown.sum()):
            break
        grown = more
    return np.asarray(grown > 0, bool)


def _above_the_canal(mask: Mask, mm: float) -> Mask:
    """Return a filling down to where it stops narrowing: the internal os.

    A cavity narrows downwards, a canal is about as wide all along, and what left it below is wider
    again. Where no such stretch is found, the whole is the cavity.
    """
    upper = mask
    for _ in range(2):
        rows, columns = np.nonzero(upper)
        points = np.stack([columns, rows], 1).astype(np.float64)
        centre = points.mean(0)
        axis = _axis(points - centre)
        rows, columns = np.nonzero(mask)
        along = ((columns - centre[0]) * axis[0] + (rows - centre[1]) * axis[1]) * mm
        low = float(along.min())
        bins = (along - low).astype(int)  # of a millimetre
        width = np.bincount(bins).astype(np.float64) * mm * mm
        cut = _narrowest(width)
        if cut is None:
            return mask
        upper = np.zeros_like(mask)
        kept = bins <= cut
        upper[rows[kept], columns[kept]] = True
    count, labels, stats, _ = cv2.connectedComponentsWithStats(upper.astype(np.uint8))
    if count <= 2:
        return upper
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])), bool)


def _has_canal(mask: Mask, mm: float) -> bool:
    """Return whether a filling narrows to a canal below a body; a horn alone narrows, too."""
    body, whole = int(_above_the_canal(mask, mm).sum()), int(mask.sum())
    return body < whole and body * (mm / 10.0) ** 2 >= LEAST_BODY_CM2


def _narrowest(width: NDArray[np.float64]) -> int | None:
    """Return the millimetre at which widths, from the fundus down, become those of a canal."""
    smooth = np.convolve(np.pad(width, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    best: tuple[float, int] | None = None
    for cut in range(8, len(smooth) - CANAL_MM):
        canal = smooth[cut : cut + CANAL_MM]
        narrow = float(np.median(canal))
        top = float(np.max(smooth[:cut]))
        if narrow > min(CANAL_WIDEST_MM, 0.6 * top) or float(np.ptp(canal)) > 0.6 * narrow + 1.0:
            continue
        peak = int(np.argmax(smooth[:cut]))
        body = width[peak:cut]
        if len(body) < 5:
            continue
        at = np.arange(len(body))
        fit = np.polyval(np.polyfit(at, body, 2), at)
        end = cut + CANAL_MM
        while end < len(smooth) and smooth[end] < 1.7 * narrow:
            end += 1
        rest = width[cut:end]
        error = (np.abs(fit - body).sum() + np.abs(rest - np.median(rest)).sum()) / (end - peak)
        if best is None or error < best[0]:
            best = error, cut
    return None if best is None else best[1]


def _holes(mask: Mask, mm: float) -> tuple[Mask, tuple[tuple[float, float, float], ...]]:
    filled = np.zeros(mask.shape, np.uint8)
    outline, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(filled, outline, -1, 1, cv2.FILLED)
    holes = (filled > 0) & ~mask
    count, _, stats, centres = cv2.connectedComponentsWithStats(holes.astype(np.uint8))
    found = []
    for number in range(1, count):
        diameter = 2.0 * np.sqrt(stats[number, cv2.CC_STAT_AREA] / np.pi) * mm
        if diameter >= 2.0:
            x, y = centres[number]
            found.append((float(x), float(y), float(diameter)))
    return filled > 0, tuple(found)


def _measured(
    mask: Mask,
    block: int,
    density: float,
    defects: tuple[tuple[float, float, float], ...],
    line: Timeline,
) -> Cavity:
    rows, columns = np.nonzero(mask)
    points = np.stack([columns, rows], 1).astype(np.float64)
    centre = points.mean(0)
    away = points - centre
    axis = _axis(away)
    side = np.array([axis[1], -axis[0]])
    if side[0] < 0:
        side = -side  # towards the right of the picture
    along, across = away @ axis, away @ side
    low, high = np.percentile(along, [0.5, 99.5])
    upper = along < low + 0.45 * (high - low)
    horns = {}
    for name, sign in (("left", -1.0), ("right", 1.0)):
        reach = np.where(upper, sign * across - 0.35 * along, -np.inf)
        x, y = points[int(np.argmax(reach))]
        horns[name] = (float(x), float(y))
    width = float(np.ptp(across[upper])) * line.mm
    length = float(high - low) * line.mm
    dip = _indentation(along, across, upper, line.mm)
    shape = _shape(length, width, dip, along, across, low, high)
    return Cavity(
        mask=mask,
        block=block,
        density=density,
        centre=(float(centre[0]), float(centre[1])),
        axis=(float(axis[0]), float(axis[1])),
        horns=horns,
        length_mm=length,
        width_mm=width,
        area_cm2=float(mask.sum()) * line.cm**2,
        indentation_mm=dip,
        defects=defects,
        shape=shape,
    )


def _axis(away: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction in which the outline narrows, within 60 degrees of downwards."""
    best, found = -np.inf, np.array([0.0, 1.0])
    for degrees in range(-60, 61, 5):
        angle = np.radians(degrees)
        axis = np.array([np.sin(angle), np.cos(angle)])
        along, across = away @ axis, away @ np.array([axis[1], -axis[0]])
        bins = np.clip(((along - along.min()) / (np.ptp(along) + 1e-9) * 10).astype(int), 0, 9)
        widths = np.array(
            [np.ptp(across[bins == n]) if (bins == n).any() else 0 for n in range(10)]
        )
        skew = abs(float(across[bins < 5].mean())) if (bins < 5).any() else 0.0
        narrows = float(widths[:5].mean() - widths[5:].mean()) - 0.8 * skew - 0.02 * abs(degrees)
        if narrows > best:
            best, found = narrows, axis
    return found


def _indentation(
    along: NDArray[np.float64], across: NDArray[np.float64], upper: NDArray[np.bool_], mm: float
) -> float:
    low, high = across[upper].min(), across[upper].max()
    bins = np.clip(((across - low) / (high - low + 1e-9) * 15).astype(int), 0, 14)
    edge = np.array(
        [
            along[(bins == n) & upper].min() if ((bins == n) & upper).any() else np.nan
            for n in range(15)
        ]
    )
    left, right = np.nanmin(edge[:6]), np.nanmin(edge[9:])
    middle = np.nanmax(edge[4:11])
    return max(0.0, float(middle - max(left, right))) * mm


def _shape(
    length: float,
    width: float,
    dip: float,
    along: NDArray[np.float64],
    across: NDArray[np.float64],
    low: float,
    high: float,
) -> str:
    """Return a word for the shape; between septate and bicornuate an HSG cannot decide."""
    if dip >= 10.0:
        return "divided-type-not-decidable"
    if dip >= 5.0:
        return "indented"
    middle = (along > low + 0.4 * (high - low)) & (along < low + 0.6 * (high - low))
    waist = float(np.ptp(across[middle])) if middle.any() else 0.0
    whole = float(np.ptp(across))
    if whole and waist / whole < 0.25 and length > 15.0:
        return "narrow"
    if _elongation(along, across) > ELONGATED:
        return "not-assessed"
    return "regular" if width > 0 else "not-assessed"


def _elongation(along: NDArray[np.float64], across: NDArray[np.float64]) -> float:
    """Return the ratio of the longest to the shortest spread of an outline, however it leans."""
    least, most = np.linalg.eigvalsh(np.cov(np.stack([along, across])))
    return float(np.sqrt(most / max(float(least), 1e-9)))
