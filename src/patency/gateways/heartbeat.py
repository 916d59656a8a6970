"""A worker's sign of life: one small file that says when it last went round."""

import os
from datetime import UTC, datetime
from pathlib import Path

FILE = "worker-heartbeat"


def beat(home: Path, now: datetime) -> None:
    """Write that a worker went round at ``now``."""
    home.mkdir(parents=True, exist_ok=True)
    aside = home / f"{FILE}.{os.getpid()}"
    aside.write_text(now.astimezone(UTC).isoformat(), encoding="utf-8")
    aside.replace(home / FILE)  # nobody reads half of it


def last_beat(home: Path) -> datetime | None:
    """Return when a worker last went round; None when none ever did, or the file is broken."""
    try:
        return datetime.fromisoformat((home / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
