"""A test and an examination as one plan: the choice of both visits with the greatest sum of worth.

Each woman takes at most one option, which uses one place for the test and one for the
examination. Two limited places in one choice make the problem harder than a flow, so it is solved
as a linear program by HiGHS. Of very many options most never matter: the program then starts with
each woman's best option for every examination and takes in those that the prices of the places
show to be better, until there is none. The prices also prove, by themselves and in plain sums, how
much any plan could be worth: the answer is never only claimed to be best. Where it holds half a
woman, the same solver makes it whole by branching, among the options that the prices leave a
chance.

Places that are the same to a woman are one option (``AnyOf``), not many; who sits in which of them
is dealt out at the end, which is always possible and checked.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_matrix

from patency.core.booking.assign import NotSolved, Option

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Twice what HiGHS allows itself in a dual price (1e-7), with room for sums of four.
PRICE_TOLERANCE = 1e-6
# Up to here one large program is faster than several small ones; measured on nights of 400 women.
COLUMNS_AT_ONCE = 8_000
WHOLE = 1e-6  # what a share of a woman may differ from none or one
# Branches looked at to make a plan whole. Nights of 400 women need a handful; a bound in branches,
# unlike one in seconds, gives the same plan on every machine.
MOST_BRANCHES = 20_000
NO_PLACE = -1


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any one of several places that are the same to her."""

    places: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class TwoVisits:
    """A plan of one night, what it is worth, and what no plan could be worth more than."""

    chosen: tuple[int | None, ...]
    """For each woman the index of her option, or None."""
    places: tuple[tuple[Hashable | None, Hashable] | None, ...]
    """For each woman her place for the test (None: passed already) and for the examination."""
    worth: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the plan may be from the best there is, as a fraction of the bound."""
        return max(0.0, self.bound - self.worth) / self.bound if self.bound > 0 else 0.0


def assign_two_visits(
    choices: Sequence[Sequence[Option]], capacity: Mapping[Hashable, int]
) -> list[int | None]:
    """Return for each woman the index of the option she gets, or None; the greatest sum of worth.

    The contract of ``assign.assign``, for options that may ask for a place for the test as well.
    """
    return list(plan_two_visits(choices, capacity).chosen)


def plan_two_visits(
    choices: Sequence[Sequence[Option]],
    capacity: Mapping[Hashable, int],
    *,
    at_once: int = COLUMNS_AT_ONCE,
) -> TwoVisits:
    """Return the plan with the greatest sum of worth, with everyone's own places.

    ``capacity`` counts the women each place takes, for the test and the examination alike; a place
    it does not name takes none. A test or exam of an option is such a place, or ``AnyOf`` of them.
    An option worth nothing is never chosen. More options than ``at_once`` are taken in stepwise;
    the worth of the plan does not depend on it. Raises ``ValueError`` for a negative capacity or a
    worth that is no number.
    """
    if any(room < 0 for room in capacity.values()):
        raise ValueError("A place takes fewer women than none. Give 0 or more for each.")
    table = _table(choices, capacity)
    if not len(table.worth):
        return TwoVisits((None,) * len(choices), (None,) * len(choices), 0.0, 0.0)
    taken, bound = _solve(table, at_once)
    chosen: list[int | None] = [None] * len(choices)
    for row in taken:
        chosen[table.woman[row]] = int(table.index[row])
    places = _dealt(table, taken, list(capacity), len(choices))
    return TwoVisits(tuple(chosen), tuple(places), float(table.worth[taken].sum()), bound)


# ---------------------------------------------------------------- the problem in columns


@dataclass(frozen=True, slots=True)
class _Table:
    """Every option as a column; a woman's columns stand together.

    Rows of the program: the women, then the groups of several places, then the places. A group
    of one place is that place.
    """

    woman: Indices
    index: Indices
    """Which of her options it is."""
    test: Indices
    """The row its test takes from; ``NO_PLACE`` without one."""
    exam: Indices
    worth: Floats
    starts: Indices
    """Where each woman's columns begin; women without any are left out."""
    women: int
    groups: tuple[tuple[int, ...], ...]
    """The places of each group of several, as rows."""
    room: Floats
    """Of each row: 1 of a woman, 0 of a group, the places of a place."""


