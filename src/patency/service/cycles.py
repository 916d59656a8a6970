"""Her periods: when one began and ended, and what else was done inside the womb in that cycle."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.calendar.legal import YearMissing
from patency.core.visit import FINAL, VisitState
from patency.records.ledger import remember, subject_of
from patency.records.models.base import unfit
from patency.records.models.booking import INTERVENTIONS, STILL_TO_COME, Booking, Intervention
from patency.records.models.followup import Task
from patency.records.models.people import Patient
from patency.records.models.visit import PERIOD_KINDS, Answer, Period, Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey, seats
from patency.service.expecting import (
    Expecting,
    is_before,
    pregnancy_known,
    task_for_bleeding,
)
from patency.service.house import House

# Our choice: bleeding that begins sooner after the last period began is bleeding between periods,
# which is a symptom for a clinician and not the first day of a cycle.
FEWEST_DAYS_BETWEEN_STARTS = timedelta(days=10)
# Our choice: an older period says nothing about this cycle or her usual length.
OLDEST = timedelta(days=400)

# Answers that last, but only as long as the cycle they were given in.
OF_ONE_CYCLE = ("last_bleed_normal", "serum_hcg_done", "serum_hcg_iu_l")


class CycleRefused(Exception):
    """Days that cannot be, in the order they were told."""


class DayImpossible(CycleRefused):
    """A day in the future, before the period began, or too long ago."""


class PeriodsOverlap(CycleRefused):
    """Two periods closer together than periods are."""


class NoPeriodYet(CycleRefused):
    """There is no period this could belong to."""


class BleedingInPregnancy(CycleRefused):
    """What she told is kept, not as a period: we know of a pregnancy, and she is seen today."""


class OnePerCycle(CycleRefused):
    """Something was done inside the womb in this cycle already."""


@dataclass(frozen=True, slots=True)
class Told:
    """What she told us, and what it means for her dates."""

    period: Period
    visit: Visit | None
    """Her open visit, if she has one."""
    outlook: journey.Outlook | None
    """The window and plan of the current cycle; None without an open visit or a period."""
    freed: tuple[UUID, ...] = ()
    """Slots that came free because a new cycle began."""
    not_planned: str = ""
    """Why no window can be worked out, such as a year whose holidays are not announced yet."""


def report_period(
    house: House,
    patient_id: UUID,
    start: date,
    *,
    kind: str = "natural",
    by: Actor,
    now: datetime,
) -> Told:
    """Return the period that began on ``start``, with the window and plan it opens.

    A new period begins the cycle anew: the test of the old one counts no more, a date is given up,
    and the visit is back at its questions. A hold stays until what holds her clears. An older
    period than the newest is only remembered. Telling the same day twice changes nothing.
    Bleeding in a pregnancy we know of begins no cycle: it is kept as bleeding, a task asks
    somebody to see her today, and ``BleedingInPregnancy`` is raised once both are kept.
    """
    access.check(by, Action.REPORT_PERIOD)
    patient = seen_by(by, "report a period", now=now).patients.get(pk=patient_id)
    today = house.day_at(patient.site, now)
    if not today - OLDEST <= start <= today:
        raise DayImpossible(
            f"A period of patient/{patient.pk} cannot begin on {start}. It begins between "
            f"{today - OLDEST} and today, {today}; check the day."
        )
    if kind not in PERIOD_KINDS:
        raise CycleRefused(
            f"A period of patient/{patient.pk} cannot be {kind!r}. It is one of "
            f"{', '.join(PERIOD_KINDS)}; choose one."
        )
    known = pregnancy_known(house, patient, now=now)
    if known is not None and not is_before(known, start):
        task = _keep_bleeding(house, patient, known, start, by=by, now=now)
        raise _seen_today(house, task, start)
    with transaction.atomic():
        visit = _open_visit(patient)
        same = Period.objects.filter(patient=patient, start=start).first()
        if same is not None:
            found, why = (None, "") if known else _plan(house, visit, by=by, now=now)
            return Told(same, visit, found, not_planned=why)
        _check_room(patient, start)
        # The period before a pregnancy is remembered; it opens no window.
        is_newest = (
            known is None and not Period.objects.filter(patient=patient, start__gt=start).exists()
        )
        period = Period.objects.create(patient=patient, start=start, kind=kind, told_at=now)
        freed: tuple[UUID, ...] = ()
        found, why = None, ""
        if visit is not None and is_newest:
            freed = _begin_anew(visit, by=by, now=now)
            found, why = _plan(house, visit, by=by, now=now)
        _remember(
            "period-began" if is_newest else "older-period-told",
            period,
            visit,
            ["start", "kind"],
            freed=freed,
            by=by,
            now=now,
        )
    return Told(period, visit, found, freed, why)


def report_bleeding_end(
    house: House,
    patient_id: UUID,
    day: date,
    *,
    normal: bool | None = None,
    by: Actor,
    now: datetime,
) -> Told:
    """Return her newest period with its last day of bleeding, and the window that follows.

    Bleeding that went on after all is told again with the later day. A date she has is not
    touched here; the event names it, to be judged again by ``booking.still_fits``. Raises
    ``DayImpossible`` for a day before the period began or in the future, and ``NoPeriodYet``.
    """
    access.check(by, Action.REPORT_PERIOD)
    patient = seen_by(by, "report the end of bleeding", now=now).patients.get(pk=patient_id)
    today = house.day_at(patient.site, now)
    with transaction.atomic():
        visit = _open_visit(patient)
        period = Period.objects.filter(patient=patient, start__lte=today).order_by("-start").first()
        if period is None:
            raise NoPeriodYet(
                f"patient/{patient.pk} has no period that bleeding could end. A period begins "
                "before it ends; report its first day first."
            )
        if not period.start <= day <= today:
            raise DayImpossible(
                f"Bleeding of period/{period.pk}, which began on {period.start}, cannot have ended "
                f"on {day}. It ends between {period.start} and today, {today}; check both days."
            )
        period.bleeding_ended = day
        period.normal = normal if normal is not None else period.normal
        period.save(update_fields=["bleeding_ended", "normal"])
        found, why = _plan(house, visit, by=by, now=now)
        to_come = _date_to_come(visit) if visit else None
        _remember(
            "window-changed",
            period,
            visit,
            ["bleeding_ended", "normal"],
            to_judge_again=to_come.pk if to_come else None,
            by=by,
            now=now,
        )
    return Told(period, visit, found, not_planned=why)


def record_intervention_elsewhere(
    house: House,
    patient_id: UUID,
    *,
    kind: str,
    on: date,
    where: str,
    by: Actor,
    now: datetime,
) -> Intervention:
    """Return what was done inside the womb at another place; her own date this cycle is given up.

    One of any kind to a cycle: raises ``OnePerCycle``. Raises ``NoPeriodYet`` when no period she
    told us of holds that day.
    """
    access.check(by, Action.RECORD_ANSWERS)
    patient = seen_by(by, "intervention elsewhere", now=now).patients.get(pk=patient_id)
    today = house.day_at(patient.site, now)
    if kind not in INTERVENTIONS or on > today or unfit(Intervention, where=where):
        raise DayImpossible(
            f"A {kind!r} of patient/{patient.pk} on {on} was not recorded. It is one of "
            f"{', '.join(INTERVENTIONS)}, done by today, {today}, in a place named in at most 120 "
            "characters; correct it."
        )
    with transaction.atomic():
        visit = _open_visit(patient)
        period = Period.objects.filter(patient=patient, start__lte=on).order_by("-start").first()
        if period is None:
            raise NoPeriodYet(
                f"patient/{patient.pk} told us of no period that holds {on}. What is done inside "
                "the womb counts for a cycle; report the period before it first."
            )
        try:
            with transaction.atomic():
                row: Intervention = Intervention.objects.create(
                    patient=patient, period=period, kind=kind, on=on, where=where
                )
        except IntegrityError as error:
            first = Intervention.objects.filter(period=period).first()
            raise OnePerCycle(
                f"period/{period.pk} of {period.start} has an intervention already "
                f"({first.kind if first else kind}). One examination inside the womb is made to a "
                "cycle; wait for the next period."
            ) from error
        freed: tuple[UUID, ...] = ()
        if visit is not None and _date_in_cycle(visit, period):
            freed = seats.free_seats(visit, "one-per-cycle", kinds=("exam",), now=now)
            seats.remember_turned_down(
                house, visit, "one-per-cycle", hers_to_answer=False, today=today, now=now
            )
            journey.advance(visit, VisitState.REGISTERED, now=now)
        _remember(
            "intervention-told",
            period,
            visit,
            ["kind", "on", "where"],
            freed=freed,
            by=by,
            now=now,
        )
    return row


def _keep_bleeding(
    house: House, patient: Patient, known: Expecting, start: date, *, by: Actor, now: datetime
) -> Task:
    """Return the task to see her today, with her word of the bleeding kept beside it."""
    with transaction.atomic():
        visit = lock(known.visit)
        told = Answer.objects.filter(visit=visit, fact="bleeding_today", day=start, value=True)
        if not told.exists():
            Answer.objects.create(
                visit=visit,
                fact="bleeding_today",
                value=True,
                told_by=by.name,
                told_at=now,
                day=start,
            )
        task = task_for_bleeding(house, patient, known, by=by, now=now)
        remember(
            kind="bleeding-in-pregnancy-told",
            subject=subject_of(visit),
            by=by,
            now=now,
            site=visit.site,
            patient=patient.pk,
            fields=["answer", "decision", "task"],
            payload={"task": task.pk, "urgency": task.urgency},
        )
    return task


def _seen_today(house: House, task: Task, start: date) -> BleedingInPregnancy:
    site = house.site(task.site)
    return BleedingInPregnancy(
        f"The bleeding of {start} is kept, but not as a period: patient/{task.patient_id} told us "
        f"of a pregnancy. Bleeding now is looked at today, by task/{task.pk}: call {site.duty.role}"
        f", {site.duty.phone}, now, and ask for pain, dizziness, fainting and pain at the shoulder."
        f" With any of them call {site.emergency_number}. If the pregnancy is over, record how it "
        "ended or a negative test, then tell the period again."
    )


def _open_visit(patient: Patient) -> Visit | None:
    found = Visit.objects.filter(patient=patient).exclude(state__in=FINAL).first()
    return None if found is None else lock(found)


def _plan(
    house: House, visit: Visit | None, *, by: Actor, now: datetime
) -> tuple[journey.Outlook | None, str]:
    """Return the outlook of a visit on its way to an examination, and why there is none.

    What she told is kept even when the calendar cannot say which days are open.
    """
    if visit is None or not journey.states(visit, *journey.BEFORE_THE_EXAM):
        return None, ""
    try:
        return journey.plan_anew(house, visit, by=by, now=now), ""
    except YearMissing as missing:
        return None, str(missing)


def _check_room(patient: Patient, start: date) -> None:
    rows = Period.objects.filter(patient=patient)
    before = rows.filter(start__lt=start).order_by("-start").first()
    after = rows.filter(start__gt=start).order_by("start").first()
    for row in (before, after):
        if row is not None and abs(start - row.start) < FEWEST_DAYS_BETWEEN_STARTS:
            raise PeriodsOverlap(
                f"A period on {start} is {abs((start - row.start).days)} days from period/{row.pk} "
                f"of {row.start}. Periods begin at least {FEWEST_DAYS_BETWEEN_STARTS.days} days "
                "apart; bleeding in between is told as bleeding, or the earlier day is wrong."
            )
    if before is not None and before.bleeding_ended and before.bleeding_ended >= start:
        raise PeriodsOverlap(
            f"A period on {start} begins before period/{before.pk} stopped bleeding on "
            f"{before.bleeding_ended}. One ends before the next begins; check both days."
        )


def _begin_anew(visit: Visit, *, by: Actor, now: datetime) -> tuple[UUID, ...]:
    if not journey.states(visit, *journey.BEFORE_THE_EXAM):
        return ()
    freed = seats.free_seats(visit, "new-period", now=now)
    if not journey.states(visit, VisitState.ON_HOLD):
        # A hold outlives the cycle: it ends by what clears her, never by a period she tells of.
        journey.advance(visit, VisitState.REGISTERED, now=now)
    for fact in OF_ONE_CYCLE:
        if Answer.objects.filter(visit=visit, fact=fact).exists():
            Answer.objects.create(visit=visit, fact=fact, told_by=by.name, told_at=now)
    return freed


def _date_to_come(visit: Visit) -> Booking | None:
    return Booking.objects.filter(visit=visit, kind="exam", state__in=STILL_TO_COME).first()


def _date_in_cycle(visit: Visit, period: Period) -> bool:
    later = Period.objects.filter(patient_id=visit.patient_id, start__gt=period.start).exists()
    return not later and _date_to_come(visit) is not None


def _remember(
    kind: str,
    period: Period,
    visit: Visit | None,
    fields: list[str],
    *,
    freed: tuple[UUID, ...] = (),
    to_judge_again: UUID | None = None,
    by: Actor,
    now: datetime,
) -> None:
    remember(
        kind=kind,
        subject=subject_of(visit or period),
        by=by,
        now=now,
        site=period.site,
        patient=period.patient_id,
        fields=fields,
        payload={"period": period.pk, "freed": freed, "booking": to_judge_again},
    )
