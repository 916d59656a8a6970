"""Today's list: who comes today, what is missing, and what someone must do by when."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.facts import Facts
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, sees_medicine, staff_may
from patency.doors.web.open_tasks import open_tasks
from patency.doors.web.reasons import DecisionCard, decision_card, in_order
from patency.doors.web.staff.waiting import OF_THE_EXAM, next_step_of, waiting
from patency.doors.web.words import STATES, how_long
from patency.records.facts_on import facts_on
from patency.records.models.booking import STILL_TO_COME, Booking
from patency.records.models.visit import TestResult
from patency.records.seen_by import Seen, seen_by

ONE_DAY = timedelta(days=1)
SHOWN = (*STILL_TO_COME, "attended", "missed")
NOT_HERE_YET = frozenset({VisitState.BOOKED, VisitState.REGISTERED, VisitState.CLEARED})


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must be there before she goes on: a small mark with its word."""

    name: str
    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """One woman on today's list."""

    booking: Booking
    state: str
    next_step: str
    next_at: str
    """Where the next step is done; her journey where it has no page of its own."""
    next_word: str
    """What the button to it says."""
    gates: tuple[Gate, ...]
    late: str

    decision: DecisionCard | None
    """What was decided of her last, with its link."""


@require_safe
@staff_may(Action.SEE_TODAY)
def today(request: ActorRequest) -> HttpResponse:
    """Return the list of one day, today unless another is asked for, and the open tasks."""
    asked = _day_asked(request.GET.get("day", ""), request.around.today)
    day = asked or request.around.today
    seen = seen_by(request.actor, "today's list", now=request.now)
    medicine = sees_medicine(request.actor)
    rows = seen.bookings.filter(slot__day=day, state__in=SHOWN)
    lines = [
        _line(row, seen, day, request, medicine)
        for row in rows.select_related(
            "slot", "visit__patient", *(f"visit__{each}" for each in OF_THE_EXAM)
        ).order_by("slot__starts_at")
    ]
    # Late and missing rise to the top; the rest stays in the order of the clock.
    lines.sort(key=lambda line: (not line.late, line.booking.slot.starts_at))
    tasks = open_tasks(seen, request.now) if medicine else []
    listed: set[object] = {line.booking.visit.patient_id for line in lines}
    may_find = may(request.actor, Action.SEE_PATIENT)
    shows_waiting = medicine and may_find and day == request.around.today
    context = {
        "day": day,
        "no_such_day": asked is None,
        "shows_waiting": shows_waiting,
        "waiting": waiting(request.house, seen, day, request.now, listed=listed)
        if shows_waiting
        else [],
        "before": (day - ONE_DAY).isoformat(),
        "after": (day + ONE_DAY).isoformat(),
        "is_today": day == request.around.today,
        "lines": lines,
        "tasks": tasks,
        "medicine": medicine,
        "alarms": sum(each.is_late or each.task.urgency in "EU" for each in tasks),
        "may_acknowledge": may(request.actor, Action.ACKNOWLEDGE),
        "may_register": may(request.actor, Action.REGISTER),
        "may_find": may_find,
    }
    return TemplateResponse(request, "staff/today.html", context)


def _day_asked(raw: str, today: date) -> date | None:
    """Return the day that was asked for, or None when there is no such day."""
    try:
        day = date.fromisoformat(raw) if raw else today
    except ValueError:
        return None
    # The first and the last day there is have no neighbour to link to.
    return day if date.min < day < date.max else None


def _line(row: Booking, seen: Seen, day: date, request: ActorRequest, medicine: bool) -> Line:
    visit = row.visit
    state, _ = STATES[VisitState(visit.state)]
    starts = row.slot.starts_at
    waiting = row.state in STILL_TO_COME and VisitState(visit.state) in NOT_HERE_YET
    late = how_long(request.now - starts) + " late" if waiting and request.now > starts else ""
    facts = facts_on(visit, day)
    pregnancy = (
        seen.test_results.filter(visit=visit, kind="pregnancy_urine", day=day)
        .order_by("-taken_at")
        .first()
        if medicine and row.kind == "exam"
        else None
    )
    decisions = in_order(seen.decisions.filter(visit=visit)) if medicine else []
    return Line(
        row,
        state,
        next_step_of(visit),
        *_next_at(row, day, request),
        _gates(row, facts, pregnancy, medicine),
        late,
        decision_card(decisions[-1]) if decisions else None,
    )


def _next_at(row: Booking, day: date, request: ActorRequest) -> tuple[str, str]:
    waiting = row.state in STILL_TO_COME and day == request.around.today
    state = VisitState(row.visit.state)
    here = {
        "exam": (Action.CHECK_IN, waiting and state is VisitState.BOOKED, "check-in", row.pk),
        "clinic_visit": (
            Action.RECORD_RESULTS,
            waiting and state in NOT_HERE_YET,
            "results",
            row.visit_id,
        ),
    }
    action, is_next, name, pk = here[row.kind]
    if is_next and may(request.actor, action):
        return reverse(name, args=[pk]), next_step_of(row.visit)
    if may(request.actor, Action.SEE_PATIENT):
        return reverse("journey", args=[row.visit.patient_id]), "Her journey"
    return "", ""


def _gates(
    row: Booking, facts: Facts, pregnancy: TestResult | None, medicine: bool
) -> tuple[Gate, ...]:
    gates = []
    if medicine:
        passed = facts.get("test_passed_on")
        gates.append(
            Gate("Test", "passed", "done") if passed else Gate("Test", "not passed yet", "look")
        )
        degrees = facts.get("temperature_c")
        measured = isinstance(degrees, int | float)
        gates.append(
            # Measured is not the same as low enough: that is the decision's to say.
            Gate("Temperature", f"{degrees:.1f} °C", "plain")
            if measured
            else Gate("Temperature", "not measured", "look")
        )
        if row.kind == "exam":
            gates.append(_pregnancy_gate(pregnancy))
    if row.kind == "exam":
        for name, fact, there, missing in (
            ("Consent", "consent_signed", "signed", "not signed"),
            ("Payment", "payment_recorded", "paid", "not paid"),
        ):
            is_there = facts.get(fact) is True
            gates.append(Gate(name, there if is_there else missing, "done" if is_there else "look"))
    return tuple(gates)


def _pregnancy_gate(test: TestResult | None) -> Gate:
    if test is None:
        return Gate("Pregnancy test", "not done today", "look")
    word = {"passed": "negative", "failed": "not negative"}.get(test.verdict or "", "unclear")
    return Gate("Pregnancy test", word, "done" if word == "negative" else "danger")
