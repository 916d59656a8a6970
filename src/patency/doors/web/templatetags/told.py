"""How templates write what a leaflet, a site's file and a plan say, in the language of the page."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patency.core.site.model import Site
from patency.doors.web.languages import spoken

register = template.Library()

EVIDENCE: Mapping[str, Promise] = {
    "G": _("guideline"),
    "R": _("trial"),
    "S": _("single study"),
    "L": _("leaflet of a clinic"),
    "W": _("web page, weak"),
    "C": _("worked out"),
    "D": _("our proposal"),
    "K": _("not confirmed"),
}
# The roles that answer for what our own files say.
ROLES: Mapping[str, Promise] = {
    "lead gynaecologist": _("lead gynaecologist"),
    "lead radiologist": _("lead radiologist"),
}
PRICED: Mapping[str, Promise] = {
    "hsg": _("X-ray examination of womb and tubes (HSG)"),
}


@register.filter
def evidence(letter: str) -> Promise | str:
    """Return how well something is founded."""
    return EVIDENCE.get(letter, letter)


@register.filter
def role(name: str) -> Promise | str:
    """Return a role that answers for something."""
    return ROLES.get(name, name)


@register.filter
def priced(item: str) -> Promise | str:
    """Return what a price is for."""
    return PRICED.get(item, item)


@register.filter
def this_page(request: HttpRequest) -> str:
    """Return the address under which this page, or the form it answers, can be asked for again."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return ""
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


@register.filter
def of_site(text: str, site: Site) -> str:
    """Return a text of a site's file in the language of the page."""
    return site.say(text, spoken().code)
