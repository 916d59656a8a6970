"""The words of a report, in every language it can be written in."""

from collections.abc import Mapping
from datetime import date

from patency.core.protocol.words import LANGUAGES
from patency.core.report.words_en import ENGLISH
from patency.core.report.words_zh import CHINESE

WORDS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": CHINESE}


def language_of(wanted: str) -> str:
    """Return the language a report is written in: the family of the wanted one, or English."""
    family = wanted.split("-")[0]
    return family if family in WORDS else "en"


def say(language: str, name: str, /, **values: object) -> str:
    """Return one sentence with its values filled in; days are written as the language does."""
    speaks = LANGUAGES[language]
    filled = {
        key: speaks.day(value) if isinstance(value, date) else value
        for key, value in values.items()
    }
    return WORDS[language][name].format(**filled)
