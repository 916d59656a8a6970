"""How a line is listened to: by waiting for it, not by looking every so often.

The library looks whether a unit has come, sleeps and looks again, and reads 4 kB at a time. Of a
small object that took longer than forcing it to the disk.
"""

import queue
import select
import socket
import ssl
import struct
from contextlib import suppress
from typing import Any

from pynetdicom.transport import AssociationSocket

WAITS_S = 0.01  # between two looks at the timers, and at whether the line shall end
MOST_AT_ONCE = 1 << 18
HEAD = struct.Struct(">BxIIBB")  # of a unit with one value: PS3.8 tables 9-22 and 9-23, E.2
P_DATA_TF, PART_OF_DATA, DATA_TRANSFER = 0x04, 0x00, "Sta6"


class ToSend(queue.Queue[Any]):
    """What shall be sent; whoever puts something in wakes the thread that waits at the line."""

    def __init__(self) -> None:
        super().__init__()
        self.rings, self.hears = socket.socketpair()
        self.rings.setblocking(False)
        self.hears.setblocking(False)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put it in, and wake who waits."""
        super().put(item, block, timeout)
        with suppress(OSError):  # rung already, or the line is over
            self.rings.send(b"\0")

    def __del__(self) -> None:
        self.rings.close()
        self.hears.close()


class Line(AssociationSocket):
    """A line of the library that is waited for, and read in as large parts as have come."""

    to_send: ToSend
    room: bytearray

    @property
    def ready(self) -> bool:
        """Return whether something has come; wait a little for it, or for something to send."""
        line = self.socket
        if line is None or not self._is_connected:
            return False
        if isinstance(line, ssl.SSLSocket) and line.pending():
            return True
        try:
            come, _, _ = select.select([line, self.to_send.hears], [], [], WAITS_S)
            if self.to_send.hears in come:
                with suppress(BlockingIOError):
                    self.to_send.hears.recv(1024)
            if line not in come:
                return False
            return isinstance(line, ssl.SSLSocket) or not self._took_a_part(line)
        except (OSError, ValueError):
            self.event_queue.put("Evt17")  # closed: PS3.8 table 9-10
            return False

    def _took_a_part(self, line: socket.socket) -> bool:
        """Return whether a part of an object came that is not its last, and write it down.

        Everything else is left on the line for the library. It would copy each part five times,
        and the parts between the first and the last change nothing in its state.
        """
        file = getattr(self.assoc.dimse.message, "_data_set_file", None)
        if file is None or self.assoc.dul.state_machine.current_state != DATA_TRANSFER:
            return False
        head = line.recv(HEAD.size, socket.MSG_PEEK)
        if len(head) < HEAD.size:
            return False
        kind, whole, length, _, control = HEAD.unpack(head)
        if kind != P_DATA_TF or whole != length + 4 or control != PART_OF_DATA or length < 2:
            return False
        line.recv(HEAD.size)
        left, part = length - 2, memoryview(self.room)
        while left:
            count = line.recv_into(part, min(left, len(part)))
            if not count:
                raise OSError("The line ended in the middle of an object.")
            file.write(part[:count])
            left -= count
        self.assoc.dul._idle_timer.restart()
        return True

    def recv(self, nr_bytes: int) -> bytearray:
        """Return so many bytes; fewer only where the line ended."""
        assert self.socket is not None
        come = bytearray()
        while len(come) < nr_bytes:
            part = self.socket.recv(min(nr_bytes - len(come), MOST_AT_ONCE))
            if not part:
                break
            come += part
        return come


def listen(assoc: Any) -> None:
    """Let a line that was just opened be waited for, and answered without delay.

    Without TCP_NODELAY each answer waits up to 44 ms for the one before to be acknowledged.
    """
    provider = assoc.dul
    provider.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    provider.to_provider_queue = to_send = ToSend()
    provider.socket.__class__ = Line
    provider.socket.to_send = to_send
    provider.socket.room = bytearray(MOST_AT_ONCE)
    provider._run_loop_delay = 0
