"""``patency sign-in``: how the first administrator gets in."""

from pathlib import Path

import pytest
from django.contrib.auth import authenticate

from tests.doors.command_line import Patency

pytestmark = pytest.mark.django_db
OPTIONS = ("--site", "demo-west", "--role", "administrator", "--shown", "He Ping")


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("a long one, for tests\n")
    return file


def test_who_was_given_a_sign_in_gets_in(patency: Patency, password: Path) -> None:
    said = patency("sign-in", "he.ping", *OPTIONS, "--password-file", password)
    assert said.words == "he.ping may sign in at demo-west as administrator."
    user = authenticate(username="he.ping", password="a long one, for tests")
    assert user is not None
    assert user.staff_member.display_name == "He Ping"


def test_a_role_there_is_not_is_refused_with_those_there_are(
    patency: Patency, password: Path
) -> None:
    said = patency.is_refused(
        "sign-in", "x", *OPTIONS, "--role", "doctor", "--password-file", password
    )
    assert "no role doctor" in said
    assert "gynaecologist" in said


def test_nobody_is_made_a_woman_or_a_job(patency: Patency, password: Path) -> None:
    said = patency.is_refused(
        "sign-in", "x", *OPTIONS, "--role", "patient", "--password-file", password
    )
    assert "a person may be" in said


def test_a_weak_password_is_refused(patency: Patency, password: Path) -> None:
    password.write_text("short")
    said = patency.is_refused("sign-in", "x", *OPTIONS, "--password-file", password)
    assert "12 characters" in said


def test_a_file_that_is_not_there_is_named(patency: Patency, tmp_path: Path) -> None:
    said = patency.is_refused("sign-in", "x", *OPTIONS, "--password-file", tmp_path / "none")
    assert "cannot be read" in said
