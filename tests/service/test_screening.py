from datetime import date, datetime, timedelta
from typing import Any

import pytest

from patency.core.access import NotPermitted
from patency.records.models.booking import Booking
from patency.records.models.ledger import Audit, Event
from patency.records.models.money import Refund
from patency.records.models.visit import (
    Answer,
    Decision,
    Hold,
    Override,
    TestResult,
    Treatment,
    Visit,
)
from patency.service import journey, laboratory, screening
from patency.service.house import House
from tests.make import NOW, TODAY
from tests.service import walk

pytestmark = pytest.mark.django_db


def results(
    house: House, visit: Visit, *, now: datetime = NOW, tests: Any = (), **answers: object
) -> journey.Screened:
    return screening.record_results(
        house, visit.pk, tests=tests, answers=answers, by=walk.NURSE, now=now
    )


def at_the_visit(house: House, visit: Visit, **answers: object) -> journey.Screened:
    return results(house, visit, tests=[walk.leucorrhoea()], **{**walk.AT_THE_VISIT, **answers})


# ---- answers


def test_answers_are_kept_and_judged(house: House) -> None:
    visit = walk.register(house)
    walk.tell_period(house, visit)

    done = screening.record_answers(house, visit.pk, walk.HEALTHY, by=walk.NURSE, now=NOW)

    assert (done.decision.verdict, done.row.stage) == ("CLEAR", "registration")
    assert done.visit.state == "registered"
    assert Answer.objects.count() == len(walk.HEALTHY)
    assert done.row.facts is not None


def test_what_is_not_answered_comes_back_as_a_question(house: House) -> None:
    visit = walk.register(house)

    done = screening.record_answers(house, visit.pk, {"weight_kg": 60}, by=walk.NURSE, now=NOW)

    assert done.decision.verdict == "ASK"
    assert "contrast_reaction" in done.decision.questions


def test_an_answer_taken_back_is_unknown_again(house: House) -> None:
    visit = walk.answered(house)

    done = screening.record_answers(
        house, visit.pk, {"contrast_reaction": None}, by=walk.NURSE, now=NOW
    )

    assert done.decision.questions == ("contrast_reaction",)


def test_a_misspelt_fact_and_a_wrong_value_are_refused_together_and_nothing_is_kept(
    house: House,
) -> None:
    visit = walk.register(house)
    wrong = {"weigth_kg": 60, "bmi_kg_m2": 900, "contrast_reaction": "none"}

    with pytest.raises(journey.AnswersRefused) as refused:
        screening.record_answers(house, visit.pk, wrong, by=walk.NURSE, now=NOW)

    assert "weigth_kg" in str(refused.value)
    assert "Did you mean 'weight_kg'" in str(refused.value)
    assert "bmi_kg_m2" in str(refused.value)
    assert not Answer.objects.exists()


def test_a_woman_answers_what_she_is_asked_and_not_what_staff_measure(house: House) -> None:
    visit = walk.register(house)
    herself = visit.patient.as_actor()

    screening.record_answers(house, visit.pk, {"possible_pregnancy": False}, by=herself, now=NOW)
    with pytest.raises(journey.AnswersRefused, match="temperature_c"):
        screening.record_answers(house, visit.pk, {"temperature_c": 36.6}, by=herself, now=NOW)


def test_nobody_answers_what_the_system_knows(house: House) -> None:
    visit = walk.register(house)

    with pytest.raises(journey.AnswersRefused, match="payment_recorded"):
        screening.record_answers(
            house, visit.pk, {"payment_recorded": True}, by=walk.NURSE, now=NOW
        )


def test_another_womans_visit_does_not_exist(house: House) -> None:
    hers = walk.register(house)
    other = walk.register(house, given_name="Bea", phone="+86 139 1111 1111")

    with pytest.raises(Visit.DoesNotExist):
        screening.record_answers(
            house, hers.pk, {"possible_pregnancy": False}, by=other.patient.as_actor(), now=NOW
        )


