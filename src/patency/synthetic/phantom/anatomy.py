"""Her body on the table: the cavity as grains of lumen, and the bones and gas before and behind it.

Millimetres at the isocentre: x to the left of the woman (right of the picture), y to her feet, z
towards the detector; the inner mouth of the cervix is at (0, 0, 0).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.synthetic.phantom.cases import Case

GRAIN_MM = 0.35
DEPTH_MM = 4.0  # of the distended cavity, 3 to 6; from memory, unvalidated
CANAL_MM = 26.0
SEPTUM_MM, HORN_MM, ARCUATE_MM = 20.0, 22.0, 7.5
# A single horn: where it begins beside the middle, how far it leans, how wide it is; our choice.
LEANS = ("unicornuate", "didelphys")
APART_MM, LEANS_MM, HORN_WIDE_MM = 5.5, 17.0, 11.0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Grains:
    """Small volumes of lumen, in the order in which contrast comes to them."""

    where: Array
    """(grains, 3), mm."""
    volume_ml: Array
    spread_mm: Array
    """Standard deviation of each."""


@dataclass(frozen=True)
class Cavity:
    """The canal, then the cavity, as grains; and its two horns."""

    grains: Grains
    canal: int
    """How many of the grains, from the first, are the canal's."""
    horns: tuple[Array, Array]
    """Where the right and the left tube begin."""
    length_mm: float
    width_mm: float


def turned(where: Array, *, roll: float, flexion: float) -> Array:
    """Return points of the uterus as it lies: rolled in the picture, tipped out of it."""
    x, y, z = where.T
    tipped = y * np.cos(flexion) - z * np.sin(flexion)
    deep = y * np.sin(flexion) + z * np.cos(flexion)
    c, s = np.cos(roll), np.sin(roll)
    return np.stack([c * x - s * tipped, s * x + c * tipped, deep], axis=1)


def cavity_of(case: Case, rng: np.random.Generator) -> Cavity:
    """Return her cavity, with its shape and its filling defect."""
    # 95 % ranges of 172 women: length 26-38 mm, width 25-40 mm, inner mouth 4-11 mm.
    length, width = rng.normal(32, 3), rng.normal(31, 3.2)
    mouth = np.clip(rng.normal(6, 1.2), 4, 10)
    rows, columns = np.mgrid[-length - 2 : 0 : GRAIN_MM, -width - 8 : width + 8 : GRAIN_MM]
    part = np.clip(-rows / length, 0, 1)
    single = case.shape in LEANS
    apart = APART_MM if case.shape == "didelphys" else 0.0
    side = 1 if case.right.stopped_at == "absent" else -1
    narrow = 3.2 if case.shape == "t-shaped" else 1.5
    half = (mouth + (width - mouth) * part**narrow) / 2
    aside = np.abs(columns) / (width / 2)
    dip = {
        "normal": rng.uniform(0, 3) * np.clip(1 - aside**2, 0, 1),
        "t-shaped": np.zeros_like(aside),
        "arcuate": ARCUATE_MM * np.clip(1 - aside**2, 0, 1),
        "septate": SEPTUM_MM * np.clip(1.15 - aside * 2.6, 0, 1) ** 0.6,
        "bicornuate": HORN_MM * np.clip(1 - aside, 0, 1),
    }.get(case.shape, np.zeros_like(aside))
    inside = (np.abs(columns) < half) & (rows > -length + dip)
    if single:
        inside = _leaning(columns, part, side, apart) & (rows > -length)
        if case.shape == "didelphys":
            inside |= _leaning(columns, part, -side, apart) & (rows > -length)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5) * GRAIN_MM
    thick = DEPTH_MM * np.sqrt(np.clip(depth / 5.0, 0, 1))
    thick *= _left_by_defect(case, rng, rows, columns, length)
    if case.has_balloon:
        size = rng.uniform(2.5, 5)
        thick *= np.hypot(rows + size + 3, columns) > size
    held = thick > 0.05
    y, x, t = rows[held], columns[held], thick[held]
    order = np.argsort(-y + 0.25 * np.abs(x) + rng.normal(0, 0.8, len(y)), kind="stable")
    body = np.stack([x, y, np.zeros_like(x)], axis=1)[order]
    volume = t[order] * GRAIN_MM**2 / 1000
    along = np.arange(CANAL_MM, 0, -GRAIN_MM)
    bore = 1.3 + 0.35 * np.sin(along / 1.7 + rng.uniform(0, 6)) + 0.3 * np.sin(along / 8)
    bore *= 0.5 if case.is_stenotic else 1.0
    canals = (-apart, apart) if apart else (0.0,)
    along, bore = np.repeat(along, len(canals)), np.repeat(bore, len(canals))
    canal = np.stack([np.resize(canals, len(along)), along, 0 * along], axis=1)
    grains = Grains(
        np.concatenate([canal, body]),
        np.concatenate([np.pi * bore**2 * GRAIN_MM / 1000, volume]),
        np.concatenate([bore / 2, np.full(len(body), GRAIN_MM * 0.6)]),
    )
    tip = np.array([width / 2 - 0.6, -length + 0.8, 0.0])
    if single:
        tip = np.array([apart + LEANS_MM, -length + 0.8, 0.0])
    return Cavity(grains, len(canal), (tip * [-1, 1, 1], tip), float(length), float(width))