def _table(choices: Sequence[Sequence[Option]], capacity: Mapping[Hashable, int]) -> _Table:
    names = {place: number for number, place in enumerate(capacity) if capacity[place]}
    groups: dict[tuple[int, ...], int] = {}
    known: dict[Hashable, int | None] = {None: NO_PLACE}

    def group_of(place: Hashable) -> int | None:
        """Return a group's number: of a place below 0, of several from 0; None: it has no room."""
        some = place.places if isinstance(place, AnyOf) else (place,)
        there = tuple(sorted({names[one] for one in some if one in names}))
        if len(there) > 1:
            return groups.setdefault(there, len(groups))
        return -2 - there[0] if there else None

    def row_of(place: Hashable) -> int | None:
        if place not in known:
            known[place] = group_of(place)
        return known[place]

    columns: list[tuple[int, int, int, int, float]] = []
    for woman, options in enumerate(choices):
        for index, option in enumerate(options):
            if not abs(option.worth) < np.inf:
                raise ValueError(
                    f"An option is worth {option.worth}, which is no number to add up. Give a "
                    "finite worth."
                )
            test, exam = row_of(option.test), row_of(option.exam)
            if test is not None and exam is not None and option.worth > 0:
                columns.append((woman, index, test, exam, option.worth))
    told = [np.array(column) for column in (zip(*columns, strict=True) if columns else [()] * 5)]
    owners, indices, tests, exams = (column.astype(np.int64) for column in told[:4])
    women, several = len(choices), len(groups)

    def rows(numbers: Indices) -> Indices:
        placed = np.where(numbers <= -2, women + several - 2 - numbers, women + numbers)
        return np.where(numbers == NO_PLACE, NO_PLACE, placed)

    return _Table(
        woman=owners,
        index=indices,
        test=rows(tests),
        exam=rows(exams),
        worth=told[4].astype(np.float64),
        starts=np.flatnonzero(np.diff(owners, prepend=-1)),
        women=women,
        groups=tuple(tuple(women + several + place for place in places) for places in groups),
        room=np.concatenate([np.ones(women), np.zeros(several), np.array([*capacity.values()])]),
    )


# ---------------------------------------------------------------- the solver


def _solve(table: _Table, at_once: int) -> tuple[Indices, float]:
    """Return the columns of a best plan, and what no plan can be worth more than."""
    active = _first_columns(table, at_once)
    while True:
        shares, prices = _relaxed(table, active)
        prices = _consistent(table, prices)
        regret, bound = _regret(table, prices)
        better = regret > prices[table.woman] + PRICE_TOLERANCE
        if not np.any(better & ~active):
            break
        active |= better
    if np.all((shares < WHOLE) | (shares > 1 - WHOLE)):
        return np.flatnonzero(active)[shares > 1 - WHOLE], bound
    return _made_whole(table, regret, bound)


def _made_whole(table: _Table, left: Floats, bound: float) -> tuple[Indices, float]:
    """Return the columns of a best plan of whole women, and what no plan can be worth more than.

    A column that is below what its woman can get at these prices costs the plan that uses it at
    least so much. So the columns that cost nothing come first: mostly they hold a plan that is
    worth the bound. Otherwise every column is looked at that costs less than what is missing.
    """
    below = _best_of_each(table, left) - left
    tried = below <= PRICE_TOLERANCE
    taken, _ = _whole(table, tried)
    short = bound - table.worth[taken].sum()
    if short <= PRICE_TOLERANCE * max(1.0, bound):
        return taken, bound
    near = tried | (below <= short + PRICE_TOLERANCE)
    taken, proved = _whole(table, near)
    return taken, min(bound, proved)


def _first_columns(table: _Table, at_once: int) -> Flags:
    """Return the columns to begin with: all, or of very many each woman's best for every exam."""
    if len(table.worth) <= at_once:
        return np.ones(len(table.worth), dtype=np.bool_)
    order = np.lexsort((-table.worth, table.exam, table.woman))
    woman, exam = table.woman[order], table.exam[order]
    first = (np.diff(woman, prepend=-1) != 0) | (np.diff(exam, prepend=-1) != 0)
    flags = np.zeros(len(order), dtype=np.bool_)
    flags[order[first]] = True
    return flags


def _relaxed(table: _Table, active: Flags) -> tuple[Floats, Floats]:
    """Return how much of each active column a best plan in shares takes, and each row's price."""
    columns = np.flatnonzero(active)
    matrix, gains = _program(table, columns)
    found = linprog(  # type: ignore[call-overload]  # its types forget that rows may be sparse
        -gains, A_ub=matrix, b_ub=table.room, bounds=(0, None), method="highs-ds"
    )
    if found.status != 0:
        raise NotSolved(found.message)
    return found.x[: len(columns)], np.maximum(-found.ineqlin.marginals, 0.0)


