"""Where a course begins and ends: at the rim of the cavity, and beyond where its line was lost."""

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.cavity import Cavity
from patency.core.imaging.elsewhere import from_cavity
from patency.core.imaging.paths import Course, stretches
from patency.core.imaging.series import Mask, Picture
from patency.core.imaging.timeline import Timeline

MOST_MM, STEP_MM, ASIDE_MM = 20.0, 1.0, 1.5
"""How far a course is followed on at most, in what steps, and how far each may go to a side."""
HEADING_MM, BEFORE_MM = 6.0, 10.0
"""How much of its end says where a course goes, and how much contrast it shows."""
INNER_MM, FLANK_MM = 1.0, 5.5
"""Half of the middle of a wide tube, and where its flanks lie, to both sides."""
GOES_ON = 0.6
"""Of the contrast before: the least of what goes on, and is still a tube. By trial: with 0.5 a
course ran on into the cloud (tuning seed 100), with 0.6 one stops short in it (117)."""
LEAVES_MM, HORN_MM = 1.2, 15.0
"""A tube begins where its course is so far from the cavity, looked for so far from the horn."""


def followed_on(line: Timeline, cavity: Cavity, course: Course) -> Course:
    """Return a course that goes on from its end while a tube is seen there.

    A wide end is soon hidden by the cloud that leaves it and is no sharp line. What stands out
    from both its flanks in two stretches of time, nearly as much as the tube before, is the tube.
    """
    pictures = [
        (np.asarray(cv2.GaussianBlur(held, (0, 0), INNER_MM / line.mm), np.float32), shown)
        for held, shown in stretches(line)
    ]
    last = course.arc_mm > course.arc_mm[-1] - HEADING_MM
    before = course.arc_mm > course.arc_mm[-1] - BEFORE_MM
    if last.sum() < 4 or len(pictures) < 2:
        return course
    points = [np.asarray(each) for each in course.points]
    heading = _direction(points[-1] - course.points[last][0])
    headings = np.gradient(course.points[before], axis=0)
    usual = float(
        np.median(
            [
                _stands_out(pictures, at, _direction(along), line.mm)
                for at, along in zip(course.points[before], headings, strict=True)
            ]
        )
    )
    away = from_cavity(line, cavity)
    for _ in range(int(MOST_MM / STEP_MM)):
        best: tuple[float, NDArray[np.float64]] | None = None
        across = np.array([-heading[1], heading[0]])
        for aside in np.linspace(-ASIDE_MM, ASIDE_MM, 7) * 0.5:
            at = points[-1] + (STEP_MM * heading + aside * across) / line.mm
            worth = _stands_out(pictures, at, heading, line.mm)
            if best is None or worth > best[0]:
                best = worth, at
        if best is None or best[0] < GOES_ON * usual or usual <= 0:
            break
        x, y = best[1].round().astype(int)
        if not (0 <= x < away.shape[1] and 0 <= y < away.shape[0]) or away[y, x] < LEAVES_MM:
            break
        points.append(best[1])
        back = min(len(points) - 1, int(HEADING_MM / STEP_MM))
        heading = _direction(points[-1] - points[-1 - back])
    more = points[len(course.points) :]
    if not more:
        return course
    steps = np.hypot(*np.diff(np.array([course.points[-1], *more]), axis=0).T) * line.mm
    return Course(
        np.array(points), np.concatenate([course.arc_mm, course.arc_mm[-1] + np.cumsum(steps)])
    )


def _stands_out(
    pictures: list[tuple[Picture, Mask]],
    at: NDArray[np.float64],
    heading: NDArray[np.float64],
    mm: float,
) -> float:
    """Return how much a place stands out from both flanks, in the second best stretch of time."""
    across = np.array([-heading[1], heading[0]])
    spots = np.array([at, at - FLANK_MM / mm * across, at + FLANK_MM / mm * across]).round()
    columns, rows = spots.astype(int).T
    height, width = pictures[0][0].shape
    if rows.min() < 0 or columns.min() < 0 or rows.max() >= height or columns.max() >= width:
        return 0.0
    found = [
        float(held[rows[0], columns[0]] - max(held[rows[1], columns[1]], held[rows[2], columns[2]]))
        if shown[rows, columns].all()
        else 0.0
        for held, shown in pictures
    ]
    return sorted(found)[-2]


def _direction(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float64)


def without_the_horn(line: Timeline, cavity: Cavity, course: Course) -> Course:
    """Return a course that begins where it leaves the cavity.

    The horn that was found may lie before the tip of a slender one: the way along its rim is
    cavity.
    """
    x, y = course.points.round().astype(int).T
    height, width = line.field.shape
    away = from_cavity(line, cavity)[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    near = np.nonzero((away < LEAVES_MM) & (course.arc_mm < HORN_MM))[0]
    begin = int(near[-1]) if len(near) else 0
    if begin == 0 or len(course.points) - begin < 4:
        return course
    return Course(course.points[begin:], course.arc_mm[begin:] - course.arc_mm[begin])
