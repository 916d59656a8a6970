"""A number from the ticket to the clinic: who gets one, what it turns into, giving one back."""

from datetime import timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.core.booking.ticket import read_ticket
from patency.records.models.booking import Booking, Slot
from patency.records.models.ledger import Event
from patency.records.models.release import Claim, NumberRelease
from patency.records.models.visit import Hold, Period, Treatment, Visit
from patency.service import booking, numbers, release
from tests.make import SITE, make_actor, make_decision, make_slot, make_visit
from tests.service import walk
from tests.service.numbers import (
    DOOR,
    SEVEN,
    SUNDAY,
    WORKER,
    a_ticket,
    announced,
    asked,
    claim,
    house_with,
)

pytestmark = pytest.mark.django_db

TUESDAY = SEVEN + timedelta(days=1)
WEDNESDAY = SEVEN + timedelta(days=2)


def her(visit: Visit):
    return visit.patient.as_actor()


def a_woman(house, n: int = 0) -> Visit:
    return walk.answered(
        house, now=SUNDAY, given_name=f"Ann{n}", phone=f"+86 138 0000 {n:04}", consents={}
    )


def ticket_of(house, visit: Visit, of: NumberRelease, now=SUNDAY):
    text = numbers.issue_ticket(house, visit.pk, of.pk, by=her(visit), now=now)
    key = numbers.ticket_key(by=DOOR, now=now)
    return read_ticket(text, key, release=of.pk, now=now)


def settle(house, now=SEVEN) -> None:
    for claim_id in numbers.numbers_to_settle(SITE, by=WORKER, now=now):
        numbers.settle_number(house, claim_id, by=WORKER, now=now)


def outcomes(of: NumberRelease):
    rows = Claim.objects.filter(release=of).order_by("received_at", "ordinal", "waiting_place")
    return [(c.outcome, c.ordinal) for c in rows]


# ---- tickets


def test_her_ticket_is_hers_for_this_release_and_says_no_name(house):
    of = announced(house)
    visit = a_woman(house)

    ticket = ticket_of(house, visit, of)

    assert (ticket.patient, ticket.visit, ticket.release) == (visit.patient_id, visit.pk, of.pk)
    assert (ticket.ends_at, ticket.tries_a_minute) == (of.closes_at, 12)
    assert ticket_of(house, visit, of).token == ticket.token


def test_she_needs_a_day_that_suits_her(house):
    of = announced(house)
    unknown = walk.register(house, now=SUNDAY)

    with pytest.raises(numbers.DayDoesNotSuit, match="is no day for the test") as refusal:
        ticket_of(house, unknown, of)
    assert refusal.value.decision.questions


def test_who_has_a_time_or_a_number_or_another_campus_gets_no_ticket(house):
    of = announced(house)
    dated, numbered, elsewhere = (a_woman(house, n) for n in range(3))
    slot = make_slot(starts_at=SEVEN + timedelta(days=1, hours=3), kind="clinic_visit", room="r")
    booking.book_visit(house, dated.pk, slot.pk, by=walk.DESK, now=SUNDAY)
    Visit.objects.filter(pk=elsewhere.pk).update(campus="east")
    other = NumberRelease.objects.create(
        site=SITE, campus="west", day=of.day + timedelta(days=1), policy="first-come",
        announced_at=SUNDAY, opens_at=SUNDAY, closes_at=of.closes_at, places=1, waiting_places=0,
    )  # fmt: skip
    make_slot(kind="clinic_visit", room="another", release=other, place=1)
    claim(a_ticket(other, numbered))

    for visit, says in (
        (dated, "she has one"),
        (numbered, "without a number"),
        (elsewhere, "another campus"),
    ):
        with pytest.raises(numbers.NoTicket, match=says):
            ticket_of(house, visit, of)
    with pytest.raises(numbers.NoTicket, match="is closed"):
        ticket_of(house, a_woman(house, 9), of, now=of.closes_at)


def test_who_is_on_hold_gets_a_ticket_only_for_the_retest_after_her_treatment(house):
    of = announced(house)
    visit = a_woman(house)
    Hold.objects.create(visit=visit, decision=make_decision(visit), opened_at=SUNDAY)

    with pytest.raises(numbers.NoTicket, match="on hold until something is seen to"):
        ticket_of(house, visit, of)
    Treatment.objects.create(
        visit=visit,
        what="metronidazole",
        prescriber="doctor-one",
        started_on=SUNDAY.date(),
        ended_on=SUNDAY.date(),
    )

    assert ticket_of(house, visit, of).visit == visit.pk


