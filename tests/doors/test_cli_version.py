"""What `patency --version` says."""

from importlib.metadata import version

import pytest

from tests.doors.command_line import Patency


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    said = Patency(capsys)("--version")

    assert said.code == 0
    assert said.out == f"patency {version('patency')}\n"
