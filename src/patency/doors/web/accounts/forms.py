"""The forms of signing in and of the second factor, in our words and counted by us."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from patency.doors.web.accounts import counting
from patency.doors.web.forms import PageForm

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12}


class SignInForm(PageForm):
    """Name and password of a member of staff."""

    username = forms.CharField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name, password = cleaned.get("username"), cleaned.get("password")
        if name and password:
            self.user = get_adapter().authenticate(self.request, username=name, password=password)
            if self.user is None:
                raise forms.ValidationError(
                    _("This name and password do not belong together. Check both; capital letters "
                      "count."),
                    code="invalid_login",
                )  # fmt: skip
        return cleaned


class _CodeForm(PageForm):
    """One code of an app, or a recovery code."""

    request: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["code"]
        field.label = _("Code of six digits, or a recovery code")
        field.width = 10
        field.widget = forms.TextInput(attrs=CODE)

    def _counted(self, user: Any) -> None:
        from allauth.core import context

        counting.count(context.request, "second-factor", str(user.pk))

    def _forget(self, user: Any) -> None:
        from allauth.core import context

        counting.forget(context.request, "second-factor", str(user.pk))


class SecondFactorForm(_CodeForm, AuthenticateForm):
    """The second step of signing in."""

    def clean_code(self) -> str:
        self._counted(self.user)
        code: str = super().clean_code()
        self._forget(self.user)
        return code


class ProofForm(_CodeForm, ReauthenticateForm):
    """The same code, before something that cannot be undone."""

    def clean_code(self) -> str:
        self._counted(self.user)
        code: str = super().clean_code()
        self._forget(self.user)
        return code


class SetUpAppForm(_CodeForm, ActivateTOTPForm):
    """The first code of an app that was just set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("The six digits the app shows now")

    def clean_code(self) -> str:
        self._counted(self.user)
        code: str = super().clean_code()
        self._forget(self.user)
        return code


class PasskeyForm(PageForm, AddWebAuthnForm):
    """A passkey is made by the browser; the form carries it, with a name to know it by."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("A name for it")
        self.fields["name"].max_length = 60  # type: ignore[attr-defined]
        self.fields.pop("passwordless", None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        return cleaned


class PasswordProofForm(PageForm):
    """The own password, once more."""

    password = forms.CharField(
        label=_("Your password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise forms.ValidationError(get_adapter().error_messages["incorrect_password"])
        return password


class OwnPasswordForm(PageForm, PasswordChangeForm):
    """Another password of one's own."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": _("This is not your password. Capital letters count."),
        "password_mismatch": _("The two new passwords are not the same. Type both again."),
    }

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields["old_password"].label = _("Your password now")
        self.fields["new_password1"].label = _("The new password")
        self.fields["new_password1"].help_text = _(
            "At least 12 characters. A few words one after the other are easy to keep in mind."
        )
        self.fields["new_password2"].label = _("The new password once more")
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)
