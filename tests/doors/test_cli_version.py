"""What `patency --version` says."""

from importlib.metadata import version

from tests.doors.command_line import Patency


def test_the_version_is_the_packages(patency: Patency) -> None:
    said = patency("--version")

    assert said.code == 0
    assert said.out == f"patency {version('patency')}\n"
