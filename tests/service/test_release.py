"""The 7:00 release on a real database: who is answered what, once and for good."""

from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from patency.core.access import NotPermitted
from patency.core.booking.release import as_document, faults
from patency.records.models.booking import Booking, Slot
from patency.records.models.ledger import Event
from patency.records.models.release import Claim, NumberRelease
from patency.service import booking, drawing, release
from patency.service.seats import SlotTaken
from tests.make import make_slot, make_visit
from tests.service import walk
from tests.service.numbers import (
    A_MOMENT,
    CAMPUS,
    CLINIC_DAY,
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

DRAWN = SEVEN + drawing.DRAWN_AFTER


def said(answers):
    return [(a.outcome, a.ordinal or a.waiting_place) for a in answers]


# ---- announcing


def test_a_release_takes_the_sites_share_of_the_days_places_out_of_planning(house):
    of = announced(house, places=6, share=50)

    numbered = Slot.objects.filter(release=of).order_by("place")
    assert [slot.place for slot in numbered] == [1, 2, 3]
    assert Slot.objects.filter(day=CLINIC_DAY, release=None).count() == 3
    assert (of.opens_at, of.closes_at) == (SEVEN, numbered[0].starts_at)
    assert [(e.kind, e.payload["places"]) for e in Event.objects.filter(kind__contains="num")] == [
        ("numbers-announced", 3)
    ]


def test_announcing_twice_is_one_release(house):
    first = announced(house)

    assert release.announce(house, CAMPUS, CLINIC_DAY, by=walk.NURSE, now=SUNDAY) == first
    assert Event.objects.filter(kind="numbers-announced").count() == 1


def test_what_is_booked_already_is_not_released(house):
    visit = walk.answered(house, now=SUNDAY)
    taken = make_slot(
        starts_at=SEVEN + timedelta(days=1, hours=3), kind="clinic_visit", campus=CAMPUS,
        room="another", minutes=10,
    )  # fmt: skip
    booking.book_visit(house, visit.pk, taken.pk, by=walk.DESK, now=SUNDAY)

    of = announced(house, places=2)

    taken.refresh_from_db()
    assert (of.places, taken.release_id) == (2, None)


@pytest.mark.parametrize(
    ("asked_for", "says"),
    [
        ({"share": 1}, "is none, or all are taken"),
        ({"days_ahead": 14}, "open after they were announced"),
    ],
)
def test_a_release_that_cannot_be_is_refused_in_words(house, asked_for, says):
    with pytest.raises(release.ReleaseRefused, match=says):
        announced(house, **asked_for)


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date(2025, 9, 20), "is past, today is 2025-09-21"),
        (date(2025, 10, 1), r"closed that day \(.*National Day"),
        (date(2025, 9, 24), "Open clinic times for that day first"),
    ],
)
def test_a_day_that_has_no_numbers_says_why(house, day, says):
    with pytest.raises(release.ReleaseRefused, match=says):
        release.announce(house, CAMPUS, day, by=walk.NURSE, now=SUNDAY)


def test_a_site_without_the_habit_releases_nothing(house):
    with pytest.raises(release.ReleaseRefused, match="no such campus"):
        release.announce(house, "elsewhere", CLINIC_DAY, by=walk.NURSE, now=SUNDAY)
    with pytest.raises(NotPermitted):
        release.announce(house, CAMPUS, CLINIC_DAY, by=walk.DOCTOR, now=SUNDAY)


def test_planning_cannot_take_a_released_place(house):
    of = announced(house)
    visit = walk.answered(house, now=SUNDAY)
    place = of.slots.first()

    with pytest.raises(SlotTaken, match="numbers open to every woman at one moment"):
        booking.book_visit(house, visit.pk, place.pk, by=walk.DESK, now=SUNDAY)
    with pytest.raises(IntegrityError, match="whose number it is"), transaction.atomic():
        Booking.objects.create(
            slot=place, visit=visit, kind="clinic_visit", state="firm", made_at=SUNDAY
        )


def test_a_number_is_never_a_planned_place(house):
    of = announced(house)
    planned = make_slot(kind="clinic_visit", room="another")
    claim(ticket := a_ticket(of))

    with pytest.raises(IntegrityError, match="its own release"), transaction.atomic():
        Claim.objects.filter(pk=ticket.token).update(slot=planned)


# ---- claiming


def test_numbers_are_given_in_the_order_received_whatever_order_they_are_written_in(house):
    of = announced(house, places=2, waiting=1)
    tickets = [a_ticket(of) for _ in range(4)]
    late_first = [asked(t, SEVEN + n * A_MOMENT) for n, t in enumerate(tickets)][::-1]

    answers = release.claim_many(late_first, by=DOOR, now=SEVEN)

    assert said(answers[::-1]) == [
        ("number", 1), ("number", 2), ("waiting", 1), ("sold-out", None)
    ]  # fmt: skip
    kept = {c.pk: c for c in Claim.objects.select_related("slot")}
    assert kept.keys() == {ticket.token for ticket in tickets}
    assert kept[tickets[0].token].slot.place == 1
    assert kept[tickets[3].token].received_at == SEVEN + 3 * A_MOMENT


