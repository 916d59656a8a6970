"""How often somebody tries: which limit counts what, and where a request comes from."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from patency.core.access import Actor
from patency.service import limits, staffing
from patency.service.details import visitor_at

NOWHERE = "0.0.0.0"


def address_of(request: HttpRequest) -> str:
    """Return the address a request comes from; a proxy is believed only where there is one.

    The last address of the list is the one our own proxy saw; those before it anyone can write.
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.BEHIND_PROXY and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.META.get("REMOTE_ADDR") or NOWHERE


def visitor(request: Any) -> Actor:
    """Return who asks for a page, as one who acts: somebody nobody knows, before sign-in."""
    who: Actor | None = request.who
    return who or visitor_at(next(iter(request.house.sites)))


def count(request: Any, what: str, key: str = "") -> None:
    """Count one try, of the request's address without another key. Raises ``TooOften``."""
    limits.count(what, key or address_of(request), by=visitor(request), now=request.now)


def look(request: Any, what: str, key: str = "") -> None:
    """Return nothing, or raise ``TooOften`` without counting."""
    limits.look(what, key or address_of(request), by=visitor(request), now=request.now)


def forget(request: Any, what: str, key: str) -> None:
    """Begin to count anew, because it went well."""
    limits.forget(what, key, by=visitor(request), now=request.now)


def before_a_password(request: Any, name: str) -> None:
    """Count one try of a name; the first above the limit is told to the clinic."""
    look(request, "sign-in-address")
    try:
        count(request, "sign-in-name", name)
    except limits.TooOften as refusal:
        if refusal.just_now:
            staffing.note_locked_out(name, by=visitor(request), now=request.now)
        raise


def after_a_wrong_password(request: Any, name: str) -> None:
    """Count one failure of an address."""
    count(request, "sign-in-address")


def after_a_right_password(request: Any, name: str) -> None:
    """Forget the wrong ones of a name; those of the address stay, for it may be many people's."""
    forget(request, "sign-in-name", name)
