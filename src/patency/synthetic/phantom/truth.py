"""What is true of each frame and each tube, for whoever judges a reading; never for the reading."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from patency.synthetic.phantom import render
from patency.synthetic.phantom.detector import BLUR_PX, ELECTRONIC_QUANTA, Picture
from patency.synthetic.phantom.flow import front_cm
from patency.synthetic.phantom.render import View
from patency.synthetic.phantom.spectrum import Beam, kvp_for
from patency.synthetic.phantom.taken import Examination, MadeRun, files_of
from patency.synthetic.phantom.tubes import Tube
from patency.synthetic.phantom.woman import SIDES, Woman

PIECE_CM = 0.5  # of a tube, that a reader must see to say that contrast is there
SEEN_MG_CM2 = 5.0  # of the cavity's mask
SPILLED_ML = 0.05


def of_frame(
    woman: Woman,
    view: View,
    second: float,
    iodine: dict[str, Picture],
    signal: Picture,
    is_open: NDArray[np.bool_],
) -> dict[str, Any]:
    """Return what is true at one moment; ``is_open`` is where the shutter lets rays through."""
    seen = (view.iso_mm / 10) ** 2
    shown = {part: float(picture[is_open].sum()) * seen for part, picture in iodine.items()}
    has_contrast = woman.case.has_contrast
    return {
        "t_s": round(second, 3),
        "ml": {part: round(woman.flow.at(part, second), 5) for part in woman.flow.ml},
        "injected_ml": round(
            float(np.interp(second, woman.flow.seconds, woman.flow.injected_ml)), 5
        ),
        "iodine_mg_in_view": {part: round(mg, 3) for part, mg in shown.items()},
        "front_cm": {
            side: round(front_cm(woman.tubes[side], woman.flow.at(side, second)), 2)
            for side in SIDES
            if has_contrast
        },
        "spill": {
            side: _is_covered(woman, side, second, shown[f"spill_{side}"])
            for side in SIDES
            if has_contrast
        },
        "moved_mm": {
            layer: [round(each, 3) for each in sway.at(second)]
            for layer, sway in woman.sways.items()
        },
        "quanta_per_pixel": round(float(np.median(signal)), 1),
    }


def _is_covered(woman: Woman, side: str, second: float, shown_mg: float) -> bool | None:
    """Return whether spill stands in the field; None where all of it lies outside."""
    least = SPILLED_ML * woman.case.iodine_mg_ml
    if woman.flow.at(f"spill_{side}", second) <= SPILLED_ML:
        return False
    return True if shown_mg > least else None


def of_run(
    woman: Woman,
    run: MadeRun,
    frames: list[dict[str, Any]],
    signal: Picture,
    iodine: dict[str, Picture],
    through: Beam,
) -> dict[str, Any]:
    """Return what is true of one run: its frames, the cavity at its end, what could be seen."""
    view, second = run.plan.view, frames[-1]["t_s"]
    moved = np.array([*woman.sways["organ"].at(second), 0.0])
    lines, detectable = {}, {}
    for side, tube in woman.tubes.items():
        columns, rows = view.pixels(tube.grains.where[::4] + moved)
        lines[side] = [
            [round(float(c), 1), round(float(r), 1)] for c, r in zip(columns, rows, strict=True)
        ]
        if woman.case.has_contrast:
            detectable[side] = _detectable(woman, tube, side, run, second, signal, through)
    return {
        "file": files_of(run, woman.case)[0],
        "pixel_mm_iso": round(view.iso_mm, 5),
        "pixel_mm_detector": round(run.machine.pixel_mm, 5),
        "primary_angle_deg": view.angle_deg,
        "pan_mm": [round(each, 2) for each in view.pan_mm],
        "scatter_to_primary": round(run.machine.scatter, 3),
        "glare": round(run.machine.glare, 3),
        "frames": frames,
        "centre_lines_px_every_mm": lines,
        "d_prime": detectable,
        "cavity_mask": runs_of(iodine["cavity"] > SEEN_MG_CM2),
    }


def runs_of(mask: np.ndarray) -> dict[str, Any]:
    """Return a mask as the lengths of its runs, row by row, the first of them outside."""
    flat = mask.ravel()
    edges = np.flatnonzero(np.diff(flat.astype(np.int8)))
    ends = np.concatenate([[-1], edges, [flat.size - 1]])
    lengths = np.diff(ends).tolist()
    return {"shape": list(mask.shape), "runs": [0, *lengths] if flat[0] else lengths}


def _detectable(
    woman: Woman,
    tube: Tube,
    side: str,
    run: MadeRun,
    second: float,
    signal: Picture,
    through: Beam,
) -> dict[str, float]:
    """Return d' of 5 mm of the tube: at its front, and the least of it all were it filled."""
    view = run.plan.view
    moved = np.array([*woman.sways["organ"].at(second), 0.0])
    reached = front_cm(tube, woman.flow.at(side, second))
    found = {}
    pieces = [
        (float(cm), float(cm) + PIECE_CM)
        for cm in np.arange(0, tube.length_cm - PIECE_CM, PIECE_CM)
    ]
    at_front = max(0.0, reached - PIECE_CM)
    each = [_d_prime(woman, tube, moved, view, piece, signal, run, through) for piece in pieces]
    front = _d_prime(
        woman, tube, moved, view, (at_front, at_front + PIECE_CM), signal, run, through
    )
    beyond = [d for (cm, _), d in zip(pieces, each, strict=True) if cm >= reached]
    found["front"] = round(front, 2)
    found["least"] = round(min(each), 2)
    found["median"] = round(float(np.median(each)), 2)
    found["beyond_median"] = round(float(np.median(beyond)), 2) if beyond else round(front, 2)
    return found


