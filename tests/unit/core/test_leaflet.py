"""A leaflet is read completely, in every language, or refused with every place that is wrong."""

import copy
import tomllib
from importlib.resources import files

import pytest

from patency.config.data import load_protocol, read_languages
from patency.core.document import DocumentRefused
from patency.core.leaflet import Work, parse_leaflet

HERE = files("patency")
DOCUMENT = tomllib.loads((HERE / "leaflets" / "hsg.toml").read_text(encoding="utf-8"))
WORDS = {
    code: tomllib.loads(
        (HERE / "locale" / code / "leaflets" / "hsg.toml").read_text(encoding="utf-8")
    )
    for code in ("en", "zh")
}
LANGUAGES = read_languages(HERE / "locale")
PROTOCOL = load_protocol("hsg/2026-1")
WORKS = {name: Work(one.title, one.link) for name, one in PROTOCOL.sources.items()}
VALUES = {name: one.value for name, one in PROTOCOL.parameters.items()}


def read(document=DOCUMENT, words=WORDS):
    return parse_leaflet(
        document,
        words,
        file_name="leaflets/hsg.toml",
        languages=LANGUAGES,
        works=WORKS,
        numbers=PROTOCOL.parameters,
    )


def told(topic, language="en", media=("water", "oil")):
    return read().told(topic, language=language, media=media, values=VALUES)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_part_says_something_and_leaves_no_place_open(language):
    topics = {part.topic for part in read().parts}

    for topic in topics:
        for said in told(topic, language):
            lines = [said.title, *said.text, *said.points]
            assert all(lines) and (said.text or said.points)
            assert not any("{" in line for line in lines)


def test_every_part_has_its_ground_an_owner_and_a_day_to_look_again():
    for part in read().parts:
        assert part.because and part.owner and part.review.year >= 2026, part.id


def test_nobody_is_told_that_it_is_painless_or_that_a_tube_is_blocked():
    every = " ".join(
        " ".join([said.title, *said.text, *said.points])
        for topic in ("examination", "bleeding", "rest", "trying", "fertile-days", "positive-test")
        for said in told(topic)
    ).lower()

    assert "painless" not in every
    assert "blocked" not in every


def test_a_contested_part_says_for_each_work_what_it_says():
    parts = [said for said in told("trying") if said.part.kind == "contested"]

    (said,) = parts
    positions = [(claim, work.title) for claim, work, _letter in said.who_says_what]
    assert any("3 months" in claim for claim, _work in positions)
    assert any("H2Oil" in work for _claim, work in positions)


def test_oil_is_told_of_only_where_it_is_kept():
    ids = [said.part.id for said in told("examination", media=("water",))]

    assert "oil-or-water" not in ids
    assert "oil-or-water" in [said.part.id for said in told("examination")]


def broken(**changes):
    document = copy.deepcopy(DOCUMENT)
    document["part"][0].update(changes)
    return document


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"topic": "money"}, "topic: 'money' is not one of"),
        ({"kind": "shout"}, "kind: 'shout' is not one of"),
        ({"because": []}, "because: names no work"),
        ({"because": [{"source": "cuhh", "evidence": "L"}]}, "Did you mean 'cuh'"),
        ({"because": [{"source": "cuh", "evidence": "X"}]}, "evidence: 'X' is not one of"),
        ({"review": "soon"}, "review: 'soon' is not a day"),
        ({"owner": ""}, "owner: '' is not a role"),
        ({"signed": True}, "signed: is not known here"),
        ({"id": "no-words-anywhere"}, "locale/zh/leaflets/hsg.toml: no-words-anywhere"),
    ],
)
def test_a_part_that_cannot_be_is_refused_with_its_place(changes, says):
    with pytest.raises(DocumentRefused) as refusal:
        read(broken(**changes))

    assert says in str(refusal.value)


@pytest.mark.parametrize(
    ("code", "words", "says"),
    [
        ("zh", {"what-it-is": {"title": "x"}}, "what-it-is.text: is missing, and so are points"),
        ("zh", {"nobody": {"title": "x", "text": ["y"]}}, "nobody: is not known here"),
        ("en", {"what-it-is": {"title": "x", "text": ["{fevr_c} °C"]}}, "speaks of {fevr_c}"),
        ("en", {"what-it-is": {"title": "x", "text": ["{fever_c °C"]}}, "leaves a bracket open"),
        ("en", {"how-long-no-bath": {"title": "x", "points": ["y"]}}, "but 2 works are named"),
    ],
)
def test_words_that_do_not_fit_their_parts_are_refused_with_their_place(code, words, says):
    changed = {**WORDS, code: {**WORDS[code], **words}}

    with pytest.raises(DocumentRefused) as refusal:
        read(words=changed)

    assert says in str(refusal.value)
    assert f"locale/{code}/leaflets/hsg.toml" in str(refusal.value)


def test_a_language_without_any_words_is_refused():
    with pytest.raises(DocumentRefused, match=r"locale/zh/leaflets/hsg\.toml: what-it-is"):
        read(words={"en": WORDS["en"]})
