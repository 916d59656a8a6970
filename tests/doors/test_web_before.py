"""Her pages up to the examination: her period in two taps, her date, what it costs, the day."""

import re
from datetime import time, timedelta
from html import unescape

import pytest
from django.urls import reverse

from patency.core.visit import VisitState
from patency.records.models.booking import Booking, Slot
from patency.records.models.money import Payment
from patency.records.models.people import Patient
from patency.records.models.visit import Period
from patency.service import booking, payment, screening, slots
from tests.make import NOW, TODAY, make_visit
from tests.service import after, walk

pytestmark = pytest.mark.django_db
EVERY_PAGE = (
    "mine", "my-timeline", "my-calendar", "my-answers", "my-period", "my-waiting",
    "my-wishes", "my-numbers", "my-preparation", "my-day", "my-consent", "my-cost",
)  # fmt: skip


def text(answer):
    return unescape(answer.content.decode())


def read(client, name, *args, **asked):
    answer = client.get(reverse(name, args=args), asked, follow=True)
    assert answer.status_code == 200, answer.status_code
    return text(answer)


def clinic_times(house, days=3):
    slots.open_slots(
        house,
        room="west-clinic-1",
        first=TODAY,
        last=TODAY + timedelta(days=days),
        begins=time(10),
        ends=time(11),
        by=walk.NURSE,
        now=NOW,
    )


# ---------------------------------------------------------------- every page, both languages


@pytest.mark.parametrize("page", EVERY_PAGE)
@pytest.mark.parametrize("state", [walk.register, walk.answered, walk.cleared])
def test_every_page_opens_in_chinese_however_far_she_has_come(page, state, house, as_herself):
    visit = state(house)
    Patient.objects.update(language="zh-hans")
    herself = as_herself(visit.patient)

    shown = read(herself, page)

    assert '<html lang="zh' in shown
    title = re.search(r"<h1[^>]*>(.*?)</h1>", shown, re.DOTALL)[1]
    assert re.search(r"[\u4e00-\u9fff]", title), title


def test_her_page_asks_no_more_of_the_database_for_more_women(
    house, as_herself, django_assert_max_num_queries
):
    visit = walk.booked(house).visit
    for _other in range(5):
        make_visit()
    herself = as_herself(visit.patient)

    with django_assert_max_num_queries(75):
        read(herself, "mine")


# ---------------------------------------------------------------- her period


def test_her_period_is_told_in_two_taps_and_what_follows_is_said_at_once(house, as_herself):
    visit = walk.register(house)
    herself = as_herself(visit.patient)
    assert f'value="{TODAY.isoformat()}"' in read(herself, "my-period")

    told = text(
        herself.post(reverse("my-period"), {"what": "start", "day": TODAY.isoformat()}, follow=True)
    )

    assert Period.objects.get().start == TODAY
    assert "Kept: your period began on Monday 22 September" in told
    assert "What follows" in told and "That was wrong: take it back" in told


def test_a_period_of_long_ago_is_asked_about_with_its_year_before_it_is_kept(house, as_herself):
    visit = walk.register(house)
    herself = as_herself(visit.patient)
    typed = {"what": "start", "day": (TODAY - timedelta(days=210)).isoformat()}

    asked = text(herself.post(reverse("my-period"), typed))
    nothing_yet = Period.objects.exists()
    herself.post(reverse("my-period"), {**typed, "sure": "yes"})

    assert "24 February 2025" in asked
    assert "30 weeks ago" in asked
    assert not nothing_yet
    assert Period.objects.get().start == TODAY - timedelta(days=210)


def test_what_was_told_by_mistake_is_taken_back_with_one_button(house, as_herself):
    visit = walk.register(house)
    herself = as_herself(visit.patient)
    herself.post(reverse("my-period"), {"what": "start", "day": TODAY.isoformat()})

    page = text(herself.post(reverse("my-period-undo"), {"what": "start"}, follow=True))

    assert "It is taken back" in page
    assert not Period.objects.exists()


def test_after_the_end_of_bleeding_the_days_that_suit_stand_there(house, as_herself):
    visit = walk.register(house)
    walk.cycles.report_period(house, visit.patient_id, walk.PERIOD_START, by=walk.DESK, now=NOW)
    herself = as_herself(visit.patient)
    end = {"what": "end", "day": walk.BLEEDING_ENDED.isoformat()}

    told = text(herself.post(reverse("my-period"), end, follow=True))
    normal = text(herself.post(reverse("my-period"), {**end, "normal": "yes"}, follow=True))
    still = text(herself.post(reverse("my-period-undo"), {"what": "end"}, follow=True))

    assert "Tuesday 23 September" in told and "Was this period normal for you?" in told
    assert "Was this period normal for you?" not in normal
    assert Period.objects.get().bleeding_ended is None
    assert "We do not know yet when bleeding ended." in still


