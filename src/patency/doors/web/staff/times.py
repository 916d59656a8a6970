"""The times the clinic offers: opened for a room and some days, closed with a reason."""

from collections.abc import Iterable
from datetime import date, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from patency.core.access import Action
from patency.core.calendar.legal import YearMissing
from patency.core.site.model import Site
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.forms import PageForm
from patency.doors.web.refusals import kindly
from patency.records.models.booking import HELD, TAKES_THE_SLOT, Slot
from patency.records.seen_by import Seen, seen_by
from patency.service import slots

SERVICES = {"exam": gettext_lazy("Examination"), "visit": gettext_lazy("Test and questions")}
DAYS_SHOWN = 7
WHY = (
    ("machine-broken", gettext_lazy("The machine is broken")),
    ("nobody-there", gettext_lazy("Nobody is there to examine or test")),
    ("room-needed", gettext_lazy("The room is needed for something else")),
    ("emergency", gettext_lazy("An emergency in the house")),
    ("closed-by-notice", gettext_lazy("The clinic is closed that day")),
)


class OpenForm(PageForm):
    """Which room, from which day to which, from when to when."""

    room = forms.ChoiceField(label=gettext_lazy("Room"))
    first = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    begins = forms.TimeField(
        label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"})
    )
    ends = forms.TimeField(
        label=gettext_lazy("Until"), widget=forms.TimeInput(attrs={"type": "time"})
    )
    operator = forms.ChoiceField(label=gettext_lazy("Who is there"), required=False)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {one.slug: one.name for one in site.campuses.values()}
        self.fields["room"].choices = [  # type: ignore[attr-defined]
            (
                one.slug,
                f"{one.slug} · {names.get(one.campus, one.campus)} · {SERVICES[one.service]}",
            )
            for one in site.rooms.values()
            if one.service in SERVICES
        ]
        self.fields["operator"].choices = [  # type: ignore[attr-defined]
            ("", _("Not said")),
            *((slug, slug) for slug in site.operators),
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.OPEN_TIMES)
def times(request: ActorRequest) -> HttpResponse:
    """Show a week of times with who has them, and open further ones."""
    site, today = request.around.site, request.around.today
    form = OpenForm(
        request.POST or None,
        site=site,
        initial={"first": today, "last": today, "begins": time(9), "ends": time(11)},
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                new = slots.open_slots(
                    request.house, **form.cleaned_data, by=request.actor, now=request.now
                )
            except slots.SlotsRefused as refusal:
                form.add_error(None, f"{kindly(refusal)} {refusal}")
            except YearMissing as missing:
                form.add_error("last", str(missing))
            else:
                messages.success(
                    request,
                    ngettext("{count} time is new.", "{count} times are new.", len(new)).format(
                        count=len(new)
                    ),
                )
                return redirect("times")
        status = 409 if form.is_valid() else 400
    first = _first(request.GET.get("from", ""), today)
    seen = seen_by(request.actor, "the times", now=request.now)
    context = {
        "form": form,
        "days": list(_days(seen, first)),
        "first": first,
        "before": first - timedelta(days=DAYS_SHOWN),
        "after": first + timedelta(days=DAYS_SHOWN),
        "why": WHY,
    }
    return TemplateResponse(request, "staff/times.html", context, status=status)


@require_POST
@staff_may(Action.OPEN_TIMES)
def close(request: ActorRequest) -> HttpResponse:
    """Close the times that were ticked; a woman who has one is planned anew and told."""
    try:
        chosen = [UUID(each) for each in request.POST.getlist("slot")]
    except ValueError:
        chosen = []
    why = request.POST.get("why", "")
    if not chosen or why not in dict(WHY):
        messages.error(request, _("Nothing was closed. Tick at least one time and choose why."))
        return redirect("times")
    try:
        closed = slots.close_slots(request.house, chosen, why, by=request.actor, now=request.now)
    except slots.SlotsRefused as refusal:
        messages.error(request, kindly(refusal))
    else:
        messages.success(
            request,
            ngettext(
                "{count} time is closed. Whoever had it is planned anew and told.",
                "{count} times are closed. Whoever had one is planned anew and told.",
                len(closed),
            ).format(count=len(closed)),
        )
    return redirect("times")


def _days(seen: Seen, first: date) -> Iterable[tuple[date, list[tuple[str, list[Slot]]]]]:
    """Yield each day with its rooms and their times; the queries do not grow with them."""
    last = first + timedelta(days=DAYS_SHOWN - 1)
    taken = Q(bookings__state__in=[state for state in TAKES_THE_SLOT if state != HELD])
    rows = (
        seen.slots.filter(day__range=(first, last), closed_at__isnull=True)
        .annotate(
            taken=Count("bookings", filter=taken, distinct=True),
            kept=Count("bookings", filter=Q(bookings__state=HELD), distinct=True),
        )
        .order_by("day", "room", "starts_at")
    )
    for day, of_day in groupby(rows, key=lambda slot: slot.day):
        yield day, [(room, list(some)) for room, some in groupby(of_day, key=lambda s: s.room)]


def _first(raw: str, today: date) -> date:
    try:
        asked = date.fromisoformat(raw) if raw else today
    except ValueError:
        return today
    return asked if date(2000, 1, 1) < asked < date(2200, 1, 1) else today
