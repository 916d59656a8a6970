"""``patency release``: a day is announced, a draw is checked again by anyone."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from patency.config import entry
from patency.core.booking.release import as_document
from patency.records.models.release import NumberRelease
from patency.service import drawing
from tests.doors.command_line import Patency
from tests.make import SITE, make_slot
from tests.service.numbers import DOOR, SEVEN, SUNDAY, WORKER, a_ticket, announced, claim

DRAWN = SEVEN + drawing.DRAWN_AFTER


@pytest.fixture
def patency(capsys, shipped, monkeypatch):
    """Return the command on a Sunday whose year has an official holiday notice."""
    monkeypatch.setattr(entry, "house", lambda: replace(shipped, now=lambda: SUNDAY))
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
    now = SUNDAY
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


@pytest.fixture
def soon():
    """Return a clinic day with two places at west and none at east."""
    now = SUNDAY
    for minutes in (0, 20):
        make_slot(
            starts_at=now + timedelta(days=3, minutes=minutes), kind="clinic_visit",
            day=(now + timedelta(days=3)).date(), campus="west", room="a",
        )  # fmt: skip
    return (now + timedelta(days=3)).date()


@pytest.mark.django_db
def test_a_campus_without_times_keeps_no_other_from_being_announced(patency, soon):
    said = patency("release", "announce", SITE, soon)
    again = patency("release", "announce", SITE, soon, "--campus", "east")

    assert said.code == 0
    assert f"1 numbers of {soon} at west" in said.words
    assert f"No numbers of {soon} were announced at east" in said.err
    assert again.code == 2


@pytest.mark.django_db
def test_when_no_campus_can_be_announced_each_says_why(patency):
    day = (SUNDAY - timedelta(days=3)).date()

    said = patency.is_refused("release", "announce", SITE, day)

    assert f"at east of {SITE}: that day is past" in said
    assert f"at west of {SITE}: that day is past" in said


@pytest.mark.django_db
def test_a_release_is_listed_and_named_by_its_id_or_by_its_site_and_day(patency, soon):
    assert "has announced no numbers" in patency("release", "list", SITE).words
    patency("release", "announce", SITE, soon)
    of = NumberRelease.objects.get()

    listed = patency("release", "list", SITE)
    (row,) = patency("release", "list", SITE, "--json").data

    assert f"{of.pk} {soon} west first-come opens" in listed.words
    assert "given 0 of 1, waiting 0" in listed.words
    assert (row["release"], row["given"], row["waiting"]) == (str(of.pk), 0, 0)
    for named in (
        (of.pk,),
        (SITE, of.pk),
        (SITE, soon),
        (SITE, soon, "--campus", "west"),
    ):
        assert patency("release", "state", *named, "--json").data["release"] == str(of.pk)
    assert "was not drawn" in patency.is_refused("release", "draw", SITE, soon)
    assert "has no result" in patency.is_refused("release", "result", SITE, soon)


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["state", "draw", "result"])
def test_a_release_there_is_not_is_refused_in_one_sentence(patency, soon, command):
    patency("release", "announce", SITE, soon)
    of = NumberRelease.objects.get().pk

    for named, says in (
        ((uuid := uuid4(),), f"There is no release {uuid}. `patency release list SITE`"),
        (("demo-leeds", of), f"There is no release {of}. `patency release list demo-leeds`"),
        ((SITE, "2020-01-01"), "There is no release of 2020-01-01. `patency release list"),
        ((SITE, soon, "--campus", "east"), f"There is no release of {soon} at east."),
        (("0b9c",), "'0b9c' is no id of a release. Name its id, or the site and"),
        ((SITE, "soon"), "'soon' is neither an id of a release nor a day"),
        ((SITE, soon, "west"), "is too much"),
    ):
        assert says in patency.is_refused("release", command, *named)
