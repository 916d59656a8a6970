"""A connection to the release door: what is read as a request, and when the connection ends."""

import asyncio

import pytest

from patency.doors.release.answers import document
from patency.doors.release.connection import (
    IDLE_S,
    LONGEST_BODY,
    LONGEST_HEAD,
    MOST_IN_LINE,
    Connection,
)
from tests.doors.test_release_door import SEVEN

GET = b"GET /clock HTTP/1.1\r\nHost: x\r\n\r\n"


class Line(asyncio.Transport):
    """A transport that keeps what was written."""

    def __init__(self):
        super().__init__()
        self.written = b""
        self.is_closed = False

    def write(self, data):
        assert not self.is_closed
        self.written += data

    def close(self):
        self.is_closed = True


class Spoken:
    """A door that keeps what it was asked, and answers when told to."""

    def __init__(self):
        self.asked = []

    def now(self):
        return SEVEN

    def ask(self, request, reply):
        self.asked.append((request, reply))


class Talk:
    """What came of some bytes on a new connection."""

    def __init__(self, *pieces, answers=True):
        self.door, self.line, self.all = Spoken(), Line(), set()
        asyncio.run(self._go(pieces, answers))

    async def _go(self, pieces, answers):
        self.connection = Connection(self.door, self.all)
        self.connection.connection_made(self.line)
        for piece in pieces:
            self.connection.data_received(piece)
        done = 0
        while answers and done < len(self.door.asked):
            request, reply = self.door.asked[done]
            reply(document({"n": done, "path": request.path.decode()}))
            done += 1
            await asyncio.sleep(0)
        self.later = asyncio.get_running_loop().time() + IDLE_S + 1

    @property
    def paths(self):
        return [request.path for request, _ in self.door.asked]


def test_a_request_is_read_whole_in_whatever_pieces_it_comes():
    whole = b"POST /a HTTP/1.1\r\nHost: x\r\nKEY: 1\r\nKey: 2\r\nContent-Length: 3\r\n\r\nabc"

    talk = Talk(*(whole[n : n + 1] for n in range(len(whole))))

    ((request, _),) = talk.door.asked
    assert (request.method, request.path, request.body) == ("POST", b"/a", b"abc")
    assert request.headers[b"key"] == b"1"
    assert talk.line.written.startswith(
        b"HTTP/1.1 200 OK\r\ndate: Sun, 21 Sep 2025 23:00:00 GMT\r\n"
    )
    assert not talk.line.is_closed


def test_requests_sent_ahead_are_answered_one_after_the_other():
    talk = Talk(GET.replace(b"clock", b"one") + GET.replace(b"clock", b"two"))

    assert talk.paths == [b"/one", b"/two"]
    assert talk.line.written.index(b'"n": 0') < talk.line.written.index(b'"n": 1')


def test_who_sends_more_ahead_than_anyone_needs_is_left():
    talk = Talk(GET * (MOST_IN_LINE + 1), answers=False)

    assert talk.line.is_closed
    assert talk.line.written == b""


def test_who_asks_for_the_end_of_the_connection_is_given_it():
    talk = Talk(b"GET /clock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert b"connection: close" in talk.line.written
    assert talk.line.is_closed


def test_a_head_is_asked_without_a_body():
    talk = Talk(GET.replace(b"GET", b"HEAD"))

    assert talk.line.written.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * (LONGEST_HEAD + LONGEST_BODY), b"431"),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_ends(sent, status):
    talk = Talk(sent)

    assert talk.door.asked == []
    assert talk.line.written.startswith(b"HTTP/1.1 " + status)
    assert talk.line.is_closed


def test_a_body_longer_than_any_of_ours_counts_as_none():
    talk = Talk(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\n\r\n" + b"x" * 3000)

    assert [request.body for request, _ in talk.door.asked] == [b""]


def test_an_answer_for_who_hung_up_goes_nowhere():
    talk = Talk(GET, answers=False)
    ((_, reply),) = talk.door.asked

    talk.connection.connection_lost(None)
    reply(document({}))

    assert talk.line.written == b""
    assert talk.all == set()


def test_who_waits_for_an_answer_is_not_idle_and_who_only_begins_a_request_is():
    waits, begins = Talk(GET, answers=False), Talk(GET[:10])

    for talk in (waits, begins):
        talk.connection.end_if_idle(talk.later)

    assert (waits.line.is_closed, begins.line.is_closed) == (False, True)


def test_when_the_door_closes_the_answer_that_is_owed_is_still_given():
    async def close_then_answer():
        door, line = Spoken(), Line()
        connection = Connection(door, set())
        connection.connection_made(line)
        connection.data_received(GET)
        connection.end_when_answered()
        assert not line.is_closed
        door.asked[0][1](document({}))
        return line

    line = asyncio.run(close_then_answer())

    assert b"connection: close" in line.written
    assert line.is_closed
