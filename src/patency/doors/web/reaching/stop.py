"""She stops what is written to her: by a mail's link, by an answer, or on her own page."""

from typing import Any
from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from patency.core.access import Action, Actor
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.reaching.words import CHANNELS
from patency.records.seen_by import seen_by
from patency.service import channels, registration

BY_LINK, BY_ANSWER = "mail-link", "sms-answer"
LONGEST_ANSWER = 4096  # bytes


@require_http_methods(["GET", "HEAD", "POST"])
def channels_of_link(request: ActorRequest, key: UUID) -> HttpResponse:
    """Show by what she is written to, and stop what she presses; looking changes nothing.

    Mail programs open links by themselves, so only a press of the button stops anything.
    """
    by = Actor(BY_LINK, "", frozenset())
    stopped = False
    try:
        if request.method == "POST":
            wanted = request.POST.get("channel", "")
            shown = channels.stop_by_link(key, wanted, by=by, now=request.now)
            stopped = True
        else:
            shown = channels.of_link(key, by=by, now=request.now)
    except channels.ChannelsRefused:
        return _alone(request, "reaching/link_over.html", {}, status=404)
    with translation.override(shown.language):
        context = {"ways": _ways(shown.given), "stopped": stopped}
        return _alone(request, "reaching/channels.html", context)


@csrf_exempt
@require_POST
def answer(request: ActorRequest) -> HttpResponse:
    """Hear what a woman answered to a short message, from our provider alone."""
    if int(request.headers.get("Content-Length") or 0) > LONGEST_ANSWER:
        return JsonResponse({"heard": False}, status=413)
    signature = request.headers.get("X-Signature", "")
    heard = request.house.gateways.sms.hear(request.body, signature, request.now)
    if heard is None:
        return JsonResponse({"heard": False}, status=403)
    by = Actor(BY_ANSWER, "", frozenset())
    channels.stop_by_answer(heard.number, heard.text, by=by, now=request.now)
    # The same answer whether or not anybody has the number.
    return JsonResponse({"heard": True})


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.REGISTER)
def my_channels(request: ActorRequest) -> HttpResponse:
    """Show her by what she is written to, and let her begin or stop each."""
    seen = seen_by(request.actor, "how she is written to", now=request.now)
    patient = seen.patients.get()  # she sees herself, and nobody else
    if request.method == "POST":
        channel, given = request.POST.get("channel", ""), request.POST.get("given") == "yes"
        try:
            registration.consent_to_channel(
                patient.pk, channel, given, by=request.actor, now=request.now
            )
        except registration.DetailsRefused:
            notes.error(request, _("We have no number or address for this. Tell us one first."))
        else:
            notes.success(
                request,
                _("We write to you this way from now on.")
                if given
                else _("We do not write to you this way any more."),
            )
        return redirect("my-channels")
    said = {row.channel: row.given for row in seen.channel_consents.order_by("pk")}
    has = {"sms": bool(patient.phone), "email": bool(patient.email)}
    ways = [
        (code, CHANNELS[code], bool(said.get(code)) and has[code], has[code])
        for code in ("sms", "email")
    ]
    context = {"ways": ways, "quiet": request.around.site.messages}
    return TemplateResponse(request, "patient/channels.html", context)


def _ways(given: Any) -> list[tuple[str, str, bool]]:
    return [(code, str(CHANNELS[code]), is_on) for code, is_on in given.items()]


def _alone(
    request: ActorRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return a page that no memory keeps and no search finds; its address is a key."""
    response = TemplateResponse(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Content-Language"] = translation.get_language() or "en"
    response.render()
    return response
