"""The demo's outbox: what would have left the house lies in a file that all its processes share."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from patency.gateways.memory import MemoryMail, MemorySms

FILE = "demo-outbox.jsonl"
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """One message as it would have gone."""

    at: str
    way: str
    """``sms`` or ``email``."""
    to: str
    subject: str
    text: str


@dataclass(slots=True)
class OutboxSms(MemorySms):
    """Keeps every short message in the outbox."""

    file: Path = Path(FILE)
    now: Callable[[], datetime] | None = None

    def send(self, *, to: str, text: str) -> None:
        MemorySms.send(self, to=to, text=text)
        _keep(self.file, self.now, Kept("", "sms", to, "", text))


@dataclass(slots=True)
class OutboxMail(MemoryMail):
    """Keeps every mail in the outbox."""

    file: Path = Path(FILE)
    now: Callable[[], datetime] | None = None

    def send(
        self, *, to: str, subject: str, text: str, stop: str = "", picture: bytes = b""
    ) -> None:
        MemoryMail.send(self, to=to, subject=subject, text=text, stop=stop, picture=picture)
        _keep(self.file, self.now, Kept("", "email", to, subject, text))


def kept(file: Path) -> list[Kept]:
    """Return what lies in an outbox, the newest first; nothing where there is none yet."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [Kept(**json.loads(line)) for line in reversed(lines[-NEWEST:])]


def _keep(file: Path, now: Callable[[], datetime] | None, message: Kept) -> None:
    line = asdict(message) | {"at": now().isoformat() if now else ""}
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
