"""The examination as it was done, antibiotics, and when she may go."""

from datetime import date, timedelta
from typing import Any

import pytest

from patency.core.access import NotPermitted, Role
from patency.core.protocol.decide import decide
from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.records.models.booking import Intervention
from patency.records.models.exam import DoseFollowUp, ExamRecord
from patency.records.models.followup import Task
from patency.records.models.ledger import Audit, Event
from patency.records.models.visit import Override, Visit
from patency.service import examination, prescribing, tasks
from patency.service.house import House
from tests.make import make_actor, make_answers, make_decision, make_period
from tests.service import after, walk

pytestmark = pytest.mark.django_db
RADIOGRAPHER, RADIOLOGIST = after.RADIOGRAPHER, after.RADIOLOGIST
ENDED, AFTERWARDS = after.ENDED, after.AFTERWARDS


def record(house: House, **changes: Any) -> ExamRecord:
    return after.examined(house, **changes)


def test_an_examination_is_kept_as_it_was_done(house: House):
    made = record(house)

    made.refresh_from_db()
    assert (float(made.total_ml), made.iodine_mg_per_ml, made.medium) == (5.5, 300, "water")
    assert made.anaesthesia == "none"
    assert walk.fresh(made.visit).state == VisitState.EXAMINED
    assert made.observation.minutes_due == 30
    intervention = Intervention.objects.get()
    assert (intervention.kind, intervention.on) == ("hsg", walk.EXAM_DAY)
    assert Event.objects.filter(kind="exam-completed").count() == 1
    assert Audit.objects.filter(action="exam-completed").count() == 1


def test_an_examination_is_recorded_once_and_for_a_woman_who_has_arrived(house: House):
    made = record(house)
    booked = walk.fresh(made.visit)

    with pytest.raises(examination.NotArrived, match="for a woman who has arrived"):
        examination.record(house, booked.pk, after.exam(), by=RADIOGRAPHER, now=ENDED)
    assert ExamRecord.objects.count() == 1


def test_the_desk_does_not_record_examinations(house: House):
    visit = after.make_arrived()

    with pytest.raises(NotPermitted, match="record an examination"):
        examination.record(house, visit.pk, after.exam(), by=walk.DESK, now=ENDED)


def test_what_cannot_be_right_is_refused_and_nothing_is_kept(house: House):
    with pytest.raises(examination.RecordRefused, match=r"device: is missing; .*increments"):
        record(house, device=" ", increments=(2, -1))
    assert not ExamRecord.objects.exists()


def test_a_dose_above_the_reference_needs_a_reason(house: House):
    with pytest.raises(examination.RecordRefused, match="above the reference of 2 Gy"):
        record(house, dap_gy_cm2=2.6)


def test_260_centigray_square_centimetres_need_a_reason_and_keep_it(house: House):
    made = record(house, dap_gy_cm2=2.6, dose_reason="two attempts")

    assert {"kind": "dose-reason", "why": "two attempts"} in made.events


def test_oil_without_live_imaging_is_refused_and_nothing_is_kept(house: House):
    with pytest.raises(examination.OilWithoutLiveImaging, match="without live imaging"):
        record(house, agent="ethiodized oil", increments=(2,), live_imaging=False)
    assert not ExamRecord.objects.exists()


def test_22_ml_of_oil_are_a_hard_stop(house: House):
    with pytest.raises(examination.OilOverMaximum, match="HARD STOP"):
        record(house, agent="ethiodized oil", increments=(10, 12))


def test_only_a_consultant_records_more_oil_than_allowed_and_says_why(house: House):
    visit = after.make_arrived()
    too_much = after.exam(agent="ethiodized oil", increments=(10, 12))

    with pytest.raises(NotPermitted, match="a consultant may"):
        examination.record(
            house, visit.pk, too_much, over_maximum_reason="given", by=RADIOLOGIST, now=ENDED
        )
    made = examination.record(
        house, visit.pk, too_much, over_maximum_reason="given", by=walk.CONSULTANT, now=ENDED
    )

    assert float(made.total_ml) == 22
    assert Override.objects.get(rule_id="oil-volume-over-maximum").reason == "given"


def test_oil_that_was_not_planned_is_recorded_and_a_clinician_looks_at_it(house: House):
    visit = after.make_arrived()
    Visit.objects.filter(pk=visit.pk).update(medium_wanted="water")
    oil = after.exam(agent="ethiodized oil", increments=(2,), live_imaging=True)

    examination.record(house, visit.pk, oil, by=RADIOGRAPHER, now=ENDED)

    task = Task.objects.get(kind="look-at-what-was-done")
    assert (task.urgency, task.why) == ("C", "oil-not-planned")
    assert task.due_at == ENDED + timedelta(hours=24)


def test_a_wish_to_stop_that_was_not_followed_is_looked_at(house: House):
    record(house, stopped_by_her=True)

    assert Task.objects.exclude(kind="decide-antibiotics").get().why == "she-wants-to-stop"


