"""One pretend clinic and the women referred to it: all that chance decides, drawn beforehand.

Every policy is run on the same world, so that what differs between them is the policy alone: her
cycles, whether her test passes and whether she comes are hers, cycle by cycle, whoever asks.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Days:
    """The days of one cycle on which she can be examined, and when the test comes first."""

    exam: tuple[int, ...]
    """Open days of the window with a day for the test before; days of the world, rising."""
    first_test: int | None
    """The first day on which the test can be done; None when no day is left."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One cycle of a woman after her referral, and what chance has in store in it."""

    start: int
    """Day of the world on which the period starts."""
    bleeding_days: int
    ovulation: int
    """Day of the world; nobody in the clinic knows it."""
    passes: bool
    """Whether her test passes in this cycle."""
    shows: bool
    """Whether she comes on the day she is given in this cycle."""
    true: Days
    """By the day her bleeding ends; known from the day after."""
    expected: Days
    """By the day her bleeding usually ends; known from the first day of the period."""
    reachable: bool = False
    """Whether she can come at once when a place stays empty on a day that is hers."""
    seen_ovulated_from: int | None = None
    """The day from which the clinic turns her away, where it looks for ovulation (W4)."""

    @property
    def bleeding_ends(self) -> int:
        """The last day of bleeding."""
        return self.start + self.bleeding_days - 1

    def works_on(self, day: int) -> bool:
        """Return whether an examination on a day takes place, her coming aside."""
        return self.seen_ovulated_from is None or day < self.seen_ovulated_from


@dataclass(frozen=True, slots=True)
class Woman:
    """A woman who was referred, and her coming cycles."""

    referred: int
    irregular: bool
    usual_bleeding_days: int
    turns: tuple[Turn, ...]
    next_chance: float = 1.0
    """The chance that a cycle of hers has a day at all, by what the clinic knows of her."""

    @property
    def first_possible(self) -> int | None:
        """The first cycle in which a clinic with room for everybody examines her; from 0."""
        for number, turn in enumerate(self.turns):
            if turn.passes and turn.shows and turn.true.exam and turn.works_on(turn.true.exam[0]):
                return number
        return None


@dataclass(frozen=True, slots=True)
class World:
    """A clinic over some hundred days, its places, its women."""

    name: str
    first_day: date
    """The calendar day of day 0."""
    exam_places: tuple[int, ...]
    """Places for the examination on each day; 0 on a closed day."""
    visit_open: tuple[bool, ...]
    """Whether the clinic sees and tests women on a day."""
    women: tuple[Woman, ...]
    measured: range
    """The days of referral whose women are counted: not at the start, not too late to be seen."""
    show_share: float
    """The share of women who come; the clinic knows it from its past."""

    @property
    def length(self) -> int:
        """How many days are played."""
        return len(self.exam_places)

    def first_open(self, day: int) -> int:
        """Return the first day on or after ``day`` on which the clinic answers the telephone."""
        while day < self.length and not self.visit_open[day]:
            day += 1
        return day


@dataclass(frozen=True, slots=True)
class Examined:
    """When a woman was examined."""

    turn: int
    """The cycle, counted from 0 after her referral."""
    day: int


@dataclass(slots=True)
class Played:
    """What happened to everybody under one policy."""

    examined: list[Examined | None]
    """One for each woman of the world, in her order."""
    wasted: int = 0
    """Places that were given and stayed empty, because she did not come or was turned away."""
    bumps: int = 0
    """Women who came and were sent home, because more came than there were places."""
    moves: int = 0
    """Days that were changed after she was told."""
    told_after_day_1: int = 0
    """Cycles lost to her although she had called on day 1 or was on the list then."""
    refusals: int = 0
    """Cycles in which she could have been examined and was given no day."""


def check(world: World, played: Played) -> None:
    """Raise ``OutsideTheWindow`` unless every examination lies on a day that was hers.

    Not bleeding, within her days, an open day, the test passed, at most one in a cycle, and never
    more women on a day than places: the promise that holds for every policy.
    """
    taken = [0] * world.length
    for woman, found in zip(world.women, played.examined, strict=True):
        if found is None:
            continue
        turn = woman.turns[found.turn]
        if not (turn.passes and turn.shows and found.day in turn.true.exam):
            raise OutsideTheWindow(found.day)
        if turn.true.first_test is None or not turn.true.first_test < found.day:
            raise OutsideTheWindow(found.day)
        taken[found.day] += 1
    for day, (count, places) in enumerate(zip(taken, world.exam_places, strict=True)):
        if count > places:
            raise OutsideTheWindow(day)


class OutsideTheWindow(AssertionError):
    """A policy examined somebody on a day that was not hers: a defect of the policy."""

    def __init__(self, day: int) -> None:
        super().__init__(
            f"A policy examined a woman on day {day} of the world, which was not hers or was full. "
            "No policy may; mend it before its figures are read."
        )
