"""What went to whom by which way, how it stands, and when it is tried again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages as notes
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action, may
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.reaching.words import CHANNELS, IN_WHICH, MESSAGES, STATES, TONES, WHICH
from patency.records.models.message import Message
from patency.records.seen_by import seen_by
from patency.service import messages

ROWS = 25
REFUSALS: Mapping[type[Exception], Promise] = {
    messages.MessageRefused: gettext_lazy("The message was not sent again."),
    messages.NothingToSendAgain: gettext_lazy(
        "The message was not sent again: it went, or it is on its way. Look at how it stands."
    ),
    messages.MomentPassed: gettext_lazy(
        "The message was not sent again: what it was about is over. Call her about what comes next."
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message or page, in words."""

    message: Message
    what: str
    way: str
    state: str
    tone: str
    may_go_again: bool


@require_safe
@staff_may(Action.SEE_MESSAGES)
def sent(request: ActorRequest) -> HttpResponse:
    """Return a part of what was sent at this site, the newest first."""
    return _listed(request, None)


@require_safe
@staff_may(Action.SEE_MESSAGES)
def sent_to(request: ActorRequest, patient_id: UUID) -> HttpResponse:
    """Return what was sent to one woman, the newest first."""
    return _listed(request, patient_id)


@require_POST
@staff_may(Action.SEND_MESSAGE)
def again(request: ActorRequest, message_id: UUID) -> HttpResponse:
    """Let a message go once more that did not reach her."""
    try:
        messages.send_again(request.house, message_id, by=request.actor, now=request.now)
    except messages.MessageRefused as refusal:
        notes.error(request, str(REFUSALS[type(refusal)]))
    else:
        notes.success(request, _("The message goes again now, or when the quiet hours are over."))
    after = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(after, {request.get_host()})
    return redirect(after if is_ours else "messages")


def _listed(request: ActorRequest, patient_id: UUID | None) -> HttpResponse:
    which = request.GET.get("which", "")
    which = which if which in WHICH else "all"
    seen = seen_by(request.actor, "what was sent", now=request.now)
    patient = None
    if patient_id is not None:
        patient = seen.patients.get(pk=patient_id)
    rows = seen.messages.select_related("patient")
    if patient is not None:
        rows = rows.filter(patient=patient)
    if which in IN_WHICH:
        rows = rows.filter(state__in=IN_WHICH[which])
    shown, older = _one_page(rows, request.GET.get("before", ""))
    resends = may(request.actor, Action.SEND_MESSAGE)
    context: dict[str, Any] = {
        "patient": patient,
        "which": which,
        "filters": WHICH.items(),
        "lines": [_line(row, request.now, resends=resends) for row in shown],
        "older": urlencode({"which": which, "before": older}) if older else "",
        "quiet": request.around.site.messages,
        "here": request.get_full_path(),
        "names": may(request.actor, Action.SEND_MESSAGE),
    }
    return TemplateResponse(request, "staff/messages.html", context)


def _one_page(rows: "QuerySet[Message]", before: str) -> tuple[list[Message], str]:
    """Return some messages, and from when on there are older ones; counts nothing."""
    try:
        at = datetime.fromisoformat(before)
    except ValueError:
        at = None
    if at is not None and at.tzinfo is not None:
        rows = rows.filter(made_at__lt=at)
    found = list(rows.order_by("-made_at", "-pk")[: ROWS + 1])
    shown = found[:ROWS]
    return shown, shown[-1].made_at.isoformat() if len(found) > ROWS else ""


def _line(row: Message, now: datetime, *, resends: bool) -> Line:
    is_over = row.ends_at is not None and row.ends_at <= now
    return Line(
        message=row,
        what=str(MESSAGES.get(row.name, row.name)),
        way=str(CHANNELS[row.channel]),
        state=str(STATES[row.state]),
        tone=TONES[row.state],
        may_go_again=resends
        and not is_over
        and row.state in messages.NOT_TOLD
        and row.name not in (messages.PAGE, messages.DUTY),
    )
