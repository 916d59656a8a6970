"""Everyone who waits without a date today, one kind and one page at a time."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, sees_medicine, staff_may
from patency.doors.web.staff.waiting import KINDS, Around, WaitingLine, how_many
from patency.records.seen_by import seen_by

ROWS = 25


@require_safe
@staff_may(Action.RECORD_ANSWERS)
def waits(request: ActorRequest) -> HttpResponse:
    """Return one page of those who wait for one thing, the longest first."""
    code = request.GET.get("kind", "")
    code = code if code in KINDS else next(iter(KINDS))
    seen = seen_by(request.actor, "who waits", now=request.now)
    page = Paginator(KINDS[code].rows(seen), ROWS).get_page(request.GET.get("page"))
    around = Around(request.house, seen, request.around.today, request.now)
    found: dict[object, WaitingLine] = {}
    if sees_medicine(request.actor):
        for patient, wait in KINDS[code].waits(around, list(page.object_list)):
            found.setdefault(patient.pk, WaitingLine(patient)).waits.append(wait)
    context = {
        "kind": code,
        "name": KINDS[code].name,
        "kinds": how_many(seen),
        "lines": list(found.values()),
        "page": page,
        "back": reverse("today"),
    }
    return TemplateResponse(request, "staff/waits.html", context)
