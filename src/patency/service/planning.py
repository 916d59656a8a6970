"""The nightly plan of a site: every waiting woman and every free place decided together.

A plan is never a booking. What it writes are tentative days, and only those that changed; whom a
place is to be offered to it returns, and the door that asked makes the offers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.booking.clinic_night import BothVisits, ClinicNight, plan_clinic
from patency.core.booking.explain import Seen, why_given, why_refused
from patency.core.booking.plan import Certainty
from patency.core.booking.reasons import reason
from patency.core.site.planning import PlanningHabits
from patency.core.visit import VisitState
from patency.records.ledger import remember, remember_change
from patency.records.models.booking import Booking, Plan, Slot, TurnedDown
from patency.records.models.ledger import Event
from patency.records.models.visit import Visit
from patency.records.models.waiting import Offer
from patency.records.seen_by import check_own_site
from patency.service import seats, waits
from patency.service.crowding import Crowd, crowds, wanted_standby
from patency.service.house import House
from patency.service.journey import NO_PLAN
from patency.service.places import Hours, free, free_hours
from patency.service.waits import Wait

NO_PLACE = "no-place"
NIGHT_PLANNED = "night-planned"
# After these a plan made before is not the best any more; it is made again within the minute.
CHANGES_THE_LIST = (
    "slots-opened",
    "slots-closed",
    "period-began",
    "window-changed",
    "hold-released",
    "seat-freed",
    "missed",
    "bumped",
    "visit-cancelled",
    "wishes-told",
    "urgency-said",
)
ONE_DAY = timedelta(days=1)


class PlanningRefused(Exception):
    """A site whose days are planned by people."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A free place and the woman it is to be offered to next."""

    visit_id: UUID
    slot_id: UUID
    why: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Night:
    """What one night came to."""

    day: date
    waiting: int
    with_a_day: int
    changed: tuple[UUID, ...]
    """Visits whose tentative days are not as they were; the plan rows say why."""
    turned_down: tuple[UUID, ...]
    to_offer: tuple[Proposal, ...]
    crowds: tuple[Crowd, ...] = ()
    gap: float = 0.0
    """How far the plan may be from the best there is, as a fraction; proved."""


@dataclass(slots=True)
class _Decided:
    """The list of tonight before it is written down."""

    waits: Mapping[UUID, Wait]
    hours: Hours
    night: ClinicNight
    today: date
    plans: dict[UUID, Plan] = field(default_factory=dict)


def plan_night(house: House, site: str, *, by: Actor, now: datetime) -> Night:
    """Return tonight's plan of a site, its tentative days kept where they changed.

    Twice in one night it changes nothing. Women with a firm date and women who hold an offer stay
    as they are; their places are not given twice. A cycle whose last day is over is turned down,
    with priority for the next. Raises ``PlanningRefused`` where the site plans by hand.
    """
    access.check(by, Action.PLAN)
    habits = _habits(house, site, by)
    due = _last_due(house, site, habits, now)
    decided = _decide(house, site, habits, now=now)
    wanted = _standby(site, decided, habits)
    with transaction.atomic():
        if wanted:
            Slot.objects.bulk_create(wanted, ignore_conflicts=True)
            decided = _decide(house, site, habits, now=now)
        visits = _lock_those_in_line(decided)
        changed = _keep_plans(house, decided, visits, by=by, now=now)
        turned_down = _turn_down(house, decided, visits, by=by, now=now)
        if changed or turned_down or wanted or _is_stale(site, due):
            remember(
                kind=NIGHT_PLANNED,
                subject=f"site/{site}",
                by=by,
                now=now,
                site=site,
                fields=["plan"],
                payload={
                    "day": decided.today,
                    "waiting": len(decided.waits),
                    "changed": len(changed),
                    "turned_down": len(turned_down),
                    "standby": len(wanted),
                },
            )
    return Night(
        day=decided.today,
        waiting=len(decided.waits),
        with_a_day=len(decided.night.given),
        changed=changed,
        turned_down=turned_down,
        to_offer=_proposals(decided),
        crowds=crowds(site, decided.today, habits),
        gap=decided.night.gap,
    )


def to_offer(house: House, site: str, *, by: Actor, now: datetime) -> tuple[Proposal, ...]:
    """Return which free places to offer to whom right now, women whose test is passed only.

    Asked when a place has come free, and every minute. Nothing is written.
    """
    access.check(by, Action.PLAN)
    habits = _habits(house, site, by)
    dated = Booking.objects.filter(
        visit=OuterRef("pk"), kind="exam", state__in=("held", "firm", "attended")
    )
    ready = Visit.objects.filter(~Exists(dated), site=site, state=VisitState.CLEARED.value)
    places = Slot.objects.filter(site=site, kind="exam", starts_at__gt=now)
    if not ready.exists() or not free(places).exists():
        return ()  # nearly always; no need to work anything out every minute
    states = (VisitState.CLEARED.value,)
    return _proposals(_decide(house, site, habits, states=states, answering=True, now=now))


