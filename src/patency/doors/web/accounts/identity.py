"""At the desk: somebody looked at the card of a woman who registered herself."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.service import registering


@require_POST
@staff_may(Action.REGISTER)
def seen(request: ActorRequest, patient_id: UUID) -> HttpResponse:
    """Write down that she is who she says she is."""
    registering.identity_seen(patient_id, by=request.actor, now=request.now)
    messages.success(request, _("Written down: her card was looked at."))
    return redirect("journey", patient_id)
