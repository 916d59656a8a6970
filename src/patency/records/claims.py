"""The rows behind a release while its claims are answered: locked, read and added in few steps.

A thousand women press in one second, so on PostgreSQL the statements are sent together and rows
are added as arrays. SQLite goes the ordinary way; its transaction is the lock.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from patency.core.booking.release import Policy, ReleaseState
from patency.records.models.booking import Slot
from patency.records.models.release import Claim, NumberRelease


class Standing(NamedTuple):
    """A claim there is, as far as an answer needs it."""

    id: UUID
    release_id: UUID
    patient_id: UUID
    outcome: str
    ordinal: int | None
    waiting_place: int | None


class NewClaim(NamedTuple):
    """A claim to be added."""

    id: UUID
    site: str
    release_id: UUID
    patient_id: UUID
    visit_id: UUID
    idempotency_key: str
    priority_class: int
    received_at: datetime
    decided_at: datetime | None
    outcome: str
    ordinal: int | None
    waiting_place: int | None
    slot_id: UUID | None


class Place(NamedTuple):
    """A place of a release: its number there, and the slot it is."""

    number: int
    slot_id: UUID


class Held(NamedTuple):
    """A release under lock, with what stands and which places are free."""

    release: NumberRelease
    standing: list[Standing]
    """Every claim to this release, and every live number, of the women asked about."""
    free: list[Place]
    """Places nobody has, in their order; those that came back are first."""

    def state(self) -> ReleaseState[Place]:
        """Return the release as the core decides about it."""
        release = self.release
        return ReleaseState(
            policy=Policy(release.policy),
            opens_at=release.opens_at,
            # Once its day is over nothing is given, whenever a claim was received.
            closes_at=release.announced_at if release.ended_at else release.closes_at,
            drawn=release.drawn_at is not None,
            next_ordinal=release.next_ordinal,
            next_waiting_place=release.next_waiting_place,
            waiting_places=release.waiting_places,
            free=self.free,
        )


_RELEASE = [field.attname for field in NumberRelease._meta.concrete_fields]
_STANDING = [*Standing._fields]
# How the transaction goes on is said with the lock, to save a message. Synchronous commit is left
# as it is where the server waits for its disk, or for more than that. While the table of claims
# grows from nothing, what the server knows of its size is out of date: it is told to use indexes.
# And it is told to plan each statement once: planning took half of its time.
_LOCK = (
    f"SELECT {', '.join(_RELEASE)}, set_config('enable_seqscan', 'off', true), "
    "set_config('enable_bitmapscan', 'off', true), "
    "set_config('plan_cache_mode', 'force_generic_plan', true), set_config('synchronous_commit', "
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    "ELSE current_setting('synchronous_commit') END, true) "
    "FROM records_numberrelease WHERE id = %s FOR UPDATE"
)
# Woman by woman (OFFSET 0 keeps it so), each by the index that also keeps her to one claim.
_STANDING_OF = (
    "SELECT c.* FROM unnest(%(women)s::uuid[]) AS w(id) CROSS JOIN LATERAL ("
    f"SELECT {', '.join(_STANDING)} FROM records_claim "
    "WHERE release_id = %(release)s AND patient_id = w.id OFFSET 0) c UNION ALL "
    "SELECT c.* FROM unnest(%(women)s::uuid[]) AS w(id) CROSS JOIN LATERAL ("
    f"SELECT {', '.join(_STANDING)} FROM records_claim "
    "WHERE patient_id = w.id AND outcome = 'number' AND release_id <> %(release)s OFFSET 0) c"
)
_NEVER_GIVEN = (
    "SELECT place, id FROM records_slot WHERE release_id = %(release)s AND closed_at IS NULL AND "
    "place >= (SELECT next_place FROM records_numberrelease WHERE id = %(release)s) "
    "ORDER BY place LIMIT %(count)s"
)
_ADD_AND_COUNT_ON = (
    f"WITH added AS (INSERT INTO records_claim ({', '.join(NewClaim._fields)}, why) "
    "SELECT *, '' FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], "
    "%s::text[], %s::int2[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::int4[], "
    "%s::int4[], %s::uuid[])) "
    "UPDATE records_numberrelease SET next_ordinal = %s, next_waiting_place = %s, next_place = %s, "
    "places_free_again = %s WHERE id = %s"
)


def hold(release_id: UUID, patients: Sequence[UUID], *, places: int | None = None) -> Held | None:
    """Return a release locked until the transaction ends; None when there is none.

    As many free places are looked for as there are women, or ``places``.
    """
    count = len(patients) if places is None else places
    if connection.vendor == "postgresql":
        found = _hold_at_once(release_id, patients, count)
    else:
        found = _hold(release_id, patients, count)
    if found is None or not found.release.places_free_again:
        return found
    release = found.release
    again = _came_back(release)
    # One that was closed meanwhile is nobody's any more.
    release.places_free_again = len(again)
    return found._replace(free=[*again, *found.free][:count])


def give(release: NumberRelease, given: Sequence[Place]) -> None:
    """Move the release's counters past the places just given, one ordinal each."""
    came_back = sum(place.number < release.next_place for place in given)
    release.places_free_again -= came_back
    release.next_ordinal += len(given)
    release.next_place = max([release.next_place, *(place.number + 1 for place in given)])


