"""The pages that say why something was not looked at, and when or how to go on."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import resolve
from django.utils.translation import gettext as _

from patency.doors.web.kept import keep_typed, who_was
from patency.service.limits import TooOften


def too_long(request: Any) -> HttpResponse | None:
    """Return the page for a request that is longer than any form of ours, else None."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE or _takes_files(request):
        return None
    return render(request, "accounts/too_long.html", status=413)


def _takes_files(request: Any) -> bool:
    """Return whether what answers an address takes in image files, which are large.

    Only for who is signed in: nothing of a stranger is read so far.
    """
    if not request.user.is_authenticated:
        return False
    try:
        view = resolve(request.path_info).func
    except Http404:
        return False
    return getattr(view, "takes_files", False)


def too_often(request: Any, refusal: TooOften) -> HttpResponse:
    """Return the page that says when to try again."""
    seconds = max(1, int((refusal.again_at - request.now).total_seconds()))
    context = {"minutes": -(-seconds // 60), "what": refusal.what}
    response = render(request, "accounts/too_often.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def old_page(request: Any, reason: str = "") -> HttpResponse:
    """Return the page for a form of an old page; what was typed is kept for the same person.

    Only a form that came from a page of ours is kept: another site's words are not hers.
    """
    came = request.headers.get("Origin") or request.headers.get("Referer") or ""
    is_ours = came.startswith(f"{request.scheme}://{request.get_host()}")
    whose = request.user.pk if request.user.is_authenticated else who_was(request)
    after = keep_typed(request, whose) if is_ours else "/"
    return TemplateResponse(
        request,
        "403_csrf.html",
        {"after": after, "kept": is_ours and bool(whose), "title": _("Sent from an old page")},
        status=403,
    ).render()
