"""At the examination table: each step is written down as it is done, and can be taken back.

The record of the examination (``examination.record``) begins with what the steps come to.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.exam import Step, wrong_step
from patency.core.visit import VisitState
from patency.records.ledger import remember_change
from patency.records.models.exam import ExamStep
from patency.records.models.visit import Visit, lock
from patency.service import journey


class StepRefused(Exception):
    """A step that cannot be written down, or taken back, as things stand."""


class NotOnTheTable(StepRefused):
    """She has not arrived, or her examination is recorded already."""


def write_step(
    visit_id: UUID, kind: str, value: float | None = None, *, by: Actor, now: datetime
) -> ExamStep:
    """Return the step, written down at this moment. Raises ``StepRefused``, ``NotOnTheTable``."""
    access.check(by, Action.RECORD_EXAM)
    visit = journey.visit_seen(visit_id, "a step of the examination", by=by, now=now)
    with transaction.atomic():
        visit = _on_the_table(visit)
        why_not = wrong_step(kind, value, _steps_of(visit))
        if why_not:
            raise StepRefused(
                f"visit/{visit.pk}: this step was not written down. {why_not}. Nothing was changed."
            )
        step: ExamStep = ExamStep.objects.create(
            visit=visit, kind=kind, value=value, at=now, by=by.name
        )
        remember_change(step, "exam-step", by=by, now=now, fields=[kind])
    return step


def take_back(visit_id: UUID, *, by: Actor, now: datetime) -> ExamStep:
    """Return the newest step, which does not count any more; it stays in the record of steps."""
    access.check(by, Action.RECORD_EXAM)
    visit = journey.visit_seen(visit_id, "a step of the examination", by=by, now=now)
    with transaction.atomic():
        visit = _on_the_table(visit)
        step: ExamStep | None = _rows(visit).order_by("-pk").first()
        if step is None:
            raise StepRefused(
                f"visit/{visit.pk}: no step is written down that could be taken back."
            )
        step.undone_at, step.undone_by = now, by.name
        step.save(update_fields=["undone_at", "undone_by"])
        remember_change(step, "exam-step-taken-back", by=by, now=now, fields=[step.kind])
    return step


def _steps_of(visit: Visit) -> list[Step]:
    """Return the steps that count."""
    return [Step(row.kind, row.at, row.value) for row in _rows(visit).order_by("pk")]


def _rows(visit: Visit) -> "QuerySet[ExamStep]":
    return ExamStep.objects.filter(visit=visit, undone_at__isnull=True)


def _on_the_table(visit: Visit) -> Visit:
    visit = lock(visit)
    if not journey.states(visit, VisitState.ARRIVED):
        raise NotOnTheTable(
            f"visit/{visit.pk} is {visit.state}. Steps are written down for a woman who has "
            "arrived and whose examination is not recorded yet; check her in first."
        )
    return visit
