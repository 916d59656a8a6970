"""A trial of policies on pretend clinics, one draw at a time: many can be played at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass

import numpy as np

from patency.core.booking.rank import PriorityRules
from patency.core.protocol.model import Protocol
from patency.core.protocol.rulebook import rulebook
from patency.core.study.simulation.figures import Place, PolicyKey, Row, rows_of
from patency.core.study.simulation.play import CALLBACK, CLAIRVOYANT, FCFS, MATCH, Outcome, play
from patency.core.study.simulation.rolling import Overbooking
from patency.core.study.simulation.worlds import worlds
from patency.synthetic.clinic import Scenario, draw_world
from patency.synthetic.women import Population

NEEDED = (FCFS, CALLBACK, CLAIRVOYANT)
"""Played whatever was asked: the prize is measured against them."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all draws of a trial share."""

    protocol: Protocol
    """Its days are those of world W5."""
    rules: PriorityRules
    population: Population
    policies: tuple[str, ...]
    overbooking: Mapping[str, Overbooking]
    """As it was asked, and what it means; tried one by one with the policy ``match``."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One pretend clinic to be drawn, and every policy to be played on it."""

    world: str
    scenario: Scenario
    seed: int


class Table:
    """One process of the trial: the setting, with the answers of the protocol it has heard."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.worlds = worlds(rulebook(setting.protocol))

    def played(self, draw: Draw) -> dict[PolicyKey, Outcome]:
        """Return what each policy means on a draw; the same seed draws the same women."""
        kind = self.worlds[draw.world]
        world = draw_world(
            kind.name,
            kind.rule,
            draw.scenario,
            self.setting.population,
            np.random.default_rng(draw.seed),
            asks_shortest_cycle=kind.asks_shortest_cycle,
            looks_for_ovulation=kind.looks_for_ovulation,
        )
        found = {}
        for policy in dict.fromkeys((*NEEDED, *self.setting.policies)):
            if policy == MATCH:
                for asked, overbooking in self.setting.overbooking.items():
                    found[policy, asked] = play(world, policy, self.setting.rules, overbooking)
            else:
                found[policy, ""] = play(world, policy, self.setting.rules)
        return found


_TABLES: list[Table] = []  # one in each process: a rulebook cannot be handed from one to another


def sit_down(setting: Setting) -> None:
    """Make this process ready to play draws of a setting."""
    _TABLES[:] = [Table(setting)]


def play_draw(draw: Draw) -> tuple[Draw, dict[PolicyKey, Outcome]]:
    """Return a draw with what each policy means on it, in a process that has sat down."""
    return draw, _TABLES[0].played(draw)


def all_draws(names: Sequence[str], scenarios: Sequence[Scenario], seeds: int) -> tuple[Draw, ...]:
    """Return every draw of a trial, world by world in the order given."""
    return tuple(
        Draw(name, scenario, seed)
        for name in names
        for scenario in scenarios
        for seed in range(seeds)
    )


def run_trial(
    draws: Sequence[Draw], hands: Executor
) -> Iterator[tuple[Draw, dict[PolicyKey, Outcome]]]:
    """Yield each draw with its outcomes as they come in; the workers have sat down before."""
    waiting: list[Future[tuple[Draw, dict[PolicyKey, Outcome]]]] = [
        hands.submit(play_draw, draw) for draw in draws
    ]
    for done in as_completed(waiting):
        yield done.result()


def rows_of_trial(
    draws: Sequence[Draw],
    found: Mapping[Draw, Mapping[PolicyKey, Outcome]],
    policies: Sequence[str],
) -> list[Row]:
    """Return the rows of the policies that were asked, in that order, scenario by scenario."""
    together: dict[tuple[str, Scenario], list[Mapping[PolicyKey, Outcome]]] = defaultdict(list)
    for draw in draws:
        together[draw.world, draw.scenario].append(found[draw])
    return [
        row
        for (world, one), outcomes in together.items()
        for row in sorted(
            rows_of(Place(world, one.capacity, one.load, one.irregular, one.on_call), outcomes),
            key=lambda row: policies.index(row.policy) if row.policy in policies else 0,
        )
        if row.policy in policies
    ]
