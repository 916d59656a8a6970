"""The languages that ship: one folder of ``locale`` each, with a ``language.toml``."""

from collections.abc import Mapping
from pathlib import Path

from patency.config.environment import NotConfigured
from patency.config.toml_files import read_toml
from patency.core.language import Language, parse_language
from patency.core.report.words import ReportWords, parse_report_words

FIRST = "en"
"""The language the sources are written in; it stands first and needs no catalogue."""


def read_languages(locale: Path) -> Mapping[str, Language]:
    """Return every language by its folder, the first one first.

    Raises ``DataRefused``, ``DocumentRefused`` or ``NotConfigured``, each saying what to do.
    """
    codes = sorted(file.parent.name for file in locale.glob("*/language.toml"))
    if FIRST not in codes:
        raise NotConfigured(
            f"{locale / FIRST / 'language.toml'} is missing: the pages are written in that "
            "language first. Restore the one that ships."
        )
    codes.remove(FIRST)
    found = {
        code: parse_language(read_toml(locale / code / "language.toml"), code)
        for code in (FIRST, *codes)
    }
    said: dict[str, str] = {}
    for code, language in found.items():
        if language.django in said:
            raise NotConfigured(
                f"locale/{code} and locale/{said[language.django]} both say django = "
                f"{language.django!r}. Each language has a code of its own; correct one."
            )
        said[language.django] = code
    return found


def read_report_words(locale: Path, languages: Mapping[str, Language]) -> Mapping[str, ReportWords]:
    """Return what a report says in each language that has a ``report.toml``; the first has one.

    Raises ``DataRefused`` or ``DocumentRefused``, each saying what to do.
    """
    first = parse_report_words(read_toml(locale / FIRST / "report.toml"), languages[FIRST])
    found = {FIRST: first}
    for code, language in languages.items():
        file = locale / code / "report.toml"
        if code != FIRST and file.is_file():
            found[code] = parse_report_words(read_toml(file), language, first.texts)
    return found
