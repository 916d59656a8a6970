"""The only reader of time: the machine's clock, and a demo's own."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

# A week before National Day 2025, as the clinic opens, so that the story meets a holiday.
STORY_BEGINS = datetime(2025, 9, 24, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


class ClockRefused(ValueError):
    """A clock was to go backwards, or its file cannot be read."""


def system_clock() -> Callable[[], datetime]:
    """Return the machine's clock: each call gives the moment, aware, in UTC."""
    return _real


class DemoClock:
    """A clock that begins at the story's first moment and goes on with real seconds.

    How far it is from real time stands in one small file, so that every process of one demo reads
    the same time, and a later process goes on where the story was left with ``stand_still``.
    """

    def __init__(self, file: Path, *, begins: datetime = STORY_BEGINS) -> None:
        self._file = file
        self._begins = begins

    def __call__(self) -> datetime:
        """Return the story's moment, aware, in UTC."""
        offset, stands_at = self._read()
        return stands_at or _real() + offset

    def jump_to(self, moment: datetime) -> None:
        """Go on from ``moment``. Raises ``ClockRefused`` for one that has passed."""
        before = self()
        if moment < before:
            raise ClockRefused(
                f"The demo clock was asked to go back from {before:%Y-%m-%d %H:%M:%S} to "
                f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC. It only goes forward; begin the "
                "demo again for an earlier day."
            )
        _, stands_at = self._read()
        self._write(moment - _real(), moment if stands_at else None)

    def stand_still(self) -> None:
        """Stop here until ``go_on``: the story ends, and waits for whoever looks next."""
        now = self()
        self._write(now - _real(), now)

    def go_on(self) -> None:
        """Let time pass again from where it stood."""
        now = self()
        self._write(now - _real(), None)

    def begin_again(self) -> None:
        """Go back to the story's first moment."""
        self._write(self._begins - _real(), None)

    def _read(self) -> tuple[timedelta, datetime | None]:
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.begin_again()
            return self._begins - _real(), None
        try:
            kept = json.loads(text)
            stands_at = kept["stands_at"]
            return (
                timedelta(seconds=kept["ahead_of_real_s"]),
                datetime.fromisoformat(stands_at) if stands_at else None,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ClockRefused(
                f"{self._file.name} does not hold a demo clock. Delete it, and the story begins "
                "again."
            ) from error

    def _write(self, offset: timedelta, stands_at: datetime | None) -> None:
        kept = {
            "ahead_of_real_s": offset.total_seconds(),
            "stands_at": stands_at.astimezone(UTC).isoformat() if stands_at else None,
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        # written aside and moved, so that no other process ever reads half of it
        aside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        aside.write_text(json.dumps(kept), encoding="utf-8")
        aside.replace(self._file)


def _real() -> datetime:
    return datetime.now(UTC)
