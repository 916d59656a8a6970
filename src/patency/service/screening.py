"""What she answers and what the clinic visit finds; a hold, and the ways out of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.protocol.decide import Decision
from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.records.ledger import remember, remember_change, subject_of
from patency.records.models.base import OfPatient, unfit
from patency.records.models.booking import STILL_TO_COME, Booking
from patency.records.models.visit import Decision as DecisionRow
from patency.records.models.visit import Override, Treatment, Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey, laboratory
from patency.service.house import House
from patency.service.judging import judge, standing

NOTHING: Mapping[str, object] = MappingProxyType({})


class ScreeningRefused(Exception):
    """An answer, a test or a hold that cannot be as it was given."""


class TooLate(ScreeningRefused):
    """The examination has begun; what is told now belongs elsewhere."""


class NotOnHold(ScreeningRefused):
    """There is no hold this could belong to."""


class HoldStands(ScreeningRefused):
    """Rules still stand, or questions are still open; carries the decision."""

    def __init__(self, message: str, decision: Decision) -> None:
        super().__init__(message)
        self.decision = decision


class DaysImpossible(ScreeningRefused):
    """A treatment cannot have had these days."""


class NothingToOverride(ScreeningRefused):
    """The rule did not fire in that decision; an open question is answered, never overridden."""


class AlreadyOverridden(ScreeningRefused):
    """Someone has gone another way on this rule of this decision."""


def record_answers(
    house: House, visit_id: UUID, answers: Mapping[str, object], *, by: Actor, now: datetime
) -> journey.Screened:
    """Return what the protocol says at registration, now that these answers are known.

    ``None`` takes an answer back. A woman answers what she is asked, staff what both are asked;
    what the system knows nobody answers. What would stop a woman who is cleared or booked already
    puts her on hold. Raises ``journey.AnswersRefused`` naming every fact that is wrong.
    """
    access.check(by, Action.RECORD_ANSWERS)
    visit = journey.visit_seen(visit_id, "answers", by=by, now=now)
    with transaction.atomic():
        visit = _lock_before_the_exam(visit)
        facts = journey.read_answers(house, visit, answers, by=by)
        journey.keep_answers(house, visit, answers, facts, by=by, now=now)
        decision, row = judge(house, visit, Stage.REGISTRATION, by=by, now=now)
        done = journey.Screened(visit, decision, row)
        if journey.states(visit, VisitState.CLEARED, VisitState.BOOKED):
            done = _still_cleared(house, visit, decision, row, by=by, now=now)
        _remember(done, "answered", facts, by=by, now=now)
    return done


def record_results(
    house: House,
    visit_id: UUID,
    *,
    tests: Sequence[laboratory.TestTaken] = (),
    answers: Mapping[str, object] = NOTHING,
    by: Actor,
    now: datetime,
) -> journey.Screened:
    """Return what the clinic visit comes to: cleared, on hold, or still something to ask.

    ``answers`` are what is measured and asked at the visit, such as her temperature. A hold for a
    failed test ends here by a passed retest: one taken after the treatment ended, with her word
    that she kept to it. Raises ``laboratory.TestRefused``.
    """
    access.check(by, Action.RECORD_RESULTS)
    visit = journey.visit_seen(visit_id, "test results", by=by, now=now)
    with transaction.atomic():
        visit = _lock_before_the_exam(visit)
        today = house.day_at(visit.site, now)
        told = journey.read_answers(house, visit, answers, by=by)
        journey.keep_answers(house, visit, answers, told, by=by, now=now)
        _attend(visit, today)
        found = laboratory.keep_tests(house, visit, tests, by=by, now=now)
        done = journey.judge_visit(house, visit, today, by=by, now=now)
        fields = [*told, *found]
        _remember(done, "results-recorded", fields, by=by, now=now)
    return done


def treat(
    house: House,
    visit_id: UUID,
    *,
    what: str,
    prescriber: str,
    started_on: date,
    ended_on: date | None = None,
    by: Actor,
    now: datetime,
) -> Treatment:
    """Return a treatment of what put her on hold; ``what`` is a common name, never a brand.

    ``ended_on`` may lie ahead: the course as it was prescribed. Raises ``NotOnHold``.
    """
    access.check(by, Action.TREAT)
    visit = journey.visit_seen(visit_id, "record a treatment", by=by, now=now)
    today = house.day_at(visit.site, now)
    too_long = unfit(Treatment, what=what, prescriber=prescriber)
    if not what.strip() or not prescriber.strip() or too_long:
        raise ScreeningRefused(
            f"The treatment of visit/{visit.pk} was not recorded: what is given and who prescribed "
            f"it are both needed. Write both. {'; '.join(too_long)}"
        )
    _check_days(visit, started_on, ended_on, today)
    with transaction.atomic():
        visit = lock(visit)
        if not journey.states(visit, VisitState.ON_HOLD):
            raise NotOnHold(
                f"visit/{visit.pk} is {visit.state}. A treatment is recorded here for a visit on "
                "hold; record the failed test first."
            )
        row: Treatment = Treatment.objects.create(
            visit=visit,
            what=what.strip(),
            prescriber=prescriber.strip(),
            started_on=started_on,
            ended_on=ended_on,
        )
        _remember_of(row, visit, "treated", ["treatment"], by=by, now=now)
    return row


def end_treatment(
    house: House, treatment_id: UUID, *, ended_on: date, by: Actor, now: datetime
) -> Treatment:
    """Return the treatment with the day it ended. Raises ``DaysImpossible``."""
    access.check(by, Action.TREAT)
    rows = seen_by(by, "end a treatment", now=now).treatments.select_related("visit")
    row = rows.get(pk=treatment_id)
    _check_days(row.visit, row.started_on, ended_on, house.day_at(row.site, now))
    with transaction.atomic():
        visit = lock(row.visit)
        row.ended_on = ended_on
        row.save(update_fields=["ended_on"])
        _remember_of(row, visit, "treatment-ended", ["ended_on"], by=by, now=now)
    return row


def attest_treatment(
    house: House,
    treatment_id: UUID,
    *,
    no_intercourse: bool,
    no_bath: bool,
    by: Actor,
    now: datetime,
) -> Treatment:
    """Return the treatment with what she says she kept to, once it is over.

    A "no" is kept as well: then the retest waits for another treatment.
    """
    access.check(by, Action.RECORD_ANSWERS)
    rows = seen_by(by, "attest a treatment", now=now).treatments.select_related("visit")
    row = rows.get(pk=treatment_id)
    today = house.day_at(row.site, now)
    if row.ended_on is None or row.ended_on > today:
        raise DaysImpossible(
            f"treatment/{row.pk} is not over. What she kept to is asked for the whole course; "
            f"ask after it ended ({row.ended_on or 'no end is recorded'})."
        )
    with transaction.atomic():
        visit = lock(row.visit)
        row.no_intercourse_attested, row.no_bath_attested = no_intercourse, no_bath
        fields = ["no_intercourse_attested", "no_bath_attested"]
        row.save(update_fields=fields)
        _remember_of(row, visit, "treatment-attested", fields, by=by, now=now)
    return row


def override(
    house: House, decision_id: UUID, rule_id: str, reason: str, *, by: Actor, now: datetime
) -> Override:
    """Return the override of one rule of one decision; the decision stays as it was.

    It counts for this cycle. Raises ``NothingToOverride`` for a rule that did not fire, which
    includes every open question, and ``NotPermitted`` when this actor, or anyone, may not.
    """
    access.check(by, Action.OVERRIDE)
    rows = seen_by(by, "override a rule", now=now).decisions.select_related("visit")
    decision = rows.get(pk=decision_id)
    if rule_id not in decision.rule_ids:
        raise NothingToOverride(
            f"{rule_id!r} did not fire in decision/{decision.pk}; "
            f"{', '.join(decision.rule_ids) or 'no rule'} did. A rule that fired can be "
            "overridden; an open question is answered, never overridden."
        )
    if not reason.strip():
        raise ScreeningRefused(
            f"{rule_id} of decision/{decision.pk} was not overridden: no reason was given. An "
            "override is a person's judgement and says why; write it."
        )
    rule = house.rulebook_at(decision.site).protocol.rule(rule_id)
    access.check_may_override(by, rule_id, rule.override)
    with transaction.atomic():
        visit = lock(decision.visit)
        try:
            with transaction.atomic():
                row: Override = Override.objects.create(
                    decision=decision,
                    rule_id=rule_id,
                    reason=reason.strip(),
                    by_name=by.name,
                    by_role=", ".join(sorted(by.roles)),
                    at=now,
                )
        except IntegrityError as error:
            raise AlreadyOverridden(
                f"{rule_id} of decision/{decision.pk} is overridden already. One person answers "
                "for it; the first override stands."
            ) from error
        _remember_of(row, visit, "overridden", [rule_id], by=by, now=now)
    return row


def release(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> journey.Screened:
    """Return the visit, cleared, its hold released.

    The clinic visit is judged again as it stands today. Raises ``HoldStands`` with the decision
    while a rule stands that nobody has overridden, or a question is open, and ``NotOnHold``.
    """
    access.check(by, Action.RELEASE_HOLD)
    visit = journey.visit_seen(visit_id, "release a hold", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        if not journey.states(visit, VisitState.ON_HOLD):
            raise NotOnHold(
                f"visit/{visit.pk} is {visit.state}. Only a visit on hold is released; there is "
                "nothing to do."
            )
        done = journey.judge_visit(house, visit, house.day_at(visit.site, now), by=by, now=now)
        is_released = journey.states(visit, VisitState.CLEARED)
        kind = "hold-released" if is_released else "release-refused"
        _remember_of(done.row, visit, kind, ["hold", "decision"], by=by, now=now)
    if not is_released:
        raise HoldStands(
            journey.why_not(
                house,
                visit,
                done.decision,
                "The hold was not released",
                left=done.hold.rule_ids if done.hold else (),
            ),
            done.decision,
        )
    return done


def _still_cleared(
    house: House,
    visit: Visit,
    decision: Decision,
    row: DecisionRow,
    *,
    by: Actor,
    now: datetime,
) -> journey.Screened:
    """Put her on hold if what she told now would have stopped her before."""
    if not standing(house, visit, decision):
        since = journey.facts_from_the_test(visit, house.day_at(visit.site, now))
        decision, row = judge(house, visit, Stage.VISIT, extra_facts=since, by=by, now=now)
    if not standing(house, visit, decision):
        return journey.Screened(visit, decision, row)
    hold, freed = journey.put_on_hold(house, visit, decision, row, by=by, now=now)
    return journey.Screened(visit, decision, row, hold, freed)


def _attend(visit: Visit, today: date) -> None:
    """Let the time she had at the clinic today count as attended."""
    Booking.objects.filter(
        visit=visit, kind="clinic_visit", state__in=STILL_TO_COME, slot__day=today
    ).update(state="attended")


def _lock_before_the_exam(visit: Visit) -> Visit:
    visit = lock(visit)
    if not journey.states(visit, *journey.BEFORE_THE_EXAM):
        raise TooLate(
            f"visit/{visit.pk} is {visit.state}. Screening ends before the examination begins; "
            "record this on arrival, in the diary, or in a new visit."
        )
    return visit


def _remember(
    done: journey.Screened,
    kind: str,
    fields: Sequence[str] | Mapping[str, object],
    *,
    by: Actor,
    now: datetime,
) -> None:
    remember_change(
        done.visit,
        kind,
        by=by,
        now=now,
        fields=fields,
        payload={
            "decision": done.row.pk,
            "state": done.visit.state,
            "hold": done.hold.pk if done.hold else None,
            "freed": done.freed,
        },
    )


def _check_days(visit: Visit, started_on: date, ended_on: date | None, today: date) -> None:
    if started_on > today or (ended_on is not None and ended_on < started_on):
        raise DaysImpossible(
            f"A treatment of visit/{visit.pk} from {started_on} to {ended_on or 'later'} cannot "
            f"be. It starts by today, {today}, and ends on or after its start; correct the days."
        )


def _remember_of(
    row: OfPatient, visit: Visit, kind: str, fields: list[str], *, by: Actor, now: datetime
) -> None:
    remember(
        kind=kind,
        subject=subject_of(row),
        by=by,
        now=now,
        site=visit.site,
        patient=visit.patient_id,
        fields=fields,
        payload={"visit": visit.pk, "state": visit.state},
    )
