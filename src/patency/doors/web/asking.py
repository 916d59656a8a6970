"""Who asks for a page, at what time, in which house; and who may ask for which page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patency.core import access
from patency.core.access import Action, Actor, Reach, Role
from patency.core.site.model import Site
from patency.doors.web.kept import keep_typed, was_a_woman, who_was
from patency.service.house import House


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around every page: the clock at the site, and what must be said about it."""

    moment: datetime
    """On the site's clock."""
    clocks: tuple[tuple[Site, datetime], ...]
    """The site and its clock; before sign-in that of the only site, or none."""
    site: Site
    demo: bool
    version: str
    unsigned: int
    """How many rules of the site's protocol this clinic has not signed off."""
    rules: int

    @property
    def today(self) -> date:
        """The site's calendar day."""
        return self.moment.date()


class ActorRequest(HttpRequest):
    """A request with everything a service call needs, as the middleware leaves it."""

    house: House
    now: datetime
    actor: Actor
    """Set on every page that asks for a role."""
    who: Actor | None
    around: Around


NOBODY = gettext_lazy(
    "Your sign-in belongs to no member of staff and to no patient of this clinic. Ask the "
    "administrator to tie it to you."
)
View = Callable[..., HttpResponseBase]


def staff_may(action: Action) -> Callable[[View], View]:
    """Return a view only members of staff reach, and of them only those who may do this."""
    return _only(action, herself=False)


def she_may(action: Action) -> Callable[[View], View]:
    """Return a view only a woman reaches, for herself."""
    return _only(action, herself=True)


def anyone_may(action: Action) -> Callable[[View], View]:
    """Return a view for everyone who may do this, a woman for herself included."""
    return _only(action, herself=None)


def takes_files(view: View) -> View:
    """Return a view that may be sent image files: they are longer than any form."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Return a view for everyone who is signed in, about nobody but themselves."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return asked_to_sign_in(request, hers=False)
        if cast(ActorRequest, request).who is None:
            raise PermissionDenied(str(NOBODY))
        return view(request, *args, **kwargs)

    guarded.reach = Reach(None)  # type: ignore[attr-defined]
    return guarded


def _only(action: Action, *, herself: bool | None) -> Callable[[View], View]:
    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return asked_to_sign_in(request, hers=herself is True)
            asking = cast(ActorRequest, request)
            if asking.who is None:
                raise PermissionDenied(str(NOBODY))
            if herself is not None and herself != is_a_woman(asking.who):
                raise PermissionDenied(
                    _("This page is for a woman herself. Open her record from today’s list.")
                    if herself
                    else _("This page is for the clinic’s staff. Yours begins at the start page.")
                )
            access.check(asking.who, action)
            asking.actor = asking.who
            return view(request, *args, **kwargs)

        guarded.reach = Reach(action, herself)  # type: ignore[attr-defined]
        return guarded

    return guard


def asked_to_sign_in(request: HttpRequest, *, hers: bool) -> HttpResponseBase:
    """Return the way to sign in and back; what was sent without a session is kept meanwhile."""
    after = request.get_full_path()
    if request.method == "POST":
        after = keep_typed(request, getattr(request, "was", "") or who_was(request))
    page = "my-sign-in" if hers or was_a_woman(request) else "sign-in"
    return redirect_to_login(after, reverse(page))


def is_a_woman(actor: Actor) -> bool:
    """Return whether she acts for herself."""
    return actor.roles <= {Role.PATIENT}


def is_a_machine(actor: Actor) -> bool:
    """Return whether it is the pick-up machine: nobody's, and it sees nobody's record."""
    return actor.roles == {Role.KIOSK}


def sees_medicine(actor: Actor) -> bool:
    """Return whether an actor's work needs what was answered, found and decided."""
    return not actor.roles <= {Role.CASHIER, Role.ADMINISTRATOR, Role.MANAGER}


def at_site(house: House, slug: str, moment: datetime) -> datetime:
    """Return a moment as the site's clocks show it."""
    return moment.astimezone(ZoneInfo(house.site(slug).time_zone))
