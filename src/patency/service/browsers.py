"""In which browsers somebody is signed in: begun, seen, listed, and ended from another one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from patency.core.access import Actor
from patency.records.browsers import end_rows
from patency.records.ledger import remember
from patency.records.models.entrance import SignedIn


def begin(
    user_id: Any,
    session_key: str,
    *,
    device: str,
    own_phone: bool,
    at_most: int,
    by: Actor,
    now: datetime,
) -> int:
    """Return how many older browsers were signed out, so that at most ``at_most`` are left."""
    with transaction.atomic():
        SignedIn.objects.filter(session_key=session_key).delete()
        SignedIn.objects.create(
            user_id=user_id,
            session_key=session_key,
            device=device,
            own_phone=own_phone,
            began_at=now,
            seen_at=now,
        )
        remember(
            kind="signed-in",
            subject=f"user/{user_id}",
            by=by,
            now=now,
            site=by.site,
            patient=by.patient_id,
            fields=["signed_in"],
        )
        rows = SignedIn.objects.filter(user_id=user_id).order_by("-seen_at", "-began_at")
        return end_rows(list(rows[at_most:]))


def note_seen(session_key: str, *, by: Actor, now: datetime) -> None:
    """Write down that a browser asked for a page just now."""
    SignedIn.objects.filter(session_key=session_key).update(seen_at=now)


def mine(user_id: Any, *, by: Actor, now: datetime) -> Sequence[SignedIn]:
    """Return the browsers a person is signed in with, the one used last first."""
    return list(SignedIn.objects.filter(user_id=user_id).order_by("-seen_at", "-began_at"))


def end_others(
    user_id: Any, keep: str, *, only: UUID | None = None, by: Actor, now: datetime
) -> int:
    """Return how many of a person's other browsers were signed out: one of them, or all."""
    rows = SignedIn.objects.filter(user_id=user_id).exclude(session_key=keep)
    if only is not None:
        rows = rows.filter(pk=only)
    with transaction.atomic():
        return end_rows(list(rows))


def end_this(session_key: str, *, by: Actor, now: datetime) -> None:
    """Forget a browser that is signed out."""
    with transaction.atomic():
        end_rows(list(SignedIn.objects.filter(session_key=session_key)))
