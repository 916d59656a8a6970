"""The cavity ends at the internal os, and what ran out of the cervix is not the cavity."""

import cv2
import numpy as np

from patency.core.imaging.background import hollow_of
from patency.core.imaging.cavity import cavity_of
from patency.core.imaging.timeline import Timeline

SIDE, MM = 300, 0.5


def line_of(filled: np.ndarray) -> Timeline:
    rng = np.random.default_rng(0)
    added = np.stack(
        [(filled if n >= 4 else 0 * filled) + rng.normal(0, 0.02, filled.shape) for n in range(30)]
    ).astype(np.float32)
    everywhere = np.ones(filled.shape, bool)
    return Timeline(
        added=added,
        valid=np.ones(added.shape, bool),
        seconds=np.arange(30) * 0.5,
        starts=np.arange(30) * 0.5,
        run_of=np.zeros(30, np.int64),
        noise=np.full(filled.shape, 0.02, np.float32),
        field=everywhere,
        mm=MM,
        first_contrast=4,
        begins_filled=False,
        plateau=1.0,
        still_blocks=4,
        shifts=np.zeros((30, 2)),
        background=np.zeros(filled.shape, np.float32),
        hollow=np.zeros(filled.shape, np.float32),
        placed={},
    )


def drawn(*, canal: bool, pool: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return a triangle 32 by 32 mm, and it with a canal of 4 mm and a pool of 30 by 22 mm."""
    body = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(body, [np.array([[118, 80], [182, 80], [155, 144], [145, 144]])], 1)
    whole = body.copy()
    if canal:
        cv2.rectangle(whole, (146, 140), (154, 190), 1, -1)
    if pool:
        cv2.ellipse(whole, (150, 212), (34, 24), 0, 0, 360, 1, -1)
    return body > 0, whole.astype(np.float32)


def dice(one: np.ndarray, two: np.ndarray) -> float:
    return float(2 * (one & two).sum() / (one.sum() + two.sum()))


def test_the_canal_is_cut_off_and_so_is_what_ran_out_below() -> None:
    for canal, pool in ((False, False), (True, False), (True, True)):
        body, whole = drawn(canal=canal, pool=pool)

        cavity = cavity_of(line_of(whole))

        assert cavity is not None
        assert dice(cavity.mask, body) > 0.92, (canal, pool)
        assert abs(cavity.length_mm - 32) < 4
        assert cavity.horns["left"][1] < 90


def test_a_polyp_at_the_narrow_end_does_not_make_the_canal_the_cavity() -> None:
    body, whole = drawn(canal=True, pool=False)
    cv2.circle(whole, (150, 138), 6, 0.0, -1)

    cavity = cavity_of(line_of(whole))

    assert cavity is not None
    assert dice(cavity.mask, body) > 0.88


def test_gas_leaves_a_hollow_as_deep_as_it_was_and_the_pelvis_does_not() -> None:
    background = np.zeros((SIDE, SIDE), np.float32)
    background += np.linspace(0, 1, SIDE, dtype=np.float32)[:, None]  # a slope is no gas
    cv2.ellipse(background, (150, 150), (14, 10), 0, 0, 360, 0.1, -1)
    depth = 0.5 - 0.1

    hollow = hollow_of(
        background,
        np.ones(background.shape, bool),
        np.full(background.shape, 1e-3, np.float32),
        MM,
        0.15,
    )

    assert abs(float(hollow[150, 150]) - depth) < 0.12
    assert float(hollow[60, 60]) == 0.0


def test_a_spindle_is_not_called_regular_however_it_leans() -> None:
    """A single horn has no fundus between two horns; nor has a cavity seen from the side."""
    for long_mm, wide_mm, leans in ((40, 10, 0), (36, 12, 15), (40, 14, 30), (40, 12, 45)):
        spindle = np.zeros((SIDE, SIDE), np.uint8)
        half = (long_mm, wide_mm)  # at half a millimetre a pixel
        cv2.ellipse(spindle, (150, 130), half, 90 + leans, 0, 360, 1, -1)

        cavity = cavity_of(line_of(spindle.astype(np.float32)))

        assert cavity is not None
        assert cavity.shape == "not-assessed", (long_mm, wide_mm, leans)


def test_a_small_or_slender_triangle_stays_regular() -> None:
    for wide_mm, long_mm in ((32, 32), (20, 32), (24, 42)):
        body = np.zeros((SIDE, SIDE), np.uint8)
        low = 80 + 2 * long_mm
        corners = [[150 - wide_mm, 80], [150 + wide_mm, 80], [155, low], [145, low]]
        cv2.fillPoly(body, [np.array(corners)], 1)
        cv2.rectangle(body, (146, low - 4), (154, low + 46), 1, -1)

        cavity = cavity_of(line_of(body.astype(np.float32)))

        assert cavity is not None
        assert cavity.shape == "regular", (wide_mm, long_mm)
