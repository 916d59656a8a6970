"""What she is reminded of: tomorrow's appointment or test day, and today's diary; each once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.records.ledger import remember_change
from patency.records.models.booking import Booking, Plan
from patency.records.models.followup import DiaryEntry, FollowUp
from patency.records.models.message import Message
from patency.records.models.waiting import Offer
from patency.records.seen_by import check_own_site
from patency.service.house import House

ONE_DAY = timedelta(days=1)
WAITS = ("registered",)
"""The states of a visit in which a planned test day is still hers to come on."""


@dataclass(frozen=True, slots=True)
class _Due:
    """One reminder that nobody has claimed yet."""

    about: str
    name: str
    patient: UUID
    visit: UUID
    ends_at: datetime


def remind(house: House, site: str, *, by: Actor, now: datetime) -> int:
    """Return how many reminders were claimed now; the worker sends them.

    A job runs this every few minutes; the row of a reminder is its claim, so none comes twice.
    """
    if Role.SYSTEM not in by.roles:
        access.check(by, Action.SEND_MESSAGE)
    check_own_site(by, site)
    zone = ZoneInfo(house.site(site).time_zone)
    local, habits = now.astimezone(zone), house.site(site).messages
    if habits.is_quiet(local.time()):
        return 0
    due: list[_Due] = []
    if local.time() >= habits.remind_at:
        since = datetime.combine(local.date(), habits.remind_at, zone)
        due += _appointments(site, local.date() + ONE_DAY, since)
        due += _days_that_suit(site, local.date() + ONE_DAY, zone)
    if local.time() >= habits.diary_at:
        due += _diaries(site, local.date(), habits.diary_days, zone)
    claimed = set(
        Message.objects.filter(about__in=[each.about for each in due]).values_list("about", "name")
    )
    return sum(
        _claim(each, by=by, now=now) for each in due if (each.about, each.name) not in claimed
    )


def _claim(due: _Due, *, by: Actor, now: datetime) -> bool:
    with transaction.atomic():
        row, made = Message.objects.get_or_create(
            about=due.about,
            name=due.name,
            defaults={
                "patient_id": due.patient,
                "visit_id": due.visit,
                "made_at": now,
                "goes_at": now,
                "ends_at": due.ends_at,
            },
        )
        if made:
            remember_change(
                row,
                "reminder-due",
                by=by,
                now=now,
                fields=["message"],
                payload={"message": due.name, "visit": due.visit},
            )
    return made


def _appointments(site: str, day: date, since: datetime) -> Iterator[_Due]:
    """Yield tomorrow's firm dates; who took hers this evening was told of it a moment ago."""
    rows = Booking.objects.filter(site=site, state="firm", slot__day=day, made_at__lt=since)
    for row in rows.filter(visit__patient__erased_at=None).select_related("slot", "visit"):
        yield _Due(
            f"booking/{row.pk}",
            "appointment-tomorrow",
            row.visit.patient_id,
            row.visit_id,
            row.slot.starts_at,
        )


def _days_that_suit(site: str, day: date, zone: ZoneInfo) -> Iterator[_Due]:
    """Yield the women whose planned test day is tomorrow and who have no date and no place yet."""
    dates = Booking.objects.filter(visit=OuterRef("visit"), state__in=("firm", "held"))
    offers = Offer.objects.filter(visit=OuterRef("visit"), state="open")
    rows = Plan.objects.filter(
        site=site, test_day=day, replaced_at=None, visit__state__in=WAITS
    ).filter(~Exists(dates), ~Exists(offers), visit__patient__erased_at=None)
    for row in rows.select_related("visit"):
        yield _Due(
            f"plan/{row.pk}",
            "day-that-suits",
            row.visit.patient_id,
            row.visit_id,
            datetime.combine(day + ONE_DAY, time(), zone),
        )


def _diaries(site: str, today: date, days: tuple[int, ...], zone: ZoneInfo) -> Iterator[_Due]:
    """Yield the women whose diary of today is still empty."""
    exam_days = {today - timedelta(days=each): each for each in days}
    for exam_day, number in exam_days.items():
        rows = FollowUp.objects.filter(site=site, state="open", exam_day=exam_day)
        rows = rows.exclude(pk__in=DiaryEntry.objects.filter(day=number).values("follow_up"))
        for row in rows.filter(patient__erased_at=None):
            yield _Due(
                f"followup/{row.pk}/{number}",
                "diary-waiting",
                row.patient_id,
                row.visit_id,
                datetime.combine(today + ONE_DAY, time(), zone),
            )
