"""What is not paid yet: whose place runs out first, then who has a date, then who is cleared."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Subquery

from patency.core.visit import VisitState
from patency.records.seen_by import Seen

# She can pay once she is cleared; a date she has not paid for comes first.
OWES = (VisitState.BOOKED, VisitState.ARRIVED, VisitState.CLEARED)


def owing(seen: Seen, now: datetime) -> Any:
    """Return the visits that go on and are not paid.

    ``kept_until`` of each is the moment to which a place is kept that she cannot have unpaid.
    """
    paid = seen.payments.filter(quote__visit=OuterRef("pk"), refund__isnull=True)
    kept = seen.offers.filter(visit=OuterRef("pk"), state="open", expires_at__gt=now)
    until = Subquery(kept.order_by("expires_at").values("expires_at")[:1])
    return (
        seen.visits.filter(state__in=OWES)
        .exclude(Exists(paid))
        .annotate(kept_until=until)
        .select_related("patient")
        .order_by(F("kept_until").asc(nulls_last=True), "state", "opened_at")
    )


def running_out(seen: Seen, now: datetime) -> tuple[int, datetime | None]:
    """Return for how many women a place is kept until they pay, and when the first runs out."""
    found = owing(seen, now).aggregate(women=Count("kept_until"), first=Min("kept_until"))
    return found["women"], found["first"]
