"""What only a clinician says: a later day of her cycle is approved; how urgent her date is."""

from datetime import date
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from patency.core.access import CLINICIANS, Action, NotPermitted
from patency.core.booking.window import WindowDay
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.forms import PageForm
from patency.doors.web.languages import spoken
from patency.doors.web.refusals import kindly
from patency.doors.web.staff.screening import visit_at
from patency.doors.web.words import day_words
from patency.records.seen_by import seen_by
from patency.service import approval, booking, waiting

LEVELS = (
    ("routine", gettext_lazy("Routine: she waits in her turn")),
    ("soon", gettext_lazy("Soon: before women who can wait")),
    ("urgent", gettext_lazy("Urgent: the next day that suits her")),
)


class ApprovalForm(PageForm):
    """Which day, and why."""

    day = forms.TypedChoiceField(
        label=gettext_lazy("Which day do you approve?"),
        coerce=date.fromisoformat,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why may this woman be examined on that day?"),
        help_text=gettext_lazy("It stays on her record with your name."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UrgencyForm(PageForm):
    """How urgently she needs a date."""

    level = forms.ChoiceField(
        label=gettext_lazy("How urgently does she need a date?"),
        choices=LEVELS,
        widget=forms.RadioSelect,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.OVERRIDE)
def approve(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Show the days that only a clinician's word would open, and keep that word."""
    visit = visit_at(request, visit_id)
    days = _days(request, visit_id)
    form = ApprovalForm(request.POST or None)
    form.fields["day"].choices = [  # type: ignore[attr-defined]
        (
            day.day.isoformat(),
            _("{day}, cycle day {number}").format(day=day_words(day.day), number=day.cycle_day),
        )
        for day in days
    ]
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                approval.approve_day(
                    request.house,
                    visit.pk,
                    form.cleaned_data["day"],
                    form.cleaned_data["reason"],
                    by=request.actor,
                    now=request.now,
                )
            except approval.ApprovalRefused as refusal:
                form.add_error(None, kindly(refusal))
            except NotPermitted as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Approved. This day is open to her in this cycle."))
                return redirect("journey", visit.patient_id)
        status = 400
    context = {
        "form": form,
        "days": days,
        "patient": visit.patient,
        "back": reverse("journey", args=[visit.patient_id]),
    }
    return TemplateResponse(request, "staff/approval.html", context, status=status)


def _days(request: ActorRequest, visit_id: UUID) -> list[WindowDay]:
    try:
        found = booking.window(
            request.house,
            visit_id,
            language=spoken().code,
            by=request.actor,
            now=request.now,
        )
    except booking.NoPeriodTold:
        return []
    return list(found.usable_with_approval())


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.RECORD_ANSWERS)
def urgency(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Show how urgent her date is said to be, and keep a clinician's new word."""
    visit = visit_at(request, visit_id)
    seen = seen_by(request.actor, "how urgent her date is", now=request.now)
    said = seen.urgencies.filter(visit=visit).order_by("-pk").first()
    is_clinician = not request.actor.roles.isdisjoint(CLINICIANS)
    form = UrgencyForm(request.POST or None, initial={"level": said.level if said else "routine"})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                waiting.say_how_urgent(
                    request.house,
                    visit.pk,
                    form.cleaned_data["level"],
                    by=request.actor,
                    now=request.now,
                )
            except waiting.WaitingRefused as refusal:
                form.add_error(None, kindly(refusal))
            else:
                messages.success(request, _("Kept. Tonight's plan counts with it."))
                return redirect("journey", visit.patient_id)
        status = 400
    context = {
        "form": form,
        "said": said,
        "said_words": dict(LEVELS).get(said.level) if said else "",
        "may_say": is_clinician,
        "patient": visit.patient,
        "back": reverse("journey", args=[visit.patient_id]),
    }
    return TemplateResponse(request, "staff/urgency.html", context, status=status)
