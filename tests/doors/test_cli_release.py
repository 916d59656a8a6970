"""``patency release``: a day is announced, a draw is checked again by anyone."""

import json
from datetime import timedelta

import pytest

from patency.core.booking.release import as_document
from patency.gateways.clock import system_clock
from patency.records.models.release import NumberRelease
from patency.service import drawing
from tests.doors.command_line import Patency
from tests.make import SITE, make_slot
from tests.service.numbers import DOOR, SEVEN, SUNDAY, WORKER, a_ticket, announced, claim

DRAWN = SEVEN + drawing.DRAWN_AFTER


@pytest.fixture
def patency(capsys):
    return Patency(capsys)


def drawn_result(house) -> dict:
    of = announced(house, places=2, waiting=1, policy="draw")
    claim(*[a_ticket(of, priority_class=n % 2) for n in range(5)], at=SUNDAY)
    drawing.draw_numbers(of.pk, by=WORKER, now=DRAWN)
    return as_document(drawing.draw_result(of.pk, by=DOOR, now=DRAWN))


@pytest.mark.django_db
def test_anyone_checks_a_published_draw_without_a_database(house, patency, tmp_path):
    result, file = drawn_result(house), tmp_path / "result.json"
    file.write_text(json.dumps(result))

    said = patency("release", "verify", file, "--commitment", result["commitment"])
    file.write_text(json.dumps({**result, "drawn": result["drawn"][::-1]}))
    meddled = patency("release", "verify", file)

    assert (said.code, said.words) == (
        0,
        "The draw holds: secret, list, order and outcomes fit together.",
    )
    assert meddled.code == 1
    assert "The order is not the one this secret and this list give." in meddled.words


def test_what_is_no_result_is_refused(patency, tmp_path):
    file = tmp_path / "result.json"
    file.write_text("{}")

    assert patency("release", "verify", file).code == 2
    file.write_text("[]")
    said = patency.is_refused("release", "verify", file)
    assert "holds a list, not the result of a draw" in said and "facts" not in said


@pytest.mark.django_db
def test_a_commitment_that_is_none_is_refused_in_a_sentence(house, patency, tmp_path):
    file = tmp_path / "result.json"
    file.write_text(json.dumps(drawn_result(house)))

    said = patency.is_refused("release", "verify", file, "--commitment", "é")

    assert "The commitment you noted is not 64 digits" in said


@pytest.mark.django_db
def test_a_day_is_announced_shown_and_not_drawn_before_its_time(patency):
    now = system_clock()()
    day = (now + timedelta(days=3)).date()
    make_slot(
        starts_at=now + timedelta(days=3), day=day, kind="clinic_visit", campus="west", room="a"
    )
    make_slot(
        starts_at=now + timedelta(days=3, minutes=20), day=day, kind="clinic_visit",
        campus="west", room="a",
    )  # fmt: skip

    said = patency("release", "announce", SITE, day, "--campus", "west")
    of = NumberRelease.objects.get()
    state = patency("release", "state", of.pk, "--json").data

    assert f"release/{of.pk}: 1 numbers of {day} at west (first-come)" in said.words
    assert (state["places"], state["given"], state["free"]) == (1, 0, 1)
    assert "was not drawn" in patency("release", "draw", SITE, of.pk).err
    assert "has no result" in patency("release", "result", of.pk).err
    assert (
        f"No numbers of {day}" in patency("release", "announce", SITE, day, "--campus", "east").err
    )
    assert patency("release", "announce", SITE, day, "--opens-at", "2026-12-02T07:00").code == 2
