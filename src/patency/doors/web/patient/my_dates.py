"""Choosing a time herself, for the test or the examination; her date; giving it up or moving it."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.core.visit import FINAL, VisitState
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.her_line import still_ours, still_to_do
from patency.doors.web.offers import why_not
from patency.doors.web.patient.herself import Hers, hers
from patency.doors.web.patient.road import is_paid, next_booking
from patency.doors.web.refusals import kindly
from patency.doors.web.templatetags.plain import moment
from patency.records.models.booking import STILL_TO_COME, Booking, Slot
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import booking

S = VisitState
KINDS = {S.REGISTERED: "clinic_visit", S.CLEARED: "exam", S.BOOKED: "exam"}
HER_WISH = "her-wish"
FIRST = gettext_lazy("Something is to be seen to first. Dates open to you again after that.")


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.BOOK)
def my_dates(request: ActorRequest) -> HttpResponse:
    """Show her the free times of her days; a time sent without the page between is booked too."""
    found = hers(request, "her own dates")
    away = _no_dates(request, found)
    if found is None or away is not None:
        return away or redirect("mine")
    visit = found.journey.visit
    if request.method == "POST":
        try:
            slot = UUID(request.POST.get("slot", ""))
        except ValueError:
            return redirect("my-dates")
        return _take(request, found.seen, visit, slot)
    kind = KINDS[VisitState(visit.state)]
    mine = next_booking(found, kind)
    context = {
        "kind": kind,
        "days": _by_day(_free(request, visit, kind)),
        "mine": mine,
        "line": found.line,
        "window": found.window,
        "last_day": _last_day(found),
        "first": still_to_do(found.journey, request) if kind == "exam" and mine is None else "",
        "forecast": found.forecast.likely_start() if found.forecast else None,
        "campus": request.around.site.campuses.get(visit.campus),
        "numbers": kind == "clinic_visit" and request.around.site.release is not None,
        "closed": [line for line in (found.window.lines if found.window else ())
                   if line.tone != "done"],
    }  # fmt: skip
    return TemplateResponse(request, "patient/dates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.BOOK)
def date_check(request: ActorRequest, slot_id: UUID) -> HttpResponse:
    """Show one time with everything that goes with it, and book it."""
    found = hers(request, "a date before she takes it")
    away = _no_dates(request, found)
    if found is None or away is not None:
        return away or redirect("mine")
    visit = found.journey.visit
    if request.method == "POST":
        return _take(request, found.seen, visit, slot_id)
    kind = KINDS[VisitState(visit.state)]
    slot = next((row for row in _free(request, visit, kind) if row.pk == slot_id), None)
    if slot is None:
        messages.info(request, _("This time is not free any more. Here are the others."))
        return redirect("my-dates")
    context = {
        "kind": kind,
        "slot": slot,
        "campus": request.around.site.campuses.get(slot.campus),
        "mine": next_booking(found, kind),
        "first": still_to_do(found.journey, request) if kind == "exam" else "",
        "ours": still_ours(visit, slot.day, request) if kind == "exam" else "",
        "price": request.around.site.prices.get("hsg"),
        "paid": is_paid(found),
    }
    return TemplateResponse(request, "patient/date_check.html", context)


@require_safe
@she_may(Action.BOOK)
def my_date(request: ActorRequest) -> HttpResponse:
    """Show the date she has: when, where, how to move it and how to give it up."""
    found = hers(request, "her own date")
    if found is None or not found.journey.to_come:
        messages.info(request, _("You have no date that is to come."))
        return redirect("mine")
    campuses = request.around.site.campuses
    context = {
        "dates": [(row, campuses.get(row.slot.campus)) for row in found.journey.to_come],
        "paid": is_paid(found),
    }
    return TemplateResponse(request, "patient/date.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.BOOK)
def date_cancel(request: ActorRequest, booking_id: UUID) -> HttpResponse:
    """Say what giving a date up costs, and give it up."""
    seen = seen_by(request.actor, "giving up her own date", now=request.now)
    row: Booking = seen.bookings.select_related("slot", "visit").get(pk=booking_id)
    if row.state not in STILL_TO_COME:
        messages.info(request, _("This date is given up already, or it is over."))
        return redirect("mine")
    if request.method == "POST":
        try:
            booking.cancel(row.pk, HER_WISH, by=request.actor, now=request.now)
        except booking.BookingRefused as refusal:
            messages.error(request, kindly(refusal))
            return redirect("mine")
        messages.success(
            request,
            _("You gave up {moment}. The next woman has it now. Thank you for telling us.").format(
                moment=moment(row.slot.starts_at)
            ),
        )
        return redirect("my-waiting")
    found = hers(request, "what follows when she gives her date up")
    window = found.window if found else None
    context = {
        "row": row,
        "campus": request.around.site.campuses.get(row.slot.campus),
        "paid": found is not None and is_paid(found),
        "left": [line for line in (window.open_days if window else []) if line.day != row.slot.day],
        "forecast": found.forecast.likely_start() if found and found.forecast else None,
    }
    return TemplateResponse(request, "patient/date_cancel.html", context)


def _free(request: ActorRequest, visit: Visit, kind: str) -> Sequence[Slot]:
    ask = booking.offer_slots if kind == "exam" else booking.offer_visits
    try:
        return ask(request.house, visit, by=request.actor, now=request.now)
    except booking.NoPeriodTold:
        return []


def _last_day(found: Hers) -> date | None:
    """Return the last day of this cycle that suits her."""
    days = found.window.open_days if found.window is not None else []
    return days[-1].day if days else None


def _by_day(slots: Sequence[Slot]) -> Mapping[date, list[Slot]]:
    return {day: list(rows) for day, rows in groupby(slots, key=lambda slot: slot.day)}


def _take(request: ActorRequest, seen: Seen, visit: Visit, slot_id: UUID) -> HttpResponse:
    """Book or move; what stands in the way is said with every reason."""
    kind = KINDS[VisitState(visit.state)]
    rows = seen.bookings.filter(visit=visit, kind=kind, state__in=STILL_TO_COME)
    mine: Booking | None = rows.first()
    house, by, now = request.house, request.actor, request.now
    try:
        if kind == "clinic_visit":
            before = mine.pk if mine is not None else None
            made = booking.book_visit(house, visit.pk, slot_id, instead_of=before, by=by, now=now)
        elif mine is not None:
            made = booking.move(house, mine.pk, slot_id, by=by, now=now)
        else:
            made = booking.book(house, visit.pk, slot_id, by=by, now=now)
    except booking.BookingRefused as refusal:
        messages.error(request, kindly(refusal))
        kept = why_not(seen, visit, request)
        return redirect("decision", kept.pk) if kept else redirect("my-dates")
    messages.success(
        request, _("This date is yours: {moment}.").format(moment=moment(made.slot.starts_at))
    )
    return redirect("my-day")


def _no_dates(request: ActorRequest, found: Hers | None) -> HttpResponse | None:
    """Lead her to where it says why she has no date to choose; None where she may choose one."""
    if found is None or VisitState(found.journey.visit.state) not in KINDS:
        messages.info(request, _why_no_dates(found.journey.visit if found else None))
        return redirect("mine")
    if found.seen_to_first:
        messages.info(request, str(FIRST))
        return redirect(found.seen_to_first)
    return None


def _why_no_dates(visit: Visit | None) -> str:
    """Return why there is no date to choose, as it is with her."""
    if visit is None or VisitState(visit.state) in FINAL:
        return _("No visit is open for you, so there is no date to choose. Call us for a new one.")
    if visit.state == S.ON_HOLD:
        return str(FIRST)
    return _("Your examination has begun or is done, so there is no date to choose.")
