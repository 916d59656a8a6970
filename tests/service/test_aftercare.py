"""The weeks after: the plan, the diary and its triage, silence, when to try, the end."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from patency.core.access import NotPermitted
from patency.core.visit import MoveNotAllowed, VisitState
from patency.records.models.exam import AntibioticChoice, DoseFollowUp
from patency.records.models.followup import DiaryEntry, FollowUp, Task
from patency.records.models.ledger import Audit, Event
from patency.records.models.visit import Decision
from patency.service import aftercare, pregnancy, referral, silence, tasks
from patency.service.house import House
from tests.make import make_answers, make_period, make_visit
from tests.service import after, walk
from tests.service.after import exam_day_plus, make_followed, on_day, tell

pytestmark = pytest.mark.django_db


# ---- the plan


def test_the_follow_up_opens_at_the_examination_with_a_dated_plan(house: House):
    follow_up = after.followed(house, agent="ethiodized oil", increments=(5,))
    again = aftercare.open_follow_up(house, follow_up.visit_id, by=walk.NURSE, now=after.AFTERWARDS)
    items = {item["what"]: item for item in follow_up.plan}

    assert again == follow_up
    assert follow_up.exam_day == walk.EXAM_DAY
    assert items["no-intercourse"]["last_day"] == exam_day_plus(14).isoformat()
    assert items["no-intercourse"]["standing"] == "convention"
    assert "both articles" in items["no-intercourse"]["provenance"]
    assert items["thyroid-test"]["first_day"] == exam_day_plus(28).isoformat()
    assert Event.objects.filter(kind="follow-up-opened").count() == 1


def test_the_plan_has_the_days_of_antibiotics(house: House):
    visit = make_followed().visit
    AntibioticChoice.objects.create(
        exam=visit.exam_record,
        give=True,
        policy="universal",
        allergy_checked=True,
        pregnancy_checked=True,
        prescriber="doctor-one",
        drug="doxycycline",
        days=5,
        at=after.AFTERWARDS,
    )
    FollowUp.objects.all().delete()

    follow_up = aftercare.open_follow_up(house, visit.pk, by=walk.NURSE, now=after.AFTERWARDS)
    doses = next(item for item in follow_up.plan if item["what"] == "antibiotics")

    assert doses["last_day"] == exam_day_plus(4).isoformat()


def test_without_an_examination_there_is_nothing_to_follow(house: House):
    visit = make_visit(state=VisitState.ARRIVED)

    with pytest.raises(aftercare.NoExamination, match="no examination to follow up"):
        aftercare.open_follow_up(house, visit.pk, by=walk.NURSE, now=after.AFTERWARDS)


# ---- the diary and its triage


def test_light_bleeding_in_the_first_days_is_self_care(house: House):
    told = tell(house, make_followed(), 1)

    assert told.entry.urgency == "S"
    assert told.task is None
    assert "light-bleeding-is-usual" in told.decision.fired
    assert Event.objects.filter(kind="diary-recorded").count() == 1
    assert Audit.objects.filter(action="diary-recorded").count() == 1


def test_light_bleeding_on_day_8_is_a_call_within_24_hours_and_with_fever_the_same_day(
    house: House,
):
    follow_up = make_followed()

    light = tell(house, follow_up, 8)
    fever = tell(house, follow_up, 8, temperature_today_c=38.2)

    assert light.entry.urgency == "C"
    assert light.task is not None
    assert light.task.due_at == on_day(8) + timedelta(hours=24)
    assert "bleeding-past-seven-days" in light.decision.fired
    assert fever.entry.urgency == "U"


@pytest.mark.parametrize("urgency_of", ["call", "urgent", "emergency"])
def test_the_second_day_of_an_eight_day_holiday_has_the_same_clock(house: House, urgency_of: str):
    worse: dict[str, object] = {
        "call": {},
        "urgent": {"temperature_today_c": 38.2},
        "emergency": {"fainted": True},
    }[urgency_of]  # type: ignore[assignment]
    hours = {"call": 24, "urgent": 4, "emergency": 0}[urgency_of]
    holiday = make_followed()
    closed = house.site("demo-west").open_days("visit", house.calendar_of("demo-west"))
    assert not closed.is_open(exam_day_plus(9)), "2 October 2025 is the second day of the holiday"

    told = tell(house, holiday, 9, **worse)

    assert told.task is not None
    assert told.task.due_at == on_day(9) + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("day", "changes", "urgency"),
    [
        (1, {"pads_soaked": 2, "pads_over_hours": 1}, "E"),
        (1, {"pads_soaked": 2, "pads_over_hours": 2}, "E"),  # one an hour for two hours: equality
        (2, {"temperature_today_c": 38.0}, "U"),
        (2, {"temperature_today_c": 38.0, "pain_score": 3}, "E"),
        (2, {"temperature_today_c": 39.0}, "E"),
        (2, {"temperature_today_c": 37.5}, "C"),
        (2, {"foul_discharge": True}, "U"),
        (2, {"chest_pain": True}, "E"),
        (3, {"pain_score": 7}, "U"),
        (3, {"rash": "skin"}, "C"),
    ],
)
def test_the_worst_trigger_wins_and_every_equality_takes_the_safer_side(
    house: House, day: int, changes: dict[str, object], urgency: str
):
    assert tell(house, make_followed(), day, **changes).entry.urgency == urgency


@pytest.mark.parametrize(
    ("changes", "urgency"),
    [
        ({"temperature_today_c": None}, "C"),
        ({"temperature_today_c": None, "pain_score": None}, "C"),
        ({"foul_discharge": True, "temperature_today_c": None}, "E"),
        ({"rash": "skin", "chest_pain": None}, "U"),
    ],
)
def test_what_she_does_not_answer_makes_it_one_level_more_urgent(
    house: House, changes: dict[str, object], urgency: str
):
    told = tell(house, make_followed(), 2, **changes)

    assert told.entry.urgency == urgency
    assert told.task is not None
    assert "unanswered:" in told.task.why


def test_bleeding_that_returns_after_a_dry_day_is_a_call_even_if_she_does_not_say_so(
    house: House,
):
    follow_up = make_followed()
    tell(house, follow_up, 2)
    dry = tell(house, follow_up, 3, bleeding_amount="none", pads_soaked=None, pads_over_hours=None)
    back = tell(house, follow_up, 4, bleeding_returned_after_dry_day=None)

    assert dry.entry.urgency == "S"
    assert back.entry.urgency == "C"
    assert "bleeding-came-back" in back.decision.fired


@pytest.mark.parametrize("text", ["all is well", "我很好", "Mi sento bene"])
def test_her_own_words_in_any_language_open_a_task_for_a_nurse(house: House, text: str):
    told = tell(house, make_followed(), 1, text)

    assert told.task is not None
    assert told.entry.urgency == "C"
    assert "own-words-to-read" in told.task.why
    assert text not in told.task.why
    assert not any(text in str(event.payload) for event in Event.objects.all())


def test_her_own_words_never_lower_the_urgency(house: House):
    told = tell(house, make_followed(), 1, "it is nothing", fainted=True)

    assert told.entry.urgency == "E"


def test_a_sign_that_no_database_takes_does_not_lose_her_words(house: House):
    assert tell(house, make_followed(), 1, "very\0 ill").entry.free_text == "very ill"


def test_a_later_better_entry_closes_no_task(house: House):
    follow_up = make_followed()
    worse = tell(house, follow_up, 2, temperature_today_c=38.4)
    better = tell(house, follow_up, 2)

    assert better.entry.urgency == "S"
    assert worse.task is not None
    worse.task.refresh_from_db()
    assert worse.task.done_at is None
    assert DiaryEntry.objects.filter(follow_up=follow_up, day=2).count() == 2


@pytest.mark.parametrize(
    ("day", "answers", "says"),
    [
        (exam_day_plus(-1), {}, "no day -1"),
        (exam_day_plus(15), {}, "no day 15"),
        (exam_day_plus(3), {}, "has not come yet"),
        (exam_day_plus(1), {"bleeding": "light"}, "no fact is called 'bleeding'"),
        (exam_day_plus(1), {"temperature_today_c": 98.6}, "outside its range"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_and_nothing_is_kept(
    house: House, day: date, answers: dict[str, object], says: str
):
    follow_up = make_followed()

    with pytest.raises(aftercare.EntryRefused, match=says):
        aftercare.record_diary(house, follow_up.pk, day, answers, by=walk.NURSE, now=on_day(2))
    assert not DiaryEntry.objects.exists()


@pytest.mark.parametrize(
    "not_hers", [{"contrast_used": "water"}, {"dilated_tube": False}, {"exam_date": "2025-09-01"}]
)
def test_a_diary_takes_back_nothing_that_was_seen_or_measured(
    house: House, not_hers: dict[str, object]
):
    follow_up = after.followed(house)

    with pytest.raises(aftercare.EntryRefused, match="is not a question she is asked"):
        tell(house, follow_up, 1, **not_hers)
    assert not DiaryEntry.objects.exists()


def test_she_writes_in_her_own_diary_and_in_no_other(house: House):
    hers, other = make_followed(), make_followed()
    herself = hers.patient.as_actor()

    aftercare.record_diary(house, hers.pk, exam_day_plus(1), after.WELL, by=herself, now=on_day(1))
    with pytest.raises(FollowUp.DoesNotExist):
        aftercare.record_diary(
            house, other.pk, exam_day_plus(1), after.WELL, by=herself, now=on_day(1)
        )


# ---- silence


def test_no_word_on_days_1_3_and_7_opens_a_call_each_once(house: House):
    follow_up = make_followed()

    first = silence.check_silence(house, "demo-west", by=after.JOB, now=on_day(1, 18))
    again = silence.check_silence(house, "demo-west", by=after.JOB, now=on_day(2))
    tell(house, follow_up, 3)
    later = silence.check_silence(house, "demo-west", by=after.JOB, now=on_day(8))

    assert [task.kind for task in first] == ["call-day-1"]
    assert first[0].urgency == "C"
    assert again == ()
    assert [task.kind for task in later] == ["call-day-7"]


def test_a_follow_up_that_nobody_opened_is_opened_before_she_could_be_forgotten(house: House):
    visit = after.examined(house).visit

    assert silence.check_silence(house, "demo-west", by=after.JOB, now=on_day(0, 23)) == ()
    assert not FollowUp.objects.exists()  # staff open it when she leaves, with what was prescribed
    called = silence.check_silence(house, "demo-west", by=after.JOB, now=on_day(1, 18))

    assert [task.kind for task in called] == ["call-day-1"]
    assert FollowUp.objects.get(visit=visit).exam_day == exam_day_plus(0)
    assert Event.objects.filter(kind="follow-up-opened").count() == 1


def test_before_the_evening_nobody_is_called_and_a_woman_does_not_run_the_check(house: House):
    follow_up = make_followed()

    assert silence.check_silence(house, "demo-west", by=walk.NURSE, now=on_day(1, 12)) == ()
    with pytest.raises(NotPermitted):
        silence.check_silence(
            house, "demo-west", by=follow_up.patient.as_actor(), now=on_day(1, 20)
        )


# ---- when to try


def advice(house: House, follow_up: FollowUp, day: int = 10) -> aftercare.Advice:
    return aftercare.conception_advice(house, follow_up.pk, by=walk.DOCTOR, now=on_day(day))


def test_examined_on_day_9_with_two_weeks_of_rest_she_tries_from_the_next_cycle(house: House):
    follow_up = make_followed()
    make_answers(follow_up.visit, infection_cleared=True)
    tell(house, follow_up, 3)
    tell(house, follow_up, 4, bleeding_amount="none")

    found = advice(house, follow_up)

    assert found.when.from_day == exam_day_plus(15)
    assert found.when.waits_for[0] == ("abstinence", exam_day_plus(14))
    assert found.when.cycles_ahead == 1
    assert "try-from-the-next-cycle" in found.decision.fired
    assert found.choices["abstinence_days_after"].provenance.startswith("both articles")
    assert found.choices["conception_delay_months"].value == 0


def test_what_is_not_known_to_be_over_clears_nobody(house: House):
    follow_up = make_followed()
    tell(house, follow_up, 4)

    found = advice(house, follow_up)

    assert found.when.from_day is None
    assert found.when.not_known == ("bleeding", "infection")


def test_antibiotics_are_waited_for_and_her_own_cycles_make_the_forecast(house: House):
    follow_up = make_followed()
    make_period(follow_up.patient, start=walk.PERIOD_START - timedelta(days=31))
    make_answers(follow_up.visit, infection_cleared=True)
    tell(house, follow_up, 4, bleeding_amount="none")
    choice = AntibioticChoice.objects.create(
        exam=follow_up.visit.exam_record,
        give=True,
        policy="universal",
        allergy_checked=True,
        pregnancy_checked=True,
        prescriber="doctor-one",
        drug="doxycycline",
        days=5,
        at=after.AFTERWARDS,
    )
    DoseFollowUp.objects.create(choice=choice, due_on=exam_day_plus(4))

    found = advice(house, follow_up)

    assert ("antibiotics", exam_day_plus(4)) in found.when.waits_for
    assert found.when.fertile_to == walk.PERIOD_START + timedelta(days=31 + 16)


def test_a_hydrosalpinx_goes_to_a_specialist_before_trying(house: House):
    follow_up = make_followed(replace(after.BOTH_OPEN, right=after.WIDE))

    found = advice(house, follow_up)

    assert "hydrosalpinx-specialist-first" in found.decision.fired
    assert not found.decision.may_proceed


def test_a_site_that_wants_months_of_delay_says_that_it_is_its_own_wish(house: House):
    site = house.site("demo-west")
    delay = replace(site.choices["conception_delay_months"], value=3)
    wishing = replace(site, choices={**site.choices, "conception_delay_months": delay})
    other = replace(house, sites={**house.sites, "demo-west": wishing})
    follow_up = make_followed()

    waits = dict(advice(other, follow_up).when.waits_for)

    assert waits["site-preference"] == date(2025, 12, 23)


def test_without_any_cycle_told_there_is_no_forecast(house: House):
    follow_up = make_followed()
    follow_up.visit.patient.periods.all().delete()

    assert advice(house, follow_up).when.fertile_from is None


# ---- the end


def test_a_follow_up_with_something_left_to_do_stays_open(house: House):
    follow_up = make_followed()
    tell(house, follow_up, 2, foul_discharge=True)
    referral.refer(house, follow_up.pk, "gynaecology", ["bleeding"], by=walk.DOCTOR, now=on_day(3))
    pregnancy.report_positive(
        house,
        follow_up.pk,
        test_on=exam_day_plus(3),
        answers=after.NO_SYMPTOMS,
        by=walk.NURSE,
        now=on_day(3),
    )

    with pytest.raises(
        aftercare.StillOpen, match=r"tasks \(2\), pregnancies \(1\), referrals \(1\), her word that"
    ):
        aftercare.close_follow_up(follow_up.pk, by=walk.NURSE, now=on_day(20))


def test_closing_the_follow_up_closes_the_visit(house: House):
    follow_up = make_followed()
    told = tell(house, follow_up, 2, foul_discharge=True)
    assert told.task is not None
    tasks.close(told.task.pk, "seen, swab taken", by=walk.DOCTOR, now=on_day(2))
    with pytest.raises(aftercare.StillOpen, match="her word that the bleeding has stopped"):
        aftercare.close_follow_up(follow_up.pk, by=walk.NURSE, now=on_day(20))
    tell(house, follow_up, 6, bleeding_amount="none")

    closed = aftercare.close_follow_up(follow_up.pk, by=walk.NURSE, now=on_day(20))
    again = aftercare.close_follow_up(follow_up.pk, by=walk.NURSE, now=on_day(21))

    assert closed.closed_at == again.closed_at == on_day(20)
    assert walk.fresh(follow_up.visit).state == VisitState.CLOSED
    with pytest.raises(aftercare.EntryRefused, match="its diary is closed"):
        tell(house, follow_up, 3)


def test_a_visit_can_close_while_its_follow_up_goes_on_so_that_a_repeat_can_begin(house: House):
    follow_up = make_followed()

    aftercare.close_visit(follow_up.visit_id, by=walk.NURSE, now=on_day(14))
    make_visit(patient=follow_up.patient)

    assert tell(house, follow_up, 14, bleeding_amount="none").entry.day == 14


def test_a_visit_whose_report_is_not_out_cannot_close(house: House):
    visit = make_visit(state=VisitState.REPORTED)

    with pytest.raises(MoveNotAllowed, match="it can become released"):
        aftercare.close_visit(visit.pk, by=walk.NURSE, now=on_day(14))


def test_another_sites_follow_up_does_not_exist(house: House):
    follow_up = make_followed()
    elsewhere = replace(walk.NURSE, site="demo-leeds")

    with pytest.raises(FollowUp.DoesNotExist, match="There is no follow-up"):
        aftercare.close_follow_up(follow_up.pk, by=elsewhere, now=on_day(14))
    assert Task.objects.count() == 0


def test_advice_that_is_only_looked_at_is_the_same_and_nothing_is_kept(house: House):
    follow_up = make_followed()
    make_answers(follow_up.visit, infection_cleared=True)
    tell(house, follow_up, 4, bleeding_amount="none")
    before = Decision.objects.count(), Event.objects.count()

    looked = aftercare.would_advise(
        house, follow_up.pk, language="en", by=follow_up.patient.as_actor(), now=on_day(10)
    )

    assert (Decision.objects.count(), Event.objects.count()) == before
    given = advice(house, follow_up)
    assert looked.when == given.when
    assert looked.decision.fired == given.decision.fired
