"""The default protocol, case by case: every rule's examples, every whole decision, every word."""

import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from patency.config.data import DATA, load_protocol
from patency.core.facts import FactValue
from patency.core.protocol.conditions import holds
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Case, Citation, Evidence, Example, Protocol, Rule, Stage
from patency.core.protocol.parse_rule import CANNOT_TELL, STAYS_QUIET
from patency.core.protocol.rulebook import Rulebook, derive, rulebook, rulebook_with

VERSION = "hsg/2026-1"
PROTOCOL: Protocol = load_protocol(VERSION)
TODAY = date(2026, 11, 22)
WORD_FILES = sorted(DATA.glob(f"locale/*/protocols/{VERSION}.toml"))

# What no woman may read: a brand, a promise of no pain, a high temperature as a usual feeling.
NEVER_SAID = re.compile(
    r"\bfuyan\b|painless|pain-free|\bfever\b|lipiodol|omnipaque|\bfailed\b|无痛|妇炎|发烧|发热",
    re.IGNORECASE,
)

# S2.13 is a garbled repeat of S2.10 to S2.12.
ROWS = [f"S1.{n}" for n in range(24)] + [f"S2.{n}" for n in range(27) if n != 13]

VECTORS = (
    "5 days of bleeding, 28-day cycle, cap 10: day 9 is allowed",
    "7 days of bleeding, 28-day cycle, cap 10: day 10 is the only day",
    "7 days of bleeding, 28-day cycle, cap 10: day 11 needs extended approval",
    "7 days of bleeding, 24-day cycle: day 9 is too soon",
    "7 days of bleeding, 24-day cycle: day 10 is past the ovulation bound",
    "3 days of bleeding, exam on day 5: too early",
    "spotting on the exam day: reschedule, no exam",
    "temperature 37.4 passes",
    "temperature 37.5 holds",
    "temperature 37.6 holds",
    "cleanliness II, all negative: passes",
    "cleanliness III with white cells, rest negative: gynaecologist",
    "trichomonas positive: treat, partner, retest",
    "trichomonas treated, not retested: the hold stays",
    "trichomonas treated and retested: released",
    "urine test negative, cycle of 40 days, last bleed light: serum hCG",
    "bleeding on day 8, light, no other symptom: C",
    "bleeding on day 8 with 38.2 °C: U",
    "the same on the 2nd day of an 8-day legal holiday: identical",
    "2 pads in 1 hour on day 1: E",
    "temperature 38.0 on day 2, no pain: U",
    "temperature 38.0 on day 2 with pain: E",
    "hCG 800 to 1,350 in 48 h: likely in the womb, scan in 7 to 14 days",
    "hCG 1,200 to 1,700: early pregnancy unit within 24 h",
    "hCG 900 to 400: urine test in 14 days",
    "hCG 1,000 to 1,630, exactly 63.0 %: the safer branch",
    "both tubes do not fill from their beginning: spasm not excluded, repeat",
    "dilated right tube: antibiotic task at the same visit",
    "dilated right tube: specialist referral",
    "oil requested, TSH 12, FT4 low: block oil",
    "oil 22 mL entered: hard-stop alert",
    "DAP 260 cGy·cm²: above the reference, reason required",
    "HSG on day 9, 14 days of abstinence, 28-day cycle: next cycle",
)

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}: {example.name}")
    for rule in PROTOCOL.rules
    for example in rule.examples
]
CASES = [pytest.param(case, id=case.name) for case in PROTOCOL.cases]
RULES = [pytest.param(rule, id=rule.id) for rule in PROTOCOL.rules]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_rule_says_what_its_example_says(rule: Rule, example: Example) -> None:
    parameters = {**PROTOCOL.values(), **example.parameters}
    known = derive(PROTOCOL.derived, example.given, parameters)
    truth = holds(rule.when, known, parameters)
    said = {True: rule.outcome.value, False: STAYS_QUIET, None: CANNOT_TELL}[truth]
    assert said == example.then


@cache
def book_with(values: frozenset[tuple[str, FactValue]]) -> Rulebook:
    return rulebook_with(PROTOCOL, dict(values))


