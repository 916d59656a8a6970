"""The official notices, day by day, and what is refused."""

from datetime import date, timedelta

import pytest

from patency.core.calendar.legal import (
    DayKind,
    HolidayYear,
    LegalCalendar,
    LegalDay,
    Notice,
    YearMissing,
    legal_calendars,
)

NOTICE = Notice("State Council", "notice", date(2024, 11, 12), "")


def make_year(country="CN", year=2025, closed=None, make_up=None):
    return HolidayYear(country, year, closed or {}, make_up or {}, NOTICE)


def test_a_day_is_a_workday_a_weekend_a_holiday_or_a_make_up_workday():
    calendar = LegalCalendar(
        "CN",
        {
            2025: make_year(
                closed={date(2025, 10, 1): "National Day"},
                make_up={date(2025, 9, 28): "National Day"},
            )
        },
    )

    assert calendar.day(date(2025, 10, 1)) == LegalDay(DayKind.HOLIDAY, "National Day")
    assert calendar.day(date(2025, 9, 28)) == LegalDay(DayKind.MAKE_UP, "National Day")
    assert calendar.day(date(2025, 9, 27)) == LegalDay(DayKind.WEEKEND)
    assert calendar.day(date(2025, 9, 29)) == LegalDay(DayKind.WORKDAY)
    assert str(calendar.day(date(2025, 9, 28))) == "make-up workday (National Day)"
    assert str(calendar.day(date(2025, 9, 29))) == "workday"


def test_a_year_without_a_notice_is_refused_and_never_guessed():
    calendar = LegalCalendar("CN", {2025: make_year(), 2024: make_year(year=2024)})

    with pytest.raises(YearMissing) as refusal:
        calendar.day(date(2027, 2, 3))

    assert str(refusal.value) == (
        "Whether 2027-02-03 is a working day cannot be said: no official holiday notice of CN is "
        "loaded for 2027. Years loaded: 2024, 2025. Choose a day in one of these years, or add "
        "cn-2027.toml from the official notice (docs/how-to/add-a-holiday-year.md)."
    )
    assert (refusal.value.country, refusal.value.year) == ("CN", 2027)


def test_a_calendar_without_any_year_says_so():
    with pytest.raises(YearMissing, match="Years loaded: none"):
        LegalCalendar("CN", {}).day(date(2025, 1, 1))


def test_a_block_over_new_year_reaches_into_the_year_before_its_notice():
    known = make_year(year=2023, closed={date(2022, 12, 31): "New Year's Day"})
    calendar = LegalCalendar("CN", {2023: known})

    assert calendar.day(date(2022, 12, 31)).kind is DayKind.HOLIDAY
    with pytest.raises(YearMissing):
        calendar.day(date(2022, 12, 30))


def test_one_country_has_one_file_a_year():
    calendars = legal_calendars([make_year(), make_year("GB-ENG"), make_year(year=2024)])

    assert sorted(calendars) == ["CN", "GB-ENG"]
    assert sorted(calendars["CN"].years) == [2024, 2025]
    with pytest.raises(ValueError, match="Two calendars are given for CN 2025"):
        legal_calendars([make_year(), make_year()])


# As printed in the notices: first and last closed day of each block, and the days worked for it.
BLOCKS = [
    ("2022-12-31", "2023-01-02", [], "元旦"),
    ("2023-01-21", "2023-01-27", ["2023-01-28", "2023-01-29"], "春节"),
    ("2023-09-29", "2023-10-06", ["2023-10-07", "2023-10-08"], "中秋节、国庆节"),
    ("2024-02-10", "2024-02-17", ["2024-02-04", "2024-02-18"], "春节"),
    ("2024-10-01", "2024-10-07", ["2024-09-29", "2024-10-12"], "国庆节"),
    ("2025-01-28", "2025-02-04", ["2025-01-26", "2025-02-08"], "春节"),
    ("2025-05-01", "2025-05-05", ["2025-04-27"], "劳动节"),
    ("2025-10-01", "2025-10-08", ["2025-09-28", "2025-10-11"], "国庆节、中秋节"),
    ("2026-01-01", "2026-01-03", ["2026-01-04"], "元旦"),
    ("2026-02-15", "2026-02-23", ["2026-02-14", "2026-02-28"], "春节"),
    ("2026-09-25", "2026-09-27", [], "中秋节"),
    ("2026-10-01", "2026-10-07", ["2026-09-20", "2026-10-10"], "国庆节"),
]


@pytest.mark.parametrize(("first", "last", "worked", "zh"), BLOCKS)
def test_chinas_blocks_are_those_of_the_state_councils_notices(calendars, first, last, worked, zh):
    china = calendars["CN"]
    start, end = date.fromisoformat(first), date.fromisoformat(last)

    names = {
        china.day(start + timedelta(days=number)).name for number in range((end - start).days + 1)
    }
    assert {china.name_in("zh", name) for name in names} == {zh}
    for day in worked:
        assert china.day(date.fromisoformat(day)) == LegalDay(DayKind.MAKE_UP, names.copy().pop())
    outside = {start - timedelta(days=1), end + timedelta(days=1)} - {date(2022, 12, 30)}
    assert all(china.day(day).kind is not DayKind.HOLIDAY for day in outside)


def test_a_name_without_a_translation_stays_as_it_is(calendars):
    assert calendars["CN"].name_in("fr", "Spring Festival") == "Spring Festival"


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2023-05-08", "Bank holiday for the coronation of King Charles III"),
        ("2025-04-18", "Good Friday"),
        ("2025-08-25", "Summer bank holiday"),
        ("2026-12-28", "Boxing Day (substitute day)"),
        ("2027-12-27", "Christmas Day (substitute day)"),
    ],
)
def test_englands_bank_holidays_are_those_of_the_official_list(calendars, day, name):
    assert calendars["GB-ENG"].day(date.fromisoformat(day)) == LegalDay(DayKind.HOLIDAY, name)


def test_england_has_no_make_up_workdays(calendars):
    assert not any(year.make_up for year in calendars["GB-ENG"].years.values())


def test_every_year_names_its_official_source(calendars):
    for calendar in calendars.values():
        for year in calendar.years.values():
            assert year.source.issued_by and year.source.title
            assert year.source.issued_on < date(year.year, 1, 1)
            assert year.source.url.startswith(("https://www.gov.cn/", "https://www.gov.uk/"))
