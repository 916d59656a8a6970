"""Asks for every page of a demo's database, in this process; bench/pages.py starts it.

Prints JSON: each page with the role it is slowest for, its times, statements and weight.
"""

import itertools
import json
import logging
import os
import random
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median, quantiles
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "patency.config.settings")

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.staticfiles import finders  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import URLPattern, URLResolver, get_resolver, reverse  # noqa: E402

from patency.records.models.people import Patient  # noqa: E402

MODELS = {"entry": "DiaryEntry", "episode": "PregnancyEpisode", "staff": "StaffMember"}
"""Where the part of an address is not the name of its table."""
TRIED = 60  # ids for which a page may not be open, before it counts as not reached
WARM = 2
HER_STATES = ("registered", "cleared", "booked", "on_hold", "released")


def main(requests: int, wanted: Sequence[str]) -> None:
    """Ask, then print."""
    logging.disable(logging.ERROR)
    settings.ALLOWED_HOSTS = ["*"]
    dice = random.Random(1)
    who = clients(dice)
    pages, posted, unreached = {}, [], []
    for name, parts in sorted(addresses()):
        if wanted and name not in wanted:
            continue
        outcome = page(name, parts, who, requests, dice)
        if outcome is None:
            (posted if is_only_posted(name, parts, who) else unreached).append(name)
        else:
            pages[name] = outcome
    hers = [each for each in pages.values() if each["hers"]]
    print(
        json.dumps(
            {
                "pages": pages,
                "posted": posted,
                "unreached": unreached,
                "her_kb": max((each["kb"] for each in hers), default=0),
                "her_first_kb": max((each["first_kb"] for each in hers), default=0),
            }
        )
    )


def addresses() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every named page with the parts of its address."""

    def below(patterns: Sequence[Any], parts: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for each in patterns:
            mine = parts + tuple(each.pattern.converters)
            if isinstance(each, URLResolver) and each.namespace is None:
                yield from below(each.url_patterns, mine)
            elif isinstance(each, URLPattern) and each.name:
                yield each.name, mine

    yield from dict(below(get_resolver().url_patterns, ())).items()


def clients(dice: random.Random) -> dict[str, list[tuple[Client, Any]]]:
    """Return who can ask, by role: a browser that is signed in, and the woman it is of."""
    found: dict[str, list[tuple[Client, Any]]] = {"nobody": [(Client(), None)]}
    for user in User.objects.filter(staff_member__site="demo-west").order_by("pk"):
        found[user.get_username()] = [(signed_in(user), None)]
    women = list(Patient.objects.filter(user__isnull=False))
    for state in HER_STATES:
        rows = Patient.objects.filter(visits__state=state, user__isnull=True, site="demo-west")
        for patient in rows.order_by("-registered_at")[:2]:
            user, _ = User.objects.get_or_create(username=patient.number)
            Patient.objects.filter(pk=patient.pk).update(user=user)
            women.append(Patient.objects.get(pk=patient.pk))
    found["herself"] = [(signed_in(woman.user), woman.pk) for woman in women]
    return found


def signed_in(user: Any) -> Client:
    """Return a browser in which somebody is signed in."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def page(
    name: str,
    parts: tuple[str, ...],
    who: Mapping[str, list[tuple[Client, Any]]],
    requests: int,
    dice: random.Random,
) -> dict[str, Any] | None:
    """Return the figures of one page for the role that waits longest; None where nobody gets it."""
    slowest: dict[str, Any] | None = None
    for role, browsers in who.items():
        open_to = list(itertools.islice(reached(name, parts, browsers, dice), requests))
        if not open_to:
            continue
        figures = timed(open_to, requests, dice)
        figures |= {"role": role, "hers": role == "herself" or (role == "nobody" and not parts)}
        if slowest is None or figures["p95"] > slowest["p95"]:
            slowest = figures
        if role == "nobody":
            break  # open to everybody, and the same for all
    return slowest


