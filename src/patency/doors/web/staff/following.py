"""Who is followed: pregnancies with their clocks, letters without an answer, the lost."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.open_tasks import TaskLine, task_line
from patency.records.models.followup import URGENCIES, PregnancyEpisode, Task
from patency.records.seen_by import Seen, seen_by

A_PAGE = 25
URGENT_FIRST = {urgency: place for place, urgency in enumerate(URGENCIES)}


@dataclass(frozen=True, slots=True)
class Followed:
    """One pregnancy that is followed, and what somebody must do next, by when."""

    episode: PregnancyEpisode
    next: TaskLine | None


@require_safe
@staff_may(Action.ACKNOWLEDGE)
def following(request: ActorRequest) -> HttpResponse:
    """Return every pregnancy that is open, what is awaited, and who is lost from sight."""
    seen = seen_by(request.actor, "who is followed", now=request.now)
    episodes = list(
        seen.pregnancies.filter(closed_at__isnull=True)
        .select_related("follow_up__patient")
        .order_by("opened_at")[: 2 * A_PAGE]
    )
    tasks = _tasks(seen, [each.follow_up_id for each in episodes])
    followed = [_followed(request, each, tasks.get(each.follow_up_id, [])) for each in episodes]
    followed.sort(key=_soonest)
    open_ones = (
        seen.follow_ups.filter(state="open").select_related("patient").order_by("exam_day", "pk")
    )
    context = {
        "followed": followed,
        "referrals": list(
            seen.referrals.filter(answered_at__isnull=True)
            .select_related("follow_up__patient")
            .order_by("answer_due")[: 2 * A_PAGE]
        ),
        "lost": list(
            seen.follow_ups.filter(state="lost")
            .select_related("patient")
            .order_by("-closed_at")[:A_PAGE]
        ),
        "page": Paginator(open_ones, A_PAGE).get_page(request.GET.get("page")),
        "today": request.around.today,
    }
    return TemplateResponse(request, "staff/following.html", context)


def _tasks(seen: Seen, follow_ups: list[Any]) -> dict[Any, list[Task]]:
    found: dict[Any, list[Task]] = {}
    for task in seen.tasks.filter(follow_up__in=follow_ups, done_at__isnull=True).order_by(
        "due_at"
    ):
        found.setdefault(task.follow_up_id, []).append(task)
    return found


def _followed(request: ActorRequest, episode: PregnancyEpisode, tasks: list[Task]) -> Followed:
    first = min(tasks, key=lambda task: (URGENT_FIRST[task.urgency], task.due_at), default=None)
    return Followed(episode, task_line(first, request.now) if first is not None else None)


def _soonest(each: Followed) -> tuple[int, float]:
    if each.next is None:
        return len(URGENT_FIRST), 0.0
    return URGENT_FIRST[each.next.task.urgency], each.next.task.due_at.timestamp()
