"""Call tasks: what someone must do by when, taken on by a person, and closed with what was done."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.open_tasks import alarm_count, by_urgency, still_open, task_line
from patency.records.models.followup import Task
from patency.records.seen_by import Seen, seen_by
from patency.service import tasks

ROWS = 25
FILTERS: Mapping[str, Promise] = {
    "all": gettext_lazy("All open"),
    "mine": gettext_lazy("Mine"),
    "new": gettext_lazy("Nobody has them yet"),
    "done": gettext_lazy("Done today"),
}
REFUSALS: Mapping[type[Exception], Promise] = {
    tasks.AlreadyDone: gettext_lazy("Someone has closed this task already. Nothing was changed."),
    tasks.NotDecidedYet: gettext_lazy(
        "The task was not closed: nobody has decided on antibiotics yet. A gynaecologist, "
        "radiologist or consultant decides, to give them or not; that closes the task."
    ),
    tasks.NoDutyContact: gettext_lazy(
        "This site names nobody who answers at any hour; tell the administrator."
    ),
    tasks.TaskRefused: gettext_lazy("The task was not closed: say in a few words what was done."),
}


@require_safe
@staff_may(Action.ACKNOWLEDGE)
def tasks_page(request: ActorRequest) -> HttpResponse:
    """Return one page of the tasks, the most urgent first."""
    which = request.GET.get("which", "")
    which = which if which in FILTERS else "all"
    seen = seen_by(request.actor, "tasks", now=request.now)
    page = Paginator(_asked(request, seen, which), ROWS).get_page(request.GET.get("page"))
    context = {
        "which": which,
        "filters": FILTERS.items(),
        "tasks": [task_line(row, request.now) for row in page.object_list],
        "page": page,
        "alarms": alarm_count(seen, request.now),
        "may_acknowledge": True,
    }
    return TemplateResponse(request, "staff/tasks.html", context)


def _asked(request: ActorRequest, seen: Seen, which: str) -> "QuerySet[Task]":
    rows = still_open(seen)
    if which == "mine":
        return by_urgency(rows.filter(acknowledged_by=request.actor.name))
    if which == "new":
        return by_urgency(rows.filter(acknowledged_at__isnull=True))
    if which == "done":
        midnight = request.around.moment.replace(hour=0, minute=0, second=0, microsecond=0)
        done = seen.tasks.filter(done_at__gte=midnight).select_related("patient")
        return done.order_by("-done_at")
    return by_urgency(rows)


@require_POST
@staff_may(Action.ACKNOWLEDGE)
def acknowledge(request: ActorRequest, task_id: UUID) -> HttpResponse:
    """Take a task on; its alarm stops."""
    try:
        task = tasks.acknowledge(task_id, by=request.actor, now=request.now)
    except tasks.TaskRefused as refusal:
        messages.error(request, str(REFUSALS[type(refusal)]))
    else:
        mine = task.acknowledged_by == request.actor.name
        messages.success(
            request,
            _("The task is yours; its alarm has stopped.")
            if mine
            else _("{who} has taken this task already.").format(who=task.acknowledged_by),
        )
    return _back(request)


@require_POST
@staff_may(Action.ACKNOWLEDGE)
def close(request: ActorRequest, task_id: UUID) -> HttpResponse:
    """Close a task with a note of what was done."""
    try:
        tasks.close(task_id, request.POST.get("note", ""), by=request.actor, now=request.now)
    except tasks.TaskRefused as refusal:
        messages.error(request, str(REFUSALS[type(refusal)]))
    else:
        messages.success(request, _("The task is closed."))
    return _back(request)


def _back(request: ActorRequest) -> HttpResponse:
    """Return to the page the button stood on; never to another place."""
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = "/"
    return redirect(back)
