"""Where files lie that are coming over a line, so that one round of the disk makes each safe.

A name in a folder is forced to the disk on its own, and that takes as long as the bytes do. So the
names are made before the files come, many at once. A file is written under such a name and forced
to the disk there; its second name, the place of its digest, is not waited for. Its first name goes
only when the whole disk was asked to write what it holds, so a power cut leaves at least one.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from threading import Lock, Thread

MOST_READY = 64
"""Our choice: names made at once by a door that is busy; the first time it is one."""
WHOLE, COMING = 0o400, 0o600
"""By its mode a file says whether all of it has come."""


class Arriving:
    """One file that is coming, with the digest of what has come so far."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)
        self.digest, self.size = hashlib.sha256(), 0
        self._handle = os.open(path, os.O_WRONLY)

    @property
    def file(self) -> "Arriving":
        """It itself: a file of the standard library has another one within."""
        return self

    def write(self, part: bytes | memoryview) -> int:
        """Write a part down."""
        self.digest.update(part)
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(self._handle, rest) :]
        self.size += len(part)
        return len(part)

    def flush(self) -> None:
        """Do nothing: every part is written at once."""

    def is_whole(self) -> None:
        """Say that all of it has come. Whoever received it has nothing to clear away any more."""
        os.fchmod(self._handle, WHOLE)
        self.name = ""

    def make_safe(self) -> None:
        """Force it to the disk; its name is there."""
        os.fsync(self._handle)

    def close(self) -> None:
        """Let go of it."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        self.close()


class Arrivals:
    """The folder in which files come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ready: list[Path] = []
        self._count = 1
        self._twice: list[Path] = []
        """First names of files that have their place, which is not on the disk yet."""
        self._alone = Lock()

    def begin(self) -> Arriving:
        """Return a file to be written. Raises ``OSError``."""
        with self._alone:
            if not self._ready:
                self._make_ready()
            path = self._ready.pop()
        return Arriving(path)

    def _make_ready(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for _ in range(self._count):
            path = self.folder / secrets.token_hex(8)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, COMING))
            self._ready.append(path)
        for folder in (self.folder, self.folder.parent, self.folder.parent.parent):
            sync(folder)
        self._count = min(MOST_READY, self._count * 2)

    def has_its_place(self, first: Path) -> None:
        """Take the first name of a file away, once the second is on the disk as well."""
        with self._alone:
            self._twice.append(first)
            if len(self._twice) < MOST_READY:
                return
            firsts, self._twice = self._twice, []
        Thread(target=forget_names, args=[firsts], name="forgetting first names").start()

    def end(self) -> None:
        """Leave nothing behind but what is coming in this moment."""
        with self._alone:
            firsts, self._twice = self._twice, []
            ready, self._ready = self._ready, []
        for path in ready:
            path.unlink(missing_ok=True)
        if firsts:
            forget_names(firsts)

    def with_one_name(self) -> Iterator[Path]:
        """Yield files all of which came, and whose place a power cut took from them."""
        for path in self._all():
            said = path.stat()
            if said.st_mode & 0o777 == WHOLE and said.st_nlink == 1:
                yield path

    def forget_first_names(self) -> None:
        """Take away the first names that an earlier process left of files that have their place."""
        files = [path for path in self._all() if path.stat().st_nlink > 1]
        if files:
            forget_names(files)

    def forget_halves(self, before_s: float) -> None:
        """Take away what was left in the middle, and untouched since then."""
        for path in self._all():
            said = path.stat()
            if said.st_mode & 0o777 != WHOLE and said.st_mtime < before_s:
                path.unlink(missing_ok=True)

    def _all(self) -> list[Path]:
        return sorted(self.folder.iterdir()) if self.folder.is_dir() else []


def forget_names(firsts: list[Path]) -> None:
    """Take first names away after the whole disk was written: also the folders of the second."""
    os.sync()
    for first in firsts:
        first.unlink(missing_ok=True)


def sync(place: Path) -> None:
    """Force a file or a folder to the disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
