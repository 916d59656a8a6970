from datetime import UTC, date, datetime

import pytest

from patency.config.data import DATA
from patency.config.languages import read_languages
from patency.core.protocol.words import template, written

LANGUAGES = read_languages(DATA / "locale")
EN, ZH = LANGUAGES["en"], LANGUAGES["zh"]


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (date(2025, 10, 2), "Thursday 2 October 2025", "2025年10月2日（星期四）"),
        (True, "yes", "是"),
        (False, "no", "否"),
        (None, "not known", "未知"),
        (37.5, "37.5", "37.5"),
        (37.0, "37", "37"),
        (12, "12", "12"),
        (1200.0, "1,200", "1,200"),
        ("III", "III", "III"),
    ],
)
def test_values_are_written_as_a_person_reads_them(value, english, chinese):
    assert written(value, EN) == english
    assert written(value, ZH) == chinese


def test_a_moment_is_written_with_its_time():
    moment = datetime(2025, 10, 2, 7, 5, tzinfo=UTC)

    assert written(moment, EN) == "Thursday 2 October 2025 07:05"


def test_a_template_fills_its_places_and_knows_their_names():
    sentence = template("Day {cycle_day} of {cap}.")

    assert sentence.fill({"cycle_day": 9, "cap": 10}, EN) == "Day 9 of 10."
    assert sentence.names == {"cycle_day", "cap"}
    assert template("").fill({}, EN) == ""
