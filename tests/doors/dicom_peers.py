"""The DICOM door in a process of its own, and the foreign programs that speak with it.

dcmtk is called by absolute path: pynetdicom installs programs of the same names into .venv.
"""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from tests.doors.worked_on import WorkedOn

DCMTK = Path("/usr/bin")
STATION, TITLE = "WESTFLUORO1", "PATENCY"

needs_dcmtk = pytest.mark.skipif(
    not (DCMTK / "findscu").exists() or not (DCMTK / "dump2dcm").exists(),
    reason="needs the foreign peer dcmtk in /usr/bin (apt-get install dcmtk)",
)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Clinic(WorkedOn):
    """A database the door works on: this PostgreSQL, or a file this SQLite is copied into."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.images = folder / "images"

    def change(self, *statements: tuple[str, list[object]]) -> None:
        """Change rows beside the door while it is open, with ``?`` where a value goes."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.file, timeout=20)) as there, there:
                for words, values in statements:
                    there.execute(words, values)
            return
        with transaction.atomic(), connection.cursor() as cursor:
            for words, values in statements:
                cursor.execute(words.replace("?", "%s"), values)

    def read_again(self) -> None:
        """Let the rows the door wrote be seen in this process."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.file)) as there:
                there.backup(connection.connection)


class Door:
    """One process of ``patency dicom``."""

    def __init__(self, clinic: Clinic, **env: str) -> None:
        self.port = free_port()
        self.log = clinic.folder / "dicom.log"
        command = [Path(sys.executable).with_name("patency"), "dicom", "--port", str(self.port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                env={
                    **os.environ,
                    "PATENCY_MODE": "demo",
                    "PATENCY_HOME": str(clinic.folder),
                    "DATABASE_URL": clinic.address(),
                    **env,
                },
                stdout=log,
                stderr=log,
            )

    def ready(self) -> "Door":
        ends = monotonic() + 90
        while monotonic() < ends and self.process.poll() is None:
            with closing(socket.socket()) as line:
                if line.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            sleep(0.05)
        raise AssertionError(f"the door did not open:\n{self.log.read_text()}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def call(
        self,
        program: str,
        *arguments: str,
        as_: str = STATION,
        to: str = TITLE,
        code: int | None = 0,
        cwd: Path | None = None,
    ) -> str:
        """Return what a program of dcmtk said; it must leave with ``code`` unless that is None."""
        known = ["-aet", as_, "-aec", to]
        done = subprocess.run(
            [str(DCMTK / program), *known, "127.0.0.1", str(self.port), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=cwd or self.log.parent,
        )
        said = done.stdout + done.stderr
        if code is not None:
            assert done.returncode == code, f"{said}\n--- the door:\n{self.log.read_text()}"
        return said


@contextmanager
def door(clinic: Clinic, **env: str) -> Iterator[Door]:
    opened = Door(clinic, **env)
    try:
        yield opened.ready()
    finally:
        opened.stop()
