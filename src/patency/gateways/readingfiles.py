"""Writes a reading into a folder: findings, film strip, and the pictures each step decided on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from patency.core.imaging.findings import full_mask
from patency.core.imaging.paths import brightest
from patency.core.imaging.reading import Reading
from patency.core.imaging.series import Picture, Series
from patency.gateways.arrivalmap import arrival

RIGHT, LEFT = "#0072B2", "#D55E00"  # told apart by colour-blind eyes: Okabe and Ito, 2008


def write(folder: Path, data: Mapping[str, Any], reading: Reading, series: Series) -> list[Path]:
    """Return the files written. Raises ``OSError`` when the folder cannot be written to."""
    folder.mkdir(parents=True, exist_ok=True)
    findings = folder / "findings.json"
    text = json.dumps(data, indent=1, ensure_ascii=False)
    findings.write_text(text + "\n", encoding="utf-8")
    written = [findings, *_strip(folder, reading, series)]
    if reading.line is not None:
        written += _pictures(folder, reading, series)
    return written


def _strip(folder: Path, reading: Reading, series: Series) -> list[Path]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    runs, curves = figure.subplots(2, 1, sharex=True, height_ratios=[1, 3])
    for run in series.runs:
        if len(run.seconds):
            first, last = float(run.seconds[0]), float(run.seconds[-1])
            runs.axvspan(first, max(last, first + 0.3), color="#5b6770")
            runs.vlines(run.seconds, 0, 0.25, color="white", linewidth=0.4)
    runs.set_yticks([])
    runs.set_title("Runs and gaps", loc="left", fontsize=9)
    for side, colour, dash in (("right", RIGHT, "-"), ("left", LEFT, "--")):
        tube = reading.tubes[side]
        if tube.front:
            at = np.array(tube.front)
            said = tube.verdict.replace("_", " ")
            label = f"{side} tube: {said} ({tube.reason.replace('-', ' ')})"
            curves.step(at[:, 0], at[:, 1], dash, where="post", color=colour, label=label)
        if tube.spill_since_s is not None:
            curves.axvline(tube.spill_since_s, color=colour, linewidth=1, linestyle=":")
    if reading.cavity is not None and reading.line is not None:
        full = float(reading.line.seconds[reading.cavity.block])
        curves.axvline(full, color="#333333", linewidth=1)
        curves.annotate("cavity full", (full, 0), fontsize=8, rotation=90, va="bottom")
    curves.set_xlabel("seconds from the first picture")
    curves.set_ylabel("contrast came, cm")
    if any(tube.front for tube in reading.tubes.values()):
        curves.legend(fontsize=8, loc="upper left")
    paths = [folder / "film-strip.svg", folder / "film-strip.png"]
    for path in paths:
        figure.savefig(path, dpi=120)
    return paths


def _pictures(folder: Path, reading: Reading, series: Series) -> list[Path]:
    line = reading.line
    assert line is not None
    made: dict[str, Any] = {"before-contrast.png": _grey(line.background)}
    if reading.cavity is not None:
        full = line.added[reading.cavity.block]
        most = brightest(line)
        made["cavity-full.png"] = _outlined(_coloured(full), reading)
        made["everything-that-filled.png"] = _coloured(most)
        made["tubes.png"] = _tubes(_outlined(_coloured(most), reading), reading)
        made["last-picture.png"] = _spilled(_coloured(line.added[-1]), reading)
        made["arrival-map.png"] = _arrival(reading)
        made["cavity-mask.png"] = full_mask(reading, series).astype(np.uint8) * 255
    else:
        made["last-picture.png"] = _coloured(line.added[-1])
    paths = []
    for name, picture in made.items():
        path = folder / name
        written, coded = cv2.imencode(".png", picture)
        if not written:
            raise OSError(f"{path} could not be coded as PNG.")
        path.write_bytes(coded.tobytes())
        paths.append(path)
    return paths


def _grey(picture: Picture) -> Any:
    low, high = np.percentile(picture, [1, 99])
    scaled = (picture - low) / max(1e-9, float(high - low))
    return (255 - np.clip(scaled * 255, 0, 255)).astype(np.uint8)


def _coloured(picture: Picture) -> Any:
    top = max(1e-9, float(np.percentile(picture, 99.8)))
    grey = (235 - np.clip(picture / top * 200, -20, 235)).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def _outlined(picture: Any, reading: Reading) -> Any:
    assert reading.cavity is not None
    mask = reading.cavity.mask.astype(np.uint8)
    outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outline, -1, (0, 140, 0), 1)
    return picture


def _tubes(picture: Any, reading: Reading) -> Any:
    for side, colour in (("right", (178, 114, 0)), ("left", (0, 94, 213))):
        tube = reading.tubes[side]
        if tube.course is None or tube.filling is None:
            continue
        points = tube.course.points[tube.course.arc_mm <= tube.filling.furthest_mm]
        if len(points) > 1:
            cv2.polylines(picture, [points.round().astype(np.int32)], False, colour, 1)
    return picture


def _spilled(picture: Any, reading: Reading) -> Any:
    for side, colour in (("right", (178, 114, 0)), ("left", (0, 94, 213))):
        if side in reading.spills:
            mask = reading.spills[side].mask.astype(np.uint8)
            outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(picture, outline, -1, colour, 1)
    return picture


def _arrival(reading: Reading) -> Any:
    """Return when contrast first came to each pixel, early violet to late yellow."""
    line = reading.line
    assert line is not None and line.first_contrast is not None
    found = arrival(reading)
    assert found is not None
    came, first = found
    begin, end = line.seconds[line.first_contrast], line.seconds[-1]
    share = (line.seconds[first] - begin) / max(1e-9, float(end - begin))
    picture = cv2.applyColorMap((255 * share).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    picture[~came] = 245
    return picture
