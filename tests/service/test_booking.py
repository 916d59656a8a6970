from datetime import date, time, timedelta

import pytest

from patency.core.access import Actor, NotPermitted, Role
from patency.core.calendar.legal import YearMissing
from patency.records.models.booking import Booking, Plan, Slot, TurnedDown
from patency.records.models.ledger import Event
from patency.records.models.visit import Decision, Visit
from patency.service import booking, cycles, screening, slots
from patency.service.house import House
from tests.make import NOW, TODAY, make_actor, make_slot
from tests.service import walk

pytestmark = pytest.mark.django_db


# ---- slots


def test_slots_are_opened_on_open_days_only_and_once(house: House) -> None:
    first, last = date(2025, 9, 29), date(2025, 10, 10)

    opened = walk.exam_slots(house, first=first, last=last)
    again = walk.exam_slots(house, first=first, last=last)

    days = {slot.day for slot in opened}
    # 1 to 8 October is National Day with the Mid-Autumn Festival; weekends are open at this site.
    assert days == {date(2025, 9, 29), date(2025, 9, 30), date(2025, 10, 9), date(2025, 10, 10)}
    assert len(opened) == len(days) * 6 == len(again)
    assert {slot.minutes for slot in opened} == {20}
    assert Event.objects.filter(kind="slots-opened").count() == 2


def open_room(house: House, room: str, first: date, last: date, ends: time = time(11)) -> None:
    slots.open_slots(
        house,
        room=room,
        first=first,
        last=last,
        begins=time(9),
        ends=ends,
        by=walk.NURSE,
        now=NOW,
    )


def test_slots_of_the_past_of_a_room_nobody_has_and_of_no_time_are_refused(house: House) -> None:
    for room, first, ends in (
        ("west-xray-1", TODAY - timedelta(days=1), time(11)),
        ("west-xray-9", TODAY, time(11)),
        ("west-xray-1", TODAY, time(9)),
    ):
        with pytest.raises(slots.SlotsRefused, match=r"correct|choose"):
            open_room(house, room, first, first, ends)
    assert not Slot.objects.exists()


def test_slots_in_a_year_without_a_holiday_notice_are_refused_whole(house: House) -> None:
    now = walk.moment(30, month=12) + timedelta(days=365)
    with pytest.raises(YearMissing, match="no official holiday notice"):
        slots.open_slots(
            house,
            room="west-xray-1",
            first=date(2026, 12, 30),
            last=date(2027, 1, 2),
            begins=time(9),
            ends=time(11),
            by=walk.NURSE,
            now=now,
        )
    assert not Slot.objects.exists()


def test_a_woman_opens_no_slots(house: House) -> None:
    herself = walk.register(house).patient.as_actor()

    with pytest.raises(NotPermitted):
        slots.open_slots(
            house,
            room="west-xray-1",
            first=TODAY,
            last=TODAY,
            begins=time(9),
            ends=time(11),
            by=herself,
            now=NOW,
        )


# ---- the window and what is offered


def test_without_a_period_there_is_no_window(house: House) -> None:
    visit = walk.register(house)

    with pytest.raises(booking.NoPeriodTold, match="report it first"):
        booking.window(house, visit.pk, by=walk.DESK, now=NOW)
    assert booking.plan(house, visit.pk, by=walk.DESK, now=NOW) is None


def test_only_free_slots_of_her_campus_on_usable_days_are_offered(house: House) -> None:
    visit = walk.cleared(house)
    later = walk.EXAM_DAY + timedelta(days=2)  # day 11 of the cycle, over the cap
    mine = walk.exam_slots(house, first=TODAY, last=later)
    make_slot(starts_at=walk.EXAM_MORNING, room="east-xray-1", campus="east", day=walk.EXAM_DAY)
    booking_of_another = walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")
    tomorrow = [slot for slot in mine if slot.day == walk.EXAM_DAY]
    booking.book(house, booking_of_another.pk, tomorrow[0].pk, by=walk.DESK, now=NOW)

    offered = booking.offer_slots(house, visit.pk, by=walk.DESK, now=NOW)

    days = {slot.day for slot in offered}
    assert days == {walk.EXAM_DAY, walk.EXAM_DAY + timedelta(days=1)}
    assert tomorrow[0] not in offered
    assert {slot.campus for slot in offered} == {"west"}


