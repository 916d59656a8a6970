from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.protocol.decide import Override, decide, decide_timing
from patency.core.protocol.model import Outcome, Stage, Urgency
from patency.core.protocol.rulebook import ParameterRefused, rulebook, rulebook_with
from tests.unit.core.protocol.small import TEMPERATURE, WORDS, small_protocol

PROTOCOL = small_protocol()
BOOK = rulebook(PROTOCOL)
COOL = {"temperature_c": 36.8, "period_start": date(2025, 9, 1), "exam_date": date(2025, 9, 9)}
HOT = COOL | {"temperature_c": 37.6}
LATE_AND_HOT = HOT | {"exam_date": date(2025, 9, 12)}
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "temperature_c": st.floats(36, 39),
        "period_start": st.just(date(2025, 9, 1)),
        "exam_date": st.dates(date(2025, 9, 1), date(2025, 9, 20)),
    },
)


def override(rule_id):
    return Override(rule_id, "seen and examined", "dr-wang", datetime(2025, 9, 9, 8, tzinfo=UTC))


def test_nothing_fires_and_nothing_is_open_so_she_may_proceed():
    decision = decide(BOOK, Stage.BOOKING, COOL)

    assert decision.verdict == "CLEAR"
    assert decision.may_proceed
    assert decision.outcome is None


def test_all_rules_that_fire_are_listed_and_the_worst_wins():
    decision = decide(BOOK, Stage.BOOKING, LATE_AND_HOT)

    assert decision.fired == {"cycle-day-over-cap", "temperature-too-high"}
    assert decision.verdict == "BLOCK"
    assert decision.outcome is Outcome.BLOCK
    assert not decision.may_proceed


def test_a_reason_keeps_its_words_as_they_were_shown():
    decision = decide(BOOK, Stage.BOOKING, LATE_AND_HOT)

    said = {reason.rule.id: reason for reason in decision.reasons}
    assert said["temperature-too-high"].say == "Your temperature is 37.6 °C."
    assert said["temperature-too-high"].why == "The exam needs it below 37.5 °C."
    assert said["cycle-day-over-cap"].say == ("Friday 12 September 2025 is day 12 of your cycle.")


def test_an_unasked_question_holds_her_back_and_comes_back_as_the_question():
    decision = decide(BOOK, Stage.BOOKING, {"temperature_c": 36.8})

    assert decision.verdict == "ASK"
    assert not decision.may_proceed
    assert decision.questions == ("exam_date", "period_start")
    assert [each.rule.id for each in decision.unsettled] == ["cycle-day-over-cap"]


def test_only_the_rules_of_the_stage_speak():
    assert decide(BOOK, Stage.VISIT, LATE_AND_HOT).fired == {"temperature-too-high"}
    assert decide(BOOK, Stage.AFTERCARE, LATE_AND_HOT).fired == frozenset()


def test_the_timing_rules_can_be_asked_alone():
    assert decide_timing(BOOK, Stage.BOOKING, LATE_AND_HOT).fired == {"cycle-day-over-cap"}


def test_an_override_takes_one_rule_away_and_leaves_the_others():
    decision = decide(BOOK, Stage.BOOKING, LATE_AND_HOT)

    assert not decision.may_proceed_after([override("temperature-too-high")])
    assert decision.may_proceed_after(
        [override("temperature-too-high"), override("cycle-day-over-cap")]
    )
    assert [reason.rule.id for reason in decision.standing([override("cycle-day-over-cap")])] == [
        "temperature-too-high"
    ]


def test_an_open_question_is_answered_never_overridden():
    decision = decide(BOOK, Stage.VISIT, {})

    assert not decision.may_proceed_after([override("temperature-too-high")])


