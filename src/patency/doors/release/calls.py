"""The release door's calls of services, each in a thread that keeps one connection."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from patency.core.access import Actor
from patency.core.booking.release import as_document
from patency.doors.release import answers
from patency.doors.release.answers import Said, problem
from patency.service import drawing, release
from patency.service.release import Answered, AskedFor

P = ParamSpec("P")
T = TypeVar("T")


def on_a_sound_connection(act: Callable[P, T]) -> Callable[P, T]:
    """Return the act, after which a connection that broke is made anew by the next one."""

    @wraps(act)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return act(*args, **kwargs)
        except (InterfaceError, OperationalError):
            connection.close()
            raise

    return done


@on_a_sound_connection
def state_of(release_id: UUID, by: Actor, now: datetime) -> Said:
    """Return the public state of a release: when it opens, how much is given."""
    found = release.public_state(release_id, by=by, now=now)
    if found is None:
        return problem(404, "no-release", "There is no such release.")
    shown = {
        name: answers.written(value) if isinstance(value, datetime) else value
        for name, value in found.items()
    }
    return answers.document({**shown, "now": answers.written(now)})


@on_a_sound_connection
def result_of(release_id: UUID, by: Actor, now: datetime) -> Said:
    """Return the published result of a draw."""
    try:
        return answers.document(as_document(drawing.draw_result(release_id, by=by, now=now)))
    except drawing.NotDrawn as refusal:
        return problem(404, "not-drawn", str(refusal))


@on_a_sound_connection
def claim_of(token: UUID, by: Actor, now: datetime) -> Said:
    """Return how a claim stands, to whoever holds its token."""
    found = release.claim_state(token, by=by, now=now)
    if found is None:
        return problem(404, "no-claim", "There is no such claim.")
    return answers.answer(found, now)


@on_a_sound_connection
def commit(asked: Sequence[AskedFor], by: Actor, clock: Callable[[], datetime]) -> list[Answered]:
    """Return the answer to each claim, once they are durable."""
    return release.claim_many(asked, by=by, now=clock())


@on_a_sound_connection
def draw_what_is_due(by: Actor, now: datetime) -> None:
    """Draw each release whose moment has come."""
    for release_id in drawing.draws_due(by=by, now=now):
        drawing.draw_numbers(release_id, by=by, now=now)