def test_every_examination_asks_a_prescriber_before_she_may_leave(house: House):
    record(house)

    task = Task.objects.get()

    assert (task.kind, task.urgency) == ("decide-antibiotics", "C")
    assert task.due_at == ENDED + timedelta(minutes=30)


def test_a_tube_seen_to_be_wide_later_makes_the_open_task_urgent_and_nobody_s(house: House):
    visit = record(house).visit
    tasks.acknowledge(Task.objects.get().pk, by=walk.NURSE, now=AFTERWARDS)
    assert "dilated-tube" not in prescribing.indications_now(house, visit, now=AFTERWARDS)

    prescribing.tasks_for_a_wide_tube(
        house, visit, ExamRecord.objects.get(visit=visit), now=AFTERWARDS
    )

    task = Task.objects.get(kind="decide-antibiotics")
    assert (task.urgency, task.acknowledged_by) == ("U", "")
    assert "dilated-tube" in prescribing.indications_now(house, visit, now=AFTERWARDS)


def test_she_may_stop_at_any_time(house: House):
    made = record(
        house,
        outcome="abandoned",
        stopped_early=True,
        stopped_by_her=True,
        stop_reason="She wished to stop.",
        increments=(),
        key_images=(1,),
    )

    assert walk.fresh(made.visit).state == VisitState.ABANDONED
    decision = made.visit.decisions.filter(stage="exam").get()
    assert "she-wants-to-stop" in decision.rule_ids


def test_an_examination_that_shows_too_little_is_its_own_state(house: House):
    made = record(house, outcome="non_diagnostic", stop_reason="leak", leak=True)

    assert walk.fresh(made.visit).state == VisitState.NON_DIAGNOSTIC


def test_one_intervention_in_a_cycle_unless_a_consultant_said_otherwise(house: House):
    visit = after.make_arrived()
    period = visit.patient.periods.get()
    Intervention.objects.create(
        patient=visit.patient, period=period, kind="hysteroscopy", on=walk.TODAY
    )

    with pytest.raises(examination.SecondIntervention, match="one such examination is allowed"):
        examination.record(house, visit.pk, after.exam(), by=RADIOGRAPHER, now=ENDED)
    allow_second(visit, walk.PERIOD_START)
    examination.record(house, visit.pk, after.exam(), by=RADIOGRAPHER, now=ENDED)

    assert Intervention.objects.filter(override__isnull=False).count() == 1


def allow_second(visit: Visit, cycle: date, by_role: str = "consultant") -> None:
    Override.objects.create(
        decision=make_decision(visit, facts={"period_start": cycle.isoformat()}),
        rule_id="second-intervention-in-cycle",
        reason="repeat of a failed biopsy",
        by_name="consultant-one",
        by_role=by_role,
        at=ENDED,
    )


def test_a_second_intervention_is_allowed_by_a_consultant_and_for_this_cycle_only(house: House):
    visit = after.make_arrived()
    period = visit.patient.periods.get()
    Intervention.objects.create(
        patient=visit.patient, period=period, kind="biopsy", on=period.start
    )
    allow_second(visit, walk.PERIOD_START - timedelta(days=28))
    allow_second(visit, walk.PERIOD_START, by_role="gynaecologist")

    with pytest.raises(examination.SecondIntervention):
        examination.record(house, visit.pk, after.exam(), by=RADIOGRAPHER, now=ENDED)


@pytest.mark.parametrize("days", [-3, -1])
def test_an_examination_is_of_the_day_on_which_she_arrived(house: House, days: int):
    visit = walk.arrived(house).visit
    moved = timedelta(days=days)
    other_day = after.exam(started_at=after.STARTED + moved, ended_at=ENDED + moved)
    two_days = after.exam(started_at=after.STARTED + moved)

    for exam in (other_day, two_days):
        with pytest.raises(examination.RecordRefused, match="the day on which she arrived"):
            examination.record(house, visit.pk, exam, by=RADIOGRAPHER, now=ENDED)
    assert not ExamRecord.objects.exists()


def test_an_intervention_in_an_earlier_cycle_does_not_count(house: House):
    visit = after.make_arrived()
    earlier = make_period(visit.patient, start=walk.PERIOD_START - timedelta(days=28))
    Intervention.objects.create(
        patient=visit.patient, period=earlier, kind="biopsy", on=earlier.start
    )

    examination.record(house, visit.pk, after.exam(), by=RADIOGRAPHER, now=ENDED)

    assert Intervention.objects.count() == 2


def test_oil_with_a_tsh_of_12_and_a_low_free_t4_is_blocked_before_the_examination(house: House):
    book = house.rulebook_at("demo-west")
    thyroid = {"thyroid_test_done": True, "tsh_miu_l": 12.0, "ft4_level": "low"}

    oil = decide(book, Stage.BOOKING, {"medium_wanted": "oil", **thyroid})
    water = decide(book, Stage.BOOKING, {"medium_wanted": "water", **thyroid})

    assert "oil-with-overt-thyroid-disease" in oil.fired
    assert oil.verdict == "BLOCK"
    assert "oil-with-overt-thyroid-disease" not in water.fired


# ---- observation


