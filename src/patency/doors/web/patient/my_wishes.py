"""What she wishes of her dates, told by herself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.visit import VisitState
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.her import BEFORE_THE_EXAM
from patency.doors.web.patient.herself import herself
from patency.doors.web.refusals import kindly
from patency.doors.web.wished import keep, page
from patency.records.seen_by import seen_by
from patency.service import waiting


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.RECORD_ANSWERS)
def my_wishes(request: ActorRequest) -> HttpResponse:
    """Show her what she can wish for and what it costs, and keep what she tells."""
    seen = seen_by(request.actor, "her own wishes", now=request.now)
    _patient, visit = herself(seen)
    if visit is None or VisitState(visit.state) not in BEFORE_THE_EXAM:
        messages.info(request, _("No examination is to come, so there is nothing to wish for."))
        return redirect("mine")
    problem, status = "", 200
    if request.method == "POST":
        try:
            keep(request, visit)
        except waiting.WaitingRefused as refusal:
            problem, status = kindly(refusal), 409
        else:
            messages.success(request, _("Your wishes are kept. They count from now on."))
            return redirect("my-wishes")
    context = {**page(request, seen, visit), "problem": problem, "hers": True}
    return TemplateResponse(request, "patient/wishes.html", context, status=status)
