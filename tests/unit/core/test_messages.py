from dataclasses import replace
from datetime import date, timedelta

import pytest

from patency.config.data import load_protocol
from patency.core.messages import due_messages
from patency.core.protocol.model import Stage
from patency.core.protocol.rulebook import rulebook

BOOK = rulebook(load_protocol("hsg/2026-1"))
EXAM_DAY = date(2025, 10, 28)


def due(days_after, *, examined=True, released=False, language="en", book=BOOK):
    return due_messages(
        book,
        exam_day=EXAM_DAY,
        examined=examined,
        released=released,
        today=EXAM_DAY + timedelta(days=days_after),
        language=language,
    )


def ids(messages):
    return [message.id for message in messages]


@pytest.mark.parametrize(
    ("days_after", "expected"),
    [
        (-8, []),
        (-7, ["preparation"]),
        (-1, ["day-before", "preparation"]),
        (0, ["day-before", "preparation"]),
    ],
)
def test_before_the_examination_she_hears_how_to_prepare(days_after, expected):
    assert ids(due(days_after, examined=False)) == expected


@pytest.mark.parametrize(
    ("days_after", "newest"),
    [
        (0, "aftercare-day-0"),
        (1, "aftercare-day-1"),
        (2, "aftercare-day-1"),
        (14, "aftercare-day-14"),
    ],
)
def test_after_it_the_newest_day_comes_first_and_the_danger_signs_stay(days_after, newest):
    messages = due(days_after)

    assert messages[0].id == newest
    assert "danger-signs" in ids(messages)
    assert "preparation" not in ids(messages)


def test_the_report_brings_its_own_message():
    assert "report-ready" in ids(due(1, released=True))
    assert "report-ready" not in ids(due(1))


def test_days_are_worked_out_from_the_examination_and_the_site():
    message = next(each for each in due(0) if each.id == "aftercare-day-0")
    shorter = rulebook(BOOK.protocol, {"abstinence_days_after": 2})
    earlier = next(each for each in due(0, book=shorter) if each.id == "aftercare-day-0")

    assert "No sex until after Tuesday 11 November 2025" in message.text
    assert "No sex until after Thursday 30 October 2025" in earlier.text


def test_a_message_of_another_stage_is_not_for_her_page():
    of_the_visit = replace(BOOK.protocol.messages[0], stage=Stage.VISIT)
    book = rulebook(replace(BOOK.protocol, messages=(of_the_visit,)))

    assert due(14, book=book) == due(0, examined=False, book=book) == ()


def test_no_place_in_any_message_is_left_unknown_in_any_language():
    for language in BOOK.protocol.words:
        unknown = BOOK.protocol.words[language].language.unknown
        for message in (*due(14, released=True, language=language), *due(0, examined=False)):
            assert unknown not in message.text
            assert "{" not in message.text
