"""Days without a word from a woman after her examination: whom a nurse calls."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.core.aftercare import silent_days
from patency.core.protocol.model import Urgency
from patency.records.ledger import remember_change
from patency.records.models.followup import DiaryEntry, FollowUp, Task
from patency.records.models.visit import lock
from patency.records.seen_by import check_own_site
from patency.service.following import lock_follow_up, new_follow_up, not_followed, open_task
from patency.service.house import House


def check_silence(house: House, site: str, *, by: Actor, now: datetime) -> tuple[Task, ...]:
    """Return the call tasks opened now for women who gave no word on day 1, 3 or 7.

    A job runs this every hour, on holidays too; each silent day opens one task, once. Where nobody
    opened a follow-up on the day of the examination, it is opened now: she is asked all the same.
    """
    if Role.SYSTEM not in by.roles:
        access.check(by, Action.ACKNOWLEDGE)
    check_own_site(by, site)
    local = now.astimezone(ZoneInfo(house.site(site).time_zone))
    for exam in not_followed(house, site, now=now):
        with transaction.atomic():
            visit = lock(exam.visit)
            if not FollowUp.objects.filter(visit=visit).exists():
                follow_up = new_follow_up(house, visit, exam, now=now)
                remember_change(
                    follow_up,
                    "follow-up-opened",
                    by=by,
                    now=now,
                    fields=["follow_up"],
                    payload={"visit": visit.pk},
                )
    opened: list[Task] = []
    for found in FollowUp.objects.filter(site=site, state="open").order_by("exam_day", "pk"):
        with transaction.atomic():
            follow_up = lock_follow_up(found)
            told = DiaryEntry.objects.filter(follow_up=follow_up).values_list("day", flat=True)
            for day in silent_days(follow_up.exam_day, local, told):
                kind = f"call-day-{day}"
                if Task.objects.filter(follow_up=follow_up, kind=kind).exists():
                    continue
                task = open_task(
                    house,
                    follow_up.visit,
                    kind,
                    Urgency.CALL,
                    why=[f"no-word-on-day-{day}"],
                    follow_up=follow_up,
                    now=now,
                )
                opened.append(task)
                remember_change(
                    follow_up,
                    "silence-noticed",
                    by=by,
                    now=now,
                    fields=["task"],
                    payload={"task": task.pk, "day": day},
                )
    return tuple(opened)
