"""A second process that makes things while this one uses them."""

import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Ended(NamedTuple):
    """How the other process ended: with everything made, or with what went wrong."""

    error: Exception | None = None


@contextmanager
def made_elsewhere(make: Callable[[], Iterator[T]]) -> Iterator[Iterator[T]]:
    """Hand over what another process makes, in its order; it is at most one thing ahead.

    The process is a copy of this one as it stands now, so nothing has to be carried to it. The
    caller closes what two must not share before. Whatever ends the block ends the process too.
    """
    context = get_context("fork")
    here, there = context.Pipe(duplex=False)
    other = context.Process(target=_send, args=(make, here, there), daemon=True)
    other.start()
    there.close()
    try:
        yield _received(here)
    finally:
        here.close()
        other.terminate()
        other.join()


def _send(make: Callable[[], Iterator[object]], here: Connection, there: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits for us
    gc.freeze()  # looking through what was copied would copy it
    here.close()
    try:
        for made in make():
            there.send(made)
        there.send(Ended())
    except BrokenPipeError:
        return  # nobody waits any more
    except Exception as error:
        there.send(Ended(error))


def _received(here: Connection) -> Iterator[Any]:
    while True:
        try:
            found = here.recv()
        except EOFError:
            raise RuntimeError(
                "The second process ended before its work did; it may have run out of memory. "
                "Ask for fewer women, or begin again."
            ) from None
        if isinstance(found, Ended):
            if found.error is not None:
                raise found.error
            return
        yield found
