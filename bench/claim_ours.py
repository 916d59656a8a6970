"""Our half of the release's measurement: tables, women, tickets, and the door as it is served.

Rows are written at once, because the measurement begins at the claim: a woman with a visit and a
signed ticket, places that are released. The door is the command ``patency release serve``.
"""

import base64
import contextlib
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import django

PYTHON = Path(sys.executable)
SITE, CAMPUS = "demo-west", "west"


def set_up(address: str, home: Path) -> None:
    """Make the tables in an empty database and load Django in this process."""
    os.environ.update(environment(address, home))
    os.environ["DJANGO_SETTINGS_MODULE"] = "patency.config.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def environment(address: str, home: Path) -> dict[str, str]:
    """Return what the door is started with: production, with a key of its own."""
    home.mkdir(parents=True, exist_ok=True)
    key = home / "key"
    if not key.exists():
        key.write_text(uuid4().hex + uuid4().hex)
    return {
        "PATENCY_MODE": "production",
        "PATENCY_HOME": str(home),
        "PATENCY_SECRET_KEY_FILE": str(key),
        "PATENCY_MAIL": "",
        "DATABASE_URL": address,
    }


def make_release(number: int, places: int, women: int, *, waiting: int = 0) -> list[bytes]:
    """Return one ready HTTP request a woman, for a new release of so many places."""
    from patency.core.booking.ticket import Ticket, sign, token_for
    from patency.doors.release.door import BY
    from patency.gateways.clock import system_clock
    from patency.records.models.booking import Slot
    from patency.records.models.people import Patient
    from patency.records.models.release import NumberRelease
    from patency.records.models.visit import Visit
    from patency.service.numbers import ticket_key

    now = system_clock()()
    key = ticket_key(by=BY, now=now)
    day = (now + timedelta(days=2 + number)).date()
    release = NumberRelease.objects.create(
        site=SITE,
        campus=CAMPUS,
        day=day,
        policy="first-come",
        announced_at=now - timedelta(hours=1),
        opens_at=now - timedelta(seconds=1),
        closes_at=now + timedelta(days=1),
        places=places,
        waiting_places=waiting,
    )
    Slot.objects.bulk_create(
        (
            Slot(
                site=SITE,
                campus=CAMPUS,
                room=f"bench-{number}",
                kind="clinic_visit",
                day=day,
                starts_at=now + timedelta(days=2 + number, seconds=place),
                minutes=10,
                release=release,
                place=place + 1,
            )
            for place in range(places)
        ),
        batch_size=5000,
    )
    patients = Patient.objects.bulk_create(
        (
            Patient(
                number=f"B{number:02}{n:08}", site=SITE, birth_date=day, registered_at=now,
                family_name="B", given_name="B", language="en",
            )
            for n in range(women)
        ),
        batch_size=5000,
    )  # fmt: skip
    visits = Visit.objects.bulk_create(
        (Visit(site=SITE, patient=patient, opened_at=now) for patient in patients),
        batch_size=5000,
    )
    requests = []
    for visit in visits:
        ticket = Ticket(
            token=token_for(key, release.pk, visit.patient_id),
            release=release.pk,
            patient=visit.patient_id,
            visit=visit.pk,
            ends_at=release.closes_at,
            priority_class=0,
            tries_a_minute=60,
        )
        requests.append(
            f"POST /releases/{release.pk}/claims HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Ticket {sign(ticket, key)}\r\nIdempotency-Key: {uuid4()}\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )
    return requests


def kept(number: int) -> dict[str, int]:
    """Return what the tables hold of a release: to compare with what was answered."""
    from django.db.models import Count, Max

    from patency.records.models.release import Claim

    rows = Claim.objects.filter(release__slots__room=f"bench-{number}").distinct()
    release = Claim.objects.filter(release__in=rows.values("release"))
    counted = dict(release.values_list("outcome").annotate(Count("pk")))
    top = release.aggregate(Max("ordinal"), Count("slot", distinct=True))
    return {**counted, "highest ordinal": top["ordinal__max"], "places": top["slot__count"]}


@contextlib.contextmanager
def door(address: str, home: Path, port: int) -> Iterator[None]:
    """Serve the release door for the length of the block."""
    command = [PYTHON.with_name("patency"), "release", "serve", "--port", str(port)]
    with (home / "door.log").open("w") as log:
        served = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **environment(address, home)},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/clock", served)
        yield
    finally:
        served.terminate()
        served.wait(timeout=20)


def wait_for(address: str, served: subprocess.Popen[bytes], seconds: float = 90) -> None:
    """Wait until a server answers at all."""
    ends = monotonic() + seconds
    while monotonic() < ends:
        if served.poll() is not None:
            raise SystemExit(f"{address}: the server ended with {served.returncode}.")
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            sleep(0.2)
    raise SystemExit(f"{address}: no answer within {seconds:.0f} s.")


def write_requests(file: Path, requests: list[bytes]) -> Path:
    """Keep requests for the client program, one base-64 line each."""
    file.write_bytes(b"\n".join(base64.b64encode(each) for each in requests))
    return file
