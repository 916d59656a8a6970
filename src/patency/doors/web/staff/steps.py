"""A step a machine performed for nobody we could tell: both sides shown, filed by a person."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import refused
from patency.doors.web.staff.both_sides import asked_for, others, shown_beside
from patency.records.models.machines import PerformedStep
from patency.records.seen_by import seen_by
from patency.service import performed


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.FILE_IMAGES)
def step(request: ActorRequest, step_id: UUID) -> HttpResponse:
    """Show a step beside the visits it may be of, and file it with one of them."""
    seen = seen_by(request.actor, "steps of machines that fit no visit", now=request.now)
    rows = seen.performed_steps.filter(pk=step_id).select_related("visit__patient")
    row: PerformedStep | None = rows.first()
    if row is None:
        raise Http404(_("This step was not found at your site."))
    typed = request.GET.get("number", "").strip()
    found, not_found = asked_for(seen, typed)
    sides = [*performed.beside(row.pk, by=request.actor, now=request.now)]
    shown = {side.visit.pk for side in sides}
    context: dict[str, object] = {
        "step": row,
        "beside": shown_beside(row, [*sides, *others(row, found, shown)]),
        "number": typed,
        "not_found": not_found,
        "why": request.POST.get("why", ""),
        "back": reverse("images"),
    }
    if request.method != "POST":
        return TemplateResponse(request, "staff/step.html", context)
    keys = [*shown, *(each.pk for each in found)]
    key = next((each for each in keys if str(each) == request.POST.get("visit")), None)
    if key is None:
        context["problem"] = _("Choose one of the visits beside the step, or look for another.")
        return TemplateResponse(request, "staff/step.html", context, status=400)
    why = request.POST.get("why", "")
    try:
        performed.file_by_hand(row.pk, key, why, by=request.actor, now=request.now)
    except performed.StepRefused as refusal:
        context |= refused(refusal)
        return TemplateResponse(request, "staff/step.html", context, status=409)
    messages.success(request, _("The step is with her visit."))
    return redirect("images")
