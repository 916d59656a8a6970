"""Pairs of hCG, the ways of an episode, and the days of a scan."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.pregnancy import (
    NEXT,
    HcgLimits,
    HcgPair,
    PregnancyRefused,
    PregnancyState,
    Reading,
    Sample,
    move,
    next_sample_at,
    pair_to_read,
    read_pair,
    scan_days,
)

AT = datetime(2025, 10, 2, 1, 0, tzinfo=UTC)
LIMITS = HcgLimits(
    hours_apart_min=48,
    hours_apart_max=72,
    rise_percent=63,
    fall_percent=50,
    scan_days_min=7,
    scan_days_max=14,
    scan_early_iu_per_l=1500,
    retest_days=14,
    review_hours=24,
)


def pair(first: float, second: float, hours: float = 48) -> HcgPair:
    return HcgPair(Sample(AT, first), Sample(AT + timedelta(hours=hours), second))


@pytest.mark.parametrize(
    ("first", "second", "reading"),
    [
        (800, 1350, Reading.LIKELY_INTRAUTERINE),  # + 68.75 %
        (1200, 1700, Reading.REVIEW),  # + 41.7 %
        (900, 400, Reading.LIKELY_ENDING),  # − 55.6 %
        (1000, 1630, Reading.REVIEW),  # + 63.0 % exactly: the safer side
        (1000, 500, Reading.REVIEW),  # − 50 % exactly: the safer side
        (1000, 1000, Reading.REVIEW),
        (0, 1000, Reading.REVIEW),  # no share of nothing
    ],
)
def test_a_pair_reads_as_the_protocol_says(first: float, second: float, reading: Reading):
    assert read_pair(pair(first, second), LIMITS).reading is reading


def test_a_likely_pregnancy_in_the_womb_is_scanned_after_7_to_14_days():
    read = read_pair(pair(800, 1350), LIMITS)
    taken = AT + timedelta(hours=48)

    assert (read.due_from, read.due_by) == (taken + timedelta(days=7), taken + timedelta(days=14))


def test_from_the_level_at_which_a_scan_shows_it_nobody_waits_a_week():
    read = read_pair(pair(900, 1500), LIMITS)

    assert read.due_from == AT + timedelta(hours=48)


def test_a_review_is_due_within_24_hours_and_a_urine_test_after_14_days():
    taken = AT + timedelta(hours=48)

    assert read_pair(pair(1200, 1700), LIMITS).due_by == taken + timedelta(hours=24)
    assert read_pair(pair(900, 400), LIMITS).due_by == taken + timedelta(days=14)


@pytest.mark.parametrize("hours", [1, 24, 47.9])
def test_a_pair_under_48_hours_apart_is_not_judged_and_says_when_to_take_the_next(hours: float):
    read = read_pair(pair(800, 5000, hours), LIMITS)

    assert read.reading is Reading.TOO_EARLY
    assert read.due_from == AT + timedelta(hours=48) == next_sample_at(Sample(AT, 800), LIMITS)


def test_a_pair_too_far_apart_says_nothing_about_48_hours_and_is_reviewed():
    assert read_pair(pair(800, 5000, 96), LIMITS).reading is Reading.REVIEW


def test_samples_in_the_wrong_order_and_values_below_zero_are_refused():
    with pytest.raises(PregnancyRefused, match="was not taken after the first"):
        pair(1, 2, hours=0)
    with pytest.raises(PregnancyRefused, match="0 or more"):
        pair(-1, 2)


@given(
    st.floats(1, 100_000),
    st.floats(0, 200_000),
    st.floats(48, 72),
)
def test_only_a_change_beyond_a_limit_leaves_the_review(first: float, second: float, hours: float):
    read = read_pair(pair(first, second, hours), LIMITS)

    if read.reading is not Reading.REVIEW:
        assert read.change_percent is not None
        assert read.change_percent > 63 or read.change_percent < -50
    assert read.due_by >= read.due_from


def test_the_ways_of_an_episode_are_one_table():
    assert move(PregnancyState.UNKNOWN_LOCATION, PregnancyState.ECTOPIC) is PregnancyState.ECTOPIC
    assert NEXT.keys() == set(PregnancyState)
    with pytest.raises(PregnancyRefused, match="this is an outcome"):
        move(PregnancyState.ECTOPIC, PregnancyState.INTRAUTERINE)
    with pytest.raises(PregnancyRefused, match="it can become ectopic"):
        move(PregnancyState.INTRAUTERINE, PregnancyState.UNKNOWN_LOCATION)


def test_who_was_lost_may_come_back():
    assert PregnancyState.INTRAUTERINE in NEXT[PregnancyState.LOST]


def test_a_scan_is_useful_from_17_days_after_ovulation_and_due_at_six_weeks():
    usual = scan_days(date(2025, 9, 1), cycle_days=28, luteal_days=14)
    long = scan_days(date(2025, 9, 1), cycle_days=45, luteal_days=14)

    assert usual.earliest == date(2025, 10, 6)  # 5+0
    assert usual.latest == date(2025, 10, 19)  # 6+6 inclusive is day 48
    assert long.earliest == date(2025, 10, 18)  # ovulation on 1 October and 17 days
    assert long.latest == date(2025, 10, 19)


def test_the_newest_sample_is_paired_with_the_nearest_that_is_far_enough():
    def taken(*hours: float) -> list[Sample]:
        return [Sample(AT + timedelta(hours=hour), 100) for hour in hours]

    assert pair_to_read(taken(0), LIMITS) is None
    three = taken(0, 30, 50)
    assert pair_to_read(three, LIMITS) == HcgPair(three[0], three[2])
    close = taken(0, 20)
    assert pair_to_read(close, LIMITS) == HcgPair(close[0], close[1])
