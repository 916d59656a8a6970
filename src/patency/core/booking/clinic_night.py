"""One clinic's night: every woman who waits, her test and her examination, rooms and operators.

What ``tonight`` decides for one visit, decided here for two: the same points, the same women first,
the best plan there is, and proof of it.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from patency.core.booking.assign import Option
from patency.core.booking.rank import PriorityRules, priority
from patency.core.booking.sessions import Timetable
from patency.core.booking.tonight import Waiting, Way, cost
from patency.core.booking.two_visits import AnyOf, plan_two_visits


@dataclass(frozen=True, slots=True)
class BothVisits:
    """What a woman is given tonight."""

    way: Way
    test: str | None
    """The session of her test; None when it is passed already."""
    exam: str
    """The session of her examination."""


@dataclass(frozen=True, slots=True)
class ClinicNight:
    """What one clinic decides tonight."""

    given: Mapping[Hashable, BothVisits]
    refused: Mapping[Hashable, frozenset[str]]
    """Those without a plan in this cycle, and every session in which one more place would have
    given her one, whatever the others have."""
    points: float
    gap: float
    """How far the plan may be from the best there is, as a fraction; proved, not believed."""


def plan_clinic(
    waiting: Sequence[Waiting], hours: Timetable, *, today: date, rules: PriorityRules
) -> ClinicNight:
    """Return who is tested and examined when and in which session, with the most points there are.

    Women with a firm day are left as they are: their places are not in the timetable any more. The
    order of asking is no reason.
    """
    line = sorted(
        ((priority(one.standing, rules), one) for one in waiting if not one.firm),
        key=lambda each: (-each[0], repr(each[1].who)),
    )
    moving = [one for _, one in line]
    choices = [
        [
            Option(way.test, way.exam, points - cost(one, way, today=today, rules=rules))
            for way in one.ways
        ]
        for points, one in line
    ]
    capacity: dict[Hashable, int] = {slug: one.places for slug, one in hours.sessions.items()}
    plan = plan_two_visits(choices, capacity)
    given: dict[Hashable, BothVisits] = {}
    for one, index, places in zip(moving, plan.chosen, plan.places, strict=True):
        if index is not None and places is not None:
            test, exam = places
            given[one.who] = BothVisits(
                one.ways[index], None if test is None else str(test), str(exam)
            )
    for both in given.values():
        capacity[both.exam] -= 1
        if both.test is not None:
            capacity[both.test] -= 1
    return ClinicNight(
        given=given,
        refused={
            one.who: would_have_helped(one.ways, capacity) for one in moving if one.who not in given
        },
        points=plan.worth,
        gap=plan.gap,
    )


def would_have_helped(ways: Sequence[Way], left: Mapping[Hashable, int]) -> frozenset[str]:
    """Return the sessions in which one more place alone would have been enough for her.

    ``left`` are the places nobody has taken.
    """
    found: set[str] = set()
    for way in ways:
        lacking = [
            visit
            for visit in (way.test, way.exam)
            if visit is not None and not any(left.get(place, 0) for place in _places(visit))
        ]
        if len(lacking) == 1:
            found.update(str(place) for place in _places(lacking[0]))
    return frozenset(found)


def _places(visit: Hashable) -> tuple[Hashable, ...]:
    return visit.places if isinstance(visit, AnyOf) else (visit,)