@pytest.mark.parametrize("case", CASES)
def test_the_whole_protocol_says_what_a_case_says(case: Case) -> None:
    decision = decide(book_with(frozenset(case.parameters.items())), case.stage, case.given)
    assert case.fires <= decision.fired
    assert not case.quiet & decision.fired
    assert case.asks <= set(decision.questions)
    if case.verdict:
        assert decision.verdict == case.verdict
    if case.urgency:
        assert decision.urgency == case.urgency


def test_every_test_vector_is_a_whole_decision() -> None:
    assert set(VECTORS) <= {case.name for case in PROTOCOL.cases}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_source_an_owner_and_a_look_still_ahead(rule: Rule) -> None:
    assert all(citation.source in PROTOCOL.sources for citation in rule.because)
    assert rule.because
    assert rule.owner
    assert rule.signed_off_by == ""
    assert rule.review > TODAY


def test_every_number_is_looked_at_again() -> None:
    assert [one.name for one in PROTOCOL.parameters.values() if one.review <= TODAY] == []


def test_general_knowledge_alone_activates_nothing() -> None:
    inactive = {rule.id for rule in PROTOCOL.rules if not rule.active}
    assert inactive == {"genital-tuberculosis-suspected", "low-kidney-function"}
    for rule in PROTOCOL.rules:
        unconfirmed = {each.evidence for each in rule.because} == {Evidence.UNCONFIRMED}
        assert unconfirmed is not rule.active


def test_all_ten_stages_have_rules_and_the_booking_judges_everything_again() -> None:
    plans = rulebook(PROTOCOL).plans
    assert all(plans[stage].rules for stage in Stage)
    assert len(plans[Stage.BOOKING].rules) >= 32


def test_no_rule_that_only_informs_closes_a_day() -> None:
    assert [
        rule.id for rule in PROTOCOL.rules if rule.timing and rule.outcome.value == "INFO"
    ] == []


def test_a_tentative_date_asks_only_what_the_first_day_of_the_period_can_tell() -> None:
    asked = set(decide(rulebook(PROTOCOL), Stage.TENTATIVE, {}).questions)
    later = {"temperature_c", "bleeding_ended", "test_passed_on", "pregnancy_test_today"}
    assert not asked & later
    assert not [name for name in asked if name.startswith(("leucorrhoea", "chlamydia"))]


@pytest.mark.parametrize(
    "rule_id",
    [
        "pregnancy-test-positive",
        "pregnancy-test-not-done",
        "serum-hcg-positive",
        "serum-hcg-needed",
        "leucorrhoea-test-not-done",
        "active-pelvic-infection",
        "leucorrhoea-trichomonas",
        "chlamydia-positive",
        "treated-without-retest",
    ],
)
def test_a_positive_test_a_missing_test_and_an_infection_are_never_overridden(rule_id: str) -> None:
    assert PROTOCOL.rule(rule_id).override == "never"


@pytest.mark.parametrize("path", WORD_FILES, ids=lambda path: path.relative_to(DATA).parts[1])
def test_no_word_names_a_brand_promises_no_pain_or_calls_a_high_temperature_usual(
    path: Path,
) -> None:
    text = path.read_text(encoding="utf-8")
    assert NEVER_SAID.findall(text) == []


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_says_is_known_when_it_says_it(rule: Rule) -> None:
    for example in rule.examples:
        if example.then in (STAYS_QUIET, CANNOT_TELL):
            continue
        parameters = {**PROTOCOL.values(), **example.parameters}
        known = derive(PROTOCOL.derived, example.given, parameters).keys() | parameters.keys()
        for words in (language.rules[rule.id] for language in PROTOCOL.words.values()):
            texts = (words.say, words.why, words.do, words.come_back, words.staff)
            assert frozenset().union(*(text.names for text in texts)) <= known