def test_an_answer_that_would_have_stopped_her_puts_a_booked_woman_on_hold(house: House) -> None:
    booking = walk.booked(house)

    done = screening.record_answers(
        house, booking.visit_id, {"severe_illness": True}, by=walk.NURSE, now=NOW
    )

    assert done.visit.state == "on-hold"
    assert done.hold is not None
    assert done.hold.rule_ids == ["severe-illness"]
    assert Booking.objects.get().state == "cancelled"
    assert Refund.objects.get().reason == "on-hold"
    assert done.freed == (booking.slot_id,)


def test_a_booked_woman_who_answers_nothing_new_keeps_her_date(house: House) -> None:
    booking = walk.booked(house)

    screening.record_answers(house, booking.visit_id, {"weight_kg": 61}, by=walk.NURSE, now=NOW)

    assert Booking.objects.get().state == "firm"


def test_screening_ends_before_the_examination(house: House) -> None:
    visit = walk.arrived(house).visit

    with pytest.raises(screening.TooLate):
        screening.record_answers(house, visit.pk, {"weight_kg": 61}, by=walk.NURSE, now=NOW)


# ---- the clinic visit


def test_a_passed_test_and_nothing_else_clears_her(house: House) -> None:
    done = at_the_visit(house, walk.answered(house))

    assert done.visit.state == "cleared"
    assert TestResult.objects.get().verdict == "passed"


def test_no_test_never_clears_her(house: House) -> None:
    done = results(house, walk.answered(house), **walk.AT_THE_VISIT)

    assert done.visit.state == "on-hold"
    assert "leucorrhoea-test-not-done" in done.decision.fired


@pytest.mark.parametrize(
    ("temperature_c", "state"), [(37.4, "cleared"), (37.5, "on-hold"), (37.6, "on-hold")]
)
def test_a_temperature_at_the_limit_holds_her(
    house: House, temperature_c: float, state: str
) -> None:
    done = at_the_visit(house, walk.answered(house), temperature_c=temperature_c)

    assert done.visit.state == state


def test_every_reason_is_on_the_hold_and_not_only_the_first(house: House) -> None:
    visit = walk.answered(house)
    tests = [walk.leucorrhoea(leucorrhoea_trichomonas=True)]

    done = results(house, visit, tests=tests, **{**walk.AT_THE_VISIT, "lower_abdominal_pain": True})

    assert done.hold is not None
    assert set(done.hold.rule_ids) == {"leucorrhoea-trichomonas", "lower-abdominal-pain"}
    assert TestResult.objects.get().verdict == "failed"


def test_a_missing_part_leaves_the_test_unclear_and_asks(house: House) -> None:
    visit = walk.answered(house)
    parts = {name: each for name, each in walk.LEUCORRHOEA.items() if name != "leucorrhoea_yeast"}
    test = laboratory.TestTaken("leucorrhoea", parts, taken_at=NOW, read_at=NOW)

    done = results(house, visit, tests=[test], **walk.AT_THE_VISIT)

    assert (done.visit.state, TestResult.objects.get().verdict) == ("registered", "unclear")
    assert done.decision.questions == ("leucorrhoea_yeast",)


def test_an_unasked_question_does_not_clear_her_and_comes_back(house: House) -> None:
    visit = walk.answered(house)
    told = {k: v for k, v in walk.AT_THE_VISIT.items() if k != "lower_abdominal_pain"}

    done = results(house, visit, tests=[walk.leucorrhoea()], **told)

    assert done.visit.state == "registered"
    assert done.decision.questions == ("lower_abdominal_pain",)


def test_prophylaxis_written_down_stands_for_a_chlamydia_result(house: House) -> None:
    visit = walk.answered(house)

    held = at_the_visit(
        house, visit, chlamydia_result="not_done", chlamydia_prophylaxis_documented=False
    )
    done = results(house, visit, chlamydia_prophylaxis_documented=True)

    assert held.decision.fired >= {"chlamydia-not-cleared"}
    assert done.visit.state == "cleared"