def test_a_plan_replaces_the_one_before(house: House) -> None:
    visit = walk.answered(house)

    found = booking.plan(house, visit.pk, by=walk.DESK, now=NOW)

    assert found is not None
    assert found.plan is not None
    assert Plan.objects.filter(visit=visit, replaced_at__isnull=True).count() == 1
    assert Decision.objects.filter(stage="tentative").exists()


# ---- booking


def test_a_date_is_firm_when_the_protocol_allows_it(house: House) -> None:
    made = walk.booked(house)

    assert (made.state, made.slot.day) == ("firm", walk.EXAM_DAY)
    assert walk.fresh(made.visit).state == "booked"
    decision = Decision.objects.get(stage="booking")
    assert (decision.may_proceed, decision.facts["exam_date"]) == (True, "2025-09-23")  # type: ignore[index]
    assert Event.objects.filter(kind="booked", subject=f"booking/{made.pk}").count() == 1


def test_booking_the_same_slot_twice_is_the_same_date(house: House) -> None:
    made = walk.booked(house)

    again = booking.book(house, made.visit_id, made.slot_id, by=walk.DESK, now=NOW)

    assert again == made
    assert Event.objects.filter(kind="booked").count() == 1


def test_another_slot_is_a_move_and_not_a_second_date(house: House) -> None:
    made = walk.booked(house)
    other = Slot.objects.exclude(pk=made.slot_id).filter(kind="exam").first()
    assert other is not None

    with pytest.raises(booking.AlreadyBooked):
        booking.book(house, made.visit_id, other.pk, by=walk.DESK, now=NOW)


def test_two_women_cannot_hold_one_slot(house: House) -> None:
    made = walk.booked(house)
    second = walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")

    with pytest.raises(booking.SlotTaken):
        booking.book(house, second.pk, made.slot_id, by=walk.DESK, now=NOW)
    assert Booking.objects.get(kind="exam").visit_id == made.visit_id
    assert walk.fresh(second).state == "cleared"


def test_before_the_test_there_is_no_date_and_the_decision_is_kept(house: House) -> None:
    visit = walk.answered(house)
    slot = walk.exam_slots(house)[0]

    with pytest.raises(booking.NotCleared) as refused:
        booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)

    assert "leucorrhoea-test-not-done" in refused.value.decision.fired
    assert Decision.objects.filter(stage="booking", may_proceed=False).count() == 1
    assert Event.objects.filter(kind="booking-refused").count() == 1
    assert not Booking.objects.exists()


def test_without_payment_and_form_the_refusal_names_both(house: House) -> None:
    visit = walk.cleared(house)
    slot = walk.exam_slots(house)[0]

    with pytest.raises(booking.NotCleared, match=r"application-not-signed.*payment-not-recorded"):
        booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)


def test_a_day_over_the_cap_is_outside_her_window(house: House) -> None:
    visit = walk.ready_to_book(house)
    late = date(2025, 9, 25)
    slot = walk.exam_slots(house, first=late, last=late)[0]

    with pytest.raises(booking.OutsideWindow, match="cycle-day-over-cap"):
        booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)


def test_a_later_day_that_a_clinician_approved_is_booked(house: House) -> None:
    visit = walk.ready_to_book(house)
    late = date(2025, 9, 25)
    slot = walk.exam_slots(house, first=late, last=late)[0]
    with pytest.raises(booking.OutsideWindow):
        booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)
    refused = Decision.objects.get(stage="booking")

    screening.override(
        house, refused.pk, "cycle-day-over-cap", "no earlier slot", by=walk.DOCTOR, now=NOW
    )
    made = booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)

    assert made.slot.day == late


def test_a_slot_that_has_passed_or_is_no_exam_slot_is_refused(house: House) -> None:
    visit = walk.ready_to_book(house)
    past = make_slot(starts_at=NOW - timedelta(hours=1))
    clinic = make_slot(starts_at=NOW + timedelta(hours=1), kind="clinic_visit")

    for slot in (past, clinic):
        with pytest.raises(booking.SlotPassed):
            booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)


