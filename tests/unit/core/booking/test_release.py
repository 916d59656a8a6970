"""The 7:00 release: what every claim is answered, and a draw that anyone can check."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patency.core.booking.release import (
    KEPT,
    Answer,
    DrawResult,
    Entry,
    Outcome,
    Policy,
    ReleaseState,
    ResultRefused,
    as_document,
    commitment_to,
    decide_claims,
    draw,
    faults,
    hash_of_list,
    seed_of,
)

SEVEN = datetime(2025, 9, 29, 23, 0, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=1)
NOON = SEVEN + timedelta(hours=5)


def make_state(**fields):
    return ReleaseState(
        **{
            "policy": Policy.FIRST_COME,
            "opens_at": SEVEN,
            "closes_at": NOON,
            "drawn": False,
            "next_ordinal": 1,
            "next_waiting_place": 1,
            "waiting_places": 2,
            "free": ("a", "b", "c"),
            **fields,
        }
    )


def make_entries(count: int, classes: int = 1) -> list[Entry]:
    return [Entry(UUID(int=n + 1), n % classes) for n in range(count)]


def outcomes(answers):
    return [answer.outcome.value for answer in answers]


def test_numbers_then_the_line_then_sold_out():
    answers = decide_claims(make_state(), [SEVEN] * 6)

    assert outcomes(answers) == ["number"] * 3 + ["waiting"] * 2 + ["sold-out"]
    assert [(a.ordinal, a.place) for a in answers[:3]] == [(1, "a"), (2, "b"), (3, "c")]
    assert [a.waiting_place for a in answers[3:5]] == [1, 2]


@pytest.mark.parametrize(
    ("moment", "drawn", "first_come", "in_a_draw"),
    [
        (SEVEN - A_MOMENT, False, "not-yet", "interest"),
        (SEVEN, False, "number", "being-drawn"),
        (SEVEN, True, "number", "number"),
        (NOON - A_MOMENT, True, "number", "number"),
        (NOON, True, "closed", "closed"),
    ],
)
def test_a_claim_is_judged_by_the_moment_it_was_received(moment, drawn, first_come, in_a_draw):
    for policy, expected in ((Policy.FIRST_COME, first_come), (Policy.DRAW, in_a_draw)):
        state = make_state(policy=policy, drawn=drawn)

        assert outcomes(decide_claims(state, [moment])) == [expected]


def test_one_millisecond_early_takes_nobodys_turn():
    answers = decide_claims(make_state(free=("a",)), [SEVEN - A_MOMENT, SEVEN])

    assert outcomes(answers) == ["not-yet", "number"]
    assert answers[1].ordinal == 1


moments = st.integers(-3, 20).map(lambda minutes: SEVEN + timedelta(minutes=minutes * 20))


@given(st.integers(0, 9), st.integers(0, 5), st.lists(st.lists(moments, max_size=12), max_size=8))
def test_however_claims_are_batched_nothing_is_oversold_and_ordinals_have_no_gap(
    places, waiting_places, batches
):
    free, ordinal, in_line = list(range(places)), 1, 1
    answers: list[Answer[int]] = []
    for received in batches:
        state = make_state(
            free=free, next_ordinal=ordinal, next_waiting_place=in_line,
            waiting_places=waiting_places,
        )  # fmt: skip
        found = decide_claims(state, received)
        given_out = [a.place for a in found if a.outcome is Outcome.NUMBER]
        free, ordinal = free[len(given_out) :], ordinal + len(given_out)
        in_line += sum(a.outcome is Outcome.WAITING for a in found)
        answers += found

    numbers = [a for a in answers if a.outcome is Outcome.NUMBER]
    waiting = [a.waiting_place for a in answers if a.outcome is Outcome.WAITING]
    in_time = sum(SEVEN <= moment < NOON for received in batches for moment in received)
    assert [a.ordinal for a in numbers] == list(range(1, min(places, in_time) + 1))
    assert len({a.place for a in numbers}) == len(numbers)
    assert waiting == list(range(1, min(waiting_places, max(0, in_time - places)) + 1))
    assert sum(a.outcome in KEPT for a in answers) == in_time


@given(st.lists(moments, max_size=20), st.integers(0, 20))
def test_one_batch_or_two_give_the_same_answers(received, cut):
    whole = decide_claims(make_state(), received)
    first = decide_claims(make_state(), received[:cut])
    numbers = sum(a.outcome is Outcome.NUMBER for a in first)
    state = make_state(
        free=("a", "b", "c")[numbers:],
        next_ordinal=1 + numbers,
        next_waiting_place=1 + sum(a.outcome is Outcome.WAITING for a in first),
    )

    assert first + decide_claims(state, received[cut:]) == whole


# ---- the draw


@given(st.binary(min_size=32, max_size=32), st.permutations(make_entries(12, classes=3)))
def test_the_order_drawn_does_not_depend_on_who_came_first(secret, arrived):
    seed = seed_of(secret, hash_of_list(arrived))

    drawn = draw(seed, arrived)

    assert drawn == draw(seed, make_entries(12, classes=3))
    assert sorted(drawn, key=lambda entry: entry.token) == make_entries(12, classes=3)
    assert [entry.priority_class for entry in drawn] == [0] * 4 + [1] * 4 + [2] * 4


def test_every_order_is_as_likely_as_any_other():
    entries, rounds = make_entries(3), 3000
    seen = Counter(
        tuple(e.token.int for e in draw(seed_of(n.to_bytes(32), hash_of_list(entries)), entries))
        for n in range(rounds)
    )

    expected = rounds / 6
    chi_square = sum((seen[order] - expected) ** 2 / expected for order in permutations((1, 2, 3)))
    assert chi_square < 15.09  # 5 degrees of freedom, 1 in 100


def make_result(**fields) -> dict[str, object]:
    secret, entries = b"s" * 32, make_entries(7, classes=2)
    list_hash = hash_of_list(entries)
    result = DrawResult(
        release="r",
        commitment=commitment_to(secret),
        secret=secret.hex(),
        list_hash=list_hash,
        places=3,
        waiting_places=2,
        drawn=tuple(draw(seed_of(secret, list_hash), entries)),
    )
    return {**as_document(result), **fields}


def test_a_published_result_holds_when_nobody_touched_it():
    assert faults(make_result()) == []
    assert faults(make_result(), announced=str(make_result()["commitment"]).upper()) == []


def test_whoever_meddles_with_a_draw_is_seen():
    rows = list(make_result()["drawn"])
    swapped = [rows[1], rows[0], *rows[2:]]
    favoured = [{**rows[0], "outcome": "waiting"}, *rows[1:]]

    for fields, says in (
        ({"secret": (b"t" * 32).hex()}, "does not fit the commitment"),
        ({"commitment": "0" * 64}, "does not fit the commitment"),
        ({"drawn": rows[:-1]}, "changed after it was closed"),
        ({"drawn": [*rows, rows[0]]}, "twice"),
        ({"drawn": swapped}, "order is not the one"),
        ({"drawn": favoured}, "not given in the order drawn"),
        ({"places": 4}, "not given in the order drawn"),
    ):
        assert any(says in fault for fault in faults(make_result(**fields))), fields
    assert "not the one that was announced" in faults(make_result(), announced="1" * 64)[0]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "has no release, commitment, secret"),
        (make_result(drawn="x"), "drawn is not a list"),
        (make_result(drawn=["x"]), "entry 1 of drawn does not have token, class and outcome"),
        (
            make_result(drawn=[{"token": "é", "class": 0, "outcome": "number"}]),
            "token of entry 1 of drawn is no UUID",
        ),
        (make_result(places=True), "places is not a whole number"),
        (make_result(waiting_places="many"), "waiting_places is not a whole number"),
        (make_result(secret="no hex"), "secret is not 64 digits"),
        (make_result(secret="ab"), "secret is not 64 digits"),
        (make_result(commitment="é" * 64), "commitment is not 64 digits"),
        (make_result(list_hash=None), "list_hash is not 64 digits"),
    ],
)
def test_what_is_no_result_is_refused_in_words(wrong, says):
    with pytest.raises(ResultRefused, match="Fetch it again") as refused:
        faults(wrong)

    assert says in str(refused.value)
    assert "Error" not in str(refused.value) and "fromhex" not in str(refused.value)


@pytest.mark.parametrize("noted", ["é", "5f3a", "g" * 64, "٣" * 64])
def test_a_commitment_noted_wrongly_is_refused_before_anything_is_compared(noted):
    with pytest.raises(ResultRefused, match="not 64 digits"):
        faults(make_result(), announced=noted)
