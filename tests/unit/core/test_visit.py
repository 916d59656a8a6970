import pytest

from patency.core.visit import FINAL, NEXT, MoveNotAllowed, VisitState, move

S = VisitState


def test_every_state_has_a_row_and_leads_only_to_states():
    assert set(NEXT) == set(VisitState)
    assert all(ways <= set(VisitState) for ways in NEXT.values())


def test_every_state_can_be_reached_and_every_way_ends():
    reached = {S.REGISTERED}
    while new := {to for state in reached for to in NEXT[state]} - reached:
        reached |= new
    assert reached == set(VisitState)
    assert {S.CLOSED, S.CANCELLED} == FINAL


def test_an_examination_is_never_reached_without_arriving():
    assert [state for state, ways in NEXT.items() if S.EXAMINED in ways] == [S.ARRIVED]


@pytest.mark.parametrize("state", list(VisitState))
def test_a_move_is_allowed_by_the_table_or_refused_naming_the_ways(state):
    for to in VisitState:
        if to in NEXT[state]:
            assert move(state, to) is to
        else:
            with pytest.raises(MoveNotAllowed, match=f"is {state} cannot become {to}"):
                move(state, to)


def test_a_refusal_names_the_moves_that_are_open():
    with pytest.raises(MoveNotAllowed, match="it can become reported"):
        move(S.EXAMINED, S.BOOKED)
    with pytest.raises(MoveNotAllowed, match="nothing: the visit is over"):
        move(S.CLOSED, S.BOOKED)
