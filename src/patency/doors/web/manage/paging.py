"""Lists of many rows, one page at a time, by the number of the last row shown."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

ROWS = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the older ones begin."""

    rows: tuple[Any, ...]
    older: str
    """The address's question for the next page; empty on the last."""


def one_page(rows: "QuerySet[Any]", asked: QueryDict, key: str = "id") -> Page:
    """Return the newest rows before the one that was asked for; ``rows`` may be values.

    Costs one statement and never counts: a list of millions opens as fast as one of ten.
    """
    before = whole_number(asked.get("before", ""))
    if before is not None:
        rows = rows.filter(**{f"{key}__lt": before})
    found = list(rows.order_by(f"-{key}")[: ROWS + 1])
    shown = found[:ROWS]
    older = ""
    if len(found) > ROWS:
        last = shown[-1][key] if isinstance(shown[-1], dict) else getattr(shown[-1], key)
        kept = {name: value for name, value in asked.items() if name != "before" and value}
        older = urlencode({**kept, "before": last})
    return Page(tuple(shown), older)


def whole_number(typed: str) -> int | None:
    """Return a number of an address, or None for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
