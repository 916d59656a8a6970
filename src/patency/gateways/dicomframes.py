"""Reads a folder of DICOM files as the series of one examination: frames, times, scales.

Any folder will do: multi-frame runs, single pictures, files without a name. What is no image is
left out and said.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.processing import apply_modality_lut

from patency.core.imaging.series import DISPLAY, LINEAR, LOGARITHMIC, Run, Series

ASSUMED_STEP_MS = 250.0
HEART = ("HEART", "CORONARY", "CORONARYARTERY", "LCA", "RCA")
HEART_WORDS = ("coronar", "ventricul", "cardiac", "left heart", "冠脉", "冠状动脉")
LOSSY = frozenset(
    f"1.2.840.10008.1.2.4.{ending}" for ending in ("50", "51", "81", "91", "93", "203")
)


class NotReadable(Exception):
    """A folder or a file that cannot be read as images; the message says what to do."""


@dataclass(frozen=True)
class Loaded:
    """A series, with the files its runs came from."""

    series: Series
    files: tuple[Path, ...]
    """One for each run; of single pictures the first."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Files that are no image, each with why."""
    notes: tuple[str, ...] = ()


class LazyFrames:
    """The frames of one file, decoded when they are asked for and let go with the next file."""

    _open: "list[tuple[Path, Any]]" = []

    def __init__(self, path: Path, shape: tuple[int, int, int], decode: Callable[[], Any]) -> None:
        self.path, self.shape, self._decode = path, shape, decode

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        return self._whole()[index]

    def _whole(self) -> Any:
        if not self._open or self._open[0][0] != self.path:
            self._open[:] = [(self.path, self._decode())]
        return self._open[0][1]


@dataclass
class _Part:
    path: Path
    header: Dataset
    begins: datetime | None
    offsets: np.ndarray
    step_told: bool
    notes: set[str] = field(default_factory=set)


def load(folder: Path) -> Loaded:
    """Return the images below a folder as one series. Raises ``NotReadable``."""
    if not folder.exists():
        raise NotReadable(f"{folder} does not exist. Name a folder that holds DICOM files.")
    paths = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.is_file())
    parts, left_out = [], []
    for path in paths:
        part, why = _part(path)
        if part is not None:
            parts.append(part)
        elif why:
            left_out.append((path.name, why))
    if not parts:
        raise NotReadable(
            f"{folder} holds no DICOM image that can be read ({len(paths)} files were looked at). "
            "Name the folder of one study."
        )
    studies = {str(part.header.get("StudyInstanceUID", "")) for part in parts}
    if len(studies) > 1:
        raise NotReadable(
            f"{folder} holds images of {len(studies)} studies. Read one study at a time: put its "
            "files into a folder of their own."
        )
    return _series(parts, left_out)


def _part(path: Path) -> tuple[_Part | None, str]:
    try:
        header = dcmread(path, stop_before_pixels=True)
    except Exception:  # a damaged file fails in as many ways as there are damages
        return None, "" if path.suffix == ".json" else "no DICOM file"
    if "Rows" not in header or "Columns" not in header:
        return None, "no image"
    if int(header.get("SamplesPerPixel", 1)) != 1:
        return None, "a picture in colour"
    count = int(header.get("NumberOfFrames", 1) or 1)
    offsets, told = frame_times(header, count)
    return _Part(path, header, begins(header), offsets, told), ""


def frame_times(header: Dataset, count: int) -> tuple[np.ndarray, bool]:
    """Return when each frame was taken, in seconds from the first, and whether that was told."""
    vector = header.get("FrameTimeVector")
    if vector is not None and len(np.atleast_1d(vector)) >= count > 1:
        steps = np.array([float(each) for each in vector][:count])
        steps[0] = 0.0
        return np.cumsum(steps) / 1000.0, True
    step = float(header.get("FrameTime", 0) or 0)
    if step <= 0:
        for name in ("CineRate", "RecommendedDisplayFrameRate"):
            rate = float(header.get(name, 0) or 0)
            if rate > 0:
                step = 1000.0 / rate
                break
    told = step > 0
    return np.arange(count) * (step if told else ASSUMED_STEP_MS) / 1000.0, told or count == 1


