"""Why a dose was above the reference, said after the record was kept: a machine may be late."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.records.ledger import remember_change
from patency.records.models.exam import ExamRecord
from patency.service import journey
from patency.service.dosed import DOSE_REASON, dose_reason_of

LONGEST_REASON = 1000


class DosingRefused(Exception):
    """A reason that cannot be kept."""


class NoReasonSaid(DosingRefused):
    """There are no words, or too many."""


class ReasonThere(DosingRefused):
    """A reason was given already; it is not written over."""


def say_why(visit_id: UUID, why: str, *, by: Actor, now: datetime) -> ExamRecord:
    """Return the record of an examination with why its dose is above the reference.

    Raises ``NoReasonSaid`` or ``ReasonThere``.
    """
    access.check(by, Action.RECORD_EXAM)
    visit = journey.visit_seen(visit_id, "why the dose is above", by=by, now=now)
    if not 0 < len(why.strip()) <= LONGEST_REASON or "\0" in why:
        raise NoReasonSaid(
            f"The reason for the dose of visit/{visit.pk} was not kept: it must have 1 to "
            f"{LONGEST_REASON} characters. Write in a few words why it was above the reference."
        )
    with transaction.atomic():
        record: ExamRecord = ExamRecord.objects.select_for_update(of=("self",)).get(visit=visit)
        if dose_reason_of(record):
            raise ReasonThere(
                f"A reason stands in the record of visit/{visit.pk} already. Read it there."
            )
        record.events = [*record.events, {"kind": DOSE_REASON, "why": why.strip()}]
        record.save(update_fields=["events"])
        remember_change(record, "dose-explained", by=by, now=now, fields=["events"])
    return record
