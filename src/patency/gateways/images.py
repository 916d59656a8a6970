"""Keeps image files: the bytes as they came, written once under their own digest, never changed.

A file is safe before anyone is told so: its bytes and its place in the folder are forced to the
disk first. The same file twice is kept once.
"""

import errno
import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile, mkstemp
from typing import IO, Protocol
from weakref import WeakValueDictionary

from patency.gateways.arrivals import WHOLE, Arrivals, Arriving, sync

CHUNK = 1 << 20
MOST_BESIDE = 16
"""Our choice: files that are forced to the disk at once."""
A_DAY_S = 24 * 60 * 60
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}
"""What a file system says that knows no second name."""
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


@dataclass(frozen=True, slots=True)
class Placed:
    """One file that is at its place, and what is to be waited for until it is safe there."""

    file: KeptFile
    wait_until_safe: Callable[[], None]
    """Return when it is. Raises ``NotKept``."""


class FolderOfImages:
    """Files below one folder, each at ``ab/cd/<sha256>``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._arrivals = Arrivals(folder / "arriving")
        self._arriving: WeakValueDictionary[str, Arriving] = WeakValueDictionary()
        self._beside = ThreadPoolExecutor(MOST_BESIDE, "to the disk")
        self._safe: set[Path] = set()
        """Folders whose own place in the folder above is on the disk."""

    def arriving(self) -> Arriving:
        """Return a file to be written as it comes, and then kept where it lies.

        Raises ``NotKept``.
        """
        try:
            arriving = self._arrivals.begin()
        except OSError as error:
            raise self._not_kept(error) from error
        self._arriving[arriving.name] = arriving
        return arriving

    def begin(self, now_s: float) -> None:
        """Put in order what an earlier process, or a power cut, left of what was coming."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._find_again()
        self._arrivals.forget_first_names()
        self._arrivals.forget_halves(now_s - A_DAY_S)

    def end(self) -> None:
        """Leave nothing behind that is only for files to come."""
        self._arrivals.end()

    def keep(self, file: IO[bytes]) -> KeptFile:
        """Return the file, safe on the disk. Raises ``NotKept``."""
        placed = self.place(file)
        placed.wait_until_safe()
        return placed.file

    def place(self, file: IO[bytes]) -> "Placed":
        """Return the file at its place, on its way to the disk. Raises ``NotKept``.

        One that came as ``arriving()`` is kept where it lies, any other is copied.
        """
        arriving = self._arriving.get(str(getattr(file, "name", "")))
        try:
            if arriving is not None:
                kept = KeptFile(arriving.digest.hexdigest(), arriving.size)
                return self._begun(kept, self._arrived(arriving, self._way_to(kept.sha256)))
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.folder, prefix="coming-", delete=False) as written:
                try:
                    kept = _copied(file, written)
                    os.chmod(written.name, WHOLE)
                    place = self._way_to(kept.sha256)
                    self._put(Path(written.name), place)
                finally:
                    Path(written.name).unlink(missing_ok=True)
            return self._begun(kept, lambda: self._make_safe(place))
        except OSError as error:
            raise self._not_kept(error) from error

    def _begun(self, kept: KeptFile, make_safe: Callable[[], None]) -> "Placed":
        begun = self._beside.submit(make_safe)

        def wait_until_safe() -> None:
            try:
                begun.result()
            except OSError as error:
                raise self._not_kept(error) from error

        return Placed(kept, wait_until_safe)

    def _arrived(self, arriving: Arriving, place: Path) -> Callable[[], None]:
        """Return what makes a file safe, all of which came."""
        first = arriving.path
        arriving.is_whole()
        if not self._put(first, place):
            first.unlink(missing_ok=True)
            return lambda: self._make_safe(place)

        def make_safe() -> None:
            try:
                arriving.make_safe()
            except OSError:  # asked again, the disk may say that all is well
                place.unlink(missing_ok=True)
                first.unlink(missing_ok=True)
                raise
            self._arrivals.has_its_place(first)

        return make_safe

    def _way_to(self, sha256: str) -> Path:
        place = self._place(sha256)
        for folder in (place.parent.parent, place.parent):
            if not folder.is_dir():
                self._safe.discard(folder)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place

    def _put(self, here: Path, place: Path) -> bool:
        """Return whether a file got its place as a second name; else what is there is as good.

        Never over one that is safe, but over what a power cut left of it.
        """
        try:
            os.link(here, place)
        except FileExistsError:
            if is_whole(self, place.name):
                return False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
        else:
            return True
        sync(here)
        os.rename(here, place)
        return False

    def _make_safe(self, place: Path) -> None:
        """Force a file at its place, and the way to it, to the disk.

        The file is first. A journalling file system then writes its journal once, with the way to
        it, and has little more to do for the folders.
        """
        sync(place)
        new = [each for each in (place.parent, place.parent.parent) if each not in self._safe]
        for folder in dict.fromkeys((place.parent, *(each.parent for each in new))):
            sync(folder)
        self._safe.update(new)

    def _not_kept(self, error: OSError) -> NotKept:
        return NotKept(
            f"The file was not kept: {self.folder} cannot be written ({error.strerror}). "
            "Nothing of it counts as received; make room or mend the folder that "
            "PATENCY_IMAGES names, and hand it over again."
        )

    def open(self, sha256: str) -> IO[bytes]:
        """Return a kept file, to be read. Raises ``FileNotFoundError``."""
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError:
            self._find_again()
            return self._place(sha256).open("rb")

    def _find_again(self) -> None:
        """Give files their place that have only their first name, since a power cut."""
        for first in self._arrivals.with_one_name():
            with suppress(FileNotFoundError), first.open("rb") as file:
                place = self._way_to(_digest_of(file))
                self._put(first, place)
                self._make_safe(place)
                first.unlink(missing_ok=True)

    def forget(self, sha256: str) -> bool:
        """Take a file and its other forms away; return whether it was there. Raises ``OSError``."""
        place = self._place(sha256)
        if not place.exists():
            self._find_again()
        was_there = place.exists()
        if place.parent.is_dir():
            for path in (*place.parent.glob(f"{sha256}.*"), place):
                path.unlink(missing_ok=True)
            sync(place.parent)
        return was_there

    def keep_beside(self, sha256: str, what: str, content: bytes) -> None:
        """Keep another form of a kept file beside it; it can be made again. Raises ``NotKept``."""
        place = self._place(sha256).with_name(f"{sha256}.{what}")
        try:
            with NamedTemporaryFile(dir=place.parent, prefix="coming-", delete=False) as written:
                written.write(content)
            os.rename(written.name, place)
        except OSError as error:
            raise self._not_kept(error) from error

    def open_beside(self, sha256: str, what: str) -> IO[bytes] | None:
        """Return another form of a kept file, or None where nobody made it."""
        try:
            return self._place(sha256).with_name(f"{sha256}.{what}").open("rb")
        except FileNotFoundError:
            return None

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:4] / sha256