def _d_prime(
    woman: Woman,
    tube: Tube,
    moved: Any,
    view: View,
    piece_cm: tuple[float, float],
    signal: Picture,
    run: MadeRun,
    through: Beam,
) -> float:
    """Return the single-frame matched-filter d' of a piece of tube filled with contrast.

    Quanta are counted as independent between pixels; the contrast is thinned by scatter and glare
    and blurred as the signal is. An ideal eye that knows where to look: people do worse.
    """
    held = (tube.arc_cm >= piece_cm[0]) & (tube.arc_cm < piece_cm[1])
    grains = tube.grains
    where, spread = grains.where[held] + moved, grains.spread_mm[held]
    columns, rows = view.pixels(where)
    pad = int(np.ceil(float(spread.max()) / view.iso_mm * 4)) + 6
    left, top = int(columns.min()) - pad, int(rows.min()) - pad
    side = int(max(columns.max() - left, rows.max() - top)) + pad
    half, middle = (side - 1) / 2, (view.side - 1) / 2
    pan = (
        view.pan_mm[0] + (left + half - middle) * view.iso_mm,
        view.pan_mm[1] + (top + half - middle) * view.iso_mm,
    )
    near = View(side, view.iso_mm, view.angle_deg, pan)
    iodine = render.lay(near, where, spread, grains.volume_ml[held] * woman.case.iodine_mg_ml)
    nothing = np.zeros_like(iodine)
    stopped = 1 - render.passed(through, nothing, nothing, iodine)
    thinned = stopped * (1 - run.machine.glare) / (1 + run.machine.scatter)
    seen = np.asarray(cv2.GaussianBlur(thinned, (0, 0), BLUR_PX), np.float32)
    r0, c0 = max(0, top), max(0, left)
    r1, c1 = min(view.side, top + side), min(view.side, left + side)
    if r1 <= r0 or c1 <= c0:
        return 0.0
    quanta = signal[r0:r1, c0:c1]
    part = seen[r0 - top : r1 - top, c0 - left : c1 - left]
    return float(np.sqrt(((quanta * part) ** 2 / (quanta + ELECTRONIC_QUANTA**2)).sum()))


