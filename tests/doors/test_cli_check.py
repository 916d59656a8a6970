"""``patency check`` and ``patency docs``: what was found and what to do about it."""

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patency.config import entry, wiring
from patency.config.data import DATA
from patency.doors.cli.demo_mark import DEMO_MARK
from tests.doors.command_line import Patency, copy_of_the_data, live_in


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copied = copy_of_the_data(tmp_path / "data")
    live_in(copied, monkeypatch)
    return copied


def set_clock(monkeypatch: pytest.MonkeyPatch, *, year: int, month: int = 9) -> None:
    at = datetime(year, month, 24, 8, tzinfo=UTC)
    monkeypatch.setattr(wiring, "the_clock", lambda env: lambda: at)


@pytest.mark.django_db
def test_every_finding_says_how_it_stands(patency: Patency) -> None:
    found = patency("check", "--json").data

    looked_at = {one["what"].split()[0].rstrip(",") for one in found}
    assert {"Python", "protocol", "site", "database", "worker", "PDF", "printer"} <= looked_at
    assert all(one["do"] for one in found if one["state"] == "look")
    assert all(one["found"] for one in found)


@pytest.mark.django_db
def test_a_person_reads_a_count_at_the_end(patency: Patency) -> None:
    said = patency("check")

    assert "fine," in said.words
    assert "not yet signed off" in said.words


