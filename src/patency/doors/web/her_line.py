"""What one woman waits for: a place kept, her plan with its reasons, a cycle without a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patency.core.access import Actor
from patency.core.protocol.model import Stage
from patency.core.site.model import Campus, Site
from patency.doors.web.asking import ActorRequest, is_a_woman
from patency.doors.web.found_out import asked_of_us, found_out_by_us
from patency.doors.web.her import Journey, Window
from patency.doors.web.languages import Words, spoken
from patency.doors.web.planned import Says, Told, told
from patency.doors.web.words import day_words, question
from patency.records.facts_on import facts_on
from patency.records.models.booking import Plan, TurnedDown
from patency.records.models.visit import Visit
from patency.records.models.waiting import Offer
from patency.records.seen_by import Seen
from patency.service import dates
from patency.service.judging import overrides_of
from patency.service.planning import NO_PLACE
from patency.service.waits import UNANSWERED_AT_MOST

ONE_DAY = timedelta(days=1)
NOTHING_TOLD = Told()
PAPERS: Mapping[str, Words] = {
    "consent_signed": _("the consent"),
    "application_signed": _("the application form"),
}
PAYMENT = "payment_recorded"
NOBODY_ANSWERED = frozenset({"expired", "withdrawn"})


@dataclass(frozen=True, slots=True)
class PlaceKept:
    """An open offer as a page shows it."""

    offer: Offer
    where: Campus | None
    until: str
    told: Told
    is_last: bool
    """Whether no further place offers itself in this cycle when this one passes unanswered."""
    first: str = ""
    """What she has to do before the place can be hers: "sign the consent, and pay"; or nothing."""
    ours: str = ""
    """What the clinic has to find out before the place can be hers, in words to her; or nothing."""
    ours_asked: tuple[str, ...] = ()
    """The same as the questions that staff answer."""
    ask_at: Campus | None = None
    """The campus whose desk takes that from her."""

    @property
    def is_move(self) -> bool:
        """Whether she has a date, which stands until she takes this one."""
        return self.offer.replaces_id is not None


@dataclass(frozen=True, slots=True)
class HerLine:
    """Where she stands in the line, as her page and her journey at the desk show it."""

    kept: PlaceKept | None = None
    ended: Offer | None = None
    """The last offer, when it ended without her and nothing has come after it."""
    no_more_offers: bool = False
    """Whether too many went unanswered for another to offer itself in this cycle."""
    plan: Plan | None = None
    """Her tentative days, or the row that says why there are none; it counts still."""
    told: Told = NOTHING_TOLD
    no_place: bool = False
    """Whether days suit her, and only the places are missing."""
    turned_down: TurnedDown | None = None
    turned_down_told: Told = NOTHING_TOLD
    comes_first_now: bool = False
    """Whether the cycle she comes first in has begun."""


def her_line(seen: Seen, found: Journey, window: Window | None, request: ActorRequest) -> HerLine:
    """Return what she waits for; nothing once the examination has begun."""
    if not found.before_the_exam or window is None:
        return HerLine()
    site, hers = request.around.site, is_a_woman(request.actor)
    says = _says(window, request.actor)
    plan = found.plan if found.plan_counts(request.around.today) else None
    has_a_date = any(row.kind == "exam" for row in found.to_come)
    turned_down = None if has_a_date else _turned_down(seen, found)
    start = found.period.start if found.period is not None else None
    return HerLine(
        kept=place_kept(found, window, request),
        ended=_ended(found, request.now),
        no_more_offers=_unanswered(found) >= UNANSWERED_AT_MOST,
        plan=plan,
        told=told(plan.why if plan else (), site, says, hers=hers),
        no_place=plan is not None and plan.how_sure == NO_PLACE,
        turned_down=turned_down,
        turned_down_told=told(turned_down.why if turned_down else (), site, says, hers=hers),
        comes_first_now=turned_down is not None
        and start is not None
        and start > turned_down.period_start,
    )


def place_kept(found: Journey, window: Window | None, request: ActorRequest) -> PlaceKept | None:
    """Return the place that is kept for her now with its reasons in words, if one is."""
    standing = (row for row in found.offers if row.state == "open")
    offer = next((row for row in standing if row.expires_at > request.now), None)
    if offer is None:
        return None
    site, hers = request.around.site, is_a_woman(request.actor)
    asked = dates.still_asked(request.house, found.visit, offer.slot.day, now=request.now)
    protocol = request.house.rulebook_at(found.visit.site).protocol
    return PlaceKept(
        offer=offer,
        where=site.campuses.get(offer.slot.campus),
        until=until_words(offer.expires_at, request.now, site),
        told=told(offer.why, site, _says(window, request.actor), hers=hers),
        is_last=_unanswered(found) + 1 >= UNANSWERED_AT_MOST,
        first=still_to_do(found, request),
        ours=found_out_by_us(asked, protocol),
        ours_asked=tuple(question(protocol, fact) for fact in asked_of_us(asked, protocol)),
        ask_at=site.campuses.get(found.visit.campus) or site.campuses.get(offer.slot.campus),
    )


def still_to_do(found: Journey, request: ActorRequest) -> str:
    """Return which papers and payment a firm date waits for, as something to do; or nothing.

    Only what the protocol of her site asks for at booking and nobody who may has let go.
    """
    facts = facts_on(found.visit, request.around.today)
    let_go = {row.rule_id for row in overrides_of(request.house, found.visit, facts)}
    rules = request.house.rulebook_at(found.visit.site).plans[Stage.BOOKING].rules
    asked = {name for bound in rules if bound.rule.id not in let_go for name in bound.facts}
    missing = [name for name in asked if facts.get(name) is not True]
    papers = [str(words) for name, words in PAPERS.items() if name in missing]
    if not papers:
        return gettext("pay") if PAYMENT in missing else ""
    signed = spoken().listed(papers)
    if PAYMENT in missing:
        return gettext("sign {papers}, and pay").format(papers=signed)
    return gettext("sign {papers}").format(papers=signed)


def still_ours(visit: Visit, day: date, request: ActorRequest) -> str:
    """Return what the clinic has to find out before she can be examined on a day; or nothing."""
    asked = dates.still_asked(request.house, visit, day, now=request.now)
    protocol = request.house.rulebook_at(visit.site).protocol
    return found_out_by_us(asked, protocol)


def until_words(end: datetime, now: datetime, site: Site) -> str:
    """Return when something ends, on the site's clock: "14:05 today", "9:00 tomorrow"."""
    zone = ZoneInfo(site.time_zone)
    there, today = end.astimezone(zone), now.astimezone(zone).date()
    time, day = spoken().clock(there), there.date()
    if day == today:
        return gettext("{time} today").format(time=time)
    if day == today + ONE_DAY:
        return gettext("{time} tomorrow").format(time=time)
    return gettext("{time} on {day}").format(time=time, day=day_words(day))


def _says(window: Window | None, actor: Actor) -> Says:
    lines = window.lines if window is not None else ()
    hers = is_a_woman(actor)
    days: Mapping[date, Mapping[str, str]] = {
        line.day: {rule: words[hers] for rule, words in line.rules.items()} for line in lines
    }
    return lambda day: days.get(day, {})


def _unanswered(found: Journey) -> int:
    passed = [row for row in found.offers if row.state == "expired"]
    since = found.period.start if found.period is not None else None
    return sum(since is None or row.slot.day >= since for row in passed)


def _ended(found: Journey, now: datetime) -> Offer | None:
    """Return the newest offer when its time is over and its slot is still to come."""
    newest = next(iter(found.offers), None)
    if newest is None or newest.slot.starts_at <= now:
        return None
    is_over = newest.state == "open" and newest.expires_at <= now
    return newest if is_over or newest.state in NOBODY_ANSWERED else None


def _turned_down(seen: Seen, found: Journey) -> TurnedDown | None:
    """Return the newest cycle without a day that puts her first, of whichever of her visits."""
    rows = seen.turned_down.filter(visit__patient=found.patient).order_by("-at")
    newest: TurnedDown | None = rows.first()
    return newest if newest is not None and newest.priority_for_next else None