def test_nobody_takes_a_ticket_for_another_woman_nor_the_key(house):
    of = announced(house)
    hers, other = a_woman(house, 1), a_woman(house, 2)

    with pytest.raises(Visit.DoesNotExist):
        numbers.issue_ticket(house, hers.pk, of.pk, by=her(other), now=SUNDAY)
    with pytest.raises(NotPermitted, match="key of the tickets"):
        numbers.ticket_key(by=make_actor(Role.MANAGER), now=SUNDAY)


def test_the_women_the_site_draws_first_are_in_the_first_class(house):
    from patency.core.site.numbers import DrawnFirst

    of = announced(house)
    older = house_with(house, classes=(DrawnFirst("little time", 30, None),))

    assert ticket_of(house, a_woman(house), of).priority_class == 0
    assert ticket_of(older, a_woman(house, 1), of).priority_class == 0
    assert DrawnFirst("refused", None, 2).holds(age=20, refused_cycles=2)
    assert older.sites[SITE].release.class_of(age=29, refused_cycles=5) == 1


def test_her_page_knows_her_ticket_her_answer_or_why_there_is_none(house):
    of = announced(house)
    asks, claimed, cannot = a_woman(house, 1), a_woman(house, 2), walk.register(house, now=SUNDAY)
    claim(ticket_of(house, claimed, of))

    (first,), (second,), (third,) = (
        numbers.releases_for(house, visit.pk, by=her(visit), now=SUNDAY)
        for visit in (asks, claimed, cannot)
    )

    assert (first.claim, bool(first.ticket)) == (None, True)
    assert (second.claim.ordinal, second.ticket) == (1, "")
    assert third.ticket == "" and "is no day for the test" in third.why_not


# ---- what a number turns into


def test_a_number_becomes_her_time_at_the_clinic_once(house):
    of = announced(house)
    visit = a_woman(house)
    claim(ticket_of(house, visit, of))

    settle(house)
    settle(house)

    mine = Booking.objects.get()
    assert (mine.visit, mine.kind, mine.state) == (visit, "clinic_visit", "firm")
    assert mine.slot == Claim.objects.get().slot
    assert Event.objects.filter(kind="visit-booked").count() == 1
    assert numbers.numbers_to_settle(SITE, by=WORKER, now=SEVEN) == []


def test_a_number_on_a_day_that_suits_no_more_goes_to_the_next_in_line(house):
    of = announced(house, places=1, waiting=2)
    hers, next_in_line = a_woman(house, 1), a_woman(house, 2)
    claim(ticket_of(house, hers, of), ticket_of(house, next_in_line, of))
    Period.objects.filter(patient=hers.patient).update(bleeding_ended=None)  # she bleeds again

    settle(house)
    settle(house)

    assert Claim.objects.get(visit=hers).why == "day-does-not-suit"
    assert Claim.objects.get(visit=next_in_line).ordinal == 2
    assert Booking.objects.get(state="firm").visit == next_in_line


def test_cancelling_the_time_gives_the_number_back(house):
    of = announced(house, places=1, waiting=1)
    hers, next_in_line = a_woman(house, 1), a_woman(house, 2)
    claim(ticket_of(house, hers, of), ticket_of(house, next_in_line, of))
    settle(house)

    booking.cancel(Booking.objects.get().pk, "her-wish", by=walk.DESK, now=SEVEN)
    settle(house)
    settle(house)

    assert [(c.outcome, c.why) for c in Claim.objects.filter(visit=hers)] == [
        ("returned", "cancelled")
    ]
    assert Booking.objects.get(state="firm").visit == next_in_line


# ---- giving back


def test_a_returned_place_is_issued_under_the_next_ordinal_to_the_first_in_line(house):
    of = announced(house, places=2, waiting=2)
    women = [a_woman(house, n) for n in range(4)]
    claim(*[ticket_of(house, visit, of) for visit in women])
    first = Claim.objects.get(ordinal=1)
    place = first.slot

    numbers.return_number(first.pk, "her-wish", by=her(women[0]), now=SEVEN)
    numbers.return_number(first.pk, "her-wish", by=her(women[0]), now=SEVEN)

    promoted = Claim.objects.get(ordinal=3)
    assert (promoted.visit, promoted.slot, promoted.waiting_place) == (women[2], place, 1)
    assert sorted(outcomes(of), key=str) == [
        ("number", 2), ("number", 3), ("returned", 1), ("waiting", None)
    ]  # fmt: skip
    assert Event.objects.filter(kind="number-given").count() == 1


