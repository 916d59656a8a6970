"""The language of a page: the person's own choice, else what her browser asks for."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_POST

from patency.core.language import Language, nearest
from patency.service.languages import LanguageUnknown, choose_language

Words = str | Promise
"""A text, or one that waits for the language of a page."""


def spoken() -> Language:
    """Return how the language of this page writes days, times and answers."""
    now = translation.get_language() or settings.LANGUAGE_CODE
    return nearest(settings.SPEAKS, now) or next(iter(settings.SPEAKS.values()))


def language_for(request: HttpRequest, chosen: str, first: str) -> str:
    """Return Django's code of the language of a page.

    ``chosen`` is what the person keeps, ``first`` the first language of the site; either may be
    empty or one that the pages are not written in.
    """
    in_cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    asked = request.headers.get("Accept-Language", "")
    for wanted in (chosen, in_cookie, *(code for code, _ in parse_accept_lang_header(asked))):
        if wanted and (found := nearest(settings.SPEAKS, wanted)):
            return found.django
    found = nearest(settings.SPEAKS, first)
    return found.django if found else settings.LANGUAGE_CODE


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the language a person chose, in her record and in her browser, and go back."""
    after = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        after, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        after = "/"
    answer = redirect(after)
    found = nearest(settings.SPEAKS, request.POST.get("language", ""))
    if found is None:
        return answer
    who = request.who  # type: ignore[attr-defined]
    if who is not None:
        house, now = request.house, request.now  # type: ignore[attr-defined]
        try:
            choose_language(house, found.django, by=who, now=now)
        except LanguageUnknown:
            return answer
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        found.django,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return answer
