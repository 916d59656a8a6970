"""The day of the examination: she is asked and tested once more, and goes in or goes home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.calendar.legal import YearMissing
from patency.core.money import Money
from patency.core.protocol.conditions import facts_used
from patency.core.protocol.decide import Decision, Reason
from patency.core.protocol.model import Outcome, Stage
from patency.core.visit import VisitState
from patency.records.ledger import remember, remember_change, subject_of
from patency.records.models.booking import STILL_TO_COME, Booking, TurnedDown
from patency.records.models.exam import ExamStep
from patency.records.models.visit import Decision as DecisionRow
from patency.records.models.visit import Hold, Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey, laboratory, seats
from patency.service.house import House
from patency.service.judging import judge, may_proceed, standing

# Nobody's fault and nothing to treat: another day of this window, or the next cycle.
ANOTHER_DAY = "bleeding_today"
# This cycle is lost, and it was hers to keep.
LOSES_THE_CYCLE = "unprotected_intercourse_since_period"
ONE_DAY = timedelta(days=1)


class ArrivalRefused(Exception):
    """A check-in that cannot be made here and now."""


class NotHerDay(ArrivalRefused):
    """Her date is another day, or is not to come any more."""


class ExamBegun(ArrivalRefused):
    """The examination has begun: it is stopped at the machine, not at the desk."""


class NotOver(ArrivalRefused):
    """A date can only be missed once its time has passed."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of her arrival."""

    visit: Visit
    decision: Decision
    row: DecisionRow
    hold: Hold | None = None
    turned_down: TurnedDown | None = None
    """Set when she goes home without the examination."""
    next_chance: journey.Outlook | None = None
    """The window and plan left in this cycle, when she goes home; its plan may be none."""
    freed: tuple[UUID, ...] = ()

    @property
    def may_go_in(self) -> bool:
        """Whether she is let in to the examination."""
        return self.visit.state == VisitState.ARRIVED.value


@dataclass(frozen=True, slots=True)
class WouldBe:
    """What would come of her arrival, before anything of it is kept."""

    decision: Decision
    stands: tuple[Reason, ...]
    """What stands in her way and nobody has overridden."""
    may_go_in: bool
    gives_up_her_date: bool
    """Set when her date of today would be given up; otherwise she only waits."""
    on_hold: bool
    goes_back: Money | None
    """What of her money would be given back."""


def check_in(
    house: House,
    booking_id: UUID,
    *,
    answers: Mapping[str, object],
    tests: Sequence[laboratory.TestTaken] = (),
    corrects: bool = False,
    by: Actor,
    now: datetime,
) -> Arrived:
    """Return whether she goes in, waits, or goes home, and then why and what comes next.

    ``answers`` are the abstinence statement, bleeding today, whether the last bleed was normal,
    temperature and signs; ``tests`` the urine pregnancy test of today with its time and lot, and
    serum hCG where it is asked for. All are kept, whatever the outcome.

    While a question is open, a blood test is due, or something flagged waits for a clinician's
    word, she waits: nothing is given up, and check-in is called again. Bleeding gives up the date
    for another day; unprotected intercourse gives up this cycle; everything else that stands puts
    her on hold, and her money goes back. Raises ``NotHerDay`` on any other day.

    ``corrects`` puts right what was taken down of a woman who was let in and is not examined yet:
    she is judged again with what is new, and may be stopped by it. Raises ``ExamBegun`` once the
    examination has begun.
    """
    access.check(by, Action.CHECK_IN)
    booking = _booking_of_today(house, booking_id, corrects=corrects, by=by, now=now)
    with transaction.atomic():
        if corrects:
            _ask_back(booking, by=by, now=now)
        done = _arrive(house, booking, answers, tests, by=by, now=now)
    return done


def would_decide(
    house: House,
    booking_id: UUID,
    *,
    answers: Mapping[str, object],
    tests: Sequence[laboratory.TestTaken] = (),
    corrects: bool = False,
    by: Actor,
    now: datetime,
) -> WouldBe:
    """Return what ``check_in`` would come to with the same answers; nothing is kept.

    It is the same check-in, taken back before it ends, so that both can never differ. Raises what
    ``check_in`` raises.
    """
    access.check(by, Action.CHECK_IN)
    booking = _booking_of_today(house, booking_id, corrects=corrects, by=by, now=now)
    with transaction.atomic():
        if corrects:
            _ask_back(booking, by=by, now=now)
        paid = journey.standing_payment(booking.visit)
        done = _arrive(house, booking, answers, tests, by=by, now=now)
        goes_back = paid is not None and journey.standing_payment(booking.visit) is None
        stands = () if done.may_go_in else standing(house, done.visit, done.decision)
        would = WouldBe(
            done.decision,
            stands,
            may_go_in=done.may_go_in,
            gives_up_her_date=done.turned_down is not None,
            on_hold=done.hold is not None,
            goes_back=Money(paid.amount_minor, paid.currency) if paid and goes_back else None,
        )
        transaction.set_rollback(True)
    return would


