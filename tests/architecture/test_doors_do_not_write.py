"""The watch on the database catches a door that writes, and lets everyone else work."""

import pytest
from django.contrib.contenttypes.models import ContentType

from tests.only_services_write import ADoorWrote

pytestmark = pytest.mark.django_db

WRITE = "def write(rows):\n    rows.create(app_label='a', model='b')\n"
CALL = "def call(write, rows):\n    write(rows)\n"


def function_of(module: str, text: str, name: str):
    """Return a function that believes it stands in a module of the house."""
    there = {"__name__": module}
    exec(text, there)
    return there[name]


def test_a_door_that_writes_is_caught() -> None:
    write = function_of("patency.doors.web.broken", WRITE, "write")
    with pytest.raises(ADoorWrote, match=r"patency\.doors\.web\.broken:2 issued INSERT"):
        write(ContentType.objects)


def test_a_door_that_updates_through_records_is_caught() -> None:
    write = function_of("patency.records.broken", WRITE, "write")
    call = function_of("patency.doors.cli.broken", CALL, "call")
    with pytest.raises(ADoorWrote, match="call a service"):
        call(write, ContentType.objects)


@pytest.mark.parametrize("module", ["patency.service.booking", "patency.records.seen_by"])
def test_a_door_may_have_it_written(module: str) -> None:
    write = function_of(module, WRITE, "write")
    function_of("patency.doors.web.sound", CALL, "call")(write, ContentType.objects)
    assert ContentType.objects.filter(app_label="a").exists()


def test_a_test_may_prepare_what_it_needs() -> None:
    ContentType.objects.create(app_label="a", model="b")
