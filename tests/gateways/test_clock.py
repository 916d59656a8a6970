"""The machine's clock is aware; a demo's clock tells a story that goes on."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patency.gateways.clock import STORY_BEGINS, ClockRefused, DemoClock, system_clock

SOON = timedelta(seconds=30)


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    assert system_clock()().tzinfo is UTC


def test_the_story_begins_as_the_clinic_opens_a_week_before_national_day(tmp_path: Path) -> None:
    now = DemoClock(tmp_path / "clock.json")()

    assert str(STORY_BEGINS) == "2025-09-24 08:00:00+08:00"
    assert STORY_BEGINS <= now < STORY_BEGINS + SOON
    assert now.tzinfo is UTC


def test_time_goes_on_by_itself(tmp_path: Path) -> None:
    clock = DemoClock(tmp_path / "clock.json")

    assert clock() < clock()


def test_a_jump_is_seen_by_every_process_of_the_demo(tmp_path: Path) -> None:
    file = tmp_path / "made" / "clock.json"
    story, pages = DemoClock(file), DemoClock(file)
    later = STORY_BEGINS + timedelta(days=5)

    story.jump_to(later)

    assert later <= pages() < later + SOON


def test_a_story_that_was_left_stands_still_until_somebody_looks_again(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    left = DemoClock(file)
    end = STORY_BEGINS + timedelta(days=40)
    left.jump_to(end)
    left.stand_still()
    kept = json.loads(file.read_text())
    file.write_text(json.dumps({**kept, "ahead_of_real_s": kept["ahead_of_real_s"] - 86_400}))
    found = DemoClock(file)  # a day later

    assert end <= found() < end + SOON
    assert found() == found()

    found.go_on()
    assert end <= found() < end + SOON
    assert found() < found()


def test_a_jump_while_it_stands_keeps_it_standing(tmp_path: Path) -> None:
    clock = DemoClock(tmp_path / "clock.json")
    clock.stand_still()
    clock.jump_to(STORY_BEGINS + timedelta(days=2))

    assert clock() == STORY_BEGINS + timedelta(days=2)


def test_the_clock_never_goes_back(tmp_path: Path) -> None:
    clock = DemoClock(tmp_path / "clock.json")

    with pytest.raises(ClockRefused, match="only goes forward"):
        clock.jump_to(STORY_BEGINS - timedelta(minutes=1))

    assert clock() >= STORY_BEGINS


def test_a_story_can_begin_again(tmp_path: Path) -> None:
    clock = DemoClock(tmp_path / "clock.json")
    clock.jump_to(STORY_BEGINS + timedelta(days=90))
    clock.begin_again()

    assert clock() < STORY_BEGINS + SOON


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"ahead_of_real_s": "a", "stands_at": null}'])
def test_a_broken_clock_file_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "clock.json"
    file.write_text(text)

    with pytest.raises(ClockRefused, match=r"clock\.json does not hold a demo clock\. Delete it"):
        DemoClock(file)()


def test_another_story_may_begin_on_another_day(tmp_path: Path) -> None:
    begins = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    assert DemoClock(tmp_path / "c", begins=begins)() - begins < SOON
