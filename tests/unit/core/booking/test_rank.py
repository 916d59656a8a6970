"""Who goes before whom: a better standing never counts for less."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.config.data import DATA, load_ranking, read_toml
from patency.core.booking.parse_ranking import parse_ranking
from patency.core.booking.rank import Standing, further_cycles, ovulated_by, priority
from patency.core.document import DocumentRefused

RULES = load_ranking()
FILE = DATA / "rankings" / "2026-1.toml"
standings = st.builds(
    Standing,
    urgency=st.integers(0, 2),
    refused=st.integers(0, 8),
    days_left=st.integers(0, 8),
    age=st.none() | st.integers(18, 50),
    days_waited=st.integers(0, 400),
    next_chance=st.floats(0, 1),
)
BETTER = {
    "urgency": lambda one: replace(one, urgency=one.urgency + 1),
    "refused": lambda one: replace(one, refused=one.refused + 1),
    "days_left": lambda one: replace(one, days_left=max(0, one.days_left - 1)),
    "age": lambda one: replace(one, age=None if one.age is None else one.age + 1),
    "next_chance": lambda one: replace(one, next_chance=one.next_chance / 2),
    "days_waited": lambda one: replace(one, days_waited=one.days_waited + 1),
}


@given(standings, st.sampled_from(sorted(BETTER)), st.sampled_from([0, 35, 38]))
def test_a_better_standing_never_counts_for_less(standing, what, age_from):
    rules = replace(RULES, age_from=age_from)

    assert priority(BETTER[what](standing), rules) >= priority(standing, rules)


@given(standings)
def test_an_examination_always_outweighs_what_any_one_day_costs(standing):
    points = RULES.points
    dearest = points.ovulated + points.later * 18 + points.moved + points.extra_place

    assert priority(standing, RULES) > dearest


@pytest.mark.parametrize(("age_from", "age", "first"), [(35, 35, True), (35, 34, False)])
def test_age_counts_from_the_age_the_site_chose(age_from, age, first):
    rules = replace(RULES, age_from=age_from)

    more = priority(Standing(age=age), rules) - priority(Standing(), rules)

    assert more == (RULES.points.age if first else 0)


def test_age_does_not_count_where_the_site_chose_none_or_nobody_knows_it():
    assert priority(Standing(age=50), RULES) == priority(Standing(), RULES)
    assert priority(Standing(age=None), replace(RULES, age_from=35)) == priority(Standing(), RULES)


@pytest.mark.parametrize(
    ("day", "share"), [(1, 0.005), (3, 0.005), (5, 0.028), (7, 0.161), (9, 0.161)]
)
def test_the_risk_of_ovulation_is_the_share_of_real_cycles(day, share):
    assert ovulated_by(day, RULES) == share


@pytest.mark.parametrize(("chance", "further"), [(1.0, 0), (0.5, 1), (0.25, 3), (0.0, 5)])
def test_whose_next_cycles_seldom_have_a_day_waits_longer_for_one_that_has(chance, further):
    assert further_cycles(chance) == pytest.approx(further)


def test_every_number_of_the_ranking_has_an_owner_a_source_and_a_day_to_look_again():
    raw = read_toml(FILE)

    for one in (*raw["points"].values(), raw["ovulated_by"]):
        assert one["owner"] and one["source"] and isinstance(one["review"], date)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("value = 150.0", "value = 9000.0", "points.urgent.value"),
        ("[points.moved]", "[points.mvoed]", "Did you mean 'moved'"),
        ("share = [0.005, 0.011", "share = [0.5, 0.011", "must rise"),
        ("share = [0.005, ", "share = [", "one share for each"),
    ],
)
def test_a_wrong_ranking_is_refused_with_its_place(was, becomes, said, tmp_path: Path):
    broken = tmp_path / "2026-1.toml"
    broken.write_text(FILE.read_text(encoding="utf-8").replace(was, becomes), encoding="utf-8")

    with pytest.raises(DocumentRefused, match=said):
        parse_ranking(read_toml(broken), broken.name)
