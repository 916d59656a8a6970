"""Many rows at once, as fast as the database takes them, each constraint and trigger in place.

Rows travel as text: one text for a table, with marks between its cells and its rows, so that a row
that is like another costs no object. PostgreSQL reads such text itself (COPY); SQLite is handed
the cells, and its columns turn them into numbers as they turn any text.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from patency.records.models.ledger import Event


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands between cells, after a row, and for nothing, in the text of one database."""

    cell: str
    row: str
    nothing: str
    escapes: tuple[tuple[str, str], ...] = ()
    """What COPY reads as something else, and how it is written instead."""

    def text(self, value: object) -> str:
        """Return the text of one cell."""
        if value is None:
            return self.nothing
        return self.escaped(cell_of(value, is_naive=not self.escapes))

    def escaped(self, text: str) -> str:
        """Return text as it may stand in a cell."""
        for found, instead in self.escapes:
            text = text.replace(found, instead)
        return text


MARKS = {
    "postgresql": Marks(
        "\t", "\n", "\\N", (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
    ),
    # Marks that no text of ours holds: the unit and record separators, and a start of heading.
    "sqlite": Marks("\x1f", "\x1e", "\x01"),
}


def cell_of(value: object, *, is_naive: bool) -> str:
    """Return a value as both databases read it; ``is_naive`` leaves out that a moment is in UTC."""
    match value:
        case bool():
            return "1" if value else "0"
        case datetime():
            moment = value.astimezone(UTC)
            return (moment.replace(tzinfo=None) if is_naive else moment).isoformat(" ")
        case date():
            return value.isoformat()
        case UUID():
            return value.hex
        case Decimal() | int() | float() | str():
            return str(value)
    raise TypeError(f"A {type(value).__name__} has no cell; write it as JSON or as text first.")


def keys_of(patient: UUID | None) -> set[tuple[type[models.Model], Any]]:
    """Return what tells every row about a woman from others, events aside."""
    if patient is None:
        return set()
    return {
        (model, key)
        for model, way in _tables_about_her()
        for key in model._default_manager.filter(**{way: patient}).values_list("pk", flat=True)
    }


def rows_of(
    patient: UUID | None, *, after_event: int = 0
) -> dict[type[models.Model], list[models.Model]]:
    """Return all rows about a woman, table by table, and the events of those rows."""
    if patient is None:
        return {}
    found: dict[type[models.Model], list[models.Model]] = {
        model: list(model._default_manager.filter(**{way: patient}).order_by("pk"))
        for model, way in _tables_about_her()
    }
    keys = {str(row.pk) for of_table in found.values() for row in of_table}
    events = Event.objects.filter(pk__gt=after_event).order_by("pk")
    found[Event] = [row for row in events if row.subject.split("/", 1)[1] in keys]
    return {model: of_table for model, of_table in found.items() if of_table}


def _tables_about_her() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_app_config("records").get_models():
        way = getattr(model, "WOMAN", None)
        if way is not None:
            yield model, way or "pk"


def columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Return the columns a bulk of rows fills: all but what the database writes by itself."""
    by_itself = (models.BigAutoField, models.GeneratedField)
    return [field for field in model._meta.concrete_fields if not isinstance(field, by_itself)]


def row_text(row: models.Model, marks: Marks) -> str:
    """Return a row as one text with its mark at the end."""
    cells = []
    for field in columns(type(row)):
        value = getattr(row, field.attname)
        if value is not None and isinstance(field, models.JSONField):
            value = json.dumps(value, cls=field.encoder)
        cells.append(marks.text(value))
    return marks.cell.join(cells) + marks.row


def write(connection: BaseDatabaseWrapper, model: type[models.Model], texts: Sequence[str]) -> None:
    """Write rows given as texts; the caller holds the transaction."""
    table = connection.ops.quote_name(model._meta.db_table)
    fields = columns(model)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for text in texts:
                    copy.write(text)
            return
        # The mark itself stands in the statement: a call of char() would be made for every cell.
        nothing = MARKS["sqlite"].nothing
        places = ", ".join(f"NULLIF(?, '{nothing}')" if field.null else "?" for field in fields)
        cursor.cursor.connection.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places})",
            (row.split("\x1f") for text in texts for row in _rows(text)),
        )


def _rows(text: str) -> Iterable[str]:
    rows = text.split("\x1e")
    rows.pop()  # after the last mark
    return rows


def analyse(connection: BaseDatabaseWrapper) -> None:
    """Let the database count its rows, so that it plans with what is there now."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def size(connection: BaseDatabaseWrapper) -> int:
    """Return how many bytes the database takes on the disk."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute(
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            )
        found = cursor.fetchone()
    return int(found[0])


def turn_to_a_copy(connection: BaseDatabaseWrapper, copy: Path) -> None:
    """Let a connection of SQLite go on with a copy of its database."""
    file = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(file)) as original, closing(sqlite3.connect(copy)) as made:
        original.backup(made)
    connection.close()
    connection.settings_dict["NAME"] = str(copy)
