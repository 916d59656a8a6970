"""The release door's server: one process, one loop, until it is told to stop."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable

from patency.doors.release.connection import Connection
from patency.doors.release.door import Door

BACKLOG = 4096  # a thousand women connect in one second
SWEEPS_EVERY_S = 5.0
LAST_ANSWERS_S = 3.0  # how long the answers that are owed may take when the door closes


def serve(door: Door, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C; answers that are owed then are still given."""
    with asyncio.Runner(loop_factory=_new_loop()) as runner:
        runner.run(_serve(door, host, port))


def _new_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # there is none for Windows; the standard loop does the same, slower
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _serve(door: Door, host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has none
            loop.add_signal_handler(each, stopped.set)
    connections: set[Connection] = set()
    server = await loop.create_server(
        lambda: Connection(door, connections), host, port, backlog=BACKLOG
    )
    door.begin()
    sweeping = asyncio.create_task(_sweep(connections))
    # What is here now stays; the collector need not look through it during a release.
    gc.collect()
    gc.freeze()
    await stopped.wait()
    server.close()
    sweeping.cancel()
    for connection in list(connections):
        connection.end_when_answered()
    ends = loop.time() + LAST_ANSWERS_S
    while connections and loop.time() < ends:
        await asyncio.sleep(0.01)
    await door.end()


async def _sweep(connections: set[Connection]) -> None:
    """Close connections nobody uses, so that they cannot be collected until there is no more."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEPS_EVERY_S)
        for connection in list(connections):
            connection.end_if_idle(loop.time())
