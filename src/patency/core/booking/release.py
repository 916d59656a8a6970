"""The 7:00 release: who gets a number, a place in line, or nothing, and how a draw can be checked.

A number is a place in one day's clinic visit. Under *first-come* claims are answered in the order
in which they were received. Under *draw* interest is taken until the instant, and then

    seed  = SHA-256(secret || hash of the closed list)
    order = by priority class, then by SHA-256(seed || token), smallest first

The secret is committed to (its SHA-256 is published) when the release is announced, so whoever
runs the draw cannot choose another seed once the list is known; and whoever is on the list cannot
know the seed before. How fast a phone was has no part in it. ``faults`` runs all of it again.
"""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Generic, TypeVar
from uuid import UUID

P = TypeVar("P", bound=Hashable)


MEMBERS = ("release", "commitment", "secret", "list_hash", "places", "waiting_places", "drawn")
HASH_DIGITS = 64  # SHA-256, and a secret of as many bits, in hex
HASH = re.compile(rf"[0-9a-f]{{{HASH_DIGITS}}}")


class Policy(StrEnum):
    """How a site gives its numbers out; chosen in the site's file."""

    FIRST_COME = "first-come"
    DRAW = "draw"


class Outcome(StrEnum):
    """What a claim is answered. The first group is kept; the second leaves nothing behind."""

    NUMBER = "number"
    WAITING = "waiting"
    SOLD_OUT = "sold-out"
    INTEREST = "interest"

    NOT_YET = "not-yet"
    BEING_DRAWN = "being-drawn"
    CLOSED = "closed"


KEPT = frozenset({Outcome.NUMBER, Outcome.WAITING, Outcome.SOLD_OUT, Outcome.INTEREST})


@dataclass(frozen=True, slots=True)
class ReleaseState(Generic[P]):
    """One release as it stands at the moment claims are decided."""

    policy: Policy
    opens_at: datetime
    closes_at: datetime
    drawn: bool
    next_ordinal: int
    next_waiting_place: int
    waiting_places: int
    free: Sequence[P]
    """Places nobody has, in the order they are given; as many as can be asked for are enough."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[P]):
    """The one definite answer to one claim."""

    outcome: Outcome
    ordinal: int | None = None
    place: P | None = None
    waiting_place: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One woman's interest in a draw, under a token that says nothing of her."""

    token: UUID
    priority_class: int
    """0 is drawn before 1."""


def decide_claims(state: ReleaseState[P], received: Sequence[datetime]) -> list[Answer[P]]:
    """Return the answer to each claim of a batch, in the batch's order.

    ``received`` are the moments of receipt by the server's clock. A claim received exactly at
    ``opens_at`` is in time, one received at ``closes_at`` is not. Claims of a woman who has
    claimed before are not asked here: their answer stands.
    """
    early = Outcome.INTEREST if state.policy is Policy.DRAW else Outcome.NOT_YET
    refused: dict[int, Answer[P]] = {}
    for place, moment in enumerate(received):
        if moment >= state.closes_at:
            refused[place] = Answer(Outcome.CLOSED)
        elif moment < state.opens_at and not state.drawn:
            refused[place] = Answer(early)
        elif state.policy is Policy.DRAW and not state.drawn:
            refused[place] = Answer(Outcome.BEING_DRAWN)
    allotted = iter(allot(state, len(received) - len(refused)))
    return [refused.get(place) or next(allotted) for place in range(len(received))]


def allot(state: ReleaseState[P], count: int) -> list[Answer[P]]:
    """Return the answers to so many claims in a row: places while there are any, then the line.

    Ordinals go on without a gap from ``next_ordinal``; places in line from ``next_waiting_place``.
    """
    numbers = min(count, len(state.free))
    sold_out: Answer[P] = Answer(Outcome.SOLD_OUT)
    in_line = min(count - numbers, max(0, state.waiting_places + 1 - state.next_waiting_place))
    return [
        *(
            Answer(Outcome.NUMBER, ordinal=state.next_ordinal + n, place=state.free[n])
            for n in range(numbers)
        ),
        *(
            Answer(Outcome.WAITING, waiting_place=state.next_waiting_place + n)
            for n in range(in_line)
        ),
        *[sold_out] * (count - numbers - in_line),
    ]


# ---- the draw


def commitment_to(secret: bytes) -> str:
    """Return what is published when the release is announced: SHA-256 of the secret, in hex."""
    return sha256(secret).hexdigest()


def hash_of_list(entries: Iterable[Entry]) -> str:
    """Return SHA-256, in hex, of the closed list: ``token class`` a line, sorted by token."""
    lines = sorted(f"{entry.token} {entry.priority_class}\n" for entry in entries)
    return sha256("".join(lines).encode()).hexdigest()


def seed_of(secret: bytes, list_hash: str) -> bytes:
    """Return the seed of the draw: SHA-256 of the secret followed by the hash of the list."""
    return sha256(secret + bytes.fromhex(list_hash)).digest()


