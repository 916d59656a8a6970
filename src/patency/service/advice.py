"""Advice to the clinic: what it is worked out from, and the result as it is kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.cycle.diary import LONGEST_CYCLE_DAYS
from patency.core.study.opening import AS_IT_IS, Hours, opening
from patency.core.visit import VisitState
from patency.records.facts_on import facts_on
from patency.records.ledger import remember
from patency.records.models.advice import Advice
from patency.records.models.booking import STILL_TO_COME, Booking, Slot
from patency.records.models.visit import Period, Visit
from patency.records.seen_by import check_own_site, seen_by
from patency.service.house import House
from patency.synthetic.own_year import OwnClinic, OwnWoman

WHY = "advice to the clinic"
WAITING = tuple(
    state.value for state in (VisitState.REGISTERED, VisitState.ON_HOLD, VisitState.CLEARED)
)
ONE_DAY = timedelta(days=1)
# So long back referrals are counted; after so many days of work the count says something.
COUNTED_DAYS, ENOUGH_DAYS = 180, 60
SLOTS_AHEAD_DAYS, ENOUGH_SLOT_DAYS = 56, 10
# What is assumed of a site that has opened no places or has no past yet, and said to be assumed.
ASSUMED_EXAMS_A_DAY, ASSUMED_LOAD = 8, 0.85


@dataclass(frozen=True, slots=True)
class Own:
    """A site as it is in the tables, and which of its numbers are measured."""

    clinic: OwnClinic
    referrals_measured: bool
    exams_measured: bool


def own_clinic(
    house: House, site: str, *, exams_a_day: int | None = None, by: Actor, now: datetime
) -> Own:
    """Return the site's opening days, places, referrals and the women who wait there.

    Places are counted from the examination slots of the coming eight weeks, unless
    ``exams_a_day`` says otherwise; referrals from the journeys begun in the last 180 days. Where
    there is too little to count, 8 places an open day and a load of 0.85 are assumed. Every woman
    whose periods are read is written to the audit; nothing that names her is in the result.
    """
    access.check(by, Action.ADVISE)
    check_own_site(by, site)
    today = house.day_at(site, now)
    places, exams_measured = _places(house, site, today, exams_a_day)
    here, calendar = house.site(site), house.calendar_of(site)
    hours = Hours(
        exam=here.open_days("exam", calendar),
        clinic=here.open_days("visit", calendar),
        laboratory=here.open_days("lab", calendar),
        exams_on=places,
    )
    referrals, referrals_measured = _referrals(house, site, hours, today, by=by, now=now)
    return Own(
        OwnClinic(
            hours=hours,
            today=today,
            women=_women(house, today, by=by, now=now),
            referrals_a_day=referrals,
            visit_minutes=here.visit_minutes,
            exam_minutes=here.exam_minutes,
        ),
        referrals_measured,
        exams_measured,
    )


def keep(result: Mapping[str, Any], *, by: Actor, now: datetime) -> Advice:
    """Return the advice as it is kept for the site; the newest row is the one that is shown.

    ``result`` is what ``core.study.advice.as_data`` wrote.
    """
    access.check(by, Action.ADVISE)
    check_own_site(by, str(result["site"]))
    with transaction.atomic():
        row = Advice.objects.create(
            site=by.site,
            made_at=now,
            made_by=by.name,
            protocol=result["protocol"],
            result=dict(result),
        )
        remember(
            kind="advice-made",
            subject=f"advice/{row.pk}",
            by=by,
            now=now,
            site=by.site,
            why=WHY,
            fields=["result"],
        )
    return row


def _places(
    house: House, site: str, today: date, exams_a_day: int | None
) -> tuple[dict[int, int], bool]:
    """Return the places of each weekday, and whether they were counted from opened slots."""
    usual = sorted(house.site(site).openings["exam"].weekdays)
    if exams_a_day is not None:
        return dict.fromkeys(usual, exams_a_day), False
    ahead = (today + ONE_DAY, today + SLOTS_AHEAD_DAYS * ONE_DAY)
    days = Counter(
        Slot.objects.filter(
            site=site, kind="exam", day__range=ahead, closed_at__isnull=True, standby=False
        ).values_list("day", flat=True)
    )
    if len(days) < ENOUGH_SLOT_DAYS:
        return dict.fromkeys(usual, ASSUMED_EXAMS_A_DAY), False
    with_slots = Counter(day.weekday() for day in days)
    of_weekday: Counter[int] = Counter()
    for day, slots in days.items():
        of_weekday[day.weekday()] += slots
    return {
        weekday: round(of_weekday[weekday] / max(1, with_slots[weekday])) for weekday in usual
    }, True


def _referrals(
    house: House, site: str, hours: Hours, today: date, *, by: Actor, now: datetime
) -> tuple[float, bool]:
    """Return how many women begin a journey on an open day, and whether that was counted."""
    opened = [
        house.day_at(site, each)
        for each in seen_by(by, WHY, now=now)
        .visits.filter(opened_at__gt=now - COUNTED_DAYS * ONE_DAY)
        .values_list("opened_at", flat=True)
    ]
    first = min(opened, default=today)
    worked = (today - first).days
    if worked >= ENOUGH_DAYS:
        past = opening(hours, AS_IT_IS, first, worked)
        return len(opened) / max(1, sum(past.visit_open)), True
    coming = opening(hours, AS_IT_IS, today, 365)
    open_days = max(1, sum(coming.visit_open))
    return ASSUMED_LOAD * sum(coming.exam_places) / open_days, False


def _women(house: House, today: date, *, by: Actor, now: datetime) -> tuple[OwnWoman, ...]:
    dated = Booking.objects.filter(visit=OuterRef("pk"), kind="exam", state__in=STILL_TO_COME)
    waiting = seen_by(by, WHY, now=now).visits.filter(~Exists(dated), state__in=WAITING)
    return tuple(
        _woman(visit, today, since=house.day_at(visit.site, visit.opened_at))
        for visit in waiting.order_by("opened_at", "pk")
    )


def _woman(visit: Visit, today: date, *, since: date) -> OwnWoman:
    facts = facts_on(visit, today)
    told = list(
        Period.objects.filter(
            patient_id=visit.patient_id, start__lte=today, kind="natural"
        ).order_by("start")
    )
    last = told[-1] if told else None
    shortest = facts.get("shortest_cycle_days")
    return OwnWoman(
        period_start=last.start if last else None,
        bleeding_days=_bled(last) if last else None,
        test_passed="test_passed_on" in facts,
        lengths=tuple(
            days
            for one, following in pairwise(told)
            if (days := (following.start - one.start).days) <= LONGEST_CYCLE_DAYS
        ),
        bleedings=tuple(days for one in told if (days := _bled(one)) is not None),
        shortest_told=shortest if isinstance(shortest, int) else None,
        days_waited=(today - since).days,
    )


def _bled(period: Period) -> int | None:
    ended = period.bleeding_ended
    return None if ended is None else (ended - period.start).days + 1
