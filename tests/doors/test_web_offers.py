"""A place kept for her: what she reads, what she answers, what comes of it; and a cycle without."""

from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.core.booking.reasons import reason
from patency.records.models.booking import Booking, Plan, Slot, TurnedDown
from patency.records.models.waiting import Offer
from patency.service import offers, paperwork, planning
from tests.make import NOW, SITE, make_actor, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db
R = Role
WORKER = make_actor(R.SYSTEM, name="worker")


def text(answer):
    return unescape(answer.content.decode()).replace("<strong>", "").replace("</strong>", "")


def read(client, name, *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200, answer.status_code
    return text(answer)


def night(house, now=NOW):
    """Return the offers of a night, made as the job makes them."""
    found = planning.plan_night(house, SITE, by=WORKER, now=now)
    return [
        offers.offer(house, each.visit_id, each.slot_id, why=each.why, by=WORKER, now=now)
        for each in found.to_offer
    ]


@pytest.fixture
def kept(house):
    """Return the offer of a place to a woman whose test is passed and who has paid."""
    walk.ready_to_book(house)
    walk.exam_slots(house)
    (made,) = night(house)
    return made


def answer(client, offer, choice):
    where = reverse("my-offer", args=[offer.pk])
    return client.post(where, {"answer": choice}, follow=True)


def test_a_place_kept_is_the_first_thing_on_her_page(kept, as_herself):
    herself = as_herself(kept.visit.patient)

    page = read(herself, "mine")
    own = read(herself, "my-offer", kept.pk)

    first = page[page.index(">Next<") : page.index("Before the examination")]
    assert "A place is kept for you: Tuesday 23 September, 09:00" in first
    assert "West campus" in first
    assert "Answer until 11:00 today." in first
    assert reverse("my-offer", args=[kept.pk]) in first
    assert "What if I leave it?" in own
    assert "By Tuesday 23 September, ovulation has come in about 1 of 100 cycles" in own


def test_she_takes_it_and_the_date_is_hers_twice_as_once(kept, as_herself):
    herself = as_herself(kept.visit.patient)

    once, twice = text(answer(herself, kept, "take")), text(answer(herself, kept, "take"))

    assert "This date is yours: Tuesday 23 September, 09:00." in once
    assert "This date is yours" in twice
    assert Booking.objects.get(kind="exam").state == "firm"
    assert "A place is kept for you" not in once


def test_she_leaves_it_and_keeps_her_place_in_the_line(kept, as_herself):
    page = text(answer(as_herself(kept.visit.patient), kept, "leave"))

    assert "You keep your place in the line" in page
    assert Offer.objects.get().state == "declined"


def test_an_answer_that_is_none_changes_nothing(kept, as_herself):
    page = text(answer(as_herself(kept.visit.patient), kept, "perhaps"))

    assert "Choose whether the place is taken or left" in page
    assert Offer.objects.get().state == "open"


def test_a_place_whose_time_is_over_says_so_and_what_comes_next(kept, clock, as_herself):
    herself = as_herself(kept.visit.patient)
    clock.at = NOW + timedelta(hours=3)

    late = text(answer(herself, kept, "take"))
    own = read(herself, "my-offer", kept.pk)

    assert "This place is not kept any more" in late
    assert "the next place that suits you is offered to you" in late
    assert "was kept for you until Monday 22 September, 11:00" in own
    assert not Booking.objects.filter(state="firm", kind="exam").exists()


def test_what_is_missing_is_said_and_the_place_stays_hers_until_the_offer_ends(house, as_herself):
    walk.cleared(house)  # no consent, nothing paid
    walk.exam_slots(house)
    (made,) = night(house)

    page = text(answer(as_herself(made.visit.patient), made, "take"))

    assert "something still stands in the way" in page
    assert "The place is kept for you until 11:00 today." in page
    assert Offer.objects.get().state == "open"


def test_what_is_missing_is_said_before_she_takes_it_with_until_when_and_where(house, as_herself):
    walk.cleared(house)  # no consent, nothing paid
    walk.exam_slots(house)
    (made,) = night(house)
    herself = as_herself(made.visit.patient)

    for page in (read(herself, "my-waiting"), read(herself, "my-offer", made.pk)):
        said = page.index(
            "First, before 11:00 today: sign the consent and the application form, and pay."
        )
        assert said < page.index("Take it")
        assert "At the desk of West campus" in page


def test_only_what_is_still_missing_is_said(house, as_herself, as_staff):
    visit = walk.cleared(house)
    paperwork.sign_consent(
        house, visit.pk, signed_name="Ann Example", chaperone=True, by=walk.NURSE, now=NOW
    )
    paperwork.sign_application(house, visit.pk, by=walk.NURSE, now=NOW)
    walk.exam_slots(house)
    night(house)

    assert "First, before 11:00 today: pay." in read(as_herself(visit.patient), "my-waiting")
    journey = read(as_staff(R.REGISTRATION), "journey", visit.patient_id)
    assert "Before that she has to pay." in journey


def test_nothing_is_to_do_first_when_everything_is_there(kept, as_herself):
    page = read(as_herself(kept.visit.patient), "my-waiting")

    assert "First, before" not in page


def move_offered(house):
    """Return the offer of another time to a woman who has a date."""
    date_of_hers = walk.booked(house)
    later = Slot.objects.filter(kind="exam").order_by("starts_at")[2]
    made = offers.offer(
        house,
        date_of_hers.visit_id,
        later.pk,
        why=[reason("freed-place", day=later.day)],
        by=walk.DESK,
        now=NOW,
    )
    return date_of_hers, made


def test_the_offer_of_a_move_says_that_her_date_stands_until_she_takes_it(house, as_herself):
    date_of_hers, made = move_offered(house)
    herself = as_herself(date_of_hers.visit.patient)

    page = read(herself, "my-offer", made.pk)
    left = text(answer(herself, made, "leave"))

    assert "Your date on Tuesday 23 September, 09:00 stands until you take the new one." in page
    assert "A place on Tuesday 23 September has become free." in page
    assert "Your date on Tuesday 23 September, 09:00 stands." in left
    assert Booking.objects.get(pk=date_of_hers.pk).state == "firm"


def test_a_move_she_takes_gives_the_old_date_up_in_the_same_moment(house, as_herself):
    date_of_hers, made = move_offered(house)

    answer(as_herself(date_of_hers.visit.patient), made, "take")

    assert Booking.objects.get(state="firm", kind="exam").slot_id == made.slot_id
    assert Booking.objects.get(pk=date_of_hers.pk).state == "cancelled"


def test_the_page_of_an_answered_offer_says_what_was_answered(kept, as_herself):
    herself = as_herself(kept.visit.patient)
    answer(herself, kept, "leave")

    assert "You left this place" in read(herself, "my-offer", kept.pk)


def test_nobody_sees_or_answers_another_womans_offer(kept, as_herself):
    other = as_herself(make_visit().patient)
    where = reverse("my-offer", args=[kept.pk])

    assert other.get(where).status_code == 404
    assert other.post(where, {"answer": "take"}).status_code == 404
    assert Offer.objects.get().state == "open"


def test_staff_have_no_page_of_hers_and_she_none_of_theirs(kept, as_staff, as_herself):
    assert as_staff(R.NURSE).get(reverse("my-offer", args=[kept.pk])).status_code == 403
    theirs = reverse("answer-offer", args=[kept.pk])
    assert as_herself(kept.visit.patient).post(theirs, {"answer": "take"}).status_code == 403


def test_the_desk_takes_down_the_answer_she_gives_on_the_telephone(kept, as_staff):
    desk = as_staff(R.REGISTRATION)
    shown = read(desk, "journey", kept.visit.patient_id)

    answered = desk.post(reverse("answer-offer", args=[kept.pk]), {"answer": "take"}, follow=True)

    assert "A place is kept for her" in shown
    assert "This date is hers: Tuesday 23 September, 09:00." in text(answered)


@pytest.mark.parametrize("role", [R.CASHIER, R.RADIOGRAPHER, R.MANAGER])
def test_who_may_not_book_may_not_answer_for_her(role, kept, as_staff):
    where = reverse("answer-offer", args=[kept.pk])

    assert as_staff(role).post(where, {"answer": "take"}).status_code == 403
    assert Offer.objects.get().state == "open"


def test_offers_that_passed_without_her_word_are_not_followed_by_others(kept, as_herself):
    visit = kept.visit
    Booking.objects.filter(state="held").update(state="cancelled", ended_at=NOW)
    second = Slot.objects.filter(kind="exam").order_by("starts_at")[1]
    Offer.objects.filter(pk=kept.pk).update(state="expired", ended_at=NOW)
    seat = Booking.objects.create(
        visit=visit, slot=second, kind="exam", state="cancelled", made_at=NOW, ended_at=NOW
    )
    Offer.objects.create(
        visit=visit,
        slot=second,
        booking=seat,
        kind="new",
        state="expired",
        made_at=NOW + timedelta(minutes=1),
        expires_at=NOW + timedelta(minutes=2),
        ended_at=NOW + timedelta(minutes=2),
    )

    page = read(as_herself(visit.patient), "my-waiting")

    assert "Two places have passed without your answer" in page


# ---------------------------------------------------------------- her plan, and a cycle without


def test_her_plan_stands_on_her_page_with_its_reasons_and_is_no_booking(house, as_herself):
    visit = walk.answered(house)
    walk.exam_slots(house)
    night(house)

    page = read(as_herself(visit.patient), "my-waiting")

    assert "The examination on Tuesday 23 September, West campus" in page
    assert "This is a plan, not a booking" in page
    assert "Tuesday 23 September, in the morning, West campus: the best plan for all" in page


def test_without_a_place_she_reads_what_stood_against_each_day_and_what_would_change_it(
    house, as_herself
):
    visit = walk.answered(house)  # days suit her, and the clinic offers no times on them
    night(house)
    assert Plan.objects.get(visit=visit, replaced_at=None).how_sure == planning.NO_PLACE

    page = read(as_herself(visit.patient), "my-waiting")

    assert "none of them has a place for you as things stand now" in page
    assert "the clinic offers no times." in page
    assert "What would have changed it" in page
    assert "cycle-day-over-cap" not in page


def turned_down(visit, **fields):
    return TurnedDown.objects.create(
        visit=visit,
        **{
            "period_start": walk.PERIOD_START,
            "reason": "no-place",
            "at": NOW,
            "priority_for_next": True,
            "token": "NX-7K3M-QX4D",
            "why": [reason("window-over"), reason("full", day=walk.EXAM_DAY)],
            "next_from": date(2025, 10, 12),
            "next_to": date(2025, 10, 15),
            **fields,
        },
    )


def test_a_refused_woman_reads_her_code_and_when_the_next_period_may_begin(house, as_herself):
    visit = walk.answered(house)
    turned_down(visit)

    page = read(as_herself(visit.patient), "my-waiting")

    assert "NX-7K3M-QX4D" in page
    assert "Say this code when you call in your next cycle: you come first." in page
    assert "between Sunday 12 October and Wednesday 15 October" in page
    assert "about 4 times in 5" in page
    assert "Tuesday 23 September: all places are taken." in page


def test_in_the_next_cycle_she_comes_first_now(house, as_herself):
    visit = walk.answered(house)
    turned_down(visit, period_start=walk.PERIOD_START - timedelta(days=28))

    page = read(as_herself(visit.patient), "my-waiting")

    assert "You come first in this cycle" in page
    assert "between Sunday 12 October" not in page


def test_a_cycle_that_was_hers_to_keep_puts_nobody_first(house, as_herself):
    visit = walk.answered(house)
    turned_down(visit, priority_for_next=False, token=None)

    assert "come first" not in read(as_herself(visit.patient), "my-waiting")


def test_with_a_date_nothing_of_an_earlier_refusal_is_shown(house, as_herself):
    date_of_hers = walk.booked(house)
    turned_down(date_of_hers.visit)

    assert "NX-7K3M-QX4D" not in read(as_herself(date_of_hers.visit.patient), "my-waiting")


def test_the_desk_finds_her_by_the_code_she_says(house, as_staff):
    visit = walk.answered(house)
    turned_down(visit)
    desk = as_staff(R.REGISTRATION)

    found = desk.post(reverse("find"), {"number": "nx-7k3m-qx4d"}, follow=True)
    wrong = desk.post(reverse("find"), {"number": "NX-7K3M-QX4E"})

    assert "NX-7K3M-QX4D" in text(found)
    assert "comes first in the next, which most likely begins" in text(found)
    assert found.redirect_chain[-1][0] == reverse("journey", args=[visit.patient_id])
    assert wrong.status_code == 404
    assert "No woman with this code" in text(wrong)


def test_her_date_at_another_campus_is_said_with_that_campus(house, as_herself):
    date_of_hers = walk.booked(house)
    Slot.objects.filter(pk=date_of_hers.slot_id).update(campus="east")

    page = read(as_herself(date_of_hers.visit.patient), "mine")

    assert "East campus · Main building" in page[: page.index("Before the examination")]
