"""From X-rays to stored numbers: scatter, glare, blur, quanta, and what a maker makes of them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.synthetic.phantom.cases import Case
from patency.synthetic.phantom.spectrum import CAUGHT, PATIENT_CM, QUANTA_PER_MM2_NGY

Picture = NDArray[np.float32]
SCATTER_MM, GLARE_MM = 25.0, 6.0  # kernels; the first from memory, unvalidated
SCATTER_PER_CM = 0.12  # more of it for each cm above 22; from memory, unvalidated
BLUR_PX = 0.9
LAG = 0.02  # first frame of a flat panel, 1 to 3 %; from memory
ELECTRONIC_QUANTA = 3.0
LEVELS = 4095
MEAN_LEVEL = 1300.0  # of LIN: what automatic exposure holds the middle at; our choice
LOG_TOP, LOG_STEPS = 0.25, 700.0  # stored = LEVELS + 700 ln(I / I at the top)


@dataclass(frozen=True)
class Machine:
    """How this machine sees today."""

    quanta: float
    """A pixel's at the mean of the middle."""
    scatter: float
    """To primary, behind the grid: 0.3 to 1.0 of a usual woman, about double at 30 cm."""
    glare: float
    pixel_mm: float
    """At the detector."""
    drift: float
    """How far automatic exposure lets the level go when contrast comes, as a share."""


def machine_of(case: Case, *, pixel_mm: float, rng: np.random.Generator) -> Machine:
    """Return a machine for a case; its detector has pixels of ``pixel_mm``."""
    quanta = case.dose_ngy * QUANTA_PER_MM2_NGY * pixel_mm**2 * CAUGHT
    return Machine(
        quanta,
        float(rng.uniform(0.3, 1.0)) * (1 + SCATTER_PER_CM * (case.patient_cm - PATIENT_CM)),
        float(rng.uniform(0.02, 0.1)),
        pixel_mm,
        float(rng.normal(0, 0.05)),
    )


def wide_blur(picture: Picture, sigma_px: float) -> Picture:
    """Return a picture blurred over many pixels, quickly."""
    by = max(1, int(sigma_px / 4))
    rows, columns = picture.shape
    small = cv2.resize(
        picture, (max(8, columns // by), max(8, rows // by)), interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), sigma_px / by, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(
        cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32
    )


def expected(primary: Picture, machine: Machine, iso_mm: float) -> Picture:
    """Return the signal without noise: primary, scatter, glare and blur; ``primary`` is a share."""
    scattered = primary + machine.scatter * wide_blur(primary, SCATTER_MM / iso_mm)
    glared = (1 - machine.glare) * scattered + machine.glare * wide_blur(
        scattered, GLARE_MM / iso_mm
    )
    return np.asarray(cv2.GaussianBlur(glared, (0, 0), BLUR_PX), np.float32)


def noisy(signal: Picture, rng: np.random.Generator) -> Picture:
    """Return quanta as counted, from their expectation."""
    grain = rng.standard_normal(signal.shape, dtype=np.float32)
    return np.asarray(signal + grain * np.sqrt(signal + ELECTRONIC_QUANTA**2), np.float32)


def stored(counts: Picture, machine: Machine, case: Case) -> NDArray[np.uint16]:
    """Return 12-bit numbers as this maker stores them; ``counts`` in quanta."""
    share = np.maximum(counts, 0) / machine.quanta
    if case.stored_as == "LOG":
        values = LEVELS + LOG_STEPS * np.log(np.maximum(share, 1e-3) * LOG_TOP)
    elif case.stored_as == "DISP":
        soft = cv2.GaussianBlur(share, (0, 0), 2.5)
        values = 1750.0 * np.maximum(share + 0.5 * (share - soft), 0) ** 0.6
        if case.is_inverted:
            values = LEVELS - values
    else:
        values = MEAN_LEVEL * share
    return np.clip(np.rint(values), 0, LEVELS).astype(np.uint16)


def back_to_linear() -> NDArray[np.uint16]:
    """Return the modality LUT of LOG values: proportional to X-rays, 16 bit."""
    value = np.arange(LEVELS + 1)
    share = np.exp((value - LEVELS) / LOG_STEPS) / LOG_TOP
    return np.clip(np.rint(share * 16000.0), 0, 65535).astype(np.uint16)
