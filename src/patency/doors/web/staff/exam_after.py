"""The record of an examination, and what follows it at once: watching her, antibiotics, leaving."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action, NotPermitted, may
from patency.core.dose import Given
from patency.core.exam import Exam, what_was_done
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.exam_film import film_of
from patency.doors.web.film_strip import film_strip
from patency.doors.web.languages import spoken
from patency.doors.web.refusals import kindly
from patency.doors.web.staff.exam import step_words, steps_seen, visit_to_examine
from patency.doors.web.staff.exam_form import AntibioticForm, CheckForm, RecordForm
from patency.doors.web.words import in_words
from patency.records.models.exam import ExamRecord, Observation
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import dosing, examination
from patency.service.dosed import DOSE_REASON, dose_reason_of, dose_told
from patency.service.examined import may_leave_at
from patency.service.prescribing import indications_now


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.RECORD_EXAM)
def exam_record(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Show what the steps come to as a form, and keep it as the record of the examination."""
    seen = seen_by(request.actor, "the examination", now=request.now)
    visit = visit_to_examine(seen, visit_id)
    if visit.state != VisitState.ARRIVED.value:
        return redirect("exam", visit.pk)
    steps = steps_seen(seen, visit)
    so_far = what_was_done(steps)
    form = RecordForm(
        request.POST or None,
        site=request.around.site,
        now=request.now,
        machine=(machine := dose_told(visit)),
        initial=RecordForm.from_steps(so_far, request.around, request.user),
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                _record(request, visit, form)
            except NotPermitted as refusal:
                form.add_error("over_maximum_reason", str(refusal))
            except examination.ExaminationRefused as refusal:
                field = (
                    "over_maximum_reason"
                    if isinstance(refusal, examination.OilOverMaximum)
                    else None
                )
                form.add_error(field, kindly(refusal))
            else:
                messages.success(request, _("The examination is recorded. Now she is watched."))
                return redirect("exam-after", visit.pk)
        status = 409 if form.is_valid() else 400
    context = {
        "form": form,
        "visit": visit,
        "patient": visit.patient,
        "back": reverse("exam", args=[visit.pk]),
        "strip": film_strip(film_of(steps, request.now)),
        "reference": request.around.site.dose_reference,
        "machine": machine,
        "machine_is_above": machine.dap_gy_cm2 is not None
        and float(machine.dap_gy_cm2) > request.around.site.dose_reference.dap_gy_cm2,
    }
    return TemplateResponse(request, "staff/exam_record.html", context, status=status)


def _record(request: ActorRequest, visit: Visit, form: RecordForm) -> ExamRecord:
    told: dict[str, Any] = form.exam()
    return examination.record(
        request.house,
        visit.pk,
        Exam(**told),
        over_maximum_reason=form.cleaned_data["over_maximum_reason"],
        by=request.actor,
        now=request.now,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.RECORD_EXAM)
def exam_after(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Show the record, watch her, decide on antibiotics, and let her leave."""
    seen = seen_by(request.actor, "after the examination", now=request.now)
    rows = seen.visits.filter(pk=visit_id).select_related(
        "patient", "exam_record__observation", "exam_record__antibiotic_choice"
    )
    visit = rows.first()
    exam: ExamRecord | None = getattr(visit, "exam_record", None)
    if visit is None:
        raise Http404("This visit was not found at your site.")
    if exam is None:
        return redirect("exam", visit.pk)
    what = request.POST.get("what", "")
    check = CheckForm(request.POST if what == "check" else None)
    choice = AntibioticForm(
        request.POST if what == "antibiotics" else None, formulary=request.around.site.formulary
    )
    status = 200
    if request.method == "POST":
        said = _done(request, visit, what, check, choice)
        if said:
            messages.success(request, said)
            return redirect("exam-after", visit.pk)
        status = 409
    context = _context(request, seen, visit, exam)
    context |= {
        "leaves_all_the_same": what == "leave" and status == 409 and context["may_go"],
        "check": check,
        "choice": choice,
        "form": choice if what == "antibiotics" else check,
    }
    return TemplateResponse(request, "staff/exam_after.html", context, status=status)


def _done(
    request: ActorRequest, visit: Visit, what: str, check: CheckForm, choice: AntibioticForm
) -> str:
    """Return what was done in a sentence, or an empty text where it was refused."""
    by, now, house = request.actor, request.now, request.house
    try:
        if what == "leave" and (why := _not_yet(visit, now)) and request.POST.get("sure") != "yes":
            messages.error(request, why)
            return ""
        if what == "leave":
            examination.let_leave(house, visit.pk, by=by, now=now)
            return _("She may go home. Her diary is open; tell her whom to call.")
        if what == "check" and check.is_valid():
            examination.observe(house, visit.pk, check.said(), by=by, now=now)
            return _("Kept: you looked at her.")
        if what == "antibiotics" and choice.is_valid():
            examination.choose_antibiotics(house, visit.pk, **choice.said(), by=by, now=now)
            return _("The decision about antibiotics is kept.")
        if what == "dose":
            dosing.say_why(visit.pk, request.POST.get("why", ""), by=by, now=now)
            return _("Kept: why the dose was above the reference.")
    except (examination.ExaminationRefused, dosing.DosingRefused) as refusal:
        if what == "antibiotics":
            choice.add_error(None, kindly(refusal))
        else:
            messages.error(request, kindly(refusal))
    return ""


def _not_yet(visit: Visit, now: datetime) -> str:
    """Return what is still open before she leaves, in a sentence; it can be gone over knowingly."""
    exam = visit.exam_record
    watched = getattr(exam, "observation", None)
    open_ones: list[str] = []
    if watched is None or now < may_leave_at(watched):
        return ""  # too early anyhow, and that is said
    if getattr(exam, "antibiotic_choice", None) is None:
        open_ones.append(_("Nobody has decided on antibiotics: ask a prescriber first."))
    if not watched.checks:
        open_ones.append(_("No look at her is kept."))
    return spoken().joined(open_ones)


def _context(
    request: ActorRequest, seen: Seen, visit: Visit, exam: ExamRecord
) -> dict[str, object]:
    watched: Observation | None = getattr(exam, "observation", None)
    free_at = may_leave_at(watched) if watched is not None else None
    choice = getattr(exam, "antibiotic_choice", None)
    steps = steps_seen(seen, visit)
    last = watched.checks[-1] if watched is not None and watched.checks else None
    return {
        "visit": visit,
        "patient": visit.patient,
        "exam": exam,
        "events": [
            in_words(each["kind"])
            for each in exam.events
            if each.get("kind", DOSE_REASON) != DOSE_REASON
        ],
        "dose": Given(
            None if exam.dap_gy_cm2 is None else float(exam.dap_gy_cm2),
            request.around.site.dose_reference.dap_gy_cm2,
            reason=dose_reason_of(exam),
        ),
        "observation": watched,
        "checks": list(_checks(watched.checks)) if watched is not None else [],
        "may_go_at": free_at,
        "may_go": free_at is not None and request.now >= free_at,
        "minutes_left": _minutes(free_at, request.now),
        "last_check": last,
        "antibiotics": choice,
        "indications": [
            in_words(each) for each in indications_now(request.house, visit, now=request.now)
        ]
        if choice is None
        else [],
        "may_prescribe": may(request.actor, Action.PRESCRIBE),
        "may_discharge": may(request.actor, Action.DISCHARGE),
        "strip": film_strip(film_of(steps, exam.ended_at)),
        "steps": [(step, step_words(step)) for step in steps],
        "back": reverse("today"),
    }


def _minutes(until: datetime | None, now: datetime) -> int:
    """Return the whole minutes that are left, counted up so that nobody goes a minute early."""
    if until is None or until <= now:
        return 0
    return -int((now - until) // timedelta(minutes=1))


def _checks(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for row in rows:
        yield {**row, "at": datetime.fromisoformat(row["at"])}