class MemoryImages:
    """Keeps files in memory: for tests, and for a demo that writes nothing down."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def arriving(self) -> Arriving:
        """Return a file to be written as it comes."""
        handle, path = mkstemp()
        os.close(handle)
        return Arriving(Path(path))

    def begin(self, now_s: float) -> None:
        """Do nothing: nothing is left of an earlier process."""

    def end(self) -> None:
        """Do nothing: whoever receives a file clears it away."""

    def keep(self, file: IO[bytes]) -> KeptFile:
        """Return the file, kept."""
        return self.place(file).file

    def place(self, file: IO[bytes]) -> Placed:
        """Return the file, kept; memory is as safe as it gets."""
        file.seek(0)
        content = file.read()
        sha256 = hashlib.sha256(content).hexdigest()
        self.files.setdefault(sha256, content)
        return Placed(KeptFile(sha256, len(content)), lambda: None)

    def open(self, sha256: str) -> IO[bytes]:
        """Return a kept file, to be read. Raises ``FileNotFoundError``."""
        if sha256 not in self.files:
            raise FileNotFoundError(sha256)
        return BytesIO(self.files[sha256])

    def forget(self, sha256: str) -> bool:
        """Take a file and its other forms away; return whether it was there."""
        for name in [name for name in self.files if name.startswith(f"{sha256}.")]:
            del self.files[name]
        return self.files.pop(sha256, None) is not None

    def keep_beside(self, sha256: str, what: str, content: bytes) -> None:
        """Keep another form of a kept file beside it."""
        self.files[f"{sha256}.{what}"] = content

    def open_beside(self, sha256: str, what: str) -> IO[bytes] | None:
        """Return another form of a kept file, or None."""
        found = self.files.get(f"{sha256}.{what}")
        return None if found is None else BytesIO(found)


class Kept(Protocol):
    """Where a kept file is opened again."""

    def open(self, sha256: str) -> IO[bytes]: ...


def _digest_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def is_whole(images: Kept, sha256: str) -> bool:
    """Return whether a kept file is there with every byte it came with."""
    try:
        with images.open(sha256) as file:
            return _digest_of(file) == sha256
    except OSError:
        return False


class NotUnpacked(Exception):
    """A packed CD could not be taken apart; the text says why, and what to do."""


def files_in(file: IO[bytes], name: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield each file that was handed over: those of a packed CD, or the one file itself.

    Raises ``NotUnpacked`` for a pack that is damaged, locked or too large; then hand over the
    files themselves.
    """
    file.seek(0)
    is_dicom = file.read(132)[128:] == b"DICM"  # kept as it is, whatever hangs on its end
    if is_dicom or not zipfile.is_zipfile(file):
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


def _copied(file: IO[bytes], copy: IO[bytes]) -> KeptFile:
    """Return what a file is, written down as another one."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        copy.write(chunk)
        size += len(chunk)
    copy.flush()
    return KeptFile(digest.hexdigest(), size)
