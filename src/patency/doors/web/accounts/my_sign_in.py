"""A woman comes in by a code to her phone or mail; she has no password."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from patency.core.contact import hinted, is_contact, plain_contact
from patency.doors.web.accounts import counting
from patency.doors.web.accounts.sessions import say_it_was_ended
from patency.doors.web.accounts.sign_in import where_to
from patency.doors.web.forms import DayField, PageForm
from patency.doors.web.languages import spoken
from patency.doors.web.sealed import seal, unseal
from patency.records.models.people import PHONE_END, Patient
from patency.service import entrance
from patency.service.entrance import DIGITS

ON_THE_WAY = "coming-in"
BACKEND = "django.contrib.auth.backends.ModelBackend"
NOT_A_CONTACT = gettext_lazy(
    "Type a phone number with at least eight digits, or a mail address such as name@example.org."
)


class ContactForm(PageForm):
    """Her phone number or mail address."""

    contact = forms.CharField(
        label=gettext_lazy("Phone number or mail address"),
        help_text=gettext_lazy("The one you gave the clinic."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    own_phone = forms.BooleanField(
        label=gettext_lazy("This is my own phone, nobody else uses it"),
        required=False,
        help_text=gettext_lazy(
            "If the phone is yours alone, you can stay signed in on it. On a shared phone leave "
            "the box empty: you are then signed out after a short while."
        ),
    )

    def clean_contact(self) -> str:
        typed: str = self.cleaned_data["contact"]
        if not is_contact(typed):
            raise forms.ValidationError(str(NOT_A_CONTACT))
        return typed


class CodeForm(PageForm):
    """The six digits she was sent."""

    code = forms.CharField(
        label=gettext_lazy("The six digits"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].width = 10  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        """Return the digits; what is too short or too long to be the code costs no try."""
        typed = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        digits = re.sub(r"[\s.-]", "", typed)
        if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
            raise forms.ValidationError(
                _("The code has six digits, and nothing else. Type it as it stands in the message.")
            )
        return digits


class WhichForm(PageForm):
    """Her date of birth, where more than one woman has the same number."""

    birth_date = DayField(
        label=gettext_lazy("Your date of birth"), help_text=gettext_lazy("For example 17 5 1993")
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: Any) -> HttpResponse:
    """Ask for her number or address, and send a code if we know it; the answer is the same."""
    if request.who is not None:
        return redirect("start")
    after = request.POST.get("next") or request.GET.get("next", "")
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["contact"]
        code = ask(request, entrance.SIGN_IN, typed)
        keep(
            request,
            code=code,
            contact=typed,
            next=after,
            own_phone=form.cleaned_data["own_phone"],
        )
        return redirect("my-sign-in-code")
    say_it_was_ended(request)
    return TemplateResponse(
        request, "accounts/my_sign_in.html", {"form": form, "next": after, "back": "/"}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: Any) -> HttpResponse:
    """Take the six digits, and let her in."""
    on_the_way = kept(request)
    if request.who is not None or "code" not in on_the_way:
        return redirect("start" if request.who is not None else "my-sign-in")
    if request.method == "POST" and "again" in request.POST:
        keep(
            request, **{**on_the_way, "code": ask(request, entrance.SIGN_IN, on_the_way["contact"])}
        )
        messages.success(request, _("If we know this number or address, a new code is on its way."))
        return redirect("my-sign-in-code")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and use(request, form, on_the_way["code"]):
        return _in(request, on_the_way)
    return TemplateResponse(
        request,
        "accounts/code.html",
        {"form": form, "hint": hinted(on_the_way["contact"]), "back": _back("my-sign-in")},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def which(request: Any) -> HttpResponse:
    """Ask for her date of birth, because two women have this number; then for her clinic."""
    on_the_way = kept(request)
    if "code" not in on_the_way:
        return redirect("my-sign-in")
    form = WhichForm(request.POST or None)
    sites: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        counting.count(request, "code-try-address")
        born, site = form.cleaned_data["birth_date"], request.POST.get("site", "")
        try:
            return _entered(request, on_the_way, birth_date=born, site=site)
        except entrance.WhichWoman:
            found = entrance.clinics_of(
                UUID(on_the_way["code"]), born, by=counting.visitor(request), now=request.now
            )
            sites = [
                (slug, request.house.site(slug).say(request.house.site(slug).name, spoken().code))
                for slug in found
            ]
            if len(sites) < 2:
                form.add_error(None, _("We cannot tell which record is yours. Please call us."))
        except entrance.NobodyThere:
            form.add_error(
                "birth_date",
                _("With this date of birth we find nobody. Check the date, or call the clinic."),
            )
        except entrance.CodeOver:
            return _over(request)
    return TemplateResponse(request, "accounts/which.html", {"form": form, "sites": sites})


def ask(request: Any, purpose: str, typed: str) -> str:
    """Return the key of a code that is on its way; each is counted, for contact and address."""
    key = plain_contact(typed)
    key = key if "@" in key else key[-PHONE_END:]
    counting.count(request, "code-address")
    counting.count(request, "code-contact", key)
    counting.count(request, "code-contact-day", key)
    row = entrance.ask_code(
        request.house,
        purpose,
        typed,
        language=translation.get_language() or "en",
        by=counting.visitor(request),
        now=request.now,
    )
    return str(row.pk)


def use(request: Any, form: PageForm, code_id: str) -> bool:
    """Return whether the digits are right; what is wrong stands in the form."""
    counting.count(request, "code-try-address")
    try:
        entrance.use_code(
            UUID(code_id), form.cleaned_data["code"], by=counting.visitor(request), now=request.now
        )
    except entrance.WrongCode as refusal:
        form.add_error(
            "code",
            ngettext(
                "These are not the digits we sent. You can try once more.",
                "These are not the digits we sent. You can try %(left)s more times.",
                refusal.tries_left,
            )
            % {"left": refusal.tries_left},
        )
        return False
    except entrance.CodeOver:
        form.add_error(
            "code",
            _("This code is over: it is older than ten minutes, was used or was tried too often. "
              "Press “Send a new code”."),
        )  # fmt: skip
        return False
    return True


def keep(request: Any, **values: Any) -> None:
    """Keep where she is on her way in, readable by nobody but us."""
    request.session[ON_THE_WAY] = seal(values, ON_THE_WAY)


def kept(request: Any) -> dict[str, Any]:
    """Return where she is on her way in; empty for a session that does not know."""
    found = unseal(request.session.get(ON_THE_WAY, ""), ON_THE_WAY)
    return found if isinstance(found, dict) else {}


def let_in(request: Any, patient: Patient, *, own_phone: bool) -> None:
    """Sign her in in this browser, for as long as she said."""
    request.own_phone = own_phone
    login(request, patient.user, backend=BACKEND)
    request.session.pop(ON_THE_WAY, None)


def _in(request: Any, on_the_way: dict[str, Any]) -> HttpResponse:
    try:
        return _entered(request, on_the_way)
    except entrance.WhichWoman:
        return redirect("my-sign-in-which")
    except (entrance.NobodyThere, entrance.CodeOver):
        return _over(request)


def _entered(request: Any, on_the_way: dict[str, Any], **which: Any) -> HttpResponse:
    patient = entrance.enter(
        request.house,
        UUID(on_the_way["code"]),
        by=counting.visitor(request),
        now=request.now,
        **which,
    )
    let_in(request, patient, own_phone=bool(on_the_way.get("own_phone")))
    return redirect(where_to(request, on_the_way.get("next", "")))


def _over(request: Any) -> HttpResponse:
    request.session.pop(ON_THE_WAY, None)
    messages.info(request, _("That took a while, so the code is over. Please ask for a new one."))
    return redirect("my-sign-in")


def _back(page: str) -> str:
    from django.urls import reverse

    return reverse(page)
