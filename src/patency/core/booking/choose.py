"""The choice of the night: one visit each where that is all, test and examination together else."""

from collections.abc import Hashable, Mapping, Sequence

from patency.core.booking.assign import Option, assign
from patency.core.booking.two_visits import AnyOf, assign_two_visits


def choose(
    choices: Sequence[Sequence[Option]], capacity: Mapping[Hashable, int]
) -> list[int | None]:
    """Return for each woman the index of the option she gets, or None; the greatest sum of worth.

    ``capacity`` names the places of each group, for tests and examinations alike. With nothing but
    single places for the examination it is a flow, which is faster than the coupled problem.
    """
    coupled = any(
        option.test is not None or isinstance(option.exam, AnyOf)
        for options in choices
        for option in options
    )
    return assign_two_visits(choices, capacity) if coupled else assign(choices, capacity)
