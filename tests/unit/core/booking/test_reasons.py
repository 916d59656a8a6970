"""Why a day was proposed or not: stored as codes and values, said in sentences."""

import json
import re
from datetime import date

import pytest

from patency.core.booking.explain import Seen, why_given, why_refused
from patency.core.booking.reasons import SENTENCES, reason, sentence, sentences
from patency.core.booking.sessions import (
    About,
    DayPair,
    Operator,
    Part,
    Session,
    Strength,
    Wish,
    timetable,
)
from patency.core.booking.window import ExamWindow, WindowDay

MON, TUE, WED = (date(2025, 9, day) for day in (22, 23, 24))
VALUES = {
    "day": TUE,
    "part": "morning",
    "campus": "west",
    "share": 0.028,
    "rules": ["cycle-day-over-cap"],
    "about": ["language"],
    "refused": 2,
}


def make_day(day: date) -> WindowDay:
    return WindowDay(day, 9, 4, None, (), (), (MON,))


def make_session(day: date, places: int, sex: str = "male") -> Session:
    operator = Operator("op", sex, frozenset({"zh-hans"}))
    return Session(f"exam/{day}", "exam", day, Part.MORNING, "west", "x-1", operator, places)


def make_seen(*free: Session, held: tuple[date, ...] = (), wishes: tuple[Wish, ...] = ()) -> Seen:
    return Seen(
        window=ExamWindow((make_day(TUE), make_day(WED)), True, None, None),
        pairs=(DayPair(None, TUE, 0.011), DayPair(None, WED, 0.028)),
        wishes=wishes,
        hours=timetable(free),
        held={day: frozenset({("morning", "west")}) for day in held},
        today=MON,
    )


def codes(reasons: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(each["code"], each.get("day")) for each in reasons]


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_code_has_a_sentence_and_can_be_stored(code: str) -> None:
    kept = json.loads(json.dumps(reason(code, **VALUES)))

    said = sentence(kept)

    assert said.endswith(".")
    assert not re.search(r"[{}\[\]]|\d{4}-\d\d-\d\d", said)


def test_a_reason_nobody_knows_cannot_be_stored_and_a_stored_one_is_said_as_it_is() -> None:
    with pytest.raises(KeyError):
        reason("because")
    assert sentences([{"code": "of-a-later-version"}, {"day": "2025-09-23"}]) == [
        "of-a-later-version."
    ]


def test_the_earliest_day_needs_no_excuse() -> None:
    seen = make_seen(make_session(TUE, 1), held=(TUE, WED))

    found = why_given(seen, make_session(TUE, 1), None)

    assert [code for code, _ in codes(found)] == [
        "planned",
        "test-passed",
        "ovulation-risk",
        "earliest",
    ]
    assert found[2]["share"] == 0.011


def test_what_stood_against_an_earlier_day_is_named() -> None:
    free = make_session(WED, 1)

    assert ("full", TUE.isoformat()) in codes(
        why_given(make_seen(free, held=(TUE, WED)), free, None)
    )
    assert ("no-session", TUE.isoformat()) in codes(
        why_given(make_seen(free, held=(WED,)), free, None)
    )


def test_a_refusal_ends_with_what_would_have_changed_it() -> None:
    found = why_refused(make_seen(held=(TUE,)))

    assert codes(found) == [
        ("full", TUE.isoformat()),
        ("no-session", WED.isoformat()),
        ("one-more-place", TUE.isoformat()),
        ("one-more-place", WED.isoformat()),
    ]


def test_a_wish_that_costs_her_the_day_is_named_on_both_sides() -> None:
    wish = Wish(About.OPERATOR_SEX, frozenset({"female"}), Strength.MUST)
    free = make_session(TUE, 1)

    found = why_refused(make_seen(free, held=(TUE,), wishes=(wish,)))

    assert ("not-as-wished", TUE.isoformat()) in codes(found)
    assert ("without-wish", None) in codes(found)
    rather = Wish(About.OPERATOR_SEX, frozenset({"female"}), Strength.RATHER)
    assert ("given-to-others", TUE.isoformat()) in codes(
        why_refused(make_seen(free, held=(TUE,), wishes=(rather,)))
    )


def test_a_place_with_others_is_not_called_full() -> None:
    found = why_refused(make_seen(make_session(TUE, 1), held=(TUE, WED)))

    assert codes(found)[0] == ("given-to-others", TUE.isoformat())


def test_without_a_window_she_is_told_what_to_tell() -> None:
    seen = Seen(None, (), (), timetable([]), {}, MON)

    assert codes(why_refused(seen)) == [("tell-bleeding-end", None)]
