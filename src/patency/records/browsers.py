"""Being signed in is a row of ours and a session of Django's; both end together."""

from collections.abc import Sequence
from typing import Any

from django.contrib.sessions.models import Session

from patency.records.models.entrance import SignedIn


def end_rows(rows: Sequence[SignedIn]) -> int:
    """Return how many browsers were signed out."""
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    SignedIn.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def end_all_of(user_id: Any) -> int:
    """Return how many browsers of a person were signed out: all of them."""
    return end_rows(list(SignedIn.objects.filter(user_id=user_id)))
