"""Where frames lie, and that every way of handing one out gives the same pixels."""

import io
import struct
from typing import IO

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from patency.core.matching import Told
from patency.gateways import framepixels
from patency.gateways.dicomfile import small_file
from patency.gateways.filmfile import HTJ2K, JLS, PLAIN, SV1, a_fading_film, run_file
from patency.gateways.frames import (
    FrameIndex,
    NoFrames,
    NoSuchFrame,
    index_in,
    index_of,
    stored_frame,
)
from patency.gateways.images import FolderOfImages, MemoryImages

TOLD = Told("PT12345678", "EXAMPLE^ANN", "19930517", "ACC1")
FILM = a_fading_film(5, 48, 64)


def opened(content: bytes) -> tuple[IO[bytes], FrameIndex]:
    file = io.BytesIO(content)
    return file, index_of(file)


def written_again(content: bytes, syntax: str, **pixels: object) -> bytes:
    whole = dcmread(io.BytesIO(content))
    if syntax == RLELossless:
        whole.compress(RLELossless, generate_instance_uid=False)
    for name, value in pixels.items():
        setattr(whole, name, value)
    made = io.BytesIO()
    if syntax in (ImplicitVRLittleEndian, ExplicitVRBigEndian):
        is_implicit = syntax == ImplicitVRLittleEndian
        if not is_implicit:
            whole.PixelData = np.frombuffer(whole.PixelData, "<u2").astype(">u2").tobytes()
        whole.file_meta.TransferSyntaxUID = syntax
        dcmwrite(made, whole, implicit_vr=is_implicit, little_endian=is_implicit)
    else:
        whole.save_as(made)
    return made.getvalue()


@pytest.mark.parametrize("syntax", [PLAIN, SV1, JLS, HTJ2K])
def test_each_frame_of_a_run_is_the_one_that_was_written(syntax: str) -> None:
    file, index = opened(run_file(TOLD, FILM, syntax=syntax))

    found = [framepixels.pixels_of(file, index, each + 1) for each in range(5)]

    assert len(index) == 5
    assert (np.stack(found) == FILM).all()
    plain = framepixels.plain_frame(file, index, 3)
    assert (np.frombuffer(plain, "<u2").reshape(48, 64) == FILM[2]).all()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless])
def test_older_ways_of_writing_are_read_too(syntax: str) -> None:
    file, index = opened(written_again(run_file(TOLD, FILM), syntax))

    assert (framepixels.pixels_of(file, index, 5) == FILM[4]).all()
    assert framepixels.plain_frame(file, index, 5) == FILM[4].tobytes()


def pieces_of(syntax: str, count: int) -> tuple[bytes, list[bytes]]:
    whole = dcmread(io.BytesIO(run_file(TOLD, FILM, syntax=syntax)))
    from pydicom.encaps import generate_frames

    return run_file(TOLD, FILM, syntax=syntax), list(
        generate_frames(whole.PixelData, number_of_frames=count)
    )


@pytest.mark.parametrize("has_table", [True, False])
def test_a_frame_in_several_fragments_is_put_together(has_table: bool) -> None:
    content, frames = pieces_of(JLS, 5)
    packed = encapsulate(frames, fragments_per_frame=3, has_bot=has_table)

    file, index = opened(written_again(content, JLS, PixelData=packed))

    assert [len(each) for each in index.places] == [3] * 5
    assert (framepixels.pixels_of(file, index, 4) == FILM[3]).all()


def test_an_extended_table_of_offsets_changes_nothing() -> None:
    content, frames = pieces_of(JLS, 5)
    data, offsets, lengths = encapsulate_extended(frames)

    file, index = opened(
        written_again(
            content,
            JLS,
            PixelData=data,
            ExtendedOffsetTable=offsets,
            ExtendedOffsetTableLengths=lengths,
        )
    )

    assert (framepixels.pixels_of(file, index, 2) == FILM[1]).all()


def test_packed_frames_kept_beside_are_the_same_as_those_made_on_demand() -> None:
    file, index = opened(run_file(TOLD, FILM))
    beside = framepixels.all_packed(file, index)

    for number in range(1, 6):
        made = framepixels.packed_frame(file, index, number)
        assert framepixels.packed_from(io.BytesIO(beside), number) == made
    with pytest.raises(NoSuchFrame):
        framepixels.packed_from(io.BytesIO(beside), 6)


def test_a_frame_before_the_first_and_after_the_last_is_not_there() -> None:
    file, index = opened(run_file(TOLD, FILM))

    for number in (0, 6):
        with pytest.raises(NoSuchFrame, match="holds 5, from 1"):
            stored_frame(file, index, number)


