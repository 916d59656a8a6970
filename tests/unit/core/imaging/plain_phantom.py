"""A plain pretend examination: a triangle, two curves, noise; built apart from the phantom.

So that what reads one generator is not fitted to it. Nothing here is anatomy to learn from: shapes
and speeds are drawn anew for every seed, and the reader is told none of them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.series import Run, Series

SIDES = ("right", "left")
"""Her right stands at the left of the picture."""
COARSE = 4


@dataclass(frozen=True)
class Pretended:
    """A series and what is true of it."""

    series: Series
    passed: dict[str, bool]
    front_cm: dict[str, float]
    cavity: NDArray[np.bool_]


def pretend(
    seed: int,
    *,
    passed: tuple[bool, bool] = (True, True),
    size: int = 384,
    dose: float = 600.0,
    contrast: bool = True,
    motion_mm: float = 2.0,
    flip: bool = False,
    field_mm: float = 200.0,
    runs: int = 5,
    frames: int = 24,
    fps: float = 4.0,
    stop_cm: float | None = None,
    mapping: str = "LIN",
    inverted: bool = False,
    round_field: bool = False,
    gas: bool = True,
    leak: bool = False,
    bulb: tuple[bool, bool] = (False, False),
    recursive: float = 0.0,
    sharpened: bool = False,
    oblique_runs: int = 0,
    shift_mm: float = 0.0,
) -> Pretended:
    """Return one examination; ``passed`` says of the right and the left tube, ``dose`` counts
    quanta per pixel of the open field."""
    rng = np.random.default_rng(seed)
    px = field_mm / size
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32)
    background = _background(rng, size, xx, yy)
    centre = np.array([size / 2 + rng.uniform(-8, 8) / px, size * rng.uniform(0.5, 0.6)])
    half, long = rng.uniform(13, 19) / px, rng.uniform(28, 36) / px
    cavity = _cavity(size, centre, half, long)
    thick = cv2.GaussianBlur(cavity.astype(np.float32), (0, 0), 1.2 / px) * cavity * 1.2
    tubes = {}
    for side, sign in zip(SIDES, (-1, 1), strict=True):
        start = centre + np.array([sign * half * 0.97, -long * 0.47])
        tubes[side] = _tube(rng, start, sign, px)
    stops = {
        side: None if ok else (stop_cm if stop_cm is not None else float(rng.uniform(0.3, 5.0)))
        for side, ok in zip(SIDES, passed, strict=True)
    }
    speeds = {side: rng.uniform(0.4, 0.9) for side in SIDES}
    puffs = {side: rng.normal(0, 1, (30, 2)) for side in SIDES}
    phase, gain_at = rng.uniform(0, 6.28), rng.uniform(5, 40)
    done: dict[str, float] = dict.fromkeys(SIDES, 0.0)
    bubbles = [(*rng.uniform(0.15, 0.85, 2) * size, rng.uniform(2, 6)) for _ in range(3)]
    found, at = [], 0.0
    for number in range(runs):
        taken, seconds, taken_before = [], [], None
        for index in range(frames):
            t = at + index / fps
            layer = np.zeros((size, size), np.float32)
            if contrast and t > 3:
                fill = min(1.0, (t - 3) / 3)
                low = centre[1] + long / 2 - fill * long
                layer += np.where(yy >= low, thick, 0) * 1.0
                for side, sign in zip(SIDES, (-1, 1), strict=True):
                    path, wide = tubes[side]
                    length = (len(path) - 1) * 0.1
                    reach = max(0.0, (t - 6.5) * speeds[side])
                    goes = length if stops[side] is None else min(length, stops[side])
                    done[side] = min(reach, goes)
                    layer += _drawn(size, path, wide, done[side], px)
                    if stops[side] is None and reach > length:
                        since = (reach - length) / speeds[side]
                        layer += _spill(size, path[-1], puffs[side], since, sign, px)
                    if bulb[SIDES.index(side)] and stops[side] is not None and reach > goes:
                        end = path[min(int(goes * 10), len(path) - 1)]
                        full = min(1.0, (reach - goes) / 4)
                        made = np.zeros_like(layer)
                        cv2.circle(
                            made, (int(end[0]), int(end[1])), int(8 * full / px) + 1, 1.0, -1
                        )
                        layer += made * 1.6 * full
                if leak and t > 8:
                    low_end = (int(centre[0]), int(centre[1] + long / 2))
                    grown = min(1.0, (t - 8) / 6)
                    size_mm = (int(9 * grown / px) + 1, int(16 * grown / px) + 1)
                    made = np.zeros_like(layer)
                    where = (low_end[0], low_end[1] + size_mm[1] // 2)
                    cv2.ellipse(made, where, size_mm, 0, 0, 360, 0.7, -1)
                    layer += cv2.GaussianBlur(made, (0, 0), 2 / px)
            shift = motion_mm / px * np.sin(2 * np.pi * t / 4 + phase)
            moved = _moved(layer, 0.3 * shift, shift)
            behind = background
            if gas:
                for bx, by, bv in bubbles:
                    x = bx + bv * np.sin(t / 5 + bx) / px
                    behind = behind - 0.22 * np.exp(
                        -((xx - x) ** 2 + (yy - by) ** 2) / (2 * (9 / px) ** 2)
                    )
            if shift_mm and number >= runs // 2:
                behind, moved = (
                    _moved(behind, shift_mm / px, 0.5 * shift_mm / px),
                    _moved(moved, shift_mm / px, 0.5 * shift_mm / px),
                )
            primary = np.exp(-behind - moved)
            scatter = 0.4 * _spread_wide(primary, 22 / px)
            gain = 1 + 0.08 * float(np.clip((t - gain_at) / 1.5, 0, 1))
            quanta = rng.poisson(dose * (primary + scatter) / 1.4)
            frame = cv2.GaussianBlur((quanta * gain).astype(np.float32), (0, 0), 0.6)
            if recursive and taken_before is not None:
                frame = recursive * taken_before + (1 - recursive) * frame
            taken_before = frame
            value = frame * 3500 / dose
            if sharpened:
                value = value + 0.8 * (value - cv2.GaussianBlur(value, (0, 0), 1.5))
            if mapping == "LOG":
                value = 4095 * np.log1p(np.maximum(value, 0)) / np.log1p(4095.0)
            elif mapping == "DISP":
                value = 4095 * (np.clip(value, 0, 4095) / 4095) ** 0.5
            if round_field:
                value = np.where(np.hypot(xx - size / 2, yy - size / 2) < size * 0.49, value, 20)
            if inverted:
                value = 4095 - value
            taken.append(np.clip(value, 0, 4095).astype(np.uint16))
            seconds.append(t)
        stack = np.stack(taken)
        if flip:
            stack = stack[:, :, ::-1]
        found.append(
            Run(
                np.ascontiguousarray(stack),
                np.array(seconds),
                intensity=mapping,
                is_inverted=inverted,
                spacing_mm=px,
                angles=(30.0, 0.0) if 0 < number <= oblique_runs else (0.0, 0.0),
                label=str(number),
            )
        )
        at += frames / fps + rng.uniform(2, 8)
    mask = cavity[:, ::-1] if flip else cavity
    truth = dict(zip(SIDES, passed, strict=True))
    fronts = dict(done)
    if flip:
        truth = {"right": truth["left"], "left": truth["right"]}
        fronts = {"right": fronts["left"], "left": fronts["right"]}
    return Pretended(Series(tuple(found)), truth, fronts, mask)


def _background(rng, size, xx, yy):
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (size, size)).astype(np.float32), (0, 0), size / 25)
    made = 1.5 + 0.4 * smooth / smooth.std() * 0.5
    for sign in (-1, 1):  # the iliac bones
        d = np.hypot(xx - size / 2 - sign * size * 0.42, (yy - size * 0.45) * 0.7)
        made = made + 0.5 * (np.abs(d - size * 0.16) < size * 0.05)
    made = made + 0.35 * (np.abs(xx - size / 2) < size * 0.07) * (yy < size * 0.5)
    for _ in range(4):
        x, y = rng.uniform(0.15, 0.85, 2) * size
        made = made - 0.25 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * (size / 30) ** 2))
    return cv2.GaussianBlur(made.astype(np.float32), (0, 0), 1.0)


def _cavity(size, centre, half, long):
    top, low = centre[1] - long / 2, centre[1] + long / 2
    t = np.linspace(0, 1, 40)
    sides = []
    for sign in (-1, 1):
        x = centre[0] + sign * (half * (1 - t) ** 1.15 + 0.12 * half)
        sides.append(np.stack([x, top + t * (low - top)], 1))
    outline = np.concatenate([sides[0], sides[1][::-1]]).round().astype(np.int32)
    made = np.zeros((size, size), np.uint8)
    cv2.fillPoly(made, [outline], 1)
    return made.astype(bool)


def _tube(rng, start, sign, px):
    length = rng.uniform(7, 11)
    steps = int(length * 10)
    turn = np.cumsum(rng.normal(0, 0.09, steps))
    turn -= np.linspace(0, turn[-1] * 0.6, steps)
    angle = (-0.25 if sign > 0 else np.pi + 0.25) + turn * np.linspace(0.3, 1.5, steps)
    angle += sign * np.linspace(0, 2.6, steps)
    step = 1.0 / px
    path = start + np.cumsum(np.stack([np.cos(angle), np.sin(angle)], 1) * step, 0)
    wide = np.interp(np.arange(steps) / 10, [0, 1, 3, 5, length], [0.8, 0.8, 1.0, 2.2, 4.5])
    return np.vstack([start, path]), np.append(wide, wide[-1])


def _drawn(size, path, wide, reach_cm, px):
    made = np.zeros((size, size), np.float32)
    last = int(reach_cm * 10)
    for i in range(1, min(last, len(path) - 1) + 1):
        one = np.zeros((size, size), np.uint8) if False else None
        del one
        a, b = path[i - 1] * 16, path[i] * 16
        cv2.line(
            made,
            (int(a[0]), int(a[1])),
            (int(b[0]), int(b[1])),
            float(wide[i]) * 0.3,
            max(1, round(float(wide[i]) / px)),
            cv2.LINE_AA,
            4,
        )
    return cv2.GaussianBlur(made, (0, 0), 0.7)


def _spread_wide(primary: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Return a picture blurred so widely that it may be done on a coarse one."""
    size = primary.shape[0]
    coarse = cv2.resize(primary, (size // COARSE, size // COARSE), interpolation=cv2.INTER_AREA)
    spread = cv2.GaussianBlur(coarse, (0, 0), sigma / COARSE)
    return cv2.resize(spread, (size, size), interpolation=cv2.INTER_LINEAR)


def _spill(size, end, puffs, since, sign, px):
    made = np.zeros((size, size), np.float32)
    for number, (dx, dy) in enumerate(puffs):
        born = number * 0.7
        if since < born:
            break
        age = since - born
        x = end[0] + (dx * 6 + sign * 0.8 * age) / px
        y = end[1] + (abs(dy) * 6 + 1.2 * age) / px
        cv2.circle(made, (int(x), int(y)), max(1, round(4 / px)), 0.25, -1)
        made = made if number % 6 else cv2.GaussianBlur(made, (0, 0), 2.0 / px)
    return cv2.GaussianBlur(made, (0, 0), 2.5 / px)


def _moved(image, dx, dy):
    matrix = np.float32([[1, 0, dx], [0, 1, dy]])
    return cv2.warpAffine(image, matrix, image.shape[::-1])
