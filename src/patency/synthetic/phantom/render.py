"""What the machine sees at one moment: grains of contrast laid on a plane, X-rays sent through."""

from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from patency.synthetic.phantom.anatomy import Array, Surroundings
from patency.synthetic.phantom.spectrum import Beam

Picture = NDArray[np.float32]
FINEST_PX, REACH = 0.45, 3.2
BONES_DEEP_MM = 25.0  # how far behind the uterus the bones turn in an oblique; our choice


@dataclass(frozen=True)
class View:
    """Where the machine looks from, and on how many pixels. Rays are taken as parallel."""

    side: int
    iso_mm: float
    """A pixel at the isocentre."""
    angle_deg: float
    pan_mm: tuple[float, float]

    def pixels(self, where: Array) -> tuple[Array, Array]:
        """Return columns and rows of points in mm."""
        turn = np.radians(self.angle_deg)
        x = where[:, 0] * np.cos(turn) + where[:, 2] * np.sin(turn)
        middle = (self.side - 1) / 2
        return (
            (x - self.pan_mm[0]) / self.iso_mm + middle,
            (where[:, 1] - self.pan_mm[1]) / self.iso_mm + middle,
        )


@numba.njit(cache=True)
def _lay(out, column, row, sigma, mass, reach):  # type: ignore[no-untyped-def]
    height, width = out.shape
    wx = np.empty(2048)
    for k in range(len(mass)):
        if mass[k] <= 0.0:
            continue
        extent = int(np.ceil(sigma[k] * reach))
        x0, y0 = int(np.floor(column[k] + 0.5)), int(np.floor(row[k] + 0.5))
        count = min(2 * extent + 1, 2048)
        half = 1.0 / (2.0 * sigma[k] * sigma[k])
        total = 0.0
        for i in range(count):
            away = x0 - extent + i - column[k]
            wx[i] = np.exp(-away * away * half)
            total += wx[i]
        sum_y = 0.0
        for j in range(count):
            away = y0 - extent + j - row[k]
            sum_y += np.exp(-away * away * half)
        scale = mass[k] / (total * sum_y)
        for j in range(count):
            y = y0 - extent + j
            if y < 0 or y >= height:
                continue
            away = y - row[k]
            wy = np.exp(-away * away * half) * scale
            for i in range(count):
                x = x0 - extent + i
                if 0 <= x < width:
                    out[y, x] += wy * wx[i]


@numba.njit(cache=True, parallel=True)
def _through(bone, water, iodine, weights, by_bone, by_water, by_iodine, out):  # type: ignore[no-untyped-def]
    for y in numba.prange(out.shape[0]):
        for x in range(out.shape[1]):
            total = 0.0
            for k in range(len(weights)):
                total += weights[k] * np.exp(
                    -by_bone[k] * bone[y, x]
                    - by_water[k] * water[y, x]
                    - by_iodine[k] * iodine[y, x]
                )
            out[y, x] = total


def lay(view: View, where: Array, spread_mm: Array, mass_mg: Array) -> Picture:
    """Return iodine in mg/cm2 on the plane of a view; what falls outside it is not seen."""
    out = np.zeros((view.side, view.side), np.float32)
    if len(mass_mg):
        columns, rows = view.pixels(where)
        sigma = np.maximum(spread_mm / view.iso_mm, FINEST_PX)
        _lay(out, columns, rows, sigma, mass_mg / (view.iso_mm / 10) ** 2, REACH)
    return out


def passed(through: Beam, bone: Picture, water: Picture, iodine: Picture) -> Picture:
    """Return the share of X-rays that passes, against 22 cm of water."""
    out = np.empty_like(bone)
    _through(
        bone,
        water,
        iodine,
        through.weights,
        through.bone_per_cm,
        through.water_per_cm,
        through.iodine_cm2_g / 1000.0,
        out,
    )
    return out


def laid_under(
    view: View,
    layer: Picture,
    around: Surroundings,
    moved_mm: tuple[float, float],
    *,
    deep_mm: float = 0.0,
) -> Picture:
    """Return one layer of the surroundings as this view has it."""
    turn = np.radians(view.angle_deg)
    per_mm = (layer.shape[0] - 1) / (2 * around.half_mm)
    middle = (layer.shape[0] - 1) / 2
    half = (view.side - 1) / 2
    step = view.iso_mm * per_mm
    aside = deep_mm * np.sin(turn) + moved_mm[0]
    back = np.array(
        [
            [
                step / np.cos(turn),
                0,
                middle + ((view.pan_mm[0] - aside) * per_mm - step * half) / np.cos(turn),
            ],
            [0, step, middle + (view.pan_mm[1] - moved_mm[1]) * per_mm - step * half],
        ]
    )
    return np.asarray(
        cv2.warpAffine(
            layer,
            back,
            (view.side, view.side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )
