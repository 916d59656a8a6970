"""A pretend clinic over some hundred days: its calendar, its places, the women referred to it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from patency.core.study.simulation.day_rules import Known, Rule, Shape, days_of
from patency.core.study.simulation.world import Turn, Woman, World
from patency.synthetic.women import Cycles, Population

FIRST_DAY = date(2024, 1, 1)  # a Monday
DAYS_PLAYED = 800
MEASURED_FROM, MEASURED_TO = 180, DAYS_PLAYED - 190
TURNS = 14
REMEMBERED = 6
IRREGULAR_DELAY_DAYS = 6.0
# Six blocks a year, 1 + 8 + 3 + 5 + 3 + 8 days, as (month, day, length): a year in China.
HOLIDAYS = ((1, 1, 1), (2, 10, 8), (4, 4, 3), (5, 1, 5), (6, 8, 3), (10, 1, 8))
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a pretend clinic is like."""

    capacity: int
    """Examinations on each open day."""
    load: float
    """Referrals over places, in the mean, before anything is wasted."""
    fails: float = 0.10
    """The share of cycles in which the test does not pass."""
    misses: float = 0.05
    """The share of cycles in which she does not come on the day she is given."""
    irregular: float = 0.0
    """The share of women whose ovulation comes late by a random delay of 6 days in the mean."""
    on_call: float = 0.0
    """The share of cycles in which she can come at once when a place stays empty."""
    days: int = DAYS_PLAYED


def closed_for_holidays(first_day: date, days: int) -> set[int]:
    """Return the days that lie in a holiday block, counted from ``first_day``."""
    found = set()
    for year in range(first_day.year, (first_day + timedelta(days=days)).year + 1):
        for month, day, length in HOLIDAYS:
            begins = (date(year, month, day) - first_day).days
            found |= set(range(begins, begins + length))
    return found


def draw_world(
    name: str,
    rule: Rule,
    scenario: Scenario,
    population: Population,
    chance: np.random.Generator,
    *,
    asks_shortest_cycle: bool = False,
    looks_for_ovulation: bool = False,
) -> World:
    """Return a clinic and its women. The same ``chance`` gives the same women, whatever the rule.

    Open are Monday to Friday outside holidays, for tests and examinations alike. Referrals come
    on open days, at a random moment of a cycle. Each woman remembers up to six cycles; her usual
    bleeding is their median.
    """
    closed = closed_for_holidays(FIRST_DAY, scenario.days)
    is_open = [
        (FIRST_DAY + timedelta(days=day)).weekday() < SATURDAY and day not in closed
        for day in range(scenario.days)
    ]
    women = _women(is_open, scenario, population, chance, _remembered(rule), asks_shortest_cycle)
    if looks_for_ovulation:
        women = [_seen(woman) for woman in women]
    return World(
        name=name,
        first_day=FIRST_DAY,
        exam_places=tuple(scenario.capacity * each for each in is_open),
        visit_open=tuple(is_open),
        women=tuple(women),
        measured=range(MEASURED_FROM, scenario.days - (DAYS_PLAYED - MEASURED_TO)),
        show_share=1 - scenario.misses,
    )


def _remembered(rule: Rule) -> Callable[[Known], Shape]:
    """Return the rule, asked once for each thing it may be asked."""
    answers: dict[Known, Shape] = {}

    def answer(known: Known) -> Shape:
        if known not in answers:
            answers[known] = rule(known)
        return answers[known]

    return answer


