"""Laws of the forecast, on the numbers as they ship, and every reason for not making one."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patency.config.data import load_cycle_model
from patency.core.cycle.chances import DayChances, day_chances, one_day
from patency.core.cycle.diary import Period, PeriodDiary, PeriodKind, period_diary
from patency.core.cycle.forecast import (
    WORDS,
    CannotForecast,
    CycleForecast,
    WhyNot,
    chances_of_bleeding,
    chances_of_length,
    exam_days,
    forecast,
    ovulated_by,
    ovulated_by_cycle_day,
)

MODEL = load_cycle_model()
START = date(2026, 3, 2)
LATER = date(2030, 1, 1)
ONE_DAY = timedelta(days=1)


def diary(lengths: list[int], last: date = START, bleeding: int | None = 5) -> PeriodDiary:
    """Return a diary whose last period began on ``last``, after cycles of these lengths."""
    starts = [last]
    for length in reversed(lengths):
        starts.append(starts[-1] - timedelta(days=length))
    ended = None if bleeding is None else timedelta(days=bleeding - 1)
    periods = [Period(start, None if ended is None else start + ended) for start in starts]
    return period_diary(periods, today=LATER)


def ahead(lengths: list[int], *, day: int = 0, **more) -> CycleForecast:
    """Return the forecast so many days after her last start."""
    found = forecast(MODEL, diary(lengths), today=START + timedelta(days=day), **more)
    assert isinstance(found, CycleForecast), found
    return found


def width(found: CycleForecast, share: float = 0.8) -> int:
    first, last = found.likely_start(share)
    return (last - first).days + 1


def as_told(chances: DayChances) -> list[tuple[int, float]]:
    return [((day - START).days, chance) for day, chance in chances.days()]


# Lengths close enough together that a forecast is made.
own_lengths = st.lists(st.integers(26, 31), max_size=6)
few = settings(max_examples=10)  # each makes a forecast or two, and a law is a law
days_so_far = st.integers(0, 60)


@few
@given(own_lengths, days_so_far)
def test_chances_sum_to_one_and_none_is_on_a_day_that_has_passed(
    lengths: list[int], day: int
) -> None:
    found = ahead(lengths, day=day)

    for chances in (
        found.next_start,
        found.bleeding_end,
        found.ovulation,
        found.next_bleeding_end,
        found.next_ovulation,
    ):
        assert sum(chances.chances) == pytest.approx(1)
        assert min(chances.chances) >= 0
    assert found.next_start.first > found.today


@few
@given(own_lengths, st.integers(0, 40))
def test_no_period_by_today_only_takes_away_what_has_passed(lengths: list[int], day: int) -> None:
    before, after = ahead(lengths), ahead(lengths, day=day)

    left = 1 - before.next_start.by(after.today)
    for one, chance in after.next_start.days():
        assert chance == pytest.approx(before.next_start.on(one) / left)


@few
@given(own_lengths, st.integers(0, 60))
def test_waiting_longer_never_brings_the_next_period_nearer(lengths: list[int], day: int) -> None:
    one, next_day = ahead(lengths, day=day), ahead(lengths, day=day + 1)

    for share in (0.1, 0.5, 0.9):
        assert one.next_start.quantile(share) <= next_day.next_start.quantile(share)


@few
@given(own_lengths, st.integers(-400, 400), st.integers(0, 50))
def test_a_diary_moved_by_days_moves_the_forecast_by_as_many(
    lengths: list[int], moved: int, day: int
) -> None:
    here = ahead(lengths, day=day)
    last = START + timedelta(days=moved)

    there = forecast(MODEL, diary(lengths, last), today=last + timedelta(days=day))

    assert isinstance(there, CycleForecast)
    assert there.next_start == here.next_start.moved(moved)
    assert there.next_ovulation == here.next_ovulation.moved(moved)


@few
@given(st.integers(25, 33), st.integers(2, 4), st.integers(3, 5))
def test_a_regular_woman_gets_a_narrower_range_than_an_irregular_one(
    length: int, apart: int, pairs: int
) -> None:
    regular = ahead([length] * 2 * pairs)
    irregular = ahead([length - apart, length + apart] * pairs)

    assert width(regular) < width(irregular)


@few
@given(st.integers(24, 34), st.integers(0, 6))
def test_one_more_cycle_of_the_same_length_makes_that_length_likelier(
    length: int, times: int
) -> None:
    fewer, more = (chances_of_length(MODEL, (length,) * count) for count in (times, times + 1))

    assert more[length - 1] > fewer[length - 1]


def test_one_start_is_enough_and_the_chances_are_then_the_populations() -> None:
    found = ahead([])

    assert (found.cycles_told, width(found)) == (0, 13)
    assert found.next_start.median == START + timedelta(days=29)


def test_a_long_gap_between_regular_cycles_is_seen_as_a_start_that_is_missing() -> None:
    found = ahead([28, 27, 56, 29, 28])

    (skipped,) = found.skipped
    assert (skipped.days, skipped.chance > 0.9) == (56, True)
    assert found.likely_start(0.5) == ahead([28, 27, 29, 28]).likely_start(0.5)


def test_a_range_of_cycles_that_are_told_counts_as_cycles() -> None:
    assert ahead([], told_lengths=(26, 31)).next_start == ahead([26, 31]).next_start


def test_what_is_no_cycle_and_no_period_is_left_out() -> None:
    odd = ahead([28], told_lengths=(0, 400), told_bleeding_days=(0, 120))
    plain = ahead([28])

    assert (odd.next_start, odd.next_bleeding_end) == (plain.next_start, plain.next_bleeding_end)


def test_being_unsure_of_the_last_start_spreads_the_next_one() -> None:
    sure = ahead([])
    unsure = forecast(MODEL, period_diary([Period(START, sure=False)], today=LATER), today=START)

    assert isinstance(unsure, CycleForecast)
    assert max(unsure.next_start.chances) < max(sure.next_start.chances)
    assert sum(unsure.next_start.chances) == pytest.approx(1)


def test_an_unsure_length_tells_less() -> None:
    periods = [Period(START - timedelta(days=24 * n), sure=n == 0) for n in range(6)]
    found = forecast(MODEL, period_diary(periods, today=LATER), today=START)

    assert isinstance(found, CycleForecast)
    assert width(found) > width(ahead([24] * 5))


def test_a_late_period_is_said_with_what_to_do_and_a_missed_start_when_that_is_likelier() -> None:
    assert ahead([28] * 4, day=30).late is None
    late, later = ahead([28] * 4, day=33).late, ahead([28] * 4, day=45).late

    assert late is not None and later is not None
    assert "pregnancy test" in late.say and "written down" not in late.say
    assert "written down" in later.say
    assert late.share_longer > later.share_longer


# ---------------------------------------------------------------- when nobody can say


def why(diary_told: PeriodDiary, *, day: int = 0, **more) -> WhyNot:
    last = diary_told.last
    today = (last.start if last else START) + timedelta(days=day)
    found = forecast(MODEL, diary_told, today=today, **more)
    assert isinstance(found, CannotForecast), found
    return found.why


def test_without_a_period_there_is_nothing_to_count_from() -> None:
    assert why(PeriodDiary(())) is WhyNot.NO_PERIOD


def test_a_withdrawal_bleed_says_nothing_of_the_next_one() -> None:
    bleed = Period(START, kind=PeriodKind.WITHDRAWAL)

    assert why(period_diary([bleed], today=LATER)) is WhyNot.WITHDRAWAL


def test_cycles_all_over_the_place_are_irregular() -> None:
    assert why(diary([45, 24, 60, 31, 90])) is WhyNot.IRREGULAR


def test_a_woman_who_says_irregular_is_believed_until_three_cycles_say_otherwise() -> None:
    assert why(diary([28, 29]), regular=False) is WhyNot.IRREGULAR
    assert ahead([28, 29, 28], regular=False).cycles_told == 3


def test_a_period_that_stays_away_is_absent_not_late() -> None:
    assert why(diary([28, 29]), day=91) is WhyNot.ABSENT
    assert ahead([28, 29], day=90).late is not None


def test_every_reason_has_a_sentence_and_something_to_do() -> None:
    assert set(WORDS) == set(WhyNot)
    for reason in WhyNot:
        found = CannotForecast(reason)
        assert found.say.endswith(".") and found.instead.endswith(".")


def test_a_today_before_the_diary_is_refused() -> None:
    with pytest.raises(ValueError, match="before the last start of the diary"):
        forecast(MODEL, diary([28]), today=START - ONE_DAY)


# ---------------------------------------------------------------- bleeding, ovulation, the window


def test_an_end_that_was_told_is_certain_and_one_that_was_not_lies_ahead() -> None:
    told = ahead([28])
    untold = forecast(MODEL, diary([28], bleeding=None), today=START + timedelta(days=3))

    assert told.bleeding_end == one_day(START + timedelta(days=4))
    assert isinstance(untold, CycleForecast)
    assert untold.bleeding_end.first == untold.today


def test_an_end_that_was_never_told_is_not_still_to_come_weeks_later() -> None:
    found = forecast(MODEL, diary([28], bleeding=None), today=START + timedelta(days=20))

    assert isinstance(found, CycleForecast)
    assert found.bleeding_end.median == START + timedelta(days=4)


def test_what_she_usually_bleeds_counts_as_one_period() -> None:
    usual = forecast(MODEL, diary([28], bleeding=None), today=START, usual_bleeding_days=7)
    told = chances_of_bleeding(MODEL, (7,))

    assert isinstance(usual, CycleForecast)
    assert usual.bleeding_end.on(START + timedelta(days=6)) == pytest.approx(told[6])


@few
@given(own_lengths, st.integers(1, 4), st.integers(0, 5))
def test_the_days_of_a_window_are_expected_as_often_as_it_has_days(
    lengths: list[int], first: int, more: int
) -> None:
    days = exam_days(ahead(lengths), first_day=first, last_day=first + more)

    assert sum(one.in_window for one in days) == pytest.approx(more + 1)
    assert all(a.ovulated <= b.ovulated for a, b in pairwise(days))


def test_the_window_of_this_cycle_begins_when_bleeding_has_ended() -> None:
    days = exam_days(ahead([28], day=5), first_day=3, last_day=7, this_cycle=True)

    assert [(one.day - START).days + 1 for one in days] == [8, 9, 10, 11, 12]
    assert all(one.in_window == 1 for one in days)


def test_ovulation_is_before_the_next_period_and_after_the_first_days() -> None:
    found = ahead([28] * 3)

    assert found.ovulation.by(START + timedelta(days=6)) < 0.01
    assert found.ovulation.median == START + timedelta(days=14)
    assert found.next_ovulation.median > found.next_start.median


def test_the_risk_by_day_after_bleeding_is_the_published_one() -> None:
    risks = [ovulated_by(MODEL, days_after_bleeding=day) for day in range(3, 8)]

    assert risks == [0.005, 0.011, 0.028, 0.069, 0.161]
    assert ovulated_by(MODEL, days_after_bleeding=0) == 0
    assert ovulated_by(MODEL, days_after_bleeding=30) == 0.266


def test_short_cycles_carry_more_risk_on_the_same_day_than_long_ones() -> None:
    def risk(*lengths: int) -> float:
        return ovulated_by(MODEL, days_after_bleeding=7, cycle_day=12, lengths=lengths)

    assert risk(24, 25, 24) > 2 * risk(28, 29, 28) > 4 * risk(35, 36, 35)


@few
@given(own_lengths.map(tuple), st.integers(1, 30), st.integers(3, 8))
def test_the_risk_never_falls_from_day_to_day(
    lengths: tuple[int, ...], day: int, bleeding: int
) -> None:
    today, tomorrow = (
        ovulated_by(MODEL, days_after_bleeding=one, cycle_day=bleeding + one, lengths=lengths)
        for one in (day, day + 1)
    )

    assert 0 <= today <= tomorrow <= 1
    assert ovulated_by_cycle_day(MODEL, lengths)[-1] == pytest.approx(1)


# ---------------------------------------------------------------- chances over days


def test_quantiles_and_ranges_of_days() -> None:
    chances = day_chances(START, [0, 1, 2, 1, 0])

    assert as_told(chances) == [(1, 0.25), (2, 0.5), (3, 0.25)]
    assert chances.between(0.5) == (START + ONE_DAY, START + 2 * ONE_DAY)
    assert chances.median == START + 2 * ONE_DAY
    assert (chances.on(START), chances.by(START), chances.by(LATER)) == (0, 0, 1)


def test_nothing_is_left_after_the_last_day() -> None:
    assert one_day(START).after(START) is None
    assert one_day(START).after(START - ONE_DAY) == one_day(START)