def test_a_new_period_asks_before_it_gives_her_date_up(house, clock, as_herself):
    date_of_hers = walk.booked(house)
    clock.at = NOW + timedelta(hours=20)
    herself = as_herself(date_of_hers.visit.patient)
    new = {"what": "start", "day": (TODAY + timedelta(days=1)).isoformat()}
    Period.objects.update(start=TODAY - timedelta(days=20))

    asked = text(herself.post(reverse("my-period"), new))
    date_of_hers.refresh_from_db()
    before = date_of_hers.state
    herself.post(reverse("my-period"), {**new, "sure": "yes"})
    date_of_hers.refresh_from_db()

    assert "this date is given up" in asked and "No, keep my date" in asked
    assert (before, date_of_hers.state) == ("firm", "cancelled")


@pytest.mark.parametrize("day", ["", "2025-99-99", "soon", "2031-01-01", "1990-01-01"])
def test_a_day_that_cannot_be_is_said_kindly_and_nothing_is_kept(day, house, as_herself):
    visit = walk.register(house)

    answer = as_herself(visit.patient).post(reverse("my-period"), {"what": "start", "day": day})

    assert answer.status_code in (400, 409)
    assert "Please look at this again" in text(answer)
    assert not Period.objects.exists()


# ---------------------------------------------------------------- dates


def test_she_chooses_a_time_for_her_test_herself(house, as_herself):
    visit = walk.answered(house)
    clinic_times(house)
    herself = as_herself(visit.patient)

    page = read(herself, "my-dates")
    slot = Slot.objects.filter(kind="clinic_visit").order_by("starts_at")[3]
    check = read(herself, "my-date-check", slot.pk)
    taken = text(herself.post(reverse("my-date-check", args=[slot.pk]), follow=True))

    assert "Choose a time for the test" in page
    assert "Clinic visit with the test" in check and "Yes, take it" in check
    assert "The day of your test" in taken
    assert Booking.objects.get(kind="clinic_visit").slot == slot


def test_a_woman_something_of_whom_is_seen_to_first_takes_no_time_and_reads_why(house, as_herself):
    visit = walk.answered(house)
    clinic_times(house)
    client = as_herself(visit.patient)
    told = {"methotrexate_in_last_3_months": True}
    slot = Slot.objects.filter(kind="clinic_visit").first()
    assert slot is not None

    screened = screening.record_answers(house, visit.pk, told, by=walk.NURSE, now=NOW)
    home = read(client, "mine")
    sent_on = client.get(reverse("my-dates"))
    with pytest.raises(booking.SeenToFirst, match="recent-methotrexate"):
        booking.book_visit(house, visit.pk, slot.pk, by=visit.patient.as_actor(), now=NOW)

    assert "Something has to be seen to before the examination" in home
    assert "Choose a time for your test" not in home
    assert sent_on["Location"] == reverse("decision", args=[screened.row.pk])
    assert not Booking.objects.exists()
    assert booking.book_visit(house, visit.pk, slot.pk, by=walk.NURSE, now=NOW).state == "firm"


def test_another_time_for_her_test_takes_the_place_of_the_first(house, as_herself):
    visit = walk.answered(house)
    clinic_times(house)
    herself = as_herself(visit.patient)
    first, second = Slot.objects.filter(kind="clinic_visit").order_by("starts_at")[2:4]

    for slot in (first, second):
        herself.post(reverse("my-date-check", args=[slot.pk]))

    assert Booking.objects.get(kind="clinic_visit", state="firm").slot == second


def test_a_date_is_looked_at_then_taken_moved_and_given_up(house, as_herself):
    visit = walk.ready_to_book(house)
    first, second = walk.exam_slots(house)[:2]
    herself = as_herself(visit.patient)

    check = read(herself, "my-date-check", first.pk)
    herself.post(reverse("my-date-check", args=[first.pk]))
    herself.post(reverse("my-date-check", args=[second.pk]))
    mine = Booking.objects.get(kind="exam", state="firm")
    leaving = read(herself, "my-date-cancel", mine.pk)
    gone = text(herself.post(reverse("my-date-cancel", args=[mine.pk]), follow=True))
    again = text(herself.post(reverse("my-date-cancel", args=[mine.pk]), follow=True))

    assert "Tuesday 23 September, 09:00" in check and "CNY 1,000.00, paid" in check
    assert mine.slot == second
    assert "Giving it up costs nothing." in leaving
    assert "What you paid stands for your next date" in leaving
    assert "You gave up Tuesday 23 September" in gone
    assert "given up already" in again
    assert walk.fresh(visit).state == VisitState.CLEARED


def test_a_time_somebody_else_took_meanwhile_leads_to_the_others(house, as_herself):
    visit = walk.ready_to_book(house)
    slot = walk.exam_slots(house)[0]
    other = walk.ready_to_book(house, given_name="Bea", phone="+86 139 0000 0000")
    walk.booking.book(house, other.pk, slot.pk, by=walk.DESK, now=NOW)
    herself = as_herself(visit.patient)

    seen = text(herself.get(reverse("my-date-check", args=[slot.pk]), follow=True))
    sent = text(herself.post(reverse("my-date-check", args=[slot.pk]), follow=True))

    assert "This time is not free any more." in seen
    assert "Someone has just taken that time." in sent
    assert "Choose a date for the examination" in sent


