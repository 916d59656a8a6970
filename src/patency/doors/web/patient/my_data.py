"""What we keep of her: a copy of all of it, who has seen it, and its end as far as the law lets."""

import json
from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patency.core.access import Action
from patency.core.identifiers import IdentifierRefused, read_identifier
from patency.doors.web.accounts.counting import count
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.forms import PageForm
from patency.doors.web.patient.after import around_her
from patency.doors.web.patient.her_copy import copy_of
from patency.records.seen_by import seen_by
from patency.service import erasure
from patency.service.limits import TooOften

KEPT: Mapping[str, str | Promise] = {
    "Patient": gettext_lazy("your name, date of birth and number"),
    "Consent": gettext_lazy("your consents"),
    "TestResult": gettext_lazy("your tests"),
    "Treatment": gettext_lazy("your treatments"),
    "ExamRecord": gettext_lazy("the record of the examination"),
    "Observation": gettext_lazy("the time you were watched afterwards"),
    "Findings": gettext_lazy("what was seen"),
    "ImageFile": gettext_lazy("the X-ray pictures"),
    "PerformedStep": gettext_lazy("what the X-ray machine reported"),
    "DoseReport": gettext_lazy("the X-ray dose"),
    "DraftReading": gettext_lazy("what the computer suggested of the pictures"),
    "Judgement": gettext_lazy("what the reader said of these suggestions"),
    "Report": gettext_lazy("the report"),
    "CriticalFinding": gettext_lazy("what you were told before the report"),
}


class EndForm(PageForm):
    """Her own number, typed, so that nobody ends a record by a slip of the finger."""

    number = forms.CharField(
        label=gettext_lazy("Type the number to confirm"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    width = 20

    def __init__(self, *args: object, hers: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.hers = hers

    def clean_number(self) -> str:
        try:
            typed = read_identifier(self.cleaned_data["number"])
        except IdentifierRefused:
            typed = ""
        if typed != self.hers:
            raise forms.ValidationError(
                _("This is not the number above. Type it as it stands on this page.")
            )
        return typed


@require_safe
@she_may(Action.EXPORT)
def my_data(request: ActorRequest) -> HttpResponse:
    """Return what she may do with what is kept of her."""
    seen = seen_by(request.actor, "her own data", now=request.now)
    outlook = erasure.would_erase(request.house, by=request.actor, now=request.now)
    context = {
        "patient": seen.patients.get(),
        "outlook": outlook,
        "channels": _if_there("my-channels"),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/my_data.html", context)


@require_POST
@she_may(Action.EXPORT)
def copy(request: ActorRequest) -> HttpResponse:
    """Return a copy of her whole record, made now and kept nowhere: as a page, or for machines."""
    patient_id = request.actor.patient_id
    assert patient_id is not None  # she_may lets nobody else in
    try:
        count(request, "export", str(patient_id))
    except TooOften as refusal:
        messages.error(
            request,
            _("You have made many copies within an hour. The next can be made at {time}.").format(
                time=f"{refusal.again_at.astimezone(request.around.moment.tzinfo):%H:%M}"
            ),
        )
        return redirect("my-data")
    record = erasure.export(request.house, patient_id, by=request.actor, now=request.now)
    name = f"record-{request.around.today}"
    if request.POST.get("form") == "json":
        text = json.dumps(record, ensure_ascii=False, indent=1)
        answer = HttpResponse(text, content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    else:
        page = render_to_string("patient/copy.html", copy_of(request), request=request)
        answer = HttpResponse(page, content_type="text/html; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}.html"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.EXPORT)
def end(request: ActorRequest) -> HttpResponse:
    """Say what would go and what the law keeps; take her wish, or its being taken back."""
    by, now = request.actor, request.now
    patient = seen_by(by, "the end of her record", now=now).patients.get()
    if request.method == "POST" and request.POST.get("do") == "back":
        try:
            erasure.withdraw_wish(by=by, now=now)
        except erasure.NothingAsked:
            messages.info(request, _("There was nothing to take back."))
        else:
            messages.success(request, _("Your wish is taken back. Nothing was deleted."))
        return redirect("my-data")
    form = EndForm(request.POST if request.method == "POST" else None, hers=patient.number)
    if request.method == "POST" and form.is_valid():
        erasure.ask_to_erase(request.house, by=by, now=now)
        messages.success(
            request,
            _("We have your wish. The clinic sees to it within {days} days and then tells you. "
              "Until then you can take it back here.").format(days=erasure.TIME_TO_ERASE.days),
        )  # fmt: skip
        return redirect("my-data")
    outlook = erasure.would_erase(request.house, by=by, now=now)
    context = {
        "form": form,
        "patient": patient,
        "outlook": outlook,
        "kept": [KEPT.get(what, what) for what in outlook.locked],
        "days": erasure.TIME_TO_ERASE.days,
        "back": reverse("my-data"),
        **around_her(request),
    }
    status = 400 if request.method == "POST" else 200
    return TemplateResponse(request, "patient/end.html", context, status=status)


def _if_there(page: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
