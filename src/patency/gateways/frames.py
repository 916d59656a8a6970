"""Where each frame of an image file lies, so that one frame is one slice read.

The index is read from the header and from the lengths of the fragments; no pixel is touched for it.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import IO, Protocol

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from patency.gateways.dicomframes import begins, frame_times

END_OF_CODE = b"\xff\xd9"
MOST_KEPT = 256
"""Indexes in memory: more than a day's examinations have files that are looked at again."""
LONGEST_TABLE = 65_536


class NoFrames(Exception):
    """A file that holds no frames that can be handed out; the message says why."""


class NoSuchFrame(NoFrames):
    """A frame was asked for that the file does not hold."""


class Opens(Protocol):
    """What a store of image files is asked for here."""

    def open(self, sha256: str) -> IO[bytes]: ...


@dataclass(frozen=True, slots=True)
class Lookup:
    """A modality LUT: from the value ``first`` on, each stored value means another."""

    first: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The frames of one file, and what must be known to show them."""

    rows: int
    columns: int
    samples: int
    allocated: int
    """Bits of one sample as it lies in the file."""
    stored: int
    is_signed: bool
    photometric: str
    syntax: str
    places: tuple[tuple[tuple[int, int], ...], ...]
    """For each frame its pieces in the file: where each begins, and how many bytes it has."""
    seconds: tuple[float, ...]
    """When each frame was taken, from the first of this file."""
    begins: datetime | None = None
    """By the clock of the machine; it says no time zone."""
    step_told: bool = True
    slope: float = 1.0
    intercept: float = 0.0
    lookup: Lookup | None = None
    window: tuple[float, float] | None = None
    """Centre and width, as the machine proposes them."""
    intensity: str = ""
    mask_frames: tuple[int, ...] = ()
    """Frames the machine subtracted; from 1."""
    angles: tuple[float, float] | None = None
    is_lossy: bool = False
    is_planar: bool = False

    def __len__(self) -> int:
        return len(self.places)

    @property
    def is_packed(self) -> bool:
        """Whether frames lie in the file as a codec wrote them."""
        return UID(self.syntax).is_encapsulated

    @property
    def frame_bytes(self) -> int:
        """Return the length of a plain frame."""
        return self.rows * self.columns * self.samples * self.allocated // 8


@lru_cache(maxsize=MOST_KEPT)
def _kept(store: Opens, sha256: str) -> FrameIndex:
    with store.open(sha256) as file:
        return index_of(file)


def index_in(store: Opens, sha256: str) -> FrameIndex:
    """Return the index of a kept file; files never change, so it is kept in memory.

    Raises ``NoFrames``, and ``FileNotFoundError`` for bytes that are not there.
    """
    return _kept(store, sha256)  # type: ignore[arg-type]  # every store is an object of its own


def index_of(file: IO[bytes]) -> FrameIndex:
    """Return where the frames of a file lie. Raises ``NoFrames``."""
    try:
        header = dcmread(file, stop_before_pixels=True)
        syntax = str(header.file_meta.TransferSyntaxUID)
        rows, columns = int(header.Rows), int(header.Columns)
        count = max(1, int(header.get("NumberOfFrames") or 1))
        samples, allocated = int(header.get("SamplesPerPixel", 1)), int(header.BitsAllocated)
    except Exception as error:  # a damaged header fails in as many ways as there are damages
        raise NoFrames(
            "The file holds no picture that can be shown: its header does not say how large one is."
        ) from error
    if syntax == DeflatedExplicitVRLittleEndian:
        raise NoFrames("The whole file is deflated; its frames cannot be taken one by one.")
    if allocated not in (8, 16) or rows < 1 or columns < 1:
        raise NoFrames(f"Frames of {columns} by {rows} points with {allocated} bits are not shown.")
    size = rows * columns * samples * allocated // 8
    try:
        length = _length_of_pixels(file, syntax)
        if UID(syntax).is_encapsulated:
            places = tuple(_packed(file, count))
        else:
            begin, end = file.tell(), file.seek(0, 2)
            there = max(0, min(length, end - begin)) // size
            places = tuple(((begin + n * size, size),) for n in range(min(count, there)))
    except (struct.error, ValueError) as error:
        raise NoFrames("The file ends before its pixels, or they are damaged.") from error
    if not places:
        raise NoFrames("The file ends before its first frame is whole.")
    offsets, told = frame_times(header, count)
    seconds = tuple(round(float(each), 4) for each in offsets)
    return FrameIndex(
        rows=rows,
        columns=columns,
        samples=samples,
        allocated=allocated,
        stored=int(header.get("BitsStored") or allocated),
        is_signed=int(header.get("PixelRepresentation") or 0) == 1,
        photometric=str(header.get("PhotometricInterpretation") or "MONOCHROME2"),
        syntax=syntax,
        places=places,
        seconds=seconds[: len(places)],
        begins=begins(header),
        step_told=told,
        slope=_number(header, "RescaleSlope") or 1.0,
        intercept=_number(header, "RescaleIntercept") or 0.0,
        lookup=_lookup(header),
        window=_window(header),
        intensity=str(header.get("PixelIntensityRelationship") or "").upper(),
        mask_frames=_mask_frames(header),
        angles=_angles(header),
        is_lossy=str(header.get("LossyImageCompression") or "") == "01",
        is_planar=int(header.get("PlanarConfiguration") or 0) == 1,
    )


def _length_of_pixels(file: IO[bytes], syntax: str) -> int:
    """Return how long the pixels say they are; the file stands at their first byte afterwards."""
    is_little = syntax != ExplicitVRBigEndian
    group, element = struct.unpack("<HH" if is_little else ">HH", file.read(4))
    if (group, element) != (0x7FE0, 0x0010):
        raise ValueError("no pixels")
    if not UID(syntax).is_implicit_VR:
        kind = file.read(2)
        if kind not in (b"OB", b"OW", b"UN"):
            raise ValueError("pixels of an unknown kind")
        file.read(2)
    found: int = struct.unpack("<L" if is_little else ">L", file.read(4))[0]
    return found


def _packed(file: IO[bytes], count: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield the pieces of each frame: by the offset table, else one each, else by where code ends.

    PS3.5 A.4: the first item is the table, which may be empty.
    """
    told, pieces = _items(file)
    if count == len(pieces):
        yield from ((piece,) for piece in pieces)
        return
    if count == 1:
        yield tuple(pieces)
        return
    frame: list[tuple[int, int]] = []
    starts = set(told)
    for start, length in pieces:
        is_next = (start in starts) if starts else bool(frame) and _ends(file, frame[-1])
        if frame and is_next:
            yield tuple(frame)
            frame = []
        frame.append((start, length))
    if frame:
        yield tuple(frame)


