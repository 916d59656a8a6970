"""Runs the suite: all on SQLite, what rests on a database again on PostgreSQL, then a browser's.

    .venv/bin/python tools/run_tests.py [anything pytest takes]

PostgreSQL is the one DATABASE_URL names, or a throw-away server of this machine's own programs;
without either, that half is left out and the first line says so. The tests in a browser run once,
on PostgreSQL where there is one, and are left out with a clear line where no Chromium is found.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from postgres import NoServer, server_programs, throwaway_server

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5
BROWSER = "tests/browser"
WITHOUT_BROWSER = f"--ignore={BROWSER}"


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
    if browser() is None:
        say("Browser: no Chromium found, so the pages are not walked (apt-get install chromium).")
    first = pytest("SQLite", [WITHOUT_BROWSER, *arguments], os.environ)
    if not (named or programs):
        return first or in_browser("SQLite", arguments, os.environ)
    try:
        with contextlib.ExitStack() as stack:
            address = named or stack.enter_context(throwaway_server(programs))
            there = {**os.environ, "DATABASE_URL": address}
            second = pytest(
                "PostgreSQL", ["-m", "database and not once", WITHOUT_BROWSER, *arguments], there
            )
            third = in_browser("PostgreSQL", arguments, there)
    except NoServer as error:
        say(f"PostgreSQL: the throw-away server did not start. {error}")
        return first or 1
    return first or second or third


def in_browser(where: str, arguments: list[str], environment: Mapping[str, str]) -> int:
    """Return the exit code of the tests in a browser; 0 when none of those asked for is one."""
    if browser() is None and os.environ.get("CI") != "true":
        return 0
    asked = [each for each in arguments if not each.startswith("-")]
    if asked and not any(each.startswith("tests/browser") for each in asked):
        return 0
    return pytest(
        f"{where}, in a browser", arguments if asked else [BROWSER, *arguments], environment
    )


def browser() -> str | None:
    """Return the path of a Chromium, or None; tests/browser looks for the same."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    names += ("google-chrome", "google-chrome-stable")
    named = os.environ.get("PATENCY_BROWSER")
    return named or next((found for name in names if (found := shutil.which(name))), None)


def pytest(where: str, arguments: list[str], environment: Mapping[str, str]) -> int:
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