@pytest.mark.django_db
def test_production_with_the_demos_phone_numbers_fails(
    patency: Patency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATENCY_MODE", "production")

    said = patency("check")

    assert said.code == 1
    assert "their phone numbers and prices are invented" in said.words


def test_a_site_in_order_passes(
    patency: Patency, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, year=2025)

    said = patency("check", "site", "demo-west")

    assert said.code == 0
    assert "works by hsg/2026-1" in said.words
    assert "holidays of 2025 are known" in said.words


def test_a_missing_holiday_year_fails_and_names_the_file_to_add(
    patency: Patency, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, year=2031)

    said = patency("check", "site", "demo-west")

    assert said.code == 1
    assert "no holidays of 2031 are loaded" in said.words
    assert "cn-2031.toml" in said.words


def test_the_holidays_of_next_year_are_looked_at_ahead(
    patency: Patency, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "calendars" / "cn-2026.toml").unlink()
    set_clock(monkeypatch, year=2025)

    said = patency("check", "site", "demo-west", "--json")

    assert said.code == 0
    [ahead] = [one for one in said.data if "2026" in one["found"] and one["state"] == "look"]
    assert "docs/how-to/add-a-holiday-year.md" in ahead["do"]


def test_a_contact_nobody_confirmed_fails(
    patency: Patency, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = root / "sites" / "demo-west.toml"
    site.write_text(
        site.read_text().replace("valid_until = 2026-12-31", "valid_until = 2025-06-30")
    )
    set_clock(monkeypatch, year=2025)

    said = patency("check", "site", "demo-west")

    assert said.code == 1
    assert "valid until 2025-06-30" in said.words


def test_a_site_without_a_duty_contact_is_refused(patency: Patency, root: Path) -> None:
    site = root / "sites" / "demo-west.toml"
    before, rest = site.read_text().split("[duty]")
    site.write_text(before + rest[rest.index("[[campus]]") :])

    said = patency.is_refused("check", "site", "demo-west")

    assert "demo-west.toml: duty: is missing" in said


@pytest.mark.django_db
def test_broken_data_is_a_finding_not_a_crash(patency: Patency, root: Path) -> None:
    (root / "calendars" / "cn-2025.toml").write_text("country = 7")

    said = patency("check")

    assert said.code == 1
    assert "cn-2025.toml" in said.words


def test_a_folder_without_sites_is_refused(
    patency: Patency, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_in(root, monkeypatch, {"PATENCY_SITES": str(tmp_path)})

    assert "holds no .toml file" in patency.is_refused("protocol", "list")


# ---- generated documents


def test_a_stale_document_is_named_with_the_command_that_mends_it(
    patency: Patency, tmp_path: Path
) -> None:
    to = tmp_path / "reference"
    assert patency("docs", "--to", to).code == 0
    assert patency("docs", "--to", to, "--check").code == 0
    (to / "facts.md").write_text("something older")

    said = patency("docs", "--to", to, "--check")

    assert said.code == 1
    assert "facts.md" in said.err
    assert "make docs" in said.err


def test_the_diagram_shows_every_way_of_a_visit(patency: Patency, tmp_path: Path) -> None:
    patency("docs", "--to", tmp_path / "reference")
    drawn = (tmp_path / "reference" / "visit-states.md").read_text()

    assert "registered --> cleared" in drawn
    assert "cleared --> booked" in drawn
    assert "closed --> [*]" in drawn


def test_the_access_matrix_tells_who_reaches_a_page(patency: Patency, tmp_path: Path) -> None:
    patency("docs", "--to", tmp_path / "reference")
    told = (tmp_path / "reference" / "access-matrix.md").read_text()

    (head,) = [line for line in told.splitlines() if line.startswith("| Address")]
    (line,) = [line for line in told.splitlines() if line.startswith("| `/staff/new/`")]
    reached = [
        who.strip()
        for who, mark in zip(head.split("|"), line.split("|"), strict=True)
        if mark.strip() == "●"
    ]
    assert reached == ["administrator"]


def test_docs_elsewhere_than_in_the_project_are_refused(patency: Patency, tmp_path: Path) -> None:
    said = patency.is_refused("docs", "--to", tmp_path / "nowhere" / "reference")

    assert "project's folder" in said


# ---- the program as it runs


def test_serving_is_refused_while_the_database_lacks_tables(
    patency: Patency, monkeypatch: pytest.MonkeyPatch
) -> None:
    from patency.doors.cli import running

    monkeypatch.setattr(running, "waiting_migrations", lambda: ["records.0001_schema"])

    said = patency.is_refused("serve")

    assert "patency manage migrate" in said


def test_a_port_that_is_taken_is_said_before_anything_starts(patency: Patency) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        said = patency.is_refused("serve", "--port", taken.getsockname()[1])

    assert "cannot be listened on" in said


def test_production_refuses_the_database_of_a_demo(tmp_path: Path) -> None:
    """Copied by mistake, with invented women and known passwords in it."""
    with closing(sqlite3.connect(tmp_path / "patency.sqlite3")) as database:
        database.execute(f"PRAGMA application_id = {DEMO_MARK}")
    key = tmp_path / "key"
    key.write_text("a" * 50)

    said = subprocess.run(
        [Path(sys.executable).with_name("patency"), "worker", "--once"],
        env={
            **os.environ,
            "PATENCY_MODE": "production",
            "PATENCY_HOME": str(tmp_path),
            "PATENCY_SECRET_KEY_FILE": str(key),
            "DATABASE_URL": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == entry.REFUSED
    assert said.stderr.startswith("The database is a demo's")


def test_expected_refusals_are_all_exceptions_with_a_docstring() -> None:
    assert all(issubclass(each, Exception) and each.__doc__ for each in entry.REFUSALS)


@pytest.mark.django_db
def test_each_sites_printer_mail_and_sms_are_looked_at_without_sending(
    patency: Patency, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("for tests only")
    env = {
        "PATENCY_MODE": "production",
        "PATENCY_MAIL_HOST": "127.0.0.1",
        "PATENCY_MAIL_PORT": "1",
        "PATENCY_MAIL_SENDER": "clinic@example.org",
        "PATENCY_SMS_URL": "http://127.0.0.1:1/",
        "PATENCY_SMS_TOKEN_FILE": str(secret),
    }
    live_in(DATA, monkeypatch, env)
    monkeypatch.setenv("PATENCY_MODE", "production")

    found = {}
    for one in patency("check", "--json").data:
        found.setdefault(one["what"], []).append((one["state"], one["found"]))

    assert [state for state, _ in found["mail"]] == ["fails", "look"]
    assert "did not accept us" in found["mail"][0][1]
    assert [state for state, _ in found["sms"]] == ["fails", "look"]
    assert "cannot be reached" in found["sms"][0][1]
    for site in ("demo-west", "demo-leeds"):
        [(state, said)] = found[f"printer {site}"]
        assert (state, "cannot be reached" in said) == ("fails", True)