def test_she_stays_for_30_minutes_and_is_told_from_when_she_may_go(house: House):
    visit = record(house).visit

    with pytest.raises(examination.TooEarlyToLeave, match="may go at 09:38"):
        examination.let_leave(
            house, visit.pk, by=walk.NURSE, now=ENDED + timedelta(minutes=29, seconds=59)
        )
    left = examination.let_leave(house, visit.pk, by=walk.NURSE, now=ENDED + timedelta(minutes=30))
    again = examination.let_leave(house, visit.pk, by=walk.NURSE, now=AFTERWARDS)

    assert left.left_at == again.left_at == ENDED + timedelta(minutes=30)


def test_after_contrast_entered_vessels_she_stays_for_60_minutes(house: House):
    visit = record(house, intravasation_grade=1).visit

    with pytest.raises(examination.TooEarlyToLeave, match="60 minutes"):
        examination.let_leave(house, visit.pk, by=walk.NURSE, now=ENDED + timedelta(minutes=59))
    examination.let_leave(house, visit.pk, by=walk.NURSE, now=ENDED + timedelta(minutes=60))


def test_each_look_at_her_is_kept(house: House):
    visit = record(house).visit

    examination.observe(house, visit.pk, {"spo2": 98}, by=walk.NURSE, now=ENDED)
    observation = examination.observe(house, visit.pk, {"pain": 1}, by=walk.NURSE, now=ENDED)

    assert [check.get("spo2") for check in observation.checks] == [98, None]


def test_nobody_is_watched_before_an_examination(house: House):
    visit = after.make_arrived()

    with pytest.raises(examination.NotArrived, match="no examination to be watched after"):
        examination.let_leave(house, visit.pk, by=walk.NURSE, now=ENDED)


# ---- antibiotics


def choose(house: House, visit_id: Any, **changes: Any) -> Any:
    values = {
        "give": True,
        "drug": "doxycycline",
        "allergy_checked": True,
        "pregnancy_checked": True,
        **changes,
    }
    return examination.choose_antibiotics(house, visit_id, **values, by=walk.DOCTOR, now=AFTERWARDS)


def test_with_a_known_allergy_the_prescriber_says_why_this_drug(house: House):
    visit = record(house, dilated_tube=True).visit
    make_answers(visit, antibiotic_allergy=True)

    with pytest.raises(examination.AntibioticsRefused, match="told of an allergy"):
        choose(house, visit.pk)
    assert choose(house, visit.pk, reason="other-class").give is True


def test_a_wide_tube_opens_a_task_at_this_visit_and_the_choice_closes_it(house: House):
    visit = record(house, dilated_tube=True).visit
    task = Task.objects.get(kind="decide-antibiotics")

    choice = choose(house, visit.pk)
    task.refresh_from_db()

    assert task.urgency == "U"
    assert task.done_at == AFTERWARDS
    assert "dilated-tube" in choice.indication
    assert choice.prescriber == "doctor-one"
    assert (choice.dose, choice.days) == ("100 mg by mouth twice a day", 5)


def test_each_day_of_doses_is_followed_up(house: House):
    visit = record(house).visit
    choose(house, visit.pk)
    doses = list(DoseFollowUp.objects.order_by("due_on"))

    told = examination.record_dose(doses[0].pk, taken=True, by=walk.NURSE, now=after.on_day(1))

    assert [dose.due_on for dose in doses] == [after.exam_day_plus(day) for day in range(5)]
    assert told.taken is True
    assert Event.objects.filter(kind="dose-taken").count() == 1


def test_a_choice_that_leaves_something_out_is_refused(house: House):
    visit = record(house).visit

    with pytest.raises(examination.AntibioticsRefused, match=r"drug: .*both are asked"):
        choose(house, visit.pk, drug="a brand", allergy_checked=False)
    with pytest.raises(examination.AntibioticsRefused, match="site-policy speaks for"):
        choose(house, visit.pk, give=False)


def test_not_giving_them_is_a_choice_too_with_its_reason(house: House):
    visit = record(house).visit

    choice = choose(house, visit.pk, give=False, drug="", reason="allergy")

    assert (choice.give, choice.policy) == (False, "universal")
    assert choice.indication == "site-policy,allergy"
    assert not DoseFollowUp.objects.exists()


def test_antibiotics_are_decided_once_and_after_the_examination(house: House):
    visit = after.make_arrived()
    with pytest.raises(examination.NotArrived, match="no examination yet"):
        choose(house, visit.pk)
    examination.record(house, visit.pk, after.exam(), by=RADIOGRAPHER, now=ENDED)
    choose(house, visit.pk)

    with pytest.raises(examination.AntibioticsRefused, match="already decided"):
        choose(house, visit.pk)


def test_a_radiographer_does_not_prescribe(house: House):
    visit = record(house).visit
    radiographer = make_actor(Role.RADIOGRAPHER)

    with pytest.raises(NotPermitted, match="decide on antibiotics"):
        examination.choose_antibiotics(
            house,
            visit.pk,
            give=True,
            allergy_checked=True,
            pregnancy_checked=True,
            by=radiographer,
            now=AFTERWARDS,
        )
