"""Who she is, the visit she is in, and what her pages before the examination all stand on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from patency.core.calendar.legal import YearMissing
from patency.core.cycle.diary import DiaryRefused
from patency.core.cycle.forecast import CannotForecast, CycleForecast
from patency.core.protocol.model import Stage
from patency.core.visit import FINAL, VisitState
from patency.doors.web.asked import asked_before_the_exam
from patency.doors.web.asking import ActorRequest
from patency.doors.web.closed import closed_words
from patency.doors.web.her import Journey, Window, window_of
from patency.doors.web.her_line import HerLine, her_line
from patency.records.facts_on import bring_facts
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service.expected import next_period
from patency.service.judging import facts_now, seen_to_first

ASKS = (VisitState.REGISTERED, VisitState.ON_HOLD, VisitState.CLEARED, VisitState.BOOKED)


@dataclass(frozen=True, slots=True)
class Hers:
    """Everything a page of hers before the examination is made of."""

    seen: Seen
    journey: Journey
    window: Window | None
    line: HerLine
    forecast: CycleForecast | None
    """None where nobody can say when her next period begins."""
    why_no_forecast: CannotForecast | None
    closed: Mapping[date, str]
    """The days of her coming cycle on which no examinations are made, with why."""
    days_after_bleeding: tuple[int, int]
    """The first and last day after bleeding on which the protocol examines."""
    questions: int
    seen_to_first: str = ""
    """The page of the decision that says what is seen to before a test makes sense, if anything."""


def herself(seen: Seen) -> tuple[Patient, Visit | None]:
    """Return her and the visit she is in: the open one, or the last."""
    patient: Patient = seen.patients.get()
    visits = sorted(
        seen.visits.all(), key=lambda row: (row.state not in FINAL, row.opened_at), reverse=True
    )
    if visits:
        visits[0].patient = patient
    return patient, visits[0] if visits else None


def hers(request: ActorRequest, why: str) -> Hers | None:
    """Return what her pages stand on, read once; None without any visit."""
    seen = seen_by(request.actor, why, now=request.now)
    patient, visit = herself(seen)
    if visit is None:
        return None
    bring_facts(visit)
    found = Journey(patient, visit, seen, request)
    window = window_of(found, request)
    forecast, why_not = _forecast(request, found)
    return Hers(
        seen=seen,
        journey=found,
        window=window,
        line=her_line(seen, found, window, request),
        forecast=forecast,
        why_no_forecast=why_not,
        closed=_closed(request, forecast),
        days_after_bleeding=_days_after_bleeding(request, visit),
        questions=open_questions(request, visit),
        seen_to_first=_seen_to_first(request, found),
    )


def _seen_to_first(request: ActorRequest, found: Journey) -> str:
    is_new = found.visit.state == VisitState.REGISTERED.value
    if not is_new or not seen_to_first(request.house, found.visit, now=request.now):
        return ""
    told = [card.row.pk for card in found.decisions if card.row.stage == Stage.REGISTRATION.value]
    return reverse("decision", args=[told[-1]]) if told else ""


def open_questions(request: ActorRequest, visit: Visit) -> int:
    """Return how many questions she can answer now."""
    if VisitState(visit.state) not in ASKS:
        return 0
    return len(asked_before_the_exam(request, visit))


def closed_because(request: ActorRequest) -> Callable[[date], str | None]:
    """Return what says why no examinations are made on a day, in the language of the page.

    A year without a notice closes nothing.
    """
    closed = closed_words(request.house, request.actor.site)

    def why(day: date) -> str | None:
        try:
            return closed(day)
        except YearMissing:
            return None

    return why


def _days_after_bleeding(request: ActorRequest, visit: Visit) -> tuple[int, int]:
    values = request.house.rulebook_at(visit.site).parameters
    first, last = values["exam_days_after_bleeding_min"], values["exam_days_after_bleeding_max"]
    assert isinstance(first, int) and isinstance(last, int)
    return first, last


def _closed(request: ActorRequest, forecast: CycleForecast | None) -> Mapping[date, str]:
    if forecast is None:
        return {}
    closed = closed_because(request)
    days = (day for day, _chance in forecast.next_ovulation.days())
    first, last = forecast.next_start.first, forecast.next_ovulation.last
    found = {}
    for day in {*days, first, last}:
        why = closed(day)
        if why:
            found[day] = why
    return found


def _forecast(
    request: ActorRequest, found: Journey
) -> tuple[CycleForecast | None, CannotForecast | None]:
    if not found.before_the_exam:
        return None, None
    try:
        told = next_period(request.house, found.visit, now=request.now)
    except DiaryRefused:
        return None, None
    return (None, told) if isinstance(told, CannotForecast) else (told, None)


def known_facts(request: ActorRequest, visit: Visit) -> Mapping[str, object]:
    """Return what she and the clinic have told of her by today."""
    return facts_now(request.house, visit, Stage.REGISTRATION, now=request.now)
