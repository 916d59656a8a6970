"""``patency trace``: all 51 sentences, and nothing named that does not exist."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from shutil import copytree, ignore_patterns
from types import ModuleType

import pytest

from patency.config.data import DATA, load_protocol, read_toml
from patency.config.wiring import build_house
from patency.core.protocol.reading import DataRefused
from patency.core.study.trace import TraceRow
from patency.core.visit import VisitState
from patency.doors.cli.program import Refused
from patency.doors.cli.trace import read_sheet, rows_of, write_traceability
from tests.doors.command_line import Patency
from tools.carriers import NotFound, take_away

ROOT = Path(__file__).resolve().parents[2]
VERSION = "hsg/2026-1"
IDS = [f"S1.{n}" for n in range(24)] + [f"S2.{n}" for n in range(27)]


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


def test_every_sentence_is_there_once_in_order_carried_and_checked(patency: Patency) -> None:
    rows = patency("trace", "--json").data["rows"]
    assert [row["id"] for row in rows] == IDS
    assert [row["id"] for row in rows if not (row["carried_by"] and row["checked_by"])] == []


def test_the_garbled_repeat_names_what_it_repeats(patency: Patency) -> None:
    rows = {row["id"]: row for row in patency("trace", "--json").data["rows"]}
    assert rows["S2.13"]["repeats"] == ["S2.10", "S2.11", "S2.12"]
    assert rows["S2.13"]["carried_by"] == ["row:S2.10", "row:S2.11", "row:S2.12"]
    assert [row["id"] for row in rows.values() if "repeats" in row] == ["S2.13"]


def test_the_terminal_shows_each_sentence_and_counts_them(patency: Patency) -> None:
    said = patency("trace").words
    assert "S2.9 A body temperature below 37.5 °C." in said
    assert "rule:temperature-too-high" in said
    assert "50 of 50 sentences are carried and checked; 1 more repeats others." in said


def test_the_articles_at_their_word_carry_what_can_be_data(patency: Patency) -> None:
    rows = patency("trace", "--protocol", "hsg/as-published", "--json").data["rows"]
    assert {row["id"] for row in rows if not row["carried_by"]} == {"S1.1", "S1.2", "S1.3", "S2.0"}
    assert all(row["elsewhere"] == {} for row in rows)


def test_a_protocol_that_is_not_there_is_refused(patency: Patency) -> None:
    assert "There is no protocol 'hsg/2026-9'" in patency.is_refused(
        "trace", "--protocol", "hsg/2026-9"
    )


def test_a_sheet_that_is_missing_or_broken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"have no trace\.toml"):
        read_sheet("hsg", tmp_path)
    (tmp_path / "hsg").mkdir()
    (tmp_path / "hsg" / "trace.toml").write_text("row = [", encoding="utf-8")
    with pytest.raises(DataRefused, match=r"hsg/trace\.toml: .*must be TOML"):
        read_sheet("hsg", tmp_path)


def test_the_document_has_every_sentence_and_both_protocols() -> None:
    text = write_traceability(build_house({}))
    for row in IDS:
        assert f"| {row} |" in text
    assert "## In `hsg/as-published`" in text
    assert "[temperature-too-high](protocol-handbook.md#temperature-too-high)" in text


# ---------------------------------------------------------------- what is named exists


def named(what: str) -> Iterator[tuple[str, str]]:
    for row in rows_of(build_house({}), VERSION):
        for name in getattr(row, what):
            yield row.id, name


@cache
def functions_of(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def exists(carrier: str) -> bool:
    protocol = load_protocol(VERSION)
    kind, _, name = carrier.partition(":")
    match kind:
        case "rule":
            return name in {rule.id for rule in protocol.rules}
        case "parameter":
            return name in protocol.parameters
        case "question":
            return name in protocol.facts
        case "message":
            return name in {message.id for message in protocol.messages}
        case "service" | "core":
            module, _, function = name.rpartition(".")
            return callable(getattr(import_module(f"patency.{kind}.{module}"), function, None))
        case "state":
            return name in set(VisitState)
        case "site":
            return all(name in read_toml(site) for site in (DATA / "sites").glob("*.toml"))
        case "row":
            return name in IDS
    return False


def is_there(check: str) -> bool:
    protocol = load_protocol(VERSION)
    kind, _, name = check.partition(":")
    match kind:
        case "example":
            rule, _, example = name.partition("/")
            return example in {one.name for one in protocol.rule(rule).examples}
        case "case":
            return name in {case.name for case in protocol.cases}
        case "row":
            return name in IDS
    file, _, test = check.partition("::")
    return (ROOT / file).is_file() and test.partition("[")[0] in functions_of(ROOT / file)


def test_every_carrier_exists() -> None:
    assert [one for one in named("carried_by") if not exists(one[1])] == []


def test_every_check_exists() -> None:
    assert [one for one in named("checked_by") if not is_there(one[1])] == []


# ---------------------------------------------------------------- taking carriers away


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("source") / "patency"
    return Path(copytree(DATA, copy, ignore=ignore_patterns("__pycache__")))


@pytest.fixture
def copy(shipped: Path, tmp_path: Path) -> Path:
    return Path(copytree(shipped, tmp_path / "patency"))


def test_a_rule_and_a_message_leave_the_files_whole(copy: Path) -> None:
    take_away(copy, VERSION, "rule:temperature-too-high")
    take_away(copy, VERSION, "message:aftercare-day-0")
    words = read_toml(copy / f"locale/en/protocols/{VERSION}.toml")
    assert "temperature-too-high" not in words["rules"]
    assert "aftercare-day-0" not in words["messages"]
    assert "aftercare-day-1" in words["messages"]
    folder = copy / "protocols" / VERSION
    assert not (folder / "rules/temperature-too-high.toml").exists()
    for file in folder.glob("cases/*.toml"):
        for case in read_toml(file)["case"]:
            assert "temperature-too-high" not in (*case.get("fires", ()), *case.get("quiet", ()))


def test_a_parameter_is_moved_in_its_file(copy: Path) -> None:
    take_away(copy, VERSION, "parameter:temperature_limit_c")
    take_away(copy, VERSION, "parameter:antibiotic_policy")
    found = read_toml(copy / "protocols" / VERSION / "parameters.toml")
    shipped = load_protocol(VERSION).parameters
    assert found["temperature_limit_c"]["value"] != shipped["temperature_limit_c"].value
    assert found["antibiotic_policy"]["value"] != shipped["antibiotic_policy"].value


def test_a_service_keeps_its_name_and_does_nothing(copy: Path) -> None:
    take_away(copy, VERSION, "service:payment.quote")
    text = (copy / "service/payment.py").read_text(encoding="utf-8")
    quote = next(
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == "quote"
    )
    assert [type(node) for node in quote.body] == [ast.Raise]


def test_a_state_loses_every_way_in_and_out(copy: Path) -> None:
    take_away(copy, VERSION, "state:on-hold")
    scope: dict[str, object] = {"__name__": "copied"}
    exec((copy / "core/visit.py").read_text(encoding="utf-8"), scope)
    ways = scope["NEXT"]
    assert isinstance(ways, dict)
    assert "on-hold" not in ways
    assert all("on-hold" not in to for to in ways.values())


def test_what_a_site_writes_down_is_struck_out(copy: Path) -> None:
    for key in ("numbers_released_at", "printer", "campus", "opening"):
        take_away(copy, VERSION, f"site:{key}")
    for file in (copy / "sites").glob("*.toml"):
        left = read_toml(file)
        assert not {"numbers_released_at", "printer", "campus", "opening"} & left.keys()
        assert "price" in left


@pytest.fixture
def mutants(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return import_module("trace_mutants")


def sentence(*, carried_by: tuple[str, ...], checked_by: tuple[str, ...]) -> TraceRow:
    return TraceRow("S2.9", "a temperature", (), carried_by, checked_by, (), {})


HOT = "rule:temperature-too-high"
AT_THE_LIMIT = "example:temperature-too-high/at the limit"


def test_a_sentence_is_live_when_every_carrier_is_missed(
    mutants: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    row = sentence(
        carried_by=(HOT, "parameter:temperature_limit_c", "question:temperature_c"),
        checked_by=(AT_THE_LIMIT,),
    )
    assert mutants.judge(load_protocol(VERSION), [row]) == 0
    assert "S2.9   live: 3 of 3 carriers" in capsys.readouterr().out


def test_a_sentence_is_not_live_when_nothing_misses_a_carrier(
    mutants: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    row = sentence(carried_by=(HOT, "rule:respiratory-illness-now"), checked_by=(AT_THE_LIMIT,))
    assert mutants.judge(load_protocol(VERSION), [row]) == 1
    said = capsys.readouterr().out
    assert "S2.9   NOT LIVE: 1 of 2 carriers" in said
    assert "nothing misses rule:respiratory-illness-now" in said


def test_a_service_is_taken_out_of_a_copy_and_its_test_misses_it(
    mutants: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    of_the_window = "tests/unit/core/booking/test_window.py::test_days_gone_by_are_left_out"
    row = sentence(
        carried_by=("core:booking.window.exam_window", "core:booking.plan.plan"),
        checked_by=(of_the_window,),
    )
    assert mutants.judge(load_protocol(VERSION), [row]) == 1
    said = capsys.readouterr().out
    assert "nothing misses core:booking.plan.plan" in said
    assert "nothing misses core:booking.window.exam_window" not in said


def test_a_check_that_does_not_pass_as_it_is_is_told_first(
    mutants: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    row = sentence(carried_by=(HOT,), checked_by=("tests/unit/core/test_visit.py::test_no_such",))
    assert mutants.judge(load_protocol(VERSION), [row]) == 1
    assert "does not pass as it is" in capsys.readouterr().err


def test_a_sentence_that_is_none_is_refused(
    mutants: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mutants.main(["S9.9"]) == 1
    assert "No sentence is called S9.9." in capsys.readouterr().err


@pytest.mark.parametrize(
    "carrier",
    [
        "rule:no-such-rule",
        "service:payment.no_such_service",
        "service:nowhere.quote",
        "parameter:no_such_parameter",
        "state:lost",
        "site:no_such_key",
        "question:temperature_c",
    ],
)
def test_what_is_not_there_cannot_be_taken_away(copy: Path, carrier: str) -> None:
    with pytest.raises((NotFound, KeyError)):
        take_away(copy, VERSION, carrier)
