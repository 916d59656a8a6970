"""Taking a task, and closing it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.service import tasks

REFUSALS: dict[type[Exception], str] = {
    tasks.AlreadyDone: "Someone has closed this task already. Nothing was changed.",
    tasks.NotDecidedYet: "The task was not closed: nobody has decided on antibiotics yet. A "
    "gynaecologist, radiologist or consultant decides, to give them or not; that closes the task.",
    tasks.NoDutyContact: "This site names nobody who answers at any hour; tell the administrator.",
    tasks.TaskRefused: "The task was not closed: say in a few words what was done.",
}


@require_POST
@staff_may(Action.ACKNOWLEDGE)
def acknowledge(request: ActorRequest, task_id: UUID) -> HttpResponse:
    """Take a task on; its alarm stops."""
    try:
        task = tasks.acknowledge(task_id, by=request.actor, now=request.now)
    except tasks.TaskRefused as refusal:
        messages.error(request, REFUSALS[type(refusal)])
    else:
        mine = task.acknowledged_by == request.actor.name
        messages.success(
            request,
            "The task is yours; its alarm has stopped."
            if mine
            else f"{task.acknowledged_by} has taken this task already.",
        )
    return _back(request)


@require_POST
@staff_may(Action.ACKNOWLEDGE)
def close(request: ActorRequest, task_id: UUID) -> HttpResponse:
    """Close a task with a note of what was done."""
    try:
        tasks.close(task_id, request.POST.get("note", ""), by=request.actor, now=request.now)
    except tasks.TaskRefused as refusal:
        messages.error(request, REFUSALS[type(refusal)])
    else:
        messages.success(request, "The task is closed.")
    return _back(request)


def _back(request: ActorRequest) -> HttpResponse:
    """Return to the page the button stood on; never to another place."""
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = "/"
    return redirect(back)
