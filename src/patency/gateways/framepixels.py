"""The frames of an image file in the forms that are asked for: plain, packed, as a picture."""

import struct
from typing import IO

import numpy as np
from pydicom.uid import UID, ExplicitVRBigEndian, RLELossless

from patency.gateways.frames import FrameIndex, NoFrames, NoSuchFrame, stored_frame
from patency.gateways.unpacked import DECODERS

HTJ2K = "1.2.840.10008.1.2.4.201"
PLAIN = "1.2.840.10008.1.2.1"


def plain_frame(file: IO[bytes], index: FrameIndex, number: int) -> bytes:
    """Return a frame uncompressed, little endian. Raises ``NoSuchFrame`` or ``NoFrames``."""
    if not index.is_packed:
        raw = stored_frame(file, index, number)
        is_turned = index.syntax == ExplicitVRBigEndian and index.allocated == 16
        return np.frombuffer(raw, ">u2").astype("<u2").tobytes() if is_turned else raw
    kind = f"<u{index.allocated // 8}"
    return pixels_of(file, index, number).astype(kind, copy=False).tobytes()


def pixels_of(file: IO[bytes], index: FrameIndex, number: int) -> np.ndarray:
    """Return a frame as (rows, columns[, samples]), unsigned as stored. Raises ``NoFrames``."""
    shape: tuple[int, ...] = (index.rows, index.columns)
    shape += (index.samples,) if index.samples > 1 else ()
    if not index.is_packed:
        kind = f"<u{index.allocated // 8}"
        flat = np.frombuffer(plain_frame(file, index, number), kind)
        if index.is_planar and index.samples > 1:
            return flat.reshape(index.samples, index.rows, index.columns).transpose(1, 2, 0)
        return flat.reshape(shape)
    raw = stored_frame(file, index, number)
    decode = DECODERS.get(UID(index.syntax))
    try:
        if index.syntax == RLELossless:
            found = _run_lengths(raw, index)
        elif decode is None:
            raise NoFrames(f"{UID(index.syntax).name} cannot be decoded here; take it as stored.")
        else:
            found = np.asarray(decode(raw))
        return found.astype(f"u{index.allocated // 8}", casting="unsafe", copy=False).reshape(shape)
    except NoFrames:
        raise
    except Exception as error:  # each codec has faults of its own
        raise NoFrames(f"Frame {number} is damaged and cannot be decoded.") from error


def _run_lengths(raw: bytes, index: FrameIndex) -> np.ndarray:
    import imagecodecs

    kind = np.dtype(f"<u{index.allocated // 8}")
    flat = np.frombuffer(imagecodecs.dicomrle_decode(raw, kind), kind)
    if index.samples > 1:
        return flat.reshape(index.samples, index.rows, index.columns).transpose(1, 2, 0)
    return flat.reshape(index.rows, index.columns)


def packed_frame(file: IO[bytes], index: FrameIndex, number: int) -> bytes:
    """Return a frame as lossless HTJ2K: nothing of it is lost. Raises ``NoFrames``."""
    import imagecodecs

    if index.syntax == HTJ2K:
        return stored_frame(file, index, number)
    pixels = np.ascontiguousarray(pixels_of(file, index, number))
    return bytes(imagecodecs.htj2k_encode(pixels, reversible=True))


def all_packed(file: IO[bytes], index: FrameIndex) -> bytes:
    """Return every frame as HTJ2K in one piece, with a table in front: see ``packed_places``."""
    frames = [packed_frame(file, index, number + 1) for number in range(len(index))]
    lengths = np.array([len(each) for each in frames], "<u4").tobytes()
    return struct.pack("<L", len(frames)) + lengths + b"".join(frames)


def packed_from(beside: IO[bytes], number: int) -> bytes:
    """Return one frame of what ``all_packed`` wrote. Raises ``NoSuchFrame``."""
    (count,) = struct.unpack("<L", beside.read(4))
    if not 1 <= number <= count:
        raise NoSuchFrame(f"There is no frame {number}; there are {count}, from 1.")
    lengths = np.frombuffer(beside.read(4 * count), "<u4").astype(np.int64)
    beside.seek(4 + 4 * count + int(lengths[: number - 1].sum()))
    return beside.read(int(lengths[number - 1]))


def rendered(
    file: IO[bytes],
    index: FrameIndex,
    number: int,
    *,
    window: tuple[float, float] | None = None,
    size: tuple[int, int] | None = None,
    as_png: bool = False,
) -> bytes:
    """Return a frame as a picture to look at, JPEG unless PNG is wanted. Raises ``NoFrames``.

    ``window`` is centre and width; without it the machine's own, else the values' range. ``size``
    is the width and height it must fit into; it is never made larger.
    """
    import cv2
    import imagecodecs

    picture = grey(pixels_of(file, index, number), index, window)
    if size is not None:
        share = min(1.0, size[0] / index.columns, size[1] / index.rows)
        if share < 1.0:
            wide = (max(1, round(index.columns * share)), max(1, round(index.rows * share)))
            picture = cv2.resize(picture, wide, interpolation=cv2.INTER_AREA)
    picture = np.ascontiguousarray(picture)
    encode = imagecodecs.png_encode if as_png else imagecodecs.jpeg8_encode
    return bytes(encode(picture, level=3 if as_png else 90))


def grey(
    pixels: np.ndarray, index: FrameIndex, window: tuple[float, float] | None = None
) -> np.ndarray:
    """Return what is shown of stored pixels, 0 black to 255 white (PS3.3 C.11.2.1.2)."""
    if index.samples > 1:
        return pixels.astype(np.uint8) if pixels.dtype == np.uint8 else (pixels >> 8).astype("u1")
    meant = meaning(index)[pixels & ((1 << index.allocated) - 1)]
    centre, width = window or index.window or _range(meant)
    shown = ((meant - (centre - 0.5)) / max(1.0, width - 1) + 0.5) * 255.0
    made = np.clip(shown, 0, 255).astype(np.uint8)
    return 255 - made if index.photometric == "MONOCHROME1" else made


def meaning(index: FrameIndex) -> np.ndarray:
    """Return what each of all values that can be stored means, after the modality LUT."""
    values = np.arange(1 << index.allocated, dtype=np.int64) & ((1 << index.stored) - 1)
    if index.is_signed:
        values = np.where(values >= 1 << (index.stored - 1), values - (1 << index.stored), values)
    if index.lookup is not None:
        table = np.array(index.lookup.values, np.float32)
        return np.asarray(table[np.clip(values - index.lookup.first, 0, len(table) - 1)])
    return np.asarray(values * index.slope + index.intercept, np.float32)


def _range(meant: np.ndarray) -> tuple[float, float]:
    low, high = (float(each) for each in np.percentile(meant[::4, ::4], [0.5, 99.5]))
    return (low + high) / 2 + 0.5, max(2.0, high - low + 1)
