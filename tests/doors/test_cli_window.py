"""``patency window``: each day is open or explained, and an empty window is an answer."""

from datetime import date
from typing import Any

import pytest

from tests.doors.command_line import Patency

KEYS = ["site", "protocol", "days", "open_days", "next_chance", "still_to_ask"]
DAY_KEYS = [
    "day",
    "weekday",
    "cycle_day",
    "days_after_bleeding",
    "open",
    "approval",
    "why",
    "rules",
    "visit_days",
]


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


def window(patency: Patency, start: str, ended: str, *more: object) -> Any:
    said = patency("window", "--period-start", start, "--bleeding-ended", ended, *more, "--json")
    assert said.code == 0, said.err
    return said.data


def test_each_day_after_the_bleeding_is_open_or_explained(patency: Patency) -> None:
    found = window(patency, "2025-09-15", "2025-09-19", "--shortest-cycle", 28)

    assert list(found) == KEYS
    assert [list(day) for day in found["days"]] == [DAY_KEYS] * len(found["days"])
    assert found["days"][0] == found["days"][0] | {
        "day": "2025-09-20",
        "weekday": "Saturday",
        "cycle_day": 6,
        "days_after_bleeding": 1,
    }
    assert found["days"][-1]["cycle_day"] >= 14
    assert all(day["open"] or day["why"] for day in found["days"])
    assert all(bool(day["why"]) == bool(day["rules"]) for day in found["days"])
    assert found["open_days"]
    assert found["next_chance"] is None


def test_an_open_day_says_when_the_test_can_be_done(patency: Patency) -> None:
    found = window(patency, "2025-09-15", "2025-09-19", "--shortest-cycle", 28)

    for day in found["days"]:
        if day["day"] in found["open_days"]:
            assert day["visit_days"]
            assert all(visit <= day["day"] for visit in day["visit_days"])


def test_five_days_of_bleeding_leave_the_days_up_to_the_cap(patency: Patency) -> None:
    found = window(patency, "2025-09-15", "2025-09-19", "--shortest-cycle", 28)

    cap = found_cap(patency)
    assert found["open_days"] == [f"2025-09-{14 + day}" for day in range(8, min(cap, 12) + 1)]


def found_cap(patency: Patency) -> int:
    shown = patency("decide", "--example", "booking").data
    assert shown
    from patency.config.data import load_protocol

    cap = load_protocol("hsg/2026-1").parameters["cycle_day_cap"].value
    assert isinstance(cap, int)
    return cap


def test_a_national_holiday_closes_days_and_is_named(patency: Patency) -> None:
    found = window(
        patency, "2025-09-22", "2025-09-26", "--shortest-cycle", 30, "--site", "demo-west"
    )

    closed = {day["day"]: day["why"] for day in found["days"] if day["day"] >= "2025-10-01"}
    assert "2025-10-01" not in found["open_days"]
    assert any("National Day" in why for why in closed["2025-10-01"])


def test_an_empty_window_says_why_and_when_the_next_chance_is(patency: Patency) -> None:
    """Seven days of bleeding in a cycle of 24: no day lies between both bounds."""
    found = window(
        patency,
        "2025-09-01",
        "2025-09-07",
        "--shortest-cycle",
        24,
        "--longest-cycle",
        26,
    )

    assert found["open_days"] == []
    assert found["next_chance"]["next_period_from"] == "2025-09-25"
    assert found["next_chance"]["next_period_to"] == "2025-09-27"
    assert "between 2025-09-25 and 2025-09-27" in found["next_chance"]["say"]


def test_a_passed_test_needs_no_visit_day(patency: Patency) -> None:
    found = window(
        patency,
        "2025-09-15",
        "2025-09-19",
        "--shortest-cycle",
        28,
        "--test-passed",
        "2025-09-22",
    )

    assert found["open_days"]
    assert all(date.fromisoformat(day) >= date(2025, 9, 22) for day in found["open_days"])


def test_what_was_not_told_is_named(patency: Patency) -> None:
    found = window(patency, "2025-09-15", "2025-09-19")

    assert "shortest_cycle_days" in found["still_to_ask"]


def test_a_person_reads_a_table_and_that_no_site_was_named(patency: Patency) -> None:
    said = patency("window", "--period-start", "2025-09-15", "--bleeding-ended", "2025-09-19")

    assert said.code == 0
    assert "No site was named, so every day counts as open" in said.words
    assert "2025-09-22 Mon" in said.words


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["9999-12-01", "9999-12-31"], "is not a day such as 2025-09-29"),
        (["2025-09-22", "2025-09-20"], "Bleeding ends before it starts"),
        (["2025-09-22", "2025-09-26", "--site", "nowhere"], "There is no site 'nowhere'"),
        (["2025-09-22", "2025-09-26", "--shortest-cycle", "400"], "is outside its range"),
        (["2025-09-22", "2025-09-26", "--test-passed", "2025-08-26"], "of an earlier cycle"),
        (
            ["2025-09-22", "2025-09-26", "--shortest-cycle", "30", "--longest-cycle", "20"],
            "her longest cycle is under her shortest",
        ),
        (
            ["2031-09-22", "2031-09-26", "--site", "demo-west"],
            "no official holiday notice of CN is loaded for 2031",
        ),
        (
            ["2025-09-22", "2025-09-26", "--protocol", "hsg/as-published"],
            "is for study only",
        ),
    ],
)
def test_impossible_days_are_refused_in_words(
    patency: Patency, options: list[str], says: str
) -> None:
    start, ended, *more = options

    said = patency.is_refused("window", "--period-start", start, "--bleeding-ended", ended, *more)

    assert says in said


def test_a_day_that_is_none_is_refused_in_words(patency: Patency) -> None:
    said = patency("window", "--period-start", "2025-02-30", "--bleeding-ended", "2025-03-01")

    assert said.code == 2
    assert "is not a day such as" in " ".join(said.err.replace("│", " ").split())
