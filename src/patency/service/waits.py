"""A piece of every service that fills days: who waits, which days suit her, which places are free.

No act of its own: it opens no transaction and writes no event; the service that uses it does.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from patency.core.booking.plan import Certainty
from patency.core.booking.rank import PriorityRules, Standing, ovulated_by, priority
from patency.core.booking.rare import Chances
from patency.core.booking.sessions import (
    DayPair,
    Wish,
    ways,
)
from patency.core.booking.tonight import Waiting, Way
from patency.core.booking.two_visits import AnyOf
from patency.core.booking.window import ExamWindow, WindowDay, exam_window
from patency.core.calendar.legal import YearMissing
from patency.core.facts import Facts, FactValue
from patency.core.protocol.model import Stage
from patency.core.protocol.rulebook import Rulebook
from patency.core.visit import VisitState
from patency.records.facts_on import with_facts
from patency.records.models.booking import (
    STILL_TO_COME,
    Booking,
    Plan,
    TurnedDown,
)
from patency.records.models.visit import Override, Visit
from patency.records.models.waiting import URGENCIES, Offer, Urgency
from patency.service.house import House
from patency.service.journey import OF_A_DATE
from patency.service.judging import facts_now, overrides_of
from patency.service.places import Hours
from patency.service.wished import wishes_of, with_home

# Women in these states wait for a date; one on hold waits for what clears her first.
IN_LINE = (VisitState.REGISTERED.value, VisitState.CLEARED.value)
# Our choice: a woman who let this many offers of one cycle pass is called by a person instead.
UNANSWERED_AT_MOST = 2
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wait:
    """One woman in the line: since when, in which cycle, and on which days she could come."""

    visit: Visit
    since: datetime
    urgency: str
    standing: Standing
    period_start: date | None
    """The first day of the cycle she waits in; None before a period was told."""
    window: ExamWindow | None
    """None before a period was told, before the end of bleeding can be expected, and in a year
    whose holidays are not announced."""
    certainty: Certainty | None
    pairs: tuple[DayPair, ...]
    """Days for test and examination that no rule closes, for all that is known today."""
    test_booked: date | None
    """The day of the clinic visit she has; its place is hers already."""
    wishes: tuple[Wish, ...]
    plan: Plan | None
    """What she was told last."""
    holds_a_place: bool
    """Whether an offer to her stands."""

    @property
    def is_cleared(self) -> bool:
        """Whether she could be given a firm date now."""
        return self.visit.state == VisitState.CLEARED.value

    @property
    def is_on_hold(self) -> bool:
        """Whether she waits for what clears her, and for no day before that."""
        state: str = self.visit.state
        return state == VisitState.ON_HOLD.value

    @property
    def has_days(self) -> bool:
        """Whether days suit her in this cycle, and nothing holds her."""
        return bool(self.pairs) and not self.is_on_hold

    def standing_plan(self, today: date) -> Plan | None:
        """Return the plan that counts: not on hold, not beside a place kept, not in the past."""
        row = self.plan
        if row is None or self.is_on_hold or self.holds_a_place:
            return None
        return None if row.exam_day is not None and row.exam_day < today else row

    def points(self, rules: PriorityRules) -> float:
        """Return what comes first in the line, the most first."""
        return priority(self.standing, rules)


# ---------------------------------------------------------------- the line


def line(
    house: House,
    site: str,
    *,
    states: Iterable[str] = IN_LINE,
    of: Collection[UUID] | None = None,
    only_days: bool = False,
    now: datetime,
) -> list[Wait]:
    """Return the women of a site who wait without a firm date, first in line first.

    ``of`` names the only visits that are asked for. With ``only_days`` they bring just the answers
    that days rest on, which is much less to read; nothing else may be decided from them.
    """
    dated = Booking.objects.filter(visit=OuterRef("pk"), kind="exam", state__in=STILL_TO_COME)
    rows = Visit.objects.filter(~Exists(dated), site=site, state__in=tuple(states))
    if of is not None:
        rows = rows.filter(pk__in=of)
    asked = None
    if only_days:
        asked = {*window_facts(house.rulebook_at(site)), "usual_bleeding_days"}
    visits = list(with_facts(rows, asked=asked).order_by("opened_at", "pk"))
    if not visits:
        return []
    known = _Known(house, site, visits, now)
    rules = house.ranking_at(site)
    found = [known.wait(visit, rules) for visit in visits]
    return sorted(found, key=lambda one: (-one.points(rules), one.since, one.visit.pk))


def of_visit(house: House, visit: Visit, *, now: datetime) -> Wait:
    """Return the wait of one woman, whatever state her visit is in.

    Beside nobody her next chance decides nothing; it takes a hundred windows, so it is left out.
    """
    known = _Known(house, visit.site, [visit], now)
    return known.wait(visit, house.ranking_at(visit.site), is_ranked=False)


class _Known:
    """What is read once for all women of a line, and windows that are the same for many."""

    def __init__(self, house: House, site: str, visits: Sequence[Visit], now: datetime) -> None:
        self.house, self.now = house, now
        self.today = house.day_at(site, now)
        self.book, self.openings = house.rulebook_at(site), house.openings_at(site)
        self.names = window_facts(self.book)
        self.chances = _chances(house, site, self.book)
        self.windows: dict[tuple[object, ...], ExamWindow] = {}
        self.urgency = {
            row.visit_id: row.level
            for row in Urgency.objects.filter(visit__in=visits).order_by("pk")
        }
        self.wishes = wishes_of(visits)
        self.plans = {
            row.visit_id: row
            for row in Plan.objects.filter(visit__in=visits, replaced_at__isnull=True)
        }
        self.holding = set(
            Offer.objects.filter(visit__in=visits, state="open").values_list("visit_id", flat=True)
        )
        self.tests = dict(
            Booking.objects.filter(
                visit__in=visits, kind="clinic_visit", state__in=STILL_TO_COME
            ).values_list("visit_id", "slot__day")
        )
        self.refused = _refused_cycles(visits)
        gone_round = Override.objects.filter(decision__visit__in=visits)
        self.overridden = set(gone_round.values_list("decision__visit", flat=True))
        bumped = Booking.objects.filter(visit__in=visits, state="bumped")
        self.bumped = set(bumped.values_list("visit_id", flat=True))

    def wait(self, visit: Visit, rules: PriorityRules, *, is_ranked: bool = True) -> Wait:
        facts: dict[str, FactValue] = {
            name: value
            for name, value in facts_now(self.house, visit, Stage.TENTATIVE, now=self.now).items()
            if name not in OF_A_DATE
        }
        start = facts.get("period_start")
        certainty = _expect_bleeding_end(facts)
        window = self._window(facts) if certainty is not None else None
        test_booked = self.tests.get(visit.pk)
        overridden = (
            {each.rule_id for each in overrides_of(self.house, visit, facts)}
            if visit.pk in self.overridden
            else set()
        )
        pairs = tuple(
            pair
            for day in (window.days if window is not None else ())
            if _is_open(day, overridden)
            for pair in _pairs(day, window, test_booked, rules)
        )
        level = self.urgency.get(visit.pk, URGENCIES[0])
        before = {day for day in self.refused[visit.pk] if day != start}
        born = visit.patient.birth_date
        standing = Standing(
            urgency=URGENCIES.index(level),
            # Who came and was sent away for want of room is as one who was refused a cycle.
            refused=len(before) + (visit.pk in self.bumped),
            days_left=max(len({pair.exam_day for pair in pairs}) - 1, 0),
            age=None if born is None else _age(born, self.today),
            days_waited=(self.today - self.house.day_at(visit.site, visit.opened_at)).days,
            next_chance=self._next_chance(facts) if is_ranked else 1.0,
        )
        return Wait(
            visit=visit,
            since=visit.opened_at,
            urgency=level,
            standing=standing,
            period_start=start if isinstance(start, date) else None,
            window=window,
            certainty=certainty,
            pairs=pairs,
            test_booked=test_booked,
            wishes=with_home(visit, self.wishes.get(visit.pk, ())),
            plan=self.plans.get(visit.pk),
            holds_a_place=visit.pk in self.holding,
        )

    def _next_chance(self, facts: Facts) -> float:
        """Return the chance that her next cycle has a day; 1 where she told too little to say."""
        usual, shortest = facts.get("usual_bleeding_days"), facts.get("shortest_cycle_days")
        if not isinstance(usual, int):
            return 1.0
        return self.chances.of(usual, shortest if isinstance(shortest, int) else None)

    def _window(self, facts: Facts) -> ExamWindow | None:
        """Return the window; for women of whom the timing rules know the same it is the same."""
        key = tuple((name, facts[name]) for name in self.names if name in facts)
        if key not in self.windows:
            known = {name: facts[name] for name in self.names if name in facts}
            try:
                self.windows[key] = exam_window(self.book, known, self.openings, today=self.today)
            except YearMissing:
                return None
        return self.windows[key]


_CHANCES: dict[tuple[int, frozenset[int], frozenset[int]], Chances] = {}
_BOOKS_AT_MOST = 32


def _chances(house: House, site: str, book: Rulebook) -> Chances:
    """Return the chances of a site's rules and weekdays; they are the same from call to call.

    Known by the rulebook itself: it is made once, and what is kept here keeps it.
    """
    opens = house.site(site).openings
    exam, visit = opens["exam"].weekdays, opens["visit"].weekdays & opens["lab"].weekdays
    key = (id(book), exam, visit)
    if key not in _CHANCES:
        if len(_CHANCES) >= _BOOKS_AT_MOST:
            _CHANCES.clear()
        _CHANCES[key] = Chances(book, exam, visit)
    return _CHANCES[key]


def _refused_cycles(visits: Sequence[Visit]) -> dict[UUID, set[date]]:
    """Return, by visit, the cycles a woman was refused since she was last examined.

    A cycle that was hers to keep and was not kept takes the priority of those before away.
    """
    women = {visit.patient_id: visit.pk for visit in visits}
    rows = TurnedDown.objects.filter(
        visit__patient__in=women, visit__state__in=(*IN_LINE, "on-hold", "booked", "cancelled")
    )
    found: dict[UUID, set[date]] = defaultdict(set)
    for patient, start, keeps in rows.order_by("at").values_list(
        "visit__patient_id", "period_start", "priority_for_next"
    ):
        hers = found[women[patient]]
        if keeps:
            hers.add(start)
        else:
            hers.clear()
    return found


def window_facts(book: Rulebook) -> tuple[str, ...]:
    """Return the names of the facts that a window rests on, in alphabetical order."""
    used = {"period_start", "bleeding_ended", "test_passed_on"}
    used |= {"shortest_cycle_days", "longest_cycle_days"}
    for stage in (Stage.BOOKING, Stage.VISIT):
        for bound in book.timing[stage].rules:
            for name in bound.facts:
                used |= book.base_facts.get(name, frozenset({name}))
    return tuple(sorted(used))


def _expect_bleeding_end(facts: dict[str, FactValue]) -> Certainty | None:
    """Return what days rest on, and expect the end of bleeding where it is not told yet."""
    start, usual = facts.get("period_start"), facts.get("usual_bleeding_days")
    if not isinstance(start, date):
        return None
    if "bleeding_ended" in facts:
        tested = "test_passed_on" in facts
        return Certainty.TEST_PASSED if tested else Certainty.BLEEDING_ENDED
    if not isinstance(usual, int):
        return None
    facts["bleeding_ended"] = start + (usual - 1) * ONE_DAY
    return Certainty.BLEEDING_EXPECTED


def _is_open(day: WindowDay, overridden: set[str]) -> bool:
    return all(reason.rule.id in overridden for reason in day.reasons)


def _pairs(
    day: WindowDay, window: ExamWindow | None, test_booked: date | None, rules: PriorityRules
) -> list[DayPair]:
    risk = ovulated_by(day.days_after_bleeding or 0, rules)
    if window is not None and window.test_passed:
        return [DayPair(None, day.day, risk)]
    if test_booked is not None:
        return [DayPair(None, day.day, risk)] if test_booked in day.visit_days else []
    return [DayPair(test_day, day.day, risk) for test_day in day.visit_days]


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


# ---------------------------------------------------------------- a woman for the engine


def for_the_night(
    wait: Wait, hours: Hours, rules: PriorityRules, *, but: Collection[UUID] = ()
) -> Waiting:
    """Return a woman as the engine knows her: by the key of her visit, with every way for her.

    A session of which only slots ``but`` these are free, which she did not take, is none for her.
    """
    pairs = wait.pairs
    if not hours.tests_need_a_place:
        # The latest test day before each examination: a fresh result says most.
        latest = {pair.exam_day: pair for pair in sorted(pairs, key=lambda each: str(each[0]))}
        pairs = tuple(pair._replace(test_day=None) for pair in latest.values())
    found = ways(
        pairs, hours.table, wait.wishes, points_a_wish=rules.points.unmet_wish, known=hours.groups
    )
    if but:
        gone = {
            slug for slug, those in hours.slots.items() if all(slot.pk in but for slot in those)
        }
        found = tuple(one for way in found if (one := _without(way, gone)) is not None)
    told = wait.plan.exam_day if wait.plan is not None else None
    held = None if told is None else Way(exam="", day=told)
    return Waiting(who=wait.visit.pk, standing=wait.standing, ways=found, held=held)


def _without(way: Way, gone: set[str]) -> Way | None:
    """Return a way without some sessions for the examination; None when none is left."""
    assert isinstance(way.exam, AnyOf)
    left = tuple(place for place in way.exam.places if place not in gone)
    return replace(way, exam=AnyOf(left)) if left else None


def test_day_for(wait: Wait, exam_day: date) -> date | None:
    """Return the day of the test before an examination: hers, or the latest that fits."""
    if wait.test_booked is not None:
        return wait.test_booked
    days = [each.test_day for each in wait.pairs if each.exam_day == exam_day and each.test_day]
    return max(days, default=None)


def declined_of(visits: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Return the slots each woman was offered and did not take; they are not offered again."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = Offer.objects.filter(visit__in=tuple(visits), state__in=("declined", "expired"))
    for visit_id, slot_id in rows.values_list("visit_id", "slot_id"):
        found[visit_id].add(slot_id)
    return found


def does_not_answer(wait: Wait) -> bool:
    """Return whether she let as many offers of this cycle pass as are made by themselves."""
    rows = Offer.objects.filter(visit=wait.visit, state="expired")
    if wait.period_start is not None:
        rows = rows.filter(slot__day__gte=wait.period_start)
    return rows.count() >= UNANSWERED_AT_MOST
