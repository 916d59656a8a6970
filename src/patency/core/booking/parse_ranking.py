"""A ranking as written in ``rankings/*.toml``, to the rules the night's list is made by."""

from collections.abc import Mapping
from dataclasses import fields
from itertools import pairwise

from patency.core.booking.rank import Points, PriorityRules
from patency.core.document import Table

HOW_TO = "docs/adr/0009-booking-engine.md"


def parse_ranking(document: Mapping[str, object], file_name: str) -> PriorityRules:
    """Return the rules of a ranking. Raises ``DocumentRefused`` naming all that is wrong."""
    top = Table(document, file_name)
    version = top.text("version")
    table = top.table("points")
    points = {one.name: _points(table.table(one.name)) for one in fields(Points)}
    table.close()
    shares = _shares(top.table("ovulated_by"))
    top.close()
    top.finish(see=HOW_TO)
    return PriorityRules(version, Points(**points), shares)


def _points(one: Table) -> float:
    low = one.number("low", low=0, high=100_000, unit="points")
    high = one.number("high", low=0, high=100_000, unit="points")
    value = one.number("value", low=low, high=high, unit="points")
    _owned(one)
    return value


def _owned(one: Table) -> None:
    one.text("meaning")
    one.text("owner", what="a role such as lead gynaecologist")
    one.day("review")
    one.text("source", what="where the number is from")
    one.close()


def _shares(table: Table) -> dict[int, float]:
    days = _numbers(table, "days_after_bleeding")
    shares = _numbers(table, "share")
    if len(days) != len(shares) or any(later <= sooner for sooner, later in pairwise(days)):
        table.refuse("share", "must give one share for each rising day. Write as many as days.")
    if any(not 0 <= share <= 1 for share in shares) or shares != sorted(shares):
        table.refuse("share", "must rise from 0 to at most 1: nobody's ovulation is undone.")
    _owned(table)
    return {int(day): share for day, share in zip(days, shares, strict=False)}


def _numbers(table: Table, key: str) -> list[float]:
    raw = table.raw.get(key) if table.has(key) else None
    if not isinstance(raw, list) or not raw or not all(isinstance(one, int | float) for one in raw):
        table.refuse(key, "is not a list of numbers. Write at least one.")
        return []
    return [float(one) for one in raw]
