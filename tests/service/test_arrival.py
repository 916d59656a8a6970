from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from patency.core.access import NotPermitted
from patency.core.calendar.legal import LegalCalendar, LegalDay, YearMissing
from patency.records.models.booking import Booking, TurnedDown
from patency.records.models.ledger import Event
from patency.records.models.money import Refund
from patency.records.models.visit import Decision, Hold, TestResult
from patency.service import arrival, booking, laboratory, screening, table
from patency.service.house import House
from tests.make import NOW
from tests.service import walk

pytestmark = pytest.mark.django_db


def test_a_woman_whose_answers_and_test_are_in_order_goes_in(house: House) -> None:
    done = walk.arrived(house)

    assert done.may_go_in
    assert Booking.objects.get().state == "attended"
    test = TestResult.objects.get(kind="pregnancy_urine")
    assert (test.lot, test.verdict, test.taken_at) == ("HCG-0925", "passed", walk.EXAM_MORNING)
    assert Event.objects.filter(kind="arrived").count() == 1


def test_without_a_pregnancy_test_she_waits_and_nothing_is_given_up(house: House) -> None:
    hers = walk.booked(house)

    waits = arrival.check_in(
        house, hers.pk, answers=walk.ON_ARRIVAL, by=walk.NURSE, now=walk.EXAM_MORNING
    )
    done = arrival.check_in(
        house,
        hers.pk,
        answers={},
        tests=[walk.urine_test(walk.EXAM_MORNING)],
        by=walk.NURSE,
        now=walk.EXAM_MORNING,
    )

    assert waits.decision.questions == ("pregnancy_test_today",)
    assert (waits.may_go_in, waits.turned_down) == (False, None)
    assert done.may_go_in


def test_a_positive_test_sends_her_home_on_hold_with_her_money(house: House) -> None:
    done = walk.check_in(house, walk.booked(house), pregnancy="positive")

    assert done.visit.state == "on-hold"
    assert Hold.objects.get().rule_ids == ["pregnancy-test-positive"]
    assert Refund.objects.count() == 1
    assert TestResult.objects.get(kind="pregnancy_urine").verdict == "failed"
    decision = Decision.objects.get(stage="arrival")
    with pytest.raises(NotPermitted, match="never be overridden"):
        screening.override(
            house,
            decision.pk,
            "pregnancy-test-positive",
            "a mistake",
            by=walk.CONSULTANT,
            now=walk.EXAM_MORNING,
        )


def test_bleeding_gives_up_the_date_for_another_day_and_puts_her_first(house: House) -> None:
    done = walk.check_in(house, walk.booked(house), bleeding_today=True)

    assert done.visit.state == "cleared"
    assert Booking.objects.get().state == "cancelled"
    assert TurnedDown.objects.get().priority_for_next is True
    assert done.next_chance is not None
    assert done.next_chance.plan is not None
    assert done.next_chance.plan.exam_day == walk.EXAM_DAY + timedelta(days=1)
    assert (Hold.objects.count(), Refund.objects.count()) == (0, 0)


def booked_with_approval(house: House, day: date) -> Booking:
    visit = walk.ready_to_book(house)
    slot = walk.exam_slots(house, first=day, last=day)[0]
    with pytest.raises(booking.OutsideWindow) as refused:
        booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)
    row = Decision.objects.get(stage="booking")
    for reason in refused.value.decision.reasons:
        if reason.rule.outcome.stops:
            screening.override(
                house, row.pk, reason.rule.id, "no earlier slot", by=walk.DOCTOR, now=NOW
            )
    return booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)


def bleeds(house: House, hers: Booking) -> arrival.Arrived:
    now = hers.slot.starts_at
    return arrival.check_in(
        house,
        hers.pk,
        answers={**walk.ON_ARRIVAL, "bleeding_today": True},
        tests=[walk.urine_test(now)],
        by=walk.NURSE,
        now=now,
    )


def test_bleeding_on_the_last_usual_day_leaves_a_day_that_needs_approval(house: House) -> None:
    visit = walk.ready_to_book(house)
    last = walk.EXAM_DAY + timedelta(days=1)
    slot = walk.exam_slots(house, first=last, last=last)[0]
    hers = booking.book(house, visit.pk, slot.pk, by=walk.DESK, now=NOW)

    done = bleeds(house, hers)

    assert done.visit.state == "cleared"
    assert done.next_chance is not None
    assert done.next_chance.plan is not None
    assert done.next_chance.plan.needs_approval


