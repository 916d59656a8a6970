"""How the sign-in library does what it does here: counted by us, its secrets sealed by us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from patency.doors.web.accounts import counting
from patency.doors.web.accounts.proof import proved_lately
from patency.doors.web.sealed import seal, unseal

TOTP = "totp"


class Accounts(DefaultAccountAdapter):
    """Staff sign in by name and password; nobody signs up, and no mail is sent."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": _("This is not your password. Capital letters count."),
        "enter_current_password": _("This is not your password. Capital letters count."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return who has this name and password; each wrong pair counts, for name and address."""
        name = str(credentials.get("username", ""))
        counting.before_a_password(request, name)
        user = authenticate(request, **credentials)
        if user is None:
            counting.after_a_wrong_password(request, name)
        else:
            counting.after_a_right_password(request, name)
        return user

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """Return whether a person proves again who they are; a fresh sign-in is such a proof."""
        return not proved_lately(self.request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an administrator gives sign-ins."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return counting.address_of(request)

    def clean_password(self, password: str, user: Any = None) -> str:
        from django.contrib.auth.password_validation import validate_password

        validate_password(password, user)
        return password

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing in the library's words; our pages say what was done."""
        if message := kwargs.get("message"):
            super().add_message(*args, **{**kwargs, "message": message})


class SecondFactors(DefaultMFAAdapter):
    """The second factor: its secrets are sealed in the table, its words are ours."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. Type the one the app shows now."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, TOTP)

    def decrypt(self, encrypted_text: str) -> str:
        found = unseal(encrypted_text, TOTP)
        if not isinstance(found, str):
            raise ValidationError(
                "A second factor cannot be read: the secret key of this installation has changed. "
                "An administrator resets it."
            )
        return found

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return str(_("My passkey"))

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}
