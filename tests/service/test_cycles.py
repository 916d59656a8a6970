from datetime import date, timedelta
from typing import Any

import pytest

from patency.core.access import Role
from patency.records.facts_on import facts_on
from patency.records.models.booking import Booking, Intervention, Plan, TurnedDown
from patency.records.models.followup import FollowUp, PregnancyEpisode, Task
from patency.records.models.ledger import Event
from patency.records.models.money import Refund
from patency.records.models.visit import Answer, Hold, Period, Visit
from patency.service import cycles, screening
from patency.service.house import House
from tests.make import NOW, TODAY, make_actor, make_test_result
from tests.service import after, walk

pytestmark = pytest.mark.django_db

NEXT_START = date(2025, 10, 13)
NEXT_MORNING = walk.moment(14, month=10)


def begins(house: House, visit: Visit, start: date, **how: object) -> cycles.Told:
    return cycles.report_period(
        house,
        visit.patient_id,
        start,
        **{"by": walk.DESK, "now": NOW, **how},  # type: ignore[arg-type]
    )


def ends(house: House, visit: Visit, day: date, **how: object) -> cycles.Told:
    return cycles.report_bleeding_end(
        house,
        visit.patient_id,
        day,
        **{"by": walk.DESK, "now": NOW, **how},  # type: ignore[arg-type]
    )


def test_a_period_opens_a_window_whose_end_is_not_known_yet(house: House) -> None:
    told = begins(house, walk.register(house), walk.PERIOD_START)

    assert told.outlook is not None
    assert told.outlook.plan is None
    assert all(day.still_to_ask for day in told.outlook.window.days if day.closed is None)
    assert Plan.objects.get(replaced_at__isnull=True).how_sure == "no-plan"


def test_the_end_of_bleeding_gives_a_plan_that_is_no_booking(house: House) -> None:
    visit = walk.register(house)
    screening.record_answers(house, visit.pk, walk.HEALTHY, by=walk.NURSE, now=NOW)

    told = walk.tell_period(house, visit)

    assert told.outlook is not None
    plan = told.outlook.plan
    assert plan is not None
    assert (plan.test_day, plan.exam_day) == (TODAY, walk.EXAM_DAY)
    row = Plan.objects.get(replaced_at__isnull=True)
    assert (row.test_day, row.exam_day, row.how_sure) == (
        TODAY,
        walk.EXAM_DAY,
        "bleeding-ended",
    )
    assert not Booking.objects.exists()
    assert Plan.objects.exclude(replaced_at__isnull=True).exists()


@pytest.mark.parametrize("start", [TODAY + timedelta(days=1), TODAY - timedelta(days=401)])
def test_a_period_in_the_future_or_long_ago_is_refused(house: House, start: date) -> None:
    visit = walk.register(house)

    with pytest.raises(cycles.DayImpossible, match="check the day"):
        begins(house, visit, start)
    assert not Period.objects.exists()


@pytest.mark.parametrize("day", [date(2025, 9, 14), TODAY + timedelta(days=1)])
def test_bleeding_cannot_end_before_it_began_or_in_the_future(house: House, day: date) -> None:
    visit = walk.register(house)
    begins(house, visit, walk.PERIOD_START)

    with pytest.raises(cycles.DayImpossible, match="check both days"):
        ends(house, visit, day)
    assert Period.objects.get().bleeding_ended is None


def test_bleeding_of_no_period_cannot_end(house: House) -> None:
    with pytest.raises(cycles.NoPeriodYet):
        ends(house, walk.register(house), TODAY)


@pytest.mark.parametrize("days", [-9, -1, 1, 9])
def test_two_periods_within_ten_days_are_refused(house: House, days: int) -> None:
    visit = walk.register(house)
    first = TODAY - timedelta(days=20)
    begins(house, visit, first)

    with pytest.raises(cycles.PeriodsOverlap, match="at least 10 days apart"):
        begins(house, visit, first + timedelta(days=days))


