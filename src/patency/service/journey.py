"""Pieces of every service that moves a visit on: find it, hold it, free its seats, plan anew.

No acts of their own: they open no transaction and write no event; the service that uses them does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from patency.core.access import Actor
from patency.core.booking.plan import NoPlan, Plan, plan
from patency.core.booking.window import ExamWindow, exam_window
from patency.core.facts import AskedOf, FactRefused, Facts, FactValue
from patency.core.money import Money, check_refund
from patency.core.protocol.decide import Decision, decide
from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.records.facts_on import facts_on, newest_period, to_json
from patency.records.models.booking import Plan as PlanRow
from patency.records.models.money import Payment, Refund
from patency.records.models.visit import Answer, Hold, TestResult, Visit
from patency.records.models.visit import Decision as DecisionRow
from patency.records.seen_by import seen_by
from patency.service.house import House
from patency.service.judging import (
    facts_now,
    judge,
    language_of,
    may_proceed,
    overrides_of,
    standing,
)
from patency.service.seats import free_seats

S = VisitState
BEFORE_THE_EXAM = frozenset({S.REGISTERED, S.ON_HOLD, S.CLEARED, S.BOOKED})
NO_PLAN = "no-plan"


def visit_seen(visit: UUID | Visit, why: str, *, by: Actor, now: datetime) -> Visit:
    """Return a visit this actor may see, the read audited.

    One that the caller has read for this actor in this moment is not read again. Raises
    ``Visit.DoesNotExist``, for another site's visit and another woman's alike.
    """
    if isinstance(visit, Visit):
        mine = by.patient_id is None or by.patient_id == visit.patient_id
        found = visit if mine and by.site == visit.site else None
        visit = visit.pk
    else:
        rows = seen_by(by, why, now=now).visits.select_related("patient")
        found = rows.filter(pk=visit).first()
    if found is None:
        raise Visit.DoesNotExist(
            f"There is no visit {visit} at {by.site} that {by.name} may see. Visits of one's "
            "own site are seen, and by a woman her own; open it from the list of today."
        )
    return found


def states(visit: Visit, *allowed: VisitState) -> bool:
    """Return whether the visit is in one of these states."""
    return VisitState(visit.state) in allowed


def advance(visit: Visit, to: VisitState, *, now: datetime) -> None:
    """Move the visit on, unless it is there already."""
    if visit.state != to.value:
        visit.advance(to, now=now)


def put_on_hold(
    house: House,
    visit: Visit,
    decision: Decision,
    row: DecisionRow,
    *,
    left: Iterable[str] = (),
    by: Actor,
    now: datetime,
) -> tuple[Hold, tuple[UUID, ...]]:
    """Return the visit's hold and the slots that came free by it.

    A hold lists the rules that stand, and ``left`` of what held her before; one that is open
    already is brought up to date. A date that was booked is given up, and her money goes back.
    """
    stand = (reason.rule.id for reason in standing(house, visit, decision))
    rules = list(dict.fromkeys((*stand, *left)))
    hold, is_new = Hold.objects.get_or_create(
        visit=visit,
        released_at=None,
        defaults={"decision": row, "rule_ids": rules, "opened_at": now},
    )
    if not is_new:
        hold.decision, hold.rule_ids = row, rules
        hold.save(update_fields=["decision", "rule_ids"])
    had_a_date = states(visit, S.BOOKED)
    freed = free_seats(visit, "on-hold", kinds=("exam",), now=now)
    if freed and had_a_date:
        give_money_back(visit, "on-hold", by=by, now=now)
    advance(visit, S.ON_HOLD, now=now)
    return hold, freed


def open_hold(visit: Visit) -> Hold | None:
    """Return the hold that is open, if there is one."""
    return Hold.objects.filter(visit=visit, released_at__isnull=True).first()


def left_of_hold(house: House, visit: Visit, facts: Facts) -> tuple[str, ...]:
    """Return the rules of the open hold that these facts do not settle, at whatever stage.

    A positive pregnancy test on arrival is no question of the clinic visit, yet it holds her
    until a test says otherwise. Timing rules are left to the date that is booked.
    """
    hold = open_hold(visit)
    if hold is None:
        return ()
    book = house.rulebook_at(visit.site)
    overrides = overrides_of(house, visit, facts)
    left: set[str] = set()
    for stage in Stage:
        decision = decide(book, stage, facts)
        left |= {reason.rule.id for reason in decision.standing(overrides)}
        left |= {each.rule.id for each in decision.unsettled}
    timing = {rule.id for rule in book.protocol.rules if rule.timing}
    return tuple(rule_id for rule_id in hold.rule_ids if rule_id in left - timing)


def why_not(
    house: House, visit: Visit, decision: Decision, what: str, *, left: Iterable[str] = ()
) -> str:
    """Return the four parts of a refusal by the protocol: rules that stand, questions still open.

    Names rules and facts, never values.
    """
    stand = (reason.rule.id for reason in standing(house, visit, decision))
    rules = dict.fromkeys((*stand, *left))
    asks = decision.questions if decision.open_questions else ()
    return (
        f"{what} for visit/{visit.pk}, which is {visit.state}: protocol {decision.protocol} at "
        f"{decision.stage} says rules fired: {', '.join(rules) or 'none'}; still to be asked: "
        f"{', '.join(asks) or 'nothing'}. Answer what is asked, do what the rules say, or let "
        "someone who may override them."
    )


def end_hold(visit: Visit, *, by: Actor, now: datetime) -> Hold | None:
    """Return the hold that was open and now is released, if there was one."""
    hold = open_hold(visit)
    if hold is not None:
        hold.released_at, hold.released_by = now, by.name
        hold.save(update_fields=["released_at", "released_by"])
    return hold


def give_money_back(visit: Visit, reason: str, *, by: Actor, now: datetime) -> Refund | None:
    """Return the refund of what she paid and has not had back, or None when nothing is owed."""
    payment = standing_payment(visit)
    if payment is None:
        return None
    paid = Money(payment.amount_minor, payment.currency)
    check_refund(paid, paid)
    return Refund.objects.create(
        payment=payment, amount_minor=paid.minor, reason=reason, at=now, by=by.name
    )


def standing_payment(visit: Visit) -> Payment | None:
    """Return the payment of this visit that was not given back."""
    return Payment.objects.filter(quote__visit=visit, refund__isnull=True).first()


def facts_from_the_test(visit: Visit, today: date) -> dict[str, FactValue]:
    """Return what was found on the day of this cycle's test, as far as nothing newer is known.

    A date is booked on what the clinic visit found: her temperature of that day counts until it
    is taken again on arrival. The day of the test is the day of the visit.
    """
    test = test_of_this_cycle(visit, today)
    if test is None:
        return {}
    newer = facts_on(visit, today)
    then = facts_on(visit, test.day)
    found = {name: value for name, value in then.items() if name not in newer}
    return {**found, "visit_date": test.day}


def test_of_this_cycle(visit: Visit, today: date) -> TestResult | None:
    """Return the newest leucorrhoea test since her period began, whatever it found."""
    period = newest_period(visit, today)
    tests = [row for row in visit.test_results.all() if row.kind == "leucorrhoea"]
    of_it = [row for row in tests if period is None or row.day >= period.start]
    return max(of_it, key=lambda row: row.taken_at, default=None)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the current cycle has for her: its window, and the plan in it."""

    window: ExamWindow
    plan: Plan | None
    """None when no two days fit: the window says why, day by day."""