def is_due(house: House, site: str, *, by: Actor, now: datetime) -> bool:
    """Return whether a site is to be planned: its hour has come, or the list has changed since."""
    access.check(by, Action.PLAN)
    check_own_site(by, site)
    habits = house.site(site).planning
    return habits is not None and _is_stale(site, _last_due(house, site, habits, now))


def _last_due(house: House, site: str, habits: PlanningHabits, now: datetime) -> datetime:
    """Return the moment at which the plan was last to be made, by the site's clock."""
    zone = ZoneInfo(house.site(site).time_zone)
    today = house.day_at(site, now)
    due = datetime.combine(today, habits.plan_at, zone)
    return due if due <= now else datetime.combine(today - ONE_DAY, habits.plan_at, zone)


def _is_stale(site: str, due: datetime) -> bool:
    """Return whether the newest plan is older than its hour, or than a change of the list."""
    newest = Event.objects.filter(site=site, kind=NIGHT_PLANNED).order_by("-pk").first()
    if newest is None or newest.at < due:
        return True
    since = Event.objects.filter(site=site, pk__gt=newest.pk, kind__in=CHANGES_THE_LIST)
    return since.exists()


# ---------------------------------------------------------------- deciding


def _habits(house: House, site: str, by: Actor) -> PlanningHabits:
    check_own_site(by, site)
    habits = house.site(site).planning
    if habits is None:
        raise PlanningRefused(
            f"{site} was not planned: its file has no [planning]. There, days are given by people; "
            "add [planning] to the site's file (docs/how-to/plan-the-night.md) to change that."
        )
    return habits


def _decide(
    house: House,
    site: str,
    habits: PlanningHabits,
    *,
    states: Sequence[str] = waits.IN_LINE,
    answering: bool = False,
    now: datetime,
) -> _Decided:
    """Return the list; ``answering`` leaves out women who let the offers of this cycle pass."""
    rules, today = house.ranking_at(site), house.day_at(site, now)
    line = waits.line(house, site, states=states, now=now)
    hours = free_hours(house, site, days_ahead=habits.days_ahead, now=now)
    left = waits.declined_of(one.visit.pk for one in line)
    moving = [
        waits.for_the_night(one, hours, rules, but=left[one.visit.pk])
        for one in line
        if one.pairs and not one.holds_a_place and not (answering and waits.does_not_answer(one))
    ]
    night = plan_clinic(moving, hours.table, today=today, rules=rules)
    return _Decided({one.visit.pk: one for one in line}, hours, night, today)


def _standby(site: str, decided: _Decided, habits: PlanningHabits) -> list[Slot]:
    if not habits.overbook_alpha:
        return []
    return wanted_standby(site, decided.waits, decided.hours, decided.night, habits)


def _seen(decided: _Decided, wait: Wait) -> Seen:
    return Seen(
        window=wait.window,
        pairs=wait.pairs,
        wishes=wait.wishes,
        hours=decided.hours.table,
        held=decided.hours.held,
        today=decided.today,
    )


# ---------------------------------------------------------------- writing down what changed


def _lock_those_in_line(decided: _Decided) -> dict[UUID, Visit]:
    """Return the visits that are as they were when the list was made, held from now on.

    What is compared is read once they are held: another plan may have been written meanwhile.
    """
    rows = Visit.objects.select_for_update(of=("self",)).filter(pk__in=decided.waits.keys())
    held = {visit.pk: visit for visit in rows.order_by("pk")}
    plans = Plan.objects.filter(visit__in=held, replaced_at__isnull=True)
    standing = dict(plans.values_list("visit_id", "pk"))
    kept = set(Offer.objects.filter(visit__in=held, state="open").values_list("visit", flat=True))

    def is_as_it_was(wait: Wait, visit: Visit) -> bool:
        was = wait.plan.pk if wait.plan is not None else None
        return (
            visit.state == wait.visit.state
            and standing.get(visit.pk) == was
            and (visit.pk in kept) == wait.holds_a_place
        )

    return {pk: visit for pk, visit in held.items() if is_as_it_was(decided.waits[pk], visit)}


