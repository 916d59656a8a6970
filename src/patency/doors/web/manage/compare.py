"""Two versions side by side: what differs, and what would have been decided differently."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action, may
from patency.core.protocol.compare import difference
from patency.core.protocol.model import Stage
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.forms import DayField, PageForm
from patency.doors.web.refusals import kindly
from patency.doors.web.words import STAGES, VERDICTS
from patency.records.seen_by import seen_by
from patency.service import comparison

WHY = "compare versions of the protocol"
SHOWN = 10


class Ask(PageForm):
    """Which versions, and from which day on."""

    old = forms.ChoiceField(label=_("The version in use then"))
    new = forms.ChoiceField(label=_("The version to compare it with"))

    def __init__(self, *args: Any, versions: list[str], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(version, version) for version in versions]
        for name in ("old", "new"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        self.fields["since"] = DayField(
            label=_("Decisions since"),
            first=date(today.year - 20, 1, 1),
            last=today,
            help_text=_("Every decision made from this day on is decided again by both."),
        )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.COMPARE_PROTOCOLS)
def compare(request: ActorRequest) -> HttpResponse:
    """Show what was compared before; take which two versions to compare now."""
    house, today = request.house, request.around.today
    versions = sorted(house.protocols)
    used = request.around.site.protocol
    first = {"old": used, "new": next((one for one in versions if one != used), used),
             "since": date(today.year, 1, 1)}  # fmt: skip
    form = Ask(request.POST or None, versions=versions, today=today, initial=first)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                row = comparison.ask(
                    house,
                    form.cleaned_data["old"],
                    form.cleaned_data["new"],
                    form.cleaned_data["since"],
                    by=request.actor,
                    now=request.now,
                )
            except comparison.ComparisonRefused as refusal:
                form.add_error(None, kindly(refusal))
            else:
                return redirect("comparison", row.pk)
    earlier = seen_by(request.actor, WHY, now=request.now).comparisons.order_by("-asked_at")
    context = {"form": form, "earlier": list(earlier[:SHOWN])}
    return TemplateResponse(request, "manage/compare.html", context, status=status)


@require_safe
@staff_may(Action.COMPARE_PROTOCOLS)
def comparison_made(request: ActorRequest, comparison_id: UUID) -> HttpResponse:
    """Return one comparison: what differs in the rules, and in what was decided."""
    row = seen_by(request.actor, WHY, now=request.now).comparisons.get(pk=comparison_id)
    house = request.house
    context = {
        "row": row,
        "changes": difference(house.protocol(row.old), house.protocol(row.new)),
        "turned": [
            (STAGES[Stage(stage)], _verdict(before), _verdict(after), count)
            for stage, before, after, count in (row.result or {}).get("turned", ())
        ],
        "examples": [
            (key, STAGES[Stage(stage)], _verdict(before), _verdict(after))
            for key, stage, before, after in (row.result or {}).get("examples", ())[:SHOWN]
        ],
        "may_open": may(request.actor, Action.SEE_PATIENT),
    }
    return TemplateResponse(request, "manage/comparison.html", context)


def _verdict(code: str) -> object:
    return VERDICTS[code][0] if code in VERDICTS else code
