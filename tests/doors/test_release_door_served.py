"""The release door over real sockets: a crowd, two doors by mistake, kill -9 in the middle."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest
from django.db import connection

from patency.core.booking.release import commitment_to, faults
from patency.core.booking.ticket import Ticket, sign, token_for
from patency.doors.release.door import BY
from patency.gateways.clock import system_clock
from patency.records.models.release import Claim, NumberRelease
from patency.service.numbers import ticket_key
from tests.doors.worked_on import WorkedOn
from tests.make import SITE, make_patient, make_slot, make_visit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("release-door")]

now = system_clock()
AT_ONCE = 24
SECRET = b"s" * 32


class Open:
    """A release that is open, with tickets for so many women."""

    def __init__(self, *, places: int, waiting: int, women: int, opens_in_s: float = -1, **fields):
        moment = now()
        self.row = NumberRelease.objects.create(
            **{
                "site": SITE,
                "campus": "west",
                "day": (moment + timedelta(days=2)).date(),
                "policy": "first-come",
                "announced_at": moment - timedelta(hours=1),
                "opens_at": moment + timedelta(seconds=opens_in_s),
                "closes_at": moment + timedelta(hours=1),
                "places": places,
                "waiting_places": waiting,
                **fields,
            }
        )
        for place in range(1, places + 1):
            make_slot(
                starts_at=moment + timedelta(days=2, minutes=place),
                kind="clinic_visit",
                room="clinic",
                release=self.row,
                place=place,
            )
        self.tickets = [self._ticket() for _ in range(women)]

    def _ticket(self) -> str:
        visit = make_visit(patient=make_patient(number=uuid4().hex[:16]))
        key = ticket_key(by=BY, now=now())
        return sign(
            Ticket(
                token=token_for(key, self.row.pk, visit.patient_id),
                release=self.row.pk,
                patient=visit.patient_id,
                visit=visit.pk,
                ends_at=self.row.closes_at,
                priority_class=0,
                tries_a_minute=60,
            ),
            key,
        )


class Database(WorkedOn):
    """Where the doors work: this PostgreSQL, or a file this SQLite in memory is copied into."""

    def claims(self) -> dict[str, tuple[str, int | None, int | None]]:
        """Return what the tables hold, by token."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.file)) as there:
                there.backup(connection.connection)
        rows = Claim.objects.values_list("pk", "outcome", "ordinal", "waiting_place")
        return {str(pk): (outcome, number, line) for pk, outcome, number, line in rows}


