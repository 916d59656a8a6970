"""``patency study windows``: the published cycles' figures, and every wrong table in words."""

import os
from pathlib import Path

import pytest

from tests.doors.command_line import Patency

HEAD = "ClientID,CycleNumber,LengthofCycle,LengthofMenses,EstimatedDayofOvulation\n"
TINY = HEAD + "a,1,28,5,14\na,2,27, ,13\nb,1,30,6,17\n"

FEDCYCLE = os.environ.get("PATENCY_FEDCYCLE", "")
on_real_cycles = pytest.mark.skipif(
    not FEDCYCLE, reason="needs the file of real cycles that PATENCY_FEDCYCLE names"
)


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return written(tmp_path, "\ufeff" + TINY)


def written(folder: Path, text: str) -> Path:
    file = folder / "cycles.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_json_has_shares_as_fractions_and_days_as_text(patency: Patency, tiny: Path) -> None:
    found = patency("study", "windows", tiny, "--json").data
    assert (found["cycles"], found["women"], found["rows"], found["rows_left_out"]) == (2, 2, 3, 1)
    assert found["no_plan_share"] == pytest.approx(2 / 7, abs=1e-6)
    assert found["usable_days_mean"] == pytest.approx(11 / 7, abs=1e-6)
    assert list(found["on_or_after_ovulation_share"]) == ["3", "4", "5", "6", "7"]


def test_hindsight_is_chosen_by_an_option_and_both_are_always_there(
    patency: Patency, tmp_path: Path
) -> None:
    late = written(tmp_path, HEAD + "a,1,28,5,8\n")
    without = patency("study", "windows", late, "--json").data
    with_it = patency("study", "windows", late, "--before-ovulation", "--json").data
    assert without["no_plan_share"] == without["no_plan_share_without_hindsight"] < 1
    assert with_it["no_plan_share"] == with_it["no_plan_share_before_ovulation"] == 1
    assert with_it["usable_days_mean"] == 0


def test_the_terminal_says_what_was_left_out_and_both_figures(patency: Patency, tiny: Path) -> None:
    said = patency("study", "windows", tiny).words
    assert "2 cycles of 2 women" in said
    assert "1 of 3 rows left out" in said
    assert "28.6 %" in said
    assert "hindsight" in said


def test_a_protocol_is_asked_itself_and_at_every_cap(patency: Patency, tiny: Path) -> None:
    found = patency("study", "windows", tiny, "--protocol", "hsg/2026-1", "--json").data
    assert (found["protocol"], found["cycle_day_cap"]) == ("hsg/2026-1", 10)
    assert found["asks_shortest_cycle"] is True
    tried = [(one["cycle_day_cap"], one["asks_shortest_cycle"]) for one in found["at"]]
    assert tried == [(cap, asks) for cap in (10, 11, 12) for asks in (True, False)]
    assert found["no_plan_share"] == found["at"][0]["no_plan_share"]


def test_the_articles_clinic_opens_on_weekends(patency: Patency, tiny: Path) -> None:
    found = patency("study", "windows", tiny, "--protocol", "hsg/as-published", "--json").data
    assert found["no_plan_share"] == 0
    assert "cycle_day_cap" not in found
    closed = patency(
        *("study", "windows", tiny, "--protocol", "hsg/as-published", "--json"),
        *("--lab-weekdays", "mon-fri", "--exam-weekdays", "mon-fri"),
    ).data
    assert closed["no_plan_share"] == pytest.approx(2 / 7, abs=1e-6)


def test_the_table_of_a_protocol_has_a_line_for_each_cap(patency: Patency, tiny: Path) -> None:
    said = patency("study", "windows", tiny, "--protocol", "hsg/2026-1", "--cap", 12, "--cap", 11)
    lines = [line.split()[:2] for line in said.out.splitlines()]
    assert [line for line in lines if line and line[0] in ("11", "12")] == [
        ["12", "counts"],
        ["12", "not"],
        ["11", "counts"],
        ["11", "not"],
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cycles.csv: is empty"),
        ("ClientID,CycleNumber\na,1\n", "no column is called LengthofCycle"),
        (HEAD + "a,1,28,five,14\n", "line 2: LengthofMenses: 'five' is not a whole number"),
        (HEAD + "a,1,28,-5,14\n", "line 2: LengthofMenses: '-5' is not a whole number from 1"),
        (HEAD + "a,1,28,40,14\n", "40 days do not fit into a cycle of 28 days"),
        (HEAD + "a,1,28, ,14\n", "none of its 1 cycles has both"),
    ],
)
def test_a_wrong_table_is_refused_in_words(
    patency: Patency, tmp_path: Path, text: str, says: str
) -> None:
    assert says in patency.is_refused("study", "windows", written(tmp_path, text))


