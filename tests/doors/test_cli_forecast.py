"""``patency forecast``: ranges a person can read, figures a program can, and refusals in words."""

import os
import tomllib
from pathlib import Path

import pytest

from patency.config.data import DATA, read_toml
from tests.doors.command_line import Patency

HEAD = "ClientID,CycleNumber,LengthofCycle,LengthofMenses\n"
REGULAR = "".join(f"anna,{n},{28 + n % 2},5\n" for n in range(1, 8))
WILD = "".join(f"wild,{n},{length},6\n" for n, length in enumerate((24, 61, 33, 90, 45), 1))
GAP = "".join(f"gap,{n},{length},4\n" for n, length in enumerate((28, 27, 57, 29, 28), 1))

FEDCYCLE = os.environ.get("PATENCY_FEDCYCLE", "")
on_real_cycles = pytest.mark.skipif(
    not FEDCYCLE, reason="needs the file of real cycles that PATENCY_FEDCYCLE names"
)


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


@pytest.fixture
def cycles(tmp_path: Path) -> Path:
    return written(tmp_path, "\ufeff" + HEAD + REGULAR + WILD + GAP + "new,1,,\nnew,2,31.0,5\n")


def written(folder: Path, text: str) -> Path:
    file = folder / "cycles.csv"
    file.write_text(text, encoding="utf-8")
    return file


# ---------------------------------------------------------------- show


def test_a_line_a_woman_and_below_it_why_there_is_none(patency: Patency, cycles: Path) -> None:
    said = patency("forecast", "show", cycles).words

    assert "4 women" in said and "1,665 cycles of 163 women" in said
    assert "anna 7 28–30 27–31 26–33 4–6" in said
    assert "wild: The periods come too irregularly" in said
    assert "gap: 57 days are likelier two cycles" in said


def test_json_counts_days_from_the_last_start(patency: Patency, cycles: Path) -> None:
    anna, wild, gap, new = patency("forecast", "show", cycles, "--json").data["women"]

    assert anna["next_start"]["median"] in (28, 29)
    assert anna["next_start"]["50"][0] >= anna["next_start"]["80"][0] >= anna["next_start"]["95"][0]
    assert sum(anna["next_start"]["chances"].values()) == pytest.approx(1, abs=0.02)
    assert anna["bleeding_end"]["median"] == 5
    assert 12 <= anna["ovulation"]["median"] <= 16
    assert (wild["cannot"]["why"], gap["told_skipped"], new["cycles"]) == ("irregular", [57], 1)


def test_one_woman_is_shown_in_dates_with_the_days_of_her_next_window(
    patency: Patency, cycles: Path
) -> None:
    asked = ("forecast", "show", cycles, "--woman", "anna", "--last-start", "2026-01-05")
    found = patency(*asked, "--json").data
    (anna,) = found["women"]

    assert anna["next_start"]["median"] in ("2026-02-02", "2026-02-03")
    assert sum(one["in_window"] for one in anna["next_exam_days"]) == pytest.approx(5, abs=0.02)
    said = patency(*asked).words
    assert "next window for the examination, days 3 to 7 after bleeding" in said
    assert "2026-02-0" in said


def test_a_late_period_is_said_on_the_terminal(patency: Patency, cycles: Path) -> None:
    asked = ("--woman", "anna", "--last-start", "2026-01-05", "--today", "2026-02-20")

    assert "Take a pregnancy test" in patency("forecast", "show", cycles, *asked).words


def test_a_table_with_nothing_but_lengths_is_enough(patency: Patency, tmp_path: Path) -> None:
    bare = written(tmp_path, "ClientID,CycleNumber,LengthofCycle\n7,1,29\n")

    assert "7 1 " in patency("forecast", "show", bare).words


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--woman", "ana"], "nobody in the table is called 'ana'. Did you mean 'anna'?"),
        (["--today", "2026-01-01"], "--today needs --last-start"),
        (["--last-start", "2026-02-01", "--today", "2026-01-01"], "is before --last-start"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    patency: Patency, cycles: Path, options: list[str], says: str
) -> None:
    assert says in patency.is_refused("forecast", "show", cycles, *options)


@pytest.mark.parametrize("command", ["show", "evaluate", "fit"])
def test_a_file_that_cannot_be_read_is_refused(
    patency: Patency, tmp_path: Path, command: str
) -> None:
    assert "Name a CSV file of cycles" in patency.is_refused(
        "forecast", command, tmp_path / "none.csv"
    )
    (tmp_path / "latin.csv").write_bytes(HEAD.encode() + "Ann\xe9,1,28,5\n".encode("latin-1"))
    assert "is not UTF-8" in patency.is_refused("forecast", command, tmp_path / "latin.csv")
    wrong = written(tmp_path, HEAD + "a,1,28,5\na,2,abc,5\n")
    assert "line 3: LengthofCycle: 'abc'" in patency.is_refused("forecast", command, wrong)