def _leaning(columns: Array, part: Array, side: int, apart: float) -> NDArray[np.bool_]:
    """Return the slender cavity of a single horn, which leans to one side."""
    middle = side * (apart + LEANS_MM * part**1.4)
    half = HORN_WIDE_MM / 2 * (0.35 + 0.65 * np.sin(np.pi * np.clip(part * 0.85 + 0.1, 0, 1)))
    return np.asarray(np.abs(columns - middle) < half)


def _left_by_defect(
    case: Case, rng: np.random.Generator, rows: Array, columns: Array, length: float
) -> Array:
    if not case.defect:
        return np.ones_like(rows)
    y, x = -length * rng.uniform(0.4, 0.75), rng.uniform(-5, 5)
    if case.defect == "polyp":
        size = rng.uniform(2, 6)
        return np.clip(np.hypot(rows - y, columns - x) / size, 0.1, 1) ** 2
    if case.defect == "myoma":  # 5 to 30 mm, round, from the wall inwards
        size, side = rng.uniform(4, 10), rng.choice([-1, 1])
        away = np.hypot(rows + length * rng.uniform(0.55, 0.8), columns - side * 7)
        return np.asarray(np.clip((away - 0.8 * size) / (0.2 * size), 0.03, 1))
    tilt, reach, wide = rng.uniform(-0.8, 0.8), rng.uniform(4, 12), rng.uniform(1, 3)
    along = (columns - x) * np.cos(tilt) + (rows - y) * np.sin(tilt)
    across = -(columns - x) * np.sin(tilt) + (rows - y) * np.cos(tilt)
    ragged = wide / 2 * (1 + 0.4 * np.sin(along * 1.9))
    return np.where((np.abs(along) < reach) & (np.abs(across) < ragged), 0.05, 1.0)


def _ring(
    x: Array, y: Array, at: tuple[float, float], size: tuple[float, float], wall: float
) -> Array:
    away = np.hypot((x - at[0]) / size[0], (y - at[1]) / size[1])
    return np.asarray(np.exp(-(((away - 1) * min(size) / wall) ** 2)))


def _disc(
    x: Array, y: Array, at: tuple[float, float], size: tuple[float, float], edge: float
) -> Array:
    away = np.hypot((x - at[0]) / size[0], (y - at[1]) / size[1])
    return np.asarray(1 / (1 + np.exp(np.clip((away - 1) * min(size) / edge, -30, 30))))