class Served:
    """One door process."""

    def __init__(self, database: Database) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [Path(sys.executable).with_name("patency"), "release", "serve"]
        self.log = database.folder / f"door-{self.port}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                env={
                    **os.environ,
                    "PATENCY_MODE": "test",
                    "PATENCY_HOME": str(database.folder),
                    "DATABASE_URL": database.address(),
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ready(self) -> "Served":
        ends = monotonic() + 90
        while monotonic() < ends and self.process.poll() is None:
            try:
                self.get("/clock")
            except OSError:
                sleep(0.1)
                continue
            return self
        pytest.fail(f"the door did not open: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """End the whole process group at once, as the kernel would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def get(self, path: str) -> dict:
        return self._ask("GET", path, {})

    def claim(self, of: Open, ticket: str, key: str = "k") -> dict | None:
        """Return what a claim is answered; None when the door died over it."""
        headers = {"Authorization": f"Ticket {ticket}", "Idempotency-Key": key}
        try:
            return self._ask("POST", f"/releases/{of.row.pk}/claims", headers)
        except (OSError, HTTPException):
            return None

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> dict:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request(method, path, headers=headers)
            return json.loads(line.getresponse().read())


@contextmanager
def doors(database: Database, count: int = 1) -> Iterator[list[Served]]:
    opened = [Served(database) for _ in range(count)]
    try:
        yield [each.ready() for each in opened]
    finally:
        for each in opened:
            if each.process.poll() is None:
                each.kill()


def crowd(acts):
    with ThreadPoolExecutor(AT_ONCE) as many:
        return list(many.map(lambda act: act(), acts))


def as_kept(said: dict) -> tuple[str, int | None, int | None]:
    return said["answer"], said["number"], said["waiting_place"]


def check_books(kept, *, places: int, waiting: int) -> None:
    """Nothing oversold, no ordinal left out or given twice."""
    numbers = sorted(number for _, number, _ in kept.values() if number)
    in_line = sorted(place for _, _, place in kept.values() if place)
    assert numbers == list(range(1, places + 1))
    assert in_line == list(range(1, waiting + 1))


def test_a_crowd_gets_exactly_the_places_there_are_and_everyone_a_definite_answer(tmp_path):
    of = Open(places=12, waiting=5, women=120)
    database = Database(tmp_path)

    with doors(database) as (door,):
        said = crowd([lambda t=t: door.claim(of, t) for t in [*of.tickets, *of.tickets[:30]]])
        state = door.get(f"/releases/{of.row.pk}")
        shown = door.get(f"/claims/{said[0]['claim']}")

    assert Counter(s["answer"] for s in said[:120]) == {
        "number": 12, "waiting": 5, "sold-out": 103
    }  # fmt: skip
    assert [as_kept(s) for s in said[120:]] == [as_kept(s) for s in said[:30]]
    kept = database.claims()
    assert {s["claim"]: as_kept(s) for s in said} == kept
    check_books(kept, places=12, waiting=5)
    assert (state["given"], state["free"], state["ever_waiting"]) == (12, 0, 5)
    assert as_kept(shown) == as_kept(said[0])


def test_two_doors_by_mistake_still_sell_each_place_once(tmp_path):
    of = Open(places=15, waiting=6, women=60)
    database = Database(tmp_path)

    with doors(database, 2) as (one, other):
        said = crowd([lambda t=t, d=d: d.claim(of, t) for t in of.tickets for d in (one, other)])

    pairs = list(zip(said[::2], said[1::2], strict=True))
    assert all(as_kept(a) == as_kept(b) for a, b in pairs)
    assert sum(a["again"] + b["again"] for a, b in pairs) == 60
    kept = database.claims()
    assert {s["claim"]: as_kept(s) for s in said} == kept
    check_books(kept, places=15, waiting=6)


def test_after_kill_9_every_answer_given_stands_and_every_other_claim_gets_one(tmp_path):
    of = Open(places=40, waiting=20, women=160)
    database = Database(tmp_path)

    with doors(database) as (door,), ThreadPoolExecutor(AT_ONCE) as many:
        asked = [many.submit(door.claim, of, ticket) for ticket in of.tickets]
        while sum(each.done() for each in asked) < 50:
            sleep(0.001)
        door.kill()
        before = [each.result() for each in asked]
    answered = sum(said is not None for said in before)
    kept = database.claims()
    assert 50 <= answered < 160
    assert all(kept[said["claim"]] == as_kept(said) for said in before if said is not None)

    with doors(database) as (again,):
        after = crowd([lambda t=t: again.claim(of, t) for t in of.tickets])

    assert all(
        as_kept(now_said) == as_kept(then) and now_said["again"]
        for then, now_said in zip(before, after, strict=True)
        if then is not None
    )
    check_books(database.claims(), places=40, waiting=20)
    assert Counter(said["answer"] for said in after) == {
        "number": 40, "waiting": 20, "sold-out": 100
    }  # fmt: skip


def test_before_the_instant_nothing_is_given_and_the_server_says_when(tmp_path):
    of = Open(places=1, waiting=0, women=1, opens_in_s=1800)
    database = Database(tmp_path)

    with doors(database) as (door,):
        said = door.claim(of, of.tickets[0])

    assert (said["answer"], said["status"]) == ("not-yet", 409)
    assert said["now"] < said["opens_at"]
    assert database.claims() == {}


def test_the_door_draws_at_its_moment_and_anyone_can_check_what_it_publishes(tmp_path):
    of = Open(
        places=3, waiting=2, women=9, opens_in_s=15,
        policy="draw", secret=SECRET.hex(), commitment=commitment_to(SECRET),
    )  # fmt: skip
    database = Database(tmp_path)

    with doors(database) as (door,):
        interest = crowd([lambda t=t: door.claim(of, t) for t in of.tickets])
        assert {said["answer"] for said in interest} == {"interest"}
        ends = monotonic() + 60
        while "drawn" not in (result := door.get(f"/releases/{of.row.pk}/result")):
            assert monotonic() < ends, result
            sleep(0.5)
        said = crowd([lambda t=t: door.claim(of, t) for t in of.tickets])

    assert faults(result, announced=of.row.commitment) == []
    assert Counter(each["answer"] for each in said) == {"number": 3, "waiting": 2, "sold-out": 4}
    drawn = {row["token"]: row["outcome"] for row in result["drawn"]}
    assert {each["claim"]: each["answer"] for each in said} == drawn
    assert "patient" not in json.dumps(result)
