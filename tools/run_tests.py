"""Runs the whole suite: everything on SQLite, then what needs a database again on PostgreSQL.

    .venv/bin/python tools/run_tests.py [anything pytest takes]

PostgreSQL is the one DATABASE_URL names, or a throw-away server of this machine's own programs;
without either, that half is left out and the first line says so.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from postgres import NoServer, server_programs, throwaway_server

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5


def main(arguments: list[str]) -> int:
    """Return 0 when every run passed, else the first exit code that was not 0."""
    given = os.environ.pop("DATABASE_URL", "")
    named = given if given.startswith(("postgres://", "postgresql://")) else ""
    programs = None if named else server_programs()
    if named:
        say("PostgreSQL: DATABASE_URL names one. Database tests run on SQLite, then there.")
    elif programs:
        say(f"PostgreSQL: found in {programs}. Database tests run on SQLite, then there.")
    else:
        say(
            "PostgreSQL: none found, so the database tests run on SQLite only. "
            "Install one (apt-get install postgresql) or set DATABASE_URL to run them on both."
        )
        if os.environ.get("CI") == "true":
            say("In CI that is a failure: half of the database tests would be missing.")
            return 1
    first = pytest("SQLite", arguments, os.environ)
    if not (named or programs):
        return first
    try:
        with contextlib.ExitStack() as stack:
            address = named or stack.enter_context(throwaway_server(programs))
            second = pytest(
                "PostgreSQL",
                ["-m", "database", *arguments],
                {**os.environ, "DATABASE_URL": address},
            )
    except NoServer as error:
        say(f"PostgreSQL: the throw-away server did not start. {error}")
        return first or 1
    return first or second


def pytest(where: str, arguments: list[str], environment: dict[str, str]) -> int:
    say(f"--- tests on {where}")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", *arguments]
    code = subprocess.run(command, cwd=ROOT, env={**environment}, check=False).returncode
    if code == NO_TESTS:
        say(f"No test ran on {where}; a suite without tests does not pass.")
    return code


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