def test_oil_needs_a_thyroid_test(house: House) -> None:
    visit = walk.answered(house, medium_wanted="oil")
    held = at_the_visit(house, visit, thyroid_test_done=False, tsh_miu_l=None)
    thyroid = [
        laboratory.TestTaken("tsh", {"tsh_miu_l": 1.8}, taken_at=NOW, read_at=NOW),
        laboratory.TestTaken("ft4", {"ft4_level": "normal"}, taken_at=NOW, read_at=NOW),
    ]

    done = results(house, visit, tests=thyroid)

    assert "oil-without-thyroid-test" in held.decision.fired
    assert done.visit.state == "cleared"


@pytest.mark.parametrize("spoilt", ["specimen_spoiled", "bleeding_today"])
def test_a_spoilt_specimen_is_refused(house: House, spoilt: str) -> None:
    with pytest.raises(laboratory.SpecimenRefused, match=spoilt):
        at_the_visit(house, walk.answered(house), **{spoilt: True})
    assert not TestResult.objects.exists()


def test_a_specimen_of_a_day_of_bleeding_is_refused(house: House) -> None:
    visit = walk.answered(house)
    early = datetime.combine(walk.BLEEDING_ENDED, NOW.timetz())

    with pytest.raises(laboratory.SpecimenRefused, match="period has not stopped"):
        results(house, visit, tests=[walk.leucorrhoea(early)], **walk.AT_THE_VISIT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "horoscope"},
        {"parts": {}},
        {"taken_at": NOW + timedelta(hours=1)},
        {"read_at": NOW - timedelta(hours=1)},
    ],
)
def test_a_test_that_cannot_be_is_refused(house: House, wrong: dict[str, Any]) -> None:
    test = laboratory.TestTaken(
        **{
            "kind": "leucorrhoea",
            "parts": walk.LEUCORRHOEA,
            "taken_at": NOW,
            "read_at": NOW,
            **wrong,
        }
    )

    with pytest.raises(laboratory.TestRefused, match="correct it"):
        results(house, walk.answered(house), tests=[test])


# ---- the hold and the way out


def held_for_trichomonas(house: House) -> Visit:
    return walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)


def treat(house: House, visit: Visit, *, ended_on: date | None = TODAY) -> Treatment:
    return screening.treat(
        house,
        visit.pk,
        what="metronidazole",
        prescriber="doctor-one",
        started_on=TODAY,
        ended_on=ended_on,
        by=walk.DOCTOR,
        now=NOW,
    )


def attest(house: House, row: Treatment, now: datetime, *, bath: bool = True) -> None:
    screening.attest_treatment(
        house, row.pk, no_intercourse=True, no_bath=bath, by=walk.NURSE, now=now
    )


def test_a_retest_after_treatment_and_her_word_releases_the_hold(house: House) -> None:
    visit = held_for_trichomonas(house)
    tomorrow = NOW + timedelta(days=1)
    row = treat(house, visit)
    attest(house, row, tomorrow)

    done = results(
        house,
        visit,
        now=tomorrow,
        tests=[walk.leucorrhoea(tomorrow)],
        **{k: v for k, v in walk.AT_THE_VISIT.items() if k != "genital_infection_treated"},
        possible_pregnancy=False,
    )

    assert done.decision.questions == ()
    assert done.decision.facts["genital_infection_treated"] is True
    assert done.visit.state == "cleared"
    assert Hold.objects.get().released_at == tomorrow


@pytest.mark.parametrize("missing", ["treatment", "end", "word", "bath"])
def test_a_retest_is_refused_while_something_is_missing(house: House, missing: str) -> None:
    visit = held_for_trichomonas(house)
    tomorrow = NOW + timedelta(days=1)
    if missing != "treatment":
        row = treat(house, visit, ended_on=None if missing == "end" else TODAY)
        if missing == "bath":
            attest(house, row, tomorrow, bath=False)

    with pytest.raises(laboratory.RetestRefused, match="missing"):
        results(house, visit, now=tomorrow, tests=[walk.leucorrhoea(tomorrow)])

    assert walk.fresh(visit).state == "on-hold"


