"""The nightly plan of a site, over real rows: who gets which day, why, and what is offered."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patency.core.access import Actor, NotPermitted, Role
from patency.core.booking.reasons import sentences
from patency.records.facts_on import facts_on, with_facts
from patency.records.models.booking import Booking, Plan, Slot, TurnedDown
from patency.records.models.ledger import Event
from patency.records.models.visit import Visit
from patency.service import booking, cycles, offers, planning, screening
from patency.service.house import House
from tests.make import NOW, SITE, TODAY, make_actor, make_answers
from tests.service import walk

pytestmark = pytest.mark.django_db

WORKER = make_actor(Role.SYSTEM, name="worker")
DAYS = (TODAY + timedelta(days=1), TODAY + timedelta(days=2))  # her two open days


def women(house: House, count: int, *, ready: bool = True) -> list[Visit]:
    """Return the visits of so many women of one cycle, tested and paid unless said otherwise."""
    walk_on = walk.ready_to_book if ready else walk.answered
    first = Visit.objects.count()
    return [
        walk_on(house, given_name=f"Ann{place}", phone=f"+86 138 0000 {place:04}")
        for place in range(first, first + count)
    ]


def keep_places(house: House, *counts: int) -> list[list[Slot]]:
    """Return the free slots of her days, as many on each as said."""
    kept = []
    for day, count in zip(DAYS, counts, strict=False):
        slots = walk.exam_slots(house, first=day, last=day)
        Slot.objects.filter(pk__in=[slot.pk for slot in slots[count:]]).delete()
        kept.append(slots[:count])
    return kept


def night(house: House, *, by: Actor = WORKER, now=NOW) -> planning.Night:
    return planning.plan_night(house, SITE, by=by, now=now)


def plan_of(visit: Visit) -> Plan:
    return Plan.objects.get(visit=visit, replaced_at__isnull=True)


def overbooking(house: House, alpha: float) -> House:
    site = house.site(SITE)
    assert site.planning is not None
    habits = replace(site.planning, overbook_alpha=alpha, show_chance=0.8)
    return replace(house, sites={**house.sites, SITE: replace(site, planning=habits)})


def test_every_woman_gets_a_day_when_there_is_room_and_nobody_a_booking(house: House) -> None:
    visits = women(house, 3)
    keep_places(house, 2, 1)

    found = night(house)

    assert (found.waiting, found.with_a_day) == (3, 3)
    assert sorted(plan_of(visit).exam_day for visit in visits) == [DAYS[0], DAYS[0], DAYS[1]]
    assert not Booking.objects.filter(kind="exam").exists()


def test_a_longer_line_takes_no_more_questions_to_the_database(house: House) -> None:
    def questions() -> int:
        night(house)
        with CaptureQueriesContext(connection) as asked:
            found = planning.plan_night(house, SITE, by=WORKER, now=NOW)
        assert found.changed == ()
        return len(asked)

    women(house, 2)
    of_two = questions()
    women(house, 3, ready=False)

    assert questions() <= of_two + 2


def test_facts_read_for_a_whole_line_are_the_facts_read_one_by_one(house: House) -> None:
    visits = [*women(house, 2), *women(house, 1, ready=False)]

    together = with_facts(Visit.objects.filter(pk__in=[each.pk for each in visits]))

    assert {each.pk: facts_on(each, TODAY) for each in together} == {
        each.pk: facts_on(Visit.objects.get(pk=each.pk), TODAY) for each in visits
    }


def test_twice_in_one_night_it_changes_nothing(house: House) -> None:
    women(house, 3)
    keep_places(house, 2, 1)
    night(house)
    before = list(Plan.objects.order_by("pk").values())
    events = Event.objects.count()

    again = night(house, now=NOW + timedelta(minutes=1))

    assert again.changed == again.turned_down == ()
    assert list(Plan.objects.order_by("pk").values()) == before
    assert Event.objects.count() == events


def test_who_was_refused_before_comes_first_when_one_place_is_left(house: House) -> None:
    first, second = women(house, 2)
    TurnedDown.objects.create(
        visit=second,
        period_start=walk.PERIOD_START - timedelta(days=28),
        reason="no-place",
        at=NOW - timedelta(days=28),
        priority_for_next=True,
    )
    keep_places(house, 1, 0)

    night(house)

    assert plan_of(second).exam_day == DAYS[0]
    assert (plan_of(first).exam_day, plan_of(first).how_sure) == (None, "no-place")


def test_whose_next_cycle_seldom_has_a_day_comes_first_when_one_place_is_left(
    house: House,
) -> None:
    visits = women(house, 2)
    keep_places(house, 1, 0)
    night(house)
    without = next(visit for visit in visits if plan_of(visit).exam_day is None)

    make_answers(without, usual_bleeding_days=7)
    night(house, now=NOW + timedelta(minutes=1))

    assert [visit for visit in visits if plan_of(visit).exam_day] == [without]


def test_a_refusal_says_what_stood_against_each_day_and_what_would_have_changed_it(
    house: House,
) -> None:
    first, second = women(house, 2)
    keep_places(house, 1, 0)

    night(house)

    (refused,) = [v for v in (first, second) if plan_of(v).exam_day is None]
    codes = {each["code"]: each for each in plan_of(refused).why}
    assert codes["given-to-others"]["day"] == DAYS[0].isoformat()
    assert codes["no-session"]["day"] == DAYS[1].isoformat()
    said = " ".join(sentences(plan_of(refused).why))
    assert "One more place on Tuesday 23 September 2025 in the morning at west" in said
    assert "closed by cycle-day-over-cap" in said


def test_a_proposal_says_why_this_day_and_what_it_risks(house: House) -> None:
    (visit,) = women(house, 1)
    keep_places(house, 0, 1)

    night(house)

    codes = {each["code"]: each for each in plan_of(visit).why}
    assert codes["planned"]["day"] == DAYS[1].isoformat()
    assert codes["ovulation-risk"]["share"] == pytest.approx(0.028)
    assert codes["no-session"]["day"] == DAYS[0].isoformat()


def test_places_are_offered_only_to_women_whose_test_is_passed(house: House) -> None:
    ready, waiting = (
        walk.ready_to_book(house),
        walk.answered(house, given_name="Bea", phone="+86 139 1111 1111"),
    )
    keep_places(house, 2, 2)

    found = night(house)

    assert [each.visit_id for each in found.to_offer] == [ready.pk]
    assert plan_of(waiting).exam_day is not None


def test_a_freed_place_is_proposed_to_the_next_in_line_the_same_day(house: House) -> None:
    first, second = women(house, 2)
    keep_places(house, 1, 0)
    slot = Slot.objects.get(kind="exam")
    made = booking.book(house, first.pk, slot.pk, by=walk.DESK, now=NOW)
    assert planning.to_offer(house, SITE, by=WORKER, now=NOW) == ()

    booking.cancel(made.pk, "her-wish", by=walk.DESK, now=NOW)
    proposals = planning.to_offer(house, SITE, by=WORKER, now=NOW)

    assert len(proposals) == 1
    assert proposals[0].slot_id == slot.pk
    assert proposals[0].visit_id in {first.pk, second.pk}


def test_a_place_she_did_not_take_is_not_proposed_to_her_again(house: House) -> None:
    (visit,) = women(house, 1)
    (slot,) = keep_places(house, 1, 0)[0]
    made = offers.offer(house, visit.pk, slot.pk, by=WORKER, now=NOW)

    offers.decline(house, made.pk, by=visit.patient.as_actor(), now=NOW)

    assert planning.to_offer(house, SITE, by=WORKER, now=NOW) == ()


def test_a_woman_who_lets_two_offers_pass_is_called_by_a_person(house: House) -> None:
    (visit,) = women(house, 1)
    slots = keep_places(house, 4, 0)[0]
    for slot in slots[:2]:
        made = offers.offer(house, visit.pk, slot.pk, by=WORKER, now=NOW)
        offers.end_due(house, SITE, by=WORKER, now=made.expires_at)

    assert planning.to_offer(house, SITE, by=WORKER, now=NOW) == ()


def test_a_day_that_changed_is_told_and_a_day_that_stays_is_not(house: House) -> None:
    (visit,) = women(house, 1)
    ((slot,), _) = keep_places(house, 1, 1)
    night(house)
    other = walk.ready_to_book(house, given_name="Bea", phone="+86 139 1111 1111")
    booking.book(house, other.pk, slot.pk, by=walk.DESK, now=NOW)

    found = night(house)

    assert visit.pk in found.changed
    assert plan_of(visit).exam_day == DAYS[1]
    assert Event.objects.filter(kind="plan-changed", subject=f"visit/{visit.pk}").count() == 1


def test_a_cycle_whose_last_day_is_over_is_turned_down_once_with_a_token(house: House) -> None:
    visit = women(house, 1)[0]
    keep_places(house, 0, 0)
    night(house)
    later = NOW + timedelta(days=3)

    first = night(house, now=later)
    second = night(house, now=later + timedelta(hours=1))

    assert (first.turned_down, second.turned_down) == ((visit.pk,), ())
    row = TurnedDown.objects.get()
    assert row.priority_for_next is True
    assert row.token is not None and row.token.startswith("NX-")
    assert (row.next_from, row.next_to) != (None, None)
    assert row.why[0] == {"code": "window-over"}
    assert any(each["code"] == "no-session" for each in row.why)


def test_a_site_that_accepts_no_risk_opens_no_standby_place(house: House) -> None:
    women(house, 3)
    keep_places(house, 2, 0)

    assert night(house).crowds == ()
    assert not Slot.objects.filter(standby=True).exists()


def test_standby_places_are_opened_by_the_quantile_rule_with_their_bump_rate(house: House) -> None:
    # Of three invited all come in 51 % of cases, so one more than two is invited from there on.
    visits = women(house, 4)
    keep_places(house, 2, 0)
    chosen = overbooking(house, 0.5)

    none = night(overbooking(house, 0.3))
    found = night(overbooking(house, 0.52))

    assert none.crowds == ()
    assert len(found.crowds) == 1
    assert (found.crowds[0].places, found.crowds[0].standby) == (2, 0)
    assert Slot.objects.filter(standby=True).count() == 1
    assert found.with_a_day == 3
    for visit in visits:
        for proposal in planning.to_offer(chosen, SITE, by=WORKER, now=NOW):
            if proposal.visit_id == visit.pk:
                made = offers.offer(chosen, visit.pk, proposal.slot_id, by=WORKER, now=NOW)
                offers.accept(chosen, made.pk, by=visit.patient.as_actor(), now=NOW)
    (crowd,) = night(overbooking(house, 0.52)).crowds
    assert crowd.standby == 1
    assert crowd.bumps_per_1000 == pytest.approx(1000 * 0.512 / (2 * 0.896 + 0.096), abs=1)


def test_a_window_over_a_holiday_block_is_explained_and_not_planned(house: House) -> None:
    now = walk.moment(27)
    visit = walk.register(house, now=now)
    cycles.report_period(house, visit.patient_id, date(2025, 9, 25), by=walk.DESK, now=now)
    screening.record_answers(house, visit.pk, walk.HEALTHY, by=walk.NURSE, now=now)

    night(house, now=now)

    row = plan_of(visit)
    assert (row.exam_day, row.how_sure) == (None, "no-plan")
    closed = {each["day"]: each["rules"] for each in row.why if each["code"] == "rule"}
    assert "clinic-closed-on-exam-day" in closed["2025-10-02"]


def test_only_the_sites_own_people_and_jobs_plan_its_night(house: House) -> None:
    for by in (
        make_actor(Role.SYSTEM, name="worker", site="demo-leeds"),
        make_actor(Role.CASHIER, name="cashier-one"),
    ):
        with pytest.raises(NotPermitted):
            night(house, by=by)


def test_a_site_without_planning_is_planned_by_people(house: House) -> None:
    site = replace(house.site(SITE), planning=None)
    by_hand = replace(house, sites={**house.sites, SITE: site})

    with pytest.raises(planning.PlanningRefused, match="add \\[planning\\]"):
        night(by_hand)
    assert planning.is_due(by_hand, SITE, by=WORKER, now=NOW) is False


def test_the_plan_is_due_once_after_its_hour(house: House) -> None:
    evening = walk.moment(22, 20)
    night(house, now=walk.moment(21, 21))

    assert planning.is_due(house, SITE, by=WORKER, now=evening - timedelta(minutes=1)) is False
    assert planning.is_due(house, SITE, by=WORKER, now=evening) is True
    night(house, now=evening)
    assert planning.is_due(house, SITE, by=WORKER, now=evening + timedelta(hours=1)) is False