def of_examination(examination: Examination, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the whole truth of an examination, ready to be written as JSON."""
    woman, case = examination.woman, examination.case
    last = max(frame["t_s"] for run in runs for frame in run["frames"])
    tubes = {side: _tube(woman, side, last, runs) for side in SIDES}
    return {
        "schema": "patency-phantom-truth/2",
        "case": examination.name,
        "seed": examination.seed,
        "has_contrast": case.has_contrast,
        "tubes": tubes,
        "cavity": {
            "shape": case.shape,
            "defect": case.defect or None,
            "has_balloon": case.has_balloon,
            "has_bubble": case.has_bubble,
            "length_mm": round(woman.cavity.length_mm, 1),
            "width_mm": round(woman.cavity.width_mm, 1),
            "room_ml": round(float(woman.cavity.grains.volume_ml.sum()), 3),
        },
        "leak": float(woman.flow.ml["reflux"].max()) > SPILLED_ML,
        "intravasation": float(woman.flow.ml["veins"].max()) > 0.001,
        "intravasation_grade": case.intravasation,
        "sides": {"right_is": "left", "marked": case.has_marker},
        "settings": {
            "iodine_mg_ml": case.iodine_mg_ml,
            "is_oil": case.is_oil,
            "patient_cm": round(case.patient_cm, 1),
            "kvp": round(kvp_for(case.patient_cm), 1),
            "is_stenotic": case.is_stenotic,
            "gas_over": case.gas_over or None,
            "jump_mm": case.jump_mm,
            "dose_ngy_per_frame": case.dose_ngy,
            "frames_per_s": case.rate_hz,
            "stored_as": case.stored_as,
            "inverted": case.is_inverted,
            "only_stills": case.only_stills,
            "movement": case.movement,
        },
        "runs": runs,
    }


def _tube(woman: Woman, side: str, last: float, runs: list[dict[str, Any]]) -> dict[str, Any]:
    tube, flow = woman.tubes[side], woman.flow
    plan = woman.case.right if side == "right" else woman.case.left
    spilled = flow.ml[f"spill_{side}"]
    shown = flow.seconds <= last
    has_spill = bool(spilled[shown][-1] > SPILLED_ML)
    covered = [frame["spill"].get(side) for run in runs for frame in run["frames"]]
    spill = has_spill if not has_spill or True in covered else None
    verdict = "passed" if has_spill else "not_passed"
    if not woman.case.has_contrast:
        verdict = "no_contrast"
    elif plan.stopped_at == "absent":
        verdict = "absent"
    entered = np.flatnonzero(flow.ml[side] > 1e-4)
    spills = np.flatnonzero(spilled > 1e-3)
    # After a day an open tube has emptied again: how far contrast came was seen before.
    reached = front_cm(tube, float(flow.ml[side][shown].max()))
    filled = [
        run["d_prime"][side]
        for run in runs
        if side in run["d_prime"] and run["frames"][-1]["ml"]["cavity"] > 0.3
    ]
    filled = [] if verdict == "absent" else filled
    return {
        "verdict": verdict,
        # None: it spilled, but outside of every field that was imaged.
        "spill": spill,
        "spill_why_unknown": "not covered" if spill is None else None,
        "stopped_at": plan.stopped_at,
        "stop_cm": None if tube.stop_cm is None else round(tube.stop_cm, 2),
        "hydrosalpinx_mm": plan.bulb_mm or None,
        "spasm_s": plan.spasm_s or None,
        "pipe_mm": round(plan.pipe_mm, 2) or None,
        "has_pockets": plan.has_pockets,
        "is_walled": plan.is_walled,
        "furthest_cm": round(reached, 2) if woman.case.has_contrast else None,
        "furthest_segment": tube.segment_at(reached),
        "length_cm": round(tube.length_cm, 2),
        "enters_s": round(float(flow.seconds[entered[0]]), 2) if len(entered) else None,
        "spills_s": round(float(flow.seconds[spills[0]]), 2) if len(spills) else None,
        # Best run that had contrast: the front while contrast was there, and what lay beyond.
        "d_prime": max((each["front"] for each in filled), default=None),
        "d_prime_beyond": max((each["beyond_median"] for each in filled), default=None),
        "calibre_mm_every_mm": [round(float(each), 2) for each in tube.bore_mm[::4]],
    }
