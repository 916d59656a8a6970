"""Puts who asks, when and in which house on every request, and closes the page to strangers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import get_resolver
from django.utils import timezone, translation
from django.views import defaults

from patency.core.access import Actor, NotPermitted
from patency.doors.web.accounts.around import Entrance
from patency.doors.web.accounts.pages import too_long, too_often
from patency.doors.web.asking import ActorRequest, Around
from patency.doors.web.headers import write_headers
from patency.doors.web.house import the_house
from patency.doors.web.languages import language_for
from patency.doors.web.permitted import not_permitted
from patency.records.models.people import Patient, StaffMember
from patency.service.house import House
from patency.service.limits import TooOften


class ActorMiddleware:
    """Sets ``request.house``, ``.now``, ``.who`` and ``.around``; a page that needs a role adds
    ``.actor``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # The addresses hand the house over when they are read: before the first request, not in it.
        _ = get_resolver().url_patterns

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asking = cast(ActorRequest, request)
        asking.house = house = the_house()
        asking.now = house.now()
        row = _signed_in(request, house)
        asking.who = row.as_actor() if row is not None else None
        entrance = Entrance(asking)
        if asking.who is not None and entrance.is_over(asking.who):
            row = asking.who = None
        asking.around = around(house, asking.who, asking.now)
        site = asking.around.site
        language = language_for(request, row.language if row is not None else "", site.languages[0])
        with timezone.override(ZoneInfo(site.time_zone)), translation.override(language):
            response = (
                too_long(asking)
                or entrance.led_elsewhere()
                or entrance.shown_again(self.get_response)
            )
        write_headers(response, language=language, signed_in=request.user.is_authenticated)
        entrance.note(response)
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Return the page for what a service refuses by role, or for a row this actor has not."""
        if isinstance(exception, NotPermitted):
            return defaults.permission_denied(request, PermissionDenied(not_permitted(exception)))
        if isinstance(exception, TooOften):
            return too_often(request, exception)
        if isinstance(exception, ObjectDoesNotExist):
            return defaults.page_not_found(request, Http404())
        return None


def around(house: House, who: Actor | None, now: datetime) -> Around:
    """Return what stands around a page; before sign-in its rules are the first site's."""
    slug = who.site if who is not None else next(iter(house.sites))
    site = house.site(slug)
    # Before anybody chose a clinic, the clocks of several would tell her nothing.
    shown = [site] if who is not None or len(house.sites) == 1 else []
    rules = house.rulebook_at(slug).protocol.rules
    return Around(
        moment=now.astimezone(ZoneInfo(site.time_zone)),
        clocks=tuple((each, now.astimezone(ZoneInfo(each.time_zone))) for each in shown),
        site=site,
        demo=settings.PATENCY_MODE == "demo",
        version=site.protocol,
        unsigned=sum(not rule.signed_off_by for rule in rules),
        rules=len(rules),
    )


def _signed_in(request: HttpRequest, house: House) -> StaffMember | Patient | None:
    """Return the row of the person who signed in, of a site of this house."""
    user: Any = request.user
    if not user.is_authenticated or not user.is_active:
        return None
    for side in ("staff_member", "patient"):
        row: StaffMember | Patient | None = getattr(user, side, None)
        if row is not None and row.site in house.sites:
            return row
    return None