def test_a_claim_one_millisecond_early_is_told_so_and_leaves_nothing(house):
    of = announced(house, places=1)
    early, punctual = a_ticket(of), a_ticket(of)

    (answer,) = claim(early, at=SEVEN - A_MOMENT)

    assert (answer.outcome, answer.opens_at) == ("not-yet", SEVEN)
    assert not Claim.objects.exists()
    assert said(claim(punctual, early)) == [("number", 1), ("waiting", 1)]


def test_the_same_claim_twice_in_one_batch_or_in_two_is_one_claim(house):
    of = announced(house, places=3)
    hers, other = a_ticket(of), a_ticket(of)

    first = claim(hers, other, hers)
    second = claim(hers, at=SEVEN + timedelta(hours=1))

    assert said(first) == [("number", 1), ("number", 2), ("number", 1)]
    assert [answer.again for answer in (*first, *second)] == [False, False, True, True]
    assert said(second) == [("number", 1)]
    assert Claim.objects.count() == 2


def test_waiting_and_sold_out_are_answers_that_stand_too(house):
    of = announced(house, places=1, waiting=1)
    tickets = [a_ticket(of) for _ in range(3)]
    once = said(claim(*tickets))

    assert once == [("number", 1), ("waiting", 1), ("sold-out", None)]
    assert said(claim(*tickets[::-1])) == once[::-1]
    assert Claim.objects.filter(decided_at=SEVEN).count() == 3


def test_a_woman_with_a_number_elsewhere_gets_no_second_one(house):
    of = announced(house)
    visit = make_visit()
    claim(a_ticket(of, visit))
    other = NumberRelease.objects.create(
        site=of.site, campus="east", day=of.day, policy="first-come", announced_at=SUNDAY,
        opens_at=SEVEN, closes_at=of.closes_at, places=1, waiting_places=0,
    )  # fmt: skip
    make_slot(kind="clinic_visit", room="east-clinic-1", release=other, place=1)

    (answer,) = claim(a_ticket(other, visit))

    assert (answer.outcome, answer.ordinal) == ("holds-another", None)
    assert said(claim(a_ticket(other))) == [("number", 1)]


def test_claims_of_two_releases_in_one_batch_do_not_mix(house):
    of = announced(house, places=1, waiting=0)
    other = NumberRelease.objects.create(
        site=of.site, campus="east", day=of.day, policy="first-come", announced_at=SUNDAY,
        opens_at=SEVEN, closes_at=of.closes_at, places=1, waiting_places=0,
    )  # fmt: skip
    make_slot(kind="clinic_visit", room="east-clinic-1", release=other, place=1)

    answers = claim(a_ticket(of), a_ticket(other), a_ticket(of), a_ticket(other))

    assert said(answers) == [("number", 1), ("number", 1), ("sold-out", None), ("sold-out", None)]


def test_after_the_clinic_begins_or_without_a_release_it_is_closed(house):
    of = announced(house)

    assert claim(a_ticket(of), at=of.closes_at)[0].outcome == "closed"
    gone = NumberRelease(pk=make_visit().pk, closes_at=SEVEN)
    assert claim(a_ticket(gone))[0].outcome == "closed"
    assert not Claim.objects.exists()


def test_a_place_closed_or_removed_before_it_was_claimed_is_not_given(house):
    of = announced(house, places=4, waiting=1)
    first, second, *_ = of.slots.order_by("place")
    first.closed_at, first.closed_why = SUNDAY, "machine"
    first.save()
    second.delete()

    answers = claim(*[a_ticket(of) for _ in range(4)])

    assert said(answers) == [("number", 1), ("number", 2), ("waiting", 1), ("sold-out", None)]
    given = Claim.objects.filter(slot__isnull=False).values_list("slot__place", flat=True)
    assert sorted(given) == [3, 4]