def test_her_word_is_asked_after_the_course_and_not_before(house: House) -> None:
    row = treat(house, held_for_trichomonas(house), ended_on=TODAY + timedelta(days=7))

    with pytest.raises(screening.DaysImpossible, match="is not over"):
        attest(house, row, NOW)
    screening.end_treatment(house, row.pk, ended_on=TODAY, by=walk.DOCTOR, now=NOW)
    attest(house, row, NOW)

    row.refresh_from_db()
    assert row.no_intercourse_attested is True


def test_a_treatment_that_ends_before_it_starts_is_refused(house: House) -> None:
    with pytest.raises(screening.DaysImpossible):
        treat(house, held_for_trichomonas(house), ended_on=TODAY - timedelta(days=1))


def test_only_a_woman_on_hold_is_treated_here(house: House) -> None:
    with pytest.raises(screening.NotOnHold):
        treat(house, walk.cleared(house))


def test_a_hold_is_not_released_while_a_rule_stands_and_the_attempt_is_remembered(
    house: House,
) -> None:
    visit = held_for_trichomonas(house)

    with pytest.raises(screening.HoldStands, match="leucorrhoea-trichomonas") as refused:
        screening.release(house, visit.pk, by=walk.DOCTOR, now=NOW)

    assert refused.value.decision.fired >= {"leucorrhoea-trichomonas"}
    assert Hold.objects.get().released_at is None
    assert Event.objects.filter(kind="release-refused").count() == 1


def test_a_woman_who_is_not_on_hold_is_not_released(house: House) -> None:
    with pytest.raises(screening.NotOnHold):
        screening.release(house, walk.cleared(house).pk, by=walk.DOCTOR, now=NOW)


def flagged(house: House) -> tuple[Visit, Decision]:
    visit = walk.screened(house, walk.answered(house), leucorrhoea_cleanliness="III")
    return visit, Decision.objects.filter(stage="visit").latest("made_at")


def test_a_flag_waits_for_a_clinician_and_then_the_test_counts_as_passed(house: House) -> None:
    visit, decision = flagged(house)
    assert (visit.state, TestResult.objects.get().verdict) == ("on-hold", "unclear")

    screening.override(
        house,
        decision.pk,
        "leucorrhoea-cleanliness-iii",
        "menstrual residue, everything else negative",
        by=walk.DOCTOR,
        now=NOW,
    )
    done = screening.release(house, visit.pk, by=walk.NURSE, now=NOW)

    assert done.visit.state == "cleared"
    assert TestResult.objects.get().verdict == "passed"
    assert decision.rule_ids == ["leucorrhoea-cleanliness-iii", "visit-preferred-days"]


def test_a_rule_is_overridden_once_by_someone_who_may_and_says_why(house: House) -> None:
    _, decision = flagged(house)
    rule = "leucorrhoea-cleanliness-iii"

    with pytest.raises(NotPermitted):
        screening.override(house, decision.pk, rule, "looked at", by=walk.NURSE, now=NOW)
    with pytest.raises(screening.ScreeningRefused, match="no reason"):
        screening.override(house, decision.pk, rule, " ", by=walk.DOCTOR, now=NOW)
    screening.override(house, decision.pk, rule, "looked at", by=walk.DOCTOR, now=NOW)
    with pytest.raises(screening.AlreadyOverridden):
        screening.override(house, decision.pk, rule, "again", by=walk.DOCTOR, now=NOW)
    assert Audit.objects.filter(action="overridden").count() == 1


