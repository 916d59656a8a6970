"""A member of staff without a second factor sets one up before anything else."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from patency.doors.web.accounts.sessions import FACTOR
from patency.doors.web.asking import is_a_machine, is_a_woman
from patency.service import staffing

# What may be reached on the way there.
ON_THE_WAY = frozenset(
    {
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "sign-out",
        "account_logout",
        "language",
    }
)


def sent_to_set_one_up(request: Any) -> HttpResponse | None:
    """Return the way to the set-up for whoever lacks a second factor here, else None."""
    who = request.who
    if not settings.PATENCY_SECOND_FACTOR or who is None or is_a_woman(who):
        return None
    if is_a_machine(who):
        return None  # nobody stands behind it who could hold one
    if request.session.get(FACTOR):
        return None
    if staffing.has_second_factor(request.user.pk, by=who, now=request.now):
        request.session[FACTOR] = True
        return None
    try:
        name = resolve(request.path_info).url_name
    except Resolver404:
        return None
    return None if name in ON_THE_WAY else redirect("mfa_index")
