"""A period as it is typed, by staff or by her, and the one service call it becomes."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext

from patency.doors.web.asking import ActorRequest
from patency.service import cycles


@dataclass(frozen=True, slots=True)
class PeriodTyped:
    """What stands in the form."""

    what: str = "start"
    """start or end."""
    day: str = ""
    normal: str = ""
    problem: str = ""

    @classmethod
    def from_post(cls, request: ActorRequest) -> "PeriodTyped":
        """Return what was typed, with what is wrong with it before any service is asked."""
        posted = request.POST
        what = "end" if posted.get("what") == "end" else "start"
        day, normal = posted.get("day", "").strip(), posted.get("normal", "")
        problem = ""
        try:
            date.fromisoformat(day)
        except ValueError:
            problem = gettext("Give a day, such as 2025-09-29.")
        return cls(what, day, normal, problem)


def tell(request: ActorRequest, patient_id: UUID, typed: PeriodTyped) -> None:
    """Hand a period to the service. Raises ``cycles.CycleRefused``."""
    day = date.fromisoformat(typed.day)
    if typed.what == "start":
        cycles.report_period(request.house, patient_id, day, by=request.actor, now=request.now)
    else:
        normal = {"yes": True, "no": False}.get(typed.normal)
        cycles.report_bleeding_end(
            request.house, patient_id, day, normal=normal, by=request.actor, now=request.now
        )
