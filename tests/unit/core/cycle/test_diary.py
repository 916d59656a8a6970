"""A diary takes what can be, in any order, and says in words what cannot."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.cycle.diary import (
    DiaryRefused,
    EndsWrongly,
    Period,
    PeriodDiary,
    PeriodKind,
    StartInFuture,
    StartsTooClose,
    ToldTwoWays,
    period_diary,
)

FIRST = date(2025, 1, 6)
TODAY = date(2026, 1, 6)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def diary(*periods: Period) -> PeriodDiary:
    return period_diary(periods, today=TODAY)


def test_lengths_are_days_from_start_to_start() -> None:
    found = diary(Period(day(0), day(4)), Period(day(28)), Period(day(59), day(63)))

    assert found.lengths == (28, 31)
    assert found.bleeding_days == (5, 5)


def test_the_order_of_telling_and_a_repeat_change_nothing() -> None:
    periods = [Period(day(0), day(4)), Period(day(28)), Period(day(59))]

    assert diary(*reversed(periods), *periods) == diary(*periods)


def test_a_withdrawal_bleed_is_no_end_and_no_beginning_of_her_own_cycle() -> None:
    found = diary(
        Period(day(0)),
        Period(day(30), kind=PeriodKind.WITHDRAWAL),
        Period(day(60)),
        Period(day(88)),
    )

    assert found.lengths == (28,)


def test_days_she_did_not_write_down_are_no_cycle() -> None:
    found = diary(Period(day(0)), Period(day(90), untracked_before=True), Period(day(118)))

    assert found.lengths == (28,)


def test_what_is_longer_than_any_cycle_is_a_pause() -> None:
    assert diary(Period(day(0)), Period(day(201))).lengths == ()
    assert diary(Period(day(0)), Period(day(200))).lengths == (200,)


def test_one_unsure_end_makes_a_cycle_unsure() -> None:
    found = diary(Period(day(0)), Period(day(28), sure=False), Period(day(56)), Period(day(84)))

    assert [cycle.sure for cycle in found.cycles] == [False, False, True]


def test_an_empty_diary_has_no_last_period() -> None:
    assert diary().last is None
    assert diary(Period(day(0)), Period(day(30))).last == Period(day(30))


@pytest.mark.parametrize(
    ("periods", "refusal", "says"),
    [
        ([Period(day(0)), Period(day(5))], StartsTooClose, "cannot start 5 days apart"),
        ([Period(TODAY + timedelta(days=1))], StartInFuture, "is after 2026-01-06"),
        ([Period(TODAY, TODAY + timedelta(days=3))], StartInFuture, "2026-01-09 is after"),
        ([Period(day(4), day(2))], EndsWrongly, "cannot end on 2025-01-08"),
        ([Period(day(0), day(28)), Period(day(28))], EndsWrongly, "cannot last until 2025-02-03"),
        ([Period(day(0), day(4)), Period(day(0), day(5))], ToldTwoWays, "told twice"),
    ],
)
def test_days_that_cannot_be_are_refused_with_what_to_do(
    periods: list[Period], refusal: type[DiaryRefused], says: str
) -> None:
    with pytest.raises(refusal) as refused:
        diary(*periods)

    assert says in str(refused.value)


def test_the_closest_starts_are_a_number_of_the_caller() -> None:
    periods = [Period(day(0)), Period(day(12))]

    assert period_diary(periods, today=TODAY).lengths == (12,)
    with pytest.raises(StartsTooClose, match="at least 15 days"):
        period_diary(periods, today=TODAY, closest_starts_days=15)


@given(st.lists(st.integers(10, 200), max_size=8), st.randoms())
def test_a_diary_gives_back_the_lengths_it_was_made_from(lengths: list[int], chance) -> None:
    start, periods = day(-2000), [Period(day(-2000))]
    for length in lengths:
        start += timedelta(days=length)
        periods.append(Period(start))
    chance.shuffle(periods)

    assert diary(*periods).lengths == tuple(lengths)