def test_of_a_file_that_was_cut_off_the_whole_frames_are_shown() -> None:
    for syntax in (PLAIN, JLS):
        content = run_file(TOLD, FILM, syntax=syntax)

        file, index = opened(content[: int(len(content) * 0.7)])

        assert 1 <= len(index) < 5
        assert (framepixels.pixels_of(file, index, 1) == FILM[0]).all()


def test_what_holds_no_picture_says_why() -> None:
    for content in (small_file(TOLD), b"no image", small_file(TOLD, Rows=4, Columns=4)):
        with pytest.raises(NoFrames):
            index_of(io.BytesIO(content))
    content = run_file(TOLD, FILM)
    with pytest.raises(NoFrames):
        index_of(io.BytesIO(content[:400]))


def test_a_damaged_frame_says_so_and_the_others_are_shown() -> None:
    content = bytearray(run_file(TOLD, FILM, syntax=JLS))
    _file, index = opened(bytes(content))
    start, length = index.places[1][0]
    content[start : start + length] = bytes(length)

    file, index = opened(bytes(content))

    with pytest.raises(NoFrames, match="Frame 2 is damaged"):
        framepixels.pixels_of(file, index, 2)
    assert (framepixels.pixels_of(file, index, 3) == FILM[2]).all()


def test_times_of_frames_come_from_a_vector_or_from_the_time_between_two() -> None:
    _file, steady = opened(run_file(TOLD, FILM, frame_ms=250))
    _file, uneven = opened(run_file(TOLD, FILM, frame_ms=[0, 100, 100, 400, 400]))

    assert steady.seconds == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert uneven.seconds == (0.0, 0.1, 0.2, 0.6, 1.0)
    assert steady.begins is not None and steady.begins.hour == 9


def test_the_index_of_a_kept_file_is_read_once(tmp_path) -> None:
    for store in (FolderOfImages(tmp_path / "images"), MemoryImages()):
        kept = store.keep(io.BytesIO(run_file(TOLD, FILM)))

        first = index_in(store, kept.sha256)

        assert index_in(store, kept.sha256) is first
        assert store.open_beside(kept.sha256, "htj2k") is None
        store.keep_beside(kept.sha256, "htj2k", b"packed")
        beside = store.open_beside(kept.sha256, "htj2k")
        assert beside is not None
        with beside:
            assert beside.read() == b"packed"


def shown(**changes: object) -> np.ndarray:
    import imagecodecs

    window = changes.pop("window", None)
    film = np.tile(np.arange(0, 4096, 64, dtype=np.uint16), (1, 48, 1))
    file, index = opened(run_file(TOLD, film, **changes))  # type: ignore[arg-type]
    made = framepixels.rendered(file, index, 1, window=window, as_png=True)  # type: ignore[arg-type]
    return np.asarray(imagecodecs.png_decode(made))[0]


def test_a_picture_follows_the_window_and_the_kind_of_picture() -> None:
    plain = shown(WindowCenter=2048, WindowWidth=4096)
    turned = shown(WindowCenter=2048, WindowWidth=4096, PhotometricInterpretation="MONOCHROME1")
    narrow = shown(window=(1000.0, 100.0))

    assert (np.diff(plain.astype(int)) >= 0).all() and plain[0] == 0 and plain[-1] > 250
    assert (turned == 255 - plain).all()
    assert narrow[14] == 0 and narrow[18] == 255


def test_a_modality_lut_is_gone_through_first() -> None:
    from pydicom.dataset import Dataset

    table = Dataset()
    table.LUTDescriptor, table.ModalityLUTType = [4096, 0, 16], "US"
    table.add_new(0x00283006, "OW", struct.pack("<4096H", *range(4095, -1, -1)))

    turned = shown(WindowCenter=2048, WindowWidth=4096, ModalityLUTSequence=[table])

    assert (np.diff(turned.astype(int)) <= 0).all() and turned[0] == 255


def test_a_picture_fits_where_it_is_to_go_and_is_never_made_larger() -> None:
    import imagecodecs

    file, index = opened(run_file(TOLD, FILM))

    small = framepixels.rendered(file, index, 1, size=(32, 500))
    same = framepixels.rendered(file, index, 1, size=(5000, 5000))

    assert imagecodecs.jpeg8_decode(small).shape == (24, 32)
    assert imagecodecs.jpeg8_decode(same).shape == (48, 64)
