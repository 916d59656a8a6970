"""The addresses of signing in, of registering oneself, and of who may sign in.

Of the sign-in library only what is written here is reachable; its other pages have no address.
"""

from functools import partial

from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes.views import generate_recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.urls import path

from patency.doors.web.accounts import (
    app,
    demo,
    identity,
    my_sign_in,
    own,
    registering,
    sign_in,
    staff,
)
from patency.doors.web.asking import signed_in

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/", sign_in.sign_in, name="account_login"),
    path("sign-in/code/", factors.authenticate, name="mfa_authenticate"),
    path("sign-in/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/closed/", sign_in.closed, name="account_inactive"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign-out"),
    path("sign-out/", sign_in.SignOut.as_view(), name="account_logout"),
    # one's own ways in
    path("me/", signed_in(own.own_browsers), name="own-browsers"),
    path("me/password/", signed_in(own.password), name="account_change_password"),
    path("me/passkeys/add/", signed_in(own.add_passkey), name="mfa_add_webauthn"),
    path("me/passkeys/", signed_in(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path(
        "me/passkeys/<int:pk>/remove/",
        signed_in(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path("me/second-factor/", signed_in(factors.index), name="mfa_index"),
    path("me/second-factor/app/", signed_in(app.SetUpApp.as_view()), name="mfa_activate_totp"),
    path(
        "me/second-factor/app/remove/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"
    ),
    path(
        "me/second-factor/codes/",
        signed_in(own.RecoveryCodes.as_view()),
        name="mfa_view_recovery_codes",
    ),
    path(
        "me/second-factor/codes/new/",
        signed_in(generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("me/prove/", signed_in(own.ProveByPassword.as_view()), name="account_reauthenticate"),
    path("me/prove/code/", signed_in(factors.reauthenticate), name="mfa_reauthenticate"),
    path(
        "me/prove/passkey/",
        signed_in(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    # who may sign in here
    path("staff/", staff.sign_in_list, name="staff-list"),
    path("staff/new/", staff.give, name="staff-new"),
    path("staff/<uuid:staff_id>/", staff.one, name="staff-one"),
    path("patients/<uuid:patient_id>/identity/", identity.seen, name="identity-seen"),
    # she herself
    path("my/sign-in/", my_sign_in.contact, name="my-sign-in"),
    path("my/sign-in/code/", my_sign_in.code, name="my-sign-in-code"),
    path("my/sign-in/which/", my_sign_in.which, name="my-sign-in-which"),
    *(
        path(f"join/{name}/", partial(registering.step, name=name), name=f"join-{name}")
        for name in registering.NAMES
    ),
    path("join/code/", registering.prove, name="join-code"),
    path("join/check/", registering.check, name="join-check"),
    path("join/known/", registering.known, name="join-known"),
    path("join/done/", registering.done, name="joined"),
]
if settings.PATENCY_MODE == "demo":
    urlpatterns.append(path("demo/outbox/", demo.outbox, name="demo-outbox"))
