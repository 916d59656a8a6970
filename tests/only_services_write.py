"""A watch on the database: a door may not insert, update or delete; a service does that."""

import sys
from collections.abc import Callable
from typing import Any

# whose own tables sign-in, sessions and jobs are; seen_by writes down who read what
MAY_WRITE = (
    "patency.service.",
    "patency.records.seen_by",
    "django.contrib.auth",
    "allauth.",
    "django.contrib.sessions",
    "django.core.management",
    "django_tasks",
)
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "TRUNCATE")


class ADoorWrote(AssertionError):
    """A door changed rows by itself; the text names the place and the statement."""


def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    """Run a statement unless a door issues it; for Django's ``connection.execute_wrapper``."""
    if sql.lstrip().upper().startswith(WRITES):
        where = door_that_writes()
        if where:
            raise ADoorWrote(f"{where} issued {sql[:80]}…; doors never write: call a service")
    return execute(sql, params, many, context)


def door_that_writes() -> str | None:
    """Return the door below which no service stands in the stack, as ``module:line``, or None."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(MAY_WRITE):
            return None
        if module.startswith("patency.doors."):
            return f"{module}:{frame.f_lineno}"
        frame = frame.f_back
    return None