def test_bleeding_on_the_last_day_of_all_waits_for_the_next_cycle(house: House) -> None:
    hers = booked_with_approval(house, date(2025, 9, 26))

    done = bleeds(house, hers)

    assert done.visit.state == "registered"
    assert done.next_chance is not None
    assert done.next_chance.plan is None
    row = TurnedDown.objects.get()
    assert (row.reason, row.priority_for_next) == ("bleeding-on-the-day", True)


def test_unprotected_intercourse_loses_this_cycle_and_no_place_in_line(house: House) -> None:
    done = walk.check_in(house, walk.booked(house), unprotected_intercourse_since_period=True)

    assert done.visit.state == "registered"
    assert done.next_chance is None
    row = TurnedDown.objects.get()
    assert (row.reason, row.priority_for_next) == ("unprotected-intercourse", False)


def test_protected_intercourse_waits_for_a_clinician_and_then_she_goes_in(house: House) -> None:
    hers = walk.booked(house)
    waits = walk.check_in(house, hers, protected_intercourse_since_period=True)

    screening.override(
        house,
        waits.row.pk,
        "protected-intercourse",
        "condom, test negative",
        by=walk.DOCTOR,
        now=walk.EXAM_MORNING,
    )
    done = arrival.check_in(house, hers.pk, answers={}, by=walk.NURSE, now=walk.EXAM_MORNING)

    assert (waits.visit.state, done.visit.state) == ("booked", "arrived")


def test_an_unusual_last_bleed_asks_for_serum_hcg_and_she_waits_for_it(house: House) -> None:
    hers = walk.booked(house)
    waits = walk.check_in(house, hers, last_bleed_normal=False)
    blood = laboratory.TestTaken(
        "hcg_serum",
        {"serum_hcg_iu_l": 0.5},
        taken_at=walk.EXAM_MORNING,
        read_at=walk.EXAM_MORNING,
    )

    looked_at = arrival.check_in(
        house, hers.pk, answers={}, tests=[blood], by=walk.NURSE, now=walk.EXAM_MORNING
    )
    screening.override(
        house,
        looked_at.row.pk,
        "last-bleed-or-cycle-unusual",
        "serum hCG negative",
        by=walk.DOCTOR,
        now=walk.EXAM_MORNING,
    )
    done = arrival.check_in(house, hers.pk, answers={}, by=walk.NURSE, now=walk.EXAM_MORNING)

    assert "serum-hcg-needed" in waits.decision.fired
    assert looked_at.decision.fired == {"last-bleed-or-cycle-unusual"}
    assert (waits.visit.state, looked_at.visit.state) == ("booked", "booked")
    assert done.visit.state == "arrived"


@pytest.mark.parametrize(
    ("answers", "rule"),
    [
        ({"temperature_c": 37.5}, "temperature-too-high"),
        ({"lower_abdominal_pain": True}, "lower-abdominal-pain"),
        ({"respiratory_illness": "now"}, "respiratory-illness-now"),
    ],
)
def test_a_sign_of_illness_puts_her_on_hold_and_refunds(
    house: House, answers: dict[str, object], rule: str
) -> None:
    done = walk.check_in(house, walk.booked(house), **answers)

    assert done.hold is not None
    assert done.hold.rule_ids == [rule]
    assert Refund.objects.get().reason == "on-hold"
    assert TurnedDown.objects.get().priority_for_next is True


def test_nobody_is_checked_in_on_another_day_or_twice(house: House) -> None:
    hers = walk.booked(house)

    with pytest.raises(arrival.NotHerDay, match="find her date"):
        arrival.check_in(house, hers.pk, answers=walk.ON_ARRIVAL, by=walk.NURSE, now=NOW)
    walk.check_in(house, hers)
    with pytest.raises(arrival.NotHerDay):
        walk.check_in(house, hers)


def test_the_desk_does_not_check_in(house: House) -> None:
    hers = walk.booked(house)

    with pytest.raises(NotPermitted):
        arrival.check_in(house, hers.pk, answers={}, by=walk.CASHIER, now=walk.EXAM_MORNING)


def test_a_missed_date_costs_her_place_and_not_her_payment(house: House) -> None:
    hers = walk.booked(house)

    with pytest.raises(arrival.NotOver):
        arrival.mark_missed(house, hers.pk, by=walk.NURSE, now=NOW)
    missed = arrival.mark_missed(
        house, hers.pk, by=walk.NURSE, now=walk.EXAM_MORNING + timedelta(hours=1)
    )

    assert missed.state == "missed"
    assert walk.fresh(hers.visit).state == "cleared"
    assert TurnedDown.objects.get().priority_for_next is False
    assert not Refund.objects.exists()


