"""Indexes and keys that are put aside for very many rows are all there again afterwards."""

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from patency.records.bulk_indexes import indexes_at_the_end
from patency.records.models.visit import Period
from tests.make import NOW, TODAY, make_patient

TABLES = [model._meta.db_table for model in apps.get_app_config("records").get_models()]


def constraints() -> dict[str, Any]:
    with connection.cursor() as cursor:
        return {
            f"{table}.{name}": {part: kept[part] for part in ("columns", "foreign_key", "index")}
            for table in TABLES
            for name, kept in connection.introspection.get_constraints(cursor, table).items()
        }


def indexes(of: dict[str, Any]) -> int:
    return sum(kept["index"] for kept in of.values())


@pytest.mark.django_db(transaction=True)
def test_indexes_are_away_while_rows_are_written_and_there_again_with_the_keys() -> None:
    before = constraints()

    with indexes_at_the_end(connection):
        within = constraints()
        make_patient()

    assert constraints() == before
    assert indexes(within) < indexes(before) / 2


@pytest.mark.django_db(transaction=True)
def test_indexes_are_there_again_after_a_failure() -> None:
    before = constraints()

    with pytest.raises(ZeroDivisionError), indexes_at_the_end(connection):
        1 / 0  # noqa: B018

    assert constraints() == before


@pytest.mark.django_db(transaction=True)
def test_a_row_that_points_to_nobody_is_found_at_the_end() -> None:
    before = constraints()
    lost = Period(patient_id=uuid4(), site="demo-west", start=TODAY, told_at=NOW)
    written = []

    with pytest.raises(IntegrityError), indexes_at_the_end(connection):
        written += Period.objects.bulk_create([lost])

    assert written == [lost]
    assert constraints() == before
    Period.objects.all().delete()


@pytest.mark.django_db
def test_indexes_are_not_put_aside_within_a_transaction() -> None:
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="outside a transaction"),
        indexes_at_the_end(connection),
    ):
        pass
