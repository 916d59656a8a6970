"""What she told of her periods and takes back: a slip of the finger is undone within two days."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.calendar.legal import YearMissing
from patency.core.protocol.model import Stage
from patency.core.visit import FINAL, VisitState
from patency.records.facts_on import newest_period
from patency.records.ledger import remember, subject_of
from patency.records.models.booking import STILL_TO_COME, Booking, Intervention
from patency.records.models.visit import Answer, Period, TestResult, Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.house import House
from patency.service.judging import judge, may_proceed

# Our choice: as long as one notices a slip; later the clinic looks at it with her.
MAY_BE_TAKEN_BACK = timedelta(days=2)


class NotTakenBack(Exception):
    """Too late, or something was done already that rests on what she told."""


def take_back_period(house: House, period_id: UUID, *, by: Actor, now: datetime) -> None:
    """Undo the telling of her newest period; the cycle before it counts again.

    Her days are planned anew in that cycle, and a test passed in it counts again. A date that was
    given up for the new period went to others and does not come back. Raises ``NotTakenBack``.
    """
    access.check(by, Action.REPORT_PERIOD)
    asked: Period = seen_by(by, "take a period back", now=now).periods.get(pk=period_id)
    with transaction.atomic():
        visit = _open_visit(asked)
        period = Period.objects.get(pk=asked.pk)
        _check_undone(period, now=now)
        subject = subject_of(visit or period)
        told_at, site, patient = period.told_at, period.site, period.patient_id
        period.delete()
        if visit is not None and journey.states(visit, *journey.BEFORE_THE_EXAM):
            _answers_count_again(visit, told_at, by=by, now=now)
            _count_again(house, visit, by=by, now=now)
        remember(
            kind="period-taken-back",
            subject=subject,
            by=by,
            now=now,
            site=site,
            patient=patient,
            fields=["start"],
            payload={"period": period_id},
        )


def take_back_bleeding_end(house: House, period_id: UUID, *, by: Actor, now: datetime) -> Period:
    """Return her newest period, bleeding still: its last day was told by mistake.

    Raises ``NotTakenBack`` once a test was taken after that day: it rests on it.
    """
    access.check(by, Action.REPORT_PERIOD)
    asked: Period = seen_by(by, "take an end of bleeding back", now=now).periods.get(pk=period_id)
    with transaction.atomic():
        visit = _open_visit(asked)
        period = Period.objects.get(pk=asked.pk)
        if period.bleeding_ended is None:
            return period
        if TestResult.objects.filter(
            visit__patient=period.patient_id, day__gte=period.bleeding_ended
        ).exists():
            raise NotTakenBack(
                f"period/{period.pk} keeps its last day {period.bleeding_ended}: a test was taken "
                "after it. Tell the clinic that bleeding goes on; they look at it with her."
            )
        period.bleeding_ended = period.normal = None
        period.save(update_fields=["bleeding_ended", "normal"])
        if visit is not None and journey.states(visit, *journey.BEFORE_THE_EXAM):
            _plan(house, visit, by=by, now=now)
        to_come = Booking.objects.filter(
            visit__patient=period.patient_id, kind="exam", state__in=STILL_TO_COME
        ).first()
        remember(
            kind="window-changed",
            subject=subject_of(visit or period),
            by=by,
            now=now,
            site=period.site,
            patient=period.patient_id,
            fields=["bleeding_ended", "normal"],
            payload={"period": period.pk, "freed": (), "booking": to_come.pk if to_come else None},
        )
    return period


def _open_visit(period: Period) -> Visit | None:
    rows = Visit.objects.filter(patient=period.patient_id).exclude(state__in=FINAL)
    found = rows.first()
    return None if found is None else lock(found)


def _check_undone(period: Period, *, now: datetime) -> None:
    """Return nothing, or raise: what rests on a period keeps it."""
    her = period.patient_id
    if now - period.told_at > MAY_BE_TAKEN_BACK:
        why = f"it was told more than {MAY_BE_TAKEN_BACK.days} days ago"
    elif Period.objects.filter(patient=her, start__gt=period.start).exists():
        why = "a later period was told"
    elif Intervention.objects.filter(period=period).exists():
        why = "something was done inside the womb in its cycle"
    elif TestResult.objects.filter(visit__patient=her, day__gte=period.start).exists():
        why = "a test was taken in its cycle"
    elif Booking.objects.filter(visit__patient=her, made_at__gt=period.told_at).exists():
        why = "a date was made since"
    else:
        return
    raise NotTakenBack(
        f"period/{period.pk} of {period.start} stays: {why}. Call the clinic; they look at the "
        "days with her and correct them."
    )


def _answers_count_again(visit: Visit, told_at: datetime, *, by: Actor, now: datetime) -> None:
    """Say again what the telling of the period had taken back, as it was said before."""
    for emptied in Answer.objects.filter(visit=visit, value__isnull=True, told_at=told_at):
        rows = Answer.objects.filter(visit=visit, fact=emptied.fact)
        if rows.order_by("-id").first() != emptied:
            continue
        before = rows.filter(id__lt=emptied.pk, value__isnull=False).order_by("-id").first()
        if before is not None:
            Answer.objects.create(
                visit=visit,
                fact=before.fact,
                value=before.value,
                told_by=by.name,
                told_at=now,
                day=before.day,
            )


def _count_again(house: House, visit: Visit, *, by: Actor, now: datetime) -> None:
    today = house.day_at(visit.site, now)
    test = journey.test_of_this_cycle(visit, today)
    has_period = newest_period(visit, today) is not None
    if has_period and test is not None and journey.states(visit, VisitState.REGISTERED):
        facts = journey.facts_from_the_test(visit, today)
        decision, _ = judge(house, visit, Stage.VISIT, extra_facts=facts, by=by, now=now)
        if may_proceed(house, visit, decision):
            journey.advance(visit, VisitState.CLEARED, now=now)
    _plan(house, visit, by=by, now=now)


def _plan(house: House, visit: Visit, *, by: Actor, now: datetime) -> None:
    try:
        journey.plan_anew(house, visit, by=by, now=now)
    except YearMissing:
        return  # the page says which year is missing
