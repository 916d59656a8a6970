"""The draw of a release: drawn once, at its moment, and published so that anyone can check it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.booking.release import (
    DrawResult,
    Entry,
    Outcome,
    Policy,
    allot,
    draw,
    hash_of_list,
    seed_of,
)
from patency.records import claims as rows
from patency.records.ledger import remember, remember_change, subject_of
from patency.records.models.ledger import Event
from patency.records.models.release import Claim, NumberRelease
from patency.records.seen_by import check_own_site, seen_by

# Claims received before the instant may still be on their way to the database: our choice.
DRAWN_AFTER = timedelta(seconds=2)
TRIES = 5  # a number given elsewhere while the draw is written makes it begin again
MOST_PLACES = 100_000
NO_NUMBER = (Outcome.WAITING.value, Outcome.SOLD_OUT.value)
NOT_DRAWN = "number-not-drawn"


class NotDrawn(Exception):
    """There is no result of a draw, or not yet."""


def draws_due(*, by: Actor, now: datetime) -> list[UUID]:
    """Return the draws whose moment has come and that nobody has drawn."""
    access.check(by, Action.RELEASE_NUMBERS)
    due = NumberRelease.objects.filter(
        policy=Policy.DRAW.value, drawn_at=None, ended_at=None, opens_at__lte=now - DRAWN_AFTER
    )
    if by.site:
        due = due.filter(site=by.site)
    return list(due.values_list("pk", flat=True))


def draw_numbers(release_id: UUID, *, by: Actor, now: datetime) -> NumberRelease:
    """Return the release, drawn; drawing twice is the same draw.

    Not before ``DRAWN_AFTER`` the instant, so that every claim received in time is on the list.
    Women who were given a number elsewhere meanwhile leave the list first. Raises ``NotDrawn``.
    """
    access.check(by, Action.RELEASE_NUMBERS)
    for tried in range(TRIES):
        try:
            with transaction.atomic():
                return _draw_and_write(release_id, by=by, now=now)
        except IntegrityError:
            if tried == TRIES - 1:
                raise
    raise AssertionError("not reached")


def _draw_and_write(release_id: UUID, *, by: Actor, now: datetime) -> NumberRelease:
    held = rows.hold(release_id, [], places=MOST_PLACES)
    if held is None:
        raise NumberRelease.DoesNotExist(f"There is no release {release_id}; announce it first.")
    release = held.release
    if by.site:  # the release door acts for every site
        check_own_site(by, release.site)
    if release.drawn_at is not None:
        return release
    if release.policy != Policy.DRAW or now < release.opens_at + DRAWN_AFTER:
        raise NotDrawn(
            f"numberrelease/{release_id} was not drawn: it is {release.policy} and opens at "
            f"{release.opens_at:%Y-%m-%d %H:%M:%S} UTC. A draw is drawn {DRAWN_AFTER.seconds} s "
            "after it opens; wait for that moment."
        )
    interested = Claim.objects.filter(release=release, outcome=Outcome.INTEREST.value)
    elsewhere = Claim.objects.filter(patient=OuterRef("patient"), outcome=Outcome.NUMBER.value)
    interested.filter(Exists(elsewhere)).update(
        outcome="lapsed", why="holds-another", decided_at=now, ended_at=now
    )
    claims = {claim.pk: claim for claim in interested}
    entries = [Entry(claim.pk, claim.priority_class) for claim in claims.values()]
    list_hash = hash_of_list(entries)
    order = draw(seed_of(bytes.fromhex(release.secret), list_hash), entries)
    answers = allot(held.state(), len(order))
    drawn = []
    for draw_place, (entry, answer) in enumerate(zip(order, answers, strict=True), start=1):
        claim = claims[entry.token]
        claim.draw_place, claim.decided_at = draw_place, now
        claim.outcome, claim.ordinal = answer.outcome.value, answer.ordinal
        claim.waiting_place = answer.waiting_place
        claim.slot_id = answer.place.slot_id if answer.place else None
        drawn.append(claim)
    Claim.objects.bulk_update(
        drawn,
        ["draw_place", "decided_at", "outcome", "ordinal", "waiting_place", "slot"],
        batch_size=500,
    )
    rows.give(release, [answer.place for answer in answers if answer.place])
    release.next_waiting_place += sum(a.outcome is Outcome.WAITING for a in answers)
    release.drawn_at, release.list_hash = now, list_hash
    release.save()
    remember(
        kind="numbers-drawn",
        subject=subject_of(release),
        by=by,
        now=now,
        site=release.site,
        fields=["claims"],
        payload={"day": release.day, "campus": release.campus, "claims": len(drawn)},
    )
    return release


def draw_result(release_id: UUID, *, by: Actor, now: datetime) -> DrawResult:
    """Return what is published of a draw: tokens, no names. Raises ``NotDrawn`` before it."""
    release: NumberRelease | None = NumberRelease.objects.filter(pk=release_id).first()
    if release is None or release.drawn_at is None:
        raise NotDrawn(
            f"numberrelease/{release_id} has no result: it is no draw, or was not drawn yet. The "
            f"result is there {DRAWN_AFTER.seconds} s after the release opens; ask again then."
        )
    drawn = Claim.objects.filter(release=release, draw_place__isnull=False)
    entries = drawn.order_by("draw_place").values_list("pk", "priority_class")
    return DrawResult(
        release=str(release.pk),
        commitment=release.commitment,
        secret=release.secret,
        list_hash=release.list_hash,
        # As it was at the draw: who waited then keeps her place in line, also once she has more.
        places=drawn.filter(ordinal__isnull=False, waiting_place__isnull=True).count(),
        waiting_places=drawn.filter(waiting_place__isnull=False).count(),
        drawn=tuple(Entry(token, priority_class) for token, priority_class in entries),
    )


def without_a_number(release_id: UUID, *, by: Actor, now: datetime) -> list[UUID]:
    """Return the claims the draw gave a place in line or nothing, in the order drawn."""
    access.check(by, Action.RELEASE_NUMBERS)
    rows_drawn = Claim.objects.filter(
        release=release_id, site=by.site, draw_place__isnull=False, outcome__in=NO_NUMBER
    )
    return list(rows_drawn.order_by("draw_place").values_list("pk", flat=True))


def note_not_drawn(claim_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Return whether this call wrote down that she is to be told of the draw; once is enough."""
    access.check(by, Action.RELEASE_NUMBERS)
    claim: Claim = seen_by(by, "tell of a draw", now=now).claims.get(pk=claim_id)
    with transaction.atomic():
        Claim.objects.select_for_update().get(pk=claim_id)
        if Event.objects.filter(subject=subject_of(claim), kind=NOT_DRAWN).exists():
            return False
        remember_change(
            claim, NOT_DRAWN, by=by, now=now, fields=[], payload={"visit": claim.visit_id}
        )
    return True