def _came_back(release: NumberRelease) -> list[Place]:
    """Return the places that were somebody's and are nobody's now."""
    slots = Slot.objects.filter(
        release=release, place__lt=release.next_place, claim__isnull=True, closed_at__isnull=True
    )
    return [Place(*row) for row in slots.order_by("place").values_list("place", "pk")]


def add(claims: Sequence[NewClaim], release: NumberRelease) -> None:
    """Write new claims and the release's counters, as the last act of a transaction.

    Claims are written in the order of the women, so that two releases never wait for each other.
    On PostgreSQL the commit goes along, so that the server is waited for once; within another
    transaction it is left to that one. Raises ``IntegrityError`` for a claim there is.
    """
    ordered = sorted(claims, key=lambda claim: claim.patient_id)
    counted = {
        "next_ordinal": release.next_ordinal,
        "next_waiting_place": release.next_waiting_place,
        "next_place": release.next_place,
        "places_free_again": release.places_free_again,
    }
    if connection.vendor == "postgresql":
        columns = [_array(column) for column in zip(*ordered, strict=True)]
        with _sent_together() as cursor:
            cursor.execute(_ADD_AND_COUNT_ON, [*columns, *counted.values(), release.pk])
            if len(connection.atomic_blocks) == 1:
                # Not reached when the rows are refused. Django then finds nothing left to commit.
                type(cursor)(cursor.connection).execute("COMMIT")
        return
    Claim.objects.bulk_create(Claim(**claim._asdict()) for claim in ordered)
    NumberRelease.objects.filter(pk=release.pk).update(**counted)


def _hold_at_once(release_id: UUID, patients: Sequence[UUID], count: int) -> Held | None:
    asked = {"release": release_id, "women": _array(patients), "count": count}
    with _sent_together() as locked:
        standing, free = (type(locked)(locked.connection) for _ in range(2))
        locked.execute(_LOCK, [release_id])
        standing.execute(_STANDING_OF, asked)
        free.execute(_NEVER_GIVEN, asked)
    row = locked.fetchone()
    if row is None:
        return None
    return Held(
        NumberRelease.from_db(connection.alias, _RELEASE, row[: len(_RELEASE)]),
        [Standing(*each) for each in standing],
        [Place(*each) for each in free],
    )


def _hold(release_id: UUID, patients: Sequence[UUID], count: int) -> Held | None:
    release = NumberRelease.objects.select_for_update().filter(pk=release_id).first()
    if release is None:
        return None
    claims = Claim.objects.filter(patient__in=patients)
    rows = claims.filter(release=release) | claims.filter(outcome="number")
    places = Slot.objects.filter(
        release=release, place__gte=release.next_place, closed_at__isnull=True
    )
    return Held(
        release,
        [Standing(*each) for each in rows.values_list(*_STANDING)],
        [Place(*row) for row in places.order_by("place").values_list("place", "pk")[:count]],
    )


def _array(values: Sequence[object]) -> str:
    """Return values as PostgreSQL writes an array; the driver is slower at it."""
    if values and isinstance(values[0], str):
        return "{" + ",".join([_quoted(str(value)) for value in values]) + "}"
    # Keys, numbers and moments need no quotes.
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


@contextmanager
def _sent_together() -> Iterator[Any]:
    """Send the statements within to PostgreSQL together; they are prepared, and so planned once.

    Django switches preparing off, for poolers that give each transaction another connection; the
    few statements here are worth it. Gives a cursor of the driver's own.
    """
    import psycopg

    connection.ensure_connection()
    there = connection.connection
    there.prepare_threshold, before = 0, there.prepare_threshold
    try:
        with connection.wrap_database_errors, there.pipeline():
            yield psycopg.Cursor(there)
    finally:
        there.prepare_threshold = before
