"""The words of a report, in every language it can be written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from string import Formatter

from patency.core.document import Table
from patency.core.language import HOW_TO, Language, nearest


@dataclass(frozen=True, slots=True)
class ReportWords:
    """Every word of a report in one language."""

    language: Language
    texts: Mapping[str, str]


def parse_report_words(
    document: Mapping[str, object], language: Language, like: Mapping[str, str] | None = None
) -> ReportWords:
    """Return the words of one language, the same ones as ``like`` with the same places.

    Raises ``DocumentRefused`` naming all that is wrong.
    """
    top = Table(document, f"locale/{language.code}/report.toml")
    texts = {name: top.text(name) for name in (document if like is None else like)}
    for name, text in texts.items():
        places = _places(top, name, text)
        if like is not None and text and places != _places(top, name, like[name]):
            top.refuse(name, f"{text!r} has other places than {like[name]!r}. Keep the same.")
    top.close()
    top.finish(see=HOW_TO)
    return ReportWords(language, texts)


def words_in(every: Mapping[str, ReportWords], wanted: str) -> ReportWords:
    """Return the words of the wanted language or of its family, else the first."""
    found = nearest({code: each.language for code, each in every.items()}, wanted)
    return every[found.code] if found is not None else next(iter(every.values()))


def say(words: ReportWords, name: str, /, **values: object) -> str:
    """Return one sentence with its values filled in; days are written as the language does."""
    filled = {
        key: words.language.day(value) if isinstance(value, date) else value
        for key, value in values.items()
    }
    return words.texts[name].format(**filled)


def one_of_few(words: ReportWords, kind: str, value: str) -> str:
    """Return a value that is one of a few as the language says it, else as it was written."""
    return words.texts.get(f"{kind}-{value.replace(' ', '-').replace('_', '-')}", value)


def _places(top: Table, name: str, text: str) -> frozenset[str]:
    try:
        return frozenset(place for _, place, _, _ in Formatter().parse(text) if place)
    except ValueError as error:
        top.refuse(name, f"a bracket is not closed ({error}).")
        return frozenset()
