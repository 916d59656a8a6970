"""A clinician's recorded approval of a later day of this cycle (ADR 6: days 11 and 12)."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.records.ledger import remember_change
from patency.records.models.visit import Override, lock
from patency.records.seen_by import check_own_site
from patency.service import journey
from patency.service.house import House
from patency.service.judging import judge, standing

MAY_BE_APPROVED = (VisitState.REGISTERED, VisitState.CLEARED, VisitState.BOOKED)


class ApprovalRefused(Exception):
    """A day that nobody can approve, or not like this."""


class NothingToApprove(ApprovalRefused):
    """The day is open already, is not of this cycle, or is closed by more than may be approved."""


def approve_day(
    house: House, visit_id: UUID, day: date, reason: str, *, by: Actor, now: datetime
) -> list[Override]:
    """Return the overrides by which a day of this cycle is open to her, with their reason.

    The decision about that day is made and kept, and each rule that closes it is overridden: all
    of them must be open to a clinician. They count for this cycle and for no other; she is judged
    again when she takes a date, and on arrival. Her plan is made anew. Raises ``NothingToApprove``.
    """
    access.check(by, Action.OVERRIDE)
    visit = journey.visit_seen(visit_id, "approve a day", by=by, now=now)
    check_own_site(by, visit.site)
    if not reason.strip():
        raise ApprovalRefused(
            f"visit/{visit.pk}: {day} was not approved, because no reason was given. Write why "
            "this woman may be examined on that day."
        )
    with transaction.atomic():
        visit = lock(visit)
        found = journey.outlook(house, visit, now=now)
        days = {each.day for each in found.window.usable_with_approval()} if found else set()
        if not journey.states(visit, *MAY_BE_APPROVED) or day not in days:
            raise NothingToApprove(
                f"visit/{visit.pk} is {visit.state}, and {day} is no day of this cycle that a "
                "clinician's approval would open: there are "
                f"{', '.join(map(str, sorted(days))) or 'none'}. Choose one of them."
            )
        decision, row = judge(
            house, visit, Stage.TENTATIVE, extra_facts={"exam_date": day}, by=by, now=now
        )
        made = []
        for each in standing(house, visit, decision):
            access.check_may_override(by, each.rule.id, each.rule.override)
            made.append(
                Override.objects.create(
                    decision=row,
                    rule_id=each.rule.id,
                    reason=reason.strip(),
                    by_name=by.name,
                    by_role=", ".join(sorted(by.roles)),
                    at=now,
                )
            )
        journey.plan_anew(house, visit, by=by, now=now)
        remember_change(
            visit,
            "day-approved",
            by=by,
            now=now,
            fields=["override", *(each.rule_id for each in made)],
            payload={"day": day, "decision": row.pk},
        )
    return made
