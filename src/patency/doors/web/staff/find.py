"""Finding a woman by her own identifier; what was typed never stands in an address."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.identifiers import TOKEN, IdentifierRefused, read_identifier
from patency.doors.web.asking import ActorRequest, staff_may
from patency.records.models.booking import TurnedDown
from patency.records.seen_by import seen_by
from patency.service import waiting


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.SEE_PATIENT)
def find(request: ActorRequest) -> HttpResponse:
    """Return her journey, or the box again with what was typed and what to do."""
    typed = request.POST.get("number", "").strip()
    problem = ""
    if request.method == "POST":
        if typed.upper().startswith(TOKEN):
            return _by_token(request, typed)
        try:
            number = read_identifier(typed)
        except IdentifierRefused as refusal:
            problem = str(refusal)
        else:
            seen = seen_by(request.actor, "found by number", now=request.now)
            found = seen.patients.filter(number=number).first()
            if found is not None:
                return redirect("journey", found.pk)
            problem = (
                f"No woman with the number {number} was found at your site. Check the number on "
                "her card, or register her."
            )
    if problem:
        messages.error(request, problem)
    return TemplateResponse(
        request, "staff/find.html", {"typed": typed}, status=404 if problem else 200
    )


def _by_token(request: ActorRequest, typed: str) -> HttpResponse:
    """Return the journey of the woman who quotes the code of a cycle without a day."""
    try:
        found = waiting.refusal_of(typed, by=request.actor, now=request.now)
    except TurnedDown.DoesNotExist:
        messages.error(
            request,
            "No woman with this code was found at your site. A code looks like NX-7K3M-QX4D; type "
            "it again from her message, or use her number.",
        )
        return TemplateResponse(request, "staff/find.html", {"typed": typed}, status=404)
    return redirect("journey", found.visit.patient_id)
