"""Has a study read by a process of its own, within a limit of time, and brings back what it wrote.

A reading holds a core for half a minute and hundreds of megabytes; whoever waits for it is neither
a web page nor a transaction, and what goes wrong in it goes wrong there alone.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

FINDINGS = "findings.json"
TOO_LONG, DID_NOT_END, NOTHING_TOLD = "took-too-long", "reader-failed", "findings-not-readable"


class NotRead(Exception):
    """A study was not read; ``code`` says why, the text what to do."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code


@dataclass(frozen=True, slots=True)
class ReadStudy:
    """What a reading came to."""

    findings: dict[str, Any]
    files: Mapping[str, bytes]
    """Pictures and DICOM objects by their names."""
    reader_version: str


class StudyReader:
    """Runs ``patency read`` on the files of a study."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = tuple(command)

    def read(self, files: Sequence[IO[bytes]], limit_s: float) -> ReadStudy:
        """Return the draft. Raises ``NotRead``; nothing is left behind either way."""
        with TemporaryDirectory(prefix="patency-reading-") as room:
            study, out = Path(room) / "study", Path(room) / "draft"
            study.mkdir()
            for number, file in enumerate(files):
                with (study / f"{number:05}.dcm").open("wb") as there:
                    shutil.copyfileobj(file, there)
            call = [*self.command, "read", str(study), "--out", str(out)]
            try:
                done = subprocess.run(call, capture_output=True, timeout=limit_s, check=False)
            except subprocess.TimeoutExpired as error:
                raise NotRead(
                    TOO_LONG,
                    f"The reading took longer than {limit_s:.0f} s and was stopped. Ask for it "
                    "again when the machine is less busy, or read without it.",
                ) from error
            if done.returncode != 0:
                raise NotRead(
                    DID_NOT_END,
                    f"The reading ended with {done.returncode}. Read without it, and tell the "
                    "administrator.",
                )
            return _brought(out)


def _brought(out: Path) -> ReadStudy:
    try:
        findings = json.loads((out / FINDINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotRead(NOTHING_TOLD, "The reading wrote no findings that can be read.") from error
    files = {
        path.name: path.read_bytes()
        for path in sorted(out.iterdir())
        if path.is_file() and path.name != FINDINGS
    }
    return ReadStudy(findings, files, version("patency"))


@dataclass(slots=True)
class MemoryReader:
    """Says what it was told to say; for tests. Refuses while it was told nothing."""

    says: ReadStudy | None = None
    asked: list[int] = field(default_factory=list)
    """How many files it was handed, each time."""

    def read(self, files: Sequence[IO[bytes]], limit_s: float) -> ReadStudy:
        """Return what it was told to say. Raises ``NotRead``."""
        self.asked.append(len(files))
        if self.says is None:
            raise NotRead(DID_NOT_END, "This reader has nothing to say.")
        return self.says
