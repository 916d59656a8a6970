"""What the settings read from the environment, and how they refuse."""

import os
import subprocess
import sys

import pytest

from patency.config.environment import (
    NotConfigured,
    database,
    mode,
    secret,
    throw_away_key,
    words,
    yes_no,
)


def test_a_process_is_in_production_unless_it_says_otherwise():
    assert mode({}) == "production"
    assert mode({"PATENCY_MODE": "demo"}) == "demo"
    with pytest.raises(NotConfigured, match="it may be production, demo, test"):
        mode({"PATENCY_MODE": "staging"})


def test_production_refuses_to_start_without_its_key_and_says_what_to_do(tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PATENCY_", "PYTEST"))}
    env["PATENCY_HOME"] = str(tmp_path)
    started = subprocess.run(
        [sys.executable, "-c", "import patency.config.settings"],
        env=env,
        capture_output=True,
        text=True,
    )

    assert started.returncode != 0
    assert "PATENCY_SECRET_KEY_FILE is not set" in started.stderr
    assert "make demo" in started.stderr
    assert "PATENCY_MODE=demo PATENCY_HOME=var/demo" in started.stderr


def test_a_secret_comes_from_a_file(tmp_path):
    file = tmp_path / "key"
    wanted = {"what_for": "the key", "how": "Make one."}

    with pytest.raises(NotConfigured, match="cannot be read"):
        secret({"KEY_FILE": str(file)}, "KEY_FILE", **wanted)
    file.write_text(" \n")
    with pytest.raises(NotConfigured, match="is empty"):
        secret({"KEY_FILE": str(file)}, "KEY_FILE", **wanted)
    file.write_text("word\n")
    assert secret({"KEY_FILE": str(file)}, "KEY_FILE", **wanted) == "word"


def test_the_processes_of_a_demo_share_one_key(tmp_path):
    assert throw_away_key(tmp_path) == throw_away_key(tmp_path)


def test_switches_and_lists_are_read():
    assert yes_no({"A": "Yes"}, "A")
    assert not yes_no({}, "A")
    with pytest.raises(NotConfigured, match="set it to yes or no"):
        yes_no({"A": "maybe"}, "A")
    assert words({"A": "a.example, b.example,"}, "A") == ["a.example", "b.example"]


def test_the_database_is_a_file_in_the_home_unless_named(tmp_path):
    found = database({}, tmp_path)

    assert found["NAME"] == str(tmp_path / "patency.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    named = database({"DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3"}, tmp_path)
    assert named["NAME"] == str(tmp_path / "other.sqlite3")


def test_a_postgresql_is_read_from_its_address(tmp_path):
    (tmp_path / "password").write_text("p@ss")
    url = "postgresql://clinic@db.example:5433/patency?sslmode=require"
    env = {"DATABASE_URL": url, "DATABASE_PASSWORD_FILE": str(tmp_path / "password")}

    found = database(env, tmp_path)

    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "clinic",
        "p@ss",
        "db.example",
        "5433",
        "patency",
    )
    assert found["OPTIONS"] == {"sslmode": "require"}
    socket = database({"DATABASE_URL": "postgresql:///patency?host=/run/postgresql"}, tmp_path)
    assert (socket["HOST"], socket["PORT"], socket["OPTIONS"]) == ("/run/postgresql", "", {})


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://a/b", "it may be sqlite"),
        ("postgresql://host", "names no database"),
        ("postgresql://host:port/name", "not a number"),
        ("sqlite://", "names no SQLite file"),
    ],
)
def test_an_address_of_another_kind_is_refused(url, says, tmp_path):
    with pytest.raises(NotConfigured, match=says):
        database({"DATABASE_URL": url}, tmp_path)
