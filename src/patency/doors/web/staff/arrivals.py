"""She arrives: asked again, tested again, and let in, kept waiting, or sent home with a reason."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patency.core.access import Action
from patency.core.protocol.conditions import facts_used
from patency.core.protocol.model import Protocol, Rule, Stage
from patency.core.visit import VisitState
from patency.doors.web.asked import (
    empty_test,
    parts_of,
    protocol_at,
    read_all,
    read_test,
    still_asked,
    taken_down_today,
    to_look_at,
)
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.fields import fields_of, filled
from patency.doors.web.reasons import TONES, staff_words
from patency.doors.web.refusals import kindly, refused
from patency.doors.web.staff.screening import previewed
from patency.doors.web.templatetags.plain import money
from patency.doors.web.words import CODES, OUTCOMES, VERDICTS, question
from patency.records.models.booking import Booking
from patency.records.seen_by import seen_by
from patency.service import arrival, journey, laboratory

REFUSED = (arrival.ArrivalRefused, journey.AnswersRefused, laboratory.TestRefused)
TESTS = ("pregnancy_urine", "hcg_serum")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.CHECK_IN)
def check_in(request: ActorRequest, booking_id: UUID) -> HttpResponse:
    """Take down her arrival; the service says whether she goes in."""
    seen = seen_by(request.actor, "check-in", now=request.now)
    row: Booking | None = (
        seen.bookings.filter(pk=booking_id).select_related("slot", "visit__patient").first()
    )
    if row is None:
        raise Http404("This date was not found at your site.")
    protocol = protocol_at(request)
    corrects = row.state == "attended" and row.visit.state == VisitState.ARRIVED.value
    known = taken_down_today(request, row.visit) if corrects else {}
    asked = still_asked(request, row.visit, [Stage.ARRIVAL], extra={"exam_date": row.slot.day})
    if corrects:
        asked = [*known, *parts_of(protocol, "pregnancy_urine")]
    kinds = [kind for kind in TESTS if set(parts_of(protocol, kind)) & set(asked)]
    parts = {name for kind in kinds for name in parts_of(protocol, kind)}
    names = [name for name in asked if name not in parts]
    context: dict[str, object] = {
        "title": _("Put right what was taken down") if corrects else _("She arrives"),
        "button": _("Judge again with this") if corrects else _("Check her in"),
        "large": True,
        "corrects": corrects,
        "booking": None if corrects else row,
        "patient": row.visit.patient,
        "back": reverse("journey", args=[row.visit.patient_id]),
    }
    if request.method != "POST":
        zone = request.around.site.time_zone
        context["fields"] = filled(fields_of(protocol, names), known, zone)
        context["tests"] = [empty_test(protocol, kind, str(CODES[kind]), request) for kind in kinds]
        return TemplateResponse(request, "staff/form.html", context)
    typed = read_all(protocol, names, request)
    read = [read_test(protocol, kind, str(CODES[kind]), request) for kind in kinds]
    context |= {"fields": typed.fields, "tests": [form for form, _taken in read]}
    if request.POST.get("preview"):
        taken = [test for _form, test in read]
        extra = {"exam_date": row.slot.day}
        forms = [form for form, _test in read]
        return previewed(request, row.visit, Stage.ARRIVAL, typed.answers, taken, extra, forms)
    context["to_look_at"] = to_look_at(context)
    answers = _changed(typed.answers, known) if corrects else dict(typed.answers)
    if corrects and not answers and not any(taken for _form, taken in read):
        context["problem"] = _("Nothing is different from what is kept. Change what was wrong.")
    if context["to_look_at"] or context.get("problem"):
        return TemplateResponse(request, "staff/form.html", context, status=400)
    if request.POST.get("sure") == "again":
        return TemplateResponse(request, "staff/form.html", context)
    given: dict[str, Any] = {
        "answers": answers,
        "tests": [taken for _form, taken in read if taken is not None],
        "corrects": corrects,
        "by": request.actor,
        "now": request.now,
    }
    try:
        if request.POST.get("sure") != "yes":
            # One slip of the finger must not cost her the date: ask before anything is kept.
            would = arrival.would_decide(request.house, row.pk, **given)
            if not would.may_go_in:
                return _ask_first(request, protocol, would, context)
        done = arrival.check_in(request.house, row.pk, **given)
    except REFUSED as refusal:
        return TemplateResponse(request, "staff/form.html", context | refused(refusal), status=409)
    messages.success(request, _said(done, request))
    return redirect("decision", done.row.pk)


def _ask_first(
    request: ActorRequest,
    protocol: Protocol,
    would: arrival.WouldBe,
    context: Mapping[str, Any],
) -> HttpResponse:
    """Return what would happen, with what was typed carried along."""
    short, sentence, _hers = VERDICTS.get(would.decision.verdict, ("", "", ""))
    asked = would.decision.questions if would.decision.open_questions else ()
    facts = would.decision.facts
    says = staff_words(request.house, request.actor.site, Stage.ARRIVAL, facts)
    kept = ("csrfmiddlewaretoken", "sure")
    shown = {
        "would": would,
        "short": short,
        "sentence": sentence,
        "tone": TONES.get(would.decision.verdict, "plain"),
        "reasons": [
            (
                OUTCOMES[reason.rule.outcome.value],
                says.get(reason.rule.id, reason.staff),
                _typed_values(reason.rule, context),
            )
            for reason in would.stands
        ],
        "asked": [question(protocol, name) for name in asked],
        "typed": [pair for pair in request.POST.items() if pair[0] not in kept],
    }
    return TemplateResponse(request, "staff/sure.html", {**context, **shown})


def _typed_values(rule: Rule, context: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was typed on this page that a rule rests on, so that a slip is seen."""
    used = facts_used(rule.when)
    forms = [context["fields"], *(form.fields for form in context["tests"])]
    return [
        (field.label, f"{field.shown} {field.unit}".strip())
        for fields in forms
        for field in fields
        if field.name in used and field.value
    ]


