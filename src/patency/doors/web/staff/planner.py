"""The planner: the places of the coming days, and the women who wait, each with why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action
from patency.core.booking.rank import PriorityRules
from patency.core.booking.reasons import reason
from patency.core.calendar.legal import YearMissing
from patency.core.site.model import Site
from patency.doors.web.answered import answered
from patency.doors.web.asking import ActorRequest, at_site, staff_may
from patency.doors.web.her_line import until_words
from patency.doors.web.planned import Told, one_more, told
from patency.doors.web.refusals import kindly
from patency.doors.web.staff.planner_words import marks, plan_words, sent_home, since
from patency.doors.web.strip import (
    WIDTH,
    Bar,
    Strip,
    bars,
    coming,
    strip,
)
from patency.records.models.booking import HELD, TAKES_THE_SLOT
from patency.records.models.visit import Visit
from patency.records.models.waiting import Offer
from patency.records.seen_by import Seen, seen_by
from patency.service import crowding, lining_up, offers, planning, waits
from patency.service.giving import give
from patency.service.lining_up import Line
from patency.service.waiting import STATES
from patency.service.waits import Wait

# Our choice: where a site does not say how far it plans, two weeks are shown.
DAYS_SHOWN = 14
# As many women as a screen can be read for; the others stand on the pages that follow.
WOMEN_SHOWN = 15
# Places of which one more is looked at; a longer list is no advice.
WHAT_IFS = 5
# The worker keeps the line each minute; an older one is of a worker that stopped.
KEPT_STANDS = timedelta(minutes=5)
MADE_STANDS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DayRow:
    """The places of one day."""

    day: date
    closed: str
    """Why the clinic does not examine on it, named; empty on an open day."""
    places: int
    firm: int
    held: int
    tests: int
    tests_taken: int
    released: int
    """Places for the test that the 7:00 release keeps; planning does not take them."""
    standby: int
    sent_home: str
    """How many standby places are given, and what that costs at most; empty without any."""

    @property
    def free(self) -> int:
        return max(self.places - self.firm - self.held, 0)

    @property
    def tests_free(self) -> int:
        return max(self.tests - self.tests_taken, 0)


@dataclass(frozen=True, slots=True)
class WomanRow:
    """One woman who waits."""

    place: int | None
    """Her place among those whom days suit; None while no day can be planned for her."""
    visit: Visit
    marks: tuple[tuple[str, str], ...]
    """Why she stands where she stands: a tone and a word."""
    plan: str
    since: str
    kept: Offer | None
    kept_until: str
    told: Told
    strip: Strip


@require_safe
@staff_may(Action.BOOK)
def planner(request: ActorRequest) -> HttpResponse:
    """Return the days to come and the women who wait for one of them, first in line first."""
    house, site, now = request.house, request.around.site, request.now
    seen = seen_by(request.actor, "the planner", now=now)
    days = coming(request.around.today, site.planning.days_ahead if site.planning else DAYS_SHOWN)
    order = _line(request)
    page = Paginator(order.women, WOMEN_SHOWN).get_page(request.GET.get("page"))
    shown = [key for key, _suits in page.object_list]
    read = {
        wait.visit.pk: wait
        for wait in waits.line(house, site.slug, states=STATES, of=shown, only_days=True, now=now)
    }
    # Who was given a date since is not in the line any more.
    line = [read[key] for key in shown if key in read]
    rows = _days(request, seen, days)
    women = _women(request, seen, line, days, first=page.start_index())
    context = {
        "days": rows,
        "bars": _foot(rows),
        "lists": [
            (
                _("Days suit them in this cycle, first in line first"),
                [row for row in women if row.place],
            ),
            (_("No day can be planned yet"), [row for row in women if not row.place]),
        ],
        "strip_width": WIDTH * len(days),
        "waiting": len(order.women),
        "page": page,
        "ordered_at": at_site(house, site.slug, order.made_at),
        "what_if": what_if(order, site),
        "tests_by_place": any(row.tests or row.released for row in rows),
        "habits": site.planning,
        "overbooks": any(row.standby for row in rows),
    }
    return TemplateResponse(request, "staff/planner.html", context)


@require_POST
@staff_may(Action.BOOK)
def plan_again(request: ActorRequest) -> HttpResponse:
    """Plan the coming days anew, offer what is free, and say what came of it."""
    house, site = request.house, request.around.site.slug
    cache.delete(_key(request))
    offers.end_due(house, site, by=request.actor, now=request.now)
    try:
        night = planning.plan_night(house, site, by=request.actor, now=request.now)
    except planning.PlanningRefused as refusal:
        messages.error(request, kindly(refusal))
        return redirect("planner")
    given = sum(give(house, each, by=request.actor, now=request.now) for each in night.to_offer)
    lining_up.keep_line(house, site, by=request.actor, now=request.now)
    turned_down = len(night.turned_down)
    said = [
        ngettext(
            "Planned again for %(n)d woman who waits.",
            "Planned again for %(n)d women who wait.",
            night.waiting,
        )
        % {"n": night.waiting},
        ngettext("%(n)d plan changed.", "%(n)d plans changed.", len(night.changed))
        % {"n": len(night.changed)},
        ngettext(
            "%(n)d place is newly kept or given.", "%(n)d places are newly kept or given.", given
        )
        % {"n": given},
        ngettext(
            "%(n)d woman is turned down in this cycle.",
            "%(n)d women are turned down in this cycle.",
            turned_down,
        )
        % {"n": turned_down},
    ]
    messages.success(request, " ".join(said))
    return redirect("planner")


@require_POST
@staff_may(Action.BOOK)
def answer_offer(request: ActorRequest, offer_id: UUID) -> HttpResponse:
    """Take down the answer she gives at the desk or on the telephone."""
    seen = seen_by(request.actor, "her answer to an offer", now=request.now)
    found = seen.offers.select_related("slot", "visit").get(pk=offer_id)
    answer = answered(request, found, hers=False)
    messages.add_message(request, answer.level, answer.sentence)
    return redirect("journey", found.visit.patient_id)


# ---------------------------------------------------------------- the days


def _days(request: ActorRequest, seen: Seen, days: Sequence[date]) -> list[DayRow]:
    within = (days[0], days[-1])
    slots = seen.slots.filter(day__range=within, closed_at__isnull=True)
    there = Counter(
        (day, kind, standby, release is not None)
        for day, kind, standby, release in slots.values_list("day", "kind", "standby", "release_id")
    )
    bookings = seen.bookings.filter(slot__day__range=within, state__in=TAKES_THE_SLOT)
    planned = bookings.filter(slot__release__isnull=True)
    taken = Counter(
        (day, kind, state == HELD)
        for day, kind, state in planned.values_list("slot__day", "kind", "state")
    )
    habits = request.around.site.planning
    crowds = (
        {each.day: each for each in crowding.crowds(request.around.site.slug, days[0], habits)}
        if habits is not None
        else {}
    )
    return [
        DayRow(
            day=day,
            closed=_closed(request, day),
            places=there[day, "exam", False, False],
            firm=taken[day, "exam", False],
            held=taken[day, "exam", True],
            tests=there[day, "clinic_visit", False, False],
            tests_taken=taken[day, "clinic_visit", False] + taken[day, "clinic_visit", True],
            released=there[day, "clinic_visit", False, True],
            standby=there[day, "exam", True, False],
            sent_home=sent_home(crowds[day]) if day in crowds else "",
        )
        for day in days
    ]


def _closed(request: ActorRequest, day: date) -> str:
    try:
        return request.house.openings_at(request.around.site.slug).exam(day) or ""
    except YearMissing:
        return _("holidays not announced yet")


def _foot(rows: Sequence[DayRow]) -> tuple[Bar, ...]:
    return bars([(row.day, row.places, row.free, bool(row.closed)) for row in rows])


# ---------------------------------------------------------------- the line


def _line(request: ActorRequest) -> Line:
    """Return the line as the worker kept it; where none works, worked out here once a minute.

    What a row says of a woman is read anew each time.
    """
    house, site, now = request.house, request.around.site.slug, request.now
    kept = lining_up.line_kept(site, by=request.actor, now=now)
    if kept is not None and _stands(kept, now, KEPT_STANDS):
        return kept
    made: Line | None = cache.get(_key(request))
    if made is not None and _stands(made, now, MADE_STANDS):
        return made
    made = lining_up.line_now(house, site, by=request.actor, now=now)
    cache.set(_key(request), made, MADE_STANDS.total_seconds())
    return made


def _stands(line: Line, now: datetime, at_most: timedelta) -> bool:
    return timedelta(0) <= now - line.made_at < at_most


def _key(request: ActorRequest) -> str:
    return f"line/{request.around.site.slug}/{request.around.today}"


def _women(
    request: ActorRequest, seen: Seen, line: Sequence[Wait], days: Sequence[date], *, first: int
) -> list[WomanRow]:
    keys = [wait.visit.pk for wait in line]
    # Names are shown of rows that were read through what this actor may see, and audited.
    visits: Mapping[UUID, Visit] = {
        row.pk: row for row in seen.visits.filter(pk__in=keys).select_related("patient")
    }
    kept = {
        row.visit_id: row
        for row in seen.offers.filter(
            visit__in=keys, state="open", expires_at__gt=request.now
        ).select_related("slot")
    }
    rules = request.house.ranking_at(request.around.site.slug)
    return [
        _woman(
            request,
            place if wait.has_days else None,
            wait,
            visits[wait.visit.pk],
            kept.get(wait.visit.pk),
            rules,
            days,
        )
        for place, wait in enumerate(line, first)
        if wait.visit.pk in visits
    ]


def _woman(
    request: ActorRequest,
    place: int | None,
    wait: Wait,
    visit: Visit,
    kept: Offer | None,
    rules: PriorityRules,
    days: Sequence[date],
) -> WomanRow:
    site = request.around.site
    window = wait.window.days if wait.window is not None else ()
    says = {day.day: {each.rule.id: each.staff for each in day.reasons} for day in window}
    return WomanRow(
        place=place,
        visit=visit,
        marks=tuple(marks(wait, rules)),
        plan=plan_words(wait, days[0]),
        since=since(wait, days[0]),
        kept=kept,
        kept_until=until_words(kept.expires_at, request.now, site) if kept else "",
        told=told(
            _why(wait, kept, days[0]),
            site,
            lambda day: says.get(day, {}),
            hers=False,
        ),
        strip=strip(wait, days, kept.slot.day if kept else None),
    )


def _why(wait: Wait, kept: Offer | None, today: date) -> Sequence[object]:
    if wait.is_on_hold:
        return [reason("on-hold")]
    if kept is not None:
        return list(kept.why)
    row = wait.standing_plan(today)
    return [] if row is None else list(row.why)


# ---------------------------------------------------------------- what if


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One place more, and how many women would then have a day."""

    place: str
    women: int


def what_if(line: Line, site: Site) -> list[WhatIf]:
    """Return the places of which one more would help most, by what the last plan found out."""
    helped: Counter[str] = Counter()
    for each, women in line.one_more:
        helped[one_more(each, site)] += women
    return [WhatIf(place, women) for place, women in helped.most_common(WHAT_IFS)]
