"""A calendar file is read completely or refused with every place that is wrong."""

import tomllib
from datetime import date

import pytest

from patency.core.calendar.parse import parse_calendar
from patency.core.document import DocumentRefused

GOOD = """
country = "CN"
year = 2019
name = "China 2019"
[source]
issued_by = "State Council"
notice = "notice 15 of 2018"
issued_on = 2018-12-06
url = "https://www.gov.cn/"
[[holiday]]
name = "New Year's Day"
name_zh = "元旦"
from = 2018-12-30
to = 2019-01-01
[[holiday]]
name = "National Day"
on = 2019-10-01
[[workday]]
on = 2018-12-29
instead_of = "New Year's Day"
"""


def parse(text=GOOD, file_name="cn-2019.toml"):
    return parse_calendar(tomllib.loads(text), file_name)


def test_a_block_and_its_make_up_day_may_lie_in_the_year_before():
    year = parse()

    assert list(year.closed) == [
        date(2018, 12, 30),
        date(2018, 12, 31),
        date(2019, 1, 1),
        date(2019, 10, 1),
    ]
    assert year.make_up == {date(2018, 12, 29): "New Year's Day"}
    assert year.names_in == {"zh": {"New Year's Day": "元旦"}}
    assert year.source.issued_on == date(2018, 12, 6)


def test_a_calendar_without_chinese_names_or_url_is_complete():
    year = parse(GOOD.replace('name_zh = "元旦"', "").replace('url = "https://www.gov.cn/"', ""))

    assert (year.names_in, year.source.url) == ({}, "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name_zh", "nam_zh", "holiday[1].nam_zh: is not known here. Did you mean 'name_zh'?"),
        ("[[workday]]", "[[wrkday]]", "wrkday: is not known here. Did you mean 'workday'?"),
        ("issued_on = 2018-12-06", "", "source.issued_on: is missing. It must be a day such as"),
        ("2018-12-06", '"2018-12-06"', "'2018-12-06' is not a day such as 2025-10-01"),
        ("2018-12-06", "2018-12-06T00:00:00", "is not a day such as 2025-10-01"),
        ("year = 2019", "year = 2020", "a file for CN 2020 is called cn-2020.toml"),
        ("year = 2019", "year = 19", "year: 19 is not a whole number of years from 2000 up to"),
        ("year = 2019", "", "year: is missing."),
        ("[source]", "[sauce]", "source: is missing. It must be a table [source]; add it."),
        ("[source]", "[[source]]", "is not a table [source]."),
        ("on = 2019-10-01", "on = 2020-10-01", "2020-10-01 is not in 2019. Only a block that"),
        ("on = 2019-10-01", "on = 2019-01-01", 'is already in "New Year\'s Day". Write each'),
        ("on = 2019-10-01", "", "on: is missing. Write on = a day, or from = and to ="),
        ("on = 2019-10-01", "on = 2019-10-01\nto = 2019-10-02", "stands beside 'from' or 'to'"),
        ("on = 2019-10-01", "from = 2019-10-01", "holiday[2].to: is missing."),
        ("to = 2019-01-01", "to = 2018-12-29", "2018-12-29 does not follow 2018-12-30 within 31"),
        ("to = 2019-01-01", "to = 2019-02-01", "does not follow 2018-12-30 within 31 days"),
        ("on = 2018-12-29", "on = 2018-12-28", "2018-12-28 is a weekday. A make-up workday is"),
        ("on = 2018-12-29", "on = 2018-12-30", "2018-12-30 stands here twice."),
        ("on = 2018-12-29", "", "workday[1].on: is missing."),
        (
            'instead_of = "New Year\'s Day"',
            'instead_of = "National Day"',
            "2018-12-29 is not in 2019. Only the make-up day of a block that runs over New Year",
        ),
        (
            'instead_of = "New Year\'s Day"',
            'instead_of = "New Year Day"',
            'Did you mean "New Year\'s Day"?',
        ),
    ],
)
def test_each_mistake_is_named_with_its_place(old, new, message):
    with pytest.raises(DocumentRefused) as refusal:
        parse(GOOD.replace(old, new, 1))

    assert message in str(refusal.value)
    assert "cn-2019.toml: " in str(refusal.value)
    assert str(refusal.value).endswith("See docs/how-to/add-a-holiday-year.md.")


def test_all_mistakes_are_named_at_once():
    with pytest.raises(DocumentRefused) as refusal:
        parse(GOOD.replace("2018-12-06", "1").replace("on = 2019-10-01", "on = 2"))

    assert len(str(refusal.value).splitlines()) == 3


def test_holidays_must_be_tables():
    document = tomllib.loads(GOOD) | {"holiday": ["2019-01-01"], "workday": []}

    with pytest.raises(DocumentRefused, match=r"Write each as \[\[holiday\]\]"):
        parse_calendar(document, "cn-2019.toml")
