"""Everything of one visit that a page shows, read once through ``seen_by``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from patency.core.booking.window import ExamWindow, WindowDay
from patency.core.calendar.legal import YearMissing
from patency.core.cycle.forecast import ovulated_by, ovulated_by_cycle_day
from patency.core.cycle.model import CycleModel
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, sees_medicine
from patency.doors.web.closed import closed_words
from patency.doors.web.diary_words import DiaryLine, diary_words
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
from patency.records.facts_on import newest_period, read_already
from patency.records.models.booking import STILL_TO_COME, Booking, Plan
from patency.records.models.exam import ExamRecord
from patency.records.models.followup import DiaryEntry, FollowUp, PregnancyEpisode, Referral, Task
from patency.records.models.money import Payment, Quote, Refund
from patency.records.models.paperwork import Consent
from patency.records.models.people import Patient
from patency.records.models.report import Release, Report
from patency.records.models.visit import Decision, Hold, Override, Period, TestResult, Visit
from patency.records.models.waiting import Offer
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


@dataclass(eq=False)
class Journey:
    """One visit as a page shows it: each part is read when the page first asks for it, once.

    What facts are made of is not read again where the visit has brought it. Who does not see
    medicine finds dates and money alone.
    """

    patient: Patient
    visit: Visit
    seen: Seen
    request: ActorRequest

    @cached_property
    def bookings(self) -> list[Booking]:
        brought = read_already(self.visit, "bookings")
        if brought is not None:
            return sorted(brought, key=lambda row: row.made_at)
        rows = self.seen.bookings.filter(visit=self.visit).select_related("slot")
        return list(rows.order_by("made_at"))

    @cached_property
    def consent(self) -> Consent | None:
        brought = read_already(self.visit, "consents")
        if brought is not None:
            stands = [row for row in brought if row.withdrawn_at is None]
            return max(stands, key=lambda row: row.signed_at, default=None)
        rows = self.seen.consents.filter(visit=self.visit, withdrawn_at__isnull=True)
        return rows.order_by("-signed_at").first()

    @cached_property
    def quotes(self) -> list[Quote]:
        brought = read_already(self.visit, "quotes")
        if brought is not None:
            return sorted(brought, key=lambda row: row.at)
        return list(self.seen.quotes.filter(visit=self.visit).order_by("at"))

    @cached_property
    def payments(self) -> list[Payment]:
        if read_already(self.visit, "quotes") is not None:
            paid = [row.payment for row in self.quotes if hasattr(row, "payment")]
            return sorted(paid, key=lambda row: row.at)
        return list(self.seen.payments.filter(quote__visit=self.visit).order_by("at"))

    @cached_property
    def refunds(self) -> list[Refund]:
        if read_already(self.visit, "quotes") is not None:
            given = [row.refund for row in self.payments if hasattr(row, "refund")]
            return sorted(given, key=lambda row: row.at)
        rows = self.seen.refunds.filter(payment__quote__visit=self.visit)
        return list(rows.select_related("payment").order_by("at"))

    @cached_property
    def _rows(self) -> list[Decision]:
        return in_order(self._medicine(self.seen.decisions.filter(visit=self.visit)))

    @cached_property
    def overrides(self) -> dict[UUID, list[Override]]:
        """Of each decision, those that counted for it."""
        rows = self.seen.overrides.filter(decision__visit=self.visit).select_related("decision")
        made = list(rows) if self._rows else []
        return {row.pk: overrides_counted(row, made) for row in self._rows}

    @cached_property
    def decisions(self) -> list[DecisionCard]:
        house = self.request.house
        return [
            decision_card(row, protocol_of(house, row), self.overrides[row.pk])
            for row in self._rows
        ]

    @property
    def newest(self) -> DecisionCard | None:
        return self.decisions[-1] if self.decisions else None

    @cached_property
    def hold(self) -> Hold | None:
        return self._newest(self.seen.holds.filter(released_at__isnull=True), "opened_at")

    @cached_property
    def period(self) -> Period | None:
        if not sees_medicine(self.request.actor):
            return None
        return newest_period(self.visit, self.request.around.today)

    @cached_property
    def results(self) -> list[TestResult]:
        brought = read_already(self.visit, "test_results")
        if brought is not None and sees_medicine(self.request.actor):
            return sorted(brought, key=lambda row: row.taken_at)
        rows = self.seen.test_results.filter(visit=self.visit)
        return list(self._medicine(rows).order_by("taken_at"))

    @cached_property
    def plan(self) -> Plan | None:
        return self._newest(self.seen.plans.filter(replaced_at__isnull=True), "made_at")

    @cached_property
    def offers(self) -> list[Offer]:
        """Every place that was ever kept for her, the newest first."""
        rows = self.seen.offers.filter(visit=self.visit).select_related("slot", "replaces__slot")
        return list(rows.order_by("-made_at"))

    @cached_property
    def exam(self) -> ExamRecord | None:
        return self._newest(self.seen.exam_records, "started_at")

    @cached_property
    def reports(self) -> list[Report]:
        rows = self.seen.reports.filter(visit=self.visit)
        return list(self._medicine(rows).order_by("version"))

    @cached_property
    def release(self) -> Release | None:
        return self._newest(self.seen.releases, "due_at")

    @cached_property
    def follow_up(self) -> FollowUp | None:
        return self._newest(self.seen.follow_ups, "opened_at")

    @cached_property
    def diary(self) -> list[DiaryEntry]:
        return self._of_the_follow_up(self.seen.diary_entries, "at")

    @cached_property
    def wrote(self) -> list[DiaryLine]:
        """Her diary with what she told in words."""
        facts = self.request.house.rulebook_at(self.visit.site).protocol.facts
        return [DiaryLine(row, diary_words(facts, row)) for row in self.diary]

    @cached_property
    def pregnancies(self) -> list[PregnancyEpisode]:
        return self._of_the_follow_up(self.seen.pregnancies, "opened_at")

    @cached_property
    def referrals(self) -> list[Referral]:
        return self._of_the_follow_up(self.seen.referrals, "made_at")

    @cached_property
    def tasks(self) -> list[Task]:
        rows = self.seen.tasks.filter(patient=self.patient, done_at__isnull=True)
        return list(self._medicine(rows).order_by("due_at"))

    @cached_property
    def timeline(self) -> list[Happening]:
        rows = self.seen.audits.filter(patient=self.patient, at__gte=self.visit.opened_at)
        changes = self._medicine(rows.exclude(action__in=NO_NEWS)).order_by("id")
        return timeline(changes, self.decisions, self.refunds)

    def _medicine(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        return rows if sees_medicine(self.request.actor) else rows.none()

    def _newest(self, rows: "QuerySet[Any]", order: str) -> Any:
        return self._medicine(rows.filter(visit=self.visit)).order_by(f"-{order}").first()

    def _of_the_follow_up(self, rows: "QuerySet[Any]", order: str) -> list[Any]:
        if self.follow_up is None:
            return []
        return list(rows.filter(follow_up=self.follow_up).order_by(order))

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
