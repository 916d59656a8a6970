"""Whether where a site is and how to ask there is still confirmed; if not, somebody is asked."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.protocol.model import Urgency
from patency.records.ledger import remember, subject_of
from patency.records.models.followup import CONFIRM_CONTACT, Task
from patency.records.seen_by import check_own_site
from patency.service.house import House

TIME_TO_CONFIRM = timedelta(days=2)  # our choice: the page warns meanwhile
AGAIN_AFTER = timedelta(days=7)  # our choice: closed without a new date in the site's file


def check_contacts(house: House, site: str, *, by: Actor, now: datetime) -> tuple[Task, ...]:
    """Return the tasks opened now, one for each campus whose address nobody has confirmed.

    Asking again opens none twice: one stands open for a campus, and one that was closed is not
    opened again within a week.
    """
    access.check(by, Action.PLAN)
    check_own_site(by, site)
    opened = []
    for campus in house.site(site).contacts_to_check(house.day_at(site, now)):
        task = _open(site, f"campus:{campus.slug}", by=by, now=now)
        if task is not None:
            opened.append(task)
    return tuple(opened)


def _open(site: str, why: str, *, by: Actor, now: datetime) -> Task | None:
    known = Task.objects.filter(site=site, kind=CONFIRM_CONTACT, why=why)
    if known.filter(done_at__isnull=True).exists():
        return None
    if known.filter(done_at__gt=now - AGAIN_AFTER).exists():
        return None
    try:
        with transaction.atomic():
            task: Task = Task.objects.create(
                site=site,
                kind=CONFIRM_CONTACT,
                urgency=Urgency.CALL.value,
                why=why,
                opened_at=now,
                due_at=now + TIME_TO_CONFIRM,
            )
            remember(
                kind="contact-to-confirm",
                subject=subject_of(task),
                by=by,
                now=now,
                site=site,
                fields=["task"],
                payload={"task": task.pk, "why": why},
            )
    except IntegrityError:  # another worker was quicker
        return None
    return task
