"""Our files, read from the notices, held against two packages that were made by other people."""

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest

from patency.core.calendar.legal import DayKind

# The notice for 2024 closes 1 January alone and says that it joins the weekend before it; the
# package counts that ordinary weekend as holiday.
ORDINARY_WEEKEND = {date(2023, 12, 30), date(2023, 12, 31)}


def days_of(year):
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_china_agrees_with_chinesecalendar_on_every_day(calendars, year):
    for day in days_of(year):
        legal = calendars["CN"].day(day)

        works = legal.kind in (DayKind.WORKDAY, DayKind.MAKE_UP)
        assert works == chinese_calendar.is_workday(day), day
        if day not in ORDINARY_WEEKEND:
            named = chinese_calendar.get_holiday_detail(day)[1] is not None
            assert named == (legal.kind in (DayKind.HOLIDAY, DayKind.MAKE_UP)), day


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_china_agrees_with_holidays_on_every_day_off(calendars, year):
    theirs = holidays.country_holidays("CN", years=year)

    for day in theirs:
        assert calendars["CN"].day(day).kind is DayKind.HOLIDAY, day


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027])
def test_england_agrees_with_holidays_on_every_day(calendars, year):
    theirs = holidays.country_holidays("GB", subdiv="ENG", years=year)

    for day in days_of(year):
        assert (calendars["GB-ENG"].day(day).kind is DayKind.HOLIDAY) == (day in theirs), day
