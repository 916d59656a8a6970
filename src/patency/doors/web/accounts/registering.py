"""She registers herself: one thing on a page; back works, and nothing is kept until she sends it.

Until then what she typed lies sealed in her browser's session.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.contact import hinted, is_contact, kind_of
from patency.core.language import nearest
from patency.core.privacy import TEXT_VERSION
from patency.core.site.model import Campus, Site
from patency.doors.web.accounts import counting
from patency.doors.web.accounts.my_sign_in import NOT_A_CONTACT, CodeForm, ask, let_in, use
from patency.doors.web.asking import she_may
from patency.doors.web.forms import DayField, PageForm
from patency.doors.web.languages import spoken
from patency.doors.web.sealed import seal, unseal
from patency.service import entrance, registering
from patency.service.details import OLDEST_BIRTH, YOUNGEST_YEARS, visitor_at

KEPT = "registering"
Words = str | Promise


class PlaceForm(PageForm):
    """Which clinic, and which of its places."""

    place = forms.ChoiceField(
        label=gettext_lazy("Where would you like to be examined?"), widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].size = "m"  # type: ignore[attr-defined]
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            (f"{site.slug}/{campus.slug}", _place(site, campus))
            for site in request.house.sites.values()
            for campus in site.campuses.values()
        ]


class NameForm(PageForm):
    """Her name, in any script; one field is enough."""

    family_name = forms.CharField(label=gettext_lazy("Family name"), max_length=120)
    given_name = forms.CharField(
        label=gettext_lazy("Given name"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("If you have only one name, leave this open."),
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kind in (("family_name", "family-name"), ("given_name", "given-name")):
            self.fields[name].widget.attrs |= {"autocomplete": kind, "dir": "auto"}


class BirthForm(PageForm):
    """Her date of birth."""

    birth_date = DayField(
        label=gettext_lazy("Day, month and year"), help_text=gettext_lazy("For example 17 5 1993")
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = request.around.today
        field: Any = self.fields["birth_date"]
        field.first, field.last = OLDEST_BIRTH, today
        self.youngest = date(today.year - YOUNGEST_YEARS, 1, 1)

    def clean_birth_date(self) -> str:
        born: date = self.cleaned_data["birth_date"]
        if born >= self.youngest:
            raise forms.ValidationError(_("This would make you a child. Check the year."))
        return born.isoformat()


class ReachForm(PageForm):
    """How she is reached: a phone number or an address that she can read now."""

    contact = forms.CharField(
        label=gettext_lazy("Your phone number or mail address"),
        help_text=gettext_lazy("We send a code to it now. Later you sign in with it."),
        max_length=254,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def clean_contact(self) -> str:
        typed: str = self.cleaned_data["contact"].strip()
        if not is_contact(typed):
            raise forms.ValidationError(str(NOT_A_CONTACT))
        return typed


class WriteForm(PageForm):
    """Which language, and whether we may write to her."""

    language = forms.ChoiceField(
        label=gettext_lazy("In which language shall we write to you?"), widget=forms.RadioSelect
    )
    write = forms.ChoiceField(
        label=gettext_lazy("May we write to you about your dates?"),
        help_text=gettext_lazy(
            "Our messages never say what you came for. Without them you look here yourself."
        ),
        choices=(("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No, I look myself"))),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        from django.conf import settings

        super().__init__(*args, **kwargs)
        site = request.house.site(_draft(request)["place"].split("/")[0])
        spoken = [(code, nearest(settings.SPEAKS, code)) for code in site.languages]
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, found.name if found else code) for code, found in spoken
        ]
        if not self.is_bound and "language" not in self.initial:
            now = translation.get_language() or ""
            self.initial["language"] = next((c for c in site.languages if c == now), "")


class AgreeForm(PageForm):
    """She agrees to the text about her data, as it stands."""

    agreed = forms.BooleanField(
        label=gettext_lazy("I have read this, and I agree"),
        error_messages={
            "required": gettext_lazy(
                "Without your agreement we may not keep anything about you. Tick the box, or call "
                "the clinic: they can tell you more."
            )
        },
    )

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is asked."""

    name: str
    title: Words
    form: Callable[..., PageForm]
    fields: tuple[str, ...]


