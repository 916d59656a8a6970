"""The reading as plain data: what findings.json holds. Its schema is in docs/reference."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patency.core.imaging.cavity import Cavity
from patency.core.imaging.drawn import courses_in_runs
from patency.core.imaging.reading import Reading
from patency.core.imaging.series import Mask, Series
from patency.core.imaging.timeline import Timeline

SCHEMA = "patency-reading/1"


def as_data(reading: Reading, series: Series) -> dict[str, Any]:
    """Return the reading as JSON can hold it; lengths in cm or mm as projected, times in s.

    Lengths are null where no pixel spacing was told.
    """
    scaled = bool(series.runs) and all(run.spacing_mm is not None for run in series.runs)
    at = (
        None
        if not scaled
        else "isocentre"
        if all(run.at_isocentre for run in series.runs)
        else "detector"
    )
    return {
        "schema": SCHEMA,
        "status": "draft",
        "lengths_at": at,
        "sides_known": reading.sides_known,
        "tubes": {side: _tube(side, reading, series, scaled) for side in ("right", "left")},
        "cavity": _cavity(reading, series, scaled),
        "leak": _leak(reading),
        "intravasation": {
            "seen": None if reading.elsewhere is None else reading.elsewhere.net,
            "note": "a fine net round the cavity; shown, not alarmed",
        },
        "quality": _quality(reading, series),
    }


def _tube(side: str, reading: Reading, series: Series, scaled: bool) -> dict[str, Any]:
    tube = reading.tubes[side]
    return {
        "verdict": tube.verdict,
        "reason": tube.reason,
        "by_s": _rounded(tube.by_s),
        "furthest_segment": tube.furthest_segment if scaled else None,
        "front": [[_rounded(t), cm if scaled else None] for t, cm in tube.front],
        "spill": tube.spill,
        "spill_since_s": _rounded(tube.spill_since_s),
        "detectability": tube.detectability,
        "course": courses_in_runs(tube, reading, series) if scaled else None,
    }


def _cavity(reading: Reading, series: Series, scaled: bool) -> dict[str, Any] | None:
    cavity, line = reading.cavity, reading.line
    if cavity is None or line is None:
        return None
    return {
        "class": cavity.shape,
        "length_mm": _rounded(cavity.length_mm) if scaled else None,
        "width_mm": _rounded(cavity.width_mm) if scaled else None,
        "area_cm2": _rounded(cavity.area_cm2, 2) if scaled else None,
        "fundal_indentation_mm": _rounded(cavity.indentation_mm) if scaled else None,
        "filling_defects": [
            {
                "x": _rounded(float(x)),
                "y": _rounded(float(y)),
                "diameter_mm": _rounded(wide) if scaled else None,
            }
            for (x, y), wide in _defects(cavity, line)
        ],
        "at_s": _rounded(float(line.seconds[cavity.block])),
        "mask": {
            "file": "cavity-mask.png",
            "order": "row-major",
            **run_lengths(full_mask(reading, series)),
        },
    }


def _defects(cavity: Cavity, line: Timeline) -> list[tuple[NDArray[np.float64], float]]:
    places = np.array([(x, y) for x, y, _ in cavity.defects], float).reshape(-1, 2)
    widths = [wide for _, _, wide in cavity.defects]
    return list(zip(line.stored(places, cavity.block), widths, strict=True))


def full_mask(reading: Reading, series: Series) -> Mask:
    """Return the outline of the cavity in stored pixels, where it stood at ``at_s``."""
    cavity, line = reading.cavity, reading.line
    assert cavity is not None and line is not None
    frames = series.runs[int(line.run_of[cavity.block])].frames
    return line.stored_mask(cavity.mask, cavity.block, (frames.shape[1], frames.shape[2]))


def run_lengths(mask: Mask) -> dict[str, Any]:
    """Return a mask as lengths of runs, row by row, the first of pixels outside."""
    flat = np.concatenate([[0], mask.ravel().astype(np.int8), [0]])
    edges = np.nonzero(np.diff(flat))[0]
    bounds = np.concatenate([[0], edges, [mask.size]])
    return {"size": list(mask.shape), "counts": np.diff(bounds).tolist()}


def _leak(reading: Reading) -> dict[str, Any]:
    away = reading.elsewhere
    return {
        "seen": None if away is None else away.leak,
        "since_s": None if away is None else _rounded(away.leak_since_s),
    }


def _quality(reading: Reading, series: Series) -> dict[str, Any]:
    line = reading.line
    times = [
        (float(run.seconds[0]), float(run.seconds[-1])) for run in series.runs if len(run.seconds)
    ]
    times.sort()
    gaps = [
        [_rounded(before[1]), _rounded(after[0])]
        for before, after in pairwise(times)
        if after[0] - before[1] > 1.0
    ]
    return {
        "runs": len(series.runs),
        "frames": sum(len(run.frames) for run in series.runs),
        "gaps_s": gaps,
        "covered_from_s": _rounded(times[0][0]) if times else None,
        "covered_to_s": _rounded(max(end for _, end in times)) if times else None,
        "frames_before_contrast": None if line is None else line.still_blocks,
        "contrast_to_noise": None
        if line is None or line.first_contrast is None
        else _rounded(line.plateau / float(np.median(line.noise))),
        "limits": list(reading.notes),
    }


def _rounded(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(float(value), digits)
