"""Everything of one visit that a page shows, read once through ``seen_by``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from patency.core.booking.window import ExamWindow, WindowDay
from patency.core.calendar.legal import YearMissing
from patency.core.cycle.forecast import ovulated_by, ovulated_by_cycle_day
from patency.core.cycle.model import CycleModel
from patency.core.facts import FactCatalogue
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, sees_medicine
from patency.doors.web.closed import closed_words
from patency.doors.web.codes import with_unit
from patency.doors.web.happenings import Happening, timeline
from patency.doors.web.languages import spoken
from patency.doors.web.reasons import (
    DecisionCard,
    decision_card,
    in_order,
    overrides_counted,
    protocol_of,
)
from patency.doors.web.ribbon import DAYS, Ribbon, ribbon
from patency.doors.web.words import capital, in_words
from patency.records.models.booking import STILL_TO_COME, Booking, Plan
from patency.records.models.exam import ExamRecord
from patency.records.models.followup import DiaryEntry, FollowUp, PregnancyEpisode, Referral, Task
from patency.records.models.money import Payment, Quote, Refund
from patency.records.models.paperwork import Consent
from patency.records.models.people import Patient
from patency.records.models.report import Release, Report
from patency.records.models.visit import Hold, Override, Period, TestResult, Visit
from patency.records.seen_by import Seen
from patency.service import booking
from patency.service.judging import language_of

NO_NEWS = ("read", "exam-step", "exam-step-taken-back")
"""What the audit keeps and no timeline tells: who looked, and each step at the table."""

BEFORE_THE_EXAM = frozenset(
    {VisitState.REGISTERED, VisitState.ON_HOLD, VisitState.CLEARED, VisitState.BOOKED}
)


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the window: open, or why not."""

    day: date
    cycle_day: int
    after_bleeding: int | None
    word: str
    tone: str
    why: tuple[str, ...]
    say: tuple[str, ...]
    """The same reasons, to her."""
    visit_days: tuple[date, ...]
    rules: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Each rule that fires: its sentence to staff, and to her."""


@dataclass(frozen=True, slots=True)
class Window:
    """Her days, ready to be shown; ``sentence`` stands where there are none to show."""

    lines: tuple[DayLine, ...] = ()
    sentence: str = ""
    next_from: date | None = None
    next_to: date | None = None
    ribbon: Ribbon | None = None

    @property
    def open_days(self) -> list[DayLine]:
        """The days that suit."""
        return [line for line in self.lines if line.tone == "done"]

    @property
    def perhaps(self) -> list[DayLine]:
        """The days that may suit once the questions that are open are answered."""
        return [line for line in self.lines if line.tone == "look" and not line.say]


@dataclass(frozen=True, slots=True)
class DiaryLine:
    """One day of her diary, and what she told of it in words."""

    row: DiaryEntry
    told: tuple[str, ...]


@dataclass(slots=True)
class Journey:
    """One visit as a page shows it."""

    patient: Patient
    visit: Visit
    decisions: list[DecisionCard] = field(default_factory=list)
    newest: DecisionCard | None = None
    overrides: dict[UUID, list[Override]] = field(default_factory=dict)
    """Of each decision, those that counted for it."""
    hold: Hold | None = None
    period: Period | None = None
    results: list[TestResult] = field(default_factory=list)
    plan: Plan | None = None
    bookings: list[Booking] = field(default_factory=list)
    consent: Consent | None = None
    quotes: list[Quote] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    exam: ExamRecord | None = None
    reports: list[Report] = field(default_factory=list)
    release: Release | None = None
    follow_up: FollowUp | None = None
    diary: list[DiaryEntry] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    wrote: list[DiaryLine] = field(default_factory=list)
    """Her diary with what she told in words."""
    pregnancies: list[PregnancyEpisode] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    timeline: list[Happening] = field(default_factory=list)

    @property
    def to_come(self) -> list[Booking]:
        """Her dates still to come, the next first."""
        rows = [row for row in self.bookings if row.state in STILL_TO_COME]
        return sorted(rows, key=lambda row: row.slot.starts_at)

    def plan_counts(self, today: date) -> bool:
        """Whether the tentative days still lie ahead and no booking has taken their place."""
        if self.plan is None or any(row.kind == "exam" for row in self.to_come):
            return False
        exam, first = self.plan.exam_day, self.plan.test_day or self.plan.exam_day
        tests = [row.slot.day for row in self.to_come if row.kind == "clinic_visit"]
        if exam is not None and any(exam <= day for day in tests):
            return False  # she chose a later time for the test, so those days are overtaken
        return first is None or first >= today

    @property
    def before_the_exam(self) -> bool:
        return VisitState(self.visit.state) in BEFORE_THE_EXAM


def journey_of(seen: Seen, patient: Patient, visit: Visit, request: ActorRequest) -> Journey:
    """Return one visit with everything this actor's work needs to see of it."""
    of = {"visit": visit}
    found = Journey(
        patient,
        visit,
        bookings=_all(seen.bookings.filter(**of).select_related("slot"), "made_at"),
        consent=_newest(seen.consents.filter(**of, withdrawn_at__isnull=True), "signed_at"),
        quotes=_all(seen.quotes.filter(**of), "at"),
        payments=_all(seen.payments.filter(quote__visit=visit), "at"),
        refunds=_all(
            seen.refunds.filter(payment__quote__visit=visit).select_related("payment"), "at"
        ),
    )
    if not sees_medicine(request.actor):
        return found
    rows = in_order(seen.decisions.filter(**of))
    overrides = list(seen.overrides.filter(decision__visit=visit).select_related("decision"))
    found.overrides = {row.pk: overrides_counted(row, overrides) for row in rows}
    found.decisions = [
        decision_card(row, protocol_of(request.house, row), found.overrides[row.pk]) for row in rows
    ]
    found.newest = found.decisions[-1] if rows else None
    found.hold = _newest(seen.holds.filter(**of, released_at__isnull=True), "opened_at")
    found.period = _newest(
        seen.periods.filter(patient=patient, start__lte=request.around.today), "start"
    )
    found.results = _all(seen.test_results.filter(**of), "taken_at")
    found.plan = _newest(seen.plans.filter(**of, replaced_at__isnull=True), "made_at")
    found.exam = _newest(seen.exam_records.filter(**of), "started_at")
    found.reports = _all(seen.reports.filter(**of), "version")
    found.release = _newest(seen.releases.filter(**of), "due_at")
    found.follow_up = _newest(seen.follow_ups.filter(**of), "opened_at")
    if found.follow_up is not None:
        of_it = {"follow_up": found.follow_up}
        found.diary = _all(seen.diary_entries.filter(**of_it), "at")
        facts = request.house.rulebook_at(visit.site).protocol.facts
        found.wrote = [DiaryLine(row, diary_words(facts, row)) for row in found.diary]
        found.pregnancies = _all(seen.pregnancies.filter(**of_it), "opened_at")
        found.referrals = _all(seen.referrals.filter(**of_it), "made_at")
    found.tasks = _all(seen.tasks.filter(patient=patient, done_at__isnull=True), "due_at")
    changes = _all(seen.audits.filter(patient=patient).exclude(action__in=NO_NEWS), "id")
    since = (row for row in changes if row.at >= visit.opened_at)
    found.timeline = timeline(since, found.decisions, found.refunds)
    return found


