"""What the protocol says to her from the examination on, as her page shows it."""

from collections.abc import Mapping

from patency.core.messages import DueMessage
from patency.doors.web.asking import ActorRequest
from patency.doors.web.her import Journey
from patency.doors.web.patient.herself import Hers
from patency.service import hearing

DANGER_SIGNS, REPORT_READY = "danger-signs", "report-ready"
ALWAYS = frozenset({DANGER_SIGNS, REPORT_READY})


def afterwards(request: ActorRequest, found: Hers) -> Mapping[str, object]:
    """Return what she is to know now, after the examination; nothing before it."""
    her = found.journey
    return {"heard": [] if her.before_the_exam else _heard(request, her)}


def _heard(request: ActorRequest, found: Journey) -> list[DueMessage]:
    """Return what she is to know now: of the newest day, and the danger signs of her diary.

    What an earlier day said is over, and with the diary everything but that her report is ready.
    """
    every = hearing.messages_for(request.house, found.visit.pk, by=request.actor, now=request.now)
    if found.follow_up is None:
        return list(every)
    if found.follow_up.state != "open":
        return [one for one in every if one.id == REPORT_READY]
    of_days = [one for one in every if one.id not in ALWAYS]
    newest = max((one.since for one in of_days), default=None)
    return [one for one in every if one.id in ALWAYS or one.since == newest]
