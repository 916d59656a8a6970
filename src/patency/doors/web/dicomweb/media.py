"""Which form of something a client accepts, and parts sent one after the other (RFC 2387)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol
from uuid import uuid4

CHUNK = 1 << 18
IN_MEMORY = 1 << 22
LONGEST_HEAD = 16_384
MOST_PARTS = 5_000


class Reads(Protocol):
    """A body that comes piece by piece: a request is one."""

    def read(self, size: int, /) -> bytes: ...


class NotMultipart(ValueError):
    """What was sent is not what it says it is; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One form a client accepts: for related parts the type of a part."""

    kind: str
    is_multipart: bool = False
    syntax: str = ""
    quality: float = 1.0
    said: dict[str, str] = field(default_factory=dict, compare=False)


def accepted(header: str) -> list[Accepted]:
    """Return what an Accept header accepts, what is wanted most first."""
    found = []
    for each in _split(header, ","):
        kind, *told = _split(each, ";")
        said = dict(_pairs(told))
        is_multipart = kind.strip().lower() == "multipart/related"
        try:
            quality = float(said.get("q", "1"))
        except ValueError:
            quality = 0.0
        of_part = said.get("type", "*/*") if is_multipart else kind
        found.append(
            Accepted(
                of_part.strip().lower(),
                is_multipart,
                said.get("transfer-syntax", ""),
                quality,
                said,
            )
        )
    found = [each for each in found if each.quality > 0] or [Accepted("*/*")]
    return sorted(found, key=lambda each: -each.quality)


def _pairs(told: Iterable[str]) -> Iterator[tuple[str, str]]:
    for each in told:
        name, _, value = each.partition("=")
        yield name.strip().lower(), value.strip().strip('"')


def _split(text: str, at: str) -> list[str]:
    """Return the parts of a header; a separator within quotes separates nothing."""
    parts, quoted, begin = [], False, 0
    for place, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == at and not quoted:
            parts.append(text[begin:place])
            begin = place + 1
    parts.append(text[begin:])
    return [each.strip() for each in parts if each.strip()]


# ---------------------------------------------------------------- what we send


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an answer."""

    kind: str
    body: bytes
    location: str = ""

    def head(self) -> bytes:
        """Return the lines before the body."""
        lines = [f"Content-Type: {self.kind}", f"Content-Length: {len(self.body)}"]
        if self.location:
            lines.append(f"Content-Location: {self.location}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def new_boundary() -> str:
    """Return a line that stands between parts and in none of them."""
    return f"part-{uuid4().hex}"


def related(parts: Iterable[Part], boundary: str) -> Iterator[bytes]:
    """Yield an answer of several parts, each as soon as it is there."""
    for number, part in enumerate(parts):
        before = "\r\n" if number else ""
        yield f"{before}--{boundary}\r\n".encode() + part.head()
        yield part.body
    yield f"\r\n--{boundary}--\r\n".encode()


# ---------------------------------------------------------------- what comes


def parts_of(stream: Reads, content_type: str) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield each part that was sent, its type and its content. Raises ``NotMultipart``.

    A part is on the disk once it is large; the next one is read when this one was looked at.
    """
    kind, *told = _split(content_type, ";")
    boundary = dict(_pairs(told)).get("boundary", "")
    if kind.strip().lower() != "multipart/related" or not 0 < len(boundary) <= 70:
        raise NotMultipart(
            'Send Content-Type: multipart/related; type="application/dicom"; boundary=... '
            f"(PS3.18 10.5); it was {kind.strip()[:80] or 'empty'}."
        )
    reader = _Reader(stream)
    mark = b"--" + boundary.encode()
    reader.skip_past(mark)
    for _number in range(MOST_PARTS):
        after = reader.line()
        if after.startswith(b"--"):
            return
        head = dict(_pairs_of_head(reader))
        with SpooledTemporaryFile(max_size=IN_MEMORY) as room:
            if not reader.copy_until(b"\r\n" + mark, room):
                raise NotMultipart(
                    "What was sent ends in the middle of a part; that part was not kept. Send it "
                    "again."
                )
            room.seek(0)
            yield head.get("content-type", ""), room
    raise NotMultipart(f"More than {MOST_PARTS} parts were sent at once. Send them in several.")


def _pairs_of_head(reader: "_Reader") -> Iterator[tuple[str, str]]:
    length = 0
    while line := reader.line():
        length += len(line)
        if length > LONGEST_HEAD:
            raise NotMultipart("The head of a part is longer than any is.")
        name, _, value = line.decode("latin-1").partition(":")
        yield name.strip().lower(), value.strip()


class _Reader:
    """Reads on until something is found, however the bytes come."""

    def __init__(self, stream: Reads) -> None:
        self.stream, self.held = stream, b""

    def _more(self) -> bool:
        read = self.stream.read(CHUNK)
        self.held += read
        return bool(read)

    def skip_past(self, what: bytes) -> None:
        while what not in self.held:
            self.held = self.held[-len(what) :] if len(self.held) > LONGEST_HEAD else self.held
            if not self._more():
                raise NotMultipart("The boundary that was named stands nowhere in what was sent.")
        self.held = self.held.partition(what)[2]

    def line(self) -> bytes:
        while b"\r\n" not in self.held:
            if self.held.startswith(b"--") or len(self.held) > LONGEST_HEAD or not self._more():
                line, self.held = self.held, b""
                return line
        line, _, self.held = self.held.partition(b"\r\n")
        return line

    def copy_until(self, what: bytes, room: Any) -> bool:
        while (at := self.held.find(what)) < 0:
            keep = len(what) - 1
            room.write(self.held[:-keep] if len(self.held) > keep else b"")
            self.held = self.held[-keep:]
            if not self._more():
                return False
        room.write(self.held[:at])
        self.held = self.held[at + len(what) :]
        return True