def mark_missed(house: House, booking_id: UUID, *, by: Actor, now: datetime) -> Booking:
    """Return the booking of a woman who did not come; it costs her the place she had in line."""
    access.check(by, Action.CHECK_IN)
    rows = seen_by(by, "missed date", now=now).bookings.select_related("slot", "visit")
    booking = rows.get(pk=booking_id)
    if booking.state not in STILL_TO_COME or booking.slot.starts_at > now:
        raise NotOver(
            f"booking/{booking.pk} is {booking.state} and starts at "
            f"{booking.slot.starts_at:%Y-%m-%d %H:%M} UTC. Only a date that stands and has passed "
            "is missed; wait for its time, or cancel it."
        )
    with transaction.atomic():
        visit = lock(booking.visit)
        seats.free_seats(visit, "missed", kinds=(booking.kind,), state="missed", now=now)
        if booking.kind == "exam" and journey.states(visit, VisitState.BOOKED):
            journey.advance(visit, VisitState.CLEARED, now=now)
            seats.remember_turned_down(
                house,
                visit,
                "missed",
                hers_to_answer=True,
                today=house.day_at(visit.site, now),
                now=now,
            )
        remember(
            kind="missed",
            subject=subject_of(booking),
            by=by,
            now=now,
            site=visit.site,
            patient=visit.patient_id,
            fields=["booking"],
            payload={"visit": visit.pk},
        )
    booking.refresh_from_db()
    return booking


def bump(house: House, booking_id: UUID, *, by: Actor, now: datetime) -> Arrived:
    """Return what comes next for a woman who came and found no room: everybody invited has come.

    It costs her nothing: the days left of this cycle are planned anew and she goes first for them;
    where none is open without approval she is turned down, with priority and a token for the next
    cycle. Her payment stands. Raises ``NotHerDay`` on any other day.
    """
    access.check(by, Action.CHECK_IN)
    booking = _booking_of_today(house, booking_id, corrects=False, by=by, now=now)
    with transaction.atomic():
        visit = lock(booking.visit)
        mine = seats.to_come(visit, "exam")
        if mine is None or mine.pk != booking.pk:
            raise NotHerDay(
                f"booking/{booking.pk} is not to come any more. Only a woman whose date stands "
                "today can find no room; look at the visit as it is now."
            )
        today = house.day_at(visit.site, now)
        seats.free_seats(visit, "no-room", kinds=("exam",), state="bumped", now=now)
        visit.advance(VisitState.CLEARED, now=now)
        left, is_known = None, True
        try:
            left = journey.plan_anew(house, visit, first=today + ONE_DAY, by=by, now=now)
        except YearMissing:
            is_known = False  # the desk looks for another day, and is told of the missing year
        turned_down = None
        if is_known and (left is None or left.plan is None or left.plan.needs_approval):
            turned_down = seats.remember_turned_down(
                house, visit, "no-room", hers_to_answer=False, today=today, now=now
            )
        decision, row = judge(
            house, visit, Stage.TENTATIVE, extra_facts={"exam_date": today}, by=by, now=now
        )
        done = Arrived(visit, decision, row, None, turned_down, left)
        _remember(done, booking, "bumped", ["booking"], by=by, now=now)
    return done


def _ask_back(booking: Booking, *, by: Actor, now: datetime) -> None:
    """Take a woman who was let in back to the desk, so that she is checked in anew."""
    visit = lock(booking.visit)
    if not journey.states(visit, VisitState.ARRIVED):
        raise NotHerDay(
            f"visit/{visit.pk} is {visit.state}. What was taken down at an arrival is put right "
            "while she waits for her examination; look at the visit as it is now."
        )
    if ExamStep.objects.filter(visit=visit).exists():
        raise ExamBegun(
            f"visit/{visit.pk}: the examination has begun. Tell the people in the room; they stop "
            "it there if it must be stopped."
        )
    Booking.objects.filter(pk=booking.pk).update(state="firm", ended_at=None)
    booking.refresh_from_db()
    booking.visit.advance(VisitState.BOOKED, now=now)
    remember_change(
        booking.visit,
        "arrival-corrected",
        by=by,
        now=now,
        fields=["booking"],
        payload={"booking": booking.pk},
    )


