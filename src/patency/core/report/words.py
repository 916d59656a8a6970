"""The words of a report, in every language it can be written in."""

from collections.abc import Callable, Mapping
from datetime import date

from patency.core.report.words_en import ENGLISH
from patency.core.report.words_zh import CHINESE


def _english(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（星期{'一二三四五六日'[day.weekday()]}）"


DAYS: Mapping[str, Callable[[date], str]] = {"en": _english, "zh": _chinese}
WORDS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": CHINESE}


def language_of(wanted: str) -> str:
    """Return the language a report is written in: the family of the wanted one, or English."""
    family = wanted.split("-")[0]
    return family if family in WORDS else "en"


def say(language: str, name: str, /, **values: object) -> str:
    """Return one sentence with its values filled in; days are written as the language does."""
    filled = {
        key: DAYS[language](value) if isinstance(value, date) else value
        for key, value in values.items()
    }
    return WORDS[language][name].format(**filled)