def _items(file: IO[bytes]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return where frames begin by the table, and where each fragment lies."""
    offsets: list[int] = []
    pieces: list[tuple[int, int]] = []
    first, end = None, _end(file)
    while True:
        head = file.read(8)
        if len(head) < 8:
            break
        group, element, length = struct.unpack("<HHL", head)
        if (group, element) != (0xFFFE, 0xE000):
            break
        at = file.tell()
        if first is None:
            table = file.read(length)
            offsets = [int(each) for each in np.frombuffer(table[: length // 4 * 4], "<u4")]
            first = file.tell()
            continue
        if at + length > end:
            break  # cut off in the middle: what came before is shown
        pieces.append((at, length))
        file.seek(length, 1)
    # The table counts from the first item's own head; a piece begins after it.
    return [(first or 0) + each + 8 for each in offsets], pieces


def _end(file: IO[bytes]) -> int:
    here = file.tell()
    end = file.seek(0, 2)
    file.seek(here)
    return end


def _ends(file: IO[bytes], piece: tuple[int, int]) -> bool:
    file.seek(piece[0] + max(0, piece[1] - 4))
    return END_OF_CODE in file.read(4)


def stored_frame(file: IO[bytes], index: FrameIndex, number: int) -> bytes:
    """Return frame ``number``, from 1, as it lies in the file. Raises ``NoSuchFrame``."""
    if not 1 <= number <= len(index):
        raise NoSuchFrame(f"There is no frame {number}; the file holds {len(index)}, from 1.")
    parts = []
    for start, length in index.places[number - 1]:
        file.seek(start)
        parts.append(file.read(length))
    return parts[0] if len(parts) == 1 else b"".join(parts)


# ---------------------------------------------------------------- what the header says


def _number(header: Dataset, name: str) -> float | None:
    value = header.get(name)
    if value is None or value == "":
        return None
    first = value[0] if isinstance(value, list | tuple) or hasattr(value, "__getitem__") else value
    try:
        return float(first)
    except (TypeError, ValueError):
        return None


def _window(header: Dataset) -> tuple[float, float] | None:
    centre, width = _number(header, "WindowCenter"), _number(header, "WindowWidth")
    return (centre, width) if centre is not None and width is not None and width >= 1 else None


def _lookup(header: Dataset) -> Lookup | None:
    items = header.get("ModalityLUTSequence")
    try:
        if not items or not items[0].LUTData:
            return None
        count, first, bits = (int(each) for each in items[0].LUTDescriptor)
        told = items[0].LUTData
        if isinstance(told, bytes):
            values = np.frombuffer(told, "<u2" if bits > 8 or len(told) >= 2 * count else "u1")
        else:
            values = np.asarray(told)
        values = values[: min(count or LONGEST_TABLE, LONGEST_TABLE)]
        return Lookup(first, tuple(int(each) for each in values)) if len(values) else None
    except (AttributeError, TypeError, ValueError):
        return None


def _mask_frames(header: Dataset) -> tuple[int, ...]:
    items = header.get("MaskSubtractionSequence")
    try:
        told = np.atleast_1d(items[0].MaskFrameNumbers) if items else ()
        return tuple(int(each) for each in told)
    except (AttributeError, TypeError, ValueError):
        return ()


def _angles(header: Dataset) -> tuple[float, float] | None:
    found = _number(header, "PositionerPrimaryAngle"), _number(header, "PositionerSecondaryAngle")
    return None if found[0] is None else (found[0], found[1] or 0.0)
