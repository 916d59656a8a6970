"""The coming year of one site: the women who wait there now, and those who will be referred.

Women, cycles and luck are drawn once and kept; every change of the site's rules is then played on
them. Who waits now is played with her own last period and her own cycles where she told them, and
as a pretend woman where she did not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import numpy as np

from patency.core.booking.rank import PriorityRules
from patency.core.protocol.rulebook import Rulebook
from patency.core.study.advice import Figures, figures
from patency.core.study.by_protocol import ByProtocol
from patency.core.study.opening import (
    AS_IT_IS,
    OPENING_CHANGES,
    Change,
    Hours,
    Opening,
    changes_anything,
    clinical_changes,
    opening,
)
from patency.core.study.simulation.day_rules import Known, Rule, days_of
from patency.core.study.simulation.rolling import play_rolling
from patency.core.study.simulation.world import Days, Turn, Woman, World, check
from patency.synthetic.clinic import Scenario
from patency.synthetic.women import SHORTEST, Population

# The world begins before today, so that a cycle that is running has its first days; closed days.
LEAD, YEAR, TAIL = 45, 365, 120
DAYS = LEAD + YEAR + TAIL
ASKED = 2_000  # women after whom a protocol is asked little that is new
TURNS = 1 + (YEAR + TAIL) // 24
REMEMBERED = 6
USUAL_BLEEDING = 5
OWN_CYCLES = 2  # from so many on, her coming cycles are drawn from her own
AT_LEAST_BEFORE_NEXT = 9  # days from ovulation to the next period, at least
SURGE_BEFORE_OVULATION = 1  # day; a test for LH is positive a day before


@dataclass(frozen=True, slots=True)
class OwnWoman:
    """A woman who waits at the site now: what she told, and nothing that names her."""

    period_start: date | None
    bleeding_days: int | None
    """Of the running cycle; None while she bleeds, or where it was not told."""
    test_passed: bool
    lengths: tuple[int, ...]
    """Her whole cycles, in days."""
    bleedings: tuple[int, ...]
    shortest_told: int | None
    days_waited: int


@dataclass(frozen=True, slots=True)
class OwnClinic:
    """A site as advice sees it."""

    hours: Hours
    today: date
    women: tuple[OwnWoman, ...]
    referrals_a_day: float
    """New women on a day on which the clinic is open."""
    visit_minutes: int
    exam_minutes: int


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One woman with all that chance has in store, before any rule is asked."""

    referred: int
    start: int
    lengths: tuple[int, ...]
    bleedings: tuple[int, ...]
    ovulations: tuple[int, ...]
    """Days of the cycle, the first is 1."""
    passes: tuple[bool, ...]
    shows: tuple[bool, ...]
    usual_bleeding: int
    shortest: int | None
    tested: bool
    """Whether the test is passed already in the first of these cycles."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A change, and the days of a cycle under it were everything open."""

    change: Change
    rule: Rule


def play(
    clinic: OwnClinic,
    rules: Sequence[Rules],
    population: Population,
    ranking: PriorityRules,
    seed: int,
) -> Iterator[tuple[Change, Figures]]:
    """Yield what each change means in one playing of the year; the first must be none at all.

    The same seed gives the same women, whatever the changes.
    """
    chance = np.random.default_rng([seed, clinic.today.toordinal()])
    first_day = clinic.today - timedelta(days=LEAD)
    now = opening(clinic.hours, AS_IT_IS, first_day, DAYS)
    drawn = [
        *_own(clinic, population, chance),
        *_referred(clinic, now, population, chance),
    ]
    possible = _possible(drawn, rules[0].rule)
    for one in rules:
        days = opening(clinic.hours, one.change, first_day, DAYS)
        world = _world(drawn, days, one)
        played = play_rolling(world, ranking)
        check(world, played)
        yield one.change, figures(world, played, possible, extra_hours=_hours(clinic, now, days))


# ---------------------------------------------------------------- who comes


