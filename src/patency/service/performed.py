"""What a machine says it performed (DICOM MPPS): begun, gone on with, over, and read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.matching import Told
from patency.core.worklist import FINAL
from patency.records.durable import durably
from patency.records.ledger import remember, remember_change, subject_of
from patency.records.models.base import unfit
from patency.records.models.machines import PerformedStep
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.dosed import DOSE_WRITTEN, put_into_record
from patency.service.matched import Side as Side
from patency.service.matched import sides, why_not_filed

WHY = "procedure step of a machine"
MOST_GY_CM2 = 100_000  # what the column holds; a machine that says more is kept, and not believed


class StepRefused(Exception):
    """Something a machine may not say of a step."""


class StepThere(StepRefused):
    """A step of this UID was begun already."""


class NoSuchStep(StepRefused):
    """No step of this UID was begun."""


class StepOver(StepRefused):
    """The step is completed or discontinued, and is not changed any more."""


class StepIsHers(StepRefused):
    """The step is with a visit already; the message says who filed it."""


class StepReasonMissing(StepRefused):
    """Something disagrees, and nobody said why the step belongs there all the same."""


@dataclass(frozen=True, slots=True)
class SaidOfStep:
    """What one message of a machine says of a step; None where it says nothing."""

    says: Mapping[str, Any]
    state: str | None = None
    told: Told | None = None
    dap_gy_cm2: Decimal | None = None
    fluoro_seconds: int | None = None
    exposures: int | None = None


def begin(uid: str, said: SaidOfStep, *, by: Actor, now: datetime) -> PerformedStep:
    """Return a step that has begun, with her visit where everything agrees. Raises ``StepThere``.

    One that agrees with no visit is kept all the same, with what disagrees.
    """
    access.check(by, Action.HEAR_MACHINES)
    seen, told = seen_by(by, WHY, now=now), said.told or Told()
    with durably():
        if seen.performed_steps.filter(uid=uid).exists():
            raise StepThere(f"The step {uid} was begun already. Change it, or begin another.")
        found = sides(seen, told)
        agreed = next((side.visit for side in found if not side.disagrees), None)
        row: PerformedStep = PerformedStep.objects.create(
            site=by.site,
            uid=uid,
            station=by.name.rpartition("/")[2],
            begun_at=now,
            told_number=told.number,
            told_name=told.name,
            told_birth_date=told.birth_date,
            told_accession=told.accession,
            study_uid=told.study_uid,
            disagrees=[] if agreed is not None else why_not_filed(told, found),
            visit=agreed,
            patient=None if agreed is None else agreed.patient,
            says=dict(said.says),
        )
        _remember(row, "step-begun", by=by, now=now)
    return row


def change(uid: str, said: SaidOfStep, *, by: Actor, now: datetime) -> PerformedStep:
    """Return a step with what the machine says now; the same said twice changes nothing more.

    When it is over, its dose goes into the record of the examination, or waits for it. Raises
    ``NoSuchStep`` or ``StepOver``.
    """
    access.check(by, Action.HEAR_MACHINES)
    with durably():
        rows = PerformedStep.objects.select_for_update(of=("self",))
        row: PerformedStep | None = rows.filter(site=by.site, uid=uid).first()
        if row is None:
            raise NoSuchStep(f"There is no step {uid} at {by.site}. Begin it first.")
        if row.state in FINAL:
            raise StepOver(f"The step {uid} is {row.state} and is not changed any more.")
        row.says = {**row.says, **said.says}
        for name in ("fluoro_seconds", "exposures"):
            if getattr(said, name) is not None:
                setattr(row, name, getattr(said, name))
        if said.dap_gy_cm2 is not None and 0 <= said.dap_gy_cm2 < MOST_GY_CM2:
            row.dap_gy_cm2 = said.dap_gy_cm2
        is_over = said.state in FINAL
        if is_over:
            row.state, row.ended_at = str(said.state), now
        row.save()
        _remember(row, f"step-{row.state.lower().replace(' ', '-')}", by=by, now=now)
        written = put_into_record(row.visit) if is_over and row.visit is not None else None
        if written is not None:
            remember_change(written[0], DOSE_WRITTEN, by=by, now=now, fields=written[1])
    return row


def read(uid: str, *, by: Actor, now: datetime) -> PerformedStep:
    """Return a step as it stands. Raises ``NoSuchStep``."""
    access.check(by, Action.HEAR_MACHINES)
    row: PerformedStep | None = seen_by(by, WHY, now=now).performed_steps.filter(uid=uid).first()
    if row is None:
        raise NoSuchStep(f"There is no step {uid} at {by.site}.")
    return row


def beside(step_id: UUID, *, by: Actor, now: datetime) -> tuple[Side, ...]:
    """Return the visits a step may be of, the nearest first, each with what disagrees."""
    access.check(by, Action.FILE_IMAGES)
    seen = seen_by(by, WHY, now=now)
    return tuple(sides(seen, seen.performed_steps.get(pk=step_id).told()))


def file_by_hand(
    step_id: UUID, visit_id: UUID, why: str = "", *, by: Actor, now: datetime
) -> PerformedStep:
    """Return a step that a person files with a visit; its dose goes into her record if it is over.

    What disagreed stays written down beside the reason. Raises ``StepReasonMissing`` or
    ``StepIsHers``.
    """
    access.check(by, Action.FILE_IMAGES)
    seen_by(by, "file a procedure step", now=now).performed_steps.get(pk=step_id)
    visit = journey.visit_seen(visit_id, "file a procedure step", by=by, now=now)
    with transaction.atomic():
        row: PerformedStep = PerformedStep.objects.select_for_update(of=("self",)).get(pk=step_id)
        if row.visit_id is not None:
            raise StepIsHers(
                f"step/{row.pk} is with visit/{row.visit_id} already, by "
                f"{row.filed_by or row.station}. Look at it there."
            )
        disagrees = row.differs_from(visit)
        if disagrees and not why.strip():
            raise StepReasonMissing(
                f"step/{row.pk} was not filed with visit/{visit.pk}: {', '.join(disagrees)} "
                "disagree. Look at both sides, and write why it belongs there all the same."
            )
        if unfit(PerformedStep, why=why):
            raise StepReasonMissing(f"step/{row.pk}: the reason holds a character that is no text.")
        row.visit, row.patient, row.disagrees = visit, visit.patient, list(disagrees)
        row.filed_at, row.filed_by, row.why = now, by.name, why.strip()
        row.save()
        _remember(row, "step-filed-by-hand", by=by, now=now)
        written = put_into_record(visit) if row.state in FINAL else None
        if written is not None:
            remember_change(written[0], DOSE_WRITTEN, by=by, now=now, fields=written[1])
    return row


def _remember(row: PerformedStep, kind: str, *, by: Actor, now: datetime) -> None:
    remember(
        kind=kind,
        subject=subject_of(row),
        by=by,
        now=now,
        site=row.site,
        patient=row.patient_id,
        fields=["performed_step"],
        payload={"visit": row.visit_id},
    )
