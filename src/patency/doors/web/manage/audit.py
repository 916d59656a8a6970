"""The audit as its readers see it: who did or saw what, when and why. Looking leaves a trace."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action, Role
from patency.core.identifiers import IdentifierRefused, read_identifier
from patency.doors.web.accounts.roles import ROLE_WORDS
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.forms import PageForm
from patency.doors.web.happenings import HAPPENED
from patency.doors.web.manage.paging import one_page
from patency.records.seen_by import seen_by

WHY = "the audit"
COLUMNS = ("id", "at", "actor", "actor_role", "action", "subject", "why", "what")
ONE_DAY = timedelta(days=1)


class Filter(PageForm):
    """What part of the audit is looked at."""

    actor = forms.CharField(
        label=gettext_lazy("Who (sign-in name)"), max_length=150, required=False
    )
    action = forms.CharField(label=gettext_lazy("What was done"), max_length=64, required=False)
    first = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the audit in words."""

    at: datetime
    actor: str
    roles: str
    done: str
    """In words."""
    code: str
    """As it is stored."""
    subject: str
    why: str
    what: str


@require_safe
@staff_may(Action.SEE_AUDIT)
def audit(request: ActorRequest) -> HttpResponse:
    """Return one page of the audit of this site, the newest first."""
    form = Filter(request.GET)
    rows = seen_by(request.actor, WHY, now=request.now).audits
    her = _uuid(request.GET.get("patient", ""))
    if her is not None:
        rows = rows.filter(patient_id=her)
    if form.is_valid():
        rows = rows.filter(_asked(form.cleaned_data, request.around.site.time_zone))
    page = one_page(rows.values(*COLUMNS), request.GET)
    context = {
        "form": form,
        "lines": [_line(row) for row in page.rows],
        "older": page.older,
        "her": her,
        "actions": sorted(HAPPENED.items(), key=lambda each: str(each[1])),
    }
    return TemplateResponse(request, "manage/audit.html", context)


@require_POST
@staff_may(Action.SEE_AUDIT)
def audit_of(request: ActorRequest) -> HttpResponse:
    """Go to the audit of one woman, by her number; it is typed, so that no address holds it."""
    try:
        number = read_identifier(request.POST.get("number", ""))
    except IdentifierRefused:
        return _not_found(request, _("This is no number of ours. It looks like PT-7K3M-QX4D."))
    seen = seen_by(request.actor, WHY, now=request.now)
    found = seen.audits.filter(patient__number=number).values_list("patient_id", flat=True).first()
    if found is None:
        return _not_found(request, _("Nobody here has this number, or nothing was done for her."))
    return redirect(f"{reverse('audit')}?patient={found}")


def _not_found(request: ActorRequest, problem: str) -> HttpResponse:
    context = {"form": Filter(), "problem": problem, "typed": request.POST.get("number", "")[:40]}
    return TemplateResponse(request, "manage/audit.html", context, status=400)


def _asked(said: dict[str, Any], zone: str) -> Q:
    asked = Q()
    if said["actor"]:
        asked &= Q(actor=said["actor"])
    if said["action"]:
        asked &= Q(action=said["action"])
    midnight = time(tzinfo=ZoneInfo(zone))
    if said["first"]:
        asked &= Q(at__gte=datetime.combine(said["first"], midnight))
    if said["last"]:
        asked &= Q(at__lt=datetime.combine(said["last"], midnight) + ONE_DAY)
    return asked


def _line(row: dict[str, Any]) -> Line:
    action = row["action"]
    return Line(
        at=row["at"],
        actor=row["actor"],
        roles=", ".join(_role(one) for one in row["actor_role"].split(", ") if one),
        done=_("Looked at it") if action == "read" else str(HAPPENED.get(action, "")),
        code=action,
        subject=row["subject"],
        why=row["why"],
        what=", ".join(row["what"]),
    )


def _role(code: str) -> str:
    return str(ROLE_WORDS[Role(code)]) if code in set(Role) else code


def _uuid(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None