def test_a_positive_test_on_arrival_holds_her_until_a_test_says_otherwise(house: House) -> None:
    visit = walk.check_in(house, walk.booked(house), pregnancy="positive").visit
    later = walk.EXAM_MORNING + timedelta(hours=2)
    answers = {**walk.AT_THE_VISIT, "possible_pregnancy": False}

    held = screening.record_results(
        house, visit.pk, answers={**answers, "temperature_c": 38.0}, by=walk.NURSE, now=later
    )
    still = screening.record_results(
        house, visit.pk, answers={"temperature_c": 36.6}, by=walk.NURSE, now=later
    )
    with pytest.raises(screening.HoldStands, match="pregnancy-test-positive"):
        screening.release(house, visit.pk, by=walk.DOCTOR, now=later)
    done = screening.record_results(
        house, visit.pk, tests=[walk.urine_test(later)], by=walk.NURSE, now=later
    )

    assert held.hold is not None
    assert set(held.hold.rule_ids) == {"temperature-too-high", "pregnancy-test-positive"}
    assert still.visit.state == "on-hold"
    assert done.visit.state == "cleared"


def test_a_positive_test_holds_her_whatever_else_she_told(house: House) -> None:
    done = walk.check_in(
        house,
        walk.booked(house),
        pregnancy="positive",
        unprotected_intercourse_since_period=True,
        bleeding_today=True,
    )

    assert done.hold is not None
    assert "pregnancy-test-positive" in done.hold.rule_ids
    assert done.visit.state == "on-hold"


def test_she_is_sent_home_although_the_next_days_are_in_a_year_without_notice(
    house: House,
) -> None:
    hers = walk.booked(house)
    china = house.calendars["CN"]
    cut = CutShort(china.country, china.years, last=walk.EXAM_DAY)

    done = walk.check_in(replace(house, calendars={"CN": cut}), hers, bleeding_today=True)

    assert (done.visit.state, done.next_chance) == ("cleared", None)


@dataclass(frozen=True)
class CutShort(LegalCalendar):
    """A calendar of which nothing after ``last`` is announced."""

    last: date = date.max

    def day(self, day: date) -> LegalDay:
        if day > self.last:
            raise YearMissing(self.country, day, self.years)
        return LegalCalendar.day(self, day)


@pytest.mark.parametrize(
    ("lot", "says"), [(" ", "lot: is missing"), ("x" * 65, "lot: has at most 64 characters")]
)
def test_a_pregnancy_test_without_its_lot_is_not_recorded(
    house: House, lot: str, says: str
) -> None:
    date_of_hers = walk.booked(house)
    test = replace(walk.urine_test(walk.EXAM_MORNING), lot=lot)

    with pytest.raises(laboratory.TestRefused, match=says):
        arrival.check_in(
            house,
            date_of_hers.pk,
            answers=walk.ON_ARRIVAL,
            tests=[test],
            by=walk.NURSE,
            now=walk.EXAM_MORNING,
        )
    assert not TestResult.objects.filter(kind="pregnancy_urine").exists()


def test_a_wrong_temperature_is_put_right_before_the_examination_and_judged_again(house: House):
    walk.arrived(house)
    hers = Booking.objects.get()

    with_fever = {"temperature_c": 38.6}
    would = arrival.would_decide(
        house, hers.pk, answers=with_fever, corrects=True, by=walk.NURSE, now=walk.EXAM_MORNING
    )
    still = Booking.objects.get(pk=hers.pk).state
    done = arrival.check_in(
        house, hers.pk, answers=with_fever, corrects=True, by=walk.NURSE, now=walk.EXAM_MORNING
    )

    assert (would.may_go_in, still) == (False, "attended")
    assert not done.may_go_in
    assert done.visit.state != "arrived"
    assert Event.objects.filter(kind="arrival-corrected").count() == 1


def test_a_slip_that_changes_nothing_leaves_her_checked_in(house: House):
    walk.arrived(house)
    hers = Booking.objects.get()

    done = arrival.check_in(
        house,
        hers.pk,
        answers={"temperature_c": 36.9},
        corrects=True,
        by=walk.NURSE,
        now=walk.EXAM_MORNING,
    )

    assert done.may_go_in
    assert Booking.objects.get().state == "attended"


def test_nothing_is_put_right_at_the_desk_once_the_examination_has_begun(house: House):
    walk.arrived(house)
    hers = Booking.objects.get()
    table.write_step(hers.visit_id, "started", by=walk.NURSE, now=walk.EXAM_MORNING)

    with pytest.raises(arrival.ExamBegun, match="examination has begun"):
        arrival.check_in(
            house,
            hers.pk,
            answers={"temperature_c": 38.6},
            corrects=True,
            by=walk.NURSE,
            now=walk.EXAM_MORNING,
        )

    assert Booking.objects.get().state == "attended"
