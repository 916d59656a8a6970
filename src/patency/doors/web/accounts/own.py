"""What a person does about the own ways in: second factors, passkeys, password, other browsers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed
from allauth.account.views import ReauthenticateView
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.internal import flows as passkeys
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from patency.core.access import Actor
from patency.core.site.sign_in import SignInHabits
from patency.doors.web.accounts.forms import OwnPasswordForm, PasskeyForm, PasswordProofForm
from patency.doors.web.accounts.proof import freshly
from patency.doors.web.accounts.sessions import WRITTEN_EVERY, how_long
from patency.doors.web.asking import is_a_woman
from patency.service import browsers


class ProveByPassword(ReauthenticateView):
    """The own password, once more, before something that cannot be undone."""

    form_class = PasswordProofForm
    template_name = "accounts/prove.html"

    def get_form_class(self) -> type[PasswordProofForm]:
        return PasswordProofForm

    def form_valid(self, form: Any) -> HttpResponse:
        record_authentication(
            self.request, self.request.user, method="password", reauthenticated=True
        )
        return redirect(self.get_success_url())


@sensitive_post_parameters()
@freshly
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: Any) -> HttpResponse:
    """Give oneself another password; every other browser is signed out."""
    if not request.user.has_usable_password():
        raise PermissionDenied(_("You sign in with a code, so you have no password to change."))
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        password_changed.send(sender=type(form.user), request=request, user=form.user)
        browsers.end_others(
            request.user.pk, request.session.session_key, by=request.who, now=request.now
        )
        messages.success(request, _("Your password is changed. Other browsers are signed out."))
        return redirect("own-browsers")
    return TemplateResponse(request, "accounts/password.html", {"form": form})


@freshly
@require_http_methods(["GET", "HEAD", "POST"])
def add_passkey(request: Any) -> HttpResponse:
    """Add a passkey: a thing that signs in by itself, with a finger, a face or a PIN."""
    form = PasskeyForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        _added, new_codes = passkeys.add_authenticator(
            request, name=form.cleaned_data["name"][:60], credential=form.cleaned_data["credential"]
        )
        messages.success(request, _("The passkey is added. Use it the next time you sign in."))
        if new_codes and not is_a_woman(request.who):
            return redirect("mfa_view_recovery_codes")
        return redirect("own-browsers" if is_a_woman(request.who) else "mfa_index")
    options = auth.begin_registration(request.user, True)
    return TemplateResponse(
        request, "accounts/add_passkey.html", {"form": form, "options": options}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def own_browsers(request: Any) -> HttpResponse:
    """List where a person is signed in, and sign out one of them, or all but this one."""
    key = request.session.session_key
    if request.who is None:
        raise PermissionDenied(_("Your sign-in belongs to nobody of this clinic."))
    asked: dict[str, Any] = {"by": request.who, "now": request.now}
    if request.method == "POST":
        only = _chosen(request.POST.get("browser", ""))
        ended = browsers.end_others(request.user.pk, key, only=only, **asked)
        messages.success(
            request,
            ngettext("One browser is signed out.", "%(number)s browsers are signed out.", ended)
            % {"number": ended},
        )
        return redirect("own-browsers")
    habits = request.house.site(request.who.site).sign_in
    rows = [
        row
        for row in browsers.mine(request.user.pk, **asked)
        if row.session_key == key or still_on(row, habits, request.who, request.now)
    ]
    return TemplateResponse(
        request,
        "accounts/browsers.html",
        {"rows": rows, "this": key, "mine": is_a_woman(request.who)},
    )


def still_on(row: Any, habits: SignInHabits, who: Actor, now: datetime) -> bool:
    """Return whether a browser is still signed in; one left alone for too long is not."""
    idle, most = how_long(habits, who, own_phone=row.own_phone)
    return bool(now - row.seen_at <= idle + WRITTEN_EVERY and now - row.began_at <= most)


def _chosen(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


class RecoveryCodes(codes.ViewRecoveryCodesView):
    """The codes to sign in with when the phone is gone."""

    template_name = "accounts/recovery_codes.html"
