import pytest

from patency.core.protocol.reading import DataRefused
from tests.unit.core.protocol.small import (
    CYCLE_DAY,
    PARAMETERS,
    PROTOCOL,
    QUESTIONS,
    SOURCES,
    TEMPERATURE,
    WORDS,
    small_protocol,
)


def refusal(words=WORDS, *, language="en", **changed):
    with pytest.raises(DataRefused) as caught:
        small_protocol(words, language=language, **changed)
    return str(caught.value)


def test_a_sound_protocol_is_read_whole():
    protocol = small_protocol()

    assert [rule.id for rule in protocol.rules] == ["cycle-day-over-cap", "temperature-too-high"]
    assert protocol.parameters["temperature_limit_c"].unit == "°C"
    assert "cycle_day" in protocol.facts
    assert "days_after_bleeding" not in protocol.facts


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("at_least", "at_lest", ["when.at_lest", "Did you mean 'at_least'"]),
        ('"temperature_c"', '"temprature_c"', ["when.fact", "Did you mean 'temperature_c'"]),
        ("temperature_limit_c", "temperature_limit", ["Did you mean 'temperature_limit_c'"]),
        ('parameter = "temperature_limit_c"', 'param = "x"', ["can only be { parameter"]),
        ('"HOLD"\noverride', '"HOLT"\noverride', ["outcome", "Did you mean 'HOLD'"]),
        ('["visit", "booking"]', '["visti"]', ["stages", "Did you mean 'visit'"]),
        ('"clinician"', '"nurse"', ["override", "never, consultant, clinician"]),
        ("signed_off_by", "signed_by", ["Did you mean 'signed_off_by'"]),
        ("2027-11-01", '"soon"', ["review", "a day such as 2027-11-01"]),
        ("2027-11-01", "2027-11-01T00:00:00", ["review", "a day such as"]),
        ('owner = "lead gynaecologist"', 'owner = ""', ["owner", "is empty; say it"]),
        ('owner = "lead gynaecologist"', "", ["owner", "is missing; give a text"]),
        ('source = "leaflet"', 'source = "leaflets"', ["because[1].source", "'leaflet'"]),
        ('evidence = "L"', 'evidence = "Q"', ["because[1].evidence", "G, R, S, L, W, C, D, K"]),
        ("37.4 }", "37.6 }", ["example 'just below'", "the rule says 'HOLD'"]),
        ("{ temperature_c = 37.4 }", "{ temperature = 37.4 }", ["no fact is called"]),
        ("{ temperature_c = 37.4 }", "{ cycle_day = 4 }", ["worked out from other facts"]),
        ("{ temperature_c = 37.4 }", "{ temperature_c = 374 }", ["outside its range"]),
        ('then = "cannot tell"', 'then = "HOLD"', ["silence", "cannot tell"]),
        ("signed_off_by", "timing = 3\nsigned_off_by", ["timing", "3 is not true or false"]),
    ],
)
def test_what_is_wrong_in_a_rule_is_said_with_file_field_and_nearest_spelling(old, new, sentences):
    assert old in TEMPERATURE

    said = refusal(rules__temperature_too_high=TEMPERATURE.replace(old, new))

    for sentence in sentences:
        assert sentence in said
    assert "temperature-too-high" in said or "rules/" in said


def test_every_problem_of_a_file_is_said_at_once():
    broken = TEMPERATURE.replace('"HOLD"\noverride', '"HOLT"\noverride').replace("2027", "x27")

    said = refusal(rules__temperature_too_high=TEMPERATURE.replace("HOLD", "HOLT"))

    assert said.count("rules/temperature-too-high.toml") >= 2
    assert "x27" in broken


def test_a_rule_must_say_what_silence_does_and_when_it_is_quiet():
    one_example = TEMPERATURE[: TEMPERATURE.index("[[example]]")]

    said = refusal(rules__temperature_too_high=one_example)

    assert "no case in which the rule stays quiet" in said
    assert "no case that cannot tell" in said
    assert "no case in which the rule fires" in said


def test_a_rule_without_its_source_is_refused():
    said = refusal(rules__temperature_too_high=TEMPERATURE.replace("[[because]]", "[[becuase]]"))

    assert "Did you mean 'because'" in said


