"""A demo of its own, served for the browser: everything in it is as `make demo` leaves it."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

COMMAND = "import sys; from patency.config.entry import run; sys.exit(run(sys.argv[1:]))"
LONGEST_S = 300  # a busy machine is slow, not wrong
# Signs everybody in at once; how a person does so herself is for the tests of the accounts.
SIGN_IN = """
import json, os, time
os.environ["DJANGO_SETTINGS_MODULE"] = "patency.config.settings"
import django
django.setup()
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
keys = {}
for user in User.objects.filter(is_active=True):
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    keys[user.username] = client.cookies[settings.SESSION_COOKIE_NAME].value
print(json.dumps({"cookie": settings.SESSION_COOKIE_NAME, "keys": keys}))
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """A served demo: its address, its database, and a session of everyone who may sign in."""

    address: str
    database: Path
    cookie: str
    sessions: dict[str, str]

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(statement).fetchall()

    def let_speak(self, who: str, language: str) -> None:
        """Let a person's pages be in a language, as if they had chosen it."""
        with closing(sqlite3.connect(self.database, timeout=20)) as connection:
            for table in ("staffmember", "patient"):
                connection.execute(
                    f"update records_{table} set language = ? where user_id ="
                    " (select id from auth_user where username = ?)",
                    (language, who),
                )
            connection.commit()

    def ids(self, table: str) -> list[str]:
        """Return the ids of a table of ours, the newest last."""
        known = {name for (name,) in self.rows("select name from sqlite_master")}
        if f"records_{table}" not in known:
            return []
        found = self.rows(f"select id from records_{table} order by rowid")
        return [str(UUID(str(key))) if len(str(key)) == 32 else str(key) for (key,) in found]


@contextmanager
def serve_demo(home: Path) -> Iterator[Demo]:
    """Tell the demo, serve it, and sign everybody in; stop it at the end."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PATENCY_", "PYTEST_", "DATABASE_", "DJANGO_"))
    }
    env |= {"PATENCY_HOME": str(home), "PATENCY_MODE": "demo", "NO_COLOR": "1"}
    said = home / "said.txt"
    with said.open("w", encoding="utf-8") as out:
        running = subprocess.Popen(
            [sys.executable, "-u", "-c", COMMAND, "demo", "--out", str(home / "out")],
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address = _address(running, said)
        answer = subprocess.run(
            [sys.executable, "-c", SIGN_IN], env=env, capture_output=True, text=True, check=True
        )
        signed_in = json.loads(answer.stdout.splitlines()[-1])
        yield Demo(address, home / "patency.sqlite3", signed_in["cookie"], signed_in["keys"])
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, 15)
        running.wait(timeout=20)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition("//")[2].partition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=5):
        return True
    return False


def _address(running: "subprocess.Popen[bytes]", said: Path) -> str:
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        text = said.read_text(encoding="utf-8")
        found = re.search(r"Serving on (http://\S+?)/ ", text)
        if found and _answers(found[1]):
            return found[1]
        assert running.poll() is None, f"The demo ended by itself:\n{text[-3000:]}"
        time.sleep(0.5)
    raise AssertionError(f"The demo did not serve within {LONGEST_S} s.")
