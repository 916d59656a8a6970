"""Runs ``patency`` inside the test's own process, as the installed command runs it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from patency.config import entry, wiring
from patency.config.data import DATA, freeze

DATA_FOLDERS = ("protocols", "locale", "sites", "calendars", "forecasts", "rankings")


@dataclass(frozen=True, slots=True)
class Said:
    """What one command said, and the code it left with."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """What it printed, without the line breaks of a terminal."""
        return " ".join(self.out.split())


@dataclass(frozen=True, slots=True)
class Patency:
    """The command, called with its arguments as words."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Said:
        self.capsys.readouterr()
        code = entry.run([str(each) for each in arguments])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    def is_refused(self, *arguments: object) -> str:
        """Run something that cannot be done, and return what was said about it."""
        said = self(*arguments)
        assert said.code == entry.REFUSED, said
        assert said.out == ""
        return " ".join(said.err.split())


def copy_of_the_data(to: Path) -> Path:
    """Return a copy of protocols, words, sites and calendars that a test may break."""
    for name in DATA_FOLDERS:
        copytree(DATA / name, to / name)
    return to


def live_in(root: Path, monkeypatch: pytest.MonkeyPatch, env: dict[str, str] | None = None) -> None:
    """Let the command use the data under ``root`` instead of what ships."""
    monkeypatch.setattr(entry, "house", lambda: wiring.build_house(env or {}, root))
    monkeypatch.setattr(entry, "freeze", lambda version: freeze(version, root))


def write_facts(folder: Path, facts: dict[str, object] | Sequence[object] | str) -> Path:
    """Return a file that holds facts, or any text."""
    file = folder / "facts.json"
    file.write_text(facts if isinstance(facts, str) else json.dumps(facts), encoding="utf-8")
    return file
