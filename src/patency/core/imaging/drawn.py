"""Where a tube lay in the frames of each run: to draw over a frame how far contrast had come."""

from typing import Any

import numpy as np

from patency.core.imaging.paths import Course
from patency.core.imaging.reading import Reading, Tube
from patency.core.imaging.series import Series
from patency.core.imaging.timeline import Timeline

MOST_POINTS = 80
"""Of one line: a tube is followed for some 15 cm, and bends on a scale of a few millimetres."""
MOVED_PX = 0.5
"""A step of the organ that is seen on no screen is not kept."""
NOT_BELIEVED = ("its-course-could-not-be-told", "veins-hide-the-tube")
"""Why a line was followed and is not shown: it may be no tube."""


def courses_in_runs(tube: Tube, reading: Reading, series: Series) -> list[dict[str, Any]] | None:
    """Return for each run the followed part of a tube in stored pixels; None where none is shown.

    ``points`` are x, y (the middle of the first pixel is 0, 0) and centimetres from the horn as
    projected; ``moved`` says from which second on all points stood how many pixels further.
    """
    line, course, filling = reading.line, tube.course, tube.filling
    if line is None or course is None or filling is None or tube.reason in NOT_BELIEVED:
        return None
    followed = course.arc_mm <= filling.furthest_mm
    if np.count_nonzero(followed) < 2:
        return None
    kept = Course(course.points[followed], course.arc_mm[followed])
    return [_in_run(kept, line, series, int(number)) for number in np.unique(line.run_of)]


def _in_run(course: Course, line: Timeline, series: Series, number: int) -> dict[str, Any]:
    run, placed = series.runs[number], line.placed[number]
    some = np.unique(np.linspace(0, len(course.points) - 1, MOST_POINTS).round().astype(int))
    points = placed.stored(course.points[some])
    moved: list[list[float]] = []
    for block in np.nonzero(line.run_of == number)[0]:
        dx, dy = (float(each) for each in line.shifts[block] * placed.factor)
        if not moved or max(abs(dx - moved[-1][1]), abs(dy - moved[-1][2])) >= MOVED_PX:
            moved.append([round(float(line.starts[block]), 2), round(dx, 1), round(dy, 1)])
    return {
        "from_s": round(float(run.seconds[0]), 2),
        "to_s": round(float(run.seconds[-1]), 2),
        "frames": len(run.frames),
        "size": [int(each) for each in run.frames.shape[1:]],
        "points": [
            [round(float(x), 1), round(float(y), 1), round(float(mm) / 10.0, 2)]
            for (x, y), mm in zip(points, course.arc_mm[some], strict=True)
        ],
        "moved": moved,
    }
