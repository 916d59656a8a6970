"""Her dates in her own calendar: she makes, renews or ends an address that only she knows."""

from collections.abc import Mapping
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.core.language import nearest
from patency.doors.web.accounts.counting import count
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.forms import PageForm
from patency.gateways.ics import calendar_of
from patency.records.models.hers import CALENDAR_WORDS
from patency.records.seen_by import seen_by
from patency.service import calendar_feed, papers
from patency.service.details import visitor_at
from patency.service.limits import TooOften

WORDS: Mapping[str, str | Promise] = {
    "appointment": gettext_lazy("Appointment"),
    "busy": gettext_lazy("Busy"),
    "reminder": gettext_lazy("Reminder"),
}
WAIT_S = "3600"


class FeedForm(PageForm):
    """What her calendar may show."""

    words = forms.ChoiceField(
        label=gettext_lazy("What your calendar shows for each date"),
        choices=[(name, WORDS[name]) for name in CALENDAR_WORDS],
        widget=forms.RadioSelect,
        initial="appointment",
    )
    with_place = forms.BooleanField(
        label=gettext_lazy("Show the building and the room too"), required=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.SEE_PATIENT)
def my_feed(request: ActorRequest) -> HttpResponse:
    """Return her calendar's address with the ways to renew or end it."""
    form = FeedForm()
    if request.method == "POST" and request.POST.get("do") == "end":
        if calendar_feed.end_feed(by=request.actor, now=request.now):
            messages.success(request, _("The address answers nothing any more."))
        return redirect("my-feed")
    status = 200
    if request.method == "POST":
        form = FeedForm(request.POST)
        if form.is_valid():
            calendar_feed.open_feed(
                words=form.cleaned_data["words"],
                with_place=form.cleaned_data["with_place"],
                by=request.actor,
                now=request.now,
            )
            messages.success(request, _("Here is your new address. An older one has ended."))
            return redirect("my-feed")
        status = 400
    feed = calendar_feed.my_feed(by=request.actor, now=request.now)
    address = ""
    if feed is not None:
        address = request.build_absolute_uri(reverse("calendar-file", args=[feed.token]))
        if request.method != "POST":
            form = FeedForm(initial={"words": feed.words, "with_place": feed.with_place})
    context = {
        "form": form,
        "feed": feed,
        "shows": WORDS[feed.words] if feed else "",
        "address": address,
        "subscribe": "webcal" + address[address.index(":") :] if address else "",
        "back": reverse("my-data"),
    }
    return TemplateResponse(request, "patient/feed.html", context, status=status)


@csrf_exempt
@require_safe
def calendar_file(request: HttpRequest, token: UUID) -> HttpResponse:
    """Return the dates behind an address, to whoever holds it: when, never what for."""
    asking: ActorRequest = request  # type: ignore[assignment]
    anybody = visitor_at(next(iter(asking.house.sites)))
    try:
        count(asking, "calendar-address")
        count(asking, "calendar", str(token))
        holder = calendar_feed.holder_of(asking.house, token, by=anybody, now=asking.now)
    except TooOften:
        answer = HttpResponse(status=429, content_type="text/plain; charset=utf-8")
        answer["Retry-After"] = WAIT_S
        return _kept_by_nobody(answer)
    except calendar_feed.NoCalendar:
        raise Http404("No calendar has this address.") from None
    spoken = nearest(asking.house.languages, holder.language)
    with translation.override(spoken.django if spoken else None):
        summary, note = str(WORDS[holder.words]), str(WORDS["reminder"])
    seen = seen_by(holder.her, "her calendar", now=asking.now)
    entries = [
        entry
        for visit in seen.visits.order_by("opened_at")
        for entry in papers.calendar_entries(
            asking.house,
            visit.pk,
            summary=summary,
            note=note,
            with_place=holder.with_place,
            by=holder.her,
            now=asking.now,
        )
    ]
    answer = HttpResponse(calendar_of(entries), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="dates.ics"'
    return _kept_by_nobody(answer)


def _kept_by_nobody(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
