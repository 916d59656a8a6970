"""Drawn pictures as a timeline: 160 by 160 pixels of a millimetre, one scale and one field."""

from typing import Any

import numpy as np

from patency.core.imaging.timeline import Timeline

SIDE, MM, NOISE = 160, 1.0, 0.004


def drawn(added: np.ndarray, run_of: np.ndarray, **other: Any) -> Timeline:
    """Return what was added in each picture, a second apart, with 20 s between two runs."""
    seconds = np.arange(len(run_of)) + 20.0 * run_of
    nothing = np.zeros((SIDE, SIDE), np.float32)
    given: dict[str, Any] = {
        "valid": np.ones(added.shape, bool),
        "noise": np.full((SIDE, SIDE), NOISE, np.float32),
        "field": np.ones((SIDE, SIDE), bool),
        "plateau": 0.6,
        "shifts": np.zeros((len(run_of), 2)),
        **other,
    }
    return Timeline(
        added=added.astype(np.float32),
        seconds=seconds,
        starts=seconds,
        run_of=run_of,
        mm=MM,
        background=nothing,
        hollow=nothing,
        placed={},
        **given,
    )
