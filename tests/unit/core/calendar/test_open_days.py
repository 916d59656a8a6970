"""Open days and working-day sums: tables for the cases people know, laws for the rest."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.calendar.legal import HolidayYear, LegalCalendar, Notice, YearMissing
from patency.core.calendar.open_days import Closure, OpenDays, WhyClosed

MON_TO_FRI = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
NOTICE = Notice("State Council", "notice", date(2024, 11, 12), "")


def make_calendar():
    """2024 to 2027, with National Day 2025 as the notice has it and no other holiday."""
    october = {date(2025, 10, day): "National Day" for day in range(1, 9)}
    worked = {date(2025, 9, 28): "National Day", date(2025, 10, 11): "National Day"}
    years = {
        year: HolidayYear(
            "CN", year, october if year == 2025 else {}, worked if year == 2025 else {}, NOTICE
        )
        for year in range(2024, 2028)
    }
    return LegalCalendar("CN", years)


CALENDAR = make_calendar()
OFFICE = OpenDays(CALENDAR, MON_TO_FRI, open_on_make_up=True)

days = st.dates(date(2024, 1, 1), date(2025, 12, 31))
counts = st.integers(1, 40)
services = st.builds(
    OpenDays,
    calendar=st.just(CALENDAR),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    open_on_make_up=st.booleans(),
    closures=st.dictionaries(days, st.just("training"), max_size=10),
)


@given(services, days, counts)
def test_a_working_day_sum_never_lands_on_a_closed_day(service, day, n):
    assert service.is_open(service.add_working_days(day, n))


@given(services, days, counts)
def test_adding_working_days_and_counting_them_gives_the_same_number(service, day, n):
    assert service.working_days_between(day, service.add_working_days(day, n)) == n


@given(services, days, counts)
def test_a_later_start_or_a_longer_wait_never_ends_earlier(service, day, n):
    end = service.add_working_days(day, n)

    assert service.add_working_days(day + timedelta(days=1), n) >= end
    assert service.add_working_days(day, n + 1) > end


@given(services, days, counts, counts)
def test_waiting_twice_is_waiting_once_for_the_sum(service, day, n, more):
    assert service.add_working_days(
        service.add_working_days(day, n), more
    ) == service.add_working_days(day, n + more)


@given(services, days)
def test_the_next_open_day_is_the_first_one(service, day):
    found = service.next_open_day(day)

    between = [day + timedelta(days=number) for number in range((found - day).days)]
    assert service.is_open(found)
    assert not any(service.is_open(earlier) for earlier in between)


@given(services, days)
def test_a_day_is_open_or_has_a_reason(service, day):
    assert service.is_open(day) == (service.closed_because(day) is None)


@pytest.mark.parametrize(
    ("signed", "n", "released"),
    [
        ("2025-09-22", 1, "2025-09-23"),  # Monday, so Tuesday
        ("2025-09-26", 1, "2025-09-28"),  # Friday; the Sunday is a make-up workday
        ("2025-09-19", 1, "2025-09-22"),  # Friday, so Monday
        ("2025-09-20", 1, "2025-09-22"),  # Saturday is day 0 all the same
        ("2025-09-30", 1, "2025-10-09"),  # the eve of an eight-day holiday
        ("2025-09-30", 2, "2025-10-10"),
        ("2025-09-30", 3, "2025-10-11"),  # the make-up Saturday after it
        ("2025-10-04", 1, "2025-10-09"),  # signed within the holiday
    ],
)
def test_a_report_is_released_on_the_nth_working_day_after_it_was_signed(signed, n, released):
    found = OFFICE.add_working_days(date.fromisoformat(signed), n)

    assert found == date.fromisoformat(released)


@pytest.mark.parametrize(
    ("service", "day", "reason"),
    [
        (OFFICE, "2025-10-01", "legal holiday: National Day"),
        (OFFICE, "2025-09-27", "closed on Saturdays"),
        (OFFICE, "2025-09-28", None),
        (OpenDays(CALENDAR, MON_TO_FRI, False), "2025-09-28", "closed on Sundays"),
        (OpenDays(CALENDAR, EVERY_DAY, False), "2025-09-28", None),
        (OpenDays(CALENDAR, EVERY_DAY, False), "2025-10-04", "legal holiday: National Day"),
        (
            OpenDays(CALENDAR, MON_TO_FRI, True, {date(2025, 9, 28): "moving house"}),
            "2025-09-28",
            "closed: moving house",
        ),
    ],
)
def test_each_closed_day_says_why(service, day, reason):
    assert service.closed_because(date.fromisoformat(day)) == reason


def test_a_reason_can_be_put_into_other_words():
    assert OFFICE.closure(date(2025, 10, 1)) == Closure(WhyClosed.LEGAL_HOLIDAY, "National Day")


def test_a_sum_that_runs_into_a_year_without_a_notice_is_refused():
    with pytest.raises(YearMissing, match="no official holiday notice of CN is loaded for 2028"):
        OFFICE.add_working_days(date(2027, 12, 31), 1)


def test_a_day_that_is_never_open_is_refused_too_in_a_year_without_a_notice():
    with pytest.raises(YearMissing):
        OFFICE.is_open(date(2028, 1, 1))


@pytest.mark.parametrize("n", [0, -1])
def test_no_working_day_lies_after_zero_days(n):
    with pytest.raises(ValueError, match="Add 1 or more"):
        OFFICE.add_working_days(date(2025, 9, 22), n)


def test_working_days_are_counted_forwards_only():
    assert OFFICE.working_days_between(date(2025, 9, 22), date(2025, 9, 22)) == 0
    with pytest.raises(ValueError, match="the end lies before the start"):
        OFFICE.working_days_between(date(2025, 9, 22), date(2025, 9, 21))


@pytest.mark.parametrize("weekdays", [frozenset(), frozenset({7})])
def test_a_service_opens_on_real_weekdays(weekdays):
    with pytest.raises(ValueError, match="at least one of 0"):
        OpenDays(CALENDAR, weekdays, open_on_make_up=False)
