import pytest

from patency.config.data import DATA
from patency.config.languages import read_languages
from patency.core.protocol.words import RuleWords, spoken, template

EN = read_languages(DATA / "locale")["en"]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Day {cycle_day} of at most {cap}.", "Day {cycle_day} of at most 10."),
        ("At most {cap}.", "At most 10."),
        ("{cap} days", "10 days"),
        ("{cycle_day}", "{cycle_day}"),
        ("Nothing to fill.", "Nothing to fill."),
        ("", ""),
    ],
)
def test_numbers_are_filled_in_and_facts_stay_open(text, filled):
    found = template(text).with_values({"cap": 10}, EN)

    assert "".join(
        f"{literal}{{{name}}}" if name else literal for literal, name in found.pieces
    ) == (filled)
    assert found.fill({"cycle_day": 9}, EN) == template(text).fill({"cycle_day": 9, "cap": 10}, EN)


def test_a_rule_speaks_five_texts_with_only_her_own_facts_left_to_fill():
    words = RuleWords(
        say=template("Day {cycle_day} of at most {cap}."),
        why=template("So it is."),
        do=template("Wait {cap} days."),
        come_back=template(""),
        staff=template("{cycle_day}/{cap}"),
    )

    ready = spoken(words, {"cap": 10}, EN)

    assert ready.names == {"cycle_day"}
    assert [place for place, _ in ready.open] == [0, 4]
    assert ready.fill({"cycle_day": 9}) == [
        "Day 9 of at most 10.",
        "So it is.",
        "Wait 10 days.",
        "",
        "9/10",
    ]
    assert ready.fill({})[4] == "not known/10"
