"""One woman's record as staff see it: where she is, what comes next, and everything that was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, sees_medicine, staff_may
from patency.doors.web.exam_film import film_of
from patency.doors.web.film_strip import FilmStrip, film_strip
from patency.doors.web.happenings import Happening
from patency.doors.web.her import Journey, window_of
from patency.doors.web.her_line import HerLine, her_line
from patency.doors.web.open_tasks import task_line
from patency.doors.web.staff.exam import steps_seen
from patency.doors.web.staff.waiting import OF_THE_EXAM, next_step_of
from patency.doors.web.words import STATES
from patency.records.facts_on import bring_facts
from patency.records.models.booking import Booking
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by

S = VisitState
REPORTABLE = frozenset({S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC})
# The road as she and the staff see it, and the states that have passed each stone.
ROAD: tuple[tuple[Promise, frozenset[VisitState]], ...] = (
    (gettext_lazy("Registered"), frozenset({S.REGISTERED, S.ON_HOLD})),
    (gettext_lazy("Test passed"), frozenset({S.CLEARED})),
    (gettext_lazy("Date"), frozenset({S.BOOKED})),
    (gettext_lazy("Arrived"), frozenset({S.ARRIVED})),
    (gettext_lazy("Examined"), frozenset({S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC})),
    (gettext_lazy("Report signed"), frozenset({S.REPORTED})),
    (gettext_lazy("Report released"), frozenset({S.RELEASED})),
    (gettext_lazy("Closed"), frozenset({S.CLOSED})),
)


@dataclass(frozen=True, slots=True)
class Stone:
    """One step of the road."""

    name: Promise
    is_here: bool
    is_passed: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """Something this role may do for her now."""

    word: str
    href: str
    is_first: bool = False


@require_safe
@staff_may(Action.SEE_PATIENT)
def journey(request: ActorRequest, patient_id: UUID, visit_id: UUID | None = None) -> HttpResponse:
    """Return one woman's newest visit, or the one that is asked for."""
    seen = seen_by(request.actor, "her journey", now=request.now)
    patient: Patient | None = seen.patients.filter(pk=patient_id).first()
    if patient is None:
        raise Http404(_("She was not found at your site."))
    of_hers = seen.visits.filter(patient=patient).select_related(*OF_THE_EXAM)
    visits = list(of_hers.order_by("-opened_at"))
    visit = next((row for row in visits if visit_id in (None, row.pk)), None)
    if visit is None:
        if visit_id is not None:
            raise Http404(_("She was not found at your site."))
        return TemplateResponse(request, "staff/no_visit.html", {"patient": patient})
    visit.patient = patient
    found = Journey(patient, visit, seen, request)
    medicine = sees_medicine(request.actor)
    if medicine:
        bring_facts(visit)
    window = window_of(found, request) if medicine else None
    context = {
        "her": found,
        "patient": patient,
        "visit": visit,
        "others": [row for row in visits if row.pk != visit.pk],
        "state": STATES[S(visit.state)][0],
        "road": road(S(visit.state)),
        "next_step": next_step_of(visit) if sees_medicine(request.actor) else "",
        "medicine": medicine,
        "window": window,
        "line": her_line(seen, found, window, request) if medicine else HerLine(),
        "may_answer_offer": may(request.actor, Action.BOOK),
        "tasks": [task_line(row, request.now) for row in found.tasks],
        "may_acknowledge": may(request.actor, Action.ACKNOWLEDGE),
        "deeds": deeds_for(request, found),
        "may_release": may(request.actor, Action.RELEASE_HOLD),
        "days": by_day(found.timeline),
        "strip": _strip(request, seen, visit) if medicine else FilmStrip(),
        "messages_to_her": _messages(seen, patient) if medicine else [],
        "said_urgent": seen.urgencies.filter(visit=visit).order_by("-pk").first()
        if medicine
        else None,
    }
    return TemplateResponse(request, "staff/journey.html", context)


