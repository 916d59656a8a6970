"""The 7:00 release: it is announced, and claims are answered.

``claim_many`` is the one act that writes many rows at once: each claim row is its own event and
its own audit, so that an answer costs a thousand women one commit and not a thousand.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.booking.release import KEPT, Outcome, Policy, commitment_to, decide_claims
from patency.core.booking.ticket import Ticket
from patency.core.site.numbers import ReleaseHabits
from patency.records import claims as rows
from patency.records.durable import make_commits_durable
from patency.records.ledger import remember, subject_of
from patency.records.models.booking import TAKES_THE_SLOT, Booking, Slot
from patency.records.models.release import Claim, NumberRelease
from patency.records.seen_by import check_own_site
from patency.service.house import House

TRIES = 5  # a batch meets another release's claim of the same woman at most once for each of hers
SECRET_BYTES = 32
LIVE = (Outcome.NUMBER.value, Outcome.WAITING.value, Outcome.INTEREST.value)


class ReleaseRefused(Exception):
    """A release that cannot be as it was asked for."""


class NoPlaces(ReleaseRefused):
    """No place of that day can be released."""


class ClinicClosed(NoPlaces):
    """The clinic does not open on that day."""


class TooLate(ReleaseRefused):
    """The moment at which that day's numbers open has passed."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """One claim as the release door received it."""

    ticket: Ticket
    idempotency_key: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one claim, durable when it is one that is kept."""

    token: UUID
    outcome: str
    ordinal: int | None
    waiting_place: int | None
    opens_at: datetime | None
    again: bool
    """Whether she had this answer before."""


HOLDS_ANOTHER = "holds-another"


def claim_many(asked: Sequence[AskedFor], *, by: Actor, now: datetime) -> list[Answered]:
    """Return the answer to each claim, in their order; what is kept is committed before.

    The claims of one release are decided and written in one transaction, in the order received,
    under the lock of its row. A woman who has claimed before, in another tab or before the server
    was killed, is given the answer she has. Two processes that do this at once wait for each
    other; what they could still get wrong, the constraints of the tables refuse, and the batch is
    decided again.
    """
    access.check(by, Action.CLAIM_NUMBER)
    make_commits_durable()
    answers: dict[int, Answered] = {}
    of_release: dict[UUID, list[int]] = {}
    for place, each in enumerate(asked):
        of_release.setdefault(each.ticket.release, []).append(place)
    for release_id, places in of_release.items():
        batch = [asked[place] for place in places]
        answers |= zip(places, _answer(release_id, batch, now=now), strict=True)
    return [answers[place] for place in range(len(asked))]


def _answer(release_id: UUID, batch: Sequence[AskedFor], *, now: datetime) -> list[Answered]:
    for tried in range(TRIES):
        try:
            with transaction.atomic():
                return _decide_and_write(release_id, batch, now=now)
        except IntegrityError:
            # Another release gave one of these women a number a moment ago: now it is seen.
            if tried == TRIES - 1:
                raise
    raise AssertionError("not reached")


def _decide_and_write(
    release_id: UUID, batch: Sequence[AskedFor], *, now: datetime
) -> list[Answered]:
    first: dict[UUID, AskedFor] = {}
    for each in sorted(batch, key=lambda each: each.received_at):
        first.setdefault(each.ticket.patient, each)
    held = rows.hold(release_id, list(first))
    if held is None:
        return [_left_nothing(each, Outcome.CLOSED.value, None) for each in batch]
    release = held.release
    known: dict[UUID, Answered] = {}
    for claim in sorted(held.standing, key=lambda claim: claim.release_id == release_id):
        mine = claim.release_id == release_id
        known[claim.patient_id] = Answered(
            claim.id,
            claim.outcome if mine else HOLDS_ANOTHER,
            claim.ordinal if mine else None,
            claim.waiting_place,
            release.opens_at,
            again=True,
        )
    new = [each for patient, each in first.items() if patient not in known]
    answers = decide_claims(held.state(), [each.received_at for each in new])
    kept: list[rows.NewClaim] = []
    for each, answer in zip(new, answers, strict=True):
        ticket, outcome = each.ticket, answer.outcome.value
        known[ticket.patient] = Answered(
            ticket.token,
            outcome,
            answer.ordinal,
            answer.waiting_place,
            release.opens_at,
            again=False,
        )
        if answer.outcome in KEPT:
            kept.append(
                rows.NewClaim(
                    ticket.token,
                    release.site,
                    release_id,
                    ticket.patient,
                    ticket.visit,
                    each.idempotency_key,
                    ticket.priority_class,
                    each.received_at,
                    None if answer.outcome is Outcome.INTEREST else now,
                    outcome,
                    answer.ordinal,
                    answer.waiting_place,
                    answer.place.slot_id if answer.place else None,
                )
            )
    if kept:
        rows.give(release, [a.place for a in answers if a.place is not None])
        release.next_waiting_place += sum(a.outcome is Outcome.WAITING for a in answers)
        rows.add(kept, release)
    counted: set[UUID] = set()
    found = []
    for each in batch:
        answer_to = known[each.ticket.patient]
        found.append(
            replace(answer_to, again=True) if each.ticket.patient in counted else answer_to
        )
        counted.add(each.ticket.patient)
    return found


def _left_nothing(each: AskedFor, outcome: str, opens_at: datetime | None) -> Answered:
    return Answered(each.ticket.token, outcome, None, None, opens_at, again=False)


def public_state(release_id: UUID, *, by: Actor, now: datetime) -> dict[str, object] | None:
    """Return what anyone may know of a release, or None when there is none."""
    access.check(by, Action.CLAIM_NUMBER)
    release: NumberRelease | None = NumberRelease.objects.filter(pk=release_id).first()
    if release is None:
        return None
    free_again = release.places_free_again
    return {
        "release": str(release.pk),
        "site": release.site,
        "campus": release.campus,
        "day": release.day.isoformat(),
        "policy": release.policy,
        "opens_at": release.opens_at,
        "closes_at": release.closes_at,
        "places": release.places,
        "given": release.next_ordinal - 1,
        "free": max(0, release.places - release.next_place + 1) + free_again,
        "waiting_places": release.waiting_places,
        "ever_waiting": release.next_waiting_place - 1,
        "commitment": release.commitment,
        "drawn_at": release.drawn_at,
        "list_hash": release.list_hash,
    }


def claim_state(token: UUID, *, by: Actor, now: datetime) -> Answered | None:
    """Return how a claim stands, for whoever holds its token; None when there is no such claim."""
    access.check(by, Action.CLAIM_NUMBER)
    claim = Claim.objects.select_related("release").filter(pk=token).first()
    if claim is None:
        return None
    return Answered(
        claim.pk,
        claim.outcome,
        claim.ordinal,
        claim.waiting_place,
        claim.release.opens_at,
        again=True,
    )


# ---- announcing


def announce(
    house: House,
    campus: str,
    day: date,
    *,
    opens_at: datetime | None = None,
    by: Actor,
    now: datetime,
) -> NumberRelease:
    """Return the release of one campus and clinic day; announcing twice is the same release.

    The site's share of the day's clinic places is taken out of planning, spread over the day; the
    rest stays planned. It opens at the site's hour, so many days before as the site's file says,
    unless ``opens_at`` names another moment. Raises ``ReleaseRefused`` and ``NoPlaces``, and
    ``YearMissing`` for a day without places in a year without an official holiday notice.
    """
    access.check(by, Action.RELEASE_NUMBERS)
    site = house.site(by.site)
    habits = site.release
    if habits is None or campus not in site.campuses:
        raise ReleaseRefused(
            f"{site.slug} releases no numbers at campus {campus!r}: its file "
            f"{'has no [release]' if habits is None else 'names no such campus'}. Its campuses are "
            f"{', '.join(sorted(site.campuses))}; name one, or add [release] to the file."
        )
    opens = opens_at or _opens(site.numbers_released_at, day, habits, site.time_zone)
    with transaction.atomic():
        there: NumberRelease | None = NumberRelease.objects.filter(
            site=site.slug, campus=campus, day=day
        ).first()
        if there is not None:
            return there
        if day < (today := house.day_at(site.slug, now)):
            raise ReleaseRefused(
                f"No numbers of {day} were announced at {campus} of {site.slug}: that day is past, "
                f"today is {today}. Name a day to come."
            )
        places = _places_to_release(site.slug, campus, day, habits.share)
        if not places:
            if why := house.openings_at(site.slug).visit(day):
                raise ClinicClosed(
                    f"No numbers of {day} were announced at {campus} of {site.slug}: its clinic is "
                    f"closed that day ({why}). Choose an open day."
                )
            raise NoPlaces(
                f"No numbers of {day} were announced at {campus} of {site.slug}: {habits.share} % "
                "of its clinic places is none, or all are taken. Open clinic times for that day "
                "first, or choose a larger share in the site's file."
            )
        closes = places[0].starts_at
        if not now < opens < closes:
            raise TooLate(
                f"Numbers of {day} would open at {opens:%Y-%m-%d %H:%M:%S %Z}. They open after "
                f"they were announced, and before the clinic begins at {closes:%Y-%m-%d %H:%M} "
                "UTC. Announce them earlier, or name another moment."
            )
        secret = secrets.token_bytes(SECRET_BYTES) if habits.policy == Policy.DRAW else b""
        made: NumberRelease = NumberRelease.objects.create(
            site=site.slug,
            campus=campus,
            day=day,
            policy=habits.policy,
            announced_at=now,
            opens_at=opens,
            closes_at=closes,
            places=len(places),
            waiting_places=habits.waiting_places,
            commitment=commitment_to(secret) if secret else "",
            secret=secret.hex(),
        )
        for number, slot in enumerate(places, start=1):
            slot.release, slot.place = made, number
        Slot.objects.bulk_update(places, ["release", "place"])
        _remember(made, "numbers-announced", ["places"], by=by, now=now)
    return made


def to_announce(house: House, *, by: Actor, now: datetime) -> list[tuple[str, date]]:
    """Return the campuses and clinic days whose numbers a site announces by itself now.

    None where its file has no ``announced_hours_before``; a day without clinic times is left out.
    """
    access.check(by, Action.RELEASE_NUMBERS)
    site = house.site(by.site)
    habits = site.release
    if habits is None or habits.announced_hours_before is None:
        return []
    until = now + timedelta(hours=habits.announced_hours_before)
    day = house.day_at(site.slug, now) + timedelta(days=habits.days_ahead)
    days = []
    while _opens(site.numbers_released_at, day, habits, site.time_zone) <= until:
        if _opens(site.numbers_released_at, day, habits, site.time_zone) > now:
            days.append(day)
        day += timedelta(days=1)
    there = Slot.objects.filter(
        site=site.slug, kind="clinic_visit", day__in=days, closed_at=None, release=None
    )
    announced = set(
        NumberRelease.objects.filter(site=site.slug, day__in=days).values_list("campus", "day")
    )
    wanted = set(there.values_list("campus", "day")) - announced
    return sorted(each for each in wanted if each[0] in site.campuses)


def _opens(at: time, day: date, habits: ReleaseHabits, zone: str) -> datetime:
    return datetime.combine(day - timedelta(days=habits.days_ahead), at, ZoneInfo(zone))


def _places_to_release(site: str, campus: str, day: date, share: int) -> list[Slot]:
    """Return the free slots to release, locked, spread over the day."""
    ordinary = Slot.objects.filter(
        site=site, campus=campus, kind="clinic_visit", day=day, standby=False, closed_at=None
    )
    # Locked first, asked second: a booking that was being made then is seen.
    ids = [slot.pk for slot in ordinary.select_for_update().order_by("pk")]
    taken = Booking.objects.filter(slot=OuterRef("pk"), state__in=TAKES_THE_SLOT)
    free = list(
        Slot.objects.filter(~Exists(taken), pk__in=ids, release=None).order_by("starts_at", "room")
    )
    count = min(len(free), len(ids) * share // 100)
    return [free[n * len(free) // count] for n in range(count)]


# ---- the end of the day


def end_releases(house: House, site: str, *, by: Actor, now: datetime) -> int:
    """Return how many releases ended: their clinic day is over, and what nobody used lapses."""
    access.check(by, Action.RELEASE_NUMBERS)
    check_own_site(by, site)
    today = house.day_at(site, now)
    ended = 0
    over = NumberRelease.objects.filter(site=site, ended_at=None, day__lt=today)
    for release_id in list(over.values_list("pk", flat=True)):
        with transaction.atomic():
            held = rows.hold(release_id, [], places=0)
            if held is None or held.release.ended_at is not None:
                continue
            claims = Claim.objects.filter(release=release_id)
            came = Booking.objects.filter(
                slot=OuterRef("slot"), visit=OuterRef("visit"), state="attended"
            )
            used = claims.filter(Exists(came), outcome=Outcome.NUMBER.value).update(
                outcome="used", ended_at=now
            )
            claims.filter(outcome__in=LIVE).update(outcome="lapsed", ended_at=now, why="day-over")
            held.release.ended_at = now
            held.release.save(update_fields=["ended_at"])
            _remember(held.release, "release-ended", ["claims"], used=used, by=by, now=now)
            ended += 1
    return ended


def _remember(
    release: NumberRelease,
    kind: str,
    fields: list[str],
    *,
    used: int | None = None,
    by: Actor,
    now: datetime,
) -> None:
    remember(
        kind=kind,
        subject=subject_of(release),
        by=by,
        now=now,
        site=release.site,
        fields=fields,
        payload={
            "day": release.day,
            "campus": release.campus,
            "places": release.places,
            "used": used,
        },
    )
