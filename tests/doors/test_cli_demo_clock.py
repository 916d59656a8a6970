"""The clock of a demo is read and moved on from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doors.command_line import Patency


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATENCY_HOME", str(tmp_path))
    monkeypatch.setenv("PATENCY_MODE", "demo")
    return tmp_path


def patency(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Return what a process of its own said: in this one a house with another clock may stand."""
    started = "from patency.config.entry import main; main()"
    return subprocess.run(
        [sys.executable, "-c", started, *arguments], capture_output=True, text=True, check=False
    )


def test_it_goes_on_and_never_back(home: Path) -> None:
    still = {"ahead_of_real_s": 0.0, "stands_at": "2026-01-05T02:00:00+00:00"}
    (home / "demo-clock.json").write_text(json.dumps(still))

    on = patency("demo-clock", "2026-01-06 08:00")
    back = patency("demo-clock", "2026-01-05 08:00")
    then = patency("demo-clock")

    assert on.returncode == 0 and "Tuesday 2026-01-06 08:00 (Asia/Shanghai)" in on.stdout
    assert back.returncode != 0 and "only goes forward" in back.stderr.replace("\n", " ")
    assert "2026-01-06 08:00" in then.stdout


@pytest.mark.parametrize("typed", ["tomorrow", "2026-13-01 08:00"])
def test_what_is_no_moment_is_said(
    typed: str, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "demo-clock.json").write_text("{}")

    said = Patency(capsys)("demo-clock", typed)

    assert said.code != 0
    assert "such as 2026-01-06 08:00" in said.err + said.out


def test_where_there_is_no_demo_it_says_how_to_begin_one(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    said = Patency(capsys)("demo-clock")

    assert said.code != 0
    assert "patency demo" in said.err + said.out
