"""``patency decide``: every reason with its source, and a sentence for everything that is wrong."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from patency.core.protocol.model import Stage
from tests.doors.command_line import Patency, write_facts

KEYS = [
    "protocol",
    "stage",
    "verdict",
    "may_proceed",
    "outcome",
    "urgency",
    "reasons",
    "unsettled",
    "questions",
    "facts",
    "derived",
    "parameters",
]
REASON_KEYS = [
    "rule",
    "outcome",
    "urgency",
    "say",
    "why",
    "do",
    "come_back",
    "staff",
    "sources",
    "override",
    "our_proposal",
    "signed_off_by",
]


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


@pytest.fixture
def clear(patency: Patency) -> dict[str, Any]:
    """A woman in whose way nothing stands, as the command itself prints her."""
    facts: dict[str, Any] = patency("decide", "--example", "booking").data
    return facts


def test_the_printed_example_is_clear(
    patency: Patency, clear: dict[str, Any], tmp_path: Path
) -> None:
    said = patency("decide", write_facts(tmp_path, clear), "--stage", "booking", "--json")

    assert said.code == 0
    assert list(said.data) == KEYS
    assert said.data["verdict"] == "CLEAR"
    assert said.data["may_proceed"] is True
    assert said.data["facts"] == clear
    assert said.data["derived"]["cycle_day"] >= 1


@pytest.mark.parametrize("stage", [stage.value for stage in Stage])
def test_there_is_an_example_for_every_stage(patency: Patency, stage: str, tmp_path: Path) -> None:
    facts = patency("decide", "--example", stage).data

    said = patency("decide", write_facts(tmp_path, facts), "--stage", stage, "--json")

    assert said.code == 0
    assert said.data["stage"] == stage


def test_every_rule_that_fires_is_told_with_its_source(
    patency: Patency, clear: dict[str, Any], tmp_path: Path
) -> None:
    facts = clear | {"temperature_c": 37.5, "exam_day_open": False}

    said = patency("decide", write_facts(tmp_path, facts), "--stage", "booking", "--json")

    reasons = {reason["rule"]: reason for reason in said.data["reasons"]}
    assert len(reasons) >= 2
    assert said.data["may_proceed"] is False
    assert all(list(reason) == REASON_KEYS for reason in reasons.values())
    hot = next(
        reason
        for reason in reasons.values()
        if any(source["row"] == "S2.9" for source in reason["sources"])
    )
    assert {"source": "article-001", "evidence": "L"}.items() <= hot["sources"][0].items()
    assert hot["say"] and hot["why"] and hot["do"] and hot["come_back"] and hot["staff"]
    assert hot["signed_off_by"] == ""


def test_a_person_reads_the_verdict_first_and_then_every_reason(
    patency: Patency, clear: dict[str, Any], tmp_path: Path
) -> None:
    facts = write_facts(tmp_path, clear | {"temperature_c": 38.0})

    said = patency("decide", facts, "--stage", "booking")

    assert said.code == 0
    assert said.words.startswith("HOLD at booking under hsg/2026-1: she waits")
    assert "article-001 S2.9" in said.words
    assert "L, clinic leaflet" in said.words
    assert "not yet signed off" in said.words


def test_an_unanswered_question_never_clears_her_and_comes_back(
    patency: Patency, clear: dict[str, Any], tmp_path: Path
) -> None:
    del clear["temperature_c"]

    said = patency("decide", write_facts(tmp_path, clear), "--stage", "booking", "--json")

    assert said.data["verdict"] == "ASK"
    assert said.data["may_proceed"] is False
    assert [question["fact"] for question in said.data["questions"]] == ["temperature_c"]
    assert said.data["questions"][0]["ask"]
    assert all(each["missing"] == ["temperature_c"] for each in said.data["unsettled"])


def test_null_is_unknown_too(patency: Patency, clear: dict[str, Any], tmp_path: Path) -> None:
    facts = write_facts(tmp_path, clear | {"temperature_c": None})

    assert patency("decide", facts, "--stage", "booking", "--json").data["verdict"] == "ASK"


def test_facts_come_from_standard_input_as_well(
    patency: Patency, clear: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(clear)))

    assert patency("decide", "-", "--stage", "booking", "--json").data["verdict"] == "CLEAR"


def test_a_site_knows_its_own_closed_days(
    patency: Patency, clear: dict[str, Any], tmp_path: Path
) -> None:
    """The first of October 2025 is a legal holiday in China."""
    facts = clear | {
        "period_start": "2025-09-23",
        "bleeding_ended": "2025-09-27",
        "exam_date": "2025-10-01",
    }
    facts.pop("exam_day_open", None)
    file = write_facts(tmp_path, facts)

    said = patency("decide", file, "--stage", "booking", "--site", "demo-west", "--json")

    assert said.data["facts"]["exam_day_open"] is False
    assert not said.data["may_proceed"]


# ---- what is wrong is said, never traced


def test_a_misspelt_fact_is_refused_with_the_nearest_one(patency: Patency, tmp_path: Path) -> None:
    file = write_facts(tmp_path, {"temprature_c": 37.0})

    said = patency.is_refused("decide", file, "--stage", "booking")

    assert "facts.json" in said
    assert "Did you mean 'temperature_c'?" in said


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"exam_date": "2025-02-30"}, "is not a day such as 2025-09-29"),
        ({"temperature_c": "hot"}, "is not a number of °C"),
        ({"temperature_c": 370}, "is outside its range"),
        ({"exam_day_open": "yes"}, "is not true or false"),
        ({"exam_date": "9999-12-31"}, "is not a day such as 2025-09-29"),
        ('{"temperature_c": 1' + "0" * 400 + "}", "is not a number of °C"),
        ('{"temperature_c": NaN}', "is not a number of °C"),
        ({"cycle_day": 9}, "is worked out from other facts"),
        (
            {"period_start": "2025-09-26", "bleeding_ended": "2025-09-22"},
            "bleeding ends before it starts",
        ),
        (
            {"exam_date": "2025-09-10", "diary_date": "2025-09-08"},
            "the diary day comes before the examination",
        ),
        (
            {"shortest_cycle_days": 35, "longest_cycle_days": 20},
            "her longest cycle is under her shortest",
        ),
        ({"hcg_first_taken_at": "2025-09-10T08:00:00"}, "'2025-09-10T08:00:00' is not a moment"),
        ([1, 2], "holds a list, not an object of facts"),
        ("{not json", "is not JSON"),
        ('{"temperature_c": 36, "temperature_c": 39}', "stands in it more than once"),
    ],
)
def test_wrong_facts_are_refused_in_words(
    patency: Patency, tmp_path: Path, facts: Any, says: str
) -> None:
    said = patency.is_refused("decide", write_facts(tmp_path, facts), "--stage", "booking")

    assert says in said


def test_every_wrong_fact_is_named_at_once(patency: Patency, tmp_path: Path) -> None:
    file = write_facts(tmp_path, {"temperature_c": "hot", "exam_date": "soon", "fevr": True})

    said = patency.is_refused("decide", file, "--stage", "booking")

    assert "temperature_c" in said and "exam_date" in said and "'fevr'" in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--stage", "boking"], "There is no stage 'boking'"),
        (["--stage", "booking", "--site", "demo-wst"], "Did you mean 'demo-west'?"),
        (["--stage", "booking", "--protocol", "hsg/2062-1"], "Did you mean 'hsg/2026-1'?"),
        (["--stage", "booking", "--protocol", "hsg/as-published"], "is for study only"),
        (["--stage", "booking", "--language", "xx"], "does not speak 'xx'"),
        ([], "A decision needs facts and a stage"),
    ],
)
def test_wrong_options_are_refused_in_words(
    patency: Patency, tmp_path: Path, options: list[str], says: str
) -> None:
    assert says in patency.is_refused("decide", write_facts(tmp_path, {}), *options)


def test_a_file_that_is_not_there_is_said_to_be_missing(patency: Patency, tmp_path: Path) -> None:
    said = patency.is_refused("decide", tmp_path / "nothing.json", "--stage", "booking")

    assert "cannot be read" in said


# ---- the installed command


def command(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    patency = Path(sys.executable).with_name("patency")
    return subprocess.run(
        [patency, *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_installed_command_explains_itself_in_a_newcomers_order() -> None:
    said = command("--help", COLUMNS="100", NO_COLOR="1")

    assert said.returncode == 0
    names = ["decide", "window", "protocol", "serve", "worker", "check", "docs"]
    places = [said.stdout.index(f"│ {name} ") for name in names]
    assert places == sorted(places)


def test_a_decision_needs_neither_django_nor_a_secret(tmp_path: Path) -> None:
    """In production, with nothing configured: deciding must not wait for a database."""
    program = (
        "import sys; from patency.config.entry import run; "
        "code = run(['decide', '--example', 'booking']); "
        "assert 'django' not in sys.modules, 'Django was loaded'; sys.exit(code)"
    )

    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PATENCY_MODE": "production"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stderr
    assert "exam_date" in json.loads(said.stdout)


def test_the_installed_command_refuses_without_a_trace(tmp_path: Path) -> None:
    file = write_facts(tmp_path, {"fevr": True})

    said = command("decide", str(file), "--stage", "booking")

    assert said.returncode == 2
    assert "Traceback" not in said.stderr
    assert "no fact is called 'fevr'" in said.stderr
