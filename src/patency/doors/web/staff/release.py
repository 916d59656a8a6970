"""The numbers of the coming clinic days: announced, open, given, drawn; and how to check a draw."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import kindly
from patency.records.models.release import NumberRelease
from patency.records.seen_by import seen_by
from patency.service import release as service


@dataclass(frozen=True, slots=True)
class Row:
    """One release in the list."""

    release: NumberRelease
    campus: str
    state: str
    given: int
    """Numbers ever given; one that was given back is among them."""
    waiting: int
    result_at: str
    """Where the published draw is; empty before it."""


@require_safe
@staff_may(Action.RELEASE_NUMBERS)
def releases(request: ActorRequest) -> HttpResponse:
    """Show the releases that are not over, and a form to announce another day."""
    seen = seen_by(request.actor, "releases", now=request.now)
    rows = seen.number_releases.filter(ended_at=None).order_by("day", "campus")
    return TemplateResponse(
        request,
        "staff/releases.html",
        {
            "rows": [_row(request, each) for each in rows],
            "habits": request.around.site.release,
            "site": request.around.site,
            "moment": request.around.moment,
        },
    )


@require_POST
@staff_may(Action.RELEASE_NUMBERS)
def announce(request: ActorRequest) -> HttpResponse:
    """Announce the numbers of one campus and day."""
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        messages.error(request, "Choose the clinic day.")
        return redirect("releases")
    try:
        made = service.announce(
            request.house,
            request.POST.get("campus", ""),
            day,
            by=request.actor,
            now=request.now,
        )
    except service.ReleaseRefused as refusal:
        messages.error(request, f"{kindly(refusal)} {refusal}")
    else:
        messages.success(request, f"{made.places} numbers are announced.")
    return redirect("releases")


def _row(request: ActorRequest, release: NumberRelease) -> Row:
    campus = request.around.site.campuses.get(release.campus)
    return Row(
        release=release,
        campus=campus.name if campus else release.campus,
        state=_state(release, request),
        given=release.next_ordinal - 1,
        waiting=release.next_waiting_place - 1,
        result_at=(
            f"{settings.RELEASE_DOOR_URL}/releases/{release.pk}/result" if release.drawn_at else ""
        ),
    )


def _state(release: NumberRelease, request: ActorRequest) -> str:
    if request.now < release.opens_at:
        return "announced"
    if release.policy == "draw" and release.drawn_at is None:
        return "being drawn"
    return "open" if request.now < release.closes_at else "closed"