# ---------------------------------------------------------------- evaluate


METHODS = [
    "patency",
    "patency_shipped",
    "constant",
    "last",
    "mean",
    "median6",
    "shrinkage",
    "ewma_shrinkage",
]


def test_every_figure_of_every_method_by_history(patency: Patency, cycles: Path) -> None:
    found = patency("forecast", "evaluate", cycles, "--repeats", "1", "--json").data

    assert (found["women"], found["rows"], found["gaps"], found["cycles"]) == (4, 19, 1, 18)
    assert list(found["history"]) == ["1", "3", "6"]
    for methods in found["history"].values():
        assert list(methods) == METHODS
    assert found["history"]["1"]["patency"]["targets"] == 6 + 4 + 4
    assert found["history"]["6"]["patency"]["targets"] == 1
    assert found["bleeding"]["patency_shipped"]["targets"] == 14
    assert found["ovulation"] is None
    assert found["in_cycle"]["26"]["patency_shipped"]["targets"] == 8
    ours = found["history"]["3"]["patency"]
    assert {
        "targets",
        "mae",
        "rmse",
        "within_2",
        "within_3",
        "log_score",
        "crps",
        *(f"{what}_{level}" for what in ("coverage", "width") for level in (50, 80, 95)),
    } <= ours.keys()
    assert list(found["gain"]["3"]) == METHODS[1:]
    assert found["gain"]["3"]["median6"]["mae"].keys() == {"mean", "low", "high"}


def test_the_terminal_prints_the_table_and_the_gains(patency: Patency, cycles: Path) -> None:
    said = patency("forecast", "evaluate", cycles, "--repeats", "1")

    assert "At least 3 earlier cycles: 8 cycles forecast" in said.words
    assert "gain over median6: MAE" in said.words
    assert "days of bleeding: 14 forecast" in said.words
    assert said.err == ""  # no progress where nobody watches


def test_a_history_nobody_has_is_no_error(patency: Patency, tmp_path: Path) -> None:
    short = written(tmp_path, HEAD + "a,1,28,5\na,2,29,5\nb,1,30,5\nb,2,31,5\n")
    found = patency("forecast", "evaluate", short, "--repeats", "1", "--json").data

    assert found["history"]["6"]["patency"] == {
        "targets": 0,
        **{key: None for key in found["history"]["1"]["patency"] if key != "targets"},
    }
    assert "6" not in found["gain"]
    assert "0 cycles forecast" in patency("forecast", "evaluate", short, "--repeats", "1").words


def test_one_woman_cannot_be_held_out(patency: Patency, tmp_path: Path) -> None:
    alone = written(tmp_path, HEAD + REGULAR)

    assert "It takes two women at least" in patency.is_refused("forecast", "evaluate", alone)


# ---------------------------------------------------------------- fit


def test_a_fit_prints_numbers_that_could_be_shipped(
    patency: Patency, cycles: Path, tmp_path: Path
) -> None:
    said = patency("forecast", "fit", cycles).out
    (tmp_path / "fit.toml").write_text(said, encoding="utf-8")
    found = read_toml(tmp_path / "fit.toml")

    assert 20 < found["cycle"]["centre_days"] < 40
    assert 3 < found["bleeding"]["centre_days"] < 7
    assert found["cycle"]["shape"].keys() == {"df", "skew", "skipped_share", "stray_share"}


# ---------------------------------------------------------------- real cycles


@on_real_cycles
def test_fedcycle_the_goals_are_met_on_women_held_out(patency: Patency) -> None:
    found = patency("forecast", "evaluate", FEDCYCLE, "--repeats", "2", "--json").data
    ours = found["history"]["3"]["patency"]

    assert ours["targets"] == 1213
    assert ours["mae"] <= 2.08
    assert ours["log_score"] >= -2.35
    for level in (50, 80, 95):
        assert abs(ours[f"coverage_{level}"] - level / 100) <= 0.02
    for name in METHODS[2:]:
        for measure in ("mae", "log_score", "crps"):
            assert found["gain"]["3"][name][measure]["low"] > 0, (name, measure)


@on_real_cycles
def test_fedcycle_the_numbers_that_ship_are_those_that_are_fitted(patency: Patency) -> None:
    (shipped,) = (DATA / "forecasts").glob("*.toml")
    fitted = tomllib.loads(patency("forecast", "fit", FEDCYCLE).out)

    for name in ("cycle", "bleeding"):
        for field, value in fitted[name].items():
            if field != "shape":
                assert read_toml(shipped)[name][field] == pytest.approx(value, rel=0.01), field
