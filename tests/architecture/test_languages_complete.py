"""Every file of words stands in every language, with the same names and the same places in it."""

import tomllib
from collections.abc import Iterator, Mapping
from string import Formatter

import pytest

from tests.architecture.source import ROOT

LOCALE = ROOT / "src" / "patency" / "locale"
FIRST = "en"
LANGUAGES = sorted(each.parent.name for each in LOCALE.glob("*/language.toml"))
OTHERS = [code for code in LANGUAGES if code != FIRST]
# What stands in the first language alone: no clinic works by the protocol of a study.
STUDY_ONLY = frozenset({"protocols/hsg/as-published.toml"})
FILES = sorted(str(path.relative_to(LOCALE / FIRST)) for path in (LOCALE / FIRST).rglob("*.toml"))


def said(code: str, name: str) -> Mapping[str, object]:
    return tomllib.loads((LOCALE / code / name).read_text(encoding="utf-8"))


def texts(document: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a document by the way to it."""
    match document:
        case str():
            yield at, document
        case Mapping():
            for key, inner in document.items():
                yield from texts(inner, f"{at}.{key}")
        case list():
            for number, inner in enumerate(document):
                yield from texts(inner, f"{at}[{number}]")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_at_least_two_languages_and_the_files_we_know():
    assert {"en", "zh"} <= set(LANGUAGES)
    assert {"messages.toml", "documents.toml", "language.toml"} <= set(FILES)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", [each for each in FILES if each not in STUDY_ONLY])
def test_a_file_of_words_stands_in_every_language(code: str, name: str) -> None:
    assert (LOCALE / code / name).is_file()


@pytest.mark.parametrize("code", OTHERS)
def test_no_language_has_a_file_that_the_first_has_not(code: str) -> None:
    theirs = {str(path.relative_to(LOCALE / code)) for path in (LOCALE / code).rglob("*.toml")}

    assert theirs <= set(FILES)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", ["messages.toml", "documents.toml", "report.toml"])
def test_it_says_the_same_things_with_the_same_places(code: str, name: str) -> None:
    ours, theirs = dict(texts(said(FIRST, name))), dict(texts(said(code, name)))

    assert theirs.keys() == ours.keys()
    for at, text in theirs.items():
        assert text.strip(), f"{at} is empty"
        assert places(text) == places(ours[at]), at