def test_another_sites_slot_does_not_exist(house: House) -> None:
    visit = walk.ready_to_book(house)
    slot = make_slot(starts_at=walk.EXAM_MORNING, site="demo-leeds")

    with pytest.raises(Slot.DoesNotExist):
        booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)


def test_a_woman_books_for_herself_and_for_nobody_else(house: House) -> None:
    visit = walk.ready_to_book(house)
    other = walk.register(house, given_name="Bea", phone="+86 139 1111 1111")
    slot = walk.exam_slots(house)[0]

    with pytest.raises(type(visit).DoesNotExist):
        booking.book(house, visit.pk, slot.pk, by=other.patient.as_actor(), now=NOW)
    made = booking.book(house, visit.pk, slot.pk, by=visit.patient.as_actor(), now=NOW)
    assert made.state == "firm"


# ---- the clinic visit


def test_the_clinic_visit_is_booked_on_a_day_that_leaves_a_day_for_the_exam(house: House) -> None:
    visit = walk.register(house)
    now = walk.moment(20)
    walk.tell_period(house, visit, now=now)
    fitting = make_slot(starts_at=walk.moment(22), kind="clinic_visit", minutes=10)

    made = booking.book_visit(house, visit.pk, fitting.pk, by=walk.DESK, now=now)
    again = booking.book_visit(house, visit.pk, fitting.pk, by=walk.DESK, now=now)

    assert made == again
    assert walk.fresh(visit).state == "registered"


def test_a_clinic_visit_while_she_bleeds_is_outside_her_window(house: House) -> None:
    visit = walk.register(house)
    now = walk.moment(16)
    cycles.report_period(house, visit.patient_id, walk.PERIOD_START, by=walk.DESK, now=now)
    slot = make_slot(starts_at=walk.moment(17), kind="clinic_visit", minutes=10)

    with pytest.raises(booking.OutsideWindow):
        booking.book_visit(house, visit.pk, slot.pk, by=walk.DESK, now=now)


def test_there_is_one_clinic_visit_to_come_and_none_after_the_exam_began(house: House) -> None:
    visit = walk.answered(house, now=walk.moment(20))
    first, second = (
        make_slot(starts_at=walk.moment(22, hour), kind="clinic_visit", minutes=10)
        for hour in (9, 10)
    )
    booking.book_visit(house, visit.pk, first.pk, by=walk.DESK, now=walk.moment(20))

    with pytest.raises(booking.AlreadyBooked):
        booking.book_visit(house, visit.pk, second.pk, by=walk.DESK, now=walk.moment(20))
    screening.record_results(
        house,
        visit.pk,
        tests=[walk.leucorrhoea(walk.moment(22))],
        answers={**walk.AT_THE_VISIT, "possible_pregnancy": False},
        by=walk.NURSE,
        now=walk.moment(22),
    )
    assert Booking.objects.get().state == "attended"
    Visit.objects.filter(pk=visit.pk).update(state="examined")
    with pytest.raises(booking.BookingRefused, match="open a new visit"):
        booking.book_visit(house, visit.pk, second.pk, by=walk.DESK, now=walk.moment(22))


# ---- moved, cancelled, turned down


def test_a_moved_date_frees_the_old_slot_for_another(house: House) -> None:
    made = walk.booked(house)
    other = Slot.objects.exclude(pk=made.slot_id).filter(kind="exam").order_by("starts_at").first()
    assert other is not None

    moved = booking.move(house, made.pk, other.pk, by=walk.DESK, now=NOW)

    made.refresh_from_db()
    assert (moved.slot_id, moved.state) == (other.pk, "firm")
    assert (made.state, made.why) == ("cancelled", "moved")
    assert Event.objects.get(kind="moved").payload["freed"] == [str(made.slot_id)]
    with pytest.raises(booking.NothingBooked):
        booking.move(house, made.pk, other.pk, by=walk.DESK, now=NOW)


def test_a_move_into_a_taken_slot_leaves_her_the_date_she_has(house: House) -> None:
    made = walk.booked(house)
    second = walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")
    other = Slot.objects.exclude(pk=made.slot_id).filter(kind="exam").first()
    assert other is not None
    booking.book(house, second.pk, other.pk, by=walk.DESK, now=NOW)

    with pytest.raises(booking.SlotTaken):
        booking.move(house, made.pk, other.pk, by=walk.DESK, now=NOW)

    made.refresh_from_db()
    assert made.state == "firm"


