"""The rival's half of the release's measurement: pretix from PyPI, in an environment of its own.

It is asked over the wire only. Its environment is made once, in ``var/bench``, and kept. One order
of one free ticket is one place claimed: the nearest thing it has to a number. Redis is used when
this machine has a ``redis-server``, else its own defaults; its jobs run eagerly, as without celery.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

from claim_ours import wait_for

from postgres import free_port

VERSION = "2026.8.0"
THREADS = 8  # of the one gunicorn worker; with one thread it would answer one woman at a time

SET_UP = """
import json, sys
from datetime import timedelta
from decimal import Decimal
import django
django.setup()
from django.utils.timezone import now
from django_scopes import scopes_disabled
from pretix.base.models import Event, Organizer, Team
plan = json.loads(sys.argv[1])
with scopes_disabled():
    organizer, _ = Organizer.objects.get_or_create(slug="clinic", defaults={"name": "Clinic"})
    team, _ = Team.objects.get_or_create(
        organizer=organizer, name="door",
        defaults=dict(all_events=True, all_event_permissions=True, all_organizer_permissions=True),
    )
    token = team.tokens.first() or team.tokens.create(name="door")
    found = {"token": token.token}
    for slug, places in plan.items():
        event = Event.objects.create(
            organizer=organizer, slug=slug, name="Clinic", date_from=now() + timedelta(days=2),
            currency="EUR", live=True, plugins="", is_public=True,
        )
        item = event.items.create(name="Number", default_price=Decimal("0.00"))
        quota = event.quotas.create(name="Places", size=places)
        quota.items.add(item)
        found[slug] = item.pk
print("FOUND " + json.dumps(found))
"""
SOLD = """
import json, sys
import django
django.setup()
from django_scopes import scopes_disabled
from pretix.base.models import OrderPosition
with scopes_disabled():
    sold = OrderPosition.objects.filter(order__event__slug=sys.argv[1])
    print("FOUND " + json.dumps(sold.count()))
"""


class Pretix:
    """One installation on one database, for the length of a measurement."""

    def __init__(self, bench: Path, home: Path, programs: Path, address: str) -> None:
        self._bench, self._programs = bench, programs
        self._address = urlsplit(address)._replace(path="/pretix").geturl()
        self.home = home / "pretix"
        self.home.mkdir()
        self.port = free_port()
        self.python = environment(bench)
        self._redis_port = free_port() if shutil.which("redis-server") else 0
        self._write_settings(address)
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "PATENCY"))},
            "PRETIX_CONFIG_FILE": str(self.home / "pretix.cfg"),
            "DJANGO_SETTINGS_MODULE": "pretix.settings",
        }
        self.found: dict[str, object] = {}

    def set_up(self, plan: dict[str, int]) -> None:
        """Make its tables, an event for each name with so many places, and a token.

        Its migrations take minutes, so the empty tables are kept for the next run.
        """
        kept = self._bench / f"pretix-{VERSION}-{self._programs.parent.name}.dump"
        if kept.exists():
            self._server("pg_restore", "--no-owner", "-d", self._address, str(kept))
        else:
            self._run("-m", "pretix", "migrate", "--noinput")
            self._server("pg_dump", "-Fc", "-f", str(kept), self._address)
        self.found = self._told(SET_UP, json.dumps(plan))  # type: ignore[assignment]

    def requests(self, event: str, count: int) -> list[bytes]:
        """Return so many ready orders, each of another woman."""
        made = []
        for number in range(count):
            body = json.dumps(
                {
                    "email": f"woman{number}@example.org",
                    "locale": "en",
                    "sales_channel": "web",
                    "positions": [{"positionid": 1, "item": self.found[event], "answers": []}],
                }
            )
            head = (
                f"POST /api/v1/organizers/clinic/events/{event}/orders/ HTTP/1.1\r\n"
                f"Host: 127.0.0.1:{self.port}\r\nAuthorization: Token {self.found['token']}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            made.append((head + body).encode())
        return made

    def sold(self, event: str) -> int:
        """Return how many places of an event its own tables say are sold."""
        return int(str(self._told(SOLD, event)))

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """Serve it by gunicorn with one worker for the length of the block."""
        begun = [self._redis()] if self._redis_port else []
        with (self.home / "gunicorn.log").open("w") as log:
            server = subprocess.Popen(
                [
                    str(self.python), "-m", "gunicorn", "pretix.wsgi", "--workers", "1",
                    "--worker-class", "gthread", "--threads", str(THREADS), "--timeout", "120",
                    "--keep-alive", "60", "--backlog", "2048", "--worker-connections", "2000",
                    "--bind", f"127.0.0.1:{self.port}",
                ],
                env=self._env, cwd=self.home, stdout=log, stderr=log,
            )  # fmt: skip
        begun.append(server)
        try:
            wait_for(f"http://127.0.0.1:{self.port}/healthcheck/", server, 120)
            yield
        finally:
            for each in reversed(begun):
                each.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    each.wait(timeout=15)
                each.kill()

    def _redis(self) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(
            ["redis-server", "--port", str(self._redis_port), "--save", "", "--dir", self.home],
            stdout=subprocess.DEVNULL,
        )
        sleep(0.5)
        return started

    def _write_settings(self, address: str) -> None:
        at = urlsplit(address)
        redis = (
            f"[redis]\nlocation=redis://127.0.0.1:{self._redis_port}/0\nsessions=true\n"
            if self._redis_port
            else ""
        )
        (self.home / "pretix.cfg").write_text(
            f"[pretix]\ninstance_name=bench\nurl=http://127.0.0.1:{self.port}\ncurrency=EUR\n"
            f"datadir={self.home}\nregistration=off\n"
            f"[database]\nbackend=postgresql\nname=pretix\nuser={at.username}\n"
            f"password={at.password}\nhost={at.hostname}\nport={at.port}\n"
            f"[mail]\nfrom=bench@example.org\n{redis}"
        )

    def _server(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{program} failed: {done.stderr[-1000:]}")

    def _told(self, program: str, *arguments: str) -> object:
        said = self._run("-c", program, *arguments)
        line = next(line for line in said.splitlines() if line.startswith("FOUND "))
        return json.loads(line.removeprefix("FOUND "))

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.python), *arguments],
            env=self._env,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"pretix: {arguments[:2]} failed:\n{done.stderr[-3000:]}")
        return done.stdout


def environment(bench: Path) -> Path:
    """Return the Python of its environment, made when there is none yet."""
    home = bench / "pretix-venv"
    python = home / "bin" / "python"
    mark = home / f"has-{VERSION}"
    if mark.exists():
        return python
    bench.mkdir(parents=True, exist_ok=True)
    base = getattr(sys, "_base_executable", sys.executable)
    for command in (
        [base, "-m", "venv", str(home)],
        [str(python), "-m", "pip", "install", "-q", f"pretix=={VERSION}", "gunicorn"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"pretix could not be installed:\n{done.stderr[-2000:]}")
    mark.touch()
    return python
