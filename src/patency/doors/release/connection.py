"""One connection to the release door: HTTP/1.1 in, whole requests to the door, its answers out.

The grammar is llhttp's, the parser of Node.js (by httptools); what is here is what stands around
it: how long a request may be, one answer after the other, and when a connection ends. There is no
coroutine and no task for a request, because a thousand come in one second.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Protocol, cast

import httptools

from patency.doors.release.answers import Said, problem

LONGEST_HEAD = 8192  # as other servers have it; a claim's is 400 bytes
LONGEST_BODY = 2048  # a ticket and a key in a form
MOST_IN_LINE = 8  # requests sent ahead on one connection; the ninth is one too many
IDLE_S = 75.0  # longer than the proxies before the door keep a connection they do not use


class Request:
    """A whole request."""

    __slots__ = ("body", "headers", "is_kept_open", "method", "path")

    def __init__(self) -> None:
        self.method = ""
        self.path = b""
        self.headers: dict[bytes, bytes] = {}
        """By name in small letters; of two of a name, the first."""
        self.body = b""
        self.is_kept_open = True


Reply = Callable[[Said], None]


class AnswersRequests(Protocol):
    """What a connection needs of the door."""

    def now(self) -> datetime: ...

    def ask(self, request: Request, reply: Reply) -> None:
        """Take a request; ``reply`` is called once, now or later."""


class Connection(asyncio.Protocol):
    """Reads requests and writes their answers, in their order."""

    def __init__(self, door: AnswersRequests, all_of_them: "set[Connection]") -> None:
        self._door = door
        self._all = all_of_them
        self._parser = httptools.HttpRequestParser(self)
        self._reading = Request()
        self._read_bytes = 0
        self._line: deque[Request] = deque()
        self._is_ending = False
        self._transport: asyncio.Transport | None = None
        self._used_at = asyncio.get_running_loop().time()

    # ---- what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not one by name
        self._all.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        # Her claim stands all the same; its answer finds nobody.
        self._transport = None
        self._all.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._is_ending:
            return
        self._read_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(400, "not-http", "This is not a request this door can read.")
            return
        if self._read_bytes > LONGEST_HEAD + LONGEST_BODY:
            self._refuse(431, "too-long", f"A request has at most {LONGEST_HEAD} bytes before it.")

    # ---- what the parser calls

    def on_message_begin(self) -> None:
        self._reading = Request()

    def on_url(self, url: bytes) -> None:
        self._reading.path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._reading.headers.setdefault(name.lower(), value)

    def on_body(self, body: bytes) -> None:
        # A body that is longer than any of ours is read no further than to know that.
        if len(self._reading.body) <= LONGEST_BODY:
            self._reading.body += body

    def on_message_complete(self) -> None:
        request = self._reading
        request.method = self._parser.get_method().decode("ascii")
        request.is_kept_open = self._parser.should_keep_alive()
        if len(request.body) > LONGEST_BODY:
            request.body = b""
        self._read_bytes = 0
        self._line.append(request)
        if len(self._line) == 1:
            self._door.ask(request, self._reply)
        elif len(self._line) > MOST_IN_LINE:
            self.end()

    # ---- answering

    def _reply(self, said: Said) -> None:
        request = self._line[0]
        if self._transport is None:
            return
        self._used_at = asyncio.get_running_loop().time()
        self._write(said, closes=not request.is_kept_open, has_body=request.method != "HEAD")
        self._line.popleft()
        if self._line and not self._is_ending:
            # In the next turn of the loop: answers given at once would otherwise nest.
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        if self._transport is not None and not self._is_ending:
            self._door.ask(self._line[0], self._reply)

    def _refuse(self, status: int, kind: str, why: str) -> None:
        """Answer what is no request, unless an answer is still owed, and close."""
        if self._line:
            self.end()
        else:
            self._write(problem(status, kind, why), closes=True, has_body=True)

    def _write(self, said: Said, *, closes: bool, has_body: bool) -> None:
        if self._transport is None:
            return
        status, headers, body = said
        closes = closes or self._is_ending
        length = b"content-length: %d\r\n" % len(body) if status != 204 else b""
        self._transport.write(
            b"%b%b%b%b%b\r\n%b"
            % (
                _status_line(status),
                _date_line(self._door.now()),
                b"".join([b"%b: %b\r\n" % each for each in headers]),
                length,
                b"connection: close\r\n" if closes else b"",
                body if has_body else b"",
            )
        )
        if closes:
            self._is_ending = True
            self._transport.close()

    # ---- ending

    def end(self) -> None:
        """Close now, whatever is owed."""
        self._is_ending = True
        if self._transport is not None:
            self._transport.close()

    def end_when_answered(self) -> None:
        """Close, after the answer that is owed."""
        if self._line:
            self._is_ending = True
        else:
            self.end()

    def end_if_idle(self, now_s: float) -> None:
        """Close when nothing is owed and nothing whole came for a while; half a request is not."""
        if not self._line and now_s - self._used_at > IDLE_S:
            self.end()


_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


def _status_line(status: int) -> bytes:
    return _STATUS_LINES[status]


_dated: tuple[int, bytes] = (0, b"")


def _date_line(now: datetime) -> bytes:
    """Return the Date of an answer; written once a second."""
    global _dated
    second = int(now.timestamp())
    if _dated[0] != second:
        _dated = (second, f"date: {format_datetime(now, usegmt=True)}\r\n".encode())
    return _dated[1]
