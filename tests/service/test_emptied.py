"""A test that commits leaves no row behind, and what a migration writes stays."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import TransactionTestCase

from tests.emptied import LEFT_STANDING, between_tests, empty, with_rows
from tests.make import make_visit


@pytest.mark.django_db(transaction=True)
def test_every_row_goes_but_what_a_migration_writes():
    every = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [name for name in every if name not in LEFT_STANDING]
    make_visit()
    assert {"records_visit", "records_patient"} <= set(with_rows(connection, tables))
    permissions = Permission.objects.count()

    empty(connection)

    assert with_rows(connection, tables) == []
    assert Permission.objects.count() == permissions > 0


@pytest.mark.django_db
def test_it_stands_in_for_what_django_does_after_a_test():
    assert TransactionTestCase._fixture_teardown is between_tests
