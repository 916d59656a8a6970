"""The choice of the night: one visit each where that is all, test and examination together else."""

from collections.abc import Hashable, Mapping, Sequence

from patency.core.booking.assign import Option, assign


def choose(
    choices: Sequence[Sequence[Option]], capacity: Mapping[Hashable, int]
) -> list[int | None]:
    """Return for each woman the index of the option she gets, or None; the greatest sum of worth.

    ``capacity`` names the places of each group, for tests and examinations alike.
    """
    return assign(choices, capacity)
