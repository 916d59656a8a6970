"""Her bleeding diary in words: what she told, day by day."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from patency.core.facts import FactCatalogue
from patency.doors.web.codes import with_unit
from patency.doors.web.words import capital, in_words
from patency.records.models.followup import DiaryEntry


@dataclass(frozen=True, slots=True)
class DiaryLine:
    """One day of her diary, and what she told of it in words."""

    row: DiaryEntry
    told: tuple[str, ...]


def diary_words(facts: FactCatalogue, entry: DiaryEntry) -> tuple[str, ...]:
    """Return what she told on one day in words: "Pain: 3 points of 10"; erased, nothing."""
    told = entry.entry or {}
    return tuple(
        _("{what}: {value}").format(
            what=capital(in_words(name)),
            value=with_unit(value, facts[name].unit if name in facts else ""),
        )
        for name, value in told.items()
        if value is not None
    )
