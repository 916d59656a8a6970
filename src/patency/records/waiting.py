"""What waits to be handed on, so that a dead worker is seen."""

from datetime import datetime

from django.db.models import Min

from patency.records.models.ledger import Event


def oldest_waiting_event() -> datetime | None:
    """Return when the longest waiting event happened, or None when none waits. No woman's data."""
    waiting = Event.objects.filter(handled_at__isnull=True)
    at: datetime | None = waiting.aggregate(oldest=Min("at"))["oldest"]
    return at
