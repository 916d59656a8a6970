"""Commands of ours that run beside one another in processes of their own, and end together."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

STOPS_WITHIN_S = 10


@contextmanager
def stopped_with_what_it_began() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end this process by way of its ``finally``s.

    By default they end it at once, and what it began beside it runs on, with its ports held.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # a second one must not break off the ending
        raise SystemExit(128 + number)

    before: dict[int, Any] = {
        each: signal.signal(each, leave) for each in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def serve_alone(port: int) -> None:
    """Serve the pages in a process of their own until stopped.

    The server forks, and a fork of a process that has printed papers, as the story does, waits
    for ever for the printing threads it did not inherit.
    """
    with subprocess.Popen(command("serve", "--port", str(port))) as pages:
        try:
            pages.wait()
        except KeyboardInterrupt:
            pages.wait(timeout=STOPS_WITHIN_S)  # Ctrl-C reaches it too
        finally:
            _stop(pages)


def command(*arguments: str) -> list[str]:
    """Return how a command of ours is started as another process."""
    return [sys.executable, "-c", "from patency.config.entry import main; main()", *arguments]


@contextmanager
def beside(home: Path, *arguments: str) -> Iterator[None]:
    """Let a command of ours run in a process of its own; what it says goes into a file."""
    with (
        (home / f"{arguments[0]}.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command(*arguments), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ) as other,
    ):
        try:
            yield
        finally:
            _stop(other)


def _stop(process: "subprocess.Popen[Any]") -> None:
    """End a process, by force where it does not end by itself."""
    process.terminate()
    try:
        process.wait(timeout=STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