def _own(
    clinic: OwnClinic, population: Population, chance: np.random.Generator
) -> Iterator[_Drawn]:
    """Yield the women who wait now, each with her own cycles as far as she told them."""
    count = len(clinic.women)
    if not count:
        return
    pretend = population.draw(count, REMEMBERED + TURNS, chance)
    phase, coins = chance.random(count), _coins(count, chance)
    for row, woman in enumerate(clinic.women):
        lengths = pretend.length[row].copy()
        bleedings = pretend.bleeding[row].copy()
        luteal = lengths - pretend.ovulation[row]
        if len(woman.lengths) >= OWN_CYCLES:
            lengths = chance.choice(woman.lengths, REMEMBERED + TURNS)
        if len(woman.bleedings) >= OWN_CYCLES:
            bleedings = chance.choice(woman.bleedings, REMEMBERED + TURNS)
        lengths, bleedings = lengths[REMEMBERED:], bleedings[REMEMBERED:]
        since = None if woman.period_start is None else (clinic.today - woman.period_start).days
        if since is not None and 0 <= since < LEAD:
            start = LEAD - since
            # No new period has begun up to today.
            lengths[0] = max(int(lengths[0]), since + 1)
            if woman.bleeding_days is not None:
                bleedings[0] = woman.bleeding_days
            else:
                bleedings[0] = max(int(bleedings[0]), 1)
        else:
            start = LEAD + 1 + int(phase[row] * lengths[0])
        lengths = np.maximum(lengths, SHORTEST)
        ovulations = np.maximum(lengths - np.maximum(luteal[REMEMBERED:], AT_LEAST_BEFORE_NEXT), 6)
        told = (*woman.lengths[-REMEMBERED:], *filter(None, (woman.shortest_told,)))
        yield _Drawn(
            referred=LEAD - min(woman.days_waited, LEAD),
            start=start,
            lengths=tuple(lengths.tolist()),
            bleedings=tuple(bleedings.tolist()),
            ovulations=tuple(ovulations.tolist()),
            passes=tuple(coins[0][row].tolist()),
            shows=tuple(coins[1][row].tolist()),
            usual_bleeding=round(median(woman.bleedings)) if woman.bleedings else USUAL_BLEEDING,
            shortest=min(told, default=None),
            tested=woman.test_passed and start <= LEAD,
        )


def _referred(
    clinic: OwnClinic, now: Opening, population: Population, chance: np.random.Generator
) -> Iterator[_Drawn]:
    """Yield the pretend women referred on the open days from tomorrow on, a year and after."""
    is_open = np.array(now.visit_open[LEAD + 1 :])
    arrivals = chance.poisson(clinic.referrals_a_day, len(is_open)) * is_open
    referred = (np.repeat(np.arange(len(is_open)), arrivals) + LEAD + 1).tolist()
    count = len(referred)
    drawn = population.draw(count, REMEMBERED + 1 + TURNS, chance)
    told, phase = chance.integers(0, REMEMBERED + 1, count), chance.random(count)
    coins = _coins(count, chance)
    for row, day in enumerate(referred):
        before = drawn.bleeding[row, REMEMBERED - int(told[row]) : REMEMBERED].tolist()
        coming = slice(REMEMBERED + 1, None)
        yield _Drawn(
            referred=day,
            start=day + 1 + int(phase[row] * drawn.length[row, REMEMBERED]),
            lengths=tuple(drawn.length[row, coming].tolist()),
            bleedings=tuple(drawn.bleeding[row, coming].tolist()),
            ovulations=tuple(drawn.ovulation[row, coming].tolist()),
            passes=tuple(coins[0][row].tolist()),
            shows=tuple(coins[1][row].tolist()),
            usual_bleeding=round(median(before)) if before else USUAL_BLEEDING,
            shortest=int(drawn.length[row, :REMEMBERED].min()),
            tested=False,
        )


