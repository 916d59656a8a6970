"""The day board: one line per woman with her gates, her clocks and the next step of this role."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from patency.core.access import Action, Actor, may
from patency.core.facts import FactValue
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, sees_medicine
from patency.doors.web.languages import spoken
from patency.doors.web.open_tasks import TaskLine, task_line
from patency.doors.web.reasons import DecisionCard, decision_card, in_order
from patency.doors.web.staff.board_order import (
    AFTER_THE_EXAM,
    NOT_HERE_YET,
    TO_REPORT,
    Brief,
)
from patency.doors.web.staff.board_strip import BoardStrip, board_strip
from patency.doors.web.staff.waiting import OF_THE_EXAM, is_here, next_step_of
from patency.doors.web.words import STATES, due_words, how_long
from patency.records.facts_on import facts_on, newest_period, with_facts
from patency.records.models.booking import STILL_TO_COME, Booking
from patency.records.models.exam import ExamRecord
from patency.records.models.followup import URGENCIES
from patency.records.models.visit import Decision, TestResult, Visit
from patency.records.seen_by import Seen
from patency.service.examined import may_leave_at

S = VisitState
ASKED = ("temperature_c",)
"""The answers the board shows; all else it says comes from rows of their own."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must be there before she goes on: a small mark with its word."""

    name: str
    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A promise or a wait: what, until or since when, and whether it is broken."""

    what: str
    at: datetime
    word: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """The one button of a line: what it says and where it leads; nowhere for who only looks."""

    word: str
    href: str = ""
    is_mine: bool = False
    """Whether it is a step of this role, and not only her record."""


@dataclass(frozen=True, slots=True)
class Line:
    """One woman on the board."""

    booking: Booking
    state: str
    step: str
    next: Next
    what_is_next: str
    gates: tuple[Gate, ...]
    late: str
    strip: BoardStrip | None
    clocks: tuple[Clock, ...] = ()
    decision: DecisionCard | None = None
    """What was decided of her last, with its link."""

    @property
    def visit(self) -> Visit:
        visit: Visit = self.booking.visit
        return visit


@dataclass(slots=True)
class Rows:
    """What the clocks of some lines are made of, read at once."""

    tasks: dict[object, list[TaskLine]] = field(default_factory=dict)
    releases: dict[object, datetime] = field(default_factory=dict)
    newest: dict[object, Decision] = field(default_factory=dict)


def lines_of(request: ActorRequest, seen: Seen, day: date, shown: Sequence[Brief]) -> list[Line]:
    """Return the lines of some of them, in their order.

    The number of queries does not depend on how many they are.
    """
    if not shown:
        return []
    of = {one.visit for one in shown}
    bookings = seen.bookings.filter(pk__in=[one.booking for one in shown]).select_related("slot")
    booked = {row.pk: row for row in bookings}
    rows = seen.visits.filter(pk__in=of).select_related(*OF_THE_EXAM)
    visits = {visit.pk: visit for visit in with_facts(rows, asked=ASKED)}
    read = _read(request, seen, visits.values())
    lines = []
    for one in shown:
        row, visit = booked.get(one.booking), visits.get(one.visit)
        if row is not None and visit is not None:
            row.visit = visit
            lines.append(_line(request, one, row, read, day))
    return lines


def _read(request: ActorRequest, seen: Seen, visits: Collection[Visit]) -> Rows:
    read = Rows()
    if not sees_medicine(request.actor):
        return read
    patients = {visit.patient_id for visit in visits}
    for task in seen.tasks.filter(patient__in=patients, done_at__isnull=True):
        read.tasks.setdefault(task.patient_id, []).append(task_line(task, request.now))
    of = {visit.pk for visit in visits}
    due = seen.releases.filter(visit__in=of, released_at__isnull=True)
    read.releases = dict(due.values_list("visit_id", "due_at"))
    # Only the newest is shown, so only its words are read.
    told = seen.decisions.filter(visit__in=of).only("pk", "visit_id", "stage", "made_at")
    last = {row.visit_id: row.pk for row in in_order(told)}
    words = seen.decisions.filter(pk__in=last.values()).defer("facts", "site_parameters")
    read.newest = {row.visit_id: row for row in words}
    return read


def _line(request: ActorRequest, brief: Brief, row: Booking, read: Rows, day: date) -> Line:
    actor, visit = request.actor, row.visit
    medicine = sees_medicine(actor)
    facts = facts_on(visit, day)
    decision = read.newest.get(visit.pk)
    state = VisitState(visit.state)
    tasks = read.tasks.get(visit.patient_id, [])
    return Line(
        booking=row,
        state=_("did not come") if row.state == "missed" else str(STATES[state][0]),
        step=brief.step,
        next=next_of(row, actor, is_today=day == request.around.today, facts=facts),
        what_is_next=next_step_of(visit) if medicine else "",
        gates=_gates(row, visit, facts, day, medicine),
        late=due_words(row.slot.starts_at, request.now) if brief.is_late else "",
        strip=_strip(request, visit, day) if medicine else None,
        clocks=tuple(_clocks(row, state, tasks, read, request.now)) if medicine else (),
        decision=decision_card(decision) if decision is not None else None,
    )


def _after_the_exam(row: Booking) -> ExamRecord | None:
    """Return the record of an examination that is over, or None."""
    is_over = row.kind == "exam" and VisitState(row.visit.state) in AFTER_THE_EXAM
    return getattr(row.visit, "exam_record", None) if is_over else None


def _is_watched(row: Booking) -> bool:
    """Return whether she is still in the clinic after her examination."""
    return _after_the_exam(row) is not None and is_here(row.visit)


def _is_undecided(row: Booking) -> bool:
    """Return whether nobody has decided on antibiotics after her examination."""
    exam = _after_the_exam(row)
    return exam is not None and getattr(exam, "antibiotic_choice", None) is None


def next_of(row: Booking, actor: Actor, *, is_today: bool, facts: Mapping[str, FactValue]) -> Next:
    """Return the next step of this role: the first it may do of those that are open."""
    visit, state = row.visit, VisitState(row.visit.state)
    to_come = row.state in STILL_TO_COME
    for action, is_open, word, name, pk in (
        (
            Action.TAKE_PAYMENT,
            row.kind == "exam" and facts.get("payment_recorded") is not True and to_come,
            _("Take her payment"),
            "money",
            visit.pk,
        ),
        (
            Action.RECORD_RESULTS,
            is_today and row.kind == "clinic_visit" and to_come and state in NOT_HERE_YET,
            _("Test and questions"),
            "results",
            visit.pk,
        ),
        (
            Action.CHECK_IN,
            is_today and row.kind == "exam" and to_come and state is S.BOOKED,
            _("Check her in"),
            "check-in",
            row.pk,
        ),
        (
            Action.RECORD_EXAM,
            row.kind == "exam" and state is S.ARRIVED,
            _("Examine"),
            "exam",
            visit.pk,
        ),
        (
            Action.RECORD_EXAM,
            _is_watched(row),
            _("Watch her"),
            "exam-after",
            visit.pk,
        ),
        (
            Action.PRESCRIBE,
            _is_undecided(row),
            _("Decide on antibiotics"),
            "exam-after",
            visit.pk,
        ),
        (
            Action.REPORT,
            row.kind == "exam" and state in TO_REPORT,
            _("Write the report"),
            "report-editor",
            visit.pk,
        ),
        (
            Action.TAKE_CONSENT,
            state is S.CLEARED and facts.get("consent_signed") is not True,
            _("Take her consent"),
            "papers",
            visit.pk,
        ),
    ):
        if is_open and may(actor, action):
            return Next(word, reverse(name, args=[pk]), True)
    if may(actor, Action.SEE_PATIENT):
        return Next(_("Her record"), reverse("journey", args=[visit.patient_id]))
    return Next("")


def _clocks(
    row: Booking, state: VisitState, tasks: list[TaskLine], read: Rows, now: datetime
) -> Iterable[Clock]:
    if row.kind == "exam" and state is S.ARRIVED and row.ended_at is not None:
        waits = now - row.ended_at
        yield Clock(
            _("Waits since"),
            row.ended_at,
            how_long(waits),
            "look" if waits > timedelta(minutes=45) else "",
        )
    exam = getattr(row.visit, "exam_record", None)
    watched = getattr(exam, "observation", None)
    if watched is not None and watched.left_at is None:
        until = may_leave_at(watched)
        yield Clock(
            _("Watched until"), until, due_words(until, now), "done" if now >= until else ""
        )
    if row.visit_id in read.releases:
        due = read.releases[row.visit_id]
        yield Clock(_("Report by"), due, due_words(due, now), "danger" if now > due else "")
    order = sorted(tasks, key=lambda one: (URGENCIES.index(one.task.urgency), one.task.due_at))
    for one in order[:1]:
        is_bad = one.is_late or one.task.urgency in "EU"
        yield Clock(one.what, one.task.due_at, one.due, "danger" if is_bad else "look")


def _gates(
    row: Booking, visit: Visit, facts: Mapping[str, FactValue], day: date, medicine: bool
) -> tuple[Gate, ...]:
    gates = []
    if medicine:
        passed = facts.get("test_passed_on")
        gates.append(
            Gate(_("Test"), _("passed"), "done")
            if passed
            else Gate(_("Test"), _("not passed yet"), "look")
        )
        degrees = facts.get("temperature_c")
        gates.append(
            # Measured is not the same as low enough: that is the decision's to say.
            Gate(_("Temperature"), f"{degrees:.1f} °C", "plain")
            if isinstance(degrees, int | float)
            else Gate(_("Temperature"), _("not measured"), "look")
        )
        if row.kind == "exam":
            gates.append(_pregnancy_gate(visit, day))
    if row.kind == "exam":
        for name, fact, there, missing in (
            (_("Consent"), "consent_signed", _("signed"), _("not signed")),
            (_("Payment"), "payment_recorded", _("paid"), _("not paid")),
        ):
            is_there = facts.get(fact) is True
            gates.append(Gate(name, there if is_there else missing, "done" if is_there else "look"))
    return tuple(gates)


def _pregnancy_gate(visit: Visit, day: date) -> Gate:
    tests: list[TestResult] = [
        row for row in visit.test_results.all() if row.kind == "pregnancy_urine" and row.day == day
    ]
    name = _("Pregnancy test")
    if not tests:
        return Gate(name, _("not done today"), "look")
    verdict = max(tests, key=lambda row: row.taken_at).verdict
    if verdict == "passed":
        return Gate(name, _("negative"), "done")
    return Gate(name, _("not negative") if verdict == "failed" else _("unclear"), "danger")


def _strip(request: ActorRequest, visit: Visit, day: date) -> BoardStrip | None:
    period = newest_period(visit, day)
    if period is None:
        return None
    bookings = [row for row in visit.bookings.all() if row.state in (*STILL_TO_COME, "attended")]
    closed = request.house.openings_at(visit.site).exam
    return board_strip(period, {row.slot.day: row.kind for row in bookings}, day, closed)


def clock_words(moment: datetime) -> str:
    """Return the time of day of a moment on the site's clock."""
    return spoken().clock(moment.astimezone(timezone.get_current_timezone()))
