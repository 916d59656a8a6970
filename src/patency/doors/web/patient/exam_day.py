"""Before the day and the day itself: what to do, where, when, what happens, how it feels."""

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.leaflet import Said
from patency.core.messages import DueMessage, due_messages
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.languages import spoken
from patency.doors.web.patient.afterwards import afterwards
from patency.doors.web.patient.herself import Hers, hers
from patency.doors.web.patient.road import is_paid, next_booking
from patency.records.models.booking import Booking
from patency.service.judging import language_of

ON_THE_DAY = ("what-happens", "what-it-feels-like")
NEEDED = timedelta(minutes=90)
"""The whole visit: the protocol's messages say an hour and a half."""


@require_safe
@she_may(Action.SEE_PATIENT)
def my_day(request: ActorRequest) -> HttpResponse:
    """Show the next date she has: the clinic visit, or the examination and how it will be."""
    found = hers(request, "the day of her examination")
    exam = next_booking(found, "exam") if found else None
    if found is not None and found.journey.visit.state == VisitState.ARRIVED.value:
        exam = _came_for(found)
    visit = next_booking(found, "clinic_visit") if found else None
    if visit is not None and exam is None:
        return TemplateResponse(request, "patient/visit_day.html", _of_date(request, found, visit))
    parts = {one.part.id: one for one in told(request)}
    over = found is not None and found.journey.exam is not None
    context = {
        **_of_date(request, found, exam),
        "over": over,
        "heard": afterwards(request, found)["heard"] if over and found is not None else [],
        "has_plan": found is not None and found.journey.follow_up is not None,
        "arrived": found is not None and found.journey.visit.state == VisitState.ARRIVED.value,
        "happens": parts.get(ON_THE_DAY[0]),
        "feels": parts.get(ON_THE_DAY[1]),
        "rest": [one for name, one in parts.items() if name not in ON_THE_DAY],
    }
    return TemplateResponse(request, "patient/day.html", context)


@require_safe
@she_may(Action.SEE_PATIENT)
def preparation(request: ActorRequest) -> HttpResponse:
    """Show what she does before the day, as a list, with what the protocol says of it."""
    found = hers(request, "her preparation")
    exam = next_booking(found, "exam") if found else None
    context = {
        **_of_date(request, found, exam),
        "said": _messages(request, found, exam),
        "period": found.journey.period if found else None,
    }
    return TemplateResponse(request, "patient/preparation.html", context)


def _came_for(found: Hers) -> Booking | None:
    """Return the date a woman is in the clinic for."""
    rows = found.seen.bookings.filter(
        visit=found.journey.visit, kind="exam", state="attended"
    ).select_related("slot")
    came: Booking | None = rows.order_by("-ended_at").first()
    return came


def told(request: ActorRequest) -> tuple[Said, ...]:
    """Return what is told of the examination, in the language of the page."""
    site = request.around.site
    book = request.house.rulebook_at(site.slug)
    return request.house.leaflet.told(
        "examination",
        language=spoken().code,
        media={agent.medium for agent in site.contrast_agents.values()},
        values=book.parameters,
    )


def _of_date(
    request: ActorRequest, found: Hers | None, booked: Booking | None
) -> dict[str, object]:
    site = request.around.site
    place = booked.slot.campus if booked else found.journey.visit.campus if found else ""
    values = request.house.rulebook_at(site.slug).parameters
    return {
        "booked": booked,
        "campus": site.campuses.get(place),
        "until": _end(booked),
        "temperature": values["temperature_limit_c"],
        "needs": _needs(request, found) if found and booked else [],
        "days_left": (booked.slot.day - request.around.today).days if booked else None,
    }


def _end(booked: Booking | None) -> datetime | None:
    return booked.slot.starts_at + NEEDED if booked else None


def _needs(request: ActorRequest, found: Hers) -> list[str]:
    """Return what still has to be done before the day: its page's name for each."""
    needs = []
    if found.questions:
        needs.append("my-answers")
    if found.journey.consent is None:
        needs.append("my-consent")
    if not is_paid(found):
        needs.append("my-cost")
    return needs


def _messages(
    request: ActorRequest, found: Hers | None, booked: Booking | None
) -> tuple[DueMessage, ...]:
    """Return what the protocol says before the examination, all of it and not only what is due."""
    if found is None or booked is None:
        return ()
    book = request.house.rulebook_at(found.journey.visit.site)
    due = due_messages(
        book,
        exam_day=booked.slot.day,
        examined=False,
        released=False,
        today=booked.slot.day,
        language=language_of(book.protocol, spoken().code),
    )
    return tuple(sorted(due, key=lambda one: one.since))
