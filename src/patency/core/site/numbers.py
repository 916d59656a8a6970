"""How a site releases its numbers: chosen by the site, dated, with its ground."""

from dataclasses import dataclass
from datetime import date

from patency.core.document import Table

POLICIES = ("first-come", "draw")
MOST_CLASSES = 8


@dataclass(frozen=True, slots=True)
class DrawnFirst:
    """Women who are drawn before others: all that is named must hold."""

    why: str
    age_at_least: int | None
    refused_cycles_at_least: int | None

    def holds(self, *, age: int, refused_cycles: int) -> bool:
        """Return whether a woman of this age, refused in so many cycles, is in this class."""
        return (self.age_at_least is None or age >= self.age_at_least) and (
            self.refused_cycles_at_least is None or refused_cycles >= self.refused_cycles_at_least
        )


@dataclass(frozen=True, slots=True)
class ReleaseHabits:
    """Which part of a day's clinic places opens at once, and how."""

    policy: str
    """``first-come`` or ``draw``."""
    share: int
    """How much of a day's clinic places is released, in percent; the rest is planned."""
    waiting_places: int
    days_ahead: int
    """How many days before the clinic visit its numbers open."""
    announced_hours_before: int | None
    """How long before they open numbers are announced by themselves; None: by people."""
    tries_a_minute: int
    """How often one ticket may be shown."""
    classes: tuple[DrawnFirst, ...]
    """In the order drawn; whoever is in none comes after them."""
    chosen_on: date
    chosen_by: str
    """A role, never a person's name."""
    review: date
    provenance: str

    def class_of(self, *, age: int, refused_cycles: int) -> int:
        """Return her priority class: the first that holds, or the one after the last."""
        for place, one in enumerate(self.classes):
            if one.holds(age=age, refused_cycles=refused_cycles):
                return place
        return len(self.classes)


def read_release(top: Table) -> ReleaseHabits | None:
    """Return how the site releases numbers; None without ``[release]``: every place is planned."""
    if not top.has("release"):
        return None
    one = top.table("release")
    classes = tuple(_drawn_first(each) for each in one.tables("drawn_first", may_be_empty=True))
    if len(classes) > MOST_CLASSES:
        one.refuse("drawn_first", f"names {len(classes)} classes. At most {MOST_CLASSES} are kept.")
    habits = ReleaseHabits(
        policy=one.choice("policy", POLICIES),
        share=one.count("share", low=1, high=100, unit="percent"),
        waiting_places=one.count("waiting_places", low=0, high=1000, unit="places"),
        days_ahead=one.count("days_ahead", low=0, high=14, unit="days"),
        announced_hours_before=(
            one.count("announced_hours_before", low=1, high=336, unit="hours")
            if one.has("announced_hours_before")
            else None
        ),
        tries_a_minute=one.count("tries_a_minute", low=1, high=120, unit="times"),
        classes=classes,
        chosen_on=one.day("chosen_on"),
        chosen_by=one.text("chosen_by", what="a role such as clinic manager"),
        review=one.day("review"),
        provenance=one.text("provenance"),
    )
    one.close()
    return habits


def _drawn_first(one: Table) -> DrawnFirst:
    age = (
        one.count("age_at_least", low=12, high=60, unit="years")
        if one.has("age_at_least")
        else None
    )
    refused = (
        one.count("refused_cycles_at_least", low=1, high=12, unit="cycles")
        if one.has("refused_cycles_at_least")
        else None
    )
    if age is None and refused is None:
        one.refuse(
            "age_at_least", "is missing, and so is refused_cycles_at_least. Name one or both."
        )
    found = DrawnFirst(one.text("why"), age, refused)
    one.close()
    return found
