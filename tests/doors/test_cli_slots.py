"""``patency slots``: times are opened once, closed with a code, and refused in words."""

from dataclasses import replace
from datetime import date

import pytest

from patency.config import entry
from patency.records.models.booking import Slot
from patency.records.models.ledger import Event
from tests.doors.command_line import Patency
from tests.make import SITE
from tests.service.numbers import CLINIC_DAY, SUNDAY

ROOM = "west-clinic-1"
pytestmark = pytest.mark.django_db


@pytest.fixture
def patency(capsys, shipped, monkeypatch):
    """Return the command on a Sunday, the week before National Day."""
    monkeypatch.setattr(entry, "house", lambda: replace(shipped, now=lambda: SUNDAY))
    return Patency(capsys)


def asked(day: date | str, *, begins: str = "08:30", ends: str = "09:30", room: str = ROOM):
    return (
        *("slots", "open", SITE, room, "--first", day, "--last", day),
        *("--begins", begins, "--ends", ends),
    )


def test_times_are_opened_once_and_closed_with_a_code(patency):
    first, again = patency(*asked(CLINIC_DAY)), patency(*asked(CLINIC_DAY))
    opened = Slot.objects.count()

    closed = patency("slots", "close", SITE, ROOM, CLINIC_DAY, "--why", "machine-broken")

    assert first.code == again.code == closed.code == 0, first.err
    assert opened == 6
    assert f"6 new times in {ROOM} of {SITE}." in first.words
    assert f"0 new times in {ROOM}" in again.words
    assert f"{CLINIC_DAY} Tuesday 6" in first.words
    assert "6 times" in closed.words and "(machine-broken)" in closed.words
    assert set(Slot.objects.values_list("closed_why", flat=True)) == {"machine-broken"}
    assert {e.actor for e in Event.objects.filter(kind__startswith="slots-")} == {"command-line"}


def test_what_cannot_be_opened_or_closed_is_refused_in_words(patency):
    assert "has no room 'cellar'" in patency.is_refused(*asked(CLINIC_DAY, room="cellar"))
    assert "a day ends after it begins" in patency.is_refused(*asked(CLINIC_DAY, ends="08:00"))
    assert "no operator 'nobody'" in patency.is_refused(*asked(CLINIC_DAY), "--operator", "nobody")
    assert "is not a time of day such as 08:30" in patency(*asked(CLINIC_DAY, begins="half")).err
    assert "has a time zone" in patency(*asked(CLINIC_DAY, begins="08:30Z")).err
    assert "is not a day" in patency(*asked("soon")).err
    close = ("slots", "close", SITE)
    assert "has no room 'cellar'" in patency.is_refused(
        *close, "cellar", CLINIC_DAY, "--why", "flood"
    )
    assert "has none on" in patency.is_refused(*close, ROOM, CLINIC_DAY, "--why", "flood")
    patency(*asked(CLINIC_DAY))
    assert "is no code" in patency.is_refused(*close, ROOM, CLINIC_DAY, "--why", "it broke")
    assert not Slot.objects.exclude(closed_at=None).exists()
