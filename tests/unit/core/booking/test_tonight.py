"""Tonight's list: everybody once, no place twice, and no cycle lost for a nicer list."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patency.config.data import load_ranking
from patency.core.booking.rank import Standing, ovulated_by
from patency.core.booking.tonight import Places, Waiting, Way, tonight

RULES = load_ranking()
TODAY = date(2025, 9, 1)
DAYS = tuple(TODAY + timedelta(days=ahead) for ahead in range(1, 6))


def way(ahead, after_bleeding=None):
    day = TODAY + timedelta(days=ahead)
    risk = ovulated_by(after_bleeding or 2 + ahead, RULES)
    return Way(exam=day, day=day, ovulated=risk)


def waits(who, *ahead, **more):
    ways = tuple(way(one) for one in ahead)
    return Waiting(who, more.pop("standing", Standing(days_left=len(ways) - 1)), ways, **more)


def day_of(night, who):
    return (night.placed[who].way.day - TODAY).days if who in night.placed else None


def decide(*waiting, rules=RULES, extra=None, **places):
    room = {TODAY + timedelta(days=int(name[1:])): count for name, count in places.items()}
    more = {TODAY + timedelta(days=ahead): count for ahead, count in (extra or {}).items()}
    return tonight(waiting, Places(room, more), today=TODAY, rules=rules)


lists = st.lists(
    st.builds(
        lambda first, count, refused, held: (first, count, refused, held),
        st.integers(1, 5),
        st.integers(1, 4),
        st.integers(0, 2),
        st.none() | st.integers(1, 5),
    ),
    max_size=9,
).map(
    lambda rows: [
        waits(
            number,
            *range(first, min(6, first + count)),
            standing=Standing(refused=refused, days_left=count - 1),
            held=None if held is None else way(held),
        )
        for number, (first, count, refused, held) in enumerate(rows)
    ]
)
rooms = st.lists(st.integers(0, 3), min_size=5, max_size=5).map(
    lambda counts: dict(zip(DAYS, counts, strict=True))
)


def most_at_once(waiting, room):
    """Return how many women can be placed at most, by augmenting paths of our own."""
    seats = {day: [] for day in room}

    def place(one, tried):
        for each in one.ways:
            if each.day in tried or not room.get(each.day):
                continue
            tried.add(each.day)
            if len(seats[each.day]) < room[each.day]:
                seats[each.day].append(one)
                return True
            for other in list(seats[each.day]):
                if place(other, tried):
                    seats[each.day].remove(other)
                    seats[each.day].append(one)
                    return True
        return False

    return sum(place(one, set()) for one in waiting)


@settings(max_examples=30)
@given(lists, rooms)
def test_nobody_loses_her_cycle_for_a_nicer_list(waiting, room):
    night = tonight(waiting, Places(room), today=TODAY, rules=RULES)

    assert len(night.placed) == most_at_once(waiting, room)
    assert set(night.placed) | set(night.not_placed) == {one.who for one in waiting}
    assert not set(night.placed) & set(night.not_placed)


@settings(max_examples=30)
@given(lists, rooms, rooms)
def test_no_day_holds_more_than_its_places_and_its_extras(waiting, room, extra):
    night = tonight(waiting, Places(room, extra), today=TODAY, rules=RULES)

    on = Counter(one.way.day for one in night.placed.values())
    beyond = Counter(one.way.day for one in night.placed.values() if one.extra)
    for day, count in on.items():
        assert count <= room[day] + extra[day]
        assert beyond[day] == max(0, count - room[day])


@settings(max_examples=30)
@given(lists, rooms, st.randoms(use_true_random=False))
def test_the_order_of_the_list_is_no_reason(waiting, room, shuffled):
    again = list(waiting)
    shuffled.shuffle(again)

    first = tonight(waiting, Places(room), today=TODAY, rules=RULES)
    second = tonight(again, Places(room), today=TODAY, rules=RULES)
    assert dict(first.placed) == dict(second.placed)


@settings(max_examples=30)
@given(lists, rooms, st.sampled_from(DAYS))
def test_one_place_more_places_nobody_fewer_and_costs_no_points(waiting, room, day):
    before = tonight(waiting, Places(room), today=TODAY, rules=RULES)
    more = {**room, day: room[day] + 1}
    after = tonight(waiting, Places(more), today=TODAY, rules=RULES)

    assert len(after.placed) >= len(before.placed)
    assert after.points >= before.points - 1e-3


@settings(max_examples=30)
@given(lists, rooms)
def test_a_second_night_without_news_moves_nobody(waiting, room):
    first = tonight(waiting, Places(room), today=TODAY, rules=RULES)
    told = [
        replace(one, held=first.placed[one.who].way) for one in waiting if one.who in first.placed
    ]
    second = tonight(told, Places(room), today=TODAY, rules=RULES)

    assert not any(one.moved for one in second.placed.values())


def test_whoever_has_only_tomorrow_goes_before_whoever_can_wait():
    night = decide(waits("can wait", 1, 2, 3), waits("only tomorrow", 1), d1=1, d2=1)

    assert (day_of(night, "only tomorrow"), day_of(night, "can wait")) == (1, 2)


def test_a_later_day_of_her_window_costs_more_so_it_goes_to_whoever_is_earlier_in_hers():
    late = Waiting("late", Standing(days_left=1), (way(1, 6), way(2, 7)))
    early = Waiting("early", Standing(days_left=1), (way(1, 3), way(2, 4)))

    night = decide(late, early, d1=1, d2=1)

    assert (day_of(night, "late"), day_of(night, "early")) == (1, 2)


def test_between_two_for_the_last_place_the_one_refused_before_has_it():
    twice = Standing(refused=2, days_left=0)

    night = decide(waits("new", 1), waits("refused", 1, standing=twice), d1=1)

    assert set(night.placed) == {"refused"}
    assert set(night.not_placed) == {"new"}


def test_age_decides_only_where_the_site_chose_an_age():
    older, younger = Standing(age=39), Standing(age=30, days_waited=100)
    waiting = (waits("older", 1, standing=older), waits("younger", 1, standing=younger))

    assert set(decide(*waiting, d1=1).placed) == {"younger"}
    assert set(decide(*waiting, rules=replace(RULES, age_from=38), d1=1).placed) == {"older"}


def test_a_firm_date_stands_whatever_would_be_better():
    firm = waits("firm", 1, 2, held=way(2), firm=True)

    night = decide(firm, waits("other", 1, 2), d1=2)

    assert (day_of(night, "firm"), day_of(night, "other")) == (2, 1)
    assert not night.placed["firm"].moved


def test_a_day_she_was_told_is_kept_when_another_is_hardly_better():
    told = waits("told", 2, 3, held=way(3))

    assert day_of(decide(told, d2=1, d3=1), "told") == 3


def test_an_empty_place_tomorrow_is_worth_a_move_of_two_days():
    told = waits("told", 1, 3, held=way(3))

    night = decide(told, d1=1, d3=1)

    assert day_of(night, "told") == 1
    assert night.placed["told"].moved


def test_one_more_is_invited_only_where_somebody_would_lose_her_cycle():
    both = (waits("a", 1), waits("b", 1))
    one_can_wait = (waits("a", 1), waits("b", 1, 2))

    crowded = decide(*both, extra={1: 1}, d1=1)
    easy = decide(*one_can_wait, extra={1: 1}, d1=1, d2=1)

    assert sum(one.extra for one in crowded.placed.values()) == 1
    assert len(crowded.placed) == 2
    assert not any(one.extra for one in easy.placed.values())


def test_the_extra_woman_is_the_one_with_days_left():
    waiting = (waits("only tomorrow", 1), waits("can wait", 1, 2))

    night = decide(*waiting, extra={1: 1}, d1=1)

    assert night.placed["can wait"].extra
    assert not night.placed["only tomorrow"].extra


def test_of_two_with_as_many_days_left_the_one_who_goes_after_is_extra():
    rare = waits("seldom has a day", 1, standing=Standing(next_chance=0.3))

    night = decide(waits("a", 1), rare, extra={1: 1}, d1=1)

    assert night.placed["a"].extra
    assert not night.placed["seldom has a day"].extra


def test_a_woman_who_stands_twice_on_the_list_is_refused():
    with pytest.raises(ValueError, match="stands twice"):
        decide(waits("a", 1), waits("a", 2), d1=1)


def test_a_firm_date_without_a_day_is_refused():
    with pytest.raises(ValueError, match="without a day"):
        decide(waits("a", 1, firm=True), d1=1)