def test_a_condition_is_one_comparison_or_a_join_of_some():
    two = TEMPERATURE.replace("at_least =", "at_most = 3\nat_least =")
    empty = TEMPERATURE.replace(
        'fact = "temperature_c"\nat_least = { parameter = "temperature_limit_c" }', "any = []"
    )

    assert "needs exactly one comparison" in refusal(rules__temperature_too_high=two)
    assert "is empty; give at least one condition" in refusal(rules__temperature_too_high=empty)


def test_only_numbers_and_days_have_an_order():
    said = refusal(
        rules__temperature_too_high=TEMPERATURE.replace(
            'fact = "temperature_c"\nat_least = { parameter = "temperature_limit_c" }',
            'fact = "cough"\nat_least = "dry"',
        )
    )

    assert "only numbers and days have order" in said


def test_conditions_may_be_joined():
    joined = TEMPERATURE.replace(
        'fact = "temperature_c"\nat_least = { parameter = "temperature_limit_c" }',
        'any = [{ fact = "temperature_c", at_least = 37.5 }, '
        '{ all = [{ fact = "cough", is_one_of = ["dry", "wet"] }, '
        '{ fact = "temperature_c", more_than = 37.45 }] }]',
    ).replace("given = { temperature_c = 37.4 }", 'given = { temperature_c = 37.4, cough = "none"}')

    assert small_protocol(rules__temperature_too_high=joined)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ('["dry", "wett"]', "Did you mean 'wet'"),
        ('"dry"', "is not a list of values"),
        ("[]", "list"),
    ],
)
def test_the_values_of_a_choice_are_checked(value, sentence):
    said = refusal(
        rules__temperature_too_high=TEMPERATURE.replace(
            'fact = "temperature_c"\nat_least = { parameter = "temperature_limit_c" }',
            f'fact = "cough"\nis_one_of = {value}',
        )
    )

    assert sentence in said


def test_a_timing_rule_closes_days_so_it_cannot_be_information():
    said = refusal(rules__cycle_day_over_cap=CYCLE_DAY.replace('"BLOCK"', '"INFO"'))

    assert "a timing rule closes days" in said


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ('unit = "°C"\n', "", ["temperature_limit_c.unit", "is missing"]),
        ("low = 37.0\n", "", ["needs its allowed range"]),
        ("value = 37.5", "value = 39.5", ["outside its range, 37 to 38 °C"]),
        ("value = 37.5\n", "", ["value", "is missing"]),
        ("local = true", "lokal = true", ["Did you mean 'local'"]),
    ],
)
def test_a_parameter_needs_its_unit_its_range_and_a_value_within(old, new, sentences):
    said = refusal(parameters=PARAMETERS.replace(old, new, 1))

    for sentence in sentences:
        assert sentence in said


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('unit = "°C"', "", "temperature_c.unit: is missing; a number needs its unit"),
        ('choices = ["none", "dry", "wet"]', "", "a choice needs its choices"),
        ('kind = "number"', 'kind = "numer"', "Did you mean 'number'"),
        ('asked_of = "staff"', 'asked_of = "derived"', "patient, staff, system"),
    ],
)
def test_a_question_says_what_answers_it_takes(old, new, sentence):
    assert sentence in refusal(questions=QUESTIONS.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[rules.cycle-day-over-cap]", "[rules.cycle-day]", "every rule needs its words"),
        ("[rules.cycle-day-over-cap]", "[rules.cycle-day]", "belongs to no rule"),
        ("[questions.cough]", "[questions.coughs]", "Did you mean 'cough'"),
        ("{cycle_day} of", "{cycleday} of", "Did you mean 'cycle_day'"),
        ("{cycle_day} of", "{cycle_day of", "a bracket is not closed"),
        ('come_back = "When your next period starts."', "", "come_back: is missing"),
        ('do = "Wait for your next period."', 'do = ""', "do: is empty"),
        ('ask = "Do you cough?"', 'asks = "Do you cough?"', "Did you mean 'ask'"),
    ],
)
def test_no_word_may_be_missing_or_stand_alone(old, new, sentence):
    assert sentence in refusal(WORDS.replace(old, new))


def test_a_source_that_nothing_cites_is_refused():
    said = refusal(sources=SOURCES + '\n[book]\ntitle = "A book"\n')

    assert "book: is cited by nothing" in said


def test_a_missing_file_is_named():
    assert "contested.toml: is missing" in refusal(contested=None)


def test_a_protocol_without_rules_is_refused():
    said = refusal(rules__temperature_too_high=None, rules__cycle_day_over_cap=None)

    assert "a protocol without rules clears everyone" in said


