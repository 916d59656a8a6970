from dataclasses import replace
from datetime import date

from patency.core.protocol.compare import Changed, decide_both, difference
from patency.core.protocol.model import Stage
from patency.core.protocol.rulebook import rulebook
from tests.unit.core.protocol.small import PARAMETERS, TEMPERATURE, WORDS, small_protocol

OLD = small_protocol()


def test_a_protocol_differs_in_nothing_from_itself():
    assert difference(OLD, small_protocol()).nothing


def test_a_rule_that_was_taken_away_and_one_that_was_added_are_named():
    words = WORDS.replace("temperature-too-high", "too-hot")
    new = small_protocol(
        words,
        rules__temperature_too_high=None,
        rules__too_hot=TEMPERATURE.replace("temperature-too-high", "too-hot"),
    )

    found = difference(OLD, new)

    assert found.rules_added == ("too-hot",)
    assert found.rules_removed == ("temperature-too-high",)
    assert not found.nothing


def test_what_changed_in_a_rule_is_said_from_and_to():
    rule = (
        TEMPERATURE.replace('"HOLD"', '"BLOCK"')
        .replace('"clinician"', '"consultant"')
        .replace('["visit", "booking"]', '["booking"]')
        .replace("at_least", "more_than")
        .replace("temperature_c = 37.5 }", "temperature_c = 37.6 }")
        .replace('evidence = "L"', 'evidence = "G"')
        .replace("review =", 'urgency = "U"\nreview =')
    )
    new = small_protocol(
        WORDS.replace("Rest, and", "Please rest, and"), rules__temperature_too_high=rule
    )

    assert difference(OLD, new).rules_changed == (
        Changed(
            "temperature-too-high",
            (
                "outcome: HOLD → BLOCK",
                "urgency: none → U",
                "override: clinician → consultant",
                "stages: visit, booking → booking",
                "condition: temperature_c is at least 37.5 °C [temperature_limit_c] → "
                "temperature_c is more than 37.5 °C [temperature_limit_c]",
                "evidence: L → G",
                "words (en)",
            ),
        ),
    )


def test_a_signature_and_an_owner_are_changes_too():
    signed = replace(OLD.rules[0], signed_off_by="lead gynaecologist", owner="clinic manager")
    new = replace(OLD, rules=(signed, *OLD.rules[1:]))

    [changed] = difference(OLD, new).rules_changed

    assert changed.what == (
        "owner: lead gynaecologist → clinic manager",
        "signed off by: nobody → lead gynaecologist",
    )


def test_changed_numbers_are_said_with_their_unit():
    new = small_protocol(parameters=PARAMETERS.replace("high = 12", "high = 14\nlocal = true"))
    value = replace(OLD.parameters["temperature_limit_c"], value=37.4, choices=("37.4",))
    newer = replace(OLD, parameters=OLD.parameters | {"temperature_limit_c": value})

    assert difference(OLD, new).parameters_changed == (
        Changed("cycle_day_cap", ("range: 10 to 12 → 10 to 14", "a site may set it: no → yes")),
    )
    assert difference(OLD, newer).parameters_changed[0].what == (
        "value: 37.5 °C → 37.4 °C",
        "range: 37 to 38 → 37.4",
    )


def test_facts_and_parameters_that_come_and_go_are_named():
    kept = {name: one for name, one in OLD.parameters.items() if name != "cycle_day_cap"}
    facts = {name: one for name, one in OLD.facts.types.items() if name != "cough"}
    less = replace(OLD, parameters=kept, facts=replace(OLD.facts, types=facts), rules=())

    assert difference(OLD, less).parameters_removed == ("cycle_day_cap",)
    assert difference(less, OLD).parameters_added == ("cycle_day_cap",)
    assert difference(OLD, less).facts_removed == ("cough",)
    assert difference(less, OLD).facts_added == ("cough",)


def test_a_decision_under_two_versions_shows_what_fires_and_what_is_asked():
    without = replace(OLD, rules=tuple(rule for rule in OLD.rules if not rule.timing))
    facts = {"period_start": date(2025, 9, 1), "exam_date": date(2025, 9, 11)}

    both = decide_both(rulebook(OLD), rulebook(without), Stage.BOOKING, facts)
    back = decide_both(rulebook(without), rulebook(OLD), Stage.BOOKING, facts)

    assert both.fires_no_more == back.fires_now == ("cycle-day-over-cap",)
    assert both.fires_now == back.fires_no_more == ()
    assert (both.old.verdict, both.new.verdict) == ("BLOCK", "ASK")
    assert both.verdict_changed
    assert not both.nothing


def test_a_question_that_only_one_version_asks_is_named():
    without = replace(OLD, rules=tuple(rule for rule in OLD.rules if rule.timing))

    both = decide_both(rulebook(OLD), rulebook(without), Stage.BOOKING, {})
    back = decide_both(rulebook(without), rulebook(OLD), Stage.BOOKING, {})

    assert both.asks_no_more == back.asks_now == ("temperature_c",)
    assert both.asks_now == back.asks_no_more == ()
    assert not both.verdict_changed
    assert not both.nothing


def test_the_same_version_decides_the_same():
    assert decide_both(rulebook(OLD), rulebook(OLD), Stage.VISIT, {"temperature_c": 38}).nothing