def test_a_file_that_is_none_or_no_text_is_refused(patency: Patency, tmp_path: Path) -> None:
    said = patency.is_refused("study", "windows", tmp_path / "none.csv")
    assert "cannot be read (No such file or directory)" in said
    assert "cannot be read (Is a directory)" in patency.is_refused("study", "windows", tmp_path)
    binary = tmp_path / "cycles.bin"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    assert "is not UTF-8 text" in patency.is_refused("study", "windows", binary)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--visit-days", "two"], "--visit-days: 'two' is not a range of days such as 3-7"),
        (["--exam-days", "7-3"], "--exam-days: '7-3' ends before it begins. Write 3-7."),
        (["--exam-after-test", "1-99"], "from 0 to 60"),
        (["--lab-weekdays", "mom-fri"], "'mom' is not a weekday"),
        (["--lab-weekdays", "mom-fri"], "Did you mean 'mon'?"),
        (["--exam-weekdays", "mon,,wed"], "'' is not a weekday"),
        (["--cap", "11"], "--cap is a number of a protocol"),
        (["--protocol", "hsg/2026-1", "--exam-days", "3-7"], "cannot stand beside --protocol"),
        (["--protocol", "hsg/2026-2"], "There is no protocol 'hsg/2026-2'"),
        (["--protocol", "hsg/2026-1", "--cap", "20"], "outside its range, 10 to 12"),
        (["--protocol", "hsg/as-published", "--cap", "10"], "has no cycle_day_cap"),
    ],
)
def test_a_wrong_option_is_refused_in_words(
    patency: Patency, tiny: Path, options: list[str], says: str
) -> None:
    assert says in patency.is_refused("study", "windows", tiny, *options)


def test_a_week_may_run_over_its_end_and_a_range_may_be_one_day(
    patency: Patency, tiny: Path
) -> None:
    said = patency(
        *("study", "windows", tiny, "--json", "--exam-days", "4"),
        *("--lab-weekdays", "sat-mon,wed", "--exam-weekdays", "sun-sat"),
    )
    # The visit is on day 2 or 3 before; four of seven weekdays leave out no pair but Thu and Fri.
    assert list(said.data["on_or_after_ovulation_share"]) == ["4"]
    assert said.data["no_plan_share"] == pytest.approx(1 / 7, abs=1e-6)


# ---------------------------------------------------------------- the published cycles


@on_real_cycles
@pytest.mark.parametrize(
    ("options", "with_hindsight", "without"),
    [
        ([], 0.290, 0.286),
        (["--lab-weekdays", "mon-sat"], 0.010, 0),
        (["--visit-days", "2-5"], 0.019, 0),
        (["--visit-days", "2-6", "--exam-after-test", "1-5"], 0.013, 0),
    ],
)
def test_fedcycle_a_policy_by_hand(
    patency: Patency, options: list[str], with_hindsight: float, without: float
) -> None:
    found = patency("study", "windows", FEDCYCLE, *options, "--before-ovulation", "--json").data
    assert found["cycles"] == 1513
    assert round(found["no_plan_share"], 3) == with_hindsight
    assert round(found["no_plan_share_without_hindsight"], 3) == without
    shares = found["on_or_after_ovulation_share"]
    assert (round(shares["3"], 3), round(shares["7"], 3)) == (0.005, 0.161)


@on_real_cycles
def test_fedcycle_the_default_protocol_at_each_cap_as_the_decision_record_says(
    patency: Patency,
) -> None:
    found = patency("study", "windows", FEDCYCLE, "--protocol", "hsg/2026-1", "--json").data["at"]
    told = {
        (one["cycle_day_cap"], one["asks_shortest_cycle"]): (
            round(one["no_plan_share"] * 100, 1),
            round(one["no_plan_share_with_approval"] * 100, 1),
        )
        for one in found
    }
    assert told == {
        (10, True): (17.0, 9.1),
        (10, False): (11.7, 1.3),
        (11, True): (11.2, 9.1),
        (11, False): (4.2, 1.3),
        (12, True): (9.1, 9.1),
        (12, False): (1.3, 1.3),
    }


@on_real_cycles
def test_fedcycle_the_articles_at_their_word(patency: Patency) -> None:
    found = patency("study", "windows", FEDCYCLE, "--protocol", "hsg/as-published", "--json").data
    asked, not_asked = found["at"]
    assert round(asked["no_plan_share"], 3) == 0.054
    assert not_asked["no_plan_share"] == 0
    assert round(not_asked["no_plan_share_before_ovulation"], 3) == 0.005
