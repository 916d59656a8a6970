"""Numbers of a release: her ticket, her answer, giving one back, and what a number turns into."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.crypto import salted_hmac

from patency.core import access
from patency.core.access import Action, Actor, NotPermitted, Role
from patency.core.booking.ticket import Ticket, sign, token_for
from patency.core.protocol.decide import Decision, decide_timing
from patency.core.protocol.model import Stage
from patency.records import claims as rows
from patency.records.ledger import is_code, remember_change
from patency.records.models.booking import STILL_TO_COME, TAKES_THE_SLOT, Booking, Slot, TurnedDown
from patency.records.models.release import Claim, NumberRelease
from patency.records.models.visit import Treatment, Visit, lock
from patency.records.seen_by import check_own_site, seen_by
from patency.service import journey
from patency.service.house import House
from patency.service.judging import facts_now, seen_to_first

NUMBER, WAITING = "number", "waiting"


class NumberRefused(Exception):
    """A ticket or number that cannot be as it was asked for."""


class NoTicket(NumberRefused):
    """She gets no ticket for this release."""


class DayDoesNotSuit(NoTicket):
    """The protocol does not test her on that day; carries the decision."""

    def __init__(self, message: str, decision: Decision) -> None:
        super().__init__(message)
        self.decision = decision


class NoNumber(NumberRefused):
    """The claim holds no number and no place in line."""


@dataclass(frozen=True, slots=True)
class HerRelease:
    """One release as it concerns one woman."""

    release: NumberRelease
    claim: Claim | None
    ticket: str
    """Empty where she has claimed already, or gets none."""
    why_not: str
    """What the service says where she gets none."""


def ticket_key(*, by: Actor, now: datetime) -> bytes:
    """Return the key tickets are signed with, to the program's own processes only."""
    if Role.SYSTEM not in by.roles:
        raise NotPermitted(
            f"{by.name} asked for the key of the tickets. Only the release door and the pages of "
            "this program hold it; ask for a ticket instead."
        )
    return _key()