def diary_words(facts: FactCatalogue, entry: DiaryEntry) -> tuple[str, ...]:
    """Return what she told on one day in words: "Pain: 3 points of 10"; erased, nothing."""
    told = entry.entry or {}
    return tuple(
        _("{what}: {value}").format(
            what=capital(in_words(name)),
            value=with_unit(value, facts[name].unit if name in facts else ""),
        )
        for name, value in told.items()
        if value is not None
    )


def _all(rows: "QuerySet[Any]", order: str) -> list[Any]:
    return list(rows.order_by(order))


def _newest(rows: "QuerySet[Any]", order: str) -> Any:
    return rows.order_by(f"-{order}").first()


def window_of(found: Journey, request: ActorRequest) -> Window | None:
    """Return her days from today on, each open or with its reason; None after the examination."""
    if not found.before_the_exam:
        return None
    if found.period is None:
        return Window(
            sentence=_("No period is told yet. Days are counted from the first day of a period.")
        )
    protocol = request.house.rulebook_at(found.visit.site).protocol
    try:
        window = booking.window(
            request.house,
            found.visit,
            language=language_of(protocol, spoken().code),
            by=request.actor,
            now=request.now,
        )
    except booking.NoPeriodTold:
        return Window(
            sentence=_("No period is told yet. Days are counted from the first day of a period.")
        )
    except YearMissing as missing:
        return Window(
            sentence=_(
                "The holidays of {year} are not known yet, so no day of it can be said."
            ).format(year=missing.year)
        )
    return _shown(window, found, request)


