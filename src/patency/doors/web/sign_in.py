"""Sign-in and sign-out, with a limit on how often one name may be tried."""

import hashlib
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.doors.web.asking import is_a_woman

TRIES_A_MINUTE = 5
TOO_OFTEN = (
    "This name was tried too often. Wait one minute, then try again; if you have forgotten your "
    "password, the clinic's administrator can give you a new one."
)


class SignInForm(AuthenticationForm):
    """Name and password; the sixth try of one name within a minute is not looked at."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": (
            "This name and password do not belong together. Check both; capital letters count."
        ),
    }

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username") or ""
        key = "sign-in/" + hashlib.sha256(name.casefold().encode()).hexdigest()
        cache.add(key, 0, timeout=60)
        try:
            tries = cache.incr(key)
        except ValueError:  # the minute ended between the two lines
            tries = 1
        if tries > TRIES_A_MINUTE:
            raise ValidationError(TOO_OFTEN, code="too_often")
        cleaned = super().clean()
        cache.delete(key)
        return cleaned


class SignIn(LoginView):
    """The page on which everyone signs in, staff and women alike."""

    template_name = "sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Return everyone to where their work, or her own page, begins."""
    who = request.who  # type: ignore[attr-defined]
    if not request.user.is_authenticated:
        return redirect("sign-in")
    if who is not None and is_a_woman(who):
        return redirect("mine")
    sees_today = who is None or may(who, Action.SEE_TODAY)
    return redirect("today" if sees_today else "find")