def test_a_period_cannot_begin_while_the_last_one_bleeds(house: House) -> None:
    visit = walk.register(house)
    begins(house, visit, TODAY - timedelta(days=15))
    ends(house, visit, TODAY - timedelta(days=2))

    with pytest.raises(cycles.PeriodsOverlap, match="stopped bleeding"):
        begins(house, visit, TODAY - timedelta(days=4))


def test_telling_the_same_day_twice_changes_nothing(house: House) -> None:
    visit = walk.register(house)
    first = begins(house, visit, walk.PERIOD_START)

    again = begins(house, visit, walk.PERIOD_START)

    assert again.period == first.period
    assert Event.objects.filter(kind="period-began").count() == 1


def test_a_kind_of_bleed_nobody_knows_is_refused(house: House) -> None:
    with pytest.raises(cycles.CycleRefused, match="withdrawal"):
        begins(house, walk.register(house), walk.PERIOD_START, kind="lunar")


def test_a_new_period_begins_everything_anew(house: House) -> None:
    booking = walk.booked(house)
    visit = booking.visit

    told = begins(house, visit, NEXT_START, now=NEXT_MORNING)

    assert told.freed == (booking.slot_id,)
    assert walk.fresh(visit).state == "registered"
    assert Booking.objects.get().why == "new-period"
    assert not Refund.objects.exists()
    facts = facts_on(visit, NEXT_START)
    assert facts["leucorrhoea_test_done"] is False
    assert "test_passed_on" not in facts
    assert Answer.objects.filter(fact="last_bleed_normal").last().value is None  # type: ignore[union-attr]


def test_a_hold_outlives_the_cycle(house: House) -> None:
    visit = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)

    begins(house, visit, NEXT_START, now=NEXT_MORNING)

    assert walk.fresh(visit).state == "on-hold"
    assert Hold.objects.get().released_at is None


def test_an_older_period_is_only_remembered(house: House) -> None:
    visit = walk.cleared(house)

    told = begins(house, visit, date(2025, 8, 18))

    assert told.outlook is None
    assert walk.fresh(visit).state == "cleared"
    assert Period.objects.count() == 2


def test_bleeding_that_went_on_is_told_again_and_asks_for_the_date_to_be_judged(
    house: House,
) -> None:
    booking = walk.booked(house)

    ends(house, booking.visit, TODAY)

    assert Period.objects.get().bleeding_ended == TODAY
    assert Booking.objects.get().state == "firm"
    events = Event.objects.filter(kind="window-changed").order_by("id")
    assert [each.payload["booking"] for each in events] == [None, str(booking.pk)]


def test_a_window_over_national_day_names_the_holiday(house: House) -> None:
    visit = walk.register(house)
    now = walk.moment(30)
    begins(house, visit, date(2025, 9, 24), now=now)

    told = ends(house, visit, date(2025, 9, 28), now=now)

    assert told.outlook is not None
    closed = {day.day: day.closed for day in told.outlook.window.days if day.closed}
    assert "National Day" in str(closed[date(2025, 10, 1)])
    assert told.outlook.window.is_empty


def test_one_intervention_to_a_cycle_wherever_it_was_made(house: House) -> None:
    booking = walk.booked(house)
    visit = booking.visit

    def elsewhere(kind: str) -> Intervention:
        return cycles.record_intervention_elsewhere(
            house,
            visit.patient_id,
            kind=kind,
            on=TODAY,
            where="another hospital",
            by=walk.NURSE,
            now=NOW,
        )

    elsewhere("hysteroscopy")
    with pytest.raises(cycles.OnePerCycle, match=r"intervention already \(hysteroscopy\)"):
        elsewhere("hydrotubation")

    assert Booking.objects.get().state == "cancelled"
    assert TurnedDown.objects.get().priority_for_next is True
    assert walk.fresh(visit).state == "registered"


