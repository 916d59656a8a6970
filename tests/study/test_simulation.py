"""Policies on pretend clinics: the same women for all, nobody outside her days, no bound beaten."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patency.config.data import load_population, load_protocol, load_ranking
from patency.core.booking.window import Openings, exam_window
from patency.core.protocol.rulebook import rulebook
from patency.core.study.simulation.clairvoyant import play_clairvoyant
from patency.core.study.simulation.day_rules import W1, W2, W3, AsProtocol, Known, days_of
from patency.core.study.simulation.phone import play_phone
from patency.core.study.simulation.play import POLICIES, outcome, play, prize_share
from patency.core.study.simulation.rolling import Overbooking, play_rolling
from patency.core.study.simulation.world import (
    Days,
    Examined,
    OutsideTheWindow,
    Played,
    Turn,
    Woman,
    World,
    check,
)
from patency.core.study.simulation.worlds import worlds
from patency.synthetic.clinic import Scenario, draw_world
from patency.synthetic.women import LONGEST, SHORTEST

BOOK = rulebook(load_protocol("hsg/2026-1"))
WORLDS = worlds(BOOK)
RULES = load_ranking()
WOMEN = load_population()
SMALL = Scenario(capacity=2, load=0.9, days=500)


@cache
def drawn(name="W1", scenario=SMALL, seed=1):
    kind = WORLDS[name]
    return draw_world(
        name,
        kind.rule,
        scenario,
        WOMEN,
        np.random.default_rng(seed),
        asks_shortest_cycle=kind.asks_shortest_cycle,
        looks_for_ovulation=kind.looks_for_ovulation,
    )


@pytest.fixture(scope="module")
def small():
    return drawn()


def waited(world, played):
    """Return the cycles waited by all, who was never examined counting very long."""
    return sum(1000 if one is None else one.turn for one in played.examined)


# ---------------------------------------------------------------- the days


@pytest.mark.parametrize(
    ("rule", "bleeding", "exams"),
    [
        (W1, 5, [7, 8, 9, 10, 11]),
        (W2, 5, [7, 8, 9]),
        (W3, 5, [6, 7, 8, 9, 10]),
        (W3, 8, [9, 10]),
    ],
)
def test_each_world_has_the_days_of_its_rule(rule, bleeding, exams):
    always = [True] * 40

    found = days_of(rule(Known(bleeding, None)), 0, always, always)

    assert list(found.exam) == exams


@settings(max_examples=25)
@given(
    start=st.dates(date(2025, 1, 1), date(2025, 12, 1)),
    bleeding=st.integers(1, 9),
    shortest=st.none() | st.integers(21, 40),
    closed=st.frozensets(st.integers(0, 6), max_size=4),
    no_test_on=st.frozensets(st.integers(0, 6), max_size=4),
)
def test_the_days_of_world_5_are_those_of_the_exam_window(
    start, bleeding, shortest, closed, no_test_on
):
    facts = {
        "period_start": start,
        "bleeding_ended": start + timedelta(days=bleeding - 1),
        **({} if shortest is None else {"shortest_cycle_days": shortest}),
    }
    window = exam_window(
        BOOK,
        facts,
        Openings(
            exam=lambda day: "closed" if day.weekday() in closed else None,
            visit=lambda day: "closed" if day.weekday() in no_test_on else None,
        ),
    )
    weekdays = [(start + timedelta(days=ahead)).weekday() for ahead in range(40)]

    found = days_of(
        AsProtocol(BOOK)(Known(bleeding, shortest)),
        0,
        [day not in closed for day in weekdays],
        [day not in no_test_on for day in weekdays],
    )

    assert [start + timedelta(days=day) for day in found.exam] == [
        each.day for each in window.usable()
    ]
    tests = [day for each in window.usable() for day in each.visit_days]
    first = None if found.first_test is None else start + timedelta(days=found.first_test)
    assert first == min(tests, default=None)


def test_no_day_lies_in_the_next_period():
    always = [True] * 40

    found = days_of(W1(Known(9, None)), 0, always, always, before=14)

    assert list(found.exam) == [11, 12, 13]


# ---------------------------------------------------------------- the women


def test_pretend_women_are_like_the_numbers_they_are_drawn_from():
    cycles = WOMEN.draw(4000, 6, np.random.default_rng(3))

    assert cycles.length.mean() == pytest.approx(WOMEN.fitted.length_mean, abs=0.4)
    assert cycles.bleeding.mean() == pytest.approx(WOMEN.fitted.bleeding_mean, abs=0.1)
    assert cycles.ovulation.mean() == pytest.approx(WOMEN.fitted.ovulation_mean, abs=0.4)
    assert cycles.length.min() >= SHORTEST and cycles.length.max() <= LONGEST
    assert (cycles.ovulation < cycles.length).all()
    assert np.corrcoef(cycles.length.ravel(), cycles.ovulation.ravel())[0, 1] > 0.5


def test_the_same_seed_draws_the_same_women_whatever_the_rule():
    one, other = drawn("W1"), drawn("W2")

    assert [woman.referred for woman in one.women] == [woman.referred for woman in other.women]
    coins = [
        [[(turn.start, turn.passes, turn.shows) for turn in woman.turns] for woman in world.women]
        for world in (one, other)
    ]
    assert coins[0] == coins[1]
    assert drawn("W1") == one


def test_irregular_women_ovulate_late_and_the_others_are_who_they_were():
    plain, mixed = drawn(), drawn(scenario=replace(SMALL, irregular=0.2))

    share = sum(woman.irregular for woman in mixed.women) / len(mixed.women)
    assert share == pytest.approx(0.2, abs=0.05)
    same = [
        one.turns == other.turns
        for one, other in zip(plain.women, mixed.women, strict=True)
        if not other.irregular
    ]
    assert all(same)


# ---------------------------------------------------------------- the policies


@pytest.mark.parametrize("name", sorted(WORLDS))
@pytest.mark.parametrize("policy", POLICIES)
def test_no_policy_examines_anybody_outside_her_days(name, policy):
    found = play(drawn(name), policy, RULES, Overbooking(most=1))

    assert found.outside_window == 0
    assert found.women > 100
    assert found.lost_cycles >= 0
    assert 0 < found.first_cycle_share <= found.first_possible_share <= 1


def test_nobody_beats_who_knew_everything(small):
    bound = waited(small, play_clairvoyant(small))

    for played in (
        play_phone(small),
        play_phone(small, calls_back=True),
        play_phone(small, calls_back=True, holds=True),
        play_rolling(small, RULES),
        play_rolling(small, RULES, Overbooking(most=2)),
    ):
        assert waited(small, played) >= bound


def test_the_engine_loses_fewer_cycles_than_the_telephone(small):
    lost = {policy: play(small, policy, RULES).lost_cycles for policy in POLICIES}

    assert lost["clairvoyant"] <= lost["match"] < lost["fcfs-callback"] < lost["fcfs"]


def test_nobody_is_sent_home_where_nobody_more_is_invited(small):
    assert play(small, "match", RULES).bumps_per_1000 == 0
    assert play(small, "match", RULES, Overbooking(most=1)).bumps_per_1000 > 0


def test_a_chance_of_none_invites_nobody_more(small):
    assert play(small, "match", RULES, Overbooking(alpha=0.0)) == play(small, "match", RULES)


def test_women_who_can_come_at_once_fill_what_stays_empty():
    alone = play(drawn(), "match", RULES)
    helped = play(drawn(scenario=replace(SMALL, on_call=1.0)), "match", RULES)

    assert helped.wasted_share < alone.wasted_share
    assert helped.lost_cycles <= alone.lost_cycles


def test_the_same_world_is_played_the_same_way_again(small):
    assert play_rolling(small, RULES) == play_rolling(small, RULES)


def test_there_is_no_other_policy(small):
    with pytest.raises(ValueError, match="there are fcfs"):
        play(small, "lottery", RULES)


# ---------------------------------------------------------------- one woman, by hand


def one_woman(*, passes=True, shows=True, places=1):
    days = Days(exam=(7, 8), first_test=6)
    turns = tuple(
        Turn(start, 5, start + 14, passes or start > 0, shows or start > 0, own, own)
        for start, own in ((0, days), (28, Days(exam=(35, 36), first_test=34)))
    )
    length = 60
    return World(
        name="by hand",
        first_day=date(2024, 1, 1),
        exam_places=(places,) * length,
        visit_open=(True,) * length,
        women=(Woman(0, False, 5, turns),),
        measured=range(10),
        show_share=0.95,
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_a_lone_woman_is_examined_on_her_first_day(policy):
    found = play(one_woman(), policy, RULES)

    assert (found.lost_cycles, found.first_cycle_share) == (0, 1)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("trouble", [{"passes": False}, {"shows": False}])
def test_a_cycle_that_fails_by_itself_is_not_lost_by_the_policy(policy, trouble):
    found = play(one_woman(**trouble), policy, RULES)

    assert (found.lost_cycles, found.first_possible_share, found.first_cycle_share) == (0, 1, 0)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_clinic_without_places_loses_every_cycle_she_has(policy):
    found = play(one_woman(places=0), policy, RULES)

    assert (found.lost_cycles, found.unserved_share) == (2, 1)


@pytest.mark.parametrize(
    ("world", "examined"),
    [
        (one_woman(), Examined(0, 9)),
        (one_woman(passes=False), Examined(0, 7)),
        (one_woman(shows=False), Examined(0, 7)),
        (one_woman(places=0), Examined(0, 7)),
    ],
    ids=["not her day", "test not passed", "not there", "no place"],
)
def test_an_examination_that_may_not_be_is_never_counted(world, examined):
    with pytest.raises(OutsideTheWindow):
        check(world, Played([examined]))


def test_nobody_to_count_is_said(small):
    with pytest.raises(ValueError, match="Play more days"):
        outcome(replace(small, measured=range(0)), play_phone(small))


def test_the_prize_is_the_share_of_what_could_be_won():
    assert prize_share(0.1, 0.5, 0.1) == 1
    assert prize_share(0.3, 0.5, 0.1) == pytest.approx(0.5)
    assert prize_share(0.1, 0.1, 0.1) is None