@pytest.mark.parametrize("row", ROWS)
def test_a_sentence_of_the_articles_is_carried_here(row: str) -> None:
    cited: list[Citation] = []
    for rule in PROTOCOL.rules:
        cited += rule.because
    for parameter in PROTOCOL.parameters.values():
        cited += parameter.because
    for message in PROTOCOL.messages:
        cited += message.because
    for claim in PROTOCOL.contested:
        cited += claim.because
    carried = {citation.row for citation in cited}
    carried |= {name for fact in PROTOCOL.facts.types.values() for name in fact.rows}
    assert row in carried


def test_the_plan_after_the_examination_speaks_on_its_days() -> None:
    days = {
        message.id: message.day for message in PROTOCOL.messages if message.stage == "aftercare"
    }
    assert days == {
        "aftercare-day-0": 0,
        "aftercare-day-1": 1,
        "aftercare-day-3": 3,
        "aftercare-day-7": 7,
        "aftercare-day-14": 14,
        "danger-signs": 0,
    }


def test_her_days_are_counted_as_on_a_wall_calendar() -> None:
    told: dict[str, FactValue] = {
        "period_start": date(2025, 9, 1),
        "bleeding_ended": date(2025, 9, 5),
        "usual_bleeding_days": 5,
        "shortest_cycle_days": 26,
        "longest_cycle_days": 30,
        "test_passed_on": date(2025, 9, 8),
        "exam_date": date(2025, 9, 9),
        "advice_date": date(2025, 9, 30),
        "last_period_start": date(2025, 11, 1),
    }
    known = derive(PROTOCOL.derived, told, PROTOCOL.values())
    counted = {
        "cycle_day": 9,
        "days_after_bleeding": 4,
        "usual_days_after_bleeding": 4,
        "usual_window_opens": date(2025, 9, 8),
        "window_opens": date(2025, 9, 8),
        "window_closes": date(2025, 9, 12),
        "last_day_within_cap": date(2025, 9, 10),
        "last_day_within_extended_cap": date(2025, 9, 12),
        "last_day_before_ovulation": date(2025, 9, 11),
        "visit_opens": date(2025, 9, 6),
        "visit_closes": date(2025, 9, 11),
        "exam_possible_from": date(2025, 9, 9),
        "exam_promised_by": date(2025, 9, 10),
        "test_result_expires": date(2025, 9, 13),
        "bleeding_expected_until": date(2025, 9, 16),
        "diary_until": date(2025, 9, 23),
        "abstain_until": date(2025, 9, 23),
        "intercourse_from": date(2025, 9, 24),
        "bath_from": date(2025, 9, 24),
        "days_from_exam_to_advice": 21,
        "first_free_cycle_day": 24,
        "days_free_after_latest_ovulation": 8,
        "thyroid_test_due": date(2025, 10, 7),
        "repeat_exam_from": date(2025, 10, 7),
        "scan_from": date(2025, 12, 6),
        "scan_until": date(2025, 12, 19),
        "antibiotic_policy_here": "targeted",
        "cleanliness_iii_here": "flag",
        "conception_delay_here": 0,
    }
    assert {name: known[name] for name in counted} == counted


@pytest.mark.parametrize("language", sorted(PROTOCOL.words))
def test_every_refusal_says_when_something_can_happen_next(language: str) -> None:
    words = PROTOCOL.words[language].rules
    waiting = [rule for rule in PROTOCOL.rules if rule.outcome.value in ("BLOCK", "HOLD")]
    assert [rule.id for rule in waiting if not words[rule.id].come_back.text] == []


def test_a_site_is_told_of_every_contested_choice_it_makes() -> None:
    choices = {claim.choice for claim in PROTOCOL.contested if claim.choice}
    assert choices == {
        "abstinence_days_after",
        "age_priority",
        "antibiotic_policy",
        "bath_days_after",
        "cleanliness_iii",
        "conception_delay_months",
        "report_working_days",
    }
    assert all(PROTOCOL.parameters[choice].local for choice in choices)


def test_the_files_read_by_a_person_are_the_files_that_were_loaded() -> None:
    written = {
        tomllib.loads(path.read_text(encoding="utf-8"))["id"]
        for path in (DATA / "protocols" / VERSION / "rules").glob("*.toml")
    }
    assert written == {rule.id for rule in PROTOCOL.rules}