def test_a_positive_test_is_never_overridden_by_anyone(house: House) -> None:
    held_for_trichomonas(house)
    decision = Decision.objects.filter(stage="visit").latest("made_at")

    with pytest.raises(NotPermitted, match="never be overridden"):
        screening.override(
            house, decision.pk, "leucorrhoea-trichomonas", "why", by=walk.CONSULTANT, now=NOW
        )


def test_an_open_question_is_answered_and_never_overridden(house: House) -> None:
    visit = walk.answered(house)
    done = results(house, visit, tests=[walk.leucorrhoea()])
    assert "lower-abdominal-pain" in done.row.unsettled

    with pytest.raises(screening.NothingToOverride, match="answered, never overridden"):
        screening.override(
            house, done.row.pk, "lower-abdominal-pain", "why", by=walk.CONSULTANT, now=NOW
        )


def test_an_override_is_good_for_its_cycle_only(house: House) -> None:
    visit, decision = flagged(house)
    screening.override(
        house,
        decision.pk,
        "leucorrhoea-cleanliness-iii",
        "menstrual residue",
        by=walk.DOCTOR,
        now=NOW,
    )
    next_cycle = walk.moment(20, month=10)
    walk.cycles.report_period(
        house, visit.patient_id, date(2025, 10, 13), by=walk.DESK, now=next_cycle
    )
    walk.cycles.report_bleeding_end(
        house, visit.patient_id, date(2025, 10, 17), normal=True, by=walk.DESK, now=next_cycle
    )

    done = results(
        house,
        visit,
        now=next_cycle,
        tests=[walk.leucorrhoea(next_cycle, leucorrhoea_cleanliness="III")],
        **{**walk.AT_THE_VISIT, "possible_pregnancy": False},
    )

    assert done.visit.state == "on-hold"
    assert done.hold is not None
    assert "leucorrhoea-cleanliness-iii" in done.hold.rule_ids


def test_what_only_a_consultant_may_override_counts_only_when_a_consultant_did(
    house: House,
) -> None:
    visit = walk.answered(house)
    held = at_the_visit(house, visit, unprotected_intercourse_since_period=True)
    rule = "unprotected-intercourse"

    with pytest.raises(NotPermitted):
        screening.override(house, held.row.pk, rule, "why", by=walk.DOCTOR, now=NOW)
    screening.override(
        house, held.row.pk, rule, "two serum tests negative", by=walk.CONSULTANT, now=NOW
    )

    assert screening.release(house, visit.pk, by=walk.NURSE, now=NOW).visit.state == "cleared"


def test_an_override_by_somebody_who_may_no_longer_does_not_count(house: House) -> None:
    visit = walk.answered(house)
    held = at_the_visit(house, visit, unprotected_intercourse_since_period=True)
    for rule, role in (
        ("unprotected-intercourse", "gynaecologist"),
        ("a-rule-of-long-ago", "consultant"),
    ):
        Override.objects.create(
            decision=held.row,
            rule_id=rule,
            reason="as the rules were then",
            by_name="doctor-one",
            by_role=role,
            at=NOW,
        )

    with pytest.raises(screening.HoldStands, match="unprotected-intercourse"):
        screening.release(house, visit.pk, by=walk.NURSE, now=NOW)


def test_a_treatment_names_what_was_given_and_by_whom(house: House) -> None:
    visit = held_for_trichomonas(house)

    with pytest.raises(screening.ScreeningRefused, match="Write both"):
        screening.treat(
            house,
            visit.pk,
            what=" ",
            prescriber="doctor-one",
            started_on=TODAY,
            by=walk.DOCTOR,
            now=NOW,
        )


def test_a_treatment_that_no_column_holds_is_refused(house: House) -> None:
    on_hold = walk.screened(house, walk.answered(house), leucorrhoea_trichomonas=True)

    with pytest.raises(screening.ScreeningRefused, match="what: has at most 200 characters"):
        screening.treat(
            house,
            on_hold.pk,
            what="m" * 201,
            prescriber="doctor-one",
            started_on=TODAY,
            by=walk.DOCTOR,
            now=NOW,
        )
