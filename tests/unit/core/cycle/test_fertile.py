"""The fertile days: six days that end with ovulation, as chances."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.cycle.chances import day_chances, one_day
from patency.core.cycle.fertile import HowLikely, fertile_days

FIRST = date(2025, 10, 4)
weights = st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(lambda many: sum(many) > 0)


def test_a_known_ovulation_has_six_certain_days_that_end_with_it():
    found = fertile_days(one_day(FIRST))

    assert [each.day for each in found.days] == [
        FIRST - timedelta(days=n) for n in range(5, -1, -1)
    ]
    assert all(each.how_likely is HowLikely.LIKELY for each in found.days)
    assert found.last == FIRST


@pytest.mark.parametrize(
    ("chance", "word"), [(0.5, "likely"), (0.49, "possible"), (0.1, "possible"), (0.09, "unlikely")]
)
def test_the_words_begin_at_one_half_and_one_tenth(chance, word):
    far = day_chances(FIRST, [chance, *[0.0] * 30, 1 - chance])

    assert fertile_days(far).days[0].how_likely == word


def test_days_in_between_are_shown_and_unlikely_ends_are_not():
    found = fertile_days(day_chances(FIRST, [0.02, *[0.0] * 9, 0.48, *[0.0] * 9, 0.5]))

    shown = found.worth_showing()
    assert shown[0].day == FIRST + timedelta(days=5)
    assert shown[-1].day == FIRST + timedelta(days=20)
    assert HowLikely.UNLIKELY in {each.how_likely for each in shown}


@given(weights)
def test_the_chances_of_all_days_sum_to_six_days(many):
    found = fertile_days(day_chances(FIRST, many))

    assert sum(each.chance for each in found.days) == pytest.approx(6)
    assert all(0 <= each.chance <= 1 for each in found.days)


@given(weights, st.integers(-400, 400))
def test_a_later_ovulation_has_the_same_days_so_much_later(many, days):
    ovulation = day_chances(FIRST, many)

    here, there = fertile_days(ovulation), fertile_days(ovulation.moved(days))

    assert [each.day + timedelta(days=days) for each in here.days] == [
        each.day for each in there.days
    ]
    assert [each.chance for each in here.days] == [each.chance for each in there.days]


@given(weights)
def test_every_day_that_may_be_the_ovulation_may_be_fertile(many):
    ovulation = day_chances(FIRST, many)
    chances = {each.day: each.chance for each in fertile_days(ovulation).days}

    assert all(chances[day] >= chance - 1e-9 for day, chance in ovulation.days())