STEPS = (
    Step("place", gettext_lazy("Where"), PlaceForm, ("place",)),
    Step("name", gettext_lazy("Your name"), NameForm, ("family_name", "given_name")),
    Step("born", gettext_lazy("Your date of birth"), BirthForm, ("birth_date",)),
    Step("reach", gettext_lazy("How we reach you"), ReachForm, ("contact",)),
    Step("write", gettext_lazy("Language and messages"), WriteForm, ("language", "write")),
    Step("data", gettext_lazy("Your data"), AgreeForm, ("agreed",)),
)
NAMES = tuple(step.name for step in STEPS)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Any, *, name: str) -> HttpResponse:
    """Ask one thing; what was typed on the pages before stays as it is."""
    if request.who is not None:
        return redirect("start")
    draft, here = _draft(request), NAMES.index(name)
    missing = _first_missing(draft)
    if here > missing:
        return redirect(_at(NAMES[missing]))
    asked = STEPS[here]
    change = "check" in request.GET or "check" in request.POST
    known = {field: draft[field] for field in asked.fields if field in draft}
    if "birth_date" in known:
        known["birth_date"] = date.fromisoformat(known["birth_date"])
    form = asked.form(request.POST or None, initial=known, request=request)
    if request.method == "POST" and form.is_valid():
        return _taken(request, draft, asked, form, change=change)
    context = {
        "form": form,
        "step": asked,
        "number": here + 1,
        "of": len(STEPS),
        "change": change,
        "back": _back(here, change=change),
    }
    template = "accounts/join_data.html" if name == "data" else "accounts/join.html"
    return TemplateResponse(request, template, context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: Any) -> HttpResponse:
    """Take the code that was sent to the number or address she gave."""
    draft = _draft(request)
    if request.who is not None or "code" not in draft:
        return redirect("start" if request.who is not None else _at("place"))
    if request.method == "POST" and "again" in request.POST:
        draft |= {"code": ask(request, entrance.REGISTER, draft["contact"]), "proved": ""}
        _keep(request, draft)
        messages.success(request, _("A new code is on its way."))
        return redirect("join-code")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and use(request, form, draft["code"]):
        draft["proved"] = draft["contact"]
        _keep(request, draft)
        return redirect(_after("reach", draft))
    context = {
        "form": form,
        "hint": hinted(draft["contact"]),
        "always": True,
        "back": _at("reach"),
    }
    return TemplateResponse(request, "accounts/code.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: Any) -> HttpResponse:
    """Show all she typed, to be changed or sent; sent, she is registered and signed in."""
    if request.who is not None:
        return redirect("start")
    draft = _draft(request)
    missing = _first_missing(draft)
    if missing < len(STEPS):
        return redirect(_at(NAMES[missing]))
    problem = ""
    if request.method == "POST":
        counting.count(request, "register-address")
        try:
            visit = _register(request, draft)
        except registering.KnownAlready:
            return redirect("join-known")
        except (registering.NotProved, registering.NotAgreed):
            draft |= {"proved": "", "agreed": ""}
            _keep(request, draft)
            messages.info(request, _("That took a while. Please prove your number once more."))
            return redirect(_at("reach"))
        except registering.RegisteringRefused:
            problem = _("Something in this cannot be right. Look at each line, and change it.")
        else:
            request.session.pop(KEPT, None)
            let_in(request, visit.patient, own_phone=False)
            return redirect("joined")
    site_slug, campus = draft["place"].split("/")
    site = request.house.site(site_slug)
    context = {
        "draft": draft,
        "born": date.fromisoformat(draft["birth_date"]),
        "place": _place(site, site.campuses[campus]),
        "language": _language_name(draft["language"]),
        "problem": problem,
        "back": _at("data"),
    }
    status = 400 if problem else 200
    return TemplateResponse(request, "accounts/join_check.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
def known(request: Any) -> HttpResponse:
    """Lead her to sign in: what she proved belongs to somebody who is registered."""
    return TemplateResponse(request, "accounts/join_known.html", {})


@require_http_methods(["GET", "HEAD"])
@she_may(Action.SEE_PATIENT)
def done(request: Any) -> HttpResponse:
    """Say that she is registered, and what happens next."""
    return TemplateResponse(request, "accounts/joined.html", {"site": request.around.site})


def _taken(
    request: Any, draft: dict[str, Any], asked: Step, form: PageForm, *, change: bool
) -> HttpResponse:
    draft |= {field: form.cleaned_data[field] for field in asked.fields}
    if asked.name == "place":
        draft.pop("language", None)  # another clinic may write in other languages
    if asked.name == "data":
        draft["agreed"] = TEXT_VERSION
    if asked.name == "reach" and draft.get("proved") != draft["contact"]:
        draft |= {"code": ask(request, entrance.REGISTER, draft["contact"]), "proved": ""}
        _keep(request, draft)
        return redirect("join-code")
    _keep(request, draft)
    if change and _first_missing(draft) == len(STEPS):
        return redirect("join-check")
    return redirect(_after(asked.name, draft))


def _after(name: str, draft: dict[str, Any]) -> str:
    """Return the address of what is asked next; the answers, once nothing is missing."""
    here = NAMES.index(name) + 1
    if _first_missing(draft) == len(STEPS) or here == len(STEPS):
        return reverse("join-check")
    return _at(NAMES[here])


def _first_missing(draft: dict[str, Any]) -> int:
    for place, each in enumerate(STEPS):
        is_there = all(draft.get(field) or field == "given_name" for field in each.fields)
        if each.name == "reach":
            is_there = is_there and draft.get("proved") == draft.get("contact")
        if each.name == "data":
            is_there = draft.get("agreed") == TEXT_VERSION
        if not is_there:
            return place
    return len(STEPS)


def _register(request: Any, draft: dict[str, Any]) -> Any:
    site, campus = draft["place"].split("/")
    kind = kind_of(draft["contact"])
    may_write = draft["write"] == "yes"
    return registering.register_herself(
        request.house,
        site=site,
        campus=campus,
        family_name=draft["family_name"],
        given_name=draft["given_name"],
        birth_date=date.fromisoformat(draft["birth_date"]),
        language=draft["language"],
        consents={"sms" if kind == "phone" else "email": may_write},
        agreed_to=draft["agreed"],
        proved_by=[UUID(draft["code"])],
        by=visitor_at(site),
        now=request.now,
        **{kind: draft["contact"]},
    )


def _at(name: str) -> str:
    """Return the address of one step; each has its own, so that back works."""
    return reverse(f"join-{name}")


def _draft(request: Any) -> dict[str, Any]:
    found = unseal(request.session.get(KEPT, ""), KEPT)
    return found if isinstance(found, dict) else {}


def _keep(request: Any, draft: dict[str, Any]) -> None:
    request.session[KEPT] = seal(draft, KEPT)


def _back(here: int, *, change: bool) -> str:
    if change:
        return reverse("join-check")
    return _at(NAMES[here - 1]) if here else "/"


def _place(site: Site, campus: Campus) -> str:
    """Return a clinic and its place in the language of the page."""
    code = spoken().code
    return spoken().patterns["list_joint"].join(site.say(one.name, code) for one in (site, campus))


def _language_name(code: str) -> str:
    from django.conf import settings

    found = nearest(settings.SPEAKS, code)
    return found.name if found else code
