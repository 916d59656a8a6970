"""Who reaches which address of the pages, read from the addresses themselves, as Markdown."""

import os
import re
from collections.abc import Iterator
from typing import Any

from patency.core.access import Reach, Role
from patency.doors.cli.handbook import GENERATED, table
from patency.doors.cli.program import set_up_django

WHO = (
    Role.PATIENT,
    Role.REGISTRATION,
    Role.NURSE,
    Role.RADIOGRAPHER,
    Role.RADIOLOGIST,
    Role.GYNAECOLOGIST,
    Role.CONSULTANT,
    Role.CASHIER,
    Role.MANAGER,
    Role.ADMINISTRATOR,
    Role.KIOSK,
)
YES, NO = "●", ""
ALIASES = frozenset({"account_login", "account_logout"})  # the library's names for two of ours
PART = re.compile(r"<(?:\w+:)?(\w+)>")


def access_matrix() -> str:
    """Return the matrix; it needs the pages' addresses, so Django is set up, on no database."""
    os.environ.setdefault("PATENCY_MODE", "test")  # no key and no folder is needed to read them
    set_up_django()
    return "\n".join((GENERATED, *_matrix()))


def _matrix() -> Iterator[str]:
    yield "# Who reaches which page"
    yield ""
    yield "Every address of the pages, and the roles its guard lets in. What they see there is, in"
    yield "addition, their own site's, and for a woman her own: rows of another site or another"
    yield "woman do not exist (404). `tests/doors/test_web_access.py` tries every address as every"
    yield "role, as a stranger, with rows of another site, and as another woman."
    yield ""
    found = sorted(_addresses(), key=lambda each: (each[0] != "", each[0]))
    yield from table(
        ("Address", "Needs", "stranger", *(role.value for role in WHO)),
        (_row(route, view) for route, view in found),
    )


def _row(route: str, view: Any) -> tuple[str, ...]:
    reach: Reach | None = getattr(view, "reach", None)
    address = f"`/{PART.sub(lambda part: '{' + part[1].removesuffix('_id') + '}', route)}`"
    if reach is None:
        return (address, "nothing: anyone may", YES, *(YES for _ in WHO))
    needs = reach.needs.value if reach.needs else "being signed in"
    return (address, needs, NO, *(YES if reach.opens_to(role) else NO for role in WHO))


def _addresses() -> Iterator[tuple[str, Any]]:
    from django.urls import URLResolver, get_resolver

    def walk(found: Any, before: str) -> Iterator[tuple[str, Any]]:
        for each in found:
            route = before + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, route)
            elif each.name not in ALIASES and not route.startswith("demo/"):
                yield route, each.callback

    yield from walk(get_resolver().url_patterns, "")