def _keep_plans(
    house: House, decided: _Decided, visits: Mapping[UUID, Visit], *, by: Actor, now: datetime
) -> tuple[UUID, ...]:
    changed = []
    for visit_id, visit in visits.items():
        wait = decided.waits[visit_id]
        if wait.period_start is None or wait.holds_a_place:
            continue
        new = _plan_row(decided, wait, visit, now)
        old = wait.plan
        if old is not None and _same(old, new):
            continue
        if old is not None:
            Plan.objects.filter(pk=old.pk).update(replaced_at=now)
        new.save()
        changed.append(visit_id)
        if old is not None and old.exam_day is not None and old.exam_day != new.exam_day:
            remember_change(visit, "plan-changed", by=by, now=now, fields=["plan"])
    return tuple(changed)


def _plan_row(decided: _Decided, wait: Wait, visit: Visit, now: datetime) -> Plan:
    both = decided.night.given.get(wait.visit.pk)
    seen = _seen(decided, wait)
    if both is not None:
        exam = decided.hours.table.sessions[both.exam]
        test_day = both.way.test_day or waits.test_day_for(wait, exam.day)
        expected = [reason("bleeding-expected")] * (wait.certainty is Certainty.BLEEDING_EXPECTED)
        return Plan(
            visit=visit,
            test_day=test_day,
            exam_day=exam.day,
            campus=exam.campus,
            how_sure=str(wait.certainty),
            why=why_given(seen, exam, test_day) + expected,
            made_at=now,
        )
    how_sure = NO_PLACE if wait.pairs else NO_PLAN
    return Plan(visit=visit, how_sure=how_sure, why=why_refused(seen), made_at=now)


def _same(old: Plan, new: Plan) -> bool:
    """Return whether she would be told the same; reasons alone change from night to night.

    A plan she was given by day, without the list, is explained once.
    """
    names = ("test_day", "exam_day", "campus", "how_sure")
    explained = all(isinstance(each, dict) and "code" in each for each in old.why)
    return explained and all(getattr(old, name) == getattr(new, name) for name in names)


def _turn_down(
    house: House, decided: _Decided, visits: Mapping[UUID, Visit], *, by: Actor, now: datetime
) -> tuple[UUID, ...]:
    """Return the visits whose last day of this cycle is over, each turned down once."""
    done = []
    for visit_id, visit in visits.items():
        wait = decided.waits[visit_id]
        if wait.period_start is None or wait.window is None or wait.holds_a_place:
            continue
        if wait.pairs or not _was_in_line(visit, wait.period_start):
            continue
        rows = TurnedDown.objects.filter(visit=visit, period_start=wait.period_start)
        if rows.exists():
            continue
        row = seats.remember_turned_down(
            house,
            visit,
            NO_PLACE,
            hers_to_answer=False,
            why=[reason("window-over"), *_last_reasons(visit)],
            today=decided.today,
            now=now,
        )
        remember_change(
            row,
            "turned-down",
            by=by,
            now=now,
            fields=["turned_down"],
            payload={"visit": visit.pk},
        )
        done.append(visit_id)
    return tuple(done)


def _was_in_line(visit: Visit, period_start: date) -> bool:
    """Return whether she had a day planned in this cycle, or was told there was no place."""
    rows = Plan.objects.filter(visit=visit, made_at__date__gte=period_start)
    return (
        rows.filter(exam_day__gte=period_start).exists() or rows.filter(how_sure=NO_PLACE).exists()
    )


def _last_reasons(visit: Visit) -> list[object]:
    row = Plan.objects.filter(visit=visit, how_sure=NO_PLACE).order_by("-made_at").first()
    return list(row.why) if row is not None else []


# ---------------------------------------------------------------- whom to offer which place


def _proposals(decided: _Decided) -> tuple[Proposal, ...]:
    """Return one free place for each woman whose date could be firm, in the order of the line."""
    ready = [
        (decided.waits[visit_id], both)
        for visit_id, both in decided.night.given.items()
        if isinstance(visit_id, UUID) and decided.waits[visit_id].is_cleared
    ]
    refused = waits.declined_of(wait.visit.pk for wait, _ in ready)
    left = {slug: list(those) for slug, those in decided.hours.slots.items()}
    found = []
    for wait, both in ready:
        if both.way.test_day is not None:
            continue
        slot = _first(left[both.exam], but=refused[wait.visit.pk])
        if slot is not None:
            left[both.exam].remove(slot)
            found.append(Proposal(wait.visit.pk, slot.pk, _why(decided, wait, both)))
    return tuple(found)


def _first(slots: Sequence[Slot], *, but: set[UUID]) -> Slot | None:
    return next((slot for slot in slots if slot.pk not in but), None)


def _why(decided: _Decided, wait: Wait, both: BothVisits) -> tuple[Mapping[str, object], ...]:
    exam = decided.hours.table.sessions[both.exam]
    return tuple(why_given(_seen(decided, wait), exam, None))
