"""Before something that cannot be undone, a person proves again who they are."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from patency.core.site.sign_in import DEFAULT
from patency.doors.web.kept import keep_typed
from patency.gateways.clock import system_clock

View = Callable[..., HttpResponseBase]


def proved_lately(request: HttpRequest) -> bool:
    """Return whether this person signed in, or proved it again, within the site's time.

    The library writes proofs down on the machine's clock, so that is what counts here.
    """
    records = get_authentication_records(request, request.user)
    around = getattr(request, "around", None)
    minutes = around.site.sign_in.proof_minutes if around else DEFAULT.proof_minutes
    now = system_clock()().timestamp()
    return any(now - record.get("at", 0) < minutes * 60 for record in records)


def freshly(view: View) -> View:
    """Return a view that staff reach only with a fresh proof of who they are.

    Put it below ``staff_may``. What was sent meanwhile is kept, and shown again afterwards.
    A woman comes in by a fresh code and for a short time, so she is not asked again.
    """

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.who is None or request.who.patient_id is not None or proved_lately(request):
            return view(request, *args, **kwargs)
        after = request.get_full_path()
        if request.method == "POST":
            after = keep_typed(request, request.user.pk)
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': after})}")

    return guarded