def _changed(typed: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs from what is kept; what was emptied is taken back."""
    emptied = {name: None for name in known if name not in typed}
    return {name: value for name, value in typed.items() if value != known.get(name)} | emptied


def _said(done: arrival.Arrived, request: ActorRequest) -> str:
    if done.may_go_in:
        return _("She is checked in and may go in.")
    if done.hold is None and done.turned_down is None:
        return _("She waits: something is still open. The reasons and questions stand below.")
    seen = seen_by(request.actor, "money given back", now=request.now)
    back = seen.refunds.filter(payment__quote__visit=done.visit, at=request.now).first()
    if back is not None:
        return _(
            "She does not go in today. Her date today is given up, and {money} goes back to her. "
            "The reasons stand below; tell her when to come back."
        ).format(money=money(back))
    return _(
        "She does not go in today. Her date today is given up. The reasons stand below; tell her "
        "when to come back."
    )


@require_POST
@staff_may(Action.CHECK_IN)
def missed(request: ActorRequest, booking_id: UUID) -> HttpResponse:
    """Keep that she did not come."""
    try:
        row = arrival.mark_missed(request.house, booking_id, by=request.actor, now=request.now)
    except arrival.ArrivalRefused as refusal:
        messages.error(request, kindly(refusal))
        return redirect("today")
    messages.success(request, _("Kept: she did not come. Her place in line is as her page shows."))
    return redirect("journey", row.visit.patient_id)


@require_POST
@staff_may(Action.CHECK_IN)
def no_room(request: ActorRequest, booking_id: UUID) -> HttpResponse:
    """Keep that she came and found no room: it costs her nothing."""
    try:
        done = arrival.bump(request.house, booking_id, by=request.actor, now=request.now)
    except arrival.ArrivalRefused as refusal:
        messages.error(request, kindly(refusal))
        return redirect("today")
    messages.success(
        request, _("Kept. It costs her nothing: she goes first for the days that are left.")
    )
    return redirect("journey", done.visit.patient_id)