def _shown(window: ExamWindow, found: Journey, request: ActorRequest) -> Window:
    assert found.period is not None
    today = request.around.today
    usable = frozenset(day.day for day in window.usable())
    closed = closed_words(request.house, found.visit.site)
    days = [
        replace(day, closed=closed(day.day) or day.closed) if day.closed else day
        for day in window.days
    ]
    lines = tuple(_line(day, day.day in usable) for day in days)
    marks: dict[date, str] = {}
    for row in found.bookings:
        if row.state in (*STILL_TO_COME, "attended"):
            marks[row.slot.day] = "test" if row.kind == "clinic_visit" else "exam"
    if found.plan is not None and found.hold is None and found.plan_counts(today):
        for planned, mark in ((found.plan.test_day, "test"), (found.plan.exam_day, "exam")):
            if planned is not None and planned >= today:
                marks.setdefault(planned, f"{mark}-planned")
    sentence = ""
    if not usable:
        sentence = _("No day is left in this cycle.")
    return Window(
        lines,
        sentence,
        window.next_period_from,
        window.next_period_to,
        ribbon(
            found.period.start,
            found.period.bleeding_ended,
            today,
            {day.day: day for day in days},
            usable,
            marks,
            risk_of(request.house.cycle_model, found.period),
        ),
    )


def risk_of(model: CycleModel, period: Period) -> Mapping[int, float]:
    """Return, for each day of the cycle, the share of cycles in which ovulation has come by then.

    Counted from the end of bleeding once it is told, as the plans are.
    """
    by_cycle_day = ovulated_by_cycle_day(model)[:DAYS]
    if period.bleeding_ended is None:
        return dict(enumerate(by_cycle_day, start=1))
    bled = (period.bleeding_ended - period.start).days + 1
    return {
        number: ovulated_by(model, days_after_bleeding=number - bled)
        for number in range(1, DAYS + 1)
    }


def _line(day: WindowDay, usable: bool) -> DayLine:
    why: Iterable[str] = (reason.staff for reason in day.reasons)
    word, tone = _("No"), "plain"
    if usable:
        word, tone = (_("Open"), "done")
        if day.still_to_ask:
            word, tone = (_("Perhaps"), "look")
            why = (_("Not settled yet: something is still to be asked."),)
    elif day.closed:
        word, tone = _("Closed: {why}").format(why=day.closed), "plain"
    elif day.is_open:
        why = (_("No day for the test is left before it."),)
    elif day.opens_with_approval:
        word, tone = _("With approval"), "look"
    return DayLine(
        day.day,
        day.cycle_day,
        day.days_after_bleeding,
        word,
        tone,
        tuple(why),
        tuple(reason.say for reason in day.reasons),
        day.visit_days,
        {reason.rule.id: (reason.staff, reason.say) for reason in day.reasons},
    )
