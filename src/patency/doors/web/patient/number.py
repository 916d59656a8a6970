"""Her numbers: when they open by our clock, her ticket as a button, her answer, giving one back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action
from patency.core.visit import FINAL
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.languages import spoken
from patency.doors.web.patient.herself import herself
from patency.doors.web.refusals import kindly
from patency.records.seen_by import seen_by
from patency.service import numbers
from patency.service.numbers import HerRelease

HOLDS_SOMETHING = ("number", "waiting", "interest")
# What number.js says, by the names it knows it by: those the door calls its answers by, too.
SAID: Mapping[str, str | Promise] = {
    "left": _("{left} to go"),
    "open": _("Open now"),
    "interest": _("You are in the draw."),
    "number": _("Your number is {number}."),
    "waiting": _("You are number {number} in line."),
    "sold-out": _("All numbers are given, and the line is full."),
    "not-yet": _("Not open yet. Nothing is lost: press again when the countdown ends."),
    "being-drawn": _("The numbers are being drawn. Press again in a few seconds."),
    "holds-another": _("You have a number of another day or campus."),
    "closed": _("This release is closed."),
    "too-often": _(
        "You pressed very often. Your place does not depend on it: wait a minute, then press once."
    ),
    "ticket-ended": _("This page was open for too long. It is fresh now: press again."),
    "asking": _("Asking…"),
    "no-answer": _("No answer came. Load this page again: it shows how you stand."),
}
NOT_KEPT = ("not-yet", "being-drawn", "holds-another", "closed", "too-often", "ticket-ended")


@dataclass(frozen=True, slots=True)
class Shown:
    """One release on her page."""

    found: HerRelease
    campus: str
    where: str
    opens_in: str
    """As a clock reads it, such as ``1:02:07``; empty once it is open."""
    key: str
    """Of this showing of the page: pressing twice is one claim."""
    claims_at: str

    @property
    def may_be_returned(self) -> bool:
        claim = self.found.claim
        return claim is not None and claim.outcome in HOLDS_SOMETHING


@require_safe
@she_may(Action.CLAIM_NUMBER)
def my_numbers(request: ActorRequest) -> HttpResponse:
    """Show her every release to come with her ticket, or what her claim was answered."""
    _, visit = herself(seen_by(request.actor, "her numbers", now=request.now))
    shown = []
    if visit is not None and visit.state not in FINAL:
        shown = [
            _shown(request, each)
            for each in numbers.releases_for(
                request.house, visit.pk, by=request.actor, now=request.now
            )
        ]
    response = TemplateResponse(
        request,
        "patient/numbers.html",
        {
            "shown": shown,
            "door": settings.RELEASE_DOOR_URL,
            "moment": request.around.moment,
            "said": SAID.items(),
            "problem": _problem(request),
        },
    )
    # The program of this page asks the door of the numbers for its clock, and claims there.
    door = settings.RELEASE_DOOR_URL if "//" in settings.RELEASE_DOOR_URL else ""
    response["Content-Security-Policy"] = (
        f"default-src 'self'; script-src 'self'; connect-src 'self' {door}; object-src 'none'; "
        f"base-uri 'none'; form-action 'self' {door}; frame-ancestors 'none'"
    )
    return response


@require_POST
@she_may(Action.CLAIM_NUMBER)
def return_number(request: ActorRequest, claim_id: UUID) -> HttpResponse:
    """Give her number, or her place in line, to the next woman."""
    try:
        numbers.return_number(claim_id, "her-wish", by=request.actor, now=request.now)
    except numbers.NumberRefused as refusal:
        messages.info(request, kindly(refusal))
    else:
        messages.success(
            request, gettext("It is given back. Thank you: the next woman in line has it now.")
        )
    return redirect("my-numbers")


def _problem(request: ActorRequest) -> str | Promise:
    """Return what the door did not keep, when it sent her back here without JavaScript."""
    kind = request.GET.get("said", "")
    return SAID[kind if kind in NOT_KEPT else "no-answer"] if kind else ""


def _shown(request: ActorRequest, found: HerRelease) -> Shown:
    campus = request.around.site.campuses.get(found.release.campus)
    left = found.release.opens_at - request.now
    return Shown(
        found=found,
        campus=_say(request, campus.name) if campus else found.release.campus,
        where=" · ".join(
            _say(request, part) for part in (campus.building, campus.floor, campus.room)
        )
        if campus
        else "",
        opens_in=_as_clock(left) if left > timedelta(0) else "",
        key=str(uuid4()),
        claims_at=f"{settings.RELEASE_DOOR_URL}/releases/{found.release.pk}/claims",
    )


def _say(request: ActorRequest, text: str) -> str:
    return request.around.site.say(text, spoken().code)


def _as_clock(left: timedelta) -> str:
    minutes, seconds = divmod(int(left.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
