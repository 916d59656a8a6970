"""How the tables are emptied after a test that commits: rows only, and only where there are any.

Django's own way truncates every table and then does again all that follows a migration: it writes
the content types and permissions anew and makes every trigger anew. No test changes those, so they
are left standing.
"""

from django.core.management.color import no_style
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

# Written by what follows a migration; none of them points at a table that is emptied.
LEFT_STANDING = frozenset({"django_content_type", "auth_permission", "django_migrations"})


def empty(connection: BaseDatabaseWrapper) -> None:
    """Remove the rows of every table but ``LEFT_STANDING``, whatever points at whatever."""
    every = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [name for name in every if name not in LEFT_STANDING]
    full = with_rows(connection, tables)
    if full:
        # PostgreSQL refuses to truncate what an empty table points at, so it takes those with it.
        cascade = connection.vendor == "postgresql"
        statements = connection.ops.sql_flush(no_style(), full, allow_cascade=cascade)
        connection.ops.execute_sql_flush(statements)


def with_rows(connection: BaseDatabaseWrapper, tables: list[str]) -> list[str]:
    """Return those of the tables that have a row."""
    quoted = {name: connection.ops.quote_name(name) for name in tables}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {q})" for q in quoted.values())
        )
        found = cursor.fetchone()
    return [name for name, has in zip(tables, found, strict=True) if has]


def between_tests(case: TransactionTestCase) -> None:
    """Stand in for ``TransactionTestCase._fixture_teardown``."""
    if case.available_apps is not None or case.serialized_rollback:
        raise NotImplementedError("Emptying knows neither available_apps nor serialized_rollback.")
    for name in case._databases_names(include_mirrors=False):
        empty(connections[name])
