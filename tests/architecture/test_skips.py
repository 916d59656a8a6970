"""In CI, a skipped test that the list does not allow turns a green run red."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

TESTS = """\
import pytest


@pytest.mark.skip(reason="one day")
def test_skipped():
    pass


def test_fine():
    pass
"""


def run_in(folder: Path, allowed: str, *, ci: bool) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "allowed_skips.txt").write_text(allowed)
    (folder / "test_some.py").write_text(TESTS)
    environment = {**os.environ, "CI": "true" if ci else ""}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:django",
        "-p",
        "no:cacheprovider",
        ".",
    ]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("allowed", "ci", "code"),
    [
        ("# nothing\n", True, 1),
        ("# nothing\n", False, 0),
        ("test_some.py::test_skipped  # waits for a scanner\n", True, 0),
        ("*::test_other\n", True, 1),
    ],
)
def test_a_skip_is_noticed_in_ci(tmp_path: Path, allowed: str, ci: bool, code: int) -> None:
    said = run_in(tmp_path, allowed, ci=ci)
    assert said.returncode == code, said.stdout
    assert ("skipped without being allowed to" in said.stdout) is (code == 1)
    assert "1 passed, 1 skipped" in said.stdout.splitlines()[-1]