def test_a_protocol_says_its_own_version_and_use():
    assert "stands in the folder" in refusal(protocol=PROTOCOL.replace("small", "smaller"))
    assert "clinical, study" in refusal(protocol=PROTOCOL.replace("clinical", "clinic"))


def test_a_rule_has_the_name_of_its_file():
    said = refusal(
        rules__temperature_too_high=TEMPERATURE.replace('id = "temperature-too-high"', 'id = "hot"')
    )

    assert "is not the file's name" in said


CASE = """
[[case]]
name = "late and hot"
stage = "booking"
given = { temperature_c = 37.6, period_start = 2025-09-01, exam_date = 2025-09-12 }
fires = ["temperature-too-high", "cycle-day-over-cap"]
verdict = "BLOCK"
rows = ["S2.9"]
"""


def test_a_case_is_run_against_the_whole_protocol():
    assert small_protocol(cases__vectors=CASE).cases[0].rows == ("S2.9",)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('verdict = "BLOCK"', 'verdict = "HOLD"', "the verdict is BLOCK, not HOLD"),
        ('verdict = "BLOCK"', 'asks = ["temperature_c"]', "should be asked but are not"),
        ('verdict = "BLOCK"', 'quiet = ["temperature-too-high"]', "should stay quiet but fire"),
        ('verdict = "BLOCK"', 'urgency = "E"', "the urgency is None"),
        ("37.6", "36.6", "should fire but do not: temperature-too-high"),
        ("cycle-day-over-cap", "cycle-day", "no rule is called 'cycle-day'"),
        ("given =", "parameters = { cycle_day_cup = 12 }\ngiven =", "Did you mean 'cycle_day_cap'"),
        ("given =", "parameters = { cycle_day_cap = 13 }\ngiven =", "outside its range"),
    ],
)
def test_a_case_that_does_not_come_out_refuses_the_protocol(old, new, sentence):
    assert sentence in refusal(cases__vectors=CASE.replace(old, new))


CLAIM = """
[[claim]]
id = "radiation"
claim = "Three months of contraception."
against = "No study supports it."
what_we_do = "No delay."
choice = "conception_delay_months"
[[claim.because]]
source = "leaflet"
evidence = "L"
"""


def test_what_is_contested_is_kept_with_both_sides():
    protocol = small_protocol(contested=CLAIM)

    assert protocol.contested[0].choice == "conception_delay_months"


MESSAGE = """
id = "first-day"
stage = "aftercare"
day = 1
[[because]]
source = "leaflet"
evidence = "L"
"""


def test_a_message_needs_its_words():
    words = WORDS + '\n[messages.first-day]\ntext = "How are you today?"\n'

    assert small_protocol(words, messages__first_day=MESSAGE).messages[0].day == 1
    assert "every message needs its words" in refusal(messages__first_day=MESSAGE)
    assert "belongs to no message" in refusal(words)
    assert "day: is missing" in refusal(words, messages__first_day=MESSAGE.replace("day = 1", ""))


def test_words_stand_in_a_language_we_can_write_days_in():
    assert "has no words for protocol hsg/small" in refusal(language=None)
    assert "the language 'eo' is not one of en, zh" in refusal(language="eo")


def test_a_list_of_texts_holds_texts_and_a_table_is_a_table():
    numbers = QUESTIONS.replace('["none", "dry", "wet"]', '["none", 2]')
    no_table = QUESTIONS + '\n[cold]\nkind = "yes-no"\nasked_of = "patient"\n'

    assert "has something other than texts in its list" in refusal(questions=numbers)
    assert "'x' is not a table" in refusal(questions='loose = "x"\n' + no_table)


def test_sources_may_not_be_an_empty_list():
    no_source = TEMPERATURE.replace(
        TEMPERATURE[TEMPERATURE.index("[[because]]") : TEMPERATURE.index("[[example]]")], ""
    ).replace("[when]", "because = []\n[when]")

    assert "because: is empty; say at least one source" in refusal(
        rules__temperature_too_high=no_source
    )


def test_the_value_of_a_choice_is_one_of_its_choices():
    choice = (
        PARAMETERS
        + """
[policy]
value = "none"
unit = "choice"
choices = ["all", "some"]
meaning = "Who gets it."
owner = "lead gynaecologist"
review = 2027-11-01
[[policy.because]]
source = "leaflet"
evidence = "L"
"""
    )

    assert "policy: 'none' is not one of all, some" in refusal(parameters=choice)
