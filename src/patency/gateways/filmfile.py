"""Writes runs of an X-ray as DICOM files: for the demo, the tests, a check and the benchmarks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    generate_uid,
)

from patency.core.matching import Told
from patency.gateways.dicomfile import small_file

PLAIN, SV1, JLS, HTJ2K = (
    str(each)
    for each in (
        ExplicitVRLittleEndian,
        JPEGLosslessSV1,
        JPEGLSLossless,
        HTJ2KLossless,
    )
)


def run_file(
    told: Told,
    frames: np.ndarray,
    *,
    number: int = 1,
    frame_ms: float | Sequence[float] = 125.0,
    begins: str = "20250924090000",
    syntax: str = PLAIN,
    series_uid: str = "",
    **more: Any,
) -> bytes:
    """Return one run as a multi-frame RF file. ``frames`` is (frames, rows, columns), 8 or 16 bits.

    ``frame_ms`` is the time between frames, or a vector of such times, the first 0.
    """
    count, rows, columns = frames.shape
    bits = 8 * frames.dtype.itemsize
    study = told.study_uid or generate_uid(entropy_srcs=["study", repr(told)])
    said: dict[str, Any] = {
        "SeriesInstanceUID": series_uid or generate_uid(entropy_srcs=[study, f"series {number}"]),
        "SeriesNumber": number,
        "InstanceNumber": number,
        "StudyDate": begins[:8],
        "StudyTime": begins[8:],
        "AcquisitionDateTime": begins,
        "NumberOfFrames": count,
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": min(bits, 12),
        "HighBit": min(bits, 12) - 1,
        "PixelRepresentation": 0,
        "PixelIntensityRelationship": "LIN",
        "PixelIntensityRelationshipSign": 1,
    }
    if isinstance(frame_ms, float | int):
        said |= {"FrameIncrementPointer": 0x00181063, "FrameTime": float(frame_ms)}
    else:
        said |= {"FrameIncrementPointer": 0x00181065, "FrameTimeVector": [*frame_ms]}
    said["PixelData"] = _pixels(frames, syntax)
    image = told.image_uid or generate_uid(entropy_srcs=[study, f"image {number}"])
    named = replace(told, study_uid=study, image_uid=image)
    return small_file(named, TransferSyntaxUID=syntax, **{**said, **more})


def _pixels(frames: np.ndarray, syntax: str) -> bytes:
    import imagecodecs

    if not UID(syntax).is_encapsulated:
        plain = frames.astype(frames.dtype.newbyteorder("<")).tobytes()
        return plain + b"\0" * (len(plain) % 2)
    encoders: dict[str, Any] = {
        SV1: imagecodecs.ljpeg_encode,
        JLS: imagecodecs.jpegls_encode,
        HTJ2K: lambda one: imagecodecs.htj2k_encode(one, reversible=True),
    }
    packed = [bytes(encoders[syntax](np.ascontiguousarray(one))) for one in frames]
    return bytes(encapsulate(packed))


def a_fading_film(count: int, rows: int, columns: int, *, seed: int = 1) -> np.ndarray:
    """Return pretend frames: a bright field in which a dark path grows; no anatomy, no physics.

    Each frame is its own: none repeats another.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    field = 2600 - 700 * (((x / columns - 0.5) ** 2) + ((y / rows - 0.5) ** 2)) * 4
    along = np.hypot(x - columns / 2, y - rows / 2)
    path = np.abs((y - rows / 2) - 0.15 * rows * np.sin(4 * x / columns)) < max(2, rows / 80)
    noise = rng.normal(0, 25, (4, rows, columns)).astype(np.float32)
    made = np.empty((count, rows, columns), np.uint16)
    for at in range(count):
        reach = (at / max(1, count - 1)) * columns * 0.45
        shown = field + np.roll(noise[at % 4], 7 * at, axis=1)
        shown = np.where(path & (along < reach), shown - 900, shown)
        made[at] = np.clip(shown, 0, 4095).astype(np.uint16)
        made[at, 0, :] = at  # so that a reader can tell one frame from another
    return made
