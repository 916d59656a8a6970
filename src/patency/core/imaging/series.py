"""What the reading is given: the runs of one examination as numbers, with what is known of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
"""One image, (rows, columns)."""
Mask = NDArray[np.bool_]

LINEAR, LOGARITHMIC, DISPLAY = "LIN", "LOG", "DISP"
"""How stored values follow the X-ray intensity: Pixel Intensity Relationship, PS3.3 C.8.7.1."""


@dataclass(frozen=True)
class Run:
    """One acquisition."""

    frames: NDArray[Any]
    """(frames, rows, columns), as stored or after the modality LUT."""
    seconds: NDArray[np.float64]
    """(frames,), from the earliest acquisition of the study."""
    intensity: str = LINEAR
    is_inverted: bool = False
    """True where more X-rays give a lower value."""
    spacing_mm: float | None = None
    """Of a pixel, at the isocentre if ``at_isocentre``, else at the detector; None if not told."""
    at_isocentre: bool = True
    angles: tuple[float, float] = (0.0, 0.0)
    """Primary and secondary angle of the positioner, in degrees."""
    is_lossy: bool = False
    label: str = ""


@dataclass(frozen=True)
class Series:
    """The runs of one examination, the earliest first."""

    runs: tuple[Run, ...]
    right_is: str | None = None
    """On which side of the picture her right stands, "left" or "right", as a marker or the
    orientation of the patient says; None where nothing says it."""
    why_unreadable: str = ""
    """Why nothing may be read from it, such as a coronary run; empty if it may."""
