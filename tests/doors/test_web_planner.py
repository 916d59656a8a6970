"""The planner: the places of the coming days, the line with its reasons, and planning again."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from patency.core.access import Role
from patency.doors.web import house as handed
from patency.doors.web import strip
from patency.doors.web.planned import share_words, told
from patency.doors.web.staff.planner import WOMEN_SHOWN
from patency.records.models.booking import Booking, Plan, Slot, TurnedDown
from patency.records.models.ledger import Audit
from patency.records.models.waiting import Offer
from patency.service import booking, lining_up, offers, planning, waiting
from tests.make import NOW, SITE, TODAY, make_actor, make_patient, make_slot, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db
R = Role
WORKER = make_actor(R.SYSTEM, name="worker")
DAY_AFTER = walk.EXAM_DAY + timedelta(days=1)


def text(answer):
    return unescape(answer.content.decode())


def read(client, path=""):
    answer = client.get(reverse("planner") + path)
    assert answer.status_code == 200, answer.status_code
    return text(answer)


def bea(house, **details):
    return walk.answered(house, given_name="Bea", phone="+86 139 1111 1111", **details)


def plan(house):
    return planning.plan_night(house, SITE, by=WORKER, now=NOW)


@pytest.mark.parametrize(
    "role", [R.REGISTRATION, R.NURSE, R.GYNAECOLOGIST, R.RADIOLOGIST, R.CONSULTANT]
)
def test_who_books_sees_the_planner_and_its_link(role, house, as_staff):
    client = as_staff(role)

    assert "Nobody waits without a date" in read(client)
    assert f'href="{reverse("planner")}"' in text(client.get(reverse("today")))


@pytest.mark.parametrize("role", [R.CASHIER, R.RADIOGRAPHER, R.MANAGER, R.ADMINISTRATOR])
def test_who_does_not_book_sees_neither(role, house, as_staff):
    client = as_staff(role)

    assert client.get(reverse("planner")).status_code == 403
    assert client.post(reverse("plan-again")).status_code == 403
    assert f'href="{reverse("planner")}"' not in text(client.get(reverse("find"), follow=True))


def test_a_woman_sees_no_planner(house, as_herself):
    herself = as_herself(walk.register(house).patient)

    assert herself.get(reverse("planner")).status_code == 403
    assert herself.post(reverse("plan-again")).status_code == 403


def test_another_site_sees_nobody_of_this_line(house, as_staff):
    walk.answered(house)
    other = next(slug for slug in house.sites if slug != SITE)

    assert "Example, Ann" not in read(as_staff(R.NURSE, site=other))


def test_each_woman_stands_with_why_since_when_and_her_days(house, as_staff):
    walk.answered(house)
    urgent = bea(house)
    waiting.say_how_urgent(house, urgent.pk, "urgent", by=walk.DOCTOR, now=NOW)
    walk.exam_slots(house, last=DAY_AFTER)
    plan(house)

    page = read(as_staff(R.NURSE))

    assert page.index("Example, Bea") < page.index("Example, Ann")
    assert ">Urgent</li>" in page
    assert "2 days suit" in page
    assert "Waits since today" in page
    assert "examination Tuesday 23 September." in page
    assert "By Tuesday 23 September ovulation has come in 1.1 % of cycles." in page
    assert f'href="{reverse("journey", args=[urgent.patient_id])}"' in page


def test_a_cycle_she_was_refused_before_is_said(house, as_staff):
    visit = walk.answered(house)
    TurnedDown.objects.create(
        visit=visit,
        period_start=walk.PERIOD_START - timedelta(days=28),
        reason="no-place",
        at=NOW,
        priority_for_next=True,
    )

    assert "Refused in 1 cycle before" in read(as_staff(R.NURSE))


def test_who_cannot_be_planned_yet_stands_apart_with_what_is_missing(house, as_staff):
    walk.register(house)
    walk.screened(house, bea(house), leucorrhoea_trichomonas=True)
    walk.answered(house, given_name="Cai", phone="+86 139 2222 2222")

    page = read(as_staff(R.NURSE))

    apart = page.index("No day can be planned yet")
    assert page.index("Example, Cai") < apart < page.index("Example, Ann")
    assert apart < page.index("Example, Bea")
    assert "No period told yet" in page
    assert ">On hold</li>" in page
    assert "She is on hold until what holds her clears." in page
    assert "Examination planned" not in page[apart:]


def test_places_in_line_are_counted_among_those_who_can_be_planned(house, as_staff):
    apart = walk.register(house)
    waiting.say_how_urgent(house, apart.pk, "urgent", by=walk.DOCTOR, now=NOW)
    walk.answered(house, given_name="Cai", phone="+86 139 2222 2222")
    second = bea(house)

    page = read(as_staff(R.NURSE))

    places = re.findall(
        r'<h4>(?:<span class="quiet-text">(\d+)</span> )?<a [^>]*>Example, (\w+)<', page
    )
    assert sorted(place for place, _ in places[:2]) == ["1", "2"]
    assert places[2] == ("", "Ann")
    assert "first in line first" in page[: page.index("No day can be planned yet")]
    assert f'<span class="quiet-text">{second.patient.number}</span>' in page


def test_who_can_be_planned_is_never_left_out_for_who_cannot(house, as_staff):
    for place in range(WOMEN_SHOWN):
        visit = make_visit(patient=make_patient(number=f"PT-0000-{place:04}"))
        waiting.say_how_urgent(house, visit.pk, "urgent", by=walk.DOCTOR, now=NOW)
    bea(house)

    assert "Example, Bea" in read(as_staff(R.NURSE))


def test_a_refusal_says_what_would_free_a_day(house, as_staff):
    walk.answered(house)
    plan(house)

    page = read(as_staff(R.NURSE))

    assert "No place as things stand." in page
    assert "Why, and what would change it" in page
    assert "Tuesday 23 September and Wednesday 24 September: the clinic offers no times." in page
    assert "With times on Tuesday 23 September she could have a date." in page
    assert "It stays so until Thursday 2 October." in page
    assert "would be open (cycle-day-over-cap)" in page


def row_of(page, day):
    """Return one day of the table as its cells."""
    start = page.index(f">{day}</a></th>")
    return page[start : page.index("</tr>", start)]


def test_the_days_say_places_firm_held_and_free(house, as_staff):
    date_of_hers = walk.booked(house)
    ready = walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")
    slot = Slot.objects.filter(kind="exam").order_by("starts_at")[1]
    offer(house, ready, slot)

    row = row_of(read(as_staff(R.NURSE)), "Tuesday 23 September")

    assert date_of_hers.slot.day == walk.EXAM_DAY
    for label, count in (("Places", 6), ("Firm", 1), ("Held", 1)):
        assert f'data-of="{label}">{count}<' in row
    assert 'data-of="Free"><strong>4<' in row


def offer(house, visit, slot):
    return offers.offer(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)


def test_an_open_offer_is_shown_with_until_when_it_is_kept(house, as_staff):
    visit = walk.ready_to_book(house)
    offer(house, visit, walk.exam_slots(house)[0])

    page = read(as_staff(R.NURSE))

    assert "Place kept: Tuesday 23 September, 09:00</strong> · until 11:00 today" in page


def test_a_closed_day_has_its_name(house, as_staff, clock):
    clock.at = NOW + timedelta(days=2)  # the two weeks reach into the National Day holidays

    row = row_of(read(as_staff(R.NURSE)), "Wednesday 1 October")

    assert "Closed: " in row
    assert "National Day" in row


def test_standby_says_what_it_costs_at_most(house, as_staff):
    visit = walk.ready_to_book(house)
    first = walk.exam_slots(house)[0]
    Slot.objects.filter(kind="exam").exclude(pk=first.pk).delete()
    beside = make_slot(
        campus=first.campus,
        room=first.room,
        kind="exam",
        day=first.day,
        starts_at=first.starts_at,
        minutes=first.minutes,
        standby=True,
    )
    client = as_staff(R.NURSE)

    before = row_of(read(client), "Tuesday 23 September")
    booking.book(house, visit.pk, beside.pk, by=walk.DESK, now=NOW)
    after = row_of(read(client), "Tuesday 23 September")

    assert "1, none of them given" in before
    # Two invited to one place, each coming with 0.95: 0.9025 sent home for 0.9975 examined.
    assert "1, 1 given: at most 905 of 1,000 would be sent home" in after


def test_planning_again_plans_and_keeps_places_as_the_job_does(house, as_staff):
    walk.ready_to_book(house)
    bea(house)
    walk.exam_slots(house)
    client = as_staff(R.NURSE)

    page = text(client.post(reverse("plan-again"), follow=True))
    again = text(client.post(reverse("plan-again"), follow=True))

    assert "Planned again for 2 women who wait. 2 plans changed. 1 place is newly kept" in page
    assert "0 plans changed. 0 places are newly kept or given." in again
    assert Offer.objects.get().state == "open"
    assert Plan.objects.filter(replaced_at=None, exam_day=walk.EXAM_DAY).count() == 2


def test_planning_again_ends_what_is_over_first(house, clock, as_staff):
    visit = walk.ready_to_book(house)
    first, *_ = walk.exam_slots(house)
    offer(house, visit, first)
    clock.at = NOW + timedelta(hours=3)

    as_staff(R.NURSE).post(reverse("plan-again"))

    states = set(Offer.objects.values_list("slot_id", "state"))
    assert (first.pk, "expired") in states
    assert sorted(state for _, state in states) == ["expired", "open"]


def hand_over(house, **habits):
    """Hand the pages a house whose site plans another way, or by hand."""
    site = house.site(SITE)
    planned = replace(site, planning=replace(site.planning, **habits) if habits else None)
    ours = replace(house, sites={**house.sites, SITE: planned})
    handed.provide(lambda: ours)


def test_a_site_that_confirms_by_itself_makes_the_date_firm(house, as_staff):
    hand_over(house, auto_confirm=True)
    walk.ready_to_book(house)
    walk.exam_slots(house)

    as_staff(R.NURSE).post(reverse("plan-again"))

    assert Booking.objects.get(kind="exam").state == "firm"
    assert not Offer.objects.exists()


def test_where_something_is_missing_such_a_site_keeps_the_place_instead(house, as_staff):
    hand_over(house, auto_confirm=True)
    walk.cleared(house)  # no consent, nothing paid
    walk.exam_slots(house)

    as_staff(R.NURSE).post(reverse("plan-again"))

    assert Offer.objects.get().state == "open"


def test_a_site_that_plans_by_hand_says_so_and_has_no_button(house, as_staff):
    hand_over(house)
    client = as_staff(R.NURSE)

    page = read(client)
    refused = text(client.post(reverse("plan-again"), follow=True))

    assert "This site gives its days by hand" in page
    assert reverse("plan-again") not in page
    assert "no plan is made by itself" in refused


def test_the_names_on_the_planner_are_audited(house, as_staff):
    visit = walk.answered(house)

    read(as_staff(R.NURSE, name="nurse-who-looks"))

    reads = Audit.objects.filter(actor="nurse-who-looks", action="read", why="the planner")
    assert reads.filter(patient=visit.patient_id).exists()


def test_no_name_and_no_number_of_a_woman_stands_in_an_address(house, as_staff):
    visit = walk.answered(house)

    page = read(as_staff(R.NURSE))

    addresses = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert not [each for each in addresses if visit.patient.number in each or "Ann" in each]


def test_a_long_line_is_shown_page_by_page(house, as_staff):
    for place in range(WOMEN_SHOWN + 2):
        make_visit(patient=make_patient(number=f"PT-0000-{place:04}"))
    client = as_staff(R.NURSE)

    first, second = read(client), read(client, "?page=2")

    assert "Page 1 of 2" in first
    assert first.count('<li class="planned">') == WOMEN_SHOWN
    assert second.count('<li class="planned">') == 2


# ---------------------------------------------------------------- strips and words


def test_the_strip_says_in_words_what_it_draws(house, as_staff):
    walk.answered(house)
    walk.exam_slots(house)
    plan(house)

    page = read(as_staff(R.NURSE))

    assert "<title>Days that suit: Tuesday 23 September to Wednesday 24 September." in page
    assert "Examination planned: Tuesday 23 September." in page


def test_the_foot_is_as_high_as_the_fullest_day():
    high, low, none = strip.bars(
        [(TODAY, 6, 2, False), (walk.EXAM_DAY, 3, 3, False), (DAY_AFTER, 0, 0, True)]
    )

    assert (high.height, high.taken_height) == (strip.FOOT, round(strip.FOOT * 4 / 6))
    assert (low.height, low.taken_height) == (strip.FOOT // 2, 0)
    assert none.height == 0


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "fewer than 1 of 100"), (0.028, "about 3 of 100"), (0.16, "about 16 of 100")],
)
def test_a_share_is_said_as_a_count(share, said):
    assert share_words(share) == said


def test_reasons_without_a_code_are_not_said(house):
    site = house.site(SITE)

    assert not told(["decision/1", {"day": "2025-09-23"}], site, lambda day: {}, hers=True)


def test_the_page_shows_the_line_that_the_worker_kept(house, as_staff, clock):
    walk.ready_to_book(house)
    walk.exam_slots(house)

    client = as_staff(R.NURSE)

    assert lining_up.keep_line(house, SITE, by=WORKER, now=NOW)
    bea(house)
    unseen = read(client)
    assert lining_up.keep_line(house, SITE, by=WORKER, now=NOW)
    both = read(client)

    assert "Bea" not in unseen
    assert "Bea" in both


def test_a_line_is_not_worked_out_again_while_nothing_happens(house):
    walk.ready_to_book(house)

    assert lining_up.keep_line(house, SITE, by=WORKER, now=NOW)
    later = NOW + timedelta(minutes=2)
    assert not lining_up.keep_line(house, SITE, by=WORKER, now=later)

    assert lining_up.line_kept(SITE, by=WORKER, now=later).made_at == later
    # Another day is another line, even when nothing happened.
    assert lining_up.keep_line(house, SITE, by=WORKER, now=NOW + timedelta(days=1))


def test_a_line_that_a_worker_left_behind_is_worked_out_anew(house, as_staff, clock):
    walk.ready_to_book(house)
    lining_up.keep_line(house, SITE, by=WORKER, now=NOW)
    bea(house)

    clock.at = NOW + timedelta(minutes=10)

    assert "Bea" in read(as_staff(R.NURSE))
