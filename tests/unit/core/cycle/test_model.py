"""The numbers that ship are complete and sourced, and a wrong file says what is wrong with it."""

from copy import deepcopy
from typing import Any

import pytest

from patency.config.data import DATA, load_cycle_model, read_toml
from patency.core.cycle.model import parse_cycle_model
from patency.core.document import DocumentRefused
from patency.core.protocol.reading import DataRefused

(FILE,) = sorted((DATA / "forecasts").glob("*.toml"))
DOCUMENT = read_toml(FILE)


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(DocumentRefused) as refused:
        parse_cycle_model(document, FILE.name)
    return str(refused.value)


def test_the_numbers_that_ship_say_where_they_are_from_and_for_how_long() -> None:
    origin = load_cycle_model().origin

    assert (origin.women, origin.cycles) == (163, 1665)
    assert "Fehring" in origin.source
    assert origin.review.year >= 2027


def test_a_model_can_be_a_key_of_what_is_worked_out_from_it() -> None:
    assert {load_cycle_model(): 1}[parse_cycle_model(DOCUMENT, FILE.name)] == 1


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("cycle", "scale_days"), 0, "cycle.scale_days: 0 is not a number of days from 0.05"),
        (("cycle", "shape", "df"), None, "cycle.shape.df: is missing"),
        (("cycle", "source"), None, "cycle.source: is missing"),
        (("cycle", "mean"), 29, "cycle.mean: is not known here"),
        (("origin", "review"), "soon", "origin.review: 'soon' is not a day"),
        (("ovulated_by", "day_3"), 0.9, "shares must not fall from day to day"),
        (("ovulated_by", "day_2"), None, "days must begin with 1 and follow one another"),
        (("limits",), None, "limits: is missing"),
    ],
)
def test_a_wrong_number_is_refused_with_its_place(
    path: tuple[str, ...], value: object, says: str
) -> None:
    document = deepcopy(DOCUMENT)
    *tables, key = path
    table = document
    for name in tables:
        table = table[name]
    if value is None:
        del table[key]
    else:
        table[key] = value

    assert says in refusal(document)


def test_without_a_file_it_says_that_none_is_there(tmp_path) -> None:
    with pytest.raises(DataRefused, match=r"holds no \.toml file"):
        load_cycle_model(tmp_path)
