"""Registering a woman at the desk."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.doors.web.asked import protocol_at
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import refused
from patency.doors.web.words import LANGUAGES_SPOKEN, capital, in_words
from patency.records.models.people import CHANNELS
from patency.records.models.visit import MEDIA, Visit
from patency.service import registration


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.REGISTER)
def register(request: ActorRequest) -> HttpResponse:
    """Register a woman who was not known here; a refusal names every field that is wrong."""
    site = request.around.site
    indication = protocol_at(request).facts.types.get("indication")
    context: dict[str, object] = {
        "typed": request.POST,
        "agreed": request.POST.getlist("consents"),
        "campuses": [(one.slug, one.name) for one in site.campuses.values()],
        "languages": [(code, LANGUAGES_SPOKEN.get(code, code)) for code in site.languages],
        "channels": [(code, capital(in_words(code))) for code in CHANNELS],
        "media": [(code, capital(in_words(code))) for code in MEDIA],
        "indications": [
            (code, capital(in_words(code))) for code in (indication.choices if indication else ())
        ],
    }
    status = 200
    if request.method == "POST":
        try:
            visit = _register(request)
        except ValueError:
            context["problem"], status = "Give her date of birth, such as 1993-05-17.", 400
        except registration.RegistrationRefused as refusal:
            context |= refused(refusal)
            status = 409
        else:
            messages.success(request, "She is registered. Her number stands below her name.")
            return redirect("journey", visit.patient_id)
    return TemplateResponse(request, "staff/register.html", context, status=status)


def _register(request: ActorRequest) -> Visit:
    posted = request.POST
    agreed = posted.getlist("consents")
    return registration.register(
        request.house,
        site=request.actor.site,
        campus=posted.get("campus", ""),
        family_name=posted.get("family_name", ""),
        given_name=posted.get("given_name", ""),
        birth_date=date.fromisoformat(posted.get("birth_date", "")),
        phone=posted.get("phone", "").strip(),
        email=posted.get("email", "").strip(),
        language=posted.get("language", ""),
        consents={channel: channel in agreed for channel in CHANNELS},
        medium_wanted=posted.get("medium_wanted", "no_preference"),
        indication=posted.get("indication", ""),
        by=request.actor,
        now=request.now,
    )
