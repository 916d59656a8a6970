"""A course begins where the cavity ends and goes on while a tube is seen, and no further."""

import cv2
import numpy as np

from patency.core.imaging.cavity import Cavity
from patency.core.imaging.ends import followed_on, without_the_horn
from patency.core.imaging.paths import FAINT, Course, strength
from patency.core.imaging.timeline import Timeline
from tests.unit.core.imaging.drawn import NOISE, SIDE, drawn

RUNS = np.repeat([0, 1, 2], [4, 8, 8])


def line_of(held: np.ndarray, narrow: np.ndarray | None = None) -> Timeline:
    """Return three runs that all hold the same; the first two show ``narrow`` if it is given."""
    rng = np.random.default_rng(0)
    added = held + rng.normal(0, NOISE, (len(RUNS), SIDE, SIDE))
    valid = np.ones(added.shape, bool)
    if narrow is not None:
        valid[RUNS < 2] = narrow
        added[~valid] = 0.0
    return drawn(added, RUNS, valid=valid, first_contrast=0, begins_filled=True, still_blocks=1)


def cavity() -> Cavity:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[50:80, 100:130] = True
    horns = {"left": (100.0, 60.0), "right": (130.0, 50.0)}
    return Cavity(
        mask, 3, 0.6, (115.0, 62.0), (0.0, 1.0), horns, 30.0, 30.0, 8.0, 0.0, (), "regular"
    )


def straight(begin: tuple[float, float], end: tuple[float, float]) -> Course:
    long = float(np.hypot(end[0] - begin[0], end[1] - begin[1]))
    share = np.linspace(0.0, 1.0, round(long) + 1)[:, None]
    points = (1 - share) * np.array(begin) + share * np.array(end)
    return Course(points, long * share[:, 0])


def wide_tube(length_mm: int) -> np.ndarray:
    """Return a tube 5 mm wide that leaves the cavity to the left at row 60."""
    made = np.zeros((SIDE, SIDE), np.float32)
    cv2.line(made, (100, 60), (100 - length_mm, 60), 0.3, 5)
    return np.asarray(cv2.GaussianBlur(made, (0, 0), 1.0))


def test_a_wide_end_is_followed_on_where_its_line_was_lost() -> None:
    found = followed_on(line_of(wide_tube(50)), cavity(), straight((99, 60), (64, 60)))

    assert abs(found.arc_mm[-1] - 50) < 4
    assert len(found.points) == len(found.arc_mm)
    assert (np.diff(found.arc_mm) > 0).all()


def test_a_course_does_not_go_on_into_the_cloud_beyond() -> None:
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    cloud = 0.3 * np.exp(-0.5 * (np.hypot(xx - 50, yy - 60) / 12.0) ** 2)

    found = followed_on(line_of(wide_tube(35) + cloud), cavity(), straight((99, 60), (66, 60)))

    assert found.arc_mm[-1] < 40


def test_what_runs_along_the_cavity_is_not_yet_tube() -> None:
    along = straight((99, 72), (99, 61))
    away = straight((98, 60), (68, 60))
    course = Course(np.concatenate([along.points, away.points]), np.arange(43.0))

    found = without_the_horn(line_of(wide_tube(40)), cavity(), course)

    assert found.arc_mm[0] == 0.0
    assert abs(found.arc_mm[-1] - 30) < 3


def test_the_edge_of_a_shutter_is_no_line() -> None:
    narrow = np.zeros((SIDE, SIDE), bool)
    narrow[20:140, 20:140] = True
    veil = np.full((SIDE, SIDE), 0.2)

    ridge = strength(line_of(veil, narrow), cavity())

    assert float((ridge[15:146, 15:30] > FAINT).mean()) < 0.01
