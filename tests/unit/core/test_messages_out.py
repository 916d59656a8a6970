"""When what leaves the house goes, when it goes again, and what stops it."""

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.messages import (
    AT_ANY_HOUR,
    BACK_OFF,
    Words,
    asks_to_stop,
    goes_at,
    in_language,
    parse_messages,
    tries_again_at,
)
from patency.core.site.messaging import MessageHabits

ZONE = timezone(timedelta(hours=8))


def make_habits(first: time = time(21, 30), last: time = time(7)) -> MessageHabits:
    return MessageHabits(
        quiet_from=first,
        quiet_until=last,
        remind_at=time(17),
        diary_at=time(19),
        diary_days=(1,),
        chosen_on=date(2025, 9, 1),
        chosen_by="clinic manager",
        review=date(2026, 9, 1),
        provenance="test",
    )


def at(clock: str, day: int = 22) -> datetime:
    return datetime.fromisoformat(f"2025-09-{day}T{clock}:00+08:00")


@pytest.mark.parametrize(
    ("ready", "goes"),
    [
        (at("21:29"), at("21:29")),
        (at("21:30"), at("07:00", 23)),
        (at("23:59"), at("07:00", 23)),
        (at("00:00"), at("07:00")),
        (at("06:59"), at("07:00")),
        (at("07:00"), at("07:00")),
    ],
)
def test_what_can_wait_goes_when_the_quiet_hours_are_over(ready: datetime, goes: datetime) -> None:
    assert goes_at(ready, make_habits(), message="appointment-made", ends=None) == goes


@pytest.mark.parametrize(("ends", "waits"), [("07:59", False), ("08:00", True), ("03:00", False)])
def test_what_is_over_soon_after_them_goes_at_once(ends: str, waits: bool) -> None:
    ready = at("01:00")

    goes = goes_at(ready, make_habits(), message="place-kept", ends=at(ends))

    assert (goes > ready) is waits


@pytest.mark.parametrize("message", sorted(AT_ANY_HOUR))
def test_each_exception_goes_at_any_hour_and_has_its_reason(message: str) -> None:
    assert goes_at(at("02:00"), make_habits(), message=message, ends=None) == at("02:00")
    assert len(AT_ANY_HOUR[message]) > 10


clocks = st.times().map(lambda each: each.replace(second=0, microsecond=0))
moments = st.datetimes(
    min_value=datetime.fromisoformat("2025-01-01"),
    max_value=datetime.fromisoformat("2026-01-01"),
    timezones=st.just(ZONE),
)


@given(moments, clocks, clocks)
def test_a_message_never_goes_in_the_quiet_hours_nor_before_it_is_ready_nor_a_day_late(
    ready: datetime, first: time, last: time
) -> None:
    habits = make_habits(first, last)

    goes = goes_at(ready, habits, message="appointment-made", ends=None)

    assert not habits.is_quiet(goes.time())
    assert timedelta() <= goes - ready <= timedelta(days=1)


def test_a_site_without_quiet_hours_has_none() -> None:
    habits = make_habits(time(7), time(7))

    assert not any(habits.is_quiet(time(hour)) for hour in range(24))


def test_tries_come_later_and_later_and_then_end() -> None:
    now = at("09:00")
    waits = [tries_again_at(now, tries) for tries in range(1, len(BACK_OFF) + 2)]

    assert waits[:-1] == [now + each for each in sorted(BACK_OFF)]
    assert waits[-1] is None


@pytest.mark.parametrize("text", ["STOP", "stop!", " Td ", "退订", "退订。", "取消", "N"])
def test_an_answer_that_stops(text: str) -> None:
    assert asks_to_stop(text)


@pytest.mark.parametrize("text", ["", "STOP please", "no", "好的", "stopped", "T T"])
def test_an_answer_that_does_not(text: str) -> None:
    assert not asks_to_stop(text)


def test_words_are_found_by_language_and_else_in_english() -> None:
    words = parse_messages(
        {
            "en": {"one": {"subject": "S", "text": "T"}},
            "zh": {"one": {"subject": "主", "text": "文"}},
        }
    )["one"]

    assert in_language(words, "zh-hans") == Words("主", "文")
    assert in_language(words, "fr") == Words("S", "T")


def test_a_message_that_a_language_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="'one' has no words in zh"):
        parse_messages({"en": {"one": {"subject": "S", "text": "T"}}, "zh": {}})