def _coins(count: int, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return whether her test passes and whether she comes, cycle by cycle."""
    usual = Scenario(capacity=1, load=1.0)
    return (
        chance.random((count, TURNS)) >= usual.fails,
        chance.random((count, TURNS)) >= usual.misses,
    )


# ---------------------------------------------------------------- under a change


def _cycles(one: _Drawn) -> Iterator[tuple[int, int, int]]:
    """Yield the number of each of her cycles in the world, its first day and the next one's."""
    start = one.start
    for number, length in enumerate(one.lengths):
        if start >= DAYS:
            return
        yield number, start, start + length
        start += length


def _possible(drawn: Sequence[_Drawn], rule: Rule) -> list[int | None]:
    """Return the first cycle in which a clinic that is open every day examines her, if any.

    Open every day from tomorrow on, with room for everyone, by the rules as they are.
    """
    from_tomorrow = [day > LEAD for day in range(DAYS)]
    always = [True] * DAYS
    found: list[int | None] = []
    for one in drawn:
        visits = always if one.tested else from_tomorrow
        found.append(
            next(
                (
                    number
                    for number, start, following in _cycles(one)
                    if one.passes[number]
                    and one.shows[number]
                    and days_of(
                        rule(Known(one.bleedings[number], one.shortest)),
                        start,
                        from_tomorrow,
                        visits if number == 0 else from_tomorrow,
                        before=following,
                    ).exam
                ),
                None,
            )
        )
    return found


def _world(drawn: Sequence[_Drawn], days: Opening, rules: Rules) -> World:
    exams = [places > 0 and day > LEAD for day, places in enumerate(days.exam_places)]
    visits = [is_open and day > LEAD for day, is_open in enumerate(days.visit_open)]
    return World(
        name=rules.change.key,
        first_day=days.first_day,
        exam_places=tuple(
            places if day > LEAD else 0 for day, places in enumerate(days.exam_places)
        ),
        visit_open=tuple(visits),
        women=tuple(_woman(one, rules, exams, visits, list(days.visit_open)) for one in drawn),
        measured=range(LEAD + YEAR),
        show_share=1 - Scenario(capacity=1, load=1.0).misses,
    )


def _woman(
    one: _Drawn, rules: Rules, exams: list[bool], visits: list[bool], before: list[bool]
) -> Woman:
    late = rules.change.looks_for_ovulation
    shortest = None if late else one.shortest
    turns = []
    for number, start, following in _cycles(one):
        tested_on = before if one.tested and number == 0 else visits
        bleeding = one.bleedings[number]
        ovulation = start + one.ovulations[number] - 1
        expected = rules.rule(Known(one.usual_bleeding, shortest))
        true = days_of(
            rules.rule(Known(bleeding, shortest)), start, exams, tested_on, before=following
        )
        turns.append(
            Turn(
                start=start,
                bleeding_days=bleeding,
                ovulation=ovulation,
                passes=one.passes[number],
                shows=one.shows[number],
                true=_before(ovulation - SURGE_BEFORE_OVULATION, true) if late else true,
                expected=days_of(expected, start, exams, tested_on, before=following),
            )
        )
    return Woman(one.referred, False, one.usual_bleeding, tuple(turns))


def _before(surge: int, days: Days) -> Days:
    """Return the days of the examination that lie before the test for LH shows the surge."""
    left = tuple(day for day in days.exam if day < surge)
    return Days(left, days.first_test if left else None)


def _hours(clinic: OwnClinic, now: Opening, days: Opening) -> float:
    """Return the hours of work of the added visit days and the added examinations, in a year."""
    year = slice(LEAD + 1, LEAD + 1 + YEAR)
    added_days = sum(days.visit_open[year]) - sum(now.visit_open[year])
    added_exams = sum(days.exam_places[year]) - sum(now.exam_places[year])
    open_places = [places for places in now.exam_places[year] if places]
    a_day = sum(open_places) / max(1, len(open_places)) * clinic.visit_minutes / 60
    return added_days * a_day + added_exams * clinic.exam_minutes / 60


# ---------------------------------------------------------------- all changes


def rules_of(book: Rulebook, clinic: OwnClinic) -> tuple[Rules, ...]:
    """Return every change worth playing at a site, the site as it is first.

    Changes that open nothing the site does not have, or that the protocol's ranges forbid, are
    left out.
    """
    now = opening(clinic.hours, AS_IT_IS, clinic.today, YEAR)
    changes = [
        AS_IT_IS,
        *(
            change
            for change in (*OPENING_CHANGES, *clinical_changes(book.protocol, book.parameters))
            if changes_anything(clinic.hours, change, now)
        ),
    ]
    asked: dict[tuple[tuple[str, int], ...], ByProtocol] = {}
    for change in changes:
        if change.values not in asked:
            values = {**book.local, **dict(change.values)}
            asked[change.values] = ByProtocol(book.protocol, tuple(values.items()))
    return tuple(Rules(change, asked[change.values]) for change in changes)


def learn(rules: Sequence[Rules], population: Population) -> None:
    """Ask each protocol beforehand what most women ask, so that no worker asks it again."""
    drawn = population.draw(ASKED, REMEMBERED + 1, np.random.default_rng(0))
    pairs = set(
        zip(
            drawn.bleeding[:, REMEMBERED].tolist(),
            drawn.length[:, :REMEMBERED].min(axis=1).tolist(),
            strict=True,
        )
    )
    for one in rules:
        if isinstance(one.rule, ByProtocol):
            late = one.change.looks_for_ovulation
            one.rule.learn(
                Known(bleeding, None if late else shortest) for bleeding, shortest in pairs
            )


def play_once(
    clinic: OwnClinic,
    rules: Sequence[Rules],
    population: Population,
    ranking: PriorityRules,
    seed: int,
) -> list[tuple[Change, Figures]]:
    """Return one playing of the year under every change: the piece of work of one worker."""
    return list(play(clinic, rules, population, ranking, seed))
