"""Finds how far a picture has moved: where two pictures agree best over what both of them show."""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from patency.core.imaging.series import Mask, Picture

COARSE = 256
"""The longer side of the pictures that are compared, in pixels."""
OVERLAP = 0.4
"""Of the smaller of both fields: less of a common view proves nothing."""


class Matcher:
    """Compares pictures with one reference by masked normalised cross-correlation.

    Fields of view stand still while what they show moves, so that their edges would hold any plain
    correlation in place; here only pixels that both pictures show are compared, at every shift.
    Source: D. Padfield, Masked object registration in the Fourier domain, IEEE TIP 2012;21:2706.
    """

    def __init__(self, reference: Picture, field: Mask, furthest: float) -> None:
        """Take the reference; ``furthest`` is the largest shift to look for, in pixels."""
        self.shape = reference.shape
        self.step = max(1, round(max(self.shape) / COARSE))
        self.reach = int(np.ceil(furthest / self.step)) + 1
        rows, columns = (-(-side // self.step) for side in self.shape)
        self.size = (
            cv2.getOptimalDFTSize(rows + self.reach),
            cv2.getOptimalDFTSize(columns + self.reach),
        )
        self._one = self._parts(reference, field)
        self._least = OVERLAP * float(self._small(field.astype(np.float32)).sum())

    def _small(self, picture: Picture) -> Picture:
        if self.step == 1:
            return picture
        size = (-(-self.shape[1] // self.step), -(-self.shape[0] // self.step))
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)

    def _parts(self, picture: Picture, field: Mask) -> tuple[NDArray[np.complexfloating], ...]:
        inside = (self._small(field.astype(np.float32)) > 0.99).astype(np.float32)
        small = self._small(picture) * inside
        return tuple(fft.rfft2(each, self.size) for each in (inside, small, small * small))

    def shift(self, picture: Picture, field: Mask) -> tuple[float, float, float, float]:
        """Return x and y of the shift in pixels, the agreement there, and that without a shift."""
        mask_a, one, one_squared = self._one
        mask_b, two, two_squared = (np.conj(each) for each in self._parts(picture, field))

        def at_every_shift(first: NDArray, second: NDArray) -> NDArray[np.float64]:  # type: ignore[type-arg]
            whole = fft.irfft2(first * second, self.size)
            reach = self.reach
            return np.roll(whole, (reach, reach), (0, 1))[: 2 * reach + 1, : 2 * reach + 1]

        count = np.maximum(at_every_shift(mask_a, mask_b), 1.0)
        sum_a, sum_b = at_every_shift(one, mask_b), at_every_shift(mask_a, two)
        both = at_every_shift(one, two) - sum_a * sum_b / count
        own_a = at_every_shift(one_squared, mask_b) - sum_a**2 / count
        own_b = at_every_shift(mask_a, two_squared) - sum_b**2 / count
        agree = both / np.sqrt(np.maximum(own_a * own_b, 1e-12))
        agree[count < self._least] = -1.0
        row, column = np.unravel_index(int(np.argmax(agree)), agree.shape)
        dy, dx = _between(agree[:, column], int(row)), _between(agree[row], int(column))
        # The picture must be moved by what the correlation says: it stood at the opposite.
        return (
            -(dx - self.reach) * self.step,
            -(dy - self.reach) * self.step,
            float(agree[row, column]),
            float(agree[self.reach, self.reach]),
        )


def _between(values: NDArray[np.float64], at: int) -> float:
    """Return the peak of a parabola through the highest value and its neighbours."""
    if not 0 < at < len(values) - 1:
        return float(at)
    before, here, after = (float(values[at + n]) for n in (-1, 0, 1))
    bend = before - 2.0 * here + after
    return at + (0.5 * (before - after) / bend if bend < 0 else 0.0)


def moved(picture: Picture, dx: float, dy: float) -> Picture:
    """Return a picture as if nothing had moved by (dx, dy); 0 where it shows nothing."""
    matrix = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
    return np.asarray(
        cv2.warpAffine(
            picture,
            matrix,
            picture.shape[::-1],
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=0,
        ),
        np.float32,
    )


def moved_field(field: Mask, dx: float, dy: float) -> Mask:
    """Return a field moved like its picture, without the pixels at its edge."""
    return np.asarray(moved(field.astype(np.float32), dx, dy) > 0.999, bool)
