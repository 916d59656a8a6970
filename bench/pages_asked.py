"""Asks for every page of a demo's database, in this process; bench/pages.py starts it.

Prints JSON: each page with the role it is slowest for, its times, statements and weight.
"""

import itertools
import json
import logging
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from statistics import median, quantiles
from typing import Any, NamedTuple

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "patency.config.settings")

import django

django.setup()


from addresses import addresses, places  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.staticfiles import finders  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from patency.core.access import Actor, Role  # noqa: E402
from patency.doors.web.house import the_house  # noqa: E402
from patency.records.models.people import Patient  # noqa: E402
from patency.service import lining_up  # noqa: E402

SITE = "demo-west"
TRIED = 8  # addresses of a page that may be closed to somebody, before the next is asked
FIRST_LOOK = 3  # requests of each role; the slowest is asked as often as wanted
COUNTED = 8  # addresses whose statements are counted
NO = 403
HER_STATES = ("registered", "cleared", "booked", "on_hold", "released")


class Asker(NamedTuple):
    """Somebody with a browser, and the woman it is of."""

    role: str
    client: Client
    woman: Any = None


def main(requests: int, wanted: Sequence[str]) -> None:
    """Ask, then print."""
    logging.disable(logging.ERROR)
    import_module("patency.config.wsgi")  # as a server loads it
    settings.ALLOWED_HOSTS = ["*"]
    keep_the_line()
    people = askers()
    pages: dict[str, dict[str, Any]] = {}
    posted, unreached = [], []
    for name, parts in addresses().items():
        if wanted and name not in wanted:
            continue
        statuses: set[int] = set()
        found = [
            (asker, open_to)
            for asker in people
            if (open_to := opened(name, parts, asker, requests, statuses))
        ]
        if found:
            pages[name] = slowest(parts, found, requests)
            one = pages[name]
            print(
                f"{name:30} {one['role']:14} {one['p50']:7.1f} {one['p95']:7.1f} ms"
                f" {one['statements']:5} statements {one['kb']:7.1f} kB",
                file=sys.stderr,
                flush=True,
            )
        else:
            (posted if 405 in statuses else unreached).append(name)
    hers = [each for each in pages.values() if each["hers"]]
    answer = {
        "pages": pages,
        "posted": posted,
        "unreached": unreached,
        "her_kb": max((each["kb"] for each in hers), default=0),
        "her_first_kb": max((each["first_kb"] for each in hers), default=0),
    }
    print(json.dumps(answer))


def keep_the_line() -> None:
    """Do what the worker does each minute: keep the order of the line for the pages."""
    house = the_house()
    by = Actor(name="worker", site=SITE, roles=frozenset({Role.SYSTEM}))
    lining_up.keep_line(house, SITE, by=by, now=house.now())


def askers() -> list[Asker]:
    """Return a stranger, each member of the staff, and women at different stages."""
    found = [Asker("nobody", Client())]
    for user in User.objects.filter(staff_member__site=SITE).order_by("pk"):
        found.append(Asker(user.get_username(), signed_in(user)))
    women = list(Patient.objects.filter(user__isnull=False, site=SITE))
    for state in HER_STATES:
        rows = Patient.objects.filter(visits__state=state, user__isnull=True, site=SITE)
        for patient in rows.order_by("-registered_at")[:1]:
            user, _ = User.objects.get_or_create(username=patient.number)
            Patient.objects.filter(pk=patient.pk).update(user=user)
            women.append(Patient.objects.select_related("user").get(pk=patient.pk))
    return found + [Asker("herself", signed_in(woman.user), woman.pk) for woman in women]


def signed_in(user: Any) -> Client:
    """Return a browser in which somebody is signed in."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def opened(
    name: str, parts: tuple[str, ...], asker: Asker, requests: int, statuses: set[int]
) -> list[str]:
    """Return addresses of a page that open to somebody, at most as many as are asked for.

    What is closed to the role is not tried again; ``statuses`` takes what was answered.
    """
    found: list[str] = []
    refused = 0
    for address in places(name, parts, SITE, asker.woman):
        status = asker.client.get(address).status_code
        statuses.add(status)
        if status == 200:
            found.append(address)
        else:
            refused += 1
        if len(found) == requests or status in (NO, 405) or refused == TRIED:
            break
    return found


def slowest(
    parts: tuple[str, ...], found: Sequence[tuple[Asker, list[str]]], requests: int
) -> dict[str, Any]:
    """Return the figures of a page for the role that waits longest."""

    def first_look(each: tuple[Asker, list[str]]) -> float:
        return median(times(*each, FIRST_LOOK))

    asker, open_to = max(found, key=first_look)
    taken = times(asker, open_to, requests)
    statements, weight, first = 0, 0.0, 0.0
    for address in open_to[:COUNTED]:
        with CaptureQueriesContext(connection) as seen:
            answer = asker.client.get(address)
        size = len(b"".join(answer)) if answer.streaming else len(answer.content)
        statements = max(statements, len(seen))
        weight = max(weight, size / 1000)
        if not answer.streaming:
            first = max(first, size / 1000 + beside(answer.content.decode(errors="replace")))
    return {
        "role": asker.role,
        "hers": asker.role == "herself" or (asker.role == "nobody" and len(parts) < 2),
        "p50": median(taken),
        "p95": quantiles(taken, n=20, method="inclusive")[-1],
        "statements": statements,
        "kb": weight,
        "first_kb": first,
    }


def times(asker: Asker, open_to: Sequence[str], requests: int) -> list[float]:
    """Return how many milliseconds the server took for each request."""
    taken = []
    for address in itertools.islice(itertools.cycle(open_to), max(requests, 2)):
        began = time.perf_counter()
        asker.client.get(address)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def beside(text: str) -> float:
    """Return how many kB of files a page asks for, which a browser keeps after the first time."""
    names = set(re.findall(rf'(?:src|href)="{re.escape(settings.STATIC_URL)}([^"?#]+)', text))
    sizes: Mapping[str, Any] = {name: finders.find(name) for name in names}
    return sum(os.path.getsize(path) for path in sizes.values() if path) / 1000


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
