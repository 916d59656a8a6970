"""Answers that are encoded once and sent as they are: whole P-DATA-TF units (PS3.8 9.3.5).

The library encodes, logs and queues each pending answer; that takes a millisecond. What changes
from one query to the next is the number of the message, and it stands in the command alone.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Any

PENDING = 0xFF00
C_FIND_RSP = 0x8020
LAST_OF_COMMAND, LAST_OF_DATA, MORE_DATA = 0x03, 0x02, 0x00
P_DATA_TF = 0x04
AROUND_DATA = 6  # length, context and control header of one value: PS3.8 table 9-23
LARGEST_UNIT = 1 << 20


def command(sop_class: str, message: int) -> bytes:
    """Return the command of a pending C-FIND answer: Implicit VR Little Endian (PS3.7 9.3.2.2)."""
    uid = sop_class.encode("ascii")
    uid += b"\0" * (len(uid) % 2)
    body = (
        struct.pack("<HHI", 0, 0x0002, len(uid))
        + uid
        + b"".join(
            struct.pack("<HHIH", 0, element, 2, value)
            for element, value in (
                (0x0100, C_FIND_RSP),
                (0x0120, message),
                (0x0800, 0x0001),
                (0x0900, PENDING),
            )
        )
    )
    return struct.pack("<HHII", 0, 0x0000, 4, len(body)) + body


def units(context: int, sop_class: str, message: int, answers: Iterable[bytes], most: int) -> bytes:
    """Return the answers as a peer takes them, none of its units longer than ``most``."""
    room = (min(most, LARGEST_UNIT) if most else LARGEST_UNIT) - AROUND_DATA
    first = _unit(context, LAST_OF_COMMAND, command(sop_class, message))
    return b"".join(part for answer in answers for part in (first, *_data(context, answer, room)))


def _data(context: int, answer: bytes, room: int) -> Iterator[bytes]:
    for start in range(0, len(answer), room):
        part = answer[start : start + room]
        last = start + room >= len(answer)
        yield _unit(context, LAST_OF_DATA if last else MORE_DATA, part)


def _unit(context: int, header: int, data: bytes) -> bytes:
    length = len(data) + 2
    return struct.pack(">BBIIBB", P_DATA_TF, 0, length + 4, length, context, header) + data


def send(event: Any, data: bytes) -> None:
    """Send what is encoded already, before anything the library has still to send."""
    event.assoc.dul.socket.socket.sendall(data)
