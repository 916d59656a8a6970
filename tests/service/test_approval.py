"""A later day of her cycle opens by a clinician's recorded approval, for this cycle only."""

from datetime import date, timedelta

import pytest

from patency.core.access import NotPermitted
from patency.records.models.ledger import Audit
from patency.records.models.visit import Decision, Override
from patency.service import approval, booking, cycles, screening
from tests.service import walk

pytestmark = pytest.mark.django_db
# She bled for seven days from Monday 15 September: day 11 is Thursday the 25th.
DAY_11 = date(2025, 9, 25)
BEFORE = walk.moment(22)


@pytest.fixture
def visit(house):
    visit = walk.register(house)
    cycles.report_period(house, visit.patient_id, walk.PERIOD_START, by=walk.DESK, now=BEFORE)
    cycles.report_bleeding_end(
        house, visit.patient_id, date(2025, 9, 21), normal=True, by=walk.DESK, now=BEFORE
    )
    screening.record_answers(
        house, visit.pk, {**walk.HEALTHY, "usual_bleeding_days": 7}, by=walk.NURSE, now=BEFORE
    )
    return walk.fresh(visit)


def approve(house, visit, day=DAY_11, reason="regular cycles of 30 days", by=walk.DOCTOR):
    return approval.approve_day(house, visit.pk, day, reason, by=by, now=BEFORE)


def test_a_day_after_the_cap_opens_with_a_reason_on_the_record(house, visit):
    made = approve(house, visit)

    (row,) = Override.objects.all()
    assert made == [row]
    assert (row.rule_id, row.reason, row.by_name) == (
        "cycle-day-over-cap",
        "regular cycles of 30 days",
        walk.DOCTOR.name,
    )
    kept = Decision.objects.get(pk=row.decision_id)
    assert (kept.outcome, kept.facts["exam_date"]) == ("HOLD", "2025-09-25")
    assert Audit.objects.filter(action="day-approved", patient=visit.patient).exists()


def test_free_times_of_an_approved_day_are_offered_and_hers_to_take(house, visit):
    now = walk.moment(23)
    screening.record_results(
        house,
        visit.pk,
        tests=[walk.leucorrhoea(now)],
        answers={**walk.AT_THE_VISIT, "possible_pregnancy": False},
        by=walk.NURSE,
        now=now,
    )
    walk.signed_and_paid(house, walk.fresh(visit), now=now)
    slot = walk.exam_slots(house, first=DAY_11, last=DAY_11, now=now)[0]
    before = booking.offer_slots(house, visit.pk, by=walk.DESK, now=now)

    approval.approve_day(house, visit.pk, DAY_11, "regular cycles", by=walk.DOCTOR, now=now)

    offered = booking.offer_slots(house, visit.pk, by=walk.DESK, now=now)
    made = booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=now)
    assert slot not in before
    assert slot in offered
    assert made.state == "firm"


@pytest.mark.parametrize("day", [date(2025, 9, 24), date(2025, 9, 27), date(2025, 10, 20)])
def test_a_day_that_needs_no_approval_or_that_none_opens_is_refused(day, house, visit):
    with pytest.raises(approval.NothingToApprove, match="2025-09-25"):
        approve(house, visit, day)

    assert not Override.objects.exists()


def test_an_approval_says_why(house, visit):
    with pytest.raises(approval.ApprovalRefused, match="no reason"):
        approve(house, visit, reason=" ")


def test_a_nurse_approves_no_day(house, visit):
    with pytest.raises(NotPermitted):
        approve(house, visit, by=walk.NURSE)


def test_an_approval_counts_for_its_cycle_only(house, visit):
    approve(house, visit)
    later = walk.moment(14, month=10)
    cycles.report_period(house, visit.patient_id, date(2025, 10, 14), by=walk.DESK, now=later)
    cycles.report_bleeding_end(
        house,
        visit.patient_id,
        date(2025, 10, 20),
        normal=True,
        by=walk.DESK,
        now=later + timedelta(days=6),
    )

    found = booking.window(house, visit.pk, by=walk.DESK, now=later + timedelta(days=6))

    assert {day.day for day in found.usable()} <= {date(2025, 10, day) for day in range(20, 24)}