def _whole(table: _Table, active: Flags) -> tuple[Indices, float]:
    """Return the columns of a best plan of whole women, and what no plan of these is worth more."""
    columns = np.flatnonzero(active)
    matrix, gains = _program(table, columns)
    found = milp(
        -gains,
        constraints=LinearConstraint(matrix, -np.inf, table.room),
        integrality=(np.arange(len(gains)) < len(columns)).astype(np.int64),
        bounds=Bounds(0, np.inf),
        options={"mip_rel_gap": 0.0, "node_limit": MOST_BRANCHES},
    )
    if found.x is None:
        raise NotSolved(found.message)
    taken = columns[found.x[: len(columns)] > 0.5]
    return taken, max(float(table.worth[taken].sum()), -found.mip_dual_bound)


def _program(table: _Table, columns: Indices) -> tuple[csc_matrix, Floats]:
    """Return the rows' coefficients and what each column gains: options, then places of groups."""
    count, exam, test = len(columns), table.exam[columns], table.test[columns]
    at = np.arange(count)
    tested = test != NO_PLACE
    group = np.array([table.women + number for number, _ in _members(table)], dtype=np.int64)
    place = np.array([place for _, place in _members(table)], dtype=np.int64)
    dealt = count + np.arange(len(group))
    rows = np.concatenate([table.woman[columns], exam, test[tested], group, place])
    where = np.concatenate([at, at, at[tested], dealt, dealt])
    ones = np.ones(len(rows))
    ones[len(rows) - 2 * len(group) : len(rows) - len(group)] = -1.0
    shape = (len(table.room), count + len(group))
    return csc_matrix((ones, (rows, where)), shape=shape), np.concatenate(
        [table.worth[columns], np.zeros(len(group))]
    )


def _members(table: _Table) -> Iterator[tuple[int, int]]:
    return ((number, place) for number, places in enumerate(table.groups) for place in places)


def _consistent(table: _Table, prices: Floats) -> Floats:
    """Return the prices with each group at its cheapest place, as any true price must be."""
    told = prices.copy()
    for number, places in enumerate(table.groups):
        told[table.women + number] = min(prices[place] for place in places)
    return told


def _regret(table: _Table, prices: Floats) -> tuple[Floats, float]:
    """Return what each column leaves after the prices of its places, and the bound they prove.

    Whatever the plan, a woman adds at most the best of her columns at these prices, and the places
    at most their price each: so their sum bounds every plan, whole or not.
    """
    priced = np.append(prices, 0.0)  # NO_PLACE is the last
    left = table.worth - priced[table.exam] - priced[table.test]
    best = np.maximum(np.maximum.reduceat(left, table.starts), 0.0)
    return left, float(best.sum() + prices[table.women :] @ table.room[table.women :])


def _best_of_each(table: _Table, left: Floats) -> Floats:
    """Return for each column the best of its woman's, never below nothing."""
    best = np.maximum(np.maximum.reduceat(left, table.starts), 0.0)
    return np.repeat(best, np.diff(np.append(table.starts, len(left))))


# ---------------------------------------------------------------- everyone's own place


def _dealt(
    table: _Table, taken: Indices, names: Sequence[Hashable], women: int
) -> list[tuple[Hashable | None, Hashable] | None]:
    """Return everyone's own places; raises ``NotSolved`` if some place would take too many.

    The groups' needs flow to the places' room; that all of them arrive is the check of the plan,
    in whole numbers.
    """
    asked = np.concatenate([table.exam[taken], table.test[taken]])
    needed = np.bincount(asked[asked != NO_PLACE], minlength=len(table.room))
    source, sink = len(table.room), len(table.room) + 1
    members = [(table.women + number, place) for number, place in _members(table)]
    rows = [int(row) for row in np.flatnonzero(needed)]
    places = range(table.women + len(table.groups), len(table.room))
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(
        np.array([source] * len(rows) + [one for one, _ in members] + [*places]),
        np.array(rows + [one for _, one in members] + [sink] * len(places)),
        np.array(
            [int(needed[row]) for row in rows]
            + [int(needed[group]) for group, _ in members]
            + [int(table.room[place]) for place in places]
        ),
    )
    if flow.solve(source, sink) != flow.OPTIMAL or flow.optimal_flow() != needed.sum():
        raise NotSolved("a place that takes more women than it has room for")
    stock: dict[int, list[int]] = {}
    for number, (group, place) in enumerate(members, start=len(rows)):
        stock.setdefault(group, []).extend([place] * flow.flow(number))

    def place_at(row: int) -> Hashable:
        own = stock[row].pop(0) if row in stock else row
        return names[own - table.women - len(table.groups)]

    found: list[tuple[Hashable | None, Hashable] | None] = [None] * women
    for column in taken:
        test = int(table.test[column])
        found[table.woman[column]] = (
            None if test == NO_PLACE else place_at(test),
            place_at(int(table.exam[column])),
        )
    return found
