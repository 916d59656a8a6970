"""Sessions: rooms and operators never twice at once, and wishes that open and close them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patency.config.data import load_ranking
from patency.core.booking.clinic_night import plan_clinic
from patency.core.booking.rank import Standing
from patency.core.booking.sessions import (
    EXAM,
    VISIT,
    About,
    DayPair,
    Operator,
    Part,
    Session,
    SessionsClash,
    Strength,
    Wish,
    offered,
    timetable,
    ways,
)
from patency.core.booking.tonight import Waiting

TODAY = date(2026, 3, 2)  # a Monday
RULES = load_ranking()
POINTS = RULES.points.unmet_wish
ANNA = Operator("anna", "female", frozenset({"en"}))
BEN = Operator("ben", "male", frozenset({"en", "zh-hans"}))


def day(ahead):
    return TODAY + timedelta(days=ahead)


def make_session(slug, service=EXAM, ahead=3, part=Part.MORNING, **fields):
    given = {"campus": "west", "room": f"room-of-{slug}", "operator": None, "places": 1}
    return Session(slug, service, day(ahead), part, **(given | fields))


def wish(about, *values, insists=True):
    return Wish(about, frozenset(values), Strength.MUST if insists else Strength.RATHER)


def slugs_of(found):
    return [(way.test.places if way.test else None, way.exam.places, way.disliked) for way in found]


def test_an_operator_in_two_sessions_at_once_is_refused_by_name():
    with pytest.raises(SessionsClash, match=r"Operator anna is in sessions a and b at once.*morn"):
        timetable([make_session("a", operator=ANNA), make_session("b", operator=ANNA)])


def test_a_room_in_two_sessions_at_once_is_refused_by_name():
    with pytest.raises(SessionsClash, match="Room r1 is in sessions a and b at once"):
        timetable([make_session("a", room="r1"), make_session("b", VISIT, room="r1")])


def test_every_clash_is_told_at_once():
    both = {"room": "r1", "operator": ANNA}

    with pytest.raises(SessionsClash) as refused:
        timetable([make_session("a", **both), make_session("b", **both), make_session("a")])

    assert len(str(refused.value).splitlines()) == 3


def test_the_same_room_and_operator_may_go_on_in_the_afternoon():
    both = {"room": "r1", "operator": ANNA}

    hours = timetable([make_session("a", **both), make_session("b", part=Part.AFTERNOON, **both)])

    assert hours.capacity == {"a": 1, "b": 1}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.sampled_from(Part),
            st.sampled_from(["r1", "r2"]),
            st.sampled_from([None, ANNA, BEN]),
        ),
        max_size=5,
    )
)
def test_a_timetable_that_is_accepted_has_nobody_and_no_room_twice_at_once(rows):
    sessions = [
        make_session(str(number), ahead=ahead, part=part, room=room, operator=operator)
        for number, (ahead, part, room, operator) in enumerate(rows)
    ]
    held = [
        (one.day, one.part, what)
        for one in sessions
        for what in (one.room, one.operator and one.operator.slug)
        if what
    ]

    try:
        timetable(sessions)
    except SessionsClash:
        assert len(held) > len(set(held))
    else:
        assert len(held) == len(set(held))


HOURS = timetable(
    [
        make_session("test-west", VISIT, 1, operator=BEN),
        make_session("test-east", VISIT, 1, campus="east", operator=ANNA),
        make_session("exam-anna", ahead=3, operator=ANNA),
        make_session("exam-ben", ahead=3, operator=BEN, part=Part.AFTERNOON, campus="east"),
        make_session("exam-full", ahead=3, places=0, room="r9", part=Part.AFTERNOON),
        make_session("exam-later", ahead=5, operator=None),
    ]
)
PAIR = DayPair(day(1), day(3), 0.005)


def test_sessions_that_are_the_same_to_her_are_one_way():
    found = offered([PAIR], HOURS, (), points_a_wish=POINTS)

    assert slugs_of(found.ways) == [(("test-west", "test-east"), ("exam-anna", "exam-ben"), 0)]
    assert [str(one) for one in found.left_out] == [f"{day(3)} afternoon, west r9: full"]


@pytest.mark.parametrize(
    ("wished", "exam"),
    [
        (wish(About.CAMPUS, "east"), "exam-ben"),
        (wish(About.OPERATOR_SEX, "female"), "exam-anna"),
        (wish(About.LANGUAGE, "zh-hans"), "exam-ben"),
        (wish(About.PART, "afternoon"), "exam-ben"),
    ],
)
def test_what_she_insists_on_leaves_other_sessions_out_and_says_so(wished, exam):
    found = offered([DayPair(None, day(3), 0.0)], HOURS, (wished,), points_a_wish=POINTS)

    assert slugs_of(found.ways) == [(None, (exam,), 0)]
    reasons = {one.session.slug: one.unmet for one in found.left_out}
    other = ({"exam-anna", "exam-ben"} - {exam}).pop()
    assert reasons[other] == (wished,)


def test_a_wish_for_days_leaves_out_the_other_days():
    found = offered(
        [DayPair(None, day(3), 0.0), DayPair(None, day(5), 0.0)],
        HOURS,
        (wish(About.DAY, day(5).isoformat()), wish(About.WEEKDAY, "thu", "fri")),
        points_a_wish=POINTS,
    )

    assert found.ways == ()
    assert {one.session.day for one in found.left_out} == {day(3), day(5)}


def test_what_she_would_rather_have_costs_points_at_each_visit_and_closes_nothing():
    rather = (wish(About.CAMPUS, "west", insists=False), wish(About.PART, "morning", insists=False))

    found = offered([PAIR], HOURS, rather, points_a_wish=POINTS)

    assert slugs_of(found.ways) == [
        (("test-west",), ("exam-anna",), 0),
        (("test-east",), ("exam-anna",), POINTS),
        (("test-west",), ("exam-ben",), 2 * POINTS),
        (("test-east",), ("exam-ben",), 3 * POINTS),
    ]


def test_an_operator_nobody_named_meets_no_wish_for_one():
    asked = (wish(About.OPERATOR_SEX, "female"),)

    found = offered([DayPair(None, day(5), 0.0)], HOURS, asked, points_a_wish=POINTS)

    assert not found.ways and found.left_out[0].unmet == asked


def test_a_day_without_any_session_is_named():
    found = offered([DayPair(day(1), day(4), 0.0)], HOURS, (), points_a_wish=POINTS)

    assert not found.ways and found.without_session == ((EXAM, day(4)),)


def waiting(who, *pairs, wishes=(), **standing):
    hers = ways(pairs, HOURS, wishes, points_a_wish=POINTS, known={})
    return Waiting(who, Standing(**standing), hers)


def test_the_test_comes_before_the_exam_and_both_have_a_session():
    night = plan_clinic([waiting("a", PAIR)], HOURS, today=TODAY, rules=RULES)

    both = night.given["a"]
    assert HOURS.sessions[both.test].day == day(1) < HOURS.sessions[both.exam].day == day(3)
    assert night.gap <= 1e-6


def test_the_last_place_goes_to_who_was_refused_before_and_the_other_is_told_what_lacked():
    women = [
        waiting("new", PAIR, wishes=(wish(About.OPERATOR_SEX, "female"),)),
        waiting("refused", PAIR, wishes=(wish(About.OPERATOR_SEX, "female"),), refused=1),
    ]

    night = plan_clinic(women, HOURS, today=TODAY, rules=RULES)

    assert set(night.given) == {"refused"}
    # The one test session with a woman is full as well, so no single place would have helped.
    assert night.refused["new"] == frozenset()


def test_one_place_that_would_have_been_enough_is_named():
    only = DayPair(None, day(5), 0.0)
    women = [waiting("a", only, days_waited=2), waiting("b", only, days_waited=1)]

    night = plan_clinic(women, HOURS, today=TODAY, rules=RULES)

    assert list(night.given) == ["a"]
    assert night.refused == {"b": frozenset({"exam-later"})}


def test_who_asked_first_is_no_reason():
    women = [waiting(who, PAIR, days_waited=days) for who, days in (("a", 3), ("b", 9), ("c", 1))]

    one, other = (
        plan_clinic(line, HOURS, today=TODAY, rules=RULES) for line in (women, women[::-1])
    )

    assert one == other
    assert set(one.given) == {"a", "b"}
