"""The examination as it was done, what is watched and given afterwards, and when she may go."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.exam import (
    STATE_AFTER,
    Exam,
    facts_of,
    policy_of,
    problems,
    wrong_choice,
)
from patency.core.protocol.decide import Decision
from patency.core.protocol.model import Outcome, Stage
from patency.core.visit import VisitState
from patency.records.facts_on import newest_period
from patency.records.ledger import remember_change
from patency.records.models.booking import Intervention
from patency.records.models.exam import AntibioticChoice, DoseFollowUp, ExamRecord, Observation
from patency.records.models.visit import Decision as DecisionRow
from patency.records.models.visit import Override as OverrideRow
from patency.records.models.visit import Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.dosed import completed_by_the_machine
from patency.service.examined import (
    exam_of,
    facts_of_the_exam,
    kept_record,
    may_leave_at,
    minutes_of_observation,
    wrong_day,
)
from patency.service.following import finish_tasks, open_tasks, task_for_blocks
from patency.service.house import House
from patency.service.judging import facts_now, judge, override_rows
from patency.service.prescribing import (
    DECIDE_ANTIBIOTICS,
    indications_now,
    task_to_decide_on_antibiotics,
)

S = VisitState
OIL_ALERT = "oil-volume-over-maximum"
SECOND_IN_CYCLE = "second-intervention-in-cycle"


class ExaminationRefused(Exception):
    """An examination, or what follows it at once, that cannot be recorded as it was said."""


class NotArrived(ExaminationRefused):
    """She was not checked in, or her examination is already recorded."""


class RecordRefused(ExaminationRefused):
    """Something in the record cannot be right; the message names every field."""


class OilWithoutLiveImaging(ExaminationRefused):
    """Oil contrast is never given without live images."""


class OilOverMaximum(ExaminationRefused):
    """The hard stop: more oil than the site allows in one examination."""


class SecondIntervention(ExaminationRefused):
    """Something was already done inside the womb in this cycle."""


class AntibioticsRefused(ExaminationRefused):
    """A choice about antibiotics that leaves out what must be asked, or names no drug of ours."""


class TooEarlyToLeave(ExaminationRefused):
    """She is still being watched; the message says from when she may go."""


def record(
    house: House,
    visit_id: UUID,
    exam: Exam,
    *,
    over_maximum_reason: str = "",
    by: Actor,
    now: datetime,
) -> ExamRecord:
    """Return the record of an examination, with the observation that begins at its end.

    The visit becomes examined, abandoned or non-diagnostic. More oil than the site's maximum is a
    hard stop: it is recorded only with a consultant's reason, which is kept as an override. A tube
    seen to be wide makes the task to decide on antibiotics, which every examination opens, urgent;
    whatever else a rule would have stopped, such as oil she did not choose, opens one for a
    clinician to look at. Raises ``NotArrived``, ``RecordRefused``, ``OilWithoutLiveImaging``,
    ``OilOverMaximum`` or ``SecondIntervention``.
    """
    access.check(by, Action.RECORD_EXAM)
    visit = journey.visit_seen(visit_id, "record the examination", by=by, now=now)
    site = house.site(visit.site)
    exam = completed_by_the_machine(exam, visit)
    agent = site.contrast_agents.get(exam.agent)
    medium = agent.medium if agent else ""
    wrong = [*problems(exam, site, now), *wrong_day(house, visit, exam)]
    if wrong:
        raise RecordRefused(
            f"The examination of visit/{visit.pk} was not recorded: {'; '.join(wrong)}. "
            "Correct this and send it again; nothing was kept."
        )
    with transaction.atomic():
        visit = lock(visit)
        if not journey.states(visit, S.ARRIVED):
            raise NotArrived(
                f"visit/{visit.pk} is {visit.state}; an examination is recorded once, for a woman "
                "who has arrived. Check her in first, or open the record that is there."
            )
        day = house.day_at(visit.site, exam.started_at)
        facts = facts_of(exam, medium=medium, exam_day=day)
        decision, row = judge(house, visit, Stage.EXAM, extra_facts=facts, by=by, now=now)
        _stop_hard(decision, row, over_maximum_reason, visit, by=by, now=now)
        made = kept_record(visit, exam, agent)
        _remember_intervention(house, visit, made)
        watched = Observation.objects.create(
            exam=made,
            started_at=exam.ended_at,
            minutes_due=minutes_of_observation(house, visit, made),
        )
        task_to_decide_on_antibiotics(
            house, visit, is_wide=bool(exam.dilated_tube), due=may_leave_at(watched), now=now
        )
        # Too much oil has a consultant's reason by now; her wish to stop was followed, or was not.
        answered = (OIL_ALERT, "she-wants-to-stop" if exam.stopped_early else "")
        task_for_blocks(house, visit, decision, answered=answered, now=now)
        journey.advance(visit, STATE_AFTER[exam.outcome], now=now)
        remember_change(
            visit,
            f"exam-{exam.outcome.replace('_', '-')}",
            by=by,
            now=now,
            fields=["exam_record", "observation", "intervention", "decision"],
            payload={"exam": made.pk, "rules": sorted(decision.fired)},
        )
    return made


def _stop_hard(
    decision: Decision, row: DecisionRow, reason: str, visit: Visit, *, by: Actor, now: datetime
) -> None:
    """Return nothing, or raise for what may not be recorded as it stands."""
    blocks = {
        each.rule.id: each.rule for each in decision.reasons if each.rule.outcome is Outcome.BLOCK
    }
    if "oil-without-live-imaging" in blocks:
        raise OilWithoutLiveImaging(
            f"visit/{visit.pk}: oil contrast without live imaging is not recorded as an "
            "examination. Oil is given only while it is watched; use water contrast, or wait for "
            "live images, and report what happened as an incident."
        )
    if OIL_ALERT in blocks:
        if not reason.strip():
            raise OilOverMaximum(
                f"HARD STOP at visit/{visit.pk}: the oil contrast entered is more than the most "
                "allowed in one examination here. Stop injecting and check the amount. If it was "
                "given, a consultant records it with a reason."
            )
        access.check_may_override(by, OIL_ALERT, blocks[OIL_ALERT].override)
        OverrideRow.objects.create(
            decision=row,
            rule_id=OIL_ALERT,
            reason=reason,
            by_name=by.name,
            by_role=", ".join(sorted(by.roles)),
            at=now,
        )


def _remember_intervention(house: House, visit: Visit, exam: ExamRecord) -> None:
    on = house.day_at(visit.site, exam.started_at)
    period = newest_period(visit, on)
    if period is None:
        return
    second = [row for row in override_rows(house, visit, period.start) if _is_for_this(row)]
    override = second[0] if second else None
    if Intervention.objects.filter(period=period).exists() and override is None:
        raise SecondIntervention(
            f"visit/{visit.pk}: something was already done inside the womb in this cycle, and one "
            "such examination is allowed per cycle. Wait for the next period; a consultant may "
            f"override the rule {SECOND_IN_CYCLE} with a reason before the examination."
        )
    Intervention.objects.create(
        patient_id=visit.patient_id,
        period=period,
        kind="hsg",
        on=on,
        where=visit.campus,
        override=override,
    )


def _is_for_this(row: OverrideRow) -> bool:
    return row.rule_id == SECOND_IN_CYCLE and not Intervention.objects.filter(override=row).exists()


# ---------------------------------------------------------------- observation


def observe(
    house: House, visit_id: UUID, check: dict[str, str | int | float], *, by: Actor, now: datetime
) -> Observation:
    """Return the observation with one more look at her: pressure, pulse, saturation, how she is."""
    access.check(by, Action.DISCHARGE)
    visit = journey.visit_seen(visit_id, "observe her", by=by, now=now)
    with transaction.atomic():
        observation = _observation(visit)
        observation.checks = [*observation.checks, {**check, "at": now.isoformat(), "by": by.name}]
        observation.save(update_fields=["checks"])
        remember_change(
            visit,
            "observed",
            by=by,
            now=now,
            fields=["observation", *check],
        )
    return observation


def let_leave(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> Observation:
    """Return the observation, over. Raises ``TooEarlyToLeave`` with the time she may go."""
    access.check(by, Action.DISCHARGE)
    visit = journey.visit_seen(visit_id, "let her leave", by=by, now=now)
    with transaction.atomic():
        observation = _observation(visit)
        if observation.left_at is not None:
            return observation
        at = may_leave_at(observation)
        if now < at:
            local = at.astimezone(ZoneInfo(house.site(visit.site).time_zone))
            raise TooEarlyToLeave(
                f"visit/{visit.pk}: she is watched for {observation.minutes_due} minutes after the "
                f"examination and may go at {local:%H:%M}. Stay with her until then."
            )
        minutes = int((now - observation.started_at) / timedelta(minutes=1))
        facts = facts_of_the_exam(house, visit) | {"observed_minutes": minutes}
        decision, _ = judge(house, visit, Stage.EXAM, extra_facts=facts, by=by, now=now)
        observation.left_at = now
        observation.save(update_fields=["left_at"])
        remember_change(
            visit,
            "she-left",
            by=by,
            now=now,
            fields=["observation", "decision"],
            payload={
                "rules": sorted(decision.fired),
                "antibiotics_undecided": bool(open_tasks(visit, DECIDE_ANTIBIOTICS)),
            },
        )
    return observation


def _observation(visit: Visit) -> Observation:
    exam = exam_of(visit)
    found: Observation | None = (
        Observation.objects.select_for_update(of=("self",)).filter(exam=exam).first()
        if exam
        else None
    )
    if found is None:
        raise NotArrived(
            f"visit/{visit.pk} has no examination to be watched after. Record it first."
        )
    return found


# ---------------------------------------------------------------- antibiotics


def choose_antibiotics(
    house: House,
    visit_id: UUID,
    *,
    give: bool,
    drug: str = "",
    reason: str = "",
    allergy_checked: bool,
    pregnancy_checked: bool,
    by: Actor,
    now: datetime,
) -> AntibioticChoice:
    """Return the prescriber's choice, with a row to follow up for each day of doses.

    ``drug`` is one of the site's formulary, which has its dose and days; nothing is invented here.
    ``reason`` is a code: needed to give without a known indication or with a known allergy, and
    not to give with one.
    ``by`` is the prescriber. Raises ``AntibioticsRefused``.
    """
    access.check(by, Action.PRESCRIBE)
    visit = journey.visit_seen(visit_id, "decide on antibiotics", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        exam = exam_of(visit)
        if exam is None:
            raise NotArrived(f"visit/{visit.pk} has no examination yet. Record it first.")
        if AntibioticChoice.objects.filter(exam=exam).exists():
            raise AntibioticsRefused(
                f"visit/{visit.pk}: antibiotics are already decided. Open that choice; a change "
                "is a new prescription outside this visit."
            )
        known = indications_now(house, visit, now=now)
        site = house.site(visit.site)
        wrong = [
            *wrong_choice(
                known,
                give=give,
                drug=drug,
                formulary=site.formulary,
                reason=reason,
                both_checked=allergy_checked and pregnancy_checked,
                has_allergy=facts_now(house, visit, Stage.EXAM, now=now).get("antibiotic_allergy")
                is True,
            )
        ]
        if wrong:
            raise AntibioticsRefused(
                f"The choice about antibiotics for visit/{visit.pk} was not kept: "
                f"{'; '.join(wrong)}. Correct this and send it again."
            )
        chosen = site.formulary[drug] if give else None
        choice = AntibioticChoice.objects.create(
            exam=exam,
            give=give,
            policy=policy_of(site.choices["antibiotic_policy"]),
            indication=",".join((*known, *([reason] if reason else [])))[:120],
            allergy_checked=allergy_checked,
            pregnancy_checked=pregnancy_checked,
            prescriber=by.name,
            drug=chosen.name if chosen else "",
            dose=chosen.dose if chosen else "",
            days=chosen.days if chosen else None,
            at=now,
        )
        first = house.day_at(visit.site, now)
        for number_of_day in range(chosen.days if chosen else 0):
            DoseFollowUp.objects.create(choice=choice, due_on=first + timedelta(days=number_of_day))
        finish_tasks(visit, DECIDE_ANTIBIOTICS, "decided", by=by, now=now)
        facts = facts_of_the_exam(house, visit) | {"antibiotics_given": give}
        judge(house, visit, Stage.EXAM, extra_facts=facts, by=by, now=now)
        remember_change(
            visit,
            "antibiotics-given" if give else "antibiotics-not-given",
            by=by,
            now=now,
            fields=["antibiotic_choice", "dose_follow_up", "task", "decision"],
            payload={"choice": choice.pk, "indications": list(known)},
        )
    return choice


def record_dose(dose_id: UUID, *, taken: bool, by: Actor, now: datetime) -> DoseFollowUp:
    """Return the row of one day's doses, with whether she took them."""
    access.check(by, Action.RECORD_DIARY)
    seen_by(by, "record a dose", now=now).dose_follow_ups.get(pk=dose_id)
    with transaction.atomic():
        rows = DoseFollowUp.objects.select_for_update(of=("self",))
        dose: DoseFollowUp = rows.select_related("choice__exam__visit").get(pk=dose_id)
        dose.taken, dose.told_at = taken, now
        dose.save(update_fields=["taken", "told_at"])
        visit = dose.choice.exam.visit
        remember_change(
            visit,
            "dose-taken" if taken else "dose-missed",
            by=by,
            now=now,
            fields=["dose_follow_up"],
            payload={"dose": dose.pk},
        )
    return dose