def outlook(
    house: House,
    visit: Visit,
    *,
    first: date | None = None,
    language: str = "en",
    now: datetime,
) -> Outlook | None:
    """Return the window and plan of the current cycle, or None before a period was told.

    Days count from ``first``, or from today; the reasons are said in ``language``, if the protocol
    speaks it.
    """
    today = first or house.day_at(visit.site, now)
    facts = facts_now(house, visit, Stage.TENTATIVE, now=now)
    if "period_start" not in facts:
        return None
    # The date she has, if any, is one possible day among others.
    facts = {name: value for name, value in facts.items() if name not in OF_A_DATE}
    book, openings = house.rulebook_at(visit.site), house.openings_at(visit.site)
    usual = facts.get("usual_bleeding_days")
    found = plan(
        book,
        facts,
        openings,
        today=today,
        usual_bleeding_days=usual if isinstance(usual, int) else None,
        language=language_of(book.protocol, language),
    )
    if isinstance(found, NoPlan):
        return Outlook(found.window, None)
    spoken = language_of(book.protocol, language)
    return Outlook(exam_window(book, facts, openings, today=today, language=spoken), found)


OF_A_DATE = frozenset({"exam_date", "exam_day_open", "visit_date", "visit_day_open"})


def plan_anew(
    house: House, visit: Visit, *, first: date | None = None, by: Actor, now: datetime
) -> Outlook | None:
    """Return the outlook of the current cycle, its plan kept as the standing one.

    A plan is never a booking. No plan is kept as well, with the rules that close each day.
    """
    found = outlook(house, visit, first=first, now=now)
    PlanRow.objects.filter(visit=visit, replaced_at__isnull=True).update(replaced_at=now)
    if found is None:
        return None
    if found.plan is None:
        PlanRow.objects.create(
            visit=visit, how_sure=NO_PLAN, why=why_closed(found.window), made_at=now
        )
        return found
    today = house.day_at(visit.site, now)
    days = {"exam_date": found.plan.exam_day, "tentative_made_on": today}
    _, row = judge(house, visit, Stage.TENTATIVE, extra_facts=days, by=by, now=now)
    PlanRow.objects.create(
        visit=visit,
        test_day=found.plan.test_day,
        exam_day=found.plan.exam_day,
        how_sure=found.plan.certainty.value,
        why=[f"decision/{row.pk}", *(["needs-approval"] if found.plan.needs_approval else [])],
        made_at=now,
    )
    return found


