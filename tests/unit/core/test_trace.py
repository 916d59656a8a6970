"""Sentences find their carriers; a protocol without one of its parts says the same no more."""

from dataclasses import replace
from typing import Any

import pytest

from patency.core.protocol.model import (
    Case,
    Citation,
    Contested,
    Evidence,
    Message,
    Protocol,
    Stage,
)
from patency.core.protocol.reading import DataRefused
from patency.core.study.live import NotTakenAway, comes_out, other_end, without
from patency.core.study.trace import parse_sheet, trace
from tests.unit.core.protocol.small import QUESTIONS, small_protocol

ROW = "S2.9"
CITED = (Citation("leaflet", Evidence.LEAFLET, row=ROW),)
HOT = Case(
    name="hot",
    stage=Stage.VISIT,
    given={"temperature_c": 38.0},
    parameters={},
    rows=(ROW,),
    fires=frozenset({"temperature-too-high"}),
    quiet=frozenset(),
    asks=frozenset(),
    verdict="HOLD",
    urgency=None,
)
COLD = replace(
    HOT,
    name="not measured",
    given={},
    fires=frozenset(),
    quiet=frozenset({"temperature-too-high"}),
    asks=frozenset({"temperature_c"}),
    verdict="ASK",
)
SHEET: dict[str, Any] = {
    "protocol": "hsg/small",
    "row": [
        {"id": ROW, "says": "not too hot", "carried_by": ["service:arrival.check_in"]},
        {"id": "S2.13", "says": "again", "repeats": [ROW], "checked_by": ["tests/x.py::test_y"]},
        {"id": "S1.0", "says": "by the sheet alone", "carried_by": ["rule:cycle-day-over-cap"]},
    ],
}


@pytest.fixture
def protocol() -> Protocol:
    asked = QUESTIONS.replace("[temperature_c]\n", f'[temperature_c]\nrows = ["{ROW}"]\n')
    small = small_protocol(questions=asked)
    message = Message("be-cool", Stage.BOOKING, 0, CITED)
    claim = Contested("warmth", "this", "that", "we", CITED)
    return replace(small, cases=(HOT, COLD), messages=(message,), contested=(claim,))


def test_data_names_its_own_sentences_and_the_sheet_the_rest(protocol: Protocol) -> None:
    row, repeat, third = trace(parse_sheet(SHEET, "trace.toml"), protocol)
    assert row.carried_by == (
        "rule:temperature-too-high",
        "parameter:temperature_limit_c",
        "question:temperature_c",
        "message:be-cool",
        "service:arrival.check_in",
    )
    assert row.checked_by == (
        "example:temperature-too-high/just below",
        "example:temperature-too-high/at the limit",
        "example:temperature-too-high/not measured",
        "case:hot",
        "case:not measured",
    )
    assert (row.contested, third.contested) == (("warmth",), ())
    assert (repeat.carried_by, repeat.checked_by) == (
        ("row:S2.9",),
        ("row:S2.9", "tests/x.py::test_y"),
    )
    assert third.carried_by == ("rule:cycle-day-over-cap",)
    assert "example:cycle-day-over-cap/day 11" in third.checked_by


def test_what_the_sheet_names_counts_for_its_own_protocol_only(protocol: Protocol) -> None:
    sheet = parse_sheet({**SHEET, "protocol": "hsg/another"}, "trace.toml")
    row, repeat, third = trace(sheet, protocol, [protocol])
    assert "service:arrival.check_in" not in row.carried_by
    assert repeat.checked_by == ("row:S2.9",)
    assert third.carried_by == ()
    assert row.elsewhere == {"hsg/small": row.carried_by}


def test_a_rule_that_cannot_fire_carries_nothing(protocol: Protocol) -> None:
    unconfirmed = (Citation("leaflet", Evidence.UNCONFIRMED, row=ROW),)
    rules = tuple(replace(rule, because=unconfirmed) for rule in protocol.rules)
    row, *_ = trace(parse_sheet(SHEET, "trace.toml"), replace(protocol, rules=rules))
    assert not [carrier for carrier in row.carried_by if carrier.startswith("rule:")]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"carried_by": ["servise:x"]}, "'servise:x' is not a kind and a name"),
        ({"carried_by": ["service:"]}, "is not a kind and a name"),
        ({"repeats": ["S9.9"]}, "repeats 'S9.9', which is no row"),
        ({"id": ROW}, "stands here more than once"),
        ({"checkedby": []}, "Did you mean 'checked_by'?"),
        ({"says": ""}, "is empty"),
    ],
)
def test_a_wrong_sheet_is_refused(row: dict[str, Any], says: str) -> None:
    rows = [*SHEET["row"], {"id": "S1.1", "says": "something", **row}]
    with pytest.raises(DataRefused, match=r"The sheet trace\.toml is refused") as refused:
        parse_sheet({**SHEET, "row": rows}, "trace.toml")
    assert says in str(refused.value)


CHECKS = (
    "example:temperature-too-high/just below",
    "example:temperature-too-high/at the limit",
    "example:temperature-too-high/not measured",
    "case:hot",
    "case:not measured",
)


@pytest.mark.parametrize("check", CHECKS)
def test_everything_comes_out_while_nothing_is_taken_away(protocol: Protocol, check: str) -> None:
    assert comes_out(check, protocol, protocol)


@pytest.mark.parametrize(
    ("carrier", "fails"),
    [
        ("rule:temperature-too-high", [CHECKS[1], CHECKS[2], CHECKS[3], CHECKS[4]]),
        ("parameter:temperature_limit_c", [CHECKS[1]]),
        ("question:temperature_c", [CHECKS[0], CHECKS[1], CHECKS[3]]),
        ("message:be-cool", []),
    ],
)
def test_a_check_fails_when_its_carrier_is_taken_away(
    protocol: Protocol, carrier: str, fails: list[str]
) -> None:
    left, nobody_asks = without(protocol, carrier)
    assert [one for one in CHECKS if not comes_out(one, protocol, left, nobody_asks)] == fails


def test_a_message_is_gone(protocol: Protocol) -> None:
    left, _ = without(protocol, "message:be-cool")
    assert left.messages == ()


def test_a_parameter_goes_to_its_farther_end(protocol: Protocol) -> None:
    limit = protocol.parameters["temperature_limit_c"]
    assert other_end(limit) == 38.0
    assert other_end(replace(limit, value=37.8)) == 37.0
    whole = other_end(protocol.parameters["cycle_day_cap"])
    assert (whole, type(whole)) == (12, int)
    assert other_end(replace(limit, value="flag", choices=("flag", "hold"))) == "hold"


def test_what_is_no_part_of_a_protocol_is_taken_away_elsewhere(protocol: Protocol) -> None:
    with pytest.raises(NotTakenAway, match="is taken away elsewhere"):
        without(protocol, "service:arrival.check_in")
    with pytest.raises(NotTakenAway, match="run it as a test"):
        comes_out("tests/x.py::test_y", protocol, protocol)
    with pytest.raises(KeyError):
        without(protocol, "rule:no-such-rule")