def releases_for(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> list[HerRelease]:
    """Return the releases to come of a woman's campus, with her ticket or her answer in each."""
    access.check(by, Action.CLAIM_NUMBER)
    visit = journey.visit_seen(visit_id, "her numbers", by=by, now=now)
    seen = seen_by(by, "her numbers", now=now)
    releases = seen.number_releases.filter(ended_at=None).order_by("opens_at", "campus")
    if visit.campus:
        releases = releases.filter(campus=visit.campus)
    claims = {
        claim.release_id: claim
        for claim in seen.claims.filter(patient=visit.patient_id).select_related("slot")
    }
    found = []
    for release in releases:
        claim = claims.get(release.pk)
        ticket = why = ""
        if claim is None:
            try:
                ticket = issue_ticket(house, visit_id, release.pk, by=by, now=now)
            except NoTicket as refusal:
                why = str(refusal)
        if claim is not None or release.closes_at > now:
            found.append(HerRelease(release, claim, ticket, why))
    return found


def issue_ticket(
    house: House, visit_id: UUID, release_id: UUID, *, by: Actor, now: datetime
) -> str:
    """Return her signed ticket to one release; all her tickets to it are one claim.

    She needs a visit before its examination, no clinic visit to come, no number elsewhere, no hold
    but one whose treatment has ended by that day (then it is her retest), and the protocol's timing
    rules must allow the test on that day. Raises ``NoTicket`` or ``DayDoesNotSuit``.
    """
    access.check(by, Action.CLAIM_NUMBER)
    visit = journey.visit_seen(visit_id, "ticket", by=by, now=now)
    release: NumberRelease = seen_by(by, "ticket", now=now).number_releases.get(pk=release_id)
    habits = house.site(release.site).release
    if habits is None or release.ended_at is not None or release.closes_at <= now:
        raise _no_ticket(visit, release, "is closed", "Look for the release of another day")
    if not journey.states(visit, *journey.BEFORE_THE_EXAM):
        raise _no_ticket(
            visit,
            release,
            "is for women before the examination, and hers is over",
            "Open a new visit for another examination",
        )
    if visit.campus and visit.campus != release.campus:
        raise _no_ticket(
            visit, release, "is of another campus", "Take a ticket of her own campus, or change it"
        )
    if _has_a_date(visit):
        raise _no_ticket(
            visit,
            release,
            "is for women without a time at the clinic, and she has one",
            "Keep that time, or cancel it first",
        )
    if Claim.objects.filter(~Q(release=release), patient=visit.patient_id, outcome=NUMBER).exists():
        raise _no_ticket(
            visit,
            release,
            "is for women without a number, and she has one",
            "Keep that number, or return it first",
        )
    hers_to_take = by.patient_id is not None
    if _waits_for_treatment(visit, release.day) or (
        hers_to_take and seen_to_first(house, visit, now=now)
    ):
        raise _no_ticket(
            visit,
            release,
            "is for women who can be tested then, and she is on hold until something is seen to",
            "See to it first; the clinic gives her a time for the retest",
        )
    decision = _unsuitable(house, visit, release.day, now=now)
    if decision is not None:
        raise DayDoesNotSuit(
            journey.why_not(house, visit, decision, f"{release.day} is no day for the test"),
            decision,
        )
    born = visit.patient.birth_date or release.day
    refused = TurnedDown.objects.filter(visit=visit, priority_for_next=True).count()
    return sign(
        Ticket(
            token=token_for(_key(), release.pk, visit.patient_id),
            release=release.pk,
            patient=visit.patient_id,
            visit=visit.pk,
            ends_at=release.closes_at,
            priority_class=habits.class_of(age=_age(born, release.day), refused_cycles=refused),
            tries_a_minute=habits.tries_a_minute,
        ),
        _key(),
    )


def return_number(claim_id: UUID, why: str, *, by: Actor, now: datetime) -> Claim:
    """Return her claim, given back; her place goes at once to the woman first in line.

    It is issued under the next ordinal: hers is not given again. Who waits may leave the line the
    same way. Returning twice is the same. ``why`` is a code. Raises ``NoNumber``.
    """
    access.check(by, Action.CLAIM_NUMBER)
    if not is_code(why):
        raise NumberRefused(
            f"Nothing was returned: the reason has {len(why)} characters and is no code. A code "
            "has at most 80 letters and digits and no spaces, such as her-wish; choose one."
        )
    mine: Claim = seen_by(by, "return a number", now=now).claims.get(pk=claim_id)
    with transaction.atomic():
        held = rows.hold(mine.release_id, [], places=0)
        claim: Claim = Claim.objects.select_related("visit", "release").get(pk=claim_id)
        assert held is not None  # a claim keeps its release
        if claim.outcome == "returned":
            return claim
        if claim.outcome not in (NUMBER, WAITING, "interest"):
            raise NoNumber(
                f"claim/{claim_id} is {claim.outcome}: there is nothing to return. A number, a "
                "place in line or an interest can be returned; look at the claim as it stands now."
            )
        _give_back(held.release, claim, why, by=by, now=now)
    return claim


def numbers_to_settle(site: str, *, by: Actor, now: datetime) -> list[UUID]:
    """Return the claims whose numbers are no dates yet, or stand on a place that is gone."""
    access.check(by, Action.RELEASE_NUMBERS)
    check_own_site(by, site)
    date_of_hers = Booking.objects.filter(
        slot=OuterRef("slot"), visit=OuterRef("visit"), state__in=TAKES_THE_SLOT
    )
    live = Claim.objects.filter(site=site, outcome=NUMBER, release__ended_at=None)
    wanting = live.filter(~Exists(date_of_hers) | Q(slot__closed_at__isnull=False))
    return list(wanting.order_by("release", "ordinal").values_list("pk", flat=True))


def settle_number(house: House, claim_id: UUID, *, by: Actor, now: datetime) -> Claim:
    """Return the claim after its number became her time at the clinic, or was given back for her.

    Given back when she has another time by now, cancelled this one, or the protocol does not test
    her on that day any more. A place that was closed under her is replaced by a free one of the
    same release, her ordinal staying hers.
    """
    access.check(by, Action.BOOK)
    mine: Claim = seen_by(by, "settle a number", now=now).claims.get(pk=claim_id)
    with transaction.atomic():
        held = rows.hold(mine.release_id, [], places=1)
        assert held is not None  # a claim keeps its release
        rows_of_hers = Claim.objects.select_related("visit", "release", "slot")
        claim: Claim = rows_of_hers.get(pk=claim_id)
        if claim.outcome != NUMBER or held.release.ended_at is not None:
            return claim
        visit = lock(claim.visit)
        why = _why_not_hers(house, visit, claim, now=now)
        if not why and claim.slot is not None and claim.slot.closed_at is not None:
            why = _move(held, claim, visit, by=by, now=now)
        if why:
            _give_back(held.release, claim, why, by=by, now=now)
        elif claim.slot_id is not None and not _has_a_date(visit):
            try:
                with transaction.atomic():
                    made = Booking.objects.create(
                        slot_id=claim.slot_id,
                        visit=visit,
                        kind="clinic_visit",
                        state="firm",
                        made_at=now,
                    )
            except IntegrityError:
                _give_back(held.release, claim, "place-taken", by=by, now=now)
                return claim
            remember_change(
                made,
                "visit-booked",
                by=by,
                now=now,
                fields=["booking"],
                payload={"visit": visit.pk, "slot": claim.slot_id, "claim": claim.pk},
            )
    return claim


# ---- inside


def _give_back(release: NumberRelease, claim: Claim, why: str, *, by: Actor, now: datetime) -> None:
    """End a claim under the release's lock; a place it had is the next woman's in line at once."""
    slot, had_a_number = claim.slot, claim.outcome == NUMBER
    claim.outcome, claim.slot, claim.why, claim.ended_at = "returned", None, why, now
    claim.save(update_fields=["outcome", "slot", "why", "ended_at"])
    hers = Booking.objects.filter(slot=slot, visit=claim.visit_id, state__in=STILL_TO_COME)
    if had_a_number:
        hers.update(state="cancelled", ended_at=now, why=why)
    remember_change(
        claim,
        "number-returned" if by.patient_id else "number-ended",
        by=by,
        now=now,
        fields=["outcome"],
        payload={"visit": claim.visit_id, "slot": slot.pk if slot else None, "why": why},
    )
    if not had_a_number or slot is None:
        return
    slot.refresh_from_db()
    if slot.closed_at is None and not _promote(release, slot, by=by, now=now):
        release.places_free_again += 1
    release.save(update_fields=["next_ordinal", "places_free_again"])


def _promote(release: NumberRelease, slot: Slot, *, by: Actor, now: datetime) -> Claim | None:
    """Return the claim of the first in line, now a number with this place and the next ordinal.

    Women who meanwhile have a number or a time elsewhere keep that, and leave the line.
    """
    line = Claim.objects.filter(release=release, outcome=WAITING).order_by("waiting_place")
    waiting: list[Claim] = list(line.select_related("visit"))
    for claim in waiting:
        elsewhere = Claim.objects.filter(patient=claim.patient_id, outcome=NUMBER).exists()
        before = journey.states(claim.visit, *journey.BEFORE_THE_EXAM)
        if elsewhere or not before or _has_a_date(claim.visit):
            claim.outcome, claim.why, claim.ended_at = "lapsed", "has-another", now
            claim.save(update_fields=["outcome", "why", "ended_at"])
            continue
        claim.outcome, claim.slot, claim.ordinal = NUMBER, slot, release.next_ordinal
        try:
            with transaction.atomic():
                claim.save(update_fields=["outcome", "slot", "ordinal"])
        except IntegrityError:
            continue  # another release gave her a number this moment: she is next seen with it
        release.next_ordinal += 1
        remember_change(
            claim,
            "number-given",
            by=by,
            now=now,
            fields=["outcome", "ordinal", "slot"],
            payload={"visit": claim.visit_id, "slot": slot.pk},
        )
        return claim
    return None


def _why_not_hers(house: House, visit: Visit, claim: Claim, *, now: datetime) -> str:
    """Return the code why a number is not hers any more, or nothing."""
    bookings = Booking.objects.filter(visit=visit, kind="clinic_visit")
    if not journey.states(visit, *journey.BEFORE_THE_EXAM):
        return "visit-over"
    if bookings.filter(state__in=STILL_TO_COME).exclude(slot=claim.slot).exists():
        return "has-another"
    on_it = bookings.filter(slot=claim.slot)
    given_up = on_it.exists() and not on_it.filter(state__in=TAKES_THE_SLOT).exists()
    if given_up and claim.slot is not None and claim.slot.closed_at is None:
        return "cancelled"
    if not on_it.exists() and _waits_for_treatment(visit, claim.release.day):
        return "on-hold"
    if not on_it.exists() and _unsuitable(house, visit, claim.release.day, now=now):
        return "day-does-not-suit"
    return ""


def _move(held: rows.Held, claim: Claim, visit: Visit, *, by: Actor, now: datetime) -> str:
    """Return nothing after the claim got another place for the closed one, or why it could not."""
    hers = Booking.objects.filter(slot=claim.slot, visit=visit, state__in=STILL_TO_COME)
    hers.update(state="cancelled", ended_at=now, why="slot-closed")
    if not held.free:
        return "slot-closed"
    (place,) = held.free
    claim.slot = Slot.objects.get(pk=place.slot_id)
    claim.save(update_fields=["slot"])
    rows.give(held.release, [place])
    held.release.next_ordinal -= 1  # she keeps hers
    held.release.save(update_fields=["next_place", "places_free_again"])
    remember_change(
        claim,
        "number-moved",
        by=by,
        now=now,
        fields=["slot"],
        payload={"visit": visit.pk, "slot": place.slot_id},
    )
    return ""


def _unsuitable(house: House, visit: Visit, day: date, *, now: datetime) -> Decision | None:
    """Return the decision that stands against a test on that day, or None."""
    facts = facts_now(house, visit, Stage.VISIT, extra={"visit_date": day}, now=now)
    decision = decide_timing(house.rulebook_at(visit.site), Stage.VISIT, facts)
    return decision if decision.reasons or decision.unsettled else None


def _waits_for_treatment(visit: Visit, day: date) -> bool:
    """Return whether a hold stands whose treatment has not ended before a day."""
    if journey.open_hold(visit) is None:
        return False
    return not Treatment.objects.filter(visit=visit, ended_on__lt=day).exists()


def _has_a_date(visit: Visit) -> bool:
    mine = Booking.objects.filter(visit=visit, kind="clinic_visit", state__in=STILL_TO_COME)
    return mine.exists()


def _no_ticket(visit: Visit, release: NumberRelease, so: str, then: str) -> NoTicket:
    return NoTicket(
        f"visit/{visit.pk} gets no ticket: the release of {release.day} at {release.campus} {so}. "
        f"{then}."
    )


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _key() -> bytes:
    return salted_hmac("patency.release-ticket", "", algorithm="sha256").digest()
