"""Image files: bytes kept as they came under their own digest, headers read as they are."""

import hashlib
import io
import logging
import os
import zipfile
from pathlib import Path

import pytest

from patency.core.matching import Told
from patency.gateways.dicomfile import small_file, told_by
from patency.gateways.images import (
    FolderOfImages,
    MemoryImages,
    NotKept,
    NotUnpacked,
    Placed,
    files_in,
)

TOLD = Told(
    number="PT-7K3M-QX4D",
    name="王^秀英",
    birth_date="19930517",
    accession="ABC123",
    study_uid="2.25.1",
    image_uid="2.25.2",
)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FolderOfImages | MemoryImages:
    return FolderOfImages(tmp_path / "images") if request.param == "folder" else MemoryImages()


def test_a_file_is_kept_byte_for_byte_under_its_digest(
    store: FolderOfImages | MemoryImages,
) -> None:
    content = bytes(range(256)) * 10_000

    kept = store.keep(io.BytesIO(content))

    assert (kept.sha256, kept.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert store.open(kept.sha256).read() == content


def test_the_same_file_twice_is_one_file(store: FolderOfImages | MemoryImages) -> None:
    first, second = store.keep(io.BytesIO(b"x")), store.keep(io.BytesIO(b"x"))

    assert first == second


def test_a_file_that_is_not_there_is_not_found(store: FolderOfImages | MemoryImages) -> None:
    with pytest.raises(FileNotFoundError):
        store.open("0" * 64)


def test_a_kept_file_cannot_be_written_over_and_nothing_half_written_stays(tmp_path: Path) -> None:
    folder = FolderOfImages(tmp_path)

    kept = folder.keep(io.BytesIO(b"x" * 100))

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [kept.sha256]
    assert files[0].stat().st_mode & 0o777 == 0o400


def test_a_folder_that_cannot_be_written_is_told_and_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file where the folder should be")

    with pytest.raises(NotKept, match="PATENCY_IMAGES"):
        FolderOfImages(tmp_path / "images").keep(io.BytesIO(b"x"))


def test_a_broken_transfer_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "the line broke")

    with pytest.raises(NotKept, match="the line broke"):
        FolderOfImages(tmp_path).keep(Broken())
    assert list(tmp_path.iterdir()) == []


# ---- packs


def packed(**files: bytes) -> io.BytesIO:
    pack = io.BytesIO()
    with zipfile.ZipFile(pack, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return pack


def test_a_pack_gives_each_of_its_files_and_anything_else_itself() -> None:
    taken = [(name, file.read()) for name, file in files_in(packed(a=b"1", b=b"22"), "cd.zip")]
    alone = [(name, file.read()) for name, file in files_in(io.BytesIO(b"333"), "one.dcm")]

    assert taken == [("a", b"1"), ("b", b"22")]
    assert alone == [("one.dcm", b"333")]


def test_a_damaged_pack_is_told_and_how_to_go_on() -> None:
    pack = bytearray(packed(a=b"1" * 1000).getvalue())
    pack[30:60] = b"\0" * 30

    with pytest.raises(NotUnpacked, match="hand over the files themselves"):
        list(files_in(io.BytesIO(bytes(pack)), "cd.zip"))


# ---- headers


def test_a_header_is_read_as_it_stands_also_in_chinese() -> None:
    assert told_by(io.BytesIO(small_file(TOLD))) == TOLD


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 200])
def test_what_is_no_dicom_file_tells_nothing(content: bytes) -> None:
    assert told_by(io.BytesIO(content)) is None


def test_a_file_cut_short_still_tells_what_came_before() -> None:
    whole = small_file(TOLD)

    told = told_by(io.BytesIO(whole[: whole.index(b"PT-7K3M-QX4D") + 12]))

    assert told is None or told.number in ("PT-7K3M-QX4D", "")


def test_an_odd_value_is_kept_as_it_is_and_quoted_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = Told(number="N" * 64, name="^", birth_date="1993", accession="", study_uid="2.25.9")

    with caplog.at_level(logging.DEBUG):
        told = told_by(io.BytesIO(small_file(odd)))

    assert told is not None
    assert (told.number, told.birth_date) == ("N" * 64, "1993")
    assert "1993" not in caplog.text


