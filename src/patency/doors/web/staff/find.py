"""Finding a woman by her own identifier; what was typed never stands in an address."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.identifiers import IdentifierRefused, read_identifier
from patency.doors.web.asking import ActorRequest, staff_may
from patency.records.seen_by import seen_by


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.SEE_PATIENT)
def find(request: ActorRequest) -> HttpResponse:
    """Return her journey, or the box again with what was typed and what to do."""
    typed = request.POST.get("number", "").strip()
    problem = ""
    if request.method == "POST":
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
