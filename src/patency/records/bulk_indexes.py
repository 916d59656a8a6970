"""Indexes and keys that point elsewhere, put aside while very many rows are written.

A row that goes into six indexes at places that have nothing to do with one another costs more than
the row. So what serves reading alone is taken away first and made again over all rows at the end,
when every key that points elsewhere is checked too, old rows and new. What is unique stays unique
from row to row, and the triggers and checks of the tables stay where they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

OF_SQLITE = r"""
    SELECT made.name, made.sql
    FROM sqlite_master AS made JOIN pragma_index_list(made.tbl_name) AS listed USING (name)
    WHERE made.type = 'index' AND made.sql IS NOT NULL AND NOT listed."unique"
      AND made.tbl_name LIKE 'records\_%' ESCAPE '\' ORDER BY made.name
"""
KEYS_OF_POSTGRESQL = r"""
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID',
                  conrelid::regclass, conname, pg_get_constraintdef(oid)),
           format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname)
    FROM pg_constraint
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
      AND conrelid::regclass::text LIKE 'records\_%' ORDER BY 1
"""
INDEXES_OF_POSTGRESQL = r"""
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE NOT indisunique AND relnamespace = current_schema()::regnamespace
      AND relname LIKE 'records\_%' ORDER BY 1
"""
MEMORY_KB = 256 * 1024
OF_THE_BUILD = {"cache_size": -2 * MEMORY_KB, "wal_autocheckpoint": 100_000, "threads": 2}
"""SQLite while rows are written: pages that are touched again and again stay in memory, the log is
carried over each 400 MB and not after each transaction, and a second thread sorts for indexes. The
log itself is kept, so a build that is killed leaves whole transactions."""


@contextmanager
def indexes_at_the_end(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Put indexes and keys aside; make them again at the end, also after a failure.

    Called outside a transaction, on a database that nobody else writes to.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Indexes are put aside outside a transaction; begin it afterwards.")
    if connection.vendor == "sqlite":
        yield from _sqlite(connection)
    else:
        yield from _postgresql(connection)


def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(OF_SQLITE)
        kept = cursor.fetchall()
        before = {name: _pragma(cursor, name) for name in OF_THE_BUILD}
        for name, value in OF_THE_BUILD.items():
            _pragma(cursor, f"{name} = {value}")
        for name, _ in kept:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    try:
        try:
            with connection.constraint_checks_disabled():
                yield
        finally:
            with connection.cursor() as cursor:
                for _, sql in kept:
                    cursor.execute(sql)
        connection.check_constraints()
    finally:
        with connection.cursor() as cursor:
            for name, value in before.items():
                _pragma(cursor, f"{name} = {value}")


def _pragma(cursor: Any, name: str) -> Any:
    cursor.execute(f"PRAGMA {name}")
    found = cursor.fetchone()
    return found and found[0]


def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(KEYS_OF_POSTGRESQL)
        keys = cursor.fetchall()
        cursor.execute(INDEXES_OF_POSTGRESQL)
        indexes = cursor.fetchall()
        for away, *_back in (*keys, *indexes):
            cursor.execute(away)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SET maintenance_work_mem = '{MEMORY_KB}kB'")
            # Every key is there again before the first is checked, which may fail.
            for _away, back, *_check in (*indexes, *keys):
                cursor.execute(back)
            cursor.execute("RESET maintenance_work_mem")
    with connection.cursor() as cursor:
        for _away, _back, check in keys:
            cursor.execute(check)
