"""One woman's journey as staff see it."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, sees_medicine, staff_may
from patency.doors.web.her import journey_of, window_of
from patency.doors.web.her_line import HerLine, her_line
from patency.doors.web.open_tasks import task_line
from patency.doors.web.staff.waiting import OF_THE_EXAM, next_step_of
from patency.doors.web.words import STATES
from patency.records.models.people import Patient
from patency.records.seen_by import seen_by

NOT_FOUND = "She was not found at your site."


@require_safe
@staff_may(Action.SEE_PATIENT)
def journey(request: ActorRequest, patient_id: UUID, visit_id: UUID | None = None) -> HttpResponse:
    """Return one woman's newest visit, or the one that is asked for."""
    seen = seen_by(request.actor, "her journey", now=request.now)
    patient: Patient | None = seen.patients.filter(pk=patient_id).first()
    if patient is None:
        raise Http404(NOT_FOUND)
    of_hers = seen.visits.filter(patient=patient).select_related(*OF_THE_EXAM)
    visits = list(of_hers.order_by("-opened_at"))
    visit = next((row for row in visits if visit_id in (None, row.pk)), None)
    if visit is None:
        if visit_id is not None:
            raise Http404(NOT_FOUND)
        return TemplateResponse(request, "staff/no_visit.html", {"patient": patient})
    visit.patient = patient
    found = journey_of(seen, patient, visit, request)
    medicine = sees_medicine(request.actor)
    state, _ = STATES[VisitState(visit.state)]
    window = window_of(found, request) if medicine else None
    context = {
        "her": found,
        "patient": patient,
        "visit": visit,
        "others": [row for row in visits if row.pk != visit.pk],
        "state": state,
        "next_step": next_step_of(visit),
        "medicine": medicine,
        "window": window,
        "line": her_line(seen, found, window, request) if medicine else HerLine(),
        "may_answer_offer": may(request.actor, Action.BOOK),
        "tasks": [task_line(row, request.now) for row in found.tasks],
        "may_acknowledge": may(request.actor, Action.ACKNOWLEDGE),
        "may_answer": found.before_the_exam and may(request.actor, Action.RECORD_ANSWERS),
        "may_record": found.before_the_exam and may(request.actor, Action.RECORD_RESULTS),
        "may_report_period": may(request.actor, Action.REPORT_PERIOD),
        "may_book": visit.state in ("cleared", "booked") and may(request.actor, Action.BOOK),
        "may_take_consent": found.before_the_exam and may(request.actor, Action.TAKE_CONSENT),
        "may_take_payment": may(request.actor, Action.TAKE_PAYMENT),
        "may_release": may(request.actor, Action.RELEASE_HOLD),
        "check_in": _to_check_in(request, found.to_come),
    }
    return TemplateResponse(request, "staff/journey.html", context)


def _to_check_in(request: ActorRequest, rows: list) -> object:
    if not may(request.actor, Action.CHECK_IN):
        return None
    exams = (row for row in rows if row.kind == "exam" and row.slot.day == request.around.today)
    return next(exams, None)
