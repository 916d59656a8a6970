"""What would have changed her answer: the list decided again, with one place more."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from patency.config.data import load_ranking
from patency.core.booking.one_place_more import one_place_more
from patency.core.booking.rank import Standing
from patency.core.booking.tonight import Places, Waiting, Way, tonight

RULES = load_ranking()
TODAY = date(2025, 9, 1)
TUE, WED, THU = (TODAY + timedelta(days=ahead) for ahead in (1, 2, 3))


def waits(who, *days, refused=0):
    standing = Standing(refused=refused, days_left=len(days) - 1)
    return Waiting(who, standing, tuple(Way(exam=day, day=day) for day in days))


def decide(*waiting, **places):
    room = {day: places.get(name, 0) for name, day in (("tue", TUE), ("wed", WED), ("thu", THU))}
    return tonight(waiting, Places(room), today=TODAY, rules=RULES)


def test_a_place_on_her_own_day_helps_whoever_comes_next_for_it():
    night = decide(
        waits("first", TUE, refused=2), waits("next", TUE, refused=1), waits("last", TUE), tue=1
    )

    assert one_place_more(night) == {"next": (TUE,)}


def test_a_place_on_another_day_helps_when_somebody_makes_room():
    night = decide(waits("can wait", TUE, WED, refused=1), waits("only tue", TUE), tue=1)

    assert one_place_more(night)["only tue"] == (TUE, WED)


def test_an_earlier_day_is_a_help_too():
    night = decide(waits("a", TUE, refused=1), waits("b", TUE, WED), tue=1, wed=1)

    assert one_place_more(night) == {"b": (TUE,)}


def test_where_places_are_free_one_more_helps_nobody():
    assert one_place_more(decide(waits("a", TUE), tue=2)) == {}


@settings(max_examples=20)
@given(
    st.lists(st.frozensets(st.sampled_from([TUE, WED, THU]), min_size=1), max_size=6),
    st.integers(0, 2),
    st.integers(0, 2),
)
def test_one_more_on_a_day_that_somebody_without_a_day_wanted_helps_somebody_like_her(
    days, tue, wed
):
    night = decide(
        *(waits(number, *sorted(each)) for number, each in enumerate(days)), tue=tue, wed=wed
    )

    helped = one_place_more(night)
    wanted = {way.day for one in night.not_placed.values() for way in one.waiting.ways}
    for day in wanted:
        assert any(day in groups for who, groups in helped.items() if who in night.not_placed)
