"""The administrator's pages: who may sign in at this site, as what, and what to do about it."""

import secrets
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from patency.core.access import Action, Role
from patency.doors.web.accounts.proof import freshly
from patency.doors.web.accounts.roles import ROLE_WORDS
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.forms import PageForm
from patency.records.models.people import GIVEN
from patency.service import sign_ins, staffing

WORDS = 5  # of the list below, drawn by chance: more than 60 bits with the number behind them
SYLLABLES = tuple(
    first + last for first in "bdfghjklmnprstvwz" for last in ("a", "e", "i", "o", "u", "an", "el")
)


class RolesField(forms.MultipleChoiceField):
    """What somebody is here; one or more."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("What they are here"),
            choices=[(role.value, ROLE_WORDS[role]) for role in Role if role in GIVEN],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": gettext_lazy("Choose at least one.")},
            **kwargs,
        )


class NewSignInForm(PageForm):
    """A sign-in for somebody who works here."""

    display_name = forms.CharField(
        label=gettext_lazy("The name others see"),
        max_length=120,
        help_text=gettext_lazy("For example He Ping, nurse"),
    )
    name = forms.CharField(
        label=gettext_lazy("The name to sign in with"),
        max_length=150,
        help_text=gettext_lazy("Letters, digits and . - _, for example he.ping"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    roles = RolesField()


class RolesForm(PageForm):
    """Other roles of somebody who works here."""

    roles = RolesField()


@require_http_methods(["GET", "HEAD"])
@staff_may(Action.GIVE_SIGN_IN)
def sign_in_list(request: ActorRequest) -> HttpResponse:
    """List who may sign in at this site."""
    rows = staffing.staff(by=request.actor, now=request.now)
    return TemplateResponse(request, "accounts/staff_list.html", {"rows": rows})


@sensitive_variables("password")
@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.GIVE_SIGN_IN)
@freshly
def give(request: ActorRequest) -> HttpResponse:
    """Give a sign-in; its first password is made here and shown once."""
    form = NewSignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = spoken_password()
        try:
            row = sign_ins.admit_staff(
                request.house,
                name=form.cleaned_data["name"],
                password=password,
                display_name=form.cleaned_data["display_name"],
                roles=[Role(role) for role in form.cleaned_data["roles"]],
                by=request.actor,
                now=request.now,
            )
        except sign_ins.NameTaken:
            form.add_error("name", _("Somebody signs in with this name already. Choose another."))
        except sign_ins.SignInRefused:
            form.add_error("name", _("A name has letters, digits and @ . + - _ only."))
        else:
            return _shown_once(request, row, password)
    return TemplateResponse(
        request, "accounts/staff_new.html", {"form": form, "back": _list_address()}
    )


@sensitive_variables("password")
@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.GIVE_SIGN_IN)
@freshly
def one(request: ActorRequest, staff_id: UUID) -> HttpResponse:
    """Change one sign-in: its roles, its password, its second factor, or whether it stands."""
    asked: dict[str, Any] = {"by": request.actor, "now": request.now}
    row = staffing.member(staff_id, **asked)
    form = RolesForm(
        request.POST if request.POST.get("do") == "roles" else None, initial={"roles": row.roles}
    )
    if request.method == "POST":
        try:
            done = _do(request, row.pk, form)
        except staffing.OneselfOrTheLast:
            messages.error(
                request,
                _("Nobody takes this from themselves, and one administrator always stays. Ask "
                  "another administrator."),
            )  # fmt: skip
            return redirect("staff-one", staff_id)
        if done is not None:
            return done
    context = {
        "row": row,
        "form": form,
        "has_factor": staffing.has_second_factor(row.user_id, **asked),
        "roles": [ROLE_WORDS[Role(role)] for role in row.roles],
        "is_self": row.user.get_username() == request.actor.name,
        "back": _list_address(),
    }
    return TemplateResponse(request, "accounts/staff_one.html", context)


def _do(request: ActorRequest, staff_id: UUID, form: RolesForm) -> HttpResponse | None:
    asked: dict[str, Any] = {"by": request.actor, "now": request.now}
    match request.POST.get("do", ""):
        case "roles":
            if not form.is_valid():
                return None
            staffing.change_roles(staff_id, [Role(r) for r in form.cleaned_data["roles"]], **asked)
            messages.success(request, _("The roles are changed. They count from the next page on."))
        case "take-away":
            staffing.take_away(staff_id, **asked)
            messages.success(request, _("This sign-in is taken away, and signed out everywhere."))
        case "give-back":
            staffing.give_back(staff_id, **asked)
            messages.success(request, _("This sign-in counts again, with its old password."))
        case "password":
            password = spoken_password()
            row = staffing.new_password(staff_id, password, **asked)
            return _shown_once(request, row, password)
        case "second-factor":
            staffing.forget_second_factor(staff_id, **asked)
            messages.success(
                request,
                _("The second factor is forgotten; a new one is set up at the next sign-in."),
            )
    return redirect("staff-one", staff_id)


def spoken_password() -> str:
    """Return a password that can be read aloud and typed, and that nobody guesses."""
    words = ("".join(secrets.choice(SYLLABLES) for _part in range(2)) for _word in range(WORDS))
    return f"{'-'.join(words)}-{secrets.randbelow(90) + 10}"


def _shown_once(request: ActorRequest, row: Any, password: str) -> HttpResponse:
    return TemplateResponse(
        request, "accounts/staff_password.html", {"row": row, "password": password}
    )


def _list_address() -> str:
    from django.urls import reverse

    return reverse("staff-list")
