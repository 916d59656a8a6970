"""A woman nobody can reach after her examination: written down as lost, and found again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.protocol.model import Urgency
from patency.records.ledger import remember_change
from patency.records.models.followup import FollowUp, PregnancyEpisode, Task
from patency.records.models.visit import lock
from patency.service.following import check_is_staff, follow_up_seen, lock_follow_up, open_task
from patency.service.house import House

LOOK_FOR_HER = "look-for-her"
CALLS = 3
"""How many tries to reach her come first: the calls of days 1, 3 and 7, or others. Our choice."""
LOOK_AGAIN = timedelta(days=7)


class LostRefused(Exception):
    """A follow-up that cannot be written down as lost, or found again."""


class NotTriedEnough(LostRefused):
    """She was not looked for as often as the clinic promises."""


class PregnancyOpen(LostRefused):
    """A pregnancy is followed: that one is escalated first."""


def mark_lost(
    house: House, follow_up_id: UUID, tried: str, *, calls: int, by: Actor, now: datetime
) -> FollowUp:
    """Return the follow-up, lost from sight, with a task to look for her once more.

    ``tried`` says how she was looked for, ``calls`` how often. Her call tasks end with it; what is
    urgent stays open. Raises ``NotTriedEnough`` or ``PregnancyOpen``.
    """
    access.check(by, Action.DISCHARGE)
    check_is_staff(by)
    follow_up = follow_up_seen(follow_up_id, "lost to follow-up", by=by, now=now)
    if calls < CALLS or not tried.strip() or "\0" in tried:
        raise NotTriedEnough(
            f"Follow-up {follow_up.pk} was not closed as lost: say how she was looked for, and try "
            f"at least {CALLS} times, on different days. So far: {calls}."
        )
    with transaction.atomic():
        follow_up = lock_follow_up(follow_up)
        if follow_up.state != "open":
            raise LostRefused(
                f"Follow-up {follow_up.pk} is {follow_up.state}; only one that is open is lost."
            )
        if PregnancyEpisode.objects.filter(follow_up=follow_up, closed_at__isnull=True).exists():
            raise PregnancyOpen(
                f"Follow-up {follow_up.pk} has a pregnancy that is followed. Close that as lost "
                "first: it is escalated to the duty contact the same day."
            )
        ended = list(
            Task.objects.select_for_update(of=("self",)).filter(
                follow_up=follow_up, kind__startswith="call-day-", done_at__isnull=True
            )
        )
        for task in ended:
            task.done_at, task.done_note = now, "lost"
            if task.acknowledged_at is None:
                task.acknowledged_at, task.acknowledged_by = now, by.name
            task.save(update_fields=["done_at", "done_note", "acknowledged_at", "acknowledged_by"])
        visit = lock(follow_up.visit)
        look = open_task(
            house,
            visit,
            LOOK_FOR_HER,
            Urgency.CALL,
            why=["no-word-after-calls"],
            follow_up=follow_up,
            due=now + LOOK_AGAIN,
            now=now,
        )
        follow_up.state, follow_up.closed_at = "lost", now
        follow_up.save(update_fields=["state", "closed_at"])
        remember_change(
            follow_up,
            "follow-up-lost",
            by=by,
            now=now,
            fields=["follow_up", "task"],
            payload={"tasks": [task.pk for task in ended], "look": look.pk, "calls": calls},
        )
    return follow_up


def found_again(follow_up_id: UUID, *, by: Actor, now: datetime) -> FollowUp:
    """Return the follow-up of a woman who was lost and is there again, open as before."""
    access.check(by, Action.DISCHARGE)
    check_is_staff(by)
    follow_up = follow_up_seen(follow_up_id, "found again", by=by, now=now)
    with transaction.atomic():
        follow_up = lock_follow_up(follow_up)
        if follow_up.state == "open":
            return follow_up
        if follow_up.state != "lost":
            raise LostRefused(
                f"Follow-up {follow_up.pk} is {follow_up.state}; only one that is lost is opened "
                "again. Open a new visit for her instead."
            )
        follow_up.state, follow_up.closed_at = "open", None
        follow_up.save(update_fields=["state", "closed_at"])
        for task in Task.objects.filter(
            follow_up=follow_up, kind=LOOK_FOR_HER, done_at__isnull=True
        ):
            task.done_at, task.done_note = now, "found"
            if task.acknowledged_at is None:
                task.acknowledged_at, task.acknowledged_by = now, by.name
            task.save(update_fields=["done_at", "done_note", "acknowledged_at", "acknowledged_by"])
        remember_change(
            follow_up,
            "follow-up-found-again",
            by=by,
            now=now,
            fields=["follow_up", "task"],
        )
    return follow_up