def test_an_intervention_of_no_known_period_or_kind_is_refused(house: House) -> None:
    visit = walk.register(house)
    told = {"where": "", "by": walk.NURSE, "now": NOW}

    with pytest.raises(cycles.NoPeriodYet):
        cycles.record_intervention_elsewhere(
            house,
            visit.patient_id,
            kind="ssg",
            on=TODAY,
            **told,  # type: ignore[arg-type]
        )
    with pytest.raises(cycles.DayImpossible):
        cycles.record_intervention_elsewhere(
            house,
            visit.patient_id,
            kind="massage",
            on=TODAY,
            **told,  # type: ignore[arg-type]
        )


def test_a_period_without_an_open_visit_is_kept_without_a_window(house: House) -> None:
    visit = walk.register(house)
    walk.registration.cancel_visit(visit.pk, "her-wish", by=walk.DESK, now=NOW)

    told = begins(house, visit, walk.PERIOD_START)

    assert (told.visit, told.outlook) == (None, None)
    assert ends(house, visit, walk.BLEEDING_ENDED).outlook is None


def test_a_period_is_kept_although_next_years_holidays_are_not_announced(house: House) -> None:
    visit = walk.register(house)
    now = walk.moment(30, month=12) + timedelta(days=365)

    told = begins(house, visit, date(2026, 12, 28), now=now)

    assert told.outlook is None
    assert "no official holiday notice" in told.not_planned
    assert Period.objects.count() == 1


def test_a_period_after_the_examination_plans_nothing(house: House) -> None:
    visit = walk.arrived(house).visit
    Visit.objects.filter(pk=visit.pk).update(state="reported")

    told = begins(house, visit, NEXT_START, now=NEXT_MORNING)

    assert (told.outlook, told.not_planned) == (None, "")
    assert walk.fresh(visit).state == "reported"


# ---- bleeding in a pregnancy we know of


POSITIVE_ON = after.exam_day_plus(30)
BLED_ON = after.exam_day_plus(40)
BLEEDS = after.on_day(40)


def pregnant(house: House, **how: object) -> PregnancyEpisode:
    """Return the pregnancy of a woman who was examined, and told of a positive test."""
    return PregnancyEpisode.objects.create(
        follow_up=after.make_followed(),
        **{
            "test_on": POSITIVE_ON,
            "state": "unknown-location",
            "opened_at": after.on_day(30),
            **how,
        },
    )


def closed_as(outcome: str) -> dict[str, object]:
    return {"state": outcome, "outcome": outcome, "closed_at": after.on_day(35)}


@pytest.mark.parametrize(
    "how", [{}, closed_as("intrauterine"), closed_as("lost-to-follow-up")], ids=str
)
@pytest.mark.parametrize("told_by_staff", [True, False])
def test_bleeding_in_a_pregnancy_is_looked_at_today_and_is_no_period(
    house: House, how: dict[str, object], told_by_staff: bool
) -> None:
    visit = pregnant(house, **how).follow_up.visit
    she = make_actor(Role.PATIENT, name="herself", patient_id=visit.patient_id)
    periods = Period.objects.count()

    with pytest.raises(cycles.BleedingInPregnancy) as told:
        begins(house, visit, BLED_ON, by=walk.DESK if told_by_staff else she, now=BLEEDS)

    assert "looked at today" in str(told.value)
    assert house.site(visit.site).duty.phone in str(told.value)
    assert Period.objects.count() == periods
    assert not Plan.objects.exists()
    task = Task.objects.get(kind="bleeding-in-pregnancy")
    assert (task.urgency, task.visit, task.due_at) == ("U", visit, BLEEDS + timedelta(hours=4))
    assert "positive-test-with-signs" in task.why
    answer = Answer.objects.get(visit=visit, fact="bleeding_today")
    assert (answer.value, answer.day) == (True, BLED_ON)
    assert Event.objects.filter(kind="bleeding-in-pregnancy-told").count() == 1


