"""What she told of her periods by mistake, taken back; and the free times for her test."""

from datetime import time, timedelta

import pytest

from patency.core.visit import VisitState
from patency.records.models.booking import Booking, Plan
from patency.records.models.visit import Answer, Period
from patency.service import booking, cycles, slots, told_wrong
from tests.make import NOW, TODAY, make_visit
from tests.service import walk

pytestmark = pytest.mark.django_db


def herself(visit):
    return visit.patient.as_actor()


def test_a_period_told_by_mistake_is_gone_and_her_cleared_cycle_counts_again(house):
    visit = walk.cleared(house)
    later, day = NOW + timedelta(days=3), TODAY + timedelta(days=3)
    told = cycles.report_period(house, visit.patient_id, day, by=herself(visit), now=later).period
    assert walk.fresh(visit).state == VisitState.REGISTERED

    told_wrong.take_back_period(house, told.pk, by=herself(visit), now=later)

    assert walk.fresh(visit).state == VisitState.CLEARED
    assert Period.objects.get().start == walk.PERIOD_START
    assert Plan.objects.filter(visit=visit, replaced_at=None).exists()
    newest = Answer.objects.filter(visit=visit, fact="last_bleed_normal").order_by("-id").first()
    assert newest.value is True


def test_a_first_period_told_by_mistake_leaves_no_days(house):
    visit = walk.register(house)
    told = cycles.report_period(house, visit.patient_id, TODAY, by=herself(visit), now=NOW).period

    told_wrong.take_back_period(house, told.pk, by=herself(visit), now=NOW)

    assert not Period.objects.exists()
    with pytest.raises(booking.NoPeriodTold):
        booking.window(house, visit.pk, by=herself(visit), now=NOW)


def test_too_late_is_said_and_changes_nothing(house):
    visit = walk.register(house)
    told = cycles.report_period(house, visit.patient_id, TODAY, by=herself(visit), now=NOW).period

    with pytest.raises(told_wrong.NotTakenBack, match="more than 2 days ago"):
        told_wrong.take_back_period(
            house, told.pk, by=herself(visit), now=NOW + timedelta(days=2, seconds=1)
        )
    assert Period.objects.count() == 1


def test_what_rests_on_a_period_keeps_it(house):
    visit = walk.cleared(house)
    older = Period.objects.get()
    Period.objects.update(told_at=NOW)

    with pytest.raises(told_wrong.NotTakenBack, match="a test was taken"):
        told_wrong.take_back_period(house, older.pk, by=herself(visit), now=NOW)
    with pytest.raises(told_wrong.NotTakenBack, match="a test was taken"):
        told_wrong.take_back_bleeding_end(house, older.pk, by=herself(visit), now=NOW)


def test_an_end_of_bleeding_told_by_mistake_is_open_again(house):
    visit = walk.answered(house)
    period = Period.objects.get()

    told_wrong.take_back_bleeding_end(house, period.pk, by=herself(visit), now=NOW)
    twice = told_wrong.take_back_bleeding_end(house, period.pk, by=herself(visit), now=NOW)

    assert twice.bleeding_ended is None


def test_another_womans_period_does_not_exist(house):
    visit, other = walk.answered(house), make_visit()

    with pytest.raises(Period.DoesNotExist):
        told_wrong.take_back_period(house, Period.objects.get().pk, by=herself(other), now=NOW)
    assert visit.patient_id != other.patient_id


def test_free_times_for_the_test_stand_on_the_days_that_leave_one_for_the_examination(house):
    visit = walk.answered(house)
    slots.open_slots(
        house,
        room="west-clinic-1",
        first=TODAY,
        last=TODAY + timedelta(days=9),
        begins=time(10),
        ends=time(11),
        by=walk.NURSE,
        now=NOW,
    )
    days = {
        day
        for each in booking.window(house, visit.pk, by=herself(visit), now=NOW).usable()
        for day in each.visit_days
    }

    found = booking.offer_visits(house, visit.pk, by=herself(visit), now=NOW)
    booking.book_visit(house, visit.pk, found[0].pk, by=herself(visit), now=NOW)
    left = booking.offer_visits(house, visit.pk, by=herself(visit), now=NOW)

    assert found and {slot.day for slot in found} <= days
    assert Booking.objects.get(kind="clinic_visit").slot == found[0]
    assert found[0].pk not in {slot.pk for slot in left}
