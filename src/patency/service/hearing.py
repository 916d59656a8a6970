"""What she should have heard by today, in the protocol's words; nothing is changed by asking."""

from datetime import date, datetime
from uuid import UUID

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.messages import DueMessage, due_messages
from patency.records.models.booking import STILL_TO_COME
from patency.records.seen_by import Seen, seen_by
from patency.service.house import House
from patency.service.judging import language_of


def messages_for(
    house: House, visit_id: UUID, *, by: Actor, now: datetime
) -> tuple[DueMessage, ...]:
    """Return the protocol's messages due by today, the newest first; none before she has a date."""
    access.check(by, Action.SEE_PATIENT)
    seen = seen_by(by, "what she should have heard", now=now)
    visit = seen.visits.select_related("patient").get(pk=visit_id)
    follow_up = seen.follow_ups.filter(visit=visit).first()
    exam_day = follow_up.exam_day if follow_up else _planned_day(seen, visit_id)
    if exam_day is None:
        return ()
    book = house.rulebook_at(visit.site)
    return due_messages(
        book,
        exam_day=exam_day,
        examined=follow_up is not None,
        released=seen.releases.filter(visit=visit, released_at__isnull=False).exists(),
        today=house.day_at(visit.site, now),
        language=language_of(book.protocol, visit.patient.language),
    )


def _planned_day(seen: Seen, visit_id: UUID) -> date | None:
    booked = (
        seen.bookings.filter(visit=visit_id, kind="exam", state__in=STILL_TO_COME)
        .select_related("slot")
        .first()
    )
    return booked.slot.day if booked else None
