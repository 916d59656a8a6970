"""What happens around every page because of who is signed in: ended, led elsewhere, shown again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from patency.core.access import Actor
from patency.doors.web.accounts.factors import sent_to_set_one_up
from patency.doors.web.accounts.sessions import end_if_over
from patency.doors.web.kept import refill, remember_who, take_typed, who_was


class Entrance:
    """One request at the door."""

    def __init__(self, request: Any) -> None:
        self.request = request

    def is_over(self, who: Actor) -> bool:
        """Return whether the sign-in was over; whose it was is kept for what was just sent."""
        was = str(self.request.user.pk)
        if not end_if_over(self.request, who):
            return False
        self.request.was = was
        return True

    def led_elsewhere(self) -> HttpResponseBase | None:
        """Return where somebody must go first, if anywhere."""
        return sent_to_set_one_up(self.request)

    def shown_again(self, view: Callable[[Any], HttpResponseBase]) -> HttpResponseBase:
        """Return the page, with what was typed before a session was lost."""
        kept = take_typed(self.request)
        if kept is None:
            return view(self.request)
        messages.info(
            self.request,
            _("What you typed is here again, as you left it. It has not been sent: look at it, and "
              "send it."),
        )  # fmt: skip
        response = view(self.request)
        refill(response, kept)
        return response

    def note(self, response: HttpResponseBase) -> None:
        """Write into the browser whose sign-in this is."""
        request = self.request
        who: Actor | None = request.who
        if who is None or not request.user.is_authenticated:
            return
        if who_was(request) != str(request.user.pk):
            remember_who(
                response,
                request.user.pk,
                is_a_woman=who.patient_id is not None,
                secure=request.is_secure(),
            )
