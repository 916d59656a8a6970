"""What a machine's worklist is, which items a query asks for, and the states of what it performs.

The matching is that of PS3.4 C.2.2.2: single value, list of UIDs, wild card, range, universal.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

IN_PROGRESS, COMPLETED, DISCONTINUED = "IN PROGRESS", "COMPLETED", "DISCONTINUED"
FINAL = frozenset({COMPLETED, DISCONTINUED})
STATES = (IN_PROGRESS, COMPLETED, DISCONTINUED)


def matches(asked: str, value: str, *, kind: str = "text") -> bool:
    """Return whether one key of a query asks for a value; an empty one asks for every value.

    ``kind`` is ``text`` (with wild cards, as written), ``name`` (letters large or small),
    ``uid`` (one or a list), ``date`` or ``time`` (one or a range).
    """
    asked = asked.strip()
    if not asked or asked == "*":
        return True
    if kind == "uid":
        return value in asked.split("\\")
    if kind in ("date", "time"):
        return _in_range(asked, value, kind)
    if kind == "name":
        return bool(_pattern(_plain_name(asked)).fullmatch(_plain_name(value)))
    return bool(_pattern(asked).fullmatch(value))


def _plain_name(name: str) -> str:
    # Letters large or small and empty parts at the end make no other name: PS3.4 C.2.2.2.1.
    return "=".join(part.rstrip("^ ") for part in name.casefold().split("=")).rstrip("=")


@lru_cache(maxsize=512)
def _pattern(asked: str) -> re.Pattern[str]:
    parts = (".*" if one == "*" else "." if one == "?" else re.escape(one) for one in asked)
    return re.compile("".join(parts), re.DOTALL)


def _in_range(asked: str, value: str, kind: str) -> bool:
    if not value:
        return False
    full = _full_date if kind == "date" else _full_time
    first, is_range, last = asked.partition("-")
    if not is_range:
        return full(value, up=False) == full(first, up=False)
    found = full(value, up=False)
    return (not first.strip() or full(first, up=False) <= found) and (
        not last.strip() or found <= full(last, up=True)
    )


def _full_date(text: str, *, up: bool) -> str:
    return text.strip().replace(".", "")  # the form of before 1993, which some machines still send


def _full_time(text: str, *, up: bool) -> str:
    whole, _, fraction = text.strip().replace(":", "").partition(".")
    return f"{whole.ljust(6, '9' if up else '0')}.{fraction.ljust(6, '9' if up else '0')}"


def may_become(state: str, to: str) -> bool:
    """Return whether a performed step may go from one state to another: final ones stay."""
    return state == IN_PROGRESS and to in STATES


def days_asked(asked: str) -> tuple[str, str]:
    """Return the first and last day a date key asks for, eight digits each; empty where open."""
    first, is_range, last = asked.strip().partition("-")
    first, last = first.strip().replace(".", ""), last.strip().replace(".", "")
    return (first, last) if is_range else (first, first)


def fits(asked: Mapping[str, str], item: Mapping[str, str], kinds: Mapping[str, str]) -> bool:
    """Return whether an item has every value a query asks for; keys we do not know ask nothing."""
    return all(
        matches(value, item[key], kind=kinds.get(key, "text"))
        for key, value in asked.items()
        if key in item
    )
