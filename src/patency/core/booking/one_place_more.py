"""What one place more would have changed tonight: for whom, and where."""

from collections import defaultdict
from collections.abc import Hashable, Mapping

from patency.core.booking.tonight import Night, Places, tonight
from patency.core.booking.two_visits import AnyOf


def one_place_more(night: Night) -> Mapping[Hashable, tuple[Hashable, ...]]:
    """Return the groups of places where one more would have helped, for each woman it would help.

    Helped is who then has a day at all, or an earlier one. The whole list is decided again with
    the one place more, so a place on a day that is not hers may help her too: it lets another
    woman make room. Groups that have free places tonight are left out; one more changes nothing.
    """
    waiting = [one.waiting for one in night.placed.values()]
    waiting += [one.waiting for one in night.not_placed.values()]
    helped: dict[Hashable, list[Hashable]] = defaultdict(list)
    for group in _full(night):
        places = {**night.places.places, group: night.places.places[group] + 1}
        again = tonight(
            waiting, Places(places, night.places.extra), today=night.today, rules=night.rules
        )
        for who in _better_off(night, again):
            helped[who].append(group)
    return {who: tuple(groups) for who, groups in helped.items()}


def _full(night: Night) -> list[Hashable]:
    """Return the groups that may be full: where a way leaves the choice of group, all of them."""
    taken: dict[Hashable, int] = defaultdict(int)
    perhaps: set[Hashable] = set()
    for one in night.placed.values():
        for visit in () if one.waiting.firm else (one.way.exam, one.way.test):
            if isinstance(visit, AnyOf):
                perhaps |= set(visit.places)
            else:
                taken[visit] += 1
    return [
        group
        for group, places in night.places.places.items()
        if group in perhaps or taken[group] >= places
    ]


def _better_off(before: Night, after: Night) -> list[Hashable]:
    return [
        who
        for who, one in after.placed.items()
        if (was := before.placed.get(who)) is None or one.way.day < was.way.day
    ]
