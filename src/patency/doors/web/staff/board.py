"""The day board: one line per woman with her gates, her clocks and the next step of this role."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patency.core.access import Action, Actor, may
from patency.core.facts import FactValue
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, sees_medicine
from patency.doors.web.languages import spoken
from patency.doors.web.open_tasks import TaskLine, task_line
from patency.doors.web.reasons import DecisionCard, decision_card, in_order
from patency.doors.web.staff.board_strip import BoardStrip, board_strip
from patency.doors.web.staff.waiting import OF_THE_EXAM, next_step_of
from patency.doors.web.words import STATES, due_words, how_long
from patency.records.facts_on import facts_on, newest_period, with_facts
from patency.records.models.booking import STILL_TO_COME, Booking
from patency.records.models.followup import URGENCIES
from patency.records.models.visit import Decision, TestResult, Visit
from patency.records.seen_by import Seen
from patency.service.examined import may_leave_at

S = VisitState
SHOWN = (*STILL_TO_COME, "attended", "missed")
NOT_HERE_YET = frozenset({S.BOOKED, S.REGISTERED, S.CLEARED, S.ON_HOLD})
AFTER_THE_EXAM = frozenset({S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC})
ASKED = ("temperature_c",)
"""The answers the board shows; all else it says comes from rows of their own."""
LATE_AFTER = timedelta(minutes=5)
"""A woman is late from then on; a few minutes are nobody's fault."""

# The steps a board is filtered by, in the order of the day.
STEPS: Mapping[str, Promise] = {
    "late": gettext_lazy("Late"),
    "to-come": gettext_lazy("Still to come"),
    "here": gettext_lazy("Here, waits"),
    "watched": gettext_lazy("Examined, is watched"),
    "done": gettext_lazy("Done for today"),
}


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


@dataclass(frozen=True, slots=True)
class Brief:
    """What says where a woman stands in the board's order, and nothing that takes long to read."""

    booking: Booking
    step: str
    late: str
    clocks: tuple[Clock, ...]
    rank: int
    """0 rises to the top, 2 sinks to the foot."""


@dataclass(slots=True)
class Rows:
    """What the order of a day is made of, read at once."""

    visits: dict[object, Visit] = field(default_factory=dict)
    tasks: dict[object, list[TaskLine]] = field(default_factory=dict)
    releases: dict[object, datetime] = field(default_factory=dict)


def order_of(request: ActorRequest, seen: Seen, day: date) -> list[Brief]:
    """Return who comes on a day: late and missing first, the rest by the clock, done last."""
    rows = seen.bookings.filter(slot__day=day, state__in=SHOWN).select_related("slot")
    bookings = list(rows.order_by("slot__starts_at", "slot__room"))
    read = _read(request, seen, bookings)
    found = []
    for row in bookings:
        visit = read.visits.get(row.visit_id)
        if visit is not None:
            row.visit = visit
            found.append(_brief(request, row, read))
    return sorted(found, key=lambda one: (one.rank, one.booking.slot.starts_at))


def lines_of(request: ActorRequest, seen: Seen, day: date, shown: Sequence[Brief]) -> list[Line]:
    """Return the lines of some of them, in their order.

    The number of queries does not depend on how many they are.
    """
    of = {one.booking.visit_id for one in shown}
    visits = with_facts(seen.visits.filter(pk__in=of), asked=ASKED) if of else ()
    with_theirs = {visit.pk: visit for visit in visits}
    newest: dict[object, Decision] = {}
    if of and sees_medicine(request.actor):
        # Only the newest is shown, so only its words are read.
        told = seen.decisions.filter(visit__in=of).only("pk", "visit_id", "stage", "made_at")
        last = {row.visit_id: row.pk for row in in_order(told)}
        words = seen.decisions.filter(pk__in=last.values()).defer("facts", "site_parameters")
        newest = {row.visit_id: row for row in words}
    return [
        _line(request, one, with_theirs[one.booking.visit_id], newest, day)
        for one in shown
        if one.booking.visit_id in with_theirs
    ]


def _read(request: ActorRequest, seen: Seen, bookings: Iterable[Booking]) -> Rows:
    of = {row.visit_id for row in bookings}
    if not of:
        return Rows()
    visits = seen.visits.filter(pk__in=of).select_related("patient", *OF_THE_EXAM)
    read = Rows({row.pk: row for row in visits})
    if not sees_medicine(request.actor):
        return read
    patients = {visit.patient_id for visit in read.visits.values()}
    for task in seen.tasks.filter(patient__in=patients, done_at__isnull=True):
        read.tasks.setdefault(task.patient_id, []).append(task_line(task, request.now))
    due = seen.releases.filter(visit__in=of, released_at__isnull=True)
    read.releases = dict(due.values_list("visit_id", "due_at"))
    return read


def _brief(request: ActorRequest, row: Booking, read: Rows) -> Brief:
    now, state = request.now, VisitState(row.visit.state)
    waiting = row.state in STILL_TO_COME and state in NOT_HERE_YET
    late = (
        due_words(row.slot.starts_at, now)
        if waiting and now - row.slot.starts_at > LATE_AFTER
        else ""
    )
    step = _step(row, state, late)
    clocks: tuple[Clock, ...] = ()
    if sees_medicine(request.actor):
        tasks = read.tasks.get(row.visit.patient_id, [])
        clocks = tuple(_clocks(row, state, tasks, read, now))
    alarms = any(clock.tone == "danger" for clock in clocks)
    return Brief(row, step, late, clocks, 0 if late or alarms else 2 if step == "done" else 1)


def _line(
    request: ActorRequest, brief: Brief, visit: Visit, newest: Mapping[object, Decision], day: date
) -> Line:
    row, actor = brief.booking, request.actor
    medicine = sees_medicine(actor)
    facts = facts_on(visit, day)
    decision = newest.get(visit.pk)
    state = VisitState(visit.state)
    return Line(
        booking=row,
        state=_("did not come") if row.state == "missed" else str(STATES[state][0]),
        step=brief.step,
        next=next_of(row, actor, is_today=day == request.around.today, facts=facts),
        what_is_next=next_step_of(row.visit),
        gates=_gates(row, visit, facts, day, medicine),
        late=brief.late,
        strip=_strip(request, visit, day) if medicine else None,
        clocks=brief.clocks,
        decision=decision_card(decision) if decision is not None else None,
    )


def _step(row: Booking, state: VisitState, late: str) -> str:
    if late:
        return "late"
    if row.state == "missed":
        return "done"
    if row.kind == "clinic_visit":
        return "to-come" if row.state in STILL_TO_COME else "done"
    if state is S.ARRIVED:
        return "here"
    if state in AFTER_THE_EXAM:
        return "watched" if _watched(row.visit) else "done"
    return "to-come" if row.state in STILL_TO_COME else "done"


def _watched(visit: Visit) -> bool:
    """Return whether something right after the examination is still open."""
    exam = getattr(visit, "exam_record", None)
    watched = getattr(exam, "observation", None)
    return exam is not None and (
        watched is None
        or watched.left_at is None
        or getattr(exam, "antibiotic_choice", None) is None
    )


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
            row.kind == "exam" and state in AFTER_THE_EXAM and _watched(visit),
            _("Watch her"),
            "exam-after",
            visit.pk,
        ),
        (
            Action.REPORT,
            row.kind == "exam" and state in (S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC),
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
