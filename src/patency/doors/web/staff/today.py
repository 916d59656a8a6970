"""The day: who comes, what is missing, who waits, and which promises run out. It updates itself."""

from datetime import date, timedelta
from hashlib import sha256
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseNotModified
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.doors.web.asking import ActorRequest, sees_medicine, staff_may
from patency.doors.web.open_tasks import alarm_count, first_tasks, open_count
from patency.doors.web.staff.board import clock_words, lines_of
from patency.doors.web.staff.board_order import STEPS, Brief, order_of
from patency.doors.web.staff.owing import running_out
from patency.doors.web.staff.waiting import how_many, waiting
from patency.records.seen_by import seen_by

ONE_DAY = timedelta(days=1)
TASKS_SHOWN = 3
WOMEN_SHOWN = 15
"""As many as a screen can be read for; who is late or missed comes first."""
FRESH_MINUTES = 5
"""How long a board that nothing has happened to stays as it is; then its waits are counted anew."""


@require_safe
@staff_may(Action.SEE_TODAY)
def today(request: ActorRequest) -> HttpResponse:
    """Return the board of one day, today unless another is asked for.

    A board that looks again sends the mark of what it shows, and is told 304 while that still
    stands: then no woman's row is read, and none is written to the audit.
    """
    mark = _mark(request)
    is_again = request.headers.get("X-Board") == "again"
    if is_again and request.headers.get("If-None-Match") == mark:
        return _told(HttpResponseNotModified(), request, mark)
    context = _context(request) | {"mark": mark, "updated": clock_words(request.now)}
    template = "staff/board.html" if is_again else "staff/today.html"
    return _told(TemplateResponse(request, template, context), request, mark)


def _told(answer: HttpResponse, request: ActorRequest, mark: str) -> HttpResponse:
    answer["ETag"] = mark
    answer["X-Updated"] = clock_words(request.now)
    return answer


def _mark(request: ActorRequest) -> str:
    """Return what the board of this person depends on, as one short word.

    Every change is an event; the minutes are in it because a wait grows without one.
    """
    events = seen_by(request.actor, "the board", now=request.now).events
    newest = events.order_by("-pk").values_list("pk", flat=True).first()
    minute = int(request.now.timestamp() // (60 * FRESH_MINUTES))
    parts = (
        newest,
        minute,
        request.actor.name,
        sorted(request.actor.roles),
        request.GET.urlencode(),
        get_language(),
    )
    return f'"{sha256(repr(parts).encode()).hexdigest()[:24]}"'


def _context(request: ActorRequest) -> dict[str, object]:
    asked = _day_asked(request.GET.get("day", ""), request.around.today)
    day = asked or request.around.today
    seen = seen_by(request.actor, "today's list", now=request.now)
    medicine = sees_medicine(request.actor)
    is_today = day == request.around.today
    every = order_of(request, seen, day)
    room, step = request.GET.get("room", ""), request.GET.get("step", "")
    asked_for = [one for one in every if _is_asked(one, room, step)]
    page = Paginator(asked_for, WOMEN_SHOWN).get_page(request.GET.get("page"))
    tasks = first_tasks(seen, request.now, TASKS_SHOWN) if medicine else []
    may_find = may(request.actor, Action.SEE_PATIENT)
    shows_waiting = medicine and may_find and is_today
    listed: set[object] = {one.patient for one in every}
    takes_money = may(request.actor, Action.TAKE_PAYMENT) and is_today
    unpaid, unpaid_until = running_out(seen, request.now) if takes_money else (0, None)
    return {
        "day": day,
        "no_such_day": asked is None,
        "before": (day - ONE_DAY).isoformat(),
        "after": (day + ONE_DAY).isoformat(),
        "is_today": is_today,
        "lines": lines_of(request, seen, day, list(page.object_list)),
        "page": page,
        "kept": _kept(request),
        "hidden": len(every) - len(asked_for),
        "counts": [
            (step_, words, sum(line.step == step_ for line in every))
            for step_, words in STEPS.items()
        ],
        "rooms": sorted({line.room for line in every} | {room} - {""}),
        "room": room,
        "step": step,
        "steps": list(STEPS.items()),
        "shows_waiting": shows_waiting,
        "waiting": waiting(request.house, seen, day, request.now, listed=listed)
        if shows_waiting
        else [],
        "how_many": how_many(seen) if shows_waiting else [],
        "tasks": tasks,
        "task_count": open_count(seen) if medicine else 0,
        "unpaid": unpaid,
        "unpaid_until": unpaid_until,
        "medicine": medicine,
        "alarms": alarm_count(seen, request.now) if medicine else 0,
        "may_acknowledge": may(request.actor, Action.ACKNOWLEDGE),
        "may_register": may(request.actor, Action.REGISTER),
        "may_find": may_find,
    }


def _kept(request: ActorRequest) -> str:
    """Return what of the address goes along from page to page."""
    asked = {name: request.GET[name] for name in ("day", "room", "step") if request.GET.get(name)}
    return "&" + urlencode(asked) if asked else ""


def _is_asked(line: Brief, room: str, step: str) -> bool:
    return room in ("", line.room) and step in ("", line.step)


def _day_asked(raw: str, today: date) -> date | None:
    """Return the day that was asked for, or None when there is no such day."""
    try:
        day = date.fromisoformat(raw) if raw else today
    except ValueError:
        return None
    # The first and the last day there is have no neighbour to link to.
    return day if date.min < day < date.max else None
