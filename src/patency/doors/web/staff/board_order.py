"""In which order the women of a day stand on the board; nobody's record is read for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, sees_medicine
from patency.records.models.booking import STILL_TO_COME
from patency.records.models.followup import URGENCIES
from patency.records.seen_by import Seen

S = VisitState
SHOWN = (*STILL_TO_COME, "attended", "missed")
NOT_HERE_YET = frozenset({S.BOOKED, S.REGISTERED, S.CLEARED, S.ON_HOLD})
TO_REPORT = frozenset({S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC})
AFTER_THE_EXAM = TO_REPORT | {S.REPORTED, S.RELEASED, S.CLOSED}
"""She may still be in the clinic: a report that is signed does not send her home."""
LATE_AFTER = timedelta(minutes=5)
"""A woman is late from then on; a few minutes are nobody's fault."""

# The steps a board is filtered by, in the order of the day.
STEPS: Mapping[str, Promise] = {
    "late": gettext_lazy("Late"),
    "to-come": gettext_lazy("Still to come"),
    "here": gettext_lazy("Here, waits"),
    "watched": gettext_lazy("Examined, is watched"),
    "undecided": gettext_lazy("Antibiotics not decided"),
    "held": gettext_lazy("On hold"),
    "done": gettext_lazy("Done for today"),
}

_VISIT = "visit__"
_EXAM = "visit__exam_record__"


@dataclass(frozen=True, slots=True)
class Brief:
    """What says where a woman stands in the board's order, and nothing that takes long to read."""

    booking: UUID
    visit: UUID
    patient: UUID
    starts_at: datetime
    room: str
    step: str
    is_late: bool
    rank: int
    """0 rises to the top, 2 sinks to the foot."""


def order_of(request: ActorRequest, seen: Seen, day: date) -> list[Brief]:
    """Return who comes on a day: late and missing first, the rest by the clock, done last.

    Bare values, not rows: nobody's record is read for an order, and the audit says one list.
    """
    bookings = seen.bookings.filter(slot__day=day, state__in=SHOWN)
    rows = list(
        bookings.order_by("slot__starts_at", "slot__room").values_list(
            "pk",
            "visit_id",
            "visit__patient_id",
            "slot__starts_at",
            "slot__room",
            "kind",
            "state",
            "visit__state",
            f"{_EXAM}pk",
            f"{_EXAM}observation__pk",
            f"{_EXAM}observation__left_at",
            f"{_EXAM}antibiotic_choice__pk",
        )
    )
    alarming = _alarming(request, seen, rows) if sees_medicine(request.actor) else set()
    found = [_brief(row, alarming, request.now) for row in rows]
    return sorted(found, key=lambda one: (one.rank, one.starts_at))


def _brief(row: Any, alarming: set[UUID], now: datetime) -> Brief:
    pk, visit, patient, starts_at, room, kind, state, of_visit = row[:8]
    exam, watched, left_at, decided = row[8:]
    stands = VisitState(of_visit)
    late = is_late(starts_at, state, stands, now)
    after = "done"
    if exam is not None:
        is_here = watched is None or left_at is None
        after = "watched" if is_here else "undecided" if decided is None else "done"
    step = _step(kind, state, stands, after, late)
    rank = 0 if late or visit in alarming else 2 if step == "done" else 1
    return Brief(pk, visit, patient, starts_at, room, step, late, rank)


def is_late(starts_at: datetime, state: str, stands: VisitState, now: datetime) -> bool:
    """Return whether she should be here and is not."""
    return state in STILL_TO_COME and stands in NOT_HERE_YET and now - starts_at > LATE_AFTER


def _step(kind: str, state: str, stands: VisitState, after: str, late: bool) -> str:
    if late:
        return "late"
    if state == "missed":
        return "done"
    if kind == "clinic_visit":
        after = "held" if stands is S.ON_HOLD else "done"
        return "to-come" if state in STILL_TO_COME else after
    if stands is S.ARRIVED:
        return "here"
    if stands in AFTER_THE_EXAM:
        return after
    return "to-come" if state in STILL_TO_COME else "done"


def _alarming(request: ActorRequest, seen: Seen, rows: Sequence[Any]) -> set[UUID]:
    """Return the visits whose report is overdue, or whose first open task cannot wait."""
    now = request.now
    visits: dict[UUID, list[UUID]] = {}
    for row in rows:
        visits.setdefault(row[2], []).append(row[1])
    of = [row[1] for row in rows]
    due = seen.releases.filter(visit__in=of, released_at__isnull=True, due_at__lt=now)
    found = set(due.values_list("visit_id", flat=True))
    first: dict[UUID, tuple[int, datetime]] = {}
    tasks = seen.tasks.filter(patient__in=list(visits), done_at__isnull=True)
    for patient, urgency, due_at in tasks.values_list("patient_id", "urgency", "due_at"):
        mine = (URGENCIES.index(urgency), due_at)
        first[patient] = min(mine, first.get(patient, mine))
    for patient, (place, due_at) in first.items():
        if URGENCIES[place] in "EU" or now > due_at:
            found.update(visits[patient])
    return found