def test_a_returned_place_nobody_waits_for_is_the_next_claimants(house):
    of = announced(house, places=2, waiting=0)
    women = [a_woman(house, n) for n in range(2)]
    claim(*[ticket_of(house, visit, of) for visit in women])
    first = Claim.objects.get(ordinal=1)
    place = first.slot_id

    numbers.return_number(first.pk, "her-wish", by=her(women[0]), now=SEVEN)
    answers = claim(a_ticket(of), a_ticket(of))

    assert [(a.outcome, a.ordinal) for a in answers] == [("number", 3), ("sold-out", None)]
    assert Claim.objects.get(ordinal=3).slot_id == place
    assert claim(ticket_of_claim(first))[0].outcome == "returned"


def ticket_of_claim(row: Claim):
    return a_ticket(row.release, row.visit)


def test_who_waits_may_leave_the_line_and_who_has_another_time_is_passed_over(house):
    of = announced(house, places=1, waiting=3)
    women = [a_woman(house, n) for n in range(4)]
    claim(*[ticket_of(house, visit, of) for visit in women])
    leaves = Claim.objects.get(visit=women[1])
    slot = make_slot(starts_at=SEVEN + timedelta(days=1, hours=3), kind="clinic_visit", room="r")
    booking.book_visit(house, women[2].pk, slot.pk, by=walk.DESK, now=SEVEN)

    numbers.return_number(leaves.pk, "her-wish", by=her(women[1]), now=SEVEN)
    numbers.return_number(Claim.objects.get(ordinal=1).pk, "her-wish", by=walk.NURSE, now=SEVEN)

    by_visit = {c.visit_id: (c.outcome, c.ordinal) for c in Claim.objects.all()}
    assert [by_visit[v.pk] for v in women] == [
        ("returned", 1), ("returned", None), ("lapsed", None), ("number", 2)
    ]  # fmt: skip


def test_what_is_over_cannot_be_returned_and_a_reason_is_a_code(house):
    of = announced(house, places=1, waiting=0)
    women = [a_woman(house, n) for n in range(2)]
    claim(*[ticket_of(house, visit, of) for visit in women])

    with pytest.raises(numbers.NoNumber, match="is sold-out"):
        numbers.return_number(
            Claim.objects.get(visit=women[1]).pk, "her-wish", by=walk.NURSE, now=SEVEN
        )
    with pytest.raises(numbers.NumberRefused, match="is no code"):
        numbers.return_number(Claim.objects.get(ordinal=1).pk, "x y", by=walk.NURSE, now=SEVEN)
    with pytest.raises(Claim.DoesNotExist):
        numbers.return_number(
            Claim.objects.get(ordinal=1).pk, "her-wish", by=her(women[1]), now=SEVEN
        )


# ---- a place closed under a number


def test_a_place_closed_under_a_number_is_replaced_and_the_ordinal_stays_hers(house):
    of = announced(house, places=3, waiting=0)
    visit = a_woman(house)
    claim(ticket_of(house, visit, of))
    settle(house)
    Slot.objects.filter(claim__ordinal=1).update(closed_at=SEVEN, closed_why="machine")

    settle(house)

    mine = Claim.objects.get()
    assert (mine.ordinal, mine.slot.place) == (1, 2)
    assert Booking.objects.get(state="firm").slot == mine.slot
    assert claim(a_ticket(of))[0].ordinal == 2


def test_without_another_place_her_number_ends_and_nobody_gets_the_closed_one(house):
    of = announced(house, places=1, waiting=1)
    women = [a_woman(house, n) for n in range(2)]
    claim(*[ticket_of(house, visit, of) for visit in women])
    settle(house)
    Slot.objects.filter(claim__ordinal=1).update(closed_at=SEVEN, closed_why="machine")

    settle(house)

    assert sorted(outcomes(of)) == [("returned", 1), ("waiting", None)]
    assert not Booking.objects.filter(state="firm").exists()
    assert Event.objects.filter(kind="number-ended").count() == 1


# ---- the end of the day


def test_when_the_day_is_over_used_numbers_and_lapsed_ones_are_told_apart(house):
    of = announced(house, places=2, waiting=1)
    women = [a_woman(house, n) for n in range(3)]
    claim(*[ticket_of(house, visit, of) for visit in women])
    settle(house)
    Booking.objects.filter(visit=women[0]).update(state="attended")

    assert release.end_releases(house, SITE, by=WORKER, now=TUESDAY) == 0
    assert release.end_releases(house, SITE, by=WORKER, now=WEDNESDAY) == 1
    assert release.end_releases(house, SITE, by=WORKER, now=WEDNESDAY) == 0

    assert {c.visit_id: c.outcome for c in Claim.objects.all()} == {
        women[0].pk: "used", women[1].pk: "lapsed", women[2].pk: "lapsed"
    }  # fmt: skip
    late = release.claim_many([asked(a_ticket(of, make_visit()), SEVEN)], by=DOOR, now=WEDNESDAY)
    assert late[0].outcome == "closed"
