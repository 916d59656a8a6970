"""Keeps image files: the bytes as they came, written once under their own digest, never changed.

A file is safe before anyone is told so: its bytes and its place in the folder are forced to the
disk first. The same file twice is kept once.
"""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

CHUNK = 1 << 20
MOST_FILES = 5_000
"""Of one CD: far more than an examination has, and few enough to look through."""
MOST_BYTES = 8 << 30


class NotKept(Exception):
    """A file could not be kept; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file that is safe."""

    sha256: str
    size: int


class FolderOfImages:
    """Files below one folder, each at ``ab/cd/<sha256>``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, file: IO[bytes]) -> KeptFile:
        """Return the file, safe on the disk. Raises ``NotKept``."""
        file.seek(0)
        digest, size = hashlib.sha256(), 0
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.folder, prefix="coming-", delete=False) as written:
                try:
                    while chunk := file.read(CHUNK):
                        digest.update(chunk)
                        written.write(chunk)
                        size += len(chunk)
                    written.flush()
                    os.fsync(written.fileno())
                    place = self._place(digest.hexdigest())
                    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    if place.exists():
                        os.unlink(written.name)
                    else:
                        os.chmod(written.name, 0o400)
                        os.rename(written.name, place)
                except BaseException:
                    with suppress(FileNotFoundError):
                        os.unlink(written.name)
                    raise
            for folder in (place.parent, place.parent.parent, self.folder):
                _sync(folder)
        except OSError as error:
            raise NotKept(
                f"The file was not kept: {self.folder} cannot be written ({error.strerror}). "
                "Nothing of it counts as received; make room or mend the folder that "
                "PATENCY_IMAGES names, and hand it over again."
            ) from error
        return KeptFile(digest.hexdigest(), size)

    def open(self, sha256: str) -> IO[bytes]:
        """Return a kept file, to be read. Raises ``FileNotFoundError``."""
        return self._place(sha256).open("rb")

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:4] / sha256


class MemoryImages:
    """Keeps files in memory: for tests, and for a demo that writes nothing down."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def keep(self, file: IO[bytes]) -> KeptFile:
        """Return the file, kept."""
        file.seek(0)
        content = file.read()
        sha256 = hashlib.sha256(content).hexdigest()
        self.files.setdefault(sha256, content)
        return KeptFile(sha256, len(content))

    def open(self, sha256: str) -> IO[bytes]:
        """Return a kept file, to be read. Raises ``FileNotFoundError``."""
        if sha256 not in self.files:
            raise FileNotFoundError(sha256)
        return BytesIO(self.files[sha256])


class NotUnpacked(Exception):
    """A packed CD could not be taken apart; the text says why, and what to do."""


def files_in(file: IO[bytes], name: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield each file that was handed over: those of a packed CD, or the one file itself.

    Raises ``NotUnpacked`` for a pack that is damaged, locked or too large; then hand over the
    files themselves.
    """
    file.seek(0)
    if not zipfile.is_zipfile(file):
        file.seek(0)
        yield name, file
        return
    with _pack(file, name) as pack:
        entries = [each for each in pack.infolist() if not each.is_dir()]
        if len(entries) > MOST_FILES or sum(each.file_size for each in entries) > MOST_BYTES:
            raise NotUnpacked(
                f"{len(entries)} files are too many or too large for one pack; at most "
                f"{MOST_FILES} files and 8 GB. Hand it over in parts."
            )
        for entry in entries:
            with _unpacked(pack, entry) as one:
                yield Path(entry.filename).name, one


@contextmanager
def _pack(file: IO[bytes], name: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as pack:
            yield pack
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise NotUnpacked(
            "The pack is damaged or locked with a password. Unpack it on this computer and hand "
            "over the files themselves."
        ) from error


@contextmanager
def _unpacked(pack: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    from tempfile import SpooledTemporaryFile

    with SpooledTemporaryFile(max_size=CHUNK * 8) as room, pack.open(entry) as packed:
        left = entry.file_size
        while chunk := packed.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise NotUnpacked(
                    "The pack holds more than it says. Hand over the files themselves."
                )
            room.write(chunk)
        room.seek(0)
        yield room


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
