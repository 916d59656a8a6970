"""The states of a visit and the only ways between them."""

from enum import StrEnum


class VisitState(StrEnum):
    """How far one woman's journey to one examination has come."""

    REGISTERED = "registered"
    ON_HOLD = "on-hold"
    CLEARED = "cleared"
    BOOKED = "booked"
    ARRIVED = "arrived"
    EXAMINED = "examined"
    ABANDONED = "abandoned"
    NON_DIAGNOSTIC = "non-diagnostic"
    REPORTED = "reported"
    RELEASED = "released"
    CLOSED = "closed"
    CANCELLED = "cancelled"


S = VisitState
NEXT: dict[VisitState, frozenset[VisitState]] = {
    S.REGISTERED: frozenset({S.ON_HOLD, S.CLEARED, S.CANCELLED}),
    # Only what clears her ends a hold; it outlives the cycle.
    S.ON_HOLD: frozenset({S.CLEARED, S.CANCELLED}),
    # The test result expires, so a cleared woman who is not booked in time starts again.
    S.CLEARED: frozenset({S.BOOKED, S.ON_HOLD, S.REGISTERED, S.CANCELLED}),
    S.BOOKED: frozenset({S.ARRIVED, S.CLEARED, S.ON_HOLD, S.REGISTERED, S.CANCELLED}),
    # Back to booked where what was taken down at her arrival is put right, and judged again.
    S.ARRIVED: frozenset(
        {
            S.EXAMINED,
            S.ABANDONED,
            S.NON_DIAGNOSTIC,
            S.BOOKED,
            S.ON_HOLD,
            S.REGISTERED,
            S.CANCELLED,
        }
    ),
    S.EXAMINED: frozenset({S.REPORTED}),
    # An examination that was stopped, or that shows too little, is reported as what it is.
    S.ABANDONED: frozenset({S.REPORTED}),
    S.NON_DIAGNOSTIC: frozenset({S.REPORTED}),
    S.REPORTED: frozenset({S.RELEASED}),
    S.RELEASED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
    S.CANCELLED: frozenset(),
}

FINAL: frozenset[VisitState] = frozenset(state for state, ways in NEXT.items() if not ways)


class MoveNotAllowed(Exception):
    """A visit was asked to go where no way leads."""


def move(state: VisitState, to: VisitState) -> VisitState:
    """Return ``to``, or raise ``MoveNotAllowed`` naming the moves that are open."""
    if to not in NEXT[state]:
        choices = ", ".join(sorted(NEXT[state])) or "nothing: the visit is over"
        raise MoveNotAllowed(
            f"A visit that is {state} cannot become {to}; it can become {choices}."
        )
    return to
