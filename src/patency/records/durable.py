"""Commits that outlive a power cut, for what is answered once and cannot be asked again."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def durably() -> Iterator[None]:
    """Do one transaction that is on the disk when it is over.

    Elsewhere SQLite is asked for less (``synchronous=NORMAL`` does not wait for the disk), and a
    PostgreSQL may be told to wait for less. A machine that was answered success deletes what it
    sent. Inside a wider transaction it is that one which decides.
    """
    make_commits_durable()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('synchronous_commit', 'on', true) "
                    "WHERE current_setting('synchronous_commit') = 'off'"
                )
        yield


def make_commits_durable() -> None:
    """See to it that what is committed on this connection of SQLite outlives a power cut.

    PostgreSQL is told so within each transaction, SQLite here, before it begins.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
