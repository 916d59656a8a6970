"""What stands around a page that anybody may read: its clinic, its language, how long kept."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from patency.core.language import nearest
from patency.core.site.model import Site
from patency.doors.web.asking import ActorRequest
from patency.doors.web.languages import language_for

KEPT_S = 300  # a closure or a price that changed is seen within five minutes: our choice
PAGES: tuple[tuple[str, str | Promise], ...] = (
    ("clinic", _("Overview")),
    ("about-examination", _("The examination")),
    ("about-bleeding", _("Bleeding afterwards")),
    ("about-price", _("Price")),
    ("about-days", _("Days open")),
    ("about-where", _("Where")),
    ("about-registering", _("Registering")),
)
View = Callable[[ActorRequest, Site], TemplateResponse]


def at_a_clinic(view: View) -> Callable[..., HttpResponse]:
    """Return a view of one clinic of this house, in its time zone, that holds nothing personal."""

    @wraps(view)
    def shown(request: HttpRequest, site: str) -> HttpResponse:
        asking = cast(ActorRequest, request)
        found = asking.house.sites.get(site)
        if found is None:
            raise Http404("No clinic has this address.")
        moment = asking.now.astimezone(ZoneInfo(found.time_zone))
        rules = asking.house.rulebook_at(site).protocol.rules
        asking.around = replace(
            asking.around,
            moment=moment,
            clocks=(),
            site=found,
            version=found.protocol,
            unsigned=sum(not rule.signed_off_by for rule in rules),
            rules=len(rules),
        )
        return in_a_language(asking, found, lambda: view(asking, found))

    return require_safe(shown)


def in_a_language(
    request: ActorRequest, site: Site, view: Callable[[], TemplateResponse]
) -> HttpResponse:
    """Return a page drawn in the language that was asked for, and say how long it may be kept.

    A language in the address counts before all others and is carried from page to page, so that
    it is kept also where no cookie is.
    """
    asked = nearest(settings.SPEAKS, request.GET.get("language", ""))
    if asked is not None:
        language = asked.django
    elif request.who is not None:
        language = translation.get_language() or settings.LANGUAGE_CODE
    else:
        language = language_for(request, "", site.languages[0])
    with timezone.override(ZoneInfo(site.time_zone)), translation.override(language):
        answer = view()
        answer.context_data = {
            "carry": f"?language={language}" if asked is not None else "",
            "languages": [
                (each.django, each.name)
                for each in settings.SPEAKS.values()
                if each.django != language
            ],
            "ways": ways_in(),
            **(answer.context_data or {}),
        }
        answer.render()
    answer["Content-Language"] = language
    if asked is None:
        answer["Cache-Control"] = f"public, max-age={KEPT_S}"
        return answer
    answer["Cache-Control"] = "private, no-cache"
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return answer


def ways_in() -> dict[str, str]:
    """Return where a person registers and signs in, as far as this house has such a page."""
    found: dict[str, str] = {}
    names = {
        "register": ("join", "join-place"),
        "mine": ("my-sign-in", "sign-in"),
        "staff": ("sign-in",),
    }
    for way, pages in names.items():
        for page in pages:
            try:
                found[way] = reverse(page)
                break
            except NoReverseMatch:
                continue
    return found


def pages_of(site: Site, here: str) -> list[tuple[str, str | Promise, bool]]:
    """Return the pages of a clinic that anybody may read: address, name, and whether it is here."""
    return [(reverse(page, args=[site.slug]), name, page == here) for page, name in PAGES]
