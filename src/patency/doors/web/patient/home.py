"""Her own page: what now, why, what if; then her days, her diary and her report."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.core.messages import DueMessage
from patency.core.visit import FINAL, VisitState
from patency.doors.web.asked import asked_before_the_exam, protocol_at, read_all
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.fields import fields_of
from patency.doors.web.her import BEFORE_THE_EXAM, Journey, journey_of, window_of
from patency.doors.web.her_line import her_line
from patency.doors.web.periods import PeriodTyped, tell
from patency.doors.web.reasons import protocol_of, reason_cards
from patency.doors.web.refusals import kindly
from patency.doors.web.secrecy import may_be_told
from patency.doors.web.words import HER_NEXT, HER_URGENCIES, PLANNED, STANDINGS, capital, in_words
from patency.records.models.people import Patient
from patency.records.models.report import Report
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import cycles, hearing, journey, screening

DANGER_SIGNS, REPORT_READY = "danger-signs", "report-ready"
ALWAYS = frozenset({DANGER_SIGNS, REPORT_READY})
REFUSED = (screening.ScreeningRefused, journey.AnswersRefused)


@require_safe
@she_may(Action.SEE_PATIENT)
def mine(request: ActorRequest) -> HttpResponse:
    """Return her page, for the visit she is in."""
    seen = seen_by(request.actor, "her own page", now=request.now)
    patient, visit = herself(seen)
    if visit is None:
        return TemplateResponse(request, "patient/nothing.html", {"patient": patient})
    found = journey_of(seen, patient, visit, request)
    told = [card for card in found.decisions if may_be_told(card.row, found.release)]
    newest = told[-1] if told else None
    state = VisitState(visit.state)
    now, then = HER_NEXT[state]
    site = request.around.site
    window = window_of(found, request)
    line = her_line(seen, found, window, request)
    context = {
        "her": found,
        "patient": patient,
        "now": now,
        "then": then,
        "newest": newest,
        "reasons": reason_cards(
            newest.row,
            protocol_of(request.house, newest.row),
            found.overrides[newest.row.pk],
            request.actor,
        )
        if newest
        else [],
        "heard": _heard(request, found),
        "alarm": _alarm(found),
        "line": line,
        "planned_at": site.campuses.get(line.plan.campus) if line.plan else None,
        "window": window,
        "to_come": [(row, site.campuses.get(row.slot.campus)) for row in found.to_come],
        "campus": site.campuses.get(visit.campus),
        "questions": _open_questions(request, visit),
        "report": report_for_her(found),
        "timeline": [
            line
            for line in found.timeline
            if line.hers and (line.decision is None or line.decision in told)
        ],
        "plan": _plan(found),
        "diary_open": found.follow_up is not None and found.follow_up.state == "open",
    }
    return TemplateResponse(request, "patient/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.RECORD_ANSWERS)
def my_answers(request: ActorRequest) -> HttpResponse:
    """Take what she answers herself."""
    seen = seen_by(request.actor, "her own answers", now=request.now)
    patient, visit = herself(seen)
    if visit is None or VisitState(visit.state) not in BEFORE_THE_EXAM:
        messages.info(request, "There is nothing to answer at the moment.")
        return redirect("mine")
    protocol = protocol_at(request)
    names = asked_before_the_exam(request, visit)
    context: dict[str, object] = {
        "fields": fields_of(protocol, names, language=patient.language),
        "asked_in": patient.language,
    }
    status = 200
    if request.method == "POST":
        typed = read_all(protocol, names, request, language=patient.language)
        context["fields"] = typed.fields
        if typed.problems or not typed.answers:
            status = 400
            if not typed.answers:
                context["problem"] = "Nothing was sent yet: answer at least one question."
        else:
            try:
                screening.record_answers(
                    request.house, visit.pk, typed.answers, by=request.actor, now=request.now
                )
            except REFUSED as refusal:
                context["problem"], status = kindly(refusal), 409
            else:
                messages.success(request, "Thank you. Your answers are kept.")
                return redirect("mine")
    return TemplateResponse(request, "patient/answers.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.REPORT_PERIOD)
def my_period(request: ActorRequest) -> HttpResponse:
    """Take the first day of her period, or the last day of bleeding."""
    seen = seen_by(request.actor, "her own period", now=request.now)
    patient, _ = herself(seen)
    typed = PeriodTyped.from_post(request)
    context: dict[str, object] = {"typed": typed, "back": reverse("mine")}
    status = 200
    if request.method == "POST":
        if typed.problem:
            context["problem"], status = typed.problem, 400
        else:
            try:
                tell(request, patient.pk, typed)
            except cycles.BleedingInPregnancy as kept:
                context |= {"problem": kindly(kept), "call_now": True}
            except cycles.CycleRefused as refusal:
                context["problem"], status = kindly(refusal), 409
            else:
                messages.success(request, "Thank you. Your days are worked out anew.")
                return redirect("mine")
    return TemplateResponse(request, "patient/period.html", context, status=status)


def herself(seen: Seen) -> tuple[Patient, Visit | None]:
    """Return her and the visit she is in: the open one, or the last."""
    patient: Patient = seen.patients.get()
    visits = sorted(
        seen.visits.all(), key=lambda row: (row.state not in FINAL, row.opened_at), reverse=True
    )
    if visits:
        visits[0].patient = patient
    return patient, visits[0] if visits else None


def report_for_her(found: Journey) -> Report | None:
    """Return the newest signed report once it is released; a draft is nobody's to read."""
    if found.release is None or found.release.released_at is None:
        return None
    signed = [row for row in found.reports if row.status == "signed"]
    return signed[-1] if signed else None


def _heard(request: ActorRequest, found: Journey) -> list[DueMessage]:
    """Return what she is to know now: of the newest day, and the danger signs of her diary.

    What an earlier day said is over, and with the diary everything but that her report is ready.
    """
    every = hearing.messages_for(request.house, found.visit.pk, by=request.actor, now=request.now)
    if found.follow_up is None:
        return list(every)
    if found.follow_up.state != "open":
        return [one for one in every if one.id == REPORT_READY]
    of_days = [one for one in every if one.id not in ALWAYS]
    newest = max((one.since for one in of_days), default=None)
    return [one for one in every if one.id in ALWAYS or one.since == newest]


def _alarm(found: Journey) -> tuple[str, str] | None:
    """Return what she must do now, while what she told in her diary waits for someone."""
    open_here = [row.urgency for row in found.tasks if row.visit_id == found.visit.pk]
    if not found.diary or found.diary[-1].urgency not in open_here:
        return None
    return HER_URGENCIES[found.diary[-1].urgency]


def _plan(found: Journey) -> list[dict[str, object]]:
    """Return the dated plan after her examination, each with the ground it rests on."""
    items = (found.follow_up.plan if found.follow_up else None) or []
    return [
        {
            "what": PLANNED.get(item["what"], capital(in_words(item["what"]))),
            "first": date.fromisoformat(item["first_day"]),
            "last": date.fromisoformat(item["last_day"]),
            "standing": STANDINGS.get(item.get("standing", ""), ""),
            "provenance": item.get("provenance", ""),
        }
        for item in items
    ]


def _open_questions(request: ActorRequest, visit: Visit) -> int:
    if VisitState(visit.state) not in (VisitState.REGISTERED, VisitState.CLEARED):
        return 0
    return len(asked_before_the_exam(request, visit))