def test_the_database_itself_refuses_a_second_woman_in_a_place_and_a_second_ordinal(house):
    of = announced(house)
    claim(a_ticket(of))
    mine = Claim.objects.get()
    other = make_visit()

    def second(**fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.create(
                id=other.pk, visit=other, patient=other.patient, release=of, received_at=SEVEN,
                idempotency_key="k", outcome="number", **fields,
            )  # fmt: skip

    second(slot=mine.slot, ordinal=2)
    second(slot=of.slots.get(place=2), ordinal=1)
    second(slot=None, ordinal=2)


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_the_disk_also_where_other_work_does_not(house):
    of = announced(house)
    sqlite = connection.vendor == "sqlite"
    asks = "PRAGMA synchronous" if sqlite else "SHOW synchronous_commit"
    with transaction.atomic() if not sqlite else nullcontext(), connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL" if sqlite else "SET synchronous_commit = off")

        claim(a_ticket(of))

        assert cursor.execute(asks).fetchone() in ((2,), ("on",))


# ---- the draw


def test_a_draw_takes_interest_until_the_instant_and_anyone_can_check_it(house):
    house = house_with(house, policy="draw")
    of = announced(house, places=2, waiting=2, policy="draw")
    tickets = [a_ticket(of, priority_class=n % 2) for n in range(6)]
    assert {a.outcome for a in claim(*tickets, at=SEVEN - A_MOMENT)} == {"interest"}
    (late,) = claim(a_ticket(of), at=SEVEN)

    drawn = drawing.draw_numbers(of.pk, by=WORKER, now=DRAWN)

    result = as_document(drawing.draw_result(of.pk, by=DOOR, now=DRAWN))
    assert faults(result, announced=of.commitment) == []
    assert late.outcome == "being-drawn"
    assert [row["class"] for row in result["drawn"]] == [0, 0, 0, 1, 1, 1]
    assert [row["outcome"] for row in result["drawn"]] == [
        "number", "number", "waiting", "waiting", "sold-out", "sold-out"
    ]  # fmt: skip
    told = {str(t.token): a for t, a in zip(tickets, claim(*tickets), strict=True)}
    assert all(told[row["token"]].outcome == row["outcome"] for row in result["drawn"])
    assert sorted(a.ordinal for a in told.values() if a.ordinal) == [1, 2]
    assert drawn.next_ordinal == 3


def test_a_draw_is_drawn_once_and_not_before_its_time(house):
    of = announced(house, policy="draw")
    claim(*[a_ticket(of) for _ in range(5)], at=SUNDAY)

    with pytest.raises(drawing.NotDrawn, match="wait for that moment"):
        drawing.draw_numbers(of.pk, by=WORKER, now=SEVEN)
    with pytest.raises(drawing.NotDrawn):
        drawing.draw_result(of.pk, by=DOOR, now=SEVEN)
    first = drawing.draw_numbers(of.pk, by=WORKER, now=DRAWN)
    again = drawing.draw_numbers(of.pk, by=DOOR, now=DRAWN + timedelta(hours=1))

    assert (again.drawn_at, again.list_hash) == (DRAWN, first.list_hash)
    assert Event.objects.filter(kind="numbers-drawn").count() == 1


def test_after_the_draw_what_is_left_goes_to_whoever_comes(house):
    of = announced(house, places=2, waiting=0, policy="draw")
    claim(a_ticket(of), at=SUNDAY)
    drawing.draw_numbers(of.pk, by=WORKER, now=DRAWN)

    assert said(claim(a_ticket(of), a_ticket(of), at=DRAWN)) == [("number", 2), ("sold-out", None)]
    result = as_document(drawing.draw_result(of.pk, by=DOOR, now=DRAWN))
    assert (len(result["drawn"]), faults(result)) == (1, [])


def test_who_was_given_a_number_elsewhere_leaves_the_list_before_the_draw(house):
    of = announced(house, places=1, policy="draw")
    visit = make_visit()
    claim(a_ticket(of, visit), a_ticket(of), at=SUNDAY)
    other = NumberRelease.objects.create(
        site=of.site, campus="east", day=of.day, policy="first-come", announced_at=SUNDAY,
        opens_at=SUNDAY, closes_at=of.closes_at, places=1, waiting_places=0,
    )  # fmt: skip
    make_slot(kind="clinic_visit", room="east-clinic-1", release=other, place=1)
    claim(a_ticket(other, visit), at=SUNDAY)

    drawing.draw_numbers(of.pk, by=WORKER, now=DRAWN)

    mine = Claim.objects.get(release=of, patient=visit.patient)
    assert (mine.outcome, mine.why, mine.draw_place) == ("lapsed", "holds-another", None)
    assert len(drawing.draw_result(of.pk, by=DOOR, now=DRAWN).drawn) == 1


def test_whom_the_draw_gave_nothing_is_to_be_told_once(house):
    of = announced(house, places=1, waiting=1, policy="draw")
    claim(*[a_ticket(of) for _ in range(3)], at=SUNDAY)
    drawing.draw_numbers(of.pk, by=WORKER, now=DRAWN)

    told = [
        drawing.note_not_drawn(claim_id, by=WORKER, now=DRAWN)
        for _ in range(2)
        for claim_id in drawing.without_a_number(of.pk, by=WORKER, now=DRAWN)
    ]

    assert told == [True, True, False, False]
    assert Event.objects.filter(kind="number-not-drawn").count() == 2
