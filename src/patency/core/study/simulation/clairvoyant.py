"""What could have been done by someone who knew everything beforehand: the bound nobody beats."""

import numpy as np
from ortools.graph.python import min_cost_flow

from patency.core.booking.assign import NotSolved
from patency.core.study.simulation.world import Examined, Played, World

# What it costs to leave a woman out altogether, in cycles: more than any cycle she has.
LEFT_OUT = 1000
# A cycle of a woman who is counted, and of one who is not: of two plans with as few cycles in all,
# the one that is better for those who are counted, so that no policy seems to beat the bound.
COUNTED, NOT_COUNTED = 10_001, 10_000


def play_clairvoyant(world: World) -> Played:
    """Return the examinations with the fewest cycles waited in all; tests and coming are known.

    Every woman of the world is planned at once, over all her cycles and all days, as one
    minimum-cost flow.
    """
    count = len(world.women)
    tails: list[int] = []
    days: list[int] = []
    turns: list[int] = []
    costs: list[int] = []
    for number, woman in enumerate(world.women):
        a_cycle = COUNTED if woman.referred in world.measured else NOT_COUNTED
        for index, turn in enumerate(woman.turns):
            if turn.passes and turn.shows:
                for day in turn.true.exam:
                    if turn.works_on(day):
                        tails.append(number)
                        days.append(day)
                        turns.append(index)
                        costs.append(index * a_cycle)
    sink = count + world.length
    everyone, all_days = np.arange(count), np.arange(world.length)
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([np.array(tails, int), count + all_days, everyone]),
        np.concatenate(
            [
                count + np.array(days, int),
                np.full(world.length, sink),
                np.full(count, sink),
            ]
        ),
        np.concatenate(
            [np.ones(len(tails), int), np.array(world.exam_places), np.ones(count, int)]
        ),
        np.concatenate(
            [
                np.array(costs, int),
                np.zeros(world.length, int),
                np.full(count, LEFT_OUT * COUNTED),
            ]
        ),
    )
    flow.set_nodes_supplies(everyone, np.ones(count, int))
    flow.set_node_supply(sink, -count)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise NotSolved(str(status))
    examined: list[Examined | None] = [None] * count
    for arc in np.flatnonzero(flow.flows(arcs[: len(tails)])):
        examined[tails[arc]] = Examined(turns[arc], days[arc])
    return Played(examined)
