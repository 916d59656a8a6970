"""Takes packed pixels of one sample apart: for whoever cannot read the syntax they came in."""

from collections.abc import Callable, Mapping
from typing import Any

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

Decoder = Callable[[bytes], Any]
DECODERS: Mapping[UID, Decoder] = {
    **dict.fromkeys((JPEGBaseline8Bit, JPEGExtended12Bit), imagecodecs.jpeg_decode),
    **dict.fromkeys((JPEGLossless, JPEGLosslessSV1), imagecodecs.ljpeg_decode),
    **dict.fromkeys((JPEGLSLossless, JPEGLSNearLossless), imagecodecs.jpegls_decode),
    **dict.fromkeys((JPEG2000, JPEG2000Lossless), imagecodecs.jpeg2k_decode),
    **dict.fromkeys((HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL), imagecodecs.htj2k_decode),
}


class NotUnpacked(Exception):
    """Pixels that cannot be taken apart here; hand on what came."""


def unpack(whole: Dataset) -> None:
    """Change a data set so that its pixels are plain, in Explicit VR Little Endian.

    Raises ``NotUnpacked`` for a syntax without a decoder here, colour, and what is damaged.
    """
    syntax = whole.file_meta.TransferSyntaxUID
    if syntax == RLELossless:
        whole.decompress(generate_instance_uid=False)
        return
    decoder = DECODERS.get(syntax)
    if decoder is None or whole.get("SamplesPerPixel", 1) != 1:
        raise NotUnpacked(f"{syntax.name} with {whole.get('SamplesPerPixel', 1)} samples a point")
    kind = np.dtype(f"<u{whole.BitsAllocated // 8}")
    count = int(whole.get("NumberOfFrames") or 1)
    try:
        frames = [
            np.asarray(decoder(frame)).astype(kind, casting="unsafe").tobytes()
            for frame in generate_frames(whole.PixelData, number_of_frames=count)
        ]
    except Exception as error:  # each codec has faults of its own
        raise NotUnpacked(f"{syntax.name}: {error}") from error
    plain = b"".join(frames)
    if len(plain) != count * whole.Rows * whole.Columns * kind.itemsize:
        raise NotUnpacked(f"{syntax.name}: the pixels are not as many as the header says")
    whole.PixelData = plain + b"\0" * (len(plain) % 2)
    whole["PixelData"].VR = "OW" if kind.itemsize > 1 else "OB"
    whole["PixelData"].is_undefined_length = False
    whole.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
