"""Indexes and keys that point elsewhere, put aside while very many rows are written.

A row that goes into six indexes at places that have nothing to do with one another costs more than
the row. So what serves reading alone is taken away first and made again over all rows at the end,
when every key that points elsewhere is checked too, old rows and new. What is unique stays unique
from row to row, and the triggers and checks of the tables stay where they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

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
        cursor.execute("PRAGMA cache_size")
        (cache,) = cursor.fetchone()
        cursor.execute(f"PRAGMA cache_size = {-MEMORY_KB}")
        for name, _ in kept:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    try:
        with connection.constraint_checks_disabled():
            yield
    finally:
        with connection.cursor() as cursor:
            for _, sql in kept:
                cursor.execute(sql)
            cursor.execute(f"PRAGMA cache_size = {cache}")
    connection.check_constraints()


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
