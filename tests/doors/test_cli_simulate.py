"""``patency simulate``: rows for a program, a table for a person, a plot, and refusals in words."""

import re
from pathlib import Path

import pytest

from tests.doors.command_line import Patency

HEAD = "ClientID,CycleNumber,LengthofCycle,LengthofMenses,EstimatedDayofOvulation\n"
FIELDS = {
    "policy",
    "world",
    "capacity",
    "load",
    "lost_cycles",
    "first_cycle_share",
    "prize_share",
    "prize_share_fcfs",
    "outside_window",
    "bumps_per_1000",
    "seeds",
}
SMALL = ("--capacity", 1, "--days", 500, "--seeds", 1, "--workers", 1)


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


def test_each_policy_has_a_row_in_each_scenario_and_the_protocol_comes_first(
    patency: Patency, tmp_path: Path
) -> None:
    plot = tmp_path / "lost.png"
    said = patency(
        *("simulate", *SMALL, "--load", 0.7, "--load", 0.9, "--world", "W1", "--world", "W5"),
        *("--policy", "match", "--policy", "fcfs", "--overbook", "0", "--overbook", "1"),
        *("--plot", plot, "--json"),
    )

    rows = said.data["rows"]
    assert [(row["world"], row["load"], row["policy"], row["overbook"]) for row in rows] == [
        (world, load, policy, overbook)
        for world in ("W5", "W1")
        for load in (0.7, 0.9)
        for policy, overbook in (("match", "0"), ("match", "1"), ("fcfs", ""))
    ]
    assert all(row.keys() >= FIELDS for row in rows)
    assert all(row["outside_window"] == 0 and row["seeds"] == 1 for row in rows)
    assert all(row["bumps_per_1000"] == 0 for row in rows if row["overbook"] != "1")
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert str(plot) in said.err


def test_a_person_reads_a_table_and_what_its_columns_mean(patency: Patency, tmp_path: Path) -> None:
    said = patency(
        *("simulate", *SMALL, "--world", "W2", "--policy", "fcfs-callback", "--irregular", 0.2),
        *("--plot", tmp_path / "plot.svg"),
    )

    assert "W2" in said.words
    assert "fcfs-callback" in said.words
    assert "irreg. regular" in said.words
    assert "outside the observable window: 0" in said.words


def test_one_seed_has_no_spread_and_the_help_says_what_is_played_unless_named(
    patency: Patency, tmp_path: Path
) -> None:
    small = ("--world", "W1", "--policy", "fcfs", "--plot", tmp_path / "plot.svg")
    one, two = (patency("simulate", *SMALL, *small, "--seeds", seeds).words for seeds in (1, 2))
    told = patency("simulate", "--help").words.replace("│ ", "")

    assert re.search(r"W1 fcfs 1 0\.85 [\d.]+ – ", one)
    assert re.search(r"W1 fcfs 1 0\.85 [\d.]+ \d\.\d{3} ", two)
    assert "8 unless named" in told and "0.85 unless" in told
    assert all(f"{world} " in told for world in ("W1", "W2", "W3", "W4", "W5"))


def test_women_can_be_drawn_from_a_table_of_real_cycles(patency: Patency, tmp_path: Path) -> None:
    table = tmp_path / "cycles.csv"
    table.write_text(HEAD + "a,1,28,5,14\na,2,29,5,15\nb,1,30,6,17\n", encoding="utf-8")

    rows = patency(
        *("simulate", *SMALL, "--world", "W1", "--policy", "clairvoyant", "--cycles", table),
        *("--plot", tmp_path / "plot.png", "--json"),
    ).data["rows"]

    assert rows[0]["prize_share"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--policy", "fcsf"), "Did you mean 'fcfs'?"),
        (("--world", "W6"), "there are W5, W1, W2, W3, W4"),
        (("--overbook", "many"), "neither a number of women from 0 to 10 nor a chance"),
        (("--overbook", "1.5"), "neither a number of women from 0 to 10 nor a chance"),
        (("--overbook", "120%"), "neither a number of women from 0 to 10 nor a chance"),
        (("--cycles", "/nowhere/cycles.csv"), "cannot be read"),
        (("--plot", "/nowhere/plot.png"), "cannot be written there"),
    ],
)
def test_what_cannot_be_played_is_refused_before_anything_is(
    patency: Patency, options: tuple[str, str], said: str
) -> None:
    assert said in patency.is_refused("simulate", *options)


def test_a_kind_of_file_that_cannot_be_drawn_is_refused(patency: Patency, tmp_path: Path) -> None:
    refused = patency.is_refused("simulate", "--plot", tmp_path / "plot.xyz")

    assert "ends in .png, .svg, .pdf" in refused