def begins(header: Dataset) -> datetime | None:
    for name in ("AcquisitionDateTime",):
        found = _moment(str(header.get(name, "") or ""))
        if found is not None:
            return found
    for kind in ("Acquisition", "Content", "Series", "Study"):
        day = str(header.get(f"{kind}Date", "") or header.get("StudyDate", "") or "")
        clock = str(header.get(f"{kind}Time", "") or "")
        if day and clock:
            found = _moment(day.replace(".", "").replace("-", "") + clock.replace(":", ""))
            if found is not None:
                return found
    return None


def _moment(text: str) -> datetime | None:
    plain = text.strip().split("+")[0].split("-")[0]
    whole, _, rest = plain.partition(".")
    try:
        found = datetime.strptime(whole.ljust(14, "0")[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        return None
    return found.replace(microsecond=int((rest + "000000")[:6]) if rest.isdigit() else 0)


def _series(parts: Sequence[_Part], left_out: list[tuple[str, str]]) -> Loaded:
    told = [part.begins for part in parts if part.begins is not None]
    first = min(told) if told else None
    clock = 0.0
    runs: list[tuple[float, Run, Path]] = []
    notes: set[str] = set()
    for part in parts:
        if part.begins is not None and first is not None:
            begin = (part.begins - first).total_seconds()
        else:
            begin = clock
            notes.add("acquisition-time-not-told")
        clock = max(clock, begin + float(part.offsets[-1]) + 1.0)
        if not part.step_told:
            notes.add("frame-time-not-told")
        runs.append((begin, _run(part, begin), part.path))
    runs.sort(key=lambda each: each[0])
    joined = list(_joined(runs))
    why = "not-an-hsg" if any(_is_heart(part.header) for part in parts) else ""
    sides = {side for part in parts if (side := _right_is(part.header))}
    return Loaded(
        Series(
            tuple(run for run, _ in joined),
            right_is=sides.pop() if len(sides) == 1 else None,
            why_unreadable=why,
        ),
        tuple(path for _, path in joined),
        tuple(left_out),
        tuple(sorted(notes)),
    )


def _joined(runs: Sequence[tuple[float, Run, Path]]) -> Iterator[tuple[Run, Path]]:
    """Put single pictures of one kind together: they are all that is left of a fluoroscopy."""
    singles: dict[tuple[Any, ...], list[tuple[float, Run, Path]]] = {}
    for begin, run, path in runs:
        if len(run.frames) > 1:
            yield run, path
            continue
        turn = tuple(round(each) for each in run.angles)
        key = (run.frames.shape[1:], turn, run.spacing_mm, run.intensity, run.is_inverted)
        singles.setdefault(key, []).append((begin, run, path))
    for group in singles.values():
        one = group[0][1]
        yield (
            Run(
                frames=np.concatenate([np.asarray(run.frames[:]) for _, run, _ in group]),
                seconds=np.concatenate([run.seconds for _, run, _ in group]),
                intensity=one.intensity,
                is_inverted=one.is_inverted,
                spacing_mm=one.spacing_mm,
                at_isocentre=one.at_isocentre,
                angles=one.angles,
                is_lossy=any(run.is_lossy for _, run, _ in group),
                label=f"{len(group)} single pictures",
            ),
            group[0][2],
        )


def _run(part: _Part, begin: float) -> Run:
    header = part.header
    spacing, at_isocentre = _spacing(header)
    relationship = str(header.get("PixelIntensityRelationship", "") or "").upper()
    sign = header.get("PixelIntensityRelationshipSign")
    inverted = header.get("PhotometricInterpretation") == "MONOCHROME1"
    if sign is not None:
        inverted = int(sign) < 0
    intensity = {"LIN": LINEAR, "LOG": LOGARITHMIC}.get(relationship, DISPLAY)
    if not relationship:
        intensity = LINEAR
    has_lut = "ModalityLUTSequence" in header
    if has_lut and intensity == LOGARITHMIC:
        intensity = LINEAR  # PS3.3 C.11.1: the LUT leads back to a value proportional to X-rays
    shape = (len(part.offsets), int(header.Rows), int(header.Columns))
    syntax = str(getattr(header.file_meta, "TransferSyntaxUID", ""))
    frames: Any = LazyFrames(part.path, shape, lambda: pixels(part.path))
    return Run(
        frames=frames,
        seconds=begin + part.offsets,
        intensity=intensity,
        is_inverted=inverted,
        spacing_mm=spacing,
        at_isocentre=at_isocentre,
        angles=(
            float(header.get("PositionerPrimaryAngle", 0) or 0),
            float(header.get("PositionerSecondaryAngle", 0) or 0),
        ),
        is_lossy=str(header.get("LossyImageCompression", "")) == "01" or syntax in LOSSY,
        label=str(header.get("InstanceNumber", "") or part.path.stem),
    )


def _spacing(header: Dataset) -> tuple[float | None, bool]:
    found = header.get("ImagerPixelSpacing") or header.get("PixelSpacing")
    if not found:
        return None, False
    at_detector = float(found[0])
    if at_detector <= 0:
        return None, False
    source, patient = header.get("DistanceSourceToDetector"), header.get("DistanceSourceToPatient")
    if source and patient and 0 < float(patient) <= float(source):
        return at_detector * float(patient) / float(source), True
    larger = header.get("EstimatedRadiographicMagnificationFactor")
    if larger and float(larger) >= 1:
        return at_detector / float(larger), True
    return at_detector, False


def _right_is(header: Dataset) -> str | None:
    towards = header.get("PatientOrientation")
    if not towards or len(towards) < 1:
        return None
    along_rows = str(towards[0]).upper()[:1]
    # The first value names where columns run to, from left to right of the picture.
    return {"L": "left", "R": "right"}.get(along_rows)


def _is_heart(header: Dataset) -> bool:
    if str(header.get("BodyPartExamined", "")).upper().replace(" ", "") in HEART:
        return True
    told = " ".join(
        str(header.get(name, "") or "")
        for name in ("StudyDescription", "SeriesDescription", "ProtocolName")
    ).lower()
    return any(word in told for word in HEART_WORDS)


def pixels(path: Path) -> np.ndarray:
    """Return (frames, rows, columns) of a file, after its modality LUT. Raises ``NotReadable``."""
    file = dcmread(path)
    try:
        found = _decoded(file)
    except Exception as error:
        syntax = getattr(file.file_meta, "TransferSyntaxUID", "an unknown transfer syntax")
        raise NotReadable(
            f"{path.name} could not be decoded ({getattr(syntax, 'name', syntax)}): {error}. "
            "Send it again, or as Explicit VR Little Endian."
        ) from error
    found = found if found.ndim == 3 else found[None]
    if "ModalityLUTSequence" in file:
        found = np.asarray(apply_modality_lut(found, file))
    return found


def _decoded(file: Dataset) -> np.ndarray:
    import imagecodecs

    syntax = str(file.file_meta.TransferSyntaxUID)
    ending = syntax.removeprefix("1.2.840.10008.1.2.4.")
    by_ending: dict[str, Callable[[bytes], Any]] = {
        "50": imagecodecs.jpeg_decode,
        "51": imagecodecs.jpeg_decode,
        "57": imagecodecs.ljpeg_decode,
        "70": imagecodecs.ljpeg_decode,
        "80": imagecodecs.jpegls_decode,
        "81": imagecodecs.jpegls_decode,
        "90": imagecodecs.jpeg2k_decode,
        "91": imagecodecs.jpeg2k_decode,
        "201": imagecodecs.htj2k_decode,
        "202": imagecodecs.htj2k_decode,
        "203": imagecodecs.htj2k_decode,
    }
    decode = by_ending.get(ending) if ending != syntax else None
    if decode is None:
        return np.asarray(file.pixel_array)
    count = int(file.get("NumberOfFrames", 1) or 1)
    return np.stack(
        [decode(each) for each in generate_frames(file.PixelData, number_of_frames=count)]
    )