def cloud(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> Array:
    """Return smooth noise of unit spread; ``scale`` in pixels."""
    small = max(2, int(np.ceil(max(shape) / max(scale, 1.0)))) + 3
    rough = rng.standard_normal((small, small))
    return np.asarray(cv2.resize(rough, shape[::-1], interpolation=cv2.INTER_CUBIC))


@dataclass(frozen=True)
class Surroundings:
    """What lies about the uterus, on a plane that is wider than any picture."""

    bone_cm: NDArray[np.float32]
    water_cm: NDArray[np.float32]
    """More or less than the 22 cm that the spectrum is reckoned for."""
    gas_cm: NDArray[np.float32]
    metal: NDArray[np.float32]
    """The side marker: share of X-rays it stops."""
    half_mm: float


PLANE, HALF_MM = 1024, 150.0


def surroundings(case: Case, over: Array | None, rng: np.random.Generator) -> Surroundings:
    """Return her pelvis, soft tissue and gas, some of it ``over`` points in mm if there are any."""
    y, x = np.mgrid[-HALF_MM : HALF_MM : PLANE * 1j, -HALF_MM : HALF_MM : PLANE * 1j]
    y = y + rng.normal(0, 4)
    wide = rng.uniform(0.95, 1.08)
    x = x / wide
    bone = 1.1 * _ring(x, y, (0, -5), (66, 58), 6) * (0.55 + 0.45 * np.clip(np.abs(x) / 60, 0, 1))
    for side in (-1, 1):
        bone += 1.2 * _disc(x, y, (side * 108, -62), (46, 62), 4)
        bone += 0.7 * _ring(x, y, (side * 108, -62), (46, 62), 3)
        bone += 1.6 * _disc(x, y, (side * 106, 52), (24, 24), 2.5)
        bone += 0.7 * _ring(x, y, (side * 103, 50), (30, 30), 3)
        bone += 1.1 * _disc(x, y, (side * 40, 62), (36, 9), 3)
        bone += 0.9 * _disc(x, y, (side * 48, 104), (11, 34), 3)
        bone -= 0.9 * _disc(x, y, (side * 42, 86), (21, 15), 3)
    sacrum = _disc(x * (1 + np.clip(y + 70, 0, 90) / 110), y, (0, -62), (50, 58), 4)
    bone += 0.9 * sacrum
    for row, gap in ((-92, 24), (-74, 21), (-57, 18), (-42, 14)):
        for side in (-1, 1):
            bone -= 0.4 * _disc(x, y, (side * gap, row), (5, 4), 1.5)
    bone += 1.2 * _disc(x, y, (0, -128), (27, 19), 3)
    spongy = cloud(rng, (PLANE, PLANE), 5) * 0.05 + cloud(rng, (PLANE, PLANE), 14) * 0.05
    bone = cv2.GaussianBlur(np.clip(bone, 0, None) * 0.75 * (1 + spongy), (0, 0), 2)
    water = cloud(rng, (PLANE, PLANE), 220) * 0.35 + cloud(rng, (PLANE, PLANE), 60) * 0.1
    water -= 0.9 * (np.clip(np.abs(x) - 95, 0, None) / 55) ** 2
    gas = np.zeros_like(bone)
    for _ in range(int(rng.integers(2, 6))):
        gx, gy = rng.uniform(-95, 95), rng.uniform(-120, -20)
        turn = rng.uniform(0, np.pi)
        for step in range(int(rng.integers(2, 6))):
            at = (gx + 14 * step * np.cos(turn), gy + 9 * step * np.sin(turn))
            size = (rng.uniform(7, 14), rng.uniform(6, 11))
            away = np.hypot((x - at[0]) / size[0], (y - at[1]) / size[1])
            gas = np.maximum(gas, rng.uniform(1, 2.5) * np.sqrt(np.clip(1 - away**2, 0, 1)))
    for gx, gy, _ in () if over is None else over:
        size = (rng.uniform(8, 13), rng.uniform(7, 11))
        away = np.hypot((x - gx) / size[0], (y - gy) / size[1])
        gas = np.maximum(gas, rng.uniform(1, 2.5) * np.sqrt(np.clip(1 - away**2, 0, 1)))
    metal = np.zeros((PLANE, PLANE), np.uint8)
    if case.has_marker:
        place = (int(0.27 * PLANE), int(0.62 * PLANE))
        cv2.putText(metal, "R", place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 217, 5, cv2.LINE_AA)
    return Surroundings(
        np.asarray(bone, np.float32),
        np.asarray(water, np.float32),
        np.asarray(cv2.GaussianBlur(gas, (0, 0), 2), np.float32),
        np.asarray(metal, np.float32) / np.float32(255),
        HALF_MM,
    )