def test_a_move_to_a_day_outside_her_window_is_refused_and_kept(house: House) -> None:
    made = walk.booked(house)
    late = date(2025, 9, 25)
    slot = walk.exam_slots(house, first=late, last=late)[0]

    with pytest.raises(booking.OutsideWindow):
        booking.move(house, made.pk, slot.pk, by=walk.DESK, now=NOW)

    made.refresh_from_db()
    assert made.state == "firm"
    assert Event.objects.filter(kind="booking-refused").count() == 1
    assert booking.move(house, made.pk, made.slot_id, by=walk.DESK, now=NOW) == made


def test_a_cancelled_date_frees_its_seat_and_her_payment_stands(house: House) -> None:
    made = walk.booked(house)

    gone = booking.cancel(made.pk, "her-wish", by=walk.DESK, now=NOW)

    assert (gone.state, gone.ended_at) == ("cancelled", NOW)
    assert walk.fresh(made.visit).state == "cleared"
    assert Event.objects.get(kind="seat-freed").payload["freed"] == [str(made.slot_id)]
    again = booking.book(house, made.visit_id, made.slot_id, by=walk.DESK, now=NOW)
    assert again.pk != made.pk


def test_a_date_that_fits_no_more_is_given_up_and_puts_her_first(house: House) -> None:
    made = walk.booked(house)
    system = make_actor(Role.SYSTEM, name="job")
    cycles.report_bleeding_end(house, made.visit.patient_id, TODAY, by=walk.DESK, now=NOW)

    gone = booking.still_fits(house, made.pk, by=system, now=NOW)

    assert gone.state == "cancelled"
    assert TurnedDown.objects.get().priority_for_next is True
    assert walk.fresh(made.visit).state == "cleared"


def test_a_date_that_still_fits_stays(house: House) -> None:
    made = walk.booked(house)

    assert booking.still_fits(house, made.pk, by=walk.DESK, now=NOW).state == "firm"


def test_every_woman_turned_down_is_remembered_with_her_cycle(house: House) -> None:
    visit = walk.answered(house)

    row = booking.turn_down(house, visit.pk, "no-slot", by=walk.DESK, now=NOW)

    assert (row.period_start, row.reason, row.priority_for_next) == (
        walk.PERIOD_START,
        "no-slot",
        True,
    )


def test_a_date_is_given_up_for_a_code_and_never_in_words(house: House) -> None:
    made = walk.booked(house)

    for act in (
        lambda: booking.cancel(made.pk, "Ann is ill", by=walk.DESK, now=NOW),
        lambda: booking.turn_down(house, made.visit_id, "Ann is ill", by=walk.DESK, now=NOW),
    ):
        with pytest.raises(booking.BookingRefused, match="is no code") as refusal:
            act()
        assert "Ann" not in str(refusal.value)
    made.refresh_from_db()
    assert made.state == "firm"


def test_nobody_puts_herself_first_in_line(house: House) -> None:
    visit = walk.register(house)
    herself = visit.patient.as_actor()

    with pytest.raises(NotPermitted, match="the clinic does"):
        booking.turn_down(house, visit.pk, "no-slot", by=herself, now=NOW)


def test_a_visit_that_was_read_already_opens_its_window_to_her_and_her_clinic_alone(
    house: House,
) -> None:
    visit = walk.cleared(house)
    other = walk.cleared(house, given_name="Bea", phone="+86 139 1111 1111")
    hers = Actor("herself", visit.site, frozenset({Role.PATIENT}), visit.patient_id)
    elsewhere = Actor("Desk East", "demo-east", walk.DESK.roles)

    found = booking.window(house, visit, by=hers, now=NOW)

    assert found == booking.window(house, visit.pk, by=walk.DESK, now=NOW)
    for by, row in ((hers, other), (elsewhere, visit)):
        with pytest.raises(Visit.DoesNotExist, match=f"There is no visit {row.pk}"):
            booking.window(house, row, by=by, now=NOW)
