"""Puts who asks, when and in which house on every request, and closes the page to strangers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.views import defaults

from patency.core.access import Actor, NotPermitted
from patency.doors.web.asking import ActorRequest, Around
from patency.doors.web.house import the_house
from patency.service.house import House

# Nothing but our own style sheet and pictures is loaded, and nothing runs in the browser.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# The pages' own words stand in English only; what the protocol says is in her language.
PAGE_LANGUAGE = "en"


class ActorMiddleware:
    """Sets ``request.house``, ``.now``, ``.who`` and ``.around``; a page that needs a role adds
    ``.actor``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asking = cast(ActorRequest, request)
        asking.house = house = the_house()
        asking.now = house.now()
        asking.who = _who(request, house)
        asking.around = around(house, asking.who, asking.now)
        zone = ZoneInfo(asking.around.site.time_zone)
        with timezone.override(zone), translation.override(PAGE_LANGUAGE):
            response = self.get_response(request)
        # The page of her numbers has a program of ours, and says so itself.
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response["Content-Language"] = PAGE_LANGUAGE
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if request.user.is_authenticated:
            # A shared computer at a desk must not show her page again from its memory.
            response["Cache-Control"] = "no-store"
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Return the page for what a service refuses by role, or for a row this actor has not."""
        if isinstance(exception, NotPermitted):
            return defaults.permission_denied(request, PermissionDenied(str(exception)))
        if isinstance(exception, ObjectDoesNotExist):
            return defaults.page_not_found(request, Http404())
        return None


def around(house: House, who: Actor | None, now: datetime) -> Around:
    """Return what stands around a page; before sign-in its rules are the first site's."""
    slug = who.site if who is not None else next(iter(house.sites))
    site = house.site(slug)
    shown = [site] if who is not None else house.sites.values()
    rules = house.rulebook_at(slug).protocol.rules
    return Around(
        moment=now.astimezone(ZoneInfo(site.time_zone)),
        clocks=tuple((each.name, now.astimezone(ZoneInfo(each.time_zone))) for each in shown),
        site=site,
        demo=settings.PATENCY_MODE == "demo",
        version=site.protocol,
        unsigned=sum(not rule.signed_off_by for rule in rules),
        rules=len(rules),
    )


def _who(request: HttpRequest, house: House) -> Actor | None:
    user: Any = request.user
    if not user.is_authenticated or not user.is_active:
        return None
    for side in ("staff_member", "patient"):
        row = getattr(user, side, None)
        if row is not None and row.site in house.sites:
            actor: Actor = row.as_actor()
            return actor
    return None
