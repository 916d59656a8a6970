"""What stands in the report editor while it is written: saved by itself, never lost, never true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.findings.model import Findings
from patency.core.report.model import Composed
from patency.core.visit import VisitState
from patency.records.ledger import remember_change
from patency.records.models.report import FindingsDraft
from patency.records.models.visit import lock
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.examined import composed_with, exam_of
from patency.service.house import House

S = VisitState
LONGEST = 20_000
"""Characters of everything that is typed; a radiologist's notes are a few hundred."""


class DraftingRefused(Exception):
    """Something that cannot be saved as a draft."""


class NothingToReport(DraftingRefused):
    """There is no examination, or its visit is over."""


class TooLong(DraftingRefused):
    """More was typed than a report holds."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The draft as it is saved now."""

    draft: FindingsDraft
    is_new: bool
    """False when nothing had changed since the newest one."""
    other: FindingsDraft | None = None
    """What somebody else saved meanwhile; this one is kept beside it."""


def save_draft(
    house: House,
    visit_id: UUID,
    typed: Mapping[str, object],
    *,
    began_from: int,
    by: Actor,
    now: datetime,
) -> Saved:
    """Return the draft, saved. ``began_from`` is the number of the draft the page began with.

    Two people, or two tabs: whoever saves second keeps both texts and is told who saved when.
    """
    access.check(by, Action.REPORT)
    visit = journey.visit_seen(visit_id, "write a report", by=by, now=now)
    kept = dict(typed)
    if sum(len(str(value)) for value in _leaves(kept)) > LONGEST:
        raise TooLong(
            f"The draft for visit/{visit.pk} was not saved: it has more than {LONGEST} "
            "characters. Shorten the notes; what is typed is still on the page."
        )
    with transaction.atomic():
        visit = lock(visit)
        if exam_of(visit) is None or journey.states(visit, S.CLOSED, S.CANCELLED):
            raise NothingToReport(
                f"visit/{visit.pk} is {visit.state}; a report is written after an examination and "
                "until the visit is closed."
            )
        rows = FindingsDraft.objects.filter(visit=visit)
        newest = rows.filter(beside=False).order_by("-number").first()
        last = rows.order_by("-number").first()
        if newest is not None and newest.typed == kept:
            return Saved(newest, is_new=False)
        is_beside = newest is not None and newest.number != began_from
        if is_beside and last is not None and last.beside and last.typed == kept:
            return Saved(last, is_new=False, other=newest)
        draft: FindingsDraft = FindingsDraft.objects.create(
            visit=visit,
            number=1 if last is None else last.number + 1,
            typed=kept,
            beside=is_beside,
            made_by=by.name,
            made_at=now,
        )
        remember_change(
            visit,
            "findings-draft-kept-beside" if is_beside else "findings-draft-saved",
            by=by,
            now=now,
            fields=["findings_draft"],
            payload={"draft": draft.pk, "number": draft.number},
        )
    return Saved(draft, is_new=True, other=newest if is_beside else None)


def preview(
    house: House,
    visit_id: UUID,
    findings: Findings,
    *,
    language: str,
    by: Actor,
    now: datetime,
) -> Composed | None:
    """Return the report these findings would make, in the language of the page and in hers.

    Nothing is kept. None where there is no examination.
    """
    access.check(by, Action.REPORT)
    visit = seen_by(by, "write a report", now=now).visits.select_related("patient").get(pk=visit_id)
    return composed_with(house, visit, findings, language=language)


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [value]