def _arrive(
    house: House,
    booking: Booking,
    answers: Mapping[str, object],
    tests: Sequence[laboratory.TestTaken],
    *,
    by: Actor,
    now: datetime,
) -> Arrived:
    visit = lock(booking.visit)
    if not journey.states(visit, VisitState.BOOKED):
        raise NotHerDay(
            f"visit/{visit.pk} is {visit.state}. A woman is checked in once, for a date that "
            "stands; look at the visit as it is now."
        )
    told = journey.read_answers(house, visit, answers, by=by)
    journey.keep_answers(house, visit, answers, told, by=by, now=now)
    found = laboratory.keep_tests(house, visit, tests, stage=Stage.ARRIVAL, by=by, now=now)
    decision, row = judge(
        house, visit, Stage.ARRIVAL, extra_facts={"exam_date": booking.slot.day}, by=by, now=now
    )
    stands = standing(house, visit, decision)
    if may_proceed(house, visit, decision):
        Booking.objects.filter(pk=booking.pk).update(state="attended", ended_at=now)
        visit.advance(VisitState.ARRIVED, now=now)
        done, kind = Arrived(visit, decision, row), "arrived"
    elif all(_can_be_settled_here(reason, decision) for reason in stands):
        done, kind = Arrived(visit, decision, row), "waits-on-arrival"
    else:
        done = _send_home(house, visit, decision, row, stands, by=by, now=now)
        kind = "sent-home"
    _remember(done, booking, kind, [*told, *found], by=by, now=now)
    return done


def _send_home(
    house: House,
    visit: Visit,
    decision: Decision,
    row: DecisionRow,
    stands: Sequence[Reason],
    *,
    by: Actor,
    now: datetime,
) -> Arrived:
    today = house.day_at(visit.site, now)
    facts = decision.facts
    reason = _main_reason(stands).rule.id
    loses_cycle = facts.get(LOSES_THE_CYCLE) is True
    only_the_day = all(
        each.rule.timing or facts_used(each.rule.when) & {ANOTHER_DAY, LOSES_THE_CYCLE}
        for each in stands
    )
    turned_down = seats.remember_turned_down(
        house, visit, reason, hers_to_answer=loses_cycle, today=today, now=now
    )
    if not only_the_day:
        hold, freed = journey.put_on_hold(house, visit, decision, row, by=by, now=now)
        return Arrived(visit, decision, row, hold, turned_down, None, freed)
    freed = seats.free_seats(visit, reason, kinds=("exam",), now=now)
    journey.advance(visit, VisitState.CLEARED, now=now)
    left, is_known = None, True
    if not loses_cycle:
        try:
            tomorrow = today + ONE_DAY
            left = journey.plan_anew(house, visit, first=tomorrow, by=by, now=now)
        except YearMissing:
            is_known = False  # the desk looks for another day, and is told of the missing year
    if is_known and (left is None or left.plan is None):
        # What is left of this cycle holds no other day: a new period begins it all again.
        journey.advance(visit, VisitState.REGISTERED, now=now)
    return Arrived(visit, decision, row, None, turned_down, left, freed)


def _can_be_settled_here(reason: Reason, decision: Decision) -> bool:
    """Return whether a clinician's word or a test made today may let her in after all."""
    if reason.rule.outcome is Outcome.FLAG:
        return True
    not_done = {name for name in laboratory.IMPLIES.values() if decision.facts.get(name) is False}
    return not not_done.isdisjoint(facts_used(reason.rule.when))


def _main_reason(stands: Sequence[Reason]) -> Reason:
    order = tuple(Outcome)
    return min(stands, key=lambda reason: order.index(reason.rule.outcome))


def _booking_of_today(
    house: House, booking_id: UUID, *, corrects: bool, by: Actor, now: datetime
) -> Booking:
    rows = seen_by(by, "check-in", now=now).bookings.select_related("slot", "visit")
    booking = rows.get(pk=booking_id)
    today = house.day_at(booking.site, now)
    stands = booking.state == "attended" if corrects else booking.state in STILL_TO_COME
    if booking.kind != "exam" or not stands or booking.slot.day != today:
        raise NotHerDay(
            f"booking/{booking.pk} (kind {booking.kind}, state {booking.state}) is for "
            f"{booking.slot.day}. Women are checked in for an examination that stands today, "
            f"{today}; find her date, or book one."
        )
    return booking


def _remember(
    done: Arrived, booking: Booking, kind: str, fields: Sequence[str], *, by: Actor, now: datetime
) -> None:
    remember_change(
        done.visit,
        kind,
        by=by,
        now=now,
        fields=fields,
        payload={
            "booking": booking.pk,
            "decision": done.row.pk,
            "state": done.visit.state,
            "hold": done.hold.pk if done.hold else None,
            "freed": done.freed,
        },
    )
