"""A shift between two pictures is found over what both show, whatever their shutters do."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from patency.core.imaging.align import Matcher, moved, moved_field

SIDE = 220


def texture(seed: int) -> np.ndarray:
    grain = np.random.default_rng(seed).normal(size=(SIDE, SIDE)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(grain, (0, 0), 4.0), np.float32)


def shifted(picture: np.ndarray, dx: float, dy: float) -> np.ndarray:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(
        cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT), np.float32
    )


def round_field(radius: float = 95.0) -> np.ndarray:
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    return np.hypot(yy - SIDE / 2, xx - SIDE / 2) < radius


@settings(max_examples=25, deadline=None)
@given(
    dx=some.floats(-25, 25),
    dy=some.floats(-25, 25),
    seed=some.integers(0, 5),
    gain=some.floats(0.5, 3),
)
def test_a_shift_is_found_to_half_a_pixel(dx: float, dy: float, seed: int, gain: float) -> None:
    still = texture(seed)
    match = Matcher(still, round_field(), 30.0)

    found_x, found_y, agree, _ = match.shift(gain * shifted(still, dx, dy) + 1.0, round_field())

    assert abs(found_x - dx) < 0.5
    assert abs(found_y - dy) < 0.5
    assert agree > 0.8


def test_a_shutter_that_stands_still_holds_nothing_in_place() -> None:
    still, field = texture(1), round_field()
    dark = np.where(field, still, np.float32(-9))
    darker = np.where(field, shifted(still, 14, -9), np.float32(-9))

    found_x, found_y, *_ = Matcher(dark, field, 30.0).shift(darker, field)

    assert (round(found_x), round(found_y)) == (14, -9)


def test_moving_back_undoes_a_shift_and_its_field_moves_along() -> None:
    still = texture(2)

    back = moved(shifted(still, 12, 5), 12, 5)
    field = moved_field(np.ones((SIDE, SIDE), bool), 12, 5)

    assert back[field] == pytest.approx(still[field], abs=1e-4)
    assert not field[:, -11:].any()
    assert not field[-4:].any()
