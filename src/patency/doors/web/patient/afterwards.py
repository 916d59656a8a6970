"""What stands on her page from the examination on: what to know, her report, plan and diary."""

from collections.abc import Mapping
from datetime import date

from patency.core.messages import DueMessage
from patency.doors.web.asking import ActorRequest
from patency.doors.web.her import Journey
from patency.doors.web.patient.herself import Hers
from patency.doors.web.words import PLANNED, STANDINGS, capital, in_words
from patency.records.models.report import Report
from patency.service import hearing

DANGER_SIGNS, REPORT_READY = "danger-signs", "report-ready"
ALWAYS = frozenset({DANGER_SIGNS, REPORT_READY})


def afterwards(request: ActorRequest, found: Hers) -> Mapping[str, object]:
    """Return what her page shows of the time after the examination; nothing before it."""
    her = found.journey
    if her.before_the_exam:
        return {"after": False}
    return {
        "after": True,
        "heard": _heard(request, her),
        "report": report_for_her(her),
        "plan": _plan(her),
        "diary_open": her.follow_up is not None and her.follow_up.state == "open",
    }


def report_for_her(found: Journey) -> Report | None:
    """Return the newest signed report once it is released; a draft is nobody's to read."""
    if found.release is None or found.release.released_at is None:
        return None
    signed = [row for row in found.reports if row.status == "signed"]
    return signed[-1] if signed else None


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


def _plan(found: Journey) -> list[dict[str, object]]:
    """Return the dated plan after her examination, each with the ground it rests on."""
    items = (found.follow_up.plan if found.follow_up else None) or []
    return [
        {
            "what": PLANNED.get(item["what"], capital(in_words(item["what"]))),
            "first": date.fromisoformat(item["first_day"]),
            "last": date.fromisoformat(item["last_day"]),
            "standing": STANDINGS.get(item.get("standing", ""), ""),
            "provenance": item.get("provenance", ""),
        }
        for item in items
    ]