def draw(seed: bytes, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in the order drawn; the order they came in has no part in it.

    Within a priority class each order is as likely as any other: the hash of each token under the
    seed is a number nobody could know before.
    """
    return sorted(
        entries,
        key=lambda entry: (entry.priority_class, sha256(seed + entry.token.bytes).digest()),
    )


@dataclass(frozen=True, slots=True)
class DrawResult:
    """What is published of a draw; anyone can check it."""

    release: str
    commitment: str
    secret: str
    list_hash: str
    places: int
    waiting_places: int
    drawn: tuple[Entry, ...]
    """In the order drawn."""


class ResultRefused(ValueError):
    """A file holds no published result."""


def as_document(result: DrawResult) -> dict[str, object]:
    """Return the result as it is published: texts, numbers and lists."""
    return {
        "release": result.release,
        "commitment": result.commitment,
        "secret": result.secret,
        "list_hash": result.list_hash,
        "places": result.places,
        "waiting_places": result.waiting_places,
        "drawn": [
            {
                "draw_place": place,
                "token": str(entry.token),
                "class": entry.priority_class,
                "outcome": _outcome_of(place, result.places, result.waiting_places).value,
            }
            for place, entry in enumerate(result.drawn, start=1)
        ],
    }


def faults(document: Mapping[str, object], *, announced: str = "") -> list[str]:
    """Return what is wrong with a published result, a sentence each; none when it holds.

    ``announced`` is the commitment as somebody noted it before the draw; without it the one in
    the document is taken. Raises ``ResultRefused`` for a document that is no result, and for an
    ``announced`` that is no SHA-256 in hex.
    """
    noted = announced.strip().lower()
    if noted and not HASH.fullmatch(noted):
        raise ResultRefused(
            f"The commitment you noted is not {HASH_DIGITS} digits from 0 to 9 and a to f, so the "
            "draw was not checked against it. Copy it whole from the page that announced the draw."
        )
    result, outcomes = _read(document)
    wrong = []
    if noted and noted != result.commitment:
        wrong.append("The commitment in the result is not the one that was announced.")
    secret = bytes.fromhex(result.secret)
    if commitment_to(secret) != result.commitment:
        wrong.append("The secret does not fit the commitment: another one was drawn with.")
    if hash_of_list(result.drawn) != result.list_hash:
        wrong.append("The list was changed after it was closed: its hash is another.")
    if len({entry.token for entry in result.drawn}) != len(result.drawn):
        wrong.append("A token is on the list twice.")
    if tuple(draw(seed_of(secret, result.list_hash), result.drawn)) != result.drawn:
        wrong.append("The order is not the one this secret and this list give.")
    expected = [
        _outcome_of(place, result.places, result.waiting_places).value
        for place in range(1, len(result.drawn) + 1)
    ]
    if outcomes != expected:
        wrong.append("Numbers and places in line were not given in the order drawn.")
    return wrong


def _outcome_of(draw_place: int, places: int, waiting_places: int) -> Outcome:
    if draw_place <= places:
        return Outcome.NUMBER
    return Outcome.WAITING if draw_place <= places + waiting_places else Outcome.SOLD_OUT


def _read(document: Mapping[str, object]) -> tuple[DrawResult, list[str]]:
    missing = [name for name in MEMBERS if name not in document]
    if missing:
        raise _no_result(f"it has no {', '.join(missing)}")
    rows = document["drawn"]
    if not isinstance(rows, list):
        raise _no_result("drawn is not a list of those drawn")
    read = [_row(place, row) for place, row in enumerate(rows, start=1)]
    result = DrawResult(
        release=str(document["release"]),
        commitment=_hash("commitment", document["commitment"]),
        secret=_hash("secret", document["secret"]),
        list_hash=_hash("list_hash", document["list_hash"]),
        places=_count("places", document["places"]),
        waiting_places=_count("waiting_places", document["waiting_places"]),
        drawn=tuple(entry for entry, _ in read),
    )
    return result, [outcome for _, outcome in read]


def _row(place: int, row: object) -> tuple[Entry, str]:
    if not isinstance(row, Mapping) or not {"token", "class", "outcome"} <= row.keys():
        raise _no_result(f"entry {place} of drawn does not have token, class and outcome")
    try:
        token = UUID(str(row["token"]))
    except ValueError as error:
        raise _no_result(f"the token of entry {place} of drawn is no UUID") from error
    return Entry(token, _count(f"class of entry {place}", row["class"])), str(row["outcome"])


def _hash(name: str, value: object) -> str:
    text = value.strip().lower() if isinstance(value, str) else ""
    if not HASH.fullmatch(text):
        raise _no_result(f"{name} is not {HASH_DIGITS} digits from 0 to 9 and a to f")
    return text


def _count(name: str, value: object) -> int:
    if type(value) is not int or value < 0:
        raise _no_result(f"{name} is not a whole number from 0")
    return value


def _no_result(why: str) -> ResultRefused:
    return ResultRefused(
        f"This is no published result of a draw: {why}. A result is the JSON of "
        f"/releases/<id>/result, with {', '.join(MEMBERS[:-1])} and {MEMBERS[-1]}. Fetch it again."
    )
