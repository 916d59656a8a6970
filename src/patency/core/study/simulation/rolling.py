"""The booking engine at work: a tentative day from day 1, the whole list decided anew every night.

The very functions the clinic books with decide here: ``tonight`` for the list, ``overbook`` for
how many may be invited. What is simulated is only what women and days bring.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from patency.core.booking.overbook import extra_places
from patency.core.booking.rank import PriorityRules, Standing, ovulated_by, priority
from patency.core.booking.tonight import Placed, Places, Waiting, Way, tonight
from patency.core.study.simulation.world import Examined, Played, Turn, World


@dataclass(frozen=True, slots=True)
class Overbooking:
    """What a site chose about inviting more women than there are places.

    Extra places cost points, so the list takes one only where a woman would lose her cycle.
    """

    most: int = 0
    """So many more on a day at most."""
    alpha: float = 0.0
    """Or: as many more as keep the chance that too many come at most this."""


@dataclass(slots=True)
class _Clinic:
    """The clinic from one night to the next."""

    world: World
    rules: PriorityRules
    played: Played
    dates: Sequence[date]
    waiting: dict[int, int] = field(default_factory=dict)
    """Woman to the turn she waits in."""
    held: dict[int, Way] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    ways: dict[tuple[int, bool], tuple[Way, ...]] = field(default_factory=dict)

    def turn(self, number: int) -> Turn:
        """Return the turn a woman waits in."""
        return self.world.women[number].turns[self.waiting[number]]


def play_rolling(
    world: World, rules: PriorityRules, overbooking: Overbooking = Overbooking()
) -> Played:
    """Return what happens to everybody when the list is decided anew every night.

    On the day, a place that stays empty is offered to women who can come at once and have the
    day. Women invited beyond the places go home if all come; while they have days left they wait
    on, and lose no cycle by it.
    """
    count = len(world.women)
    dates = [world.first_day + timedelta(days=day) for day in range(world.length + 30)]
    clinic = _Clinic(world, rules, Played([None] * count), dates, refused=[0] * count)
    starts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, woman in enumerate(world.women):
        for index, turn in enumerate(woman.turns):
            starts[turn.start].append((number, index))
    invited: list[Placed] = []
    for today in range(world.length):
        if world.exam_places[today]:
            _day(clinic, today, invited)
            invited = []
        for number, index in starts.pop(today, ()):
            if clinic.played.examined[number] is None:
                clinic.waiting[number] = index
        _strike(clinic, today)
        if today + 1 < world.length and world.exam_places[today + 1]:
            invited = _night(clinic, today, overbooking)
    return clinic.played


def _night(clinic: _Clinic, today: int, overbooking: Overbooking) -> list[Placed]:
    """Decide the whole list, and return who is invited for tomorrow."""
    listed = [
        one for number in clinic.waiting if (one := _listed(clinic, number, today)) is not None
    ]
    if not listed:
        return []
    last = max(one.ways[-1].day for one in listed)
    ahead = [
        day
        for day in range(today + 1, (last - clinic.world.first_day).days + 1)
        if clinic.world.exam_places[day]
    ]
    free: dict[Hashable, int] = {clinic.dates[day]: clinic.world.exam_places[day] for day in ahead}
    extra: dict[Hashable, int] = {
        clinic.dates[day]: _extra(clinic, day, overbooking) for day in ahead
    }
    night = tonight(
        listed,
        Places(free, {day: more for day, more in extra.items() if more}),
        today=clinic.dates[today],
        rules=clinic.rules,
    )
    for number, placed in night.placed.items():
        assert isinstance(number, int)
        clinic.played.moves += placed.moved
        clinic.held[number] = placed.way
    tomorrow = clinic.dates[today + 1]
    return [placed for placed in night.placed.values() if placed.way.day == tomorrow]


def _extra(clinic: _Clinic, day: int, overbooking: Overbooking) -> int:
    if overbooking.most:
        return overbooking.most
    if not overbooking.alpha:
        return 0
    places = clinic.world.exam_places[day]
    return extra_places(clinic.world.show_share, places, alpha=overbooking.alpha)


def _listed(clinic: _Clinic, number: int, today: int) -> Waiting | None:
    """Return a woman as the list knows her tonight, or nothing while she has no day to be given.

    Tomorrow is only for women whose bleeding has ended and whose test has passed; later days are
    tentative, by the end of bleeding as it is known or expected.
    """
    turn, woman = clinic.turn(number), clinic.world.women[number]
    ended = today > turn.bleeding_ends
    days = turn.true if ended else turn.expected
    tested = ended and days.first_test is not None and days.first_test <= today
    soonest = today + 1 if tested else today + 2
    ways = tuple(
        way for way in _ways(clinic, number, turn, ended=ended) if way.day >= clinic.dates[soonest]
    )
    if not ways:
        return None
    standing = Standing(
        refused=clinic.refused[number],
        days_left=len(ways) - 1,
        days_waited=today - woman.referred,
        next_chance=woman.next_chance,
    )
    return Waiting(number, standing, ways, held=clinic.held.get(number))


def _ways(clinic: _Clinic, number: int, turn: Turn, *, ended: bool) -> tuple[Way, ...]:
    key = (number, ended)
    if key not in clinic.ways:
        bleeding_ends = (
            turn.bleeding_ends
            if ended
            else turn.start + clinic.world.women[number].usual_bleeding_days - 1
        )
        days = turn.true if ended else turn.expected
        clinic.ways[key] = tuple(
            Way(
                exam=clinic.dates[day],
                day=clinic.dates[day],
                ovulated=ovulated_by(day - bleeding_ends, clinic.rules),
            )
            for day in days.exam
        )
    return clinic.ways[key]


def _strike(clinic: _Clinic, today: int) -> None:
    """Take off the list whose test has failed, and whose days are over."""
    for number in list(clinic.waiting):
        turn = clinic.turn(number)
        if today <= turn.bleeding_ends:
            continue
        days = turn.true
        failed = days.first_test is not None and days.first_test <= today and not turn.passes
        if failed:
            _leave(clinic, number)
        elif not days.exam or days.exam[-1] <= today:
            if days.exam:
                clinic.refused[number] += 1
                clinic.played.refusals += 1
            _leave(clinic, number)


def _leave(clinic: _Clinic, number: int) -> None:
    del clinic.waiting[number]
    clinic.held.pop(number, None)
    clinic.ways.pop((number, True), None)
    clinic.ways.pop((number, False), None)


def _day(clinic: _Clinic, today: int, invited: Sequence[Placed]) -> None:
    """Examine who comes, send home who finds no place, and call whoever can come at once."""
    places = clinic.world.exam_places[today]
    came: list[Placed] = []
    for placed in invited:
        number = placed.waiting.who
        assert isinstance(number, int)
        if clinic.turn(number).shows and clinic.turn(number).works_on(today):
            came.append(placed)
        else:
            _leave(clinic, number)
    # Who has the most days left goes home first: she loses nothing but the way.
    came.sort(key=lambda one: (one.waiting.standing.days_left, one.extra))
    for placed in came[:places]:
        _examine(clinic, placed.waiting.who, today)
    clinic.played.bumps += max(0, len(came) - places)
    called = _can_come(clinic, today, {placed.waiting.who for placed in came})
    missing = max(0, places - len(came))
    for number in called[:missing]:
        _examine(clinic, number, today)
    clinic.played.wasted += max(0, min(places, len(invited)) - len(came) - len(called[:missing]))


def _examine(clinic: _Clinic, number: object, today: int) -> None:
    assert isinstance(number, int)
    clinic.played.examined[number] = Examined(clinic.waiting[number], today)
    _leave(clinic, number)


def _can_come(clinic: _Clinic, today: int, invited: set[object]) -> list[int]:
    """Return who can come at once today, the first to be called first."""
    found = []
    for number, index in clinic.waiting.items():
        turn = clinic.world.women[number].turns[index]
        tested = turn.true.first_test is not None and turn.true.first_test < today
        if (
            turn.reachable
            and turn.passes
            and turn.shows
            and tested
            and number not in invited
            and today in turn.true.exam
            and turn.works_on(today)
        ):
            left = sum(day > today for day in turn.true.exam)
            standing = Standing(
                refused=clinic.refused[number],
                days_left=left,
                days_waited=today - clinic.world.women[number].referred,
                next_chance=clinic.world.women[number].next_chance,
            )
            found.append((left, -priority(standing, clinic.rules), number))
    return [number for _, _, number in sorted(found)]
