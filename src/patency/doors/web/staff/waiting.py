"""Who waits without a date today: on hold, with open questions, for a report, or at home."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.doors.web.reasons import staff_words
from patency.doors.web.staff.board_order import AFTER_THE_EXAM
from patency.doors.web.words import STATES, capital, day_words, how_long, in_words
from patency.records.facts_on import facts_from_json
from patency.records.models.followup import FollowUp, with_last_entry
from patency.records.models.people import Patient
from patency.records.models.visit import Decision, Hold, Visit
from patency.records.seen_by import Seen
from patency.service.house import House

S = VisitState
REPORT_WAITS = (S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC, S.REPORTED)
OF_THE_EXAM = ("exam_record__observation", "exam_record__antibiotic_choice")
"""What ``next_step_of`` looks at; fetched with the visit."""
SHOWN_AT_FIRST = 5
"""Of each kind on the day's page; the others stand on their own pages."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing a woman waits for."""

    what: str
    why: str
    tone: str = "plain"
    is_here: bool = False


@dataclass(slots=True)
class WaitingLine:
    """One woman and everything she waits for."""

    patient: Patient
    waits: list[Wait] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Around:
    """What the words of a wait are made with."""

    house: House
    seen: Seen
    today: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of waiting: its name, whom it holds, and the words for some of them."""

    name: Promise
    rows: "Callable[[Seen], QuerySet[Any]]"
    waits: Callable[[Around, list[Any]], Iterable[tuple[Patient, Wait]]]


def next_step_of(visit: Visit) -> str:
    """Return what the clinic does next; what is open right after the examination goes first."""
    state = VisitState(visit.state)
    exam = getattr(visit, "exam_record", None)
    if state not in AFTER_THE_EXAM or exam is None:
        return str(STATES[state][1])
    here = is_here(visit)
    undecided = getattr(exam, "antibiotic_choice", None) is None
    if here and undecided:
        return _("Watch her until she may leave and decide on antibiotics")
    if here:
        return _("Watch her until she may leave")
    return _("Decide on antibiotics") if undecided else str(STATES[state][1])


def is_here(visit: Visit) -> bool:
    """Return whether she was examined and has not left."""
    exam = getattr(visit, "exam_record", None)
    watched = getattr(exam, "observation", None)
    return exam is not None and (watched is None or watched.left_at is None)


def waiting(
    house: House, seen: Seen, today: date, now: datetime, *, listed: set[object]
) -> list[WaitingLine]:
    """Return the first women of each kind who wait and are not listed already, holds first.

    The number of queries does not depend on how many women wait.
    """
    around = Around(house, seen, today, now)
    found: dict[object, WaitingLine] = {}
    for kind in KINDS.values():
        rows = kind.rows(seen)
        way = rows.model.WOMAN
        first = list(rows.exclude(**{f"{way}__in": listed})[:SHOWN_AT_FIRST])
        for patient, wait in kind.waits(around, first):
            line = found.get(patient.pk)
            if (
                # She is still in the clinic, so her diary says nothing yet.
                kind is KINDS["at-home"]
                and line is not None
                and any(one.is_here for one in line.waits)
            ):
                continue
            found.setdefault(patient.pk, WaitingLine(patient)).waits.append(wait)
    return list(found.values())


def how_many(seen: Seen) -> list[tuple[str, Promise, int]]:
    """Return how many women wait, kind by kind."""
    return [(code, kind.name, kind.rows(seen).count()) for code, kind in KINDS.items()]


def _held(seen: Seen) -> "QuerySet[Hold]":
    rows = seen.holds.filter(released_at__isnull=True)
    return rows.select_related("visit__patient", "decision").order_by("opened_at")


def _of_holds(around: Around, rows: list[Hold]) -> Iterable[tuple[Patient, Wait]]:
    for hold in rows:
        yield hold.visit.patient, Wait(_("On hold"), _why_held(around, hold), "look")


def _why_held(around: Around, hold: Hold) -> str:
    facts, stage = hold.decision.facts, Stage(hold.decision.stage)
    says = staff_words(around.house, hold.site, stage, facts_from_json(facts)) if facts else {}
    why = [says.get(rule) or capital(in_words(rule)) for rule in hold.rule_ids]
    return _("Since {day} ({time}). {why}").format(
        day=_day(hold.opened_at), time=how_long(around.now - hold.opened_at), why=" ".join(why)
    )


def _reports(seen: Seen) -> "QuerySet[Visit]":
    rows = seen.visits.filter(state__in=[state.value for state in REPORT_WAITS])
    return rows.select_related("patient", *OF_THE_EXAM).order_by("opened_at")


def _of_reports(around: Around, visits: list[Visit]) -> Iterable[tuple[Patient, Wait]]:
    drafts = {row.visit_id for row in around.seen.reports.filter(status="draft", visit__in=visits)}
    releases = {row.visit_id: row for row in around.seen.releases.filter(visit__in=visits)}
    for visit in visits:
        step = next_step_of(visit)
        if step != str(STATES[VisitState(visit.state)][1]):
            still = _("{what}.").format(what=step)
            here = is_here(visit)
            where = _("In the clinic") if here else _("Examined, has left")
            yield visit.patient, Wait(where, still, "look", here)
        release = releases.get(visit.pk)
        if visit.state == S.REPORTED.value:
            due = _("Due {day}.").format(day=_day(release.due_at)) if release else ""
            held = _("It is held back.") if release and release.held_reason else ""
            yield visit.patient, Wait(_("Report to release"), held or due)
        elif visit.pk in drafts:
            yield visit.patient, Wait(_("Report to sign"), _("A draft is written."))
        else:
            yield visit.patient, Wait(_("Report to write"), "")


def _registered(seen: Seen) -> "QuerySet[Visit]":
    rows = seen.visits.filter(state=S.REGISTERED.value)
    return rows.select_related("patient").order_by("opened_at")


def _of_registered(around: Around, visits: list[Visit]) -> Iterable[tuple[Patient, Wait]]:
    decisions = around.seen.decisions.filter(visit__in=visits).defer("facts", "shown")
    newest: dict[object, Decision] = {row.visit_id: row for row in decisions.order_by("made_at")}
    for visit in visits:
        row = newest.get(visit.pk)
        count = len(row.questions) if row is not None else None
        if count == 0:
            continue
        asked = (
            ngettext(
                "Open questions: {count} to ask", "Open questions: {count} to ask", count
            ).format(count=count)
            if count
            else _("Open questions: none answered yet")
        )
        since = _("Registered {day}.").format(day=_day(visit.opened_at))
        yield visit.patient, Wait(asked, since)


def _at_home(seen: Seen) -> "QuerySet[FollowUp]":
    rows = seen.follow_ups.filter(state="open").select_related("patient")
    return with_last_entry(rows).order_by("exam_day")


def _of_at_home(around: Around, rows: list[Any]) -> Iterable[tuple[Patient, Wait]]:
    for row in rows:
        day = (around.today - row.exam_day).days
        why = (
            _("Nothing written yet.")
            if row.written is None
            else _("Last written about day {number}.").format(number=row.written)
        )
        yield row.patient, Wait(_("At home, diary day {number}").format(number=day), why)


KINDS: Mapping[str, Kind] = {
    "hold": Kind(gettext_lazy("On hold"), _held, _of_holds),
    "report": Kind(gettext_lazy("Examined, report to come"), _reports, _of_reports),
    "questions": Kind(gettext_lazy("Registered, not tested yet"), _registered, _of_registered),
    "at-home": Kind(gettext_lazy("At home after the examination"), _at_home, _of_at_home),
}


def _day(moment: datetime) -> str:
    return day_words(moment.astimezone(timezone.get_current_timezone()).date())
