"""Indicators, months and plots."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.document import DocumentRefused
from patency.core.quality import (
    OUTLIERS,
    Aim,
    Case,
    Indicator,
    Judged,
    Kind,
    counted,
    month_after,
    months_back,
    parse_indicators,
    scale,
)

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def make_indicator(**changed):
    return Indicator(
        **{
            "id": "wait",
            "kind": Kind.SHARE,
            "unit": "%",
            "aim": Aim.AT_LEAST,
            "standard": 90.0,
            "source": "ours",
            "link": "",
            "evidence": "D",
            "owner": "clinic manager",
            "review": date(2027, 1, 1),
            **changed,
        }
    )


def written(**changed):
    return {
        "indicator": [
            {
                "id": "wait",
                "kind": "share",
                "unit": "%",
                "aim": "at-least",
                "standard": 90,
                "source": "ours",
                "evidence": "D",
                "owner": "clinic manager",
                "review": date(2027, 1, 1),
                **changed,
            }
        ]
    }


@pytest.mark.parametrize(
    ("aim", "value", "judged"),
    [
        (Aim.AT_LEAST, 90.0, Judged.MET),
        (Aim.AT_LEAST, 89.9, Judged.MISSED),
        (Aim.AT_MOST, 90.0, Judged.MET),
        (Aim.AT_MOST, 90.1, Judged.MISSED),
        (Aim.TREND, 0.0, Judged.WATCHED),
        (Aim.AT_LEAST, None, Judged.NO_CASES),
    ],
)
def test_a_month_is_held_against_its_standard(aim, value, judged):
    assert make_indicator(aim=aim).judged(value) is judged


@given(st.lists(st.booleans(), max_size=300))
def test_a_share_is_the_percent_of_all_and_names_the_first_outliers(good):
    cases = [Case(str(number), float(each), not each) for number, each in enumerate(good)]

    found = counted(cases)

    assert found.of == len(good)
    assert len(found.outliers) == min(OUTLIERS, good.count(False))
    value = found.value(Kind.SHARE)
    assert value == (None if not good else pytest.approx(100 * sum(good) / len(good)))


@given(DAYS, st.integers(1, 36))
def test_months_follow_one_another_and_end_with_this_one(today, many):
    months = months_back(today, many)

    assert len(months) == many
    assert months[-1] == today.replace(day=1)
    assert all(month_after(one) == other for one, other in pairwise(months))


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=12),
    st.one_of(st.none(), st.floats(0, 1e6)),
)
def test_a_plot_shows_every_value_and_the_standard(values, standard):
    low, high = scale(values, standard)

    assert low < high
    assert all(low <= each <= high for each in (*values, standard) if each is not None)


def test_a_file_is_read_as_it_is_written():
    (one,) = parse_indicators(written(within_days=92), "quality.toml")

    assert (one.id, one.kind, one.aim, one.standard) == ("wait", Kind.SHARE, Aim.AT_LEAST, 90.0)
    assert one.within_days == 92


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"aim": "soon"}, "aim"),
        ({"standard": -1}, "standard"),
        ({"review": "soon"}, "review"),
        ({"evidence": "Z"}, "evidence"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(changed, said):
    with pytest.raises(DocumentRefused, match=said):
        parse_indicators(written(**changed), "quality.toml")


def test_an_id_may_stand_only_once():
    twice = written()
    twice["indicator"] *= 2

    with pytest.raises(DocumentRefused, match="twice"):
        parse_indicators(twice, "quality.toml")
