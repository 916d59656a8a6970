"""Tonight's list: every waiting woman and every place, decided together, and again tomorrow night.

A tentative day may change from night to night; a firm one is given: whoever asks takes its place
out of the capacity first. Examining one woman more outweighs every cost, so nobody loses her cycle
to make another's day nicer; between equal numbers the points of the ranking decide.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from patency.core.booking.assign import Option
from patency.core.booking.choose import choose
from patency.core.booking.rank import PriorityRules, Standing, priority


@dataclass(frozen=True, slots=True)
class Way:
    """One way to examine a woman that no rule and no wish she insists on stands against."""

    exam: Hashable
    """The group of places, such as one session."""
    day: date
    test: Hashable | None = None
    """The group of places for the test; None when it is passed or needs no place."""
    test_day: date | None = None
    ovulated: float = 0.0
    """The chance that she has ovulated by then, from 0 to 1."""
    disliked: float = 0.0
    """Points that the wishes cost which this way does not meet."""


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A day she cannot have whatever the others do, why, and what would open it."""

    day: date
    because: str
    """A code, such as ``test-not-passed`` or the rule that fires."""
    opens_if: str = ""
    """A code, such as ``test-passed-by``; empty when nothing opens it in this cycle."""
    by: date | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A woman who waits for a day in this cycle."""

    who: Hashable
    standing: Standing
    ways: tuple[Way, ...]
    held: Way | None = None
    """What she was told last; None before anything was."""
    firm: bool = False
    """Whether ``held`` is booked. It is never moved, and its place is not in the capacity."""
    ruled_out: tuple[RuledOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A woman who has a day tonight."""

    waiting: Waiting
    way: Way
    extra: bool = False
    """Whether she is invited beyond the places there are, and goes home first if all come."""

    @property
    def moved(self) -> bool:
        """Whether her day differs from the one she was told."""
        return self.waiting.held is not None and self.waiting.held.day != self.way.day


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """A woman for whom tonight there is no day in this cycle."""

    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Places:
    """How many women each group can take."""

    places: Mapping[Hashable, int]
    """Free places of each group, for the test or for the examination."""
    extra: Mapping[Hashable, int] = field(default_factory=dict)
    """How many more may be invited, by the site's own choice of overbooking."""


@dataclass(frozen=True, slots=True)
class Night:
    """What is decided tonight, for every woman who waits."""

    today: date
    placed: Mapping[Hashable, Placed]
    not_placed: Mapping[Hashable, NotPlaced]
    places: Places
    rules: PriorityRules

    @property
    def points(self) -> float:
        """The points of the whole night, firm days left out."""
        return sum(
            worth(one.waiting, one.way, today=self.today, rules=self.rules)
            - self.rules.points.extra_place * one.extra
            for one in self.placed.values()
            if not one.waiting.firm
        )


@dataclass(frozen=True, slots=True)
class _Extra:
    """The places of a group beyond those there are."""

    group: Hashable


def worth(waiting: Waiting, way: Way, *, today: date, rules: PriorityRules) -> float:
    """Return how many points it is worth that she is examined this way."""
    return priority(waiting.standing, rules) - cost(waiting, way, today=today, rules=rules)


def cost(waiting: Waiting, way: Way, *, today: date, rules: PriorityRules) -> float:
    """Return how many points this way of examining her costs, whatever her place in the line."""
    points = rules.points
    moved = waiting.held is not None and waiting.held.day != way.day
    return (
        points.ovulated * way.ovulated
        + points.later * (way.day - today).days
        + points.moved * moved
        + way.disliked
    )


def tonight(
    waiting: Sequence[Waiting], places: Places, *, today: date, rules: PriorityRules
) -> Night:
    """Return who gets which day, with the most points there are; the order of asking is no reason.

    Nobody is invited beyond the places there are unless somebody has no day without it. Raises
    ``ValueError`` when a woman stands twice on the list, or is firm without a held day.
    """
    _check(waiting)
    placed = {
        one.who: Placed(one, one.held) for one in waiting if one.firm and one.held is not None
    }
    moving = sorted(
        (one for one in waiting if not one.firm),
        key=lambda one: (-priority(one.standing, rules), repr(one.who)),
    )
    found = _chosen(moving, Places(places.places), today=today, rules=rules)
    somebody_waits = len(found) < sum(bool(one.ways) for one in moving)
    if somebody_waits and any(places.extra.values()):
        found = _chosen(moving, places, today=today, rules=rules)
    placed |= _extras_named(found, places)
    return Night(
        today=today,
        placed=placed,
        not_placed={one.who: NotPlaced(one) for one in moving if one.who not in placed},
        places=places,
        rules=rules,
    )


def _check(waiting: Iterable[Waiting]) -> None:
    seen: set[Hashable] = set()
    for one in waiting:
        if one.who in seen:
            raise ValueError(
                "A woman stands twice on tonight's list. She waits once in a cycle: give her one "
                "entry with all her ways."
            )
        if one.firm and one.held is None:
            raise ValueError(
                "A woman is firm on tonight's list without a day that she holds. Give the booked "
                "day as held, or leave firm out."
            )
        seen.add(one.who)


def _chosen(
    moving: Sequence[Waiting], places: Places, *, today: date, rules: PriorityRules
) -> list[tuple[Waiting, Way]]:
    choices: list[list[Option]] = []
    ways: list[list[Way]] = []
    for one in moving:
        options, of_options = [], []
        whoever = priority(one.standing, rules)
        for way in one.ways:
            points = whoever - cost(one, way, today=today, rules=rules)
            options.append(Option(way.test, way.exam, points))
            of_options.append(way)
            if places.extra.get(way.exam):
                dearer = points - rules.points.extra_place
                options.append(Option(way.test, _Extra(way.exam), dearer))
                of_options.append(way)
        choices.append(options)
        ways.append(of_options)
    capacity: dict[Hashable, int] = dict(places.places)
    capacity.update({_Extra(group): count for group, count in places.extra.items()})
    return [
        (one, of_options[index])
        for one, of_options, index in zip(moving, ways, choose(choices, capacity), strict=True)
        if index is not None
    ]


def _extras_named(found: Sequence[tuple[Waiting, Way]], places: Places) -> dict[Hashable, Placed]:
    """Return everybody placed; in a group too full, those with the most days left are extra.

    ``found`` stands in the order of priority, so of two with as many days left the later is extra.
    """
    sharing: dict[Hashable, list[tuple[int, Waiting]]] = defaultdict(list)
    for place, (one, way) in enumerate(found):
        sharing[way.exam].append((place, one))
    over = Counter(
        {
            group: max(0, len(those) - places.places.get(group, 0))
            for group, those in sharing.items()
        }
    )
    extra = {
        one.who
        for group, those in sharing.items()
        for _, one in sorted(those, key=lambda each: (-each[1].standing.days_left, -each[0]))[
            : over[group]
        ]
    }
    return {one.who: Placed(one, way, extra=one.who in extra) for one, way in found}