def test_without_a_free_time_the_next_chance_is_a_range_and_never_one_date(house, as_herself):
    visit = walk.ready_to_book(house)

    page = read(as_herself(visit.patient), "my-dates")

    assert "No free time is left" in page
    assert "most likely between Saturday 11 October and Saturday 18 October" in page
    assert "about 4 times in 5" in page


def test_nobody_looks_at_or_gives_up_another_womans_date(house, as_herself):
    date_of_hers = walk.booked(house)
    other = as_herself(make_visit().patient)
    where = reverse("my-date-cancel", args=[date_of_hers.pk])

    assert other.get(where).status_code == 404
    assert other.post(where).status_code == 404
    date_of_hers.refresh_from_db()
    assert date_of_hers.state == "firm"


def test_a_time_for_the_test_stays_hers_when_the_other_was_just_taken(house, as_herself):
    visit = walk.answered(house)
    clinic_times(house)
    mine, wanted = Slot.objects.filter(kind="clinic_visit").order_by("starts_at")[2:4]
    herself = as_herself(visit.patient)
    herself.post(reverse("my-date-check", args=[mine.pk]))
    other = walk.answered(house, given_name="Bea", phone="+86 139 0000 0000")
    walk.booking.book_visit(house, other.pk, wanted.pk, by=walk.DESK, now=NOW)

    sent = text(herself.post(reverse("my-date-check", args=[wanted.pk]), follow=True))

    assert "Someone has just taken that time." in sent
    assert Booking.objects.get(visit=visit, state="firm").slot == mine


# ---------------------------------------------------------------- money, papers, the day


def test_what_it_costs_and_when_it_comes_back_stand_before_she_pays(house, as_herself):
    visit = walk.cleared(house)

    page = read(as_herself(visit.patient), "my-cost")

    assert "CNY 1,000.00" in page
    assert "When a medical reason cancels your date, the whole sum goes back by itself." in page


def test_a_receipt_is_a_page_and_a_paper_and_hers_alone(house, as_herself):
    visit = walk.ready_to_book(house)
    paid = Payment.objects.get()
    herself = as_herself(visit.patient)

    page = read(herself, "my-receipt", paid.pk)
    paper = herself.get(reverse("my-receipt", args=[paid.pk]), {"as": "pdf"})
    theirs = as_herself(make_visit().patient).get(reverse("my-receipt", args=[paid.pk]))

    assert paid.receipt_number in page
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")
    assert theirs.status_code == 404


def test_what_went_back_is_said_on_her_page_of_costs(house, as_herself):
    visit = walk.ready_to_book(house)
    payment.refund(Payment.objects.get().pk, reason="asked", by=walk.CASHIER, now=NOW)

    assert "Given back: CNY 1,000.00" in read(as_herself(visit.patient), "my-cost")


def test_the_consent_can_be_read_at_home_with_how_often_each_risk_happens(house, as_herself):
    visit = walk.cleared(house)
    herself = as_herself(visit.patient)

    before = read(herself, "my-consent")
    walk.signed_and_paid(house, visit)
    after = read(herself, "my-consent")

    assert "What you will be asked to sign" in before
    assert "94 of 100 women feel pain" in before
    assert "Oil reaching the lungs" not in before  # water is wanted for her
    assert "What I signed" in after


def test_the_day_says_where_when_what_to_bring_and_is_honest_about_pain(house, as_herself):
    page = read(as_herself(walk.booked(house).visit.patient), "my-day")

    assert "Tuesday 23 September, 09:00" in page and "Tomorrow" in page
    assert "Radiology, room 249" in page and "010-0000-0249" in page
    assert "Most women feel pain" in page and "painless" not in page
    assert "say stop at any time" in page
    assert "37.5 °C or more" in page


def test_after_the_examination_the_day_says_what_comes_now_and_asks_nothing_more(
    house, as_herself, clock
):
    visit = after.examined(house).visit
    clock.at = after.ENDED + timedelta(minutes=10)

    page = unescape(as_herself(visit.patient).get(reverse("my-day")).content.decode())

    assert "Your examination is over" in page
    assert "Stay until a nurse tells you" in page
    assert "Bring" not in page and "You have no date yet" not in page
    assert house.site("demo-west").duty.phone in page


def test_what_is_still_missing_for_the_day_stands_on_its_page(house, as_herself):
    date_of_hers = walk.booked(house)
    date_of_hers.visit.consents.all().update(withdrawn_at=NOW)

    assert "Sign the consent, at the clinic" in read(
        as_herself(date_of_hers.visit.patient), "my-day"
    )


def test_the_preparation_holds_what_the_protocol_writes_to_her(house, as_herself):
    page = read(as_herself(walk.booked(house).visit.patient), "my-preparation")

    assert "Your examination is planned for Tuesday 23 September 2025" in page
    assert "Tomorrow, Tuesday 23 September 2025, is your examination." in page


def test_on_hold_no_plan_of_hers_is_shown_as_if_it_stood(house, as_herself):
    visit = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)

    page = read(as_herself(visit.patient), "mine")

    assert "not booked yet" not in page
    assert "Something first" in page
