"""The two articles at their word: whole, contradictions listed, nothing unsafe in the words."""

import re
from datetime import date, timedelta

import pytest

from patency.config.data import load_protocol
from patency.core.protocol.decide import decide, decide_timing
from patency.core.protocol.model import Protocol, Stage, Use
from patency.core.protocol.rulebook import Rulebook, rulebook
from patency.core.study.day_policy import DayPolicy, Key, ProtocolPolicy

STARTED, ENDED = date(2025, 9, 1), date(2025, 9, 5)

# Sentences of the articles that ask nothing of anybody: what the examination is, and a title.
NOTHING_TO_RULE = {"S1.1", "S1.2", "S1.3", "S2.0"}
ROWS = {f"S1.{number}" for number in range(24)} | {f"S2.{number}" for number in range(27)}


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol("hsg/as-published")


@pytest.fixture(scope="module")
def book(protocol: Protocol) -> Rulebook:
    return rulebook(protocol)


def test_it_is_for_study_only(protocol: Protocol) -> None:
    assert protocol.use is Use.STUDY


def test_every_sentence_that_can_be_data_is_data(protocol: Protocol) -> None:
    carried = {
        citation.row
        for citing in (*protocol.rules, *protocol.parameters.values(), *protocol.messages)
        for citation in citing.because
    }
    assert carried >= ROWS - NOTHING_TO_RULE
    assert not carried & NOTHING_TO_RULE


def test_the_garbled_repeat_is_read_once(protocol: Protocol) -> None:
    repeating = [rule for rule in protocol.rules if "S2.13" in {one.row for one in rule.because}]
    first_time = {one.row for rule in repeating for one in rule.because} - {"S2.13"}
    assert first_time == {"S2.10", "S2.11", "S2.12"}


@pytest.mark.parametrize(
    "claim",
    ["months-or-next-cycle", "antibiotics-all-or-as-appropriate", "before-ovulation-or-day-seven"],
)
def test_a_contradiction_is_listed_with_both_sides(protocol: Protocol, claim: str) -> None:
    found = {one.id: one for one in protocol.contested}[claim]
    assert found.choice == ""
    assert len({citation.quote for citation in found.because}) >= (2 if "seven" not in claim else 1)


def test_both_sides_of_a_contradiction_speak_at_once(book: Rulebook) -> None:
    facts = {"tubes_open": "both", "cycles_since_exam": 1, "months_since_exam": 1}
    fired = decide(book, Stage.CONCEPTION, facts).fired
    assert {"patent-may-try", "three-months-of-contraception"} <= fired


def test_with_an_open_week_days_three_to_seven_are_the_window(book: Rulebook) -> None:
    open_days = [
        (day - ENDED).days
        for day in (STARTED + timedelta(days=ahead) for ahead in range(18))
        if not decide_timing(
            book,
            Stage.BOOKING,
            {
                "period_start": STARTED,
                "bleeding_ended": ENDED,
                "exam_date": day,
                "exam_day_open": True,
            },
        ).reasons
    ]
    assert open_days == [3, 4, 5, 6, 7]


UNSAFE = re.compile(r"fuyan|painless|fever|endometriosis(?!.*theory)|no risk", re.IGNORECASE)


def test_no_word_to_a_woman_names_a_brand_promises_no_pain_or_calls_fever_normal(
    protocol: Protocol,
) -> None:
    for words in protocol.words.values():
        said = [
            text.text
            for rule in words.rules.values()
            for text in (rule.say, rule.why, rule.do, rule.come_back, rule.staff)
        ]
        said += [text.text for text in words.messages.values()] + list(words.questions.values())
        assert [text for text in said if UNSAFE.search(text)] == []
    assert "feeling of warmth" in words.messages["what-it-feels-like"].text


def test_the_translation_of_warmth_is_contested(protocol: Protocol) -> None:
    found = {one.id: one for one in protocol.contested}
    assert "warmth" in found["fever-means-warmth"].against
    assert "Never named" in found["brand-of-medicine"].what_we_do


def test_asked_as_a_protocol_it_gives_the_days_of_its_numbers(book: Rulebook) -> None:
    """The engine and the plain arithmetic of days agree on every length of bleeding and weekday."""
    week = frozenset(range(7))
    for lab, exam in ((week, week), (frozenset(range(5)), frozenset(range(5)))):
        asked = ProtocolPolicy(book, False, lab, exam)
        by_hand = DayPolicy((2, 3), (1, 2), (3, 7), lab, exam)
        for menses in range(1, 12):
            for weekday in range(7):
                key = Key(menses, weekday, None)
                assert asked.plans(key) == by_hand.plans(key)


def test_her_shortest_cycle_shortens_the_days(book: Rulebook) -> None:
    week = frozenset(range(7))
    asked = ProtocolPolicy(book, True, week, week)
    assert asked.plans(Key(5, 0, None)).usable == (8, 9, 10)
    assert asked.plans(Key(5, 0, 24)).usable == (8, 9)
    assert asked.plans(Key(5, 0, 21)).usable == ()


def test_a_question_of_both_protocols_is_the_same_question(protocol: Protocol) -> None:
    clinical = load_protocol("hsg/2026-1").facts.types
    shared = [fact for name, fact in protocol.facts.types.items() if name in clinical]
    assert len(shared) > 30
    for fact in shared:
        other = clinical[fact.name]
        assert (fact.kind, fact.choices, fact.unit) == (other.kind, other.choices, other.unit)


def test_a_parameter_of_both_protocols_has_the_same_unit(protocol: Protocol) -> None:
    clinical = load_protocol("hsg/2026-1").parameters
    for name in protocol.parameters.keys() & clinical.keys():
        assert protocol.parameters[name].unit == clinical[name].unit
