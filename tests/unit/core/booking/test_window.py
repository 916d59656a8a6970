"""The window against arithmetic of our own, day by day, on the protocol as it ships."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.config.data import load_protocol
from patency.core.booking.plan import Certainty, NoPlan, Plan, plan
from patency.core.booking.window import Openings, exam_window
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Stage
from patency.core.protocol.rulebook import rulebook, rulebook_with

PROTOCOL = load_protocol("hsg/2026-1")
BOOK = rulebook(PROTOCOL)
AT_CAP = {cap: rulebook_with(PROTOCOL, {"cycle_day_cap": cap}) for cap in (10, 11, 12)}
ONE_DAY = timedelta(days=1)
MONDAY = date(2025, 9, 1)


def closed_on(*weekdays, holidays=()):
    def closed(day):
        if day in holidays:
            return "legal holiday: National Day"
        return "closed" if day.weekday() in weekdays else None

    return closed


ALWAYS = Openings(exam=closed_on(), visit=closed_on())
WEEKDAYS = Openings(exam=closed_on(5, 6), visit=closed_on(5, 6))


def facts(start=MONDAY, bleeding=5, shortest=28, **more):
    return {
        "period_start": start,
        "bleeding_ended": start + (bleeding - 1) * ONE_DAY,
        "shortest_cycle_days": shortest,
        "longest_cycle_days": 30,
        "interventions_this_cycle": 0,
    } | more


def cycle_days(days):
    return [day.cycle_day for day in days]


@given(
    start=st.dates(date(2025, 1, 1), date(2025, 12, 1)),
    bleeding=st.integers(1, 10),
    shortest=st.integers(21, 40),
    cap=st.integers(10, 12),
    closed=st.frozensets(st.integers(0, 6), max_size=3),
    holiday=st.integers(0, 18),
)
def test_the_window_is_the_calendar_arithmetic_of_the_articles(
    start, bleeding, shortest, cap, closed, holiday
):
    shut = closed_on(*closed, holidays=[start + holiday * ONE_DAY])
    window = exam_window(AT_CAP[cap], facts(start, bleeding, shortest), Openings(shut, shut))

    for each in window.days:
        after, cycle_day = each.day - start, (each.day - start).days + 1
        expected = (
            3 <= after.days - (bleeding - 1) <= 7
            and cycle_day <= cap
            and cycle_day < shortest - 14
            and shut(each.day) is None
        )
        assert each.is_open == expected, each


@given(
    start=st.dates(date(2025, 1, 1), date(2025, 12, 1)),
    bleeding=st.integers(1, 10),
    shortest=st.integers(21, 40),
    tested_after=st.integers(1, 6),
)
def test_a_day_is_open_exactly_when_the_booking_decision_fires_no_timing_rule(
    start, bleeding, shortest, tested_after
):
    known = facts(start, bleeding, shortest)
    known["test_passed_on"] = known["bleeding_ended"] + tested_after * ONE_DAY
    window = exam_window(BOOK, known, WEEKDAYS)

    for each in window.days:
        of_day = {**known, "exam_date": each.day, "exam_day_open": WEEKDAYS.exam(each.day) is None}
        decision = decide(BOOK, Stage.BOOKING, of_day)
        assert each.is_open == (not any(reason.rule.timing for reason in decision.reasons))


@given(
    start=st.dates(date(2025, 1, 1), date(2025, 12, 1)),
    bleeding=st.integers(1, 10),
    closed=st.frozensets(st.integers(0, 6), max_size=6),
)
def test_a_window_never_holds_a_closed_day_and_no_plan_does(start, bleeding, closed):
    shut = closed_on(*closed)
    openings = Openings(shut, shut)
    window = exam_window(BOOK, facts(start, bleeding), openings)
    made = plan(BOOK, facts(start, bleeding), openings, today=start)

    assert not any(shut(each.day) for each in window.usable())
    if isinstance(made, Plan):
        assert shut(made.exam_day) is None
        assert made.test_day is not None and shut(made.test_day) is None
        assert made.test_day < made.exam_day


@pytest.mark.parametrize(
    ("bleeding", "shortest", "cap", "expected"),
    [
        (5, 28, 10, [8, 9, 10]),
        (7, 28, 10, [10]),
        (7, 24, 10, []),
        (3, 28, 10, [6, 7, 8, 9, 10]),
        (6, 24, 10, [9]),
        (8, 28, 10, []),
        (8, 28, 12, [11, 12]),
    ],
)
def test_both_clocks_together(bleeding, shortest, cap, expected):
    window = exam_window(AT_CAP[cap], facts(bleeding=bleeding, shortest=shortest), ALWAYS)

    assert cycle_days(window.usable()) == expected
    assert window.is_empty == (not expected)


def test_the_eleventh_day_opens_with_a_clinicians_approval():
    window = exam_window(BOOK, facts(bleeding=7), ALWAYS)

    assert cycle_days(window.usable_with_approval()) == [11, 12]
    assert cycle_days(day for day in window.days if day.cycle_day == 13 and day.is_open) == []


def test_every_day_that_is_not_open_says_why():
    window = exam_window(BOOK, facts(), WEEKDAYS)

    for each in window.days:
        assert each.is_open or all(reason.say and reason.do for reason in each.reasons)
    sunday = next(each for each in window.days if each.day.weekday() == 6)
    assert sunday.closed == "closed"


def test_an_unknown_shortest_cycle_comes_back_as_a_question():
    known = facts()
    del known["shortest_cycle_days"]
    window = exam_window(BOOK, known, ALWAYS)

    assert window.days[8].still_to_ask == ("shortest_cycle_days",)
    assert window.next_period_from is None


def test_the_next_period_is_expected_between_her_shortest_and_longest_cycle():
    window = exam_window(BOOK, facts(), ALWAYS)

    assert (window.next_period_from, window.next_period_to) == (
        MONDAY + 28 * ONE_DAY,
        MONDAY + 30 * ONE_DAY,
    )


def test_days_gone_by_are_left_out():
    window = exam_window(BOOK, facts(), ALWAYS, today=MONDAY + 8 * ONE_DAY)

    assert window.days[0].day == MONDAY + 8 * ONE_DAY
    assert cycle_days(window.usable()) == [10]


def test_a_plan_takes_the_earliest_exam_and_the_latest_test_before_it():
    made = plan(BOOK, facts(), ALWAYS, today=MONDAY)

    assert made == Plan(
        test_day=MONDAY + 6 * ONE_DAY,
        exam_day=MONDAY + 7 * ONE_DAY,
        certainty=Certainty.BLEEDING_ENDED,
        needs_approval=False,
    )


def test_a_passed_test_needs_no_other_day():
    made = plan(BOOK, facts(test_passed_on=MONDAY + 6 * ONE_DAY), ALWAYS, today=MONDAY)

    assert isinstance(made, Plan)
    assert (made.test_day, made.certainty) == (None, Certainty.TEST_PASSED)


def test_before_bleeding_has_ended_a_plan_rests_on_how_long_she_usually_bleeds():
    known = facts()
    del known["bleeding_ended"]

    made = plan(BOOK, known, ALWAYS, today=MONDAY, usual_bleeding_days=5)

    assert isinstance(made, Plan)
    assert made.certainty is Certainty.BLEEDING_EXPECTED
    assert isinstance(plan(BOOK, known, ALWAYS, today=MONDAY), NoPlan)


def test_a_plan_beyond_the_cap_says_that_it_needs_approval():
    made = plan(BOOK, facts(bleeding=8), ALWAYS, today=MONDAY)

    assert isinstance(made, Plan)
    assert made.needs_approval
    assert made.exam_day == MONDAY + 10 * ONE_DAY


def test_no_plan_brings_the_window_that_says_why():
    made = plan(BOOK, facts(bleeding=7, shortest=24), ALWAYS, today=MONDAY)

    assert isinstance(made, NoPlan)
    assert made.window.is_empty
