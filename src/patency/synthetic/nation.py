"""A nation of pretend clinics, each planned on its own: who does the work is the caller's choice.

One clinic's night asks nothing of another's, so a nation is as many nights as it has clinics,
shared out over whatever ``concurrent.futures.Executor`` is handed in: processes of this machine, or
a cluster's. The same numbers give the same plans, whoever works.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from datetime import date

import numpy as np

from patency.core.booking.clinic_night import plan_clinic
from patency.core.booking.rank import PriorityRules
from patency.core.study.by_protocol import ByProtocol
from patency.core.study.simulation.day_rules import Known
from patency.synthetic.waiting_list import REMEMBERED, draw_night, waiting_of
from patency.synthetic.women import Population


@dataclass(frozen=True, slots=True)
class Nation:
    """What all clinics share, and how large each is."""

    rule: ByProtocol
    population: Population
    rules: PriorityRules
    today: date
    women: int
    """Who wait at each clinic with days left in this cycle."""
    exams_a_day: int
    seed: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of one clinic's night."""

    clinic: int
    women: int
    options: int
    """Ways to examine them, counted before anybody has a place."""
    given: int
    points: float
    gap: float
    """How far the plan may be from the best there is, as a fraction; proved."""
    seconds: float
    """What it took to work out everybody's ways and to plan; drawing the women is left out."""


def plan_one(nation: Nation, clinic: int, clock: Callable[[], float]) -> Planned:
    """Return what becomes of one clinic's night; ``clock`` gives seconds from any beginning."""
    night = draw_night(
        nation.rule,
        nation.population,
        nation.rules,
        np.random.default_rng([nation.seed, clinic]),
        today=nation.today,
        women=nation.women,
        exams_a_day=nation.exams_a_day,
    )
    begun = clock()
    waiting = waiting_of(night, nation.rules)
    plan = plan_clinic(waiting, night.hours, today=night.today, rules=nation.rules)
    return Planned(
        clinic=clinic,
        women=len(waiting),
        options=sum(len(one.ways) for one in waiting),
        given=len(plan.given),
        points=plan.points,
        gap=plan.gap,
        seconds=clock() - begun,
    )


def plan_some(nation: Nation, clinics: Sequence[int], clock: Callable[[], float]) -> list[Planned]:
    """Return what becomes of some clinics' nights: the piece of work one worker is handed."""
    return [plan_one(nation, clinic, clock) for clinic in clinics]


def plan_nation(
    nation: Nation,
    clinics: int,
    workers: Executor,
    clock: Callable[[], float],
    *,
    at_once: int = 25,
) -> Iterator[list[Planned]]:
    """Yield every clinic's night, ``at_once`` clinics together, in the order they are done."""
    handed_out = [
        workers.submit(plan_some, nation, range(first, min(first + at_once, clinics)), clock)
        for first in range(0, clinics, at_once)
    ]
    for done in as_completed(handed_out):
        yield done.result()


def learn(nation: Nation, *, women: int) -> None:
    """Ask the protocol beforehand what nearly every woman asks, so that no worker asks it again."""
    cycles = nation.population.draw(women, REMEMBERED + 1, np.random.default_rng([nation.seed]))
    bleeding = cycles.bleeding[:, REMEMBERED].tolist()
    shortest = cycles.length[:, :REMEMBERED].min(axis=1).tolist()
    nation.rule.learn(Known(*both) for both in zip(bleeding, shortest, strict=True))