def road(state: VisitState) -> list[Stone]:
    """Return the road with where she stands; a cancelled visit stands nowhere."""
    at = next((place for place, (_name, states) in enumerate(ROAD) if state in states), -1)
    return [Stone(name, place == at, place < at) for place, (name, _states) in enumerate(ROAD)]


def deeds_for(request: ActorRequest, found: Journey) -> list[Deed]:
    """Return what this role may do now, what comes next first."""
    visit, patient, actor = found.visit, found.patient, request.actor
    state, before = S(visit.state), found.before_the_exam
    today = _exam_today(found.to_come, request.around.today)
    medicine = sees_medicine(actor)
    wanted: Iterable[tuple[bool, Action, str, str, object]] = (
        (
            today is not None and state is S.BOOKED,
            Action.CHECK_IN,
            _("Check her in"),
            "check-in",
            today.pk if today else None,
        ),
        (state is S.ARRIVED, Action.RECORD_EXAM, _("Examine"), "exam", visit.pk),
        (
            found.exam is not None,
            Action.RECORD_EXAM,
            _("After the examination"),
            "exam-after",
            visit.pk,
        ),
        (
            found.exam is not None and state in REPORTABLE,
            Action.REPORT,
            _("Write the report"),
            "report-editor",
            visit.pk,
        ),
        (
            bool(found.reports),
            Action.READ_REPORT,
            _("Report"),
            "report",
            found.reports[-1].pk if found.reports else None,
        ),
        (
            found.release is not None and found.release.released_at is not None,
            Action.PICK_UP,
            _("New pick-up code"),
            "pickup-code",
            visit.pk,
        ),
        (
            found.follow_up is not None,
            Action.ACKNOWLEDGE,
            _("Her weeks after"),
            "follow-up",
            found.follow_up.pk if found.follow_up else None,
        ),
        (
            before and found.hold is not None,
            Action.RECORD_ANSWERS,
            _("Treatment"),
            "treatment",
            visit.pk,
        ),
        (before, Action.RECORD_RESULTS, _("Test and questions"), "results", visit.pk),
        (before, Action.RECORD_ANSWERS, _("Answers"), "answers", visit.pk),
        (before, Action.TAKE_CONSENT, _("Consent and application"), "papers", visit.pk),
        (True, Action.TAKE_PAYMENT, _("Payment"), "money", visit.pk),
        (
            state in (S.CLEARED, S.BOOKED),
            Action.BOOK,
            _("Another date") if found.to_come else _("Book a date"),
            "dates",
            visit.pk,
        ),
        (True, Action.REPORT_PERIOD, _("Period"), "period", patient.pk),
        (before, Action.RECORD_ANSWERS, _("Wishes"), "wishes", visit.pk),
        (before and medicine, Action.OVERRIDE, _("Approve a later day"), "approval", visit.pk),
        (before and medicine, Action.RECORD_ANSWERS, _("How urgent"), "urgency", visit.pk),
    )
    deeds: list[Deed] = []
    for is_open, action, word, name, pk in wanted:
        if is_open and may(actor, action):
            deeds.append(Deed(word, reverse(name, args=[pk]), not deeds))
    return deeds


def by_day(timeline: Iterable[Happening]) -> list[tuple[date, list[Happening]]]:
    """Return what happened, the newest day first, each day in its own order."""
    zone = timezone.get_current_timezone()
    days = groupby(timeline, key=lambda each: each.at.astimezone(zone).date())
    return [(day, list(rows)) for day, rows in days][::-1]


def _exam_today(rows: Iterable[Booking], today: date) -> Booking | None:
    return next((row for row in rows if row.kind == "exam" and row.slot.day == today), None)


def _strip(request: ActorRequest, seen: Seen, visit: Visit) -> FilmStrip:
    return film_strip(film_of(steps_seen(seen, visit), request.now))


def _messages(seen: Seen, patient: Patient) -> list[object]:
    """Return what was sent to her lately, the newest first."""
    return list(seen.messages.filter(patient=patient).order_by("-made_at")[:10])