def test_bleeding_told_twice_asks_for_one_person(house: House) -> None:
    visit = pregnant(house).follow_up.visit

    for _ in range(2):
        with pytest.raises(cycles.BleedingInPregnancy):
            begins(house, visit, BLED_ON, now=BLEEDS)

    assert Task.objects.count() == 1
    assert Answer.objects.filter(fact="bleeding_today").count() == 1


def test_bleeding_with_a_pregnancy_outside_the_womb_is_an_emergency(house: House) -> None:
    visit = pregnant(house, state="ectopic").follow_up.visit

    with pytest.raises(cycles.BleedingInPregnancy):
        begins(house, visit, BLED_ON, now=BLEEDS)

    assert Task.objects.get().urgency == "E"


def test_bleeding_after_a_closed_follow_up_reopens_nothing(house: House) -> None:
    follow_up = pregnant(house, **closed_as("intrauterine")).follow_up
    FollowUp.objects.filter(pk=follow_up.pk).update(state="closed", closed_at=after.on_day(36))

    with pytest.raises(cycles.BleedingInPregnancy):
        begins(house, follow_up.visit, BLED_ON, now=BLEEDS)

    follow_up.refresh_from_db()
    task = Task.objects.get()
    assert (follow_up.state, task.follow_up, task.visit) == ("closed", None, follow_up.visit)


def test_a_positive_test_in_the_diary_is_a_pregnancy_we_know_of(house: House) -> None:
    follow_up = after.make_followed()
    after.tell(house, follow_up, 12, pregnancy_test_positive=True)
    after.tell(house, follow_up, 13, pregnancy_test_positive=False)

    with pytest.raises(cycles.BleedingInPregnancy):
        begins(house, follow_up.visit, after.exam_day_plus(14), now=after.on_day(14))


@pytest.mark.parametrize("kind", ["pregnancy_urine", "hcg_serum"])
def test_a_positive_test_read_here_is_one_until_a_negative_is_read(house: House, kind: str) -> None:
    visit = walk.register(house)
    parts = {
        "pregnancy_urine": [
            {"pregnancy_test_today": "positive"},
            {"pregnancy_test_today": "negative"},
        ],
        "hcg_serum": [{"serum_hcg_iu_l": 80.0}, {"serum_hcg_iu_l": 1.0}],
    }[kind]
    make_test_result(visit, kind=kind, parts=parts[0])

    with pytest.raises(cycles.BleedingInPregnancy):
        begins(house, visit, TODAY)
    later = NOW + timedelta(hours=1)
    make_test_result(visit, kind=kind, parts=parts[1], taken_at=later, read_at=later)

    assert begins(house, visit, TODAY, now=later).period.start == TODAY


@pytest.mark.parametrize(
    "how",
    [closed_as("miscarriage"), closed_as("ectopic"), {**closed_as("intrauterine"), "days": 300}],
    ids=["ended", "treated outside the womb", "long ago"],
)
def test_after_a_pregnancy_a_period_is_a_period_again(house: House, how: dict[str, Any]) -> None:
    days = how.get("days", 40)
    visit = pregnant(house, **{k: v for k, v in how.items() if k != "days"}).follow_up.visit
    at = after.on_day(30 + days)

    told = begins(house, visit, after.exam_day_plus(30 + days), now=at)

    assert told.period.start == after.exam_day_plus(30 + days)
    assert not Task.objects.exists()


def test_the_period_before_a_pregnancy_is_remembered_and_opens_no_window(house: House) -> None:
    visit = pregnant(house).follow_up.visit

    told = begins(house, visit, POSITIVE_ON - timedelta(days=28), now=BLEEDS)

    assert (told.outlook, Task.objects.exists()) == (None, False)
    assert Event.objects.filter(kind="older-period-told").count() == 1
