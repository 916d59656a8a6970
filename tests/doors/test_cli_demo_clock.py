"""The clock of a demo is read and moved on from the command line."""

import json
from pathlib import Path

import pytest

from tests.doors.command_line import Patency


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATENCY_HOME", str(tmp_path))
    monkeypatch.setenv("PATENCY_MODE", "demo")
    return tmp_path


def test_it_goes_on_and_never_back(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    patency = Patency(capsys)
    still = {"ahead_of_real_s": 0.0, "stands_at": "2026-01-05T02:00:00+00:00"}
    (home / "demo-clock.json").write_text(json.dumps(still))

    on = patency("demo-clock", "2026-01-06 08:00")
    back = patency("demo-clock", "2026-01-05 08:00")
    then = patency("demo-clock")

    assert on.code == 0 and "Tuesday 2026-01-06 08:00 (Asia/Shanghai)" in on.out
    assert back.code != 0 and "only goes forward" in back.err + back.out
    assert "2026-01-06 08:00" in then.out


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
