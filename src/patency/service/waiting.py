"""The waiting list: who waits in which cycle since when, what she wishes, how urgent it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import CLINICIANS, Action, Actor
from patency.core.booking.reasons import reason, sentences
from patency.core.cycle.forecast import CannotForecast, CycleForecast
from patency.core.document import WEEKDAYS
from patency.core.site.planning import SEXES
from patency.core.visit import VisitState
from patency.records.ledger import remember_change
from patency.records.models.booking import Plan, TurnedDown
from patency.records.models.visit import Period, Visit, lock
from patency.records.models.waiting import STRENGTHS, URGENCIES, Offer, Urgency
from patency.records.models.waiting import Wish as WishRow
from patency.records.seen_by import check_own_site, seen_by
from patency.service import expected, journey, waits
from patency.service.house import House

PARTS = ("morning", "afternoon")
STATES = (*waits.IN_LINE, VisitState.ON_HOLD.value)


class WaitingRefused(Exception):
    """A wish, an urgency or a token that cannot be as it was told."""


@dataclass(frozen=True, slots=True)
class Wished:
    """One thing she wishes of her dates; of one kind several are alternatives."""

    about: str
    """``weekday``, ``part-of-day``, ``campus``, ``language`` or ``operator-sex``."""
    value: str
    strength: str
    """``must`` or ``rather``."""


@dataclass(frozen=True, slots=True)
class InLine:
    """One woman of the waiting list, as a page shows her."""

    visit: Visit
    place: int
    """Her place in the line, from 1: what comes first when days are short."""
    points: float
    since: datetime
    urgency: str
    refused: int
    """Cycles in which she was refused a day and keeps her priority for it."""
    days_left: int
    """Days of this cycle on which she can still be examined."""
    last_day: date | None
    """The last of them; None when there is none, or no period was told."""
    period_start: date | None
    """The first day of the cycle she waits in."""
    plan: Plan | None
    offer: Offer | None
    why: tuple[Mapping[str, object], ...]
    """Why she has the day she has or none, and what would have changed it: codes and values."""

    @property
    def says(self) -> list[str]:
        """The same in sentences."""
        return sentences(self.why)


def waiting_list(house: House, site: str, *, by: Actor, now: datetime) -> list[InLine]:
    """Return the women of a site without a firm date, in the order in which they come first.

    Women on hold stand in it too: they wait for what clears them.
    """
    access.check(by, Action.SEE_TODAY)
    check_own_site(by, site)
    rules = house.ranking_at(site)
    line = waits.line(house, site, states=STATES, now=now)
    seen = seen_by(by, "waiting list", now=now)
    visits = [wait.visit.pk for wait in line]
    allowed = set(seen.visits.filter(pk__in=visits).values_list("pk", flat=True))
    offers = {
        offer.visit_id: offer
        for offer in seen.offers.filter(visit__in=visits, state="open").select_related("slot")
    }
    return [
        InLine(
            visit=wait.visit,
            place=place,
            points=wait.points(rules),
            since=wait.since,
            urgency=wait.urgency,
            refused=wait.standing.refused,
            days_left=len({pair.exam_day for pair in wait.pairs}),
            last_day=max((pair.exam_day for pair in wait.pairs), default=None),
            period_start=wait.period_start,
            plan=wait.plan,
            offer=offers.get(wait.visit.pk),
            why=_why(wait),
        )
        for place, wait in enumerate(line, 1)
        if wait.visit.pk in allowed
    ]


def record_wishes(
    house: House, visit_id: UUID, wishes: Sequence[Wished], *, by: Actor, now: datetime
) -> list[WishRow]:
    """Return what she wishes of her dates from now on; what she wished before is replaced.

    Telling the same again changes nothing. Raises ``WaitingRefused`` naming every wish the site
    cannot understand; whether it can be met is seen when days are given.
    """
    access.check(by, Action.RECORD_ANSWERS)
    visit = journey.visit_seen(visit_id, "record wishes", by=by, now=now)
    _check(house, visit, wishes)
    with transaction.atomic():
        visit = lock(visit)
        rows = WishRow.objects.filter(visit=visit)
        before = {(row.about, row.value, row.strength) for row in rows}
        if before != {(one.about, one.value, one.strength) for one in wishes}:
            rows.delete()
            for one in wishes:
                WishRow.objects.create(
                    visit=visit,
                    about=one.about,
                    value=one.value,
                    strength=one.strength,
                    told_at=now,
                )
            remember_change(visit, "wishes-told", by=by, now=now, fields=["wish"])
    return list(rows.order_by("about", "value"))


def say_how_urgent(
    house: House, visit_id: UUID, level: str, *, by: Actor, now: datetime
) -> Urgency:
    """Return how urgently she needs a date, as a clinician says; the newest word counts."""
    access.check(by, Action.RECORD_ANSWERS)
    if by.roles.isdisjoint(CLINICIANS):
        raise access.NotPermitted(
            f"{by.name} may not say how urgent a date is; a gynaecologist, radiologist or "
            "consultant does. Ask one of them."
        )
    if level not in URGENCIES:
        raise WaitingRefused(
            f"Nothing was changed: {level!r} is no urgency of {house.default_protocol}'s waiting "
            f"list. It is one of {', '.join(URGENCIES)}; choose one."
        )
    visit = journey.visit_seen(visit_id, "urgency", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        newest: Urgency | None = Urgency.objects.filter(visit=visit).order_by("-pk").first()
        if newest is not None and newest.level == level:
            return newest
        row: Urgency = Urgency.objects.create(
            visit=visit, level=level, said_by=by.name, said_at=now
        )
        remember_change(visit, "urgency-said", by=by, now=now, fields=["urgency"])
    return row


def no_period_yet(
    house: House, visit_id: UUID, *, by: Actor, now: datetime
) -> CycleForecast | CannotForecast:
    """Return the forecast of her next period, now that she says none has begun up to today.

    The days she was told when she was turned down are brought up to date with it. Told twice on
    one day it changes nothing. Raises ``WaitingRefused`` for a period that began today.
    """
    access.check(by, Action.REPORT_PERIOD)
    visit = journey.visit_seen(visit_id, "no period yet", by=by, now=now)
    with transaction.atomic():
        visit = lock(visit)
        today = house.day_at(visit.site, now)
        if Period.objects.filter(patient_id=visit.patient_id, start=today).exists():
            raise WaitingRefused(
                f"visit/{visit.pk} has a period that began today, {today}. One of the two is a "
                "slip; correct the period, or leave this."
            )
        found = expected.next_period(house, visit, now=now)
        first, last = expected.likely_days(house, visit, now=now)
        row = TurnedDown.objects.filter(visit=visit).order_by("-at").first()
        if row is not None and (row.next_from, row.next_to) != (first, last):
            row.next_from, row.next_to = first, last
            row.save(update_fields=["next_from", "next_to"])
            remember_change(visit, "no-period-told", by=by, now=now, fields=["turned_down"])
    return found


def refusal_of(token: str, *, by: Actor, now: datetime) -> TurnedDown:
    """Return the refusal a token was given for, as she quotes it in the next cycle.

    Small letters and missing dashes are understood. Raises ``TurnedDown.DoesNotExist`` for a token
    of another site, and of another woman alike.
    """
    access.check(by, Action.SEE_PATIENT)
    plain = "".join(each for each in token.upper() if each.isalnum()).removeprefix("NX")
    rows = seen_by(by, "token of a refusal", now=now).turned_down.select_related("visit")
    found: TurnedDown | None = rows.filter(token=f"NX-{plain[:4]}-{plain[4:]}").first()
    if found is None:
        raise TurnedDown.DoesNotExist(
            f"There is no refusal with this token at {by.site} that {by.name} may see. A token "
            "looks like NX-7K3M-QX4D; type it again from her message, or look her up by name."
        )
    return found


def _why(wait: waits.Wait) -> tuple[Mapping[str, object], ...]:
    if wait.visit.state == VisitState.ON_HOLD.value:
        return (reason("on-hold"),)
    if wait.period_start is None:
        return (reason("no-period"),)
    if wait.certainty is None:
        return (reason("no-end-of-bleeding"), reason("tell-bleeding-end"))
    told = wait.plan.why if wait.plan is not None else []
    found = [each for each in told if isinstance(each, dict) and "code" in each]
    if wait.standing.refused:
        found.append(reason("comes-first", refused=wait.standing.refused))
    return tuple(found)


def _check(house: House, visit: Visit, wishes: Sequence[Wished]) -> None:
    site = house.site(visit.site)
    spoken = {code for one in site.operators.values() for code in one.languages}
    known = {
        "weekday": WEEKDAYS,
        "part-of-day": PARTS,
        "campus": tuple(site.campuses),
        "language": tuple(sorted(spoken | set(site.languages))),
        "operator-sex": SEXES,
    }
    problems = []
    for one in wishes:
        if one.about not in known:
            problems.append(f"{one.about!r} is none of {', '.join(known)}")
        elif one.value not in known[one.about]:
            problems.append(f"{one.about} {one.value!r} is none of {', '.join(known[one.about])}")
        if one.strength not in STRENGTHS:
            problems.append(f"strength {one.strength!r} is none of {', '.join(STRENGTHS)}")
    keys = [(one.about, one.value) for one in wishes]
    problems += [
        f"{about} {value} stands twice"
        for about, value in sorted({key for key in keys if keys.count(key) > 1})
    ]
    if problems:
        raise WaitingRefused(
            f"The wishes of visit/{visit.pk} were not recorded: {'; '.join(problems)}. Correct "
            "these and send all again."
        )
