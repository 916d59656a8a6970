"""What a machine asks for before it begins: who is examined on it, when, and what it must know."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.visit import VisitState
from patency.core.worklist import COMPLETED
from patency.records.ledger import audit_read
from patency.records.seen_by import Seen, seen_by
from patency.service.house import House

WHY = "worklist of a machine"
STILL_LISTED = ("firm", "attended")
STILL_TO_DO = (VisitState.BOOKED.value, VisitState.ARRIVED.value)
NOT_SAID = date(1900, 1, 1)  # never used: rows without a birth date are erased and left out
DAYS_BACK = 1  # what ran late yesterday night is still asked for
ASKED = (
    "possible_pregnancy",
    "shellfish_or_iodine_allergy",
    "contrast_reaction",
    "antibiotic_allergy",
    "asthma_or_treated_allergy",
    "kidney_disease_or_metformin",
    "blood_thinners_or_bleeding_disorder",
)
NOT_PREGNANT, POSSIBLY, PREGNANT, UNKNOWN = 1, 2, 3, 4
"""Pregnancy Status (0010,21C0)."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One examination to come, as a machine has to know it."""

    booking: UUID
    visit: UUID
    patient: UUID
    room: str
    starts_at: datetime
    """By the site's own clock."""
    operator: str
    number: str
    family_name: str
    given_name: str
    birth_date: date
    last_period: date | None
    pregnancy: int
    allergies: tuple[str, ...]
    alerts: tuple[str, ...]


def state_of_the_house(*, by: Actor, now: datetime) -> int:
    """Return a number that changes whenever anything at the site did."""
    events = seen_by(by, WHY, now=now).events.order_by("-id").values_list("id", flat=True)
    return events.first() or 0


def scheduled(house: House, *, by: Actor, now: datetime) -> tuple[Scheduled, ...]:
    """Return every examination of the site that is still to be done, in no order.

    In five queries however many there are. Who is shown of them, ``note_shown`` writes down.
    """
    access.check(by, Action.HEAR_MACHINES)
    seen = seen_by(by, WHY, now=now)
    first = house.day_at(by.site, now) - timedelta(days=DAYS_BACK)
    bookings = seen.bookings.filter(
        kind="exam",
        state__in=STILL_LISTED,
        slot__day__gte=first,
        visit__state__in=STILL_TO_DO,
        visit__patient__birth_date__isnull=False,
    ).exclude(visit__in=seen.performed_steps.filter(state=COMPLETED).values("visit_id"))
    rows = bookings.values_list(
        "pk",
        "visit_id",
        "visit__patient_id",
        "slot__room",
        "slot__starts_at",
        "slot__operator",
        "visit__patient__number",
        "visit__patient__family_name",
        "visit__patient__given_name",
        "visit__patient__birth_date",
    )
    answers = _answers(seen, bookings)
    periods = _periods(seen, bookings)
    tests = _tests(seen, bookings)
    found = []
    for booking, visit, patient, room, starts_at, operator, number, family, given, born in rows:
        local = house.local_at(by.site, starts_at)
        told = {
            fact: value
            for (fact, day), value in answers.get(visit, {}).items()
            if day is None or day == local.date()
        }
        found.append(
            Scheduled(
                booking,
                visit,
                patient,
                room,
                local,
                operator,
                number,
                family,
                given,
                born or NOT_SAID,
                last_period=max(
                    (start for start in periods.get(patient, ()) if start <= local.date()),
                    default=None,
                ),
                pregnancy=_pregnancy(tests.get(visit, {}), told, local.date()),
                allergies=tuple(_allergies(told)),
                alerts=tuple(_alerts(told)),
            )
        )
    return tuple(found)


def note_shown(patients: Collection[UUID], *, by: Actor, now: datetime) -> None:
    """Write down that a machine was shown these women, or that it asked and nobody new was."""
    access.check(by, Action.HEAR_MACHINES)
    who: Iterable[UUID | None] = patients or (None,)
    audit_read(by=by, now=now, patients=who, why=WHY, what=["booking", "patient", "visit"])


def _answers(seen: Seen, bookings: Any) -> Mapping[UUID, dict[tuple[str, date | None], Any]]:
    rows = seen.answers.filter(visit__in=bookings.values("visit_id"), fact__in=ASKED)
    found: dict[UUID, dict[tuple[str, date | None], Any]] = {}
    for visit, fact, day, value in rows.order_by("id").values_list(
        "visit_id", "fact", "day", "value"
    ):
        of_hers = found.setdefault(visit, {})
        of_hers.pop((fact, day), None)  # the newest comes last
        of_hers[fact, day] = value
    return found


def _periods(seen: Seen, bookings: Any) -> Mapping[UUID, list[date]]:
    rows = seen.periods.filter(patient__in=bookings.values("visit__patient_id"))
    found: dict[UUID, list[date]] = {}
    for patient, start in rows.values_list("patient_id", "start"):
        found.setdefault(patient, []).append(start)
    return found


def _tests(seen: Seen, bookings: Any) -> Mapping[UUID, dict[date, str]]:
    rows = seen.test_results.filter(
        visit__in=bookings.values("visit_id"), kind="pregnancy_urine", read_at__isnull=False
    )
    found: dict[UUID, dict[date, str]] = {}
    for visit, day, parts in rows.order_by("taken_at").values_list("visit_id", "day", "parts"):
        found.setdefault(visit, {})[day] = str((parts or {}).get("pregnancy_test_today", ""))
    return found


def _pregnancy(tests: Mapping[date, str], told: Mapping[str, Any], day: date) -> int:
    """Return what is known on the day of the examination; a test of another day says nothing."""
    match tests.get(day):
        case "positive":
            return PREGNANT
        case "negative":
            return NOT_PREGNANT
    return POSSIBLY if told.get("possible_pregnancy") is True else UNKNOWN


def _allergies(told: Mapping[str, Any]) -> Iterable[str]:
    if told.get("contrast_reaction") not in (None, "none"):
        yield f"Contrast medium: {told['contrast_reaction']} reaction"
    if told.get("shellfish_or_iodine_allergy") is True:
        yield "Shellfish or iodine"
    if told.get("antibiotic_allergy") is True:
        yield "Antibiotic"


def _alerts(told: Mapping[str, Any]) -> Iterable[str]:
    if told.get("asthma_or_treated_allergy") is True:
        yield "Asthma or treated allergy"
    if told.get("kidney_disease_or_metformin") is True:
        yield "Kidney disease or metformin"
    if told.get("blood_thinners_or_bleeding_disorder") is True:
        yield "Blood thinners or bleeding"
