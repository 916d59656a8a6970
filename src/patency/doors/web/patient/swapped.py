"""Two answers of hers that cannot both be so, said while she types the second."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from patency.core.facts import FactValue

SHORTEST, LONGEST = "shortest_cycle_days", "longest_cycle_days"


@dataclass(frozen=True, slots=True)
class Swapped:
    """What stands against an answer: the sentence, and the other answer that may be wrong."""

    said: str
    other: str


def swapped(name: str, facts: Mapping[str, FactValue]) -> Swapped | None:
    """Return what is wrong where her longest cycle comes out shorter than her shortest.

    ``facts`` are her answers with the one just typed, which is ``name``.
    """
    shortest, longest = facts.get(SHORTEST), facts.get(LONGEST)
    if name not in (SHORTEST, LONGEST):
        return None
    if not isinstance(shortest, int) or not isinstance(longest, int) or shortest <= longest:
        return None
    if name == LONGEST:
        said = _(
            "You said that your shortest cycle takes {days} days. The longest cannot be shorter: "
            "correct this one, or the shortest."
        ).format(days=shortest)
        return Swapped(said, SHORTEST)
    said = _(
        "You said that your longest cycle takes {days} days. The shortest cannot be longer: "
        "correct this one, or the longest."
    ).format(days=longest)
    return Swapped(said, LONGEST)
