"""Every address of the pages and what can stand in it, read from the resolver and the tables.

Shared by ``bench/pages_asked.py`` and ``tests/doors/test_web_queries.py``.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

TABLES = {
    "entry": "DiaryEntry",
    "episode": "PregnancyEpisode",
    "staff": "StaffMember",
    "finding": "CriticalFinding",
    "image": "ImageFile",
}
"""Where a part of an address, such as ``entry_id``, is not called like its table."""
WORDS = {"site": "demo-west", "rule_id": "temperature-too-high", "indicator": "dose"}
"""What stands in a part that is a word and no key."""
NEWEST, OF_EACH_STATE = 40, 6


def addresses() -> dict[str, tuple[str, ...]]:
    """Return every named page with the parts of its address."""

    def below(patterns: Sequence[Any], parts: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for each in patterns:
            mine = parts + tuple(each.pattern.converters)
            if isinstance(each, URLResolver) and each.namespace is None:
                yield from below(each.url_patterns, mine)
            elif isinstance(each, URLPattern) and each.name:
                yield each.name, mine

    return dict(sorted(below(get_resolver().url_patterns, ())))


def places(name: str, parts: tuple[str, ...], site: str, woman: UUID | None) -> Iterator[str]:
    """Yield the addresses of a page, with ids of rows that belong together, of one woman's if one
    asks."""
    if not parts:
        yield reverse(name)
        return
    if all(part in WORDS for part in parts):
        yield reverse(name, args=[WORDS[part] for part in parts])
        return
    tables = [table_of(part) for part in parts]
    if None in tables:
        return
    for row in some_rows(tables[-1], site, woman):
        keys = [row.pk if table is tables[-1] else key_above(row, table) for table in tables]
        if None not in keys:
            yield reverse(name, args=keys)


def table_of(part: str) -> Any:
    """Return the table of one part of an address, such as ``visit_id``; None for another part."""
    stem = part.removesuffix("_id")
    name = TABLES.get(stem, "".join(word.title() for word in stem.split("_")))
    try:
        return apps.get_model("records", name)
    except LookupError:
        return None


def some_rows(model: Any, site: str, woman: UUID | None) -> list[Any]:
    """Return rows of a table: the newest, some of each state, of one woman where one asks."""
    names = {field.name for field in model._meta.fields}
    rows = model._default_manager.order_by("-pk")
    if "site" in names:
        rows = rows.filter(site=site)
    way = getattr(model, "WOMAN", None)
    if woman is not None and way is not None:
        return list(rows.filter(**{way or "pk": woman})[:NEWEST])
    if "state" in names:
        states = rows.order_by().values_list("state", flat=True).distinct()
        return [row for state in states for row in rows.filter(state=state)[:OF_EACH_STATE]]
    return list(rows[:NEWEST])


def key_above(row: Any, table: Any) -> Any:
    """Return the key of the row of a table that this one belongs to."""
    for field in row._meta.fields:
        if field.related_model is table:
            return getattr(row, field.attname)
    return None