def why_closed(window: ExamWindow) -> list[dict[str, object]]:
    """Return, for each day of a window, the rules that close it."""
    return [
        {"day": each.day.isoformat(), "rules": [reason.rule.id for reason in each.reasons]}
        for each in window.days
    ]


@dataclass(frozen=True, slots=True)
class Screened:
    """What came of what was told: the decision, and where the visit stands now."""

    visit: Visit
    decision: Decision
    row: DecisionRow
    hold: Hold | None = None
    freed: tuple[UUID, ...] = ()


def judge_visit(house: House, visit: Visit, today: date, *, by: Actor, now: datetime) -> Screened:
    """Return what the clinic visit comes to: cleared, on hold, or unmoved while questions wait."""
    facts = {"visit_date": today, **facts_from_the_test(visit, today)}
    decision, row = judge(house, visit, Stage.VISIT, extra_facts=facts, by=by, now=now)
    left = left_of_hold(house, visit, decision.facts)
    if may_proceed(house, visit, decision) and not left:
        _pass_the_test(visit, today)
        hold = end_hold(visit, by=by, now=now)
        if not states(visit, S.BOOKED):
            advance(visit, S.CLEARED, now=now)
        return Screened(visit, decision, row, hold)
    if left or standing(house, visit, decision):
        hold, freed = put_on_hold(house, visit, decision, row, left=left, by=by, now=now)
        return Screened(visit, decision, row, hold, freed)
    return Screened(visit, decision, row)


def _pass_the_test(visit: Visit, today: date) -> None:
    """Let the newest test of this cycle count as passed: what spoke against it was overridden."""
    test = test_of_this_cycle(visit, today)
    if test is not None and test.verdict != "passed":
        test.verdict = "passed"
        test.save(update_fields=["verdict"])


class AnswersRefused(Exception):
    """A fact nobody asks for, one somebody else must tell, or a value out of range."""


def read_answers(
    house: House, visit: Visit, raw: Mapping[str, object], *, by: Actor
) -> dict[str, FactValue]:
    """Return answers as facts, if this actor may tell them. Raises ``AnswersRefused``."""
    catalogue = house.rulebook_at(visit.site).protocol.facts
    may_tell = {AskedOf.PATIENT} if by.patient_id is not None else {AskedOf.PATIENT, AskedOf.STAFF}
    try:
        facts = catalogue.read(raw, where=f"visit/{visit.pk}")
    except FactRefused as refusal:
        raise AnswersRefused(
            f"Nothing was recorded. {refusal} Correct it and send all again."
        ) from (refusal)
    not_theirs = sorted(name for name in raw if catalogue[name].asked_of not in may_tell)
    if not_theirs:
        raise AnswersRefused(
            f"Nothing was recorded for visit/{visit.pk}: {by.name} cannot tell "
            f"{', '.join(not_theirs)}. A woman tells what she is asked, staff what they measure, "
            "and the system knows its own dates; leave these out."
        )
    return facts


def keep_answers(
    house: House,
    visit: Visit,
    raw: Mapping[str, object],
    facts: Mapping[str, FactValue],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Write answers down; ``None`` takes one back, and what does not last is true of today only."""
    catalogue = house.rulebook_at(visit.site).protocol.facts
    today = house.day_at(visit.site, now)
    for name in raw:
        Answer.objects.create(
            visit=visit,
            fact=name,
            value=to_json(facts[name]) if name in facts else None,
            told_by=by.name,
            told_at=now,
            day=None if catalogue[name].lasting else today,
        )
