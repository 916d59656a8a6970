"""Tables of cycles as people write them, put in order or refused with the place."""

import pytest

from patency.core.study.cycles import CyclesRefused
from patency.core.study.forecasting.histories import Histories, parse_histories

HEAD = "ClientID,CycleNumber,LengthofCycle"


def table(*rows: str, head: str = HEAD) -> Histories:
    return parse_histories([line + "\r\n" for line in (head, *rows)], "cycles.csv")


def told(found: Histories) -> list[tuple[str, tuple[int, ...]]]:
    return [(history.woman, history.lengths) for history in found.women]


def test_rows_of_a_woman_are_put_in_the_order_of_their_numbers() -> None:
    assert told(table("a,2,29", "b,1,31", "a,1,28")) == [("a", (28, 29)), ("b", (31,))]


def test_a_number_given_twice_begins_another_woman_under_the_same_identifier() -> None:
    found = table("a,1,28", "a,2,29", "a,1,35", "a,2,36")

    assert told(found) == [("a", (28, 29)), ("a", (35, 36))]


def test_blanks_and_pauses_are_gaps_and_are_counted() -> None:
    found = table("a,1,28", "a,2, ", "a,3,250", "a,4,29")

    assert (told(found), found.rows, found.gaps) == ([("a", (28, 29))], 4, 2)


def test_spreadsheets_marks_spaces_and_further_columns_are_taken() -> None:
    found = table(
        " anna k. ,x,1.0,29.0, 5",
        "",
        ",,,,",
        head="\ufeffClientID,Note, CycleNumber,LengthofCycle,LengthofMenses",
    )

    assert told(found) == [("anna k.", (29,))]
    assert found.women[0].bleeding_days == (5,)


def test_a_long_cycle_is_a_cycle() -> None:
    assert told(table("a,0,120", "a,1,28")) == [("a", (120, 28))]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["a,1,28.5"], "line 2: LengthofCycle: '28.5' is not a whole number from 1 to 9999"),
        (["a,1,28", "a,2,-3"], "line 3: LengthofCycle: '-3'"),
        (["a,one,28"], "CycleNumber: 'one' is not a whole number from 0"),
        (["a,1, "], "none of its 1 rows has a LengthofCycle from 1 to 200 days"),
        ([], "holds no cycle below its first line"),
    ],
)
def test_what_cannot_be_a_cycle_is_refused_with_its_place(rows: list[str], says: str) -> None:
    with pytest.raises(CyclesRefused) as refused:
        table(*rows)

    assert says in str(refused.value)


def test_a_missing_column_is_named_and_the_others_may_be_missing() -> None:
    with pytest.raises(CyclesRefused, match=r"no column is called LengthofCycle"):
        table("a,1,28", head="ClientID,CycleNumber,Length")