def _women(
    is_open: Sequence[bool],
    scenario: Scenario,
    population: Population,
    chance: np.random.Generator,
    rule: Callable[[Known], Shape],
    asks_shortest_cycle: bool,
) -> list[Woman]:
    referrals = chance.poisson(scenario.load * scenario.capacity, len(is_open)) * np.array(is_open)
    referred = np.repeat(np.arange(len(is_open)), referrals)
    count, all_cycles = len(referred), REMEMBERED + 1 + TURNS
    drawn = population.draw(count, all_cycles, chance)
    irregular = chance.random(count) < scenario.irregular
    delay = np.rint(chance.exponential(IRREGULAR_DELAY_DAYS, (count, all_cycles))).astype(int)
    delay *= irregular[:, None]
    cycles = Cycles(drawn.length + delay, drawn.bleeding, drawn.ovulation + delay)
    told = chance.integers(0, REMEMBERED + 1, count)
    phase = chance.random(count)
    passes = chance.random((count, TURNS)) >= scenario.fails
    shows = chance.random((count, TURNS)) >= scenario.misses
    reachable = chance.random((count, TURNS)) < scenario.on_call
    shortest = [_shortest(cycles, one) if asks_shortest_cycle else None for one in range(count)]
    usual = [_usual_bleeding(cycles.bleeding[one], int(told[one])) for one in range(count)]
    chances: dict[Known, float] = {}
    for known in set(map(Known, usual, shortest)):
        chances[known] = _chance_of_a_day(known, rule)
    return [
        Woman(
            referred=int(referred[one]),
            irregular=bool(irregular[one]),
            usual_bleeding_days=usual[one],
            turns=tuple(
                _turns(
                    int(referred[one] + 1 + phase[one] * cycles.length[one, REMEMBERED]),
                    _Own(cycles, one, usual[one], shortest[one]),
                    (passes[one], shows[one], reachable[one]),
                    is_open,
                    rule,
                )
            ),
            next_chance=chances[Known(usual[one], shortest[one])],
        )
        for one in range(count)
    ]


def _chance_of_a_day(usual: Known, rule: Callable[[Known], Shape]) -> float:
    """Return the chance that a cycle has a day, begun on any weekday, bleeding about as usual.

    She bleeds as usual in half of her cycles, a day less or more in a quarter each; the clinic is
    open from Monday to Friday. Holidays are left out: nobody knows yet where her cycles fall.
    """
    week = [day % 7 < SATURDAY for day in range(7 * 8)]
    chance = 0.0
    for more, share in ((-1, 0.25), (0, 0.5), (1, 0.25)):
        shape = rule(Known(max(1, usual.bleeding_days + more), usual.shortest_cycle))
        begun = [bool(days_of(shape, weekday, week, week).exam) for weekday in range(7)]
        chance += share * sum(begun) / len(begun)
    return chance


@dataclass(frozen=True, slots=True)
class _Own:
    """One woman's row."""

    cycles: Cycles
    row: int
    usual_bleeding: int
    shortest: int | None


def _usual_bleeding(bleeding: np.ndarray, told: int) -> int:
    """Return the median of the cycles she remembers; of none, the usual five days."""
    if not told:
        return 5
    return int(np.rint(np.median(bleeding[REMEMBERED - told : REMEMBERED])))


def _shortest(cycles: Cycles, row: int) -> int:
    """Return her shortest of the last six cycles; every woman is asked for it."""
    return int(cycles.length[row, :REMEMBERED].min())


def _turns(
    start: int,
    own: _Own,
    coins: tuple[np.ndarray, np.ndarray, np.ndarray],
    is_open: Sequence[bool],
    rule: Callable[[Known], Shape],
) -> Iterator[Turn]:
    for turn in range(TURNS):
        cycle = REMEMBERED + 1 + turn
        if start >= len(is_open):
            return
        bleeding = int(own.cycles.bleeding[own.row, cycle])
        next_start = start + int(own.cycles.length[own.row, cycle])
        true = days_of(
            rule(Known(bleeding, own.shortest)), start, is_open, is_open, before=next_start
        )
        usual = rule(Known(own.usual_bleeding, own.shortest))
        yield Turn(
            start=start,
            bleeding_days=bleeding,
            ovulation=start + int(own.cycles.ovulation[own.row, cycle]) - 1,
            passes=bool(coins[0][turn]),
            shows=bool(coins[1][turn]),
            reachable=bool(coins[2][turn]),
            true=true,
            expected=days_of(usual, start, is_open, is_open, before=next_start),
        )
        start = next_start


def _seen(woman: Woman) -> Woman:
    """Return the woman in a clinic that turns her away once she has ovulated."""
    turns = tuple(replace(each, seen_ovulated_from=each.ovulation) for each in woman.turns)
    return replace(woman, turns=turns)
