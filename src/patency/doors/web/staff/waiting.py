"""Who waits without a date today: on hold, with open questions, for a report, or at home."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone

from patency.core.protocol.model import Stage
from patency.core.visit import VisitState
from patency.doors.web.reasons import staff_words
from patency.doors.web.words import STATES, capital, day_words, how_long, in_words
from patency.records.facts_on import facts_from_json
from patency.records.models.people import Patient
from patency.records.models.visit import Decision, Hold, Visit
from patency.records.seen_by import Seen
from patency.service.house import House

S = VisitState
REPORT_WAITS = (S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC, S.REPORTED)
HERE = "In the clinic"
OF_THE_EXAM = ("exam_record__observation", "exam_record__antibiotic_choice")
"""What ``next_step_of`` looks at; fetched with the visit."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing a woman waits for."""

    what: str
    why: str
    tone: str = "plain"


@dataclass(slots=True)
class WaitingLine:
    """One woman and everything she waits for."""

    patient: Patient
    waits: list[Wait] = field(default_factory=list)


def next_step_of(visit: Visit) -> str:
    """Return what the clinic does next; what is open right after the examination goes first."""
    state = VisitState(visit.state)
    exam = getattr(visit, "exam_record", None)
    if state not in REPORT_WAITS or state is S.REPORTED or exam is None:
        return STATES[state][1]
    still = []
    watched = getattr(exam, "observation", None)
    if watched is None or watched.left_at is None:
        still.append("Watch her until she may leave")
    if getattr(exam, "antibiotic_choice", None) is None:
        still.append("Decide on antibiotics")
    sentence = " and ".join(still).lower()
    return capital(sentence) or STATES[state][1]


def waiting(
    house: House, seen: Seen, today: date, now: datetime, *, listed: set[object]
) -> list[WaitingLine]:
    """Return the women who wait and are not listed already, holds first.

    The number of queries does not depend on how many women wait.
    """
    found: dict[object, WaitingLine] = {}

    def add(patient: Patient, wait: Wait) -> None:
        if patient.pk not in listed:
            found.setdefault(patient.pk, WaitingLine(patient)).waits.append(wait)

    holds = seen.holds.filter(released_at__isnull=True).select_related("visit__patient", "decision")
    for hold in holds.order_by("opened_at"):
        add(hold.visit.patient, Wait("On hold", _why_held(house, hold, now), "look"))
    for visit, wait in _reports(seen):
        add(visit.patient, wait)
    for visit, wait in _registered(seen):
        add(visit.patient, wait)
    at_home = seen.follow_ups.filter(state="open").select_related("patient")
    for row in at_home.annotate(written=Max("diary__day")).order_by("exam_day"):
        line = found.get(row.patient_id)
        if line is not None and any(wait.what == HERE for wait in line.waits):
            continue
        written = row.written
        why = "Nothing written yet." if written is None else f"Last written about day {written}."
        add(row.patient, Wait(f"At home, diary day {(today - row.exam_day).days}", why))
    return list(found.values())


def _why_held(house: House, hold: Hold, now: datetime) -> str:
    facts, stage = hold.decision.facts, Stage(hold.decision.stage)
    says = staff_words(house, hold.site, stage, facts_from_json(facts)) if facts else {}
    why = [says.get(rule) or capital(in_words(rule)) for rule in hold.rule_ids]
    return f"Since {_day(hold.opened_at)} ({how_long(now - hold.opened_at)}). {' '.join(why)}"


def _reports(seen: Seen) -> list[tuple[Visit, Wait]]:
    rows = seen.visits.filter(state__in=[state.value for state in REPORT_WAITS])
    visits = list(rows.select_related("patient", *OF_THE_EXAM).order_by("opened_at"))
    drafts = {row.visit_id for row in seen.reports.filter(status="draft", visit__in=visits)}
    releases = {row.visit_id: row for row in seen.releases.filter(visit__in=visits)}
    waits = []
    for visit in visits:
        step = next_step_of(visit)
        if step != STATES[VisitState(visit.state)][1]:
            waits.append((visit, Wait(HERE, f"{step}.", "look")))
        release = releases.get(visit.pk)
        if visit.state == S.REPORTED.value:
            due = f"Due {_day(release.due_at)}." if release else ""
            held = "It is held back." if release and release.held_reason else ""
            waits.append((visit, Wait("Report to release", held or due)))
        elif visit.pk in drafts:
            waits.append((visit, Wait("Report to sign", "A draft is written.")))
        else:
            waits.append((visit, Wait("Report to write", "")))
    return waits


def _registered(seen: Seen) -> list[tuple[Visit, Wait]]:
    rows = seen.visits.filter(state=S.REGISTERED.value).select_related("patient")
    visits = list(rows.order_by("opened_at"))
    decisions = seen.decisions.filter(visit__in=visits).order_by("made_at")
    newest: dict[object, Decision] = {row.visit_id: row for row in decisions}
    waits = []
    for visit in visits:
        row = newest.get(visit.pk)
        count = len(row.questions) if row is not None else None
        if count != 0:
            asked = f"{count} to ask" if count else "none answered yet"
            since = f"Registered {_day(visit.opened_at)}."
            waits.append((visit, Wait(f"Open questions: {asked}", since)))
    return waits


def _day(moment: datetime) -> str:
    return day_words(moment.astimezone(timezone.get_current_timezone()).date())