def reached(
    name: str, parts: tuple[str, ...], browsers: Sequence[tuple[Client, Any]], dice: random.Random
) -> Iterator[tuple[Client, str]]:
    """Yield who gets the page, at which address."""
    refused = 0
    for client, woman in itertools.cycle(browsers) if parts else browsers:
        for address in places(name, parts, woman, dice):
            if refused >= TRIED:
                return
            if client.get(address).status_code == 200:
                yield client, address
            else:
                refused += 1
        if not parts and woman is None:
            return
        refused += 1


def places(name: str, parts: tuple[str, ...], woman: Any, dice: random.Random) -> Iterator[str]:
    """Yield addresses of a page, with ids of rows that belong together."""
    if not parts:
        yield reverse(name)
        return
    tables = [table_of(part) for part in parts]
    if None in tables:
        return
    rows = some_rows(tables[-1], woman)
    dice.shuffle(rows)
    for row in rows[:20]:
        keys = [row.pk if table is tables[-1] else key_above(row, table) for table in tables]
        if None not in keys:
            yield reverse(name, args=keys)


def table_of(part: str) -> Any:
    """Return the table of one part of an address, such as ``visit_id``."""
    stem = part.removesuffix("_id")
    name = MODELS.get(stem, "".join(word.title() for word in stem.split("_")))
    try:
        return apps.get_model("records", name)
    except LookupError:
        return None


def some_rows(model: Any, woman: Any) -> list[Any]:
    """Return rows of a table, newest and others, of one woman where one asks."""
    rows = model.objects.all()
    if hasattr(model, "site") or any(f.name == "site" for f in model._meta.fields):
        rows = rows.filter(site="demo-west")
    way = getattr(model, "WOMAN", None)
    if woman is not None and way is not None:
        return list(rows.filter(**{way or "pk": woman})[:40])
    if any(f.name == "state" for f in model._meta.fields):
        states = rows.order_by().values_list("state", flat=True).distinct()
        return [row for state in states for row in rows.filter(state=state).order_by("-pk")[:6]]
    return list(rows.order_by("-pk")[:40])


def key_above(row: Any, table: Any) -> Any:
    """Return the key of the row of a table that this one belongs to."""
    for field in row._meta.fields:
        if field.related_model is table:
            return getattr(row, field.attname)
    return None


def timed(
    open_to: Sequence[tuple[Client, str]], requests: int, dice: random.Random
) -> dict[str, Any]:
    """Return the times, statements and weight of a page."""
    for client, address in open_to[:WARM]:
        client.get(address)
    times = []
    for client, address in itertools.islice(itertools.cycle(open_to), max(requests, len(open_to))):
        began = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (address, answer.status_code)
    statements, weight, first = 0, 0.0, 0.0
    for client, address in open_to[:12]:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            answer = client.get(address)
        statements = max(statements, len(seen))
        weight = max(weight, len(answer.content) / 1000)
        first = max(first, weight + beside(answer.content.decode()))
    ends = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return {
        "p50": median(times),
        "p95": ends,
        "statements": statements,
        "kb": weight,
        "first_kb": first,
    }


def beside(text: str) -> float:
    """Return how many kB of files a page asks for, which a browser keeps after the first time."""
    names = set(re.findall(rf'(?:src|href)="{re.escape(settings.STATIC_URL)}([^"?#]+)', text))
    found = [finders.find(name) for name in names]
    return sum(os.path.getsize(path) for path in found if path) / 1000


def is_only_posted(name: str, parts: tuple[str, ...], who: Mapping[str, Any]) -> bool:
    """Return whether somebody is told that the page is only posted to."""
    for browsers in who.values():
        for client, woman in browsers[:1]:
            for address in itertools.islice(places(name, parts, woman, random.Random(1)), 3):
                if client.get(address).status_code == 405:
                    return True
    return False


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
