"""Whose examination counts for how much when days are short, and what a later day costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

REFUSED_COUNTED = 5
DAYS_WAITED_COUNTED = 180
FURTHER_CYCLES_COUNTED = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """A woman's place in the line."""

    urgency: int = 0
    """0 routine, 1 soon, 2 urgent (a treatment waits for this cycle)."""
    refused: int = 0
    """Cycles in which she was refused a day, and keeps her priority for it."""
    days_left: int = 0
    """Days on which she can still be examined in this cycle, beside the one in question."""
    age: int | None = None
    """In whole years; None when not known, and then age does not put her first."""
    days_waited: int = 0
    """Since she asked."""
    next_chance: float = 1.0
    """The chance that a next cycle has a day for her at all, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Points:
    """What counts for how much; ``rankings/*.toml`` gives each its meaning, source and owner."""

    examined: float
    urgent: float
    refused: float
    last_days: float
    age: float
    waited: float
    rare: float
    ovulated: float
    later: float
    moved: float
    unmet_wish: float
    extra_place: float


@dataclass(frozen=True, slots=True)
class PriorityRules:
    """The points of one release, with the site's own age rule."""

    version: str
    points: Points
    ovulated_by: Mapping[int, float] = field(default_factory=dict)
    """Day after bleeding ended to the share of cycles that have ovulated by then."""
    age_from: int = 0
    """The age from which the site puts women first; 0: age does not count."""


def priority(standing: Standing, rules: PriorityRules) -> float:
    """Return how many points an examination of this woman in this cycle is worth.

    It never falls when she is more urgent, was refused more often, has fewer days left, is of the
    age the site puts first, has waited longer, or when fewer of her cycles have a day for her.
    Never less than ``points.examined``.
    """
    points = rules.points
    put_first = bool(rules.age_from) and standing.age is not None
    old_enough = put_first and (standing.age or 0) >= rules.age_from
    return (
        points.examined
        + points.urgent * standing.urgency
        + points.refused * min(standing.refused, REFUSED_COUNTED)
        + points.last_days / (1 + max(standing.days_left, 0))
        + points.age * old_enough
        + points.waited * min(max(standing.days_waited, 0), DAYS_WAITED_COUNTED)
        + points.rare * further_cycles(standing.next_chance)
    )


def further_cycles(next_chance: float) -> float:
    """Return how many cycles more than one she must expect to wait if she loses this one."""
    least = 1 / (1 + FURTHER_CYCLES_COUNTED)
    return 1 / max(next_chance, least) - 1


def ovulated_by(days_after_bleeding: int, rules: PriorityRules) -> float:
    """Return the chance that she has ovulated on or before a day after bleeding ended.

    Before the first day of the table its first share is taken, after the last day its last: a
    share at least as large, which nobody has counted.
    """
    known = rules.ovulated_by
    nearest = min(max(days_after_bleeding, min(known)), max(known))
    return known[nearest]
