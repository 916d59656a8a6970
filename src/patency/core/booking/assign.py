"""Who gets which place: the choice of options with the greatest sum of worth, one visit each.

One night's list with one visit each is a matching of women with places, and so a minimum-cost flow,
solved exactly. A test and an examination as one plan is a coupled problem: ``two_visits`` solves
it under the same contract, and ``choose`` takes whichever is needed.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from ortools.graph.python import min_cost_flow

# The solver counts in whole numbers: a worth is kept to the millionth.
PARTS_OF_ONE = 1_000_000
# Times the parts, times a thousand women, times what the solver scales by, this still fits 63 bits.
LARGEST_WORTH = 100_000


@dataclass(frozen=True, slots=True)
class Option:
    """One way to examine a woman: a group of places for the test and one for the examination."""

    test: Hashable | None
    """None when the test is passed already, or needs no place."""
    exam: Hashable
    worth: float
    """What it is worth that she is examined this way; an option worth nothing is never chosen."""


class NotSolved(Exception):
    """The solver found no best choice although there always is one: a defect, never a state."""

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The solver of the night's list ended with {status} on a problem that always has an "
            "answer. Nothing was changed: keep the plan of the last night and report this defect."
        )


def assign(
    choices: Sequence[Sequence[Option]], capacity: Mapping[Hashable, int]
) -> list[int | None]:
    """Return for each woman the index of the option she gets, or None; the greatest sum of worth.

    ``capacity`` names the places of each group; a group it does not name has none. Worths are
    compared to the millionth. Raises ``ValueError`` for an option with a place for the test, for
    a worth of more than 100,000, and for a negative capacity.
    """
    groups = {group: number for number, group in enumerate(capacity)}
    if any(places < 0 for places in capacity.values()):
        raise ValueError("A group of places holds fewer than none. Give 0 or more places a group.")
    women: list[int] = []
    places: list[int] = []
    costs: list[int] = []
    indices: list[int] = []
    for woman, options in enumerate(choices):
        for index, option in enumerate(options):
            worth = option.worth
            if option.test is not None or not -LARGEST_WORTH <= worth <= LARGEST_WORTH:
                _refuse(option)
            group = groups.get(option.exam)
            if group is not None and worth > 0:
                women.append(woman)
                places.append(group)
                costs.append(-round(worth * PARTS_OF_ONE))
                indices.append(index)
    found: list[int | None] = [None] * len(choices)
    if not women:
        return found
    taken = _solve(women, places, costs, len(choices), list(capacity.values()))
    for arc in taken:
        found[women[arc]] = indices[arc]
    return found


def _refuse(option: Option) -> NoReturn:
    if option.test is not None:
        raise ValueError(
            "An option asks for a place for the test as well. Solve two visits as one plan: call "
            "choose instead of assign."
        )
    raise ValueError(
        f"An option is worth {option.worth}; allowed is at most {LARGEST_WORTH:,} either way. "
        "Scale all worths down."
    )


def _solve(
    women: list[int], places: list[int], costs: list[int], count: int, capacity: list[int]
) -> list[int]:
    """Return which arcs between women and groups carry a woman in a cheapest flow.

    Nodes: the women, then the groups, then the sink. Every woman may also go straight to the
    sink, at no cost: she is examined in no way.
    """
    sink = count + len(capacity)
    everyone, groups = np.arange(count), np.arange(len(capacity))
    tails = np.concatenate([np.array(women), count + groups, everyone])
    heads = np.concatenate(
        [count + np.array(places), np.full(len(capacity), sink), np.full(count, sink)]
    )
    room = np.concatenate([np.ones(len(women), int), np.array(capacity), np.ones(count, int)])
    cost = np.concatenate([np.array(costs), np.zeros(len(capacity) + count, int)])
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, cost)
    flow.set_nodes_supplies(np.arange(count), np.ones(count, int))
    flow.set_node_supply(sink, -count)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise NotSolved(str(status))
    carried = flow.flows(arcs[: len(women)])
    return [int(arc) for arc in np.flatnonzero(carried)]
