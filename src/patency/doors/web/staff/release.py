"""The numbers of the coming clinic days: announced, open, given, drawn; and how to check a draw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action
from patency.core.site.model import Site
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.forms import DayField, PageForm
from patency.doors.web.languages import spoken
from patency.doors.web.refusals import kindly
from patency.doors.web.words import how_long
from patency.records.models.release import NumberRelease
from patency.records.seen_by import seen_by
from patency.service import release as service

LOOKS_AGAIN_S = 5
"""How often an open page asks for the figures again."""
# What each state is called, and the tone of its mark.
STATES: Mapping[str, tuple[str | Promise, str]] = {
    "announced": (_("announced"), ""),
    "being-drawn": (_("being drawn"), "look"),
    "open": (_("open"), "done"),
    "closed": (_("closed"), ""),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One release in the list."""

    release: NumberRelease
    campus: str
    state: str
    tone: str
    opens_in: str
    """How long until it opens, in words; empty once it is open."""
    given: int
    """Numbers ever given; one that was given back is among them."""
    waiting: int
    result_at: str
    """Where the published draw is; empty before it."""


class Announce(PageForm):
    """Which day of which campus is announced."""

    def __init__(self, *args: Any, site: Site, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"] = DayField(label=_("Clinic day"), first=today)
        code = spoken().code
        self.fields["campus"] = forms.ChoiceField(
            label=_("Campus"),
            choices=[(one.slug, site.say(one.name, code)) for one in site.campuses.values()],
        )


@require_safe
@staff_may(Action.RELEASE_NUMBERS)
def releases(request: ActorRequest) -> HttpResponse:
    """Show the releases that are not over, and a form to announce another day."""
    return _page(request, _form(request))


@require_POST
@staff_may(Action.RELEASE_NUMBERS)
def announce(request: ActorRequest) -> HttpResponse:
    """Announce the numbers of one campus and day."""
    form = _form(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    asked = form.cleaned_data
    try:
        made = service.announce(
            request.house, asked["campus"], asked["day"], by=request.actor, now=request.now
        )
    except service.ReleaseRefused as refusal:
        form.add_error(None, kindly(refusal))
        return _page(request, form, status=409)
    said = ngettext("%(n)d number is announced.", "%(n)d numbers are announced.", made.places)
    messages.success(request, said % {"n": made.places})
    return redirect("releases")


def _form(request: ActorRequest, typed: Any = None) -> Announce:
    return Announce(typed, site=request.around.site, today=request.around.today)


def _page(request: ActorRequest, form: Announce, *, status: int = 200) -> HttpResponse:
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
            "seconds": LOOKS_AGAIN_S,
            "form": form,
        },
        status=status,
    )


def _row(request: ActorRequest, release: NumberRelease) -> Row:
    site = request.around.site
    campus = site.campuses.get(release.campus)
    words, tone = STATES[_state(release, request)]
    to_come = request.now < release.opens_at
    return Row(
        release=release,
        campus=site.say(campus.name, spoken().code) if campus else release.campus,
        state=str(words),
        tone=tone,
        opens_in=gettext("opens in %(span)s") % {"span": how_long(release.opens_at - request.now)}
        if to_come
        else "",
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
        return "being-drawn"
    return "open" if request.now < release.closes_at else "closed"
