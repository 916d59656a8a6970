"""What she answers, and what the clinic visit finds: only what the protocol still asks."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patency.core.access import Action
from patency.core.facts import Facts
from patency.core.protocol.model import Stage
from patency.doors.web.asked import (
    TestForm,
    asked_before_the_exam,
    empty_test,
    parts_of,
    protocol_at,
    read_all,
    read_test,
    still_asked,
    to_come,
    to_look_at,
)
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.fields import fields_of
from patency.doors.web.preview import preview
from patency.doors.web.refusals import kindly, refused
from patency.doors.web.words import CODES
from patency.records.facts_on import with_facts
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service import journey, laboratory, screening
from patency.service.laboratory import TestTaken

REFUSED = (screening.ScreeningRefused, journey.AnswersRefused, laboratory.TestRefused)
LEUCORRHOEA = "leucorrhoea"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.RECORD_ANSWERS)
def answers(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Take down what she answers before the visit."""
    visit = visit_at(request, visit_id, judged=True)
    protocol = protocol_at(request)
    names = asked_before_the_exam(request, visit)
    page = _("Answers")
    if request.method != "POST":
        return _form(request, visit, page, {"fields": fields_of(protocol, names)})
    typed = read_all(protocol, names, request)
    if request.POST.get("preview"):
        return previewed(request, visit, Stage.REGISTRATION, typed.answers, [], {})
    context = {"fields": typed.fields}
    nothing = bool(names) and not typed.answers
    if typed.problems or nothing:
        return _form(request, visit, page, context, nothing=nothing)
    try:
        done = screening.record_answers(
            request.house, visit.pk, typed.answers, by=request.actor, now=request.now
        )
    except REFUSED as refusal:
        return _form(request, visit, page, context | refused(refusal))
    messages.success(request, _("The answers are kept. This is what the protocol says now."))
    return redirect("decision", done.row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.RECORD_RESULTS)
def results(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Take down the clinic visit: what is measured and asked, and the leucorrhoea test."""
    visit = visit_at(request, visit_id, judged=True)
    protocol = protocol_at(request)
    parts = parts_of(protocol, LEUCORRHOEA)
    asked = still_asked(request, visit, [Stage.VISIT], extra={"visit_date": request.around.today})
    names = [name for name in asked if name not in parts]
    names += [name for name in to_come(request, visit) if name not in names]
    first = [name for name in asked_before_the_exam(request, visit) if name not in asked]
    title, page = str(CODES[LEUCORRHOEA]), _("The clinic visit")
    if request.method != "POST":
        tests = [empty_test(protocol, LEUCORRHOEA, title, request)]
        context = {
            "first_fields": fields_of(protocol, first),
            "fields": fields_of(protocol, names),
            "tests": tests,
        }
        return _form(request, visit, page, context)
    before = read_all(protocol, first, request)
    typed = read_all(protocol, names, request)
    form, taken = read_test(protocol, LEUCORRHOEA, title, request)
    if request.POST.get("preview"):
        told = {**before.answers, **typed.answers}
        extra = {"visit_date": request.around.today}
        return previewed(request, visit, Stage.VISIT, told, [taken], extra, [form])
    context = {"first_fields": before.fields, "fields": typed.fields, "tests": [form]}
    nothing = not before.answers and not typed.answers and taken is None
    if before.problems or typed.problems or form.is_wrong or nothing:
        return _form(request, visit, page, context, nothing=nothing)
    by, now = request.actor, request.now
    try:
        if before.answers:
            done = screening.record_answers(request.house, visit.pk, before.answers, by=by, now=now)
        if typed.answers or taken is not None:
            done = screening.record_results(
                request.house,
                visit.pk,
                tests=[taken] if taken else [],
                answers=typed.answers,
                by=by,
                now=now,
            )
    except REFUSED as refusal:
        return _form(request, visit, page, context | refused(refusal))
    messages.success(request, _("The visit is kept. This is what the protocol says now."))
    return redirect("decision", done.row.pk)


@require_POST
@staff_may(Action.RELEASE_HOLD)
def release(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Have the visit judged again, and release the hold when nothing stands in the way."""
    visit = visit_at(request, visit_id)
    try:
        done = screening.release(request.house, visit.pk, by=request.actor, now=request.now)
    except screening.ScreeningRefused as refusal:
        messages.error(request, kindly(refusal))
        return redirect("journey", visit.patient_id)
    held = set(done.hold.rule_ids) if done.hold is not None else set()
    seen = seen_by(request.actor, "overrides that counted", now=request.now)
    overridden = seen.overrides.filter(decision__visit=visit, rule_id__in=held).exists()
    messages.success(
        request,
        _("The hold is released. What held her was overridden; the reasons below say by whom.")
        if overridden
        else _("The hold is released."),
    )
    return redirect("decision", done.row.pk)


def previewed(
    request: ActorRequest,
    visit: Visit,
    stage: Stage,
    answers: Mapping[str, object],
    tests: Sequence[TestTaken | None],
    extra: Facts,
    forms: Sequence[TestForm] = (),
) -> HttpResponse:
    """Return what the protocol would say of a form as it stands; nothing is kept."""
    found = preview(request, visit, stage, answers, tests, extra)
    lacks = [(form.title, form.lot_problem) for form in forms if form.lot_problem]
    return TemplateResponse(request, "pieces/preview.html", {"preview": found, "lacks": lacks})


def visit_at(request: ActorRequest, visit_id: UUID, *, judged: bool = False) -> Visit:
    """Return a visit of the actor's site, or the page that says there is none.

    Where a page asks the protocol more than once (``judged``), what facts are made of comes with
    it, read once.
    """
    seen = seen_by(request.actor, "taking down answers", now=request.now)
    rows = seen.visits.filter(pk=visit_id).select_related("patient")
    visit: Visit | None = (with_facts(rows) if judged else rows).first()
    if visit is None:
        raise Http404("This visit was not found at your site.")
    return visit


def _form(
    request: ActorRequest,
    visit: Visit,
    title: str,
    context: Mapping[str, object],
    *,
    nothing: bool = False,
) -> HttpResponse:
    if request.method == "POST" and nothing:
        context = {**context, "problem": _("Nothing was sent: give at least one answer.")}
    bad = request.method == "POST"
    if bad:
        context = {**context, "to_look_at": to_look_at(context)}
    return TemplateResponse(
        request,
        "staff/form.html",
        {
            "title": title,
            "patient": visit.patient,
            "back": reverse("journey", args=[visit.patient_id]),
            **context,
        },
        status=409 if context.get("detail") else 400 if bad else 200,
    )