# ---- what comes over a line, and power cuts


def arrived(store: FolderOfImages, content: bytes) -> Placed:
    """Let a file come in two parts, as over a line, and give it its place."""
    arriving = store.arriving()
    arriving.write(content[:3])
    arriving.write(content[3:])
    with arriving.path.open("rb") as file:
        return store.place(file)


def first_names(folder: Path) -> list[Path]:
    return [path for path in (folder / "arriving").iterdir() if path.stat().st_size]


def test_a_file_that_came_is_kept_where_it_lies(tmp_path: Path) -> None:
    store = FolderOfImages(tmp_path)

    placed = arrived(store, b"an image")
    placed.wait_until_safe()
    store.end()

    assert placed.file.sha256 == hashlib.sha256(b"an image").hexdigest()
    assert store.open(placed.file.sha256).read() == b"an image"
    assert list((tmp_path / "arriving").iterdir()) == []


def test_bytes_are_forced_under_a_name_that_was_forced_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (forced.append(os.fstat(handle).st_ino), fsync(handle))
    )
    store = FolderOfImages(tmp_path)

    arrived(store, b"an image").wait_until_safe()

    (first,) = first_names(tmp_path)
    folder, file = (tmp_path / "arriving").stat().st_ino, first.stat().st_ino
    assert forced.index(folder) < forced.index(file)
    assert forced[-1] == file


def test_a_place_that_a_power_cut_took_is_found_again(tmp_path: Path) -> None:
    before = FolderOfImages(tmp_path)
    placed = arrived(before, b"an image")
    placed.wait_until_safe()
    (place,) = (path for path in tmp_path.rglob(placed.file.sha256))
    place.unlink()
    place.parent.rmdir()

    assert FolderOfImages(tmp_path).open(placed.file.sha256).read() == b"an image"
    assert place.exists()
    assert first_names(tmp_path) == []


def test_a_door_that_opens_puts_in_order_what_an_earlier_one_left(tmp_path: Path) -> None:
    killed = FolderOfImages(tmp_path)
    placed = arrived(killed, b"an image")
    placed.wait_until_safe()
    half = killed.arriving()
    half.write(b"half of")
    os.utime(half.path, (0, 0))

    FolderOfImages(tmp_path).begin(now_s=10 * 24 * 60 * 60)

    assert first_names(tmp_path) == []
    assert FolderOfImages(tmp_path).open(placed.file.sha256).read() == b"an image"


def test_what_a_power_cut_left_of_a_file_is_replaced_when_it_comes_again(tmp_path: Path) -> None:
    store = FolderOfImages(tmp_path)
    kept = store.keep(io.BytesIO(b"x"))
    place = tmp_path / kept.sha256[:2] / kept.sha256[2:4] / kept.sha256
    for again in (lambda: store.keep(io.BytesIO(b"x")), lambda: arrived(store, b"x")):
        place.chmod(0o600)
        place.write_bytes(b"")

        again()

        assert place.read_bytes() == b"x"


def test_a_disk_that_fails_is_told_and_nothing_is_taken_for_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderOfImages(tmp_path)
    arriving = store.arriving()
    arriving.write(b"an image")

    def fails(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with arriving.path.open("rb") as file, pytest.raises(NotKept):
        store.place(file).wait_until_safe()

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_is_forgotten_is_gone_with_all_that_lay_beside_it(tmp_path: Path) -> None:
    store = FolderOfImages(tmp_path)
    kept = store.keep(io.BytesIO(b"her name stands in here"))
    store.keep_beside(kept.sha256, "frames", b"and here")
    other = store.keep(io.BytesIO(b"another"))

    assert store.forget(kept.sha256)
    assert not store.forget(kept.sha256)
    with pytest.raises(FileNotFoundError):
        store.open(kept.sha256)
    assert store.open_beside(kept.sha256, "frames") is None
    assert not [path for path in tmp_path.rglob("*") if kept.sha256 in path.name]
    assert store.open(other.sha256).read() == b"another"