def test_a_flag_waits_for_a_clinician_and_an_info_for_nobody():
    flag = rulebook(
        small_protocol(
            rules__temperature_too_high=TEMPERATURE.replace('"HOLD"', '"FLAG"'),
        )
    )
    info = rulebook(
        small_protocol(
            rules__temperature_too_high=TEMPERATURE.replace('"HOLD"', '"INFO"'),
        )
    )

    assert decide(flag, Stage.VISIT, HOT).verdict == "FLAG"
    assert not decide(flag, Stage.VISIT, HOT).may_proceed
    assert decide(info, Stage.VISIT, HOT).verdict == "CLEAR"
    assert decide(info, Stage.VISIT, HOT).may_proceed
    assert decide(info, Stage.VISIT, {}).may_proceed
    assert decide(info, Stage.VISIT, {}).questions == ("temperature_c",)


def test_the_soonest_urgency_wins():
    urgent = TEMPERATURE.replace("[when]", 'urgency = "U"\n[when]')
    book = rulebook(small_protocol(rules__temperature_too_high=urgent))

    assert decide(book, Stage.VISIT, HOT).urgency is Urgency.URGENT
    assert decide(book, Stage.VISIT, COOL).urgency is None


def test_general_knowledge_alone_activates_nothing():
    unconfirmed = TEMPERATURE.replace('evidence = "L"', 'evidence = "K"')
    book = rulebook(small_protocol(rules__temperature_too_high=unconfirmed))

    assert decide(book, Stage.BOOKING, HOT).fired == frozenset()
    assert not book.protocol.rule("temperature-too-high").active


def test_a_proposal_of_ours_is_known_as_one():
    assert PROTOCOL.rule("cycle-day-over-cap").is_our_proposal
    assert not PROTOCOL.rule("temperature-too-high").is_our_proposal
    with pytest.raises(KeyError, match="no rule 'else'"):
        PROTOCOL.rule("else")


def test_a_site_sets_its_own_value_and_the_decision_keeps_it():
    book = rulebook(PROTOCOL, {"temperature_limit_c": 37.8})

    decision = decide(book, Stage.VISIT, HOT)

    assert decision.verdict == "CLEAR"
    assert decision.local == {"temperature_limit_c": 37.8}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("temperature_limit", 37.5, "Did you mean 'temperature_limit_c'"),
        ("cycle_day_cap", 11, "A site may not set cycle_day_cap"),
        ("temperature_limit_c", 40, "outside its range, 37 to 38"),
        ("temperature_limit_c", "hot", "is not a number of °C"),
        ("temperature_limit_c", True, "is not a number of °C"),
    ],
)
def test_a_site_may_not_set_what_is_not_its_own(name, value, sentence):
    with pytest.raises(ParameterRefused, match=sentence.replace("(", r"\(")):
        rulebook(PROTOCOL, {name: value})


def test_a_study_may_set_any_parameter_within_its_range():
    book = rulebook_with(PROTOCOL, {"cycle_day_cap": 12})

    assert decide(book, Stage.BOOKING, COOL | {"exam_date": date(2025, 9, 12)}).may_proceed


def test_an_unknown_fact_in_a_sentence_is_said_to_be_unknown():
    words = WORDS.replace(
        'staff = "Temperature {temperature_c} °C."', 'staff = "Start {period_start}."'
    )
    book = rulebook(small_protocol(words))

    decision = decide(book, Stage.VISIT, {"temperature_c": 39.0})

    assert decision.reasons[0].staff == "Start not known."


@given(FACTS, FACTS)
def test_learning_more_never_takes_a_reason_away(facts, more):
    before = decide(BOOK, Stage.BOOKING, facts)
    after = decide(BOOK, Stage.BOOKING, {**more, **facts})

    assert before.fired <= after.fired
    if before.may_proceed:
        assert after.may_proceed


@given(FACTS)
def test_the_same_facts_give_the_same_decision(facts):
    assert decide(BOOK, Stage.BOOKING, facts) == decide(rulebook(PROTOCOL), Stage.BOOKING, facts)
