"""What is taken of her: the plan of the runs, and a run as the machine stores it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patency.synthetic.phantom.cases import Case
from patency.synthetic.phantom.detector import Machine
from patency.synthetic.phantom.render import View
from patency.synthetic.phantom.woman import Woman


@dataclass(frozen=True)
class PlannedRun:
    """When one run is taken, and from where."""

    begins_s: float
    lasts_s: float
    view: View


@dataclass(frozen=True)
class MadeRun:
    """One run as the machine stores it."""

    number: int
    plan: PlannedRun
    machine: Machine
    frames: NDArray[np.uint16]
    offsets_s: NDArray[np.float64]
    circle_px: float
    """Radius of the circular shutter about the middle."""


@dataclass(frozen=True)
class Examination:
    """A woman, a machine and the plan of the runs; the frames are made when asked for."""

    name: str
    seed: int
    woman: Woman
    runs: tuple[PlannedRun, ...]

    @property
    def case(self) -> Case:
        """Return the case, with what "random" has drawn."""
        return self.woman.case

    def frame_count(self) -> int:
        """Return how many frames will be made."""
        return sum(frames_of(self.case, run) for run in self.runs)


def files_of(run: MadeRun, case: Case) -> list[str]:
    """Return the names of the files of a run.

    The standard forbids values the other way round in X-ray runs; machines that store so keep each
    frame as a picture of its own.
    """
    if not case.is_inverted:
        return [f"RUN{run.number:02d}.dcm"]
    return [f"RUN{run.number:02d}-{frame + 1:03d}.dcm" for frame in range(len(run.frames))]


def frames_of(case: Case, run: PlannedRun) -> int:
    """Return how many frames a run has."""
    return 1 if case.only_stills else max(4, round(run.lasts_s * case.rate_hz))
