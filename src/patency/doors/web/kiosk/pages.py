"""The machine in the corridor: one question on each screen, and nothing left behind.

Everything happens at addresses without an id; what is known of who stands there lies in the
machine's own session for a minute, and is forgotten at the end.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patency.core.access import Action
from patency.core.identifiers import ALPHABET
from patency.core.language import nearest
from patency.doors.web.accounts.counting import count, look
from patency.doors.web.accounts.sessions import MACHINE_STAYS
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.kiosk.forms import BirthForm, CodeForm
from patency.doors.web.kiosk.visitor import (
    IDLE_S,
    WARNED_S,
    Visitor,
    forget,
    go_on,
    greet,
    visitor_of,
)
from patency.gateways.printer import Trouble
from patency.service import pickup, printing
from patency.service.limits import TooOften

LOOKS_AGAIN_S = 2
TAKEN_S = 20
"""How long the screen says "take your pages" before it is for the next."""
READ_S = 30
"""How long a sentence that ends a visit stays."""
View = Callable[..., HttpResponseBase]


@staff_may(Action.PICK_UP_AT_KIOSK)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: ActorRequest) -> HttpResponseBase:
    """Ask for a language, or say when the machine opens; whoever stood here before is forgotten."""
    forget(request)
    request.session.set_expiry(MACHINE_STAYS)
    try:
        pickup.check_open(request.house, by=request.actor, now=request.now)
    except pickup.MachineClosed as closed:
        return _screen(request, "closed", None, opens=closed.opens, again=READ_S)
    except pickup.NoMachine:
        return _screen(request, "none", None)
    languages = _languages(request)
    if request.method == "POST":
        chosen = nearest({each.code: each for each in languages}, request.POST.get("language", ""))
        greet(request, (chosen or languages[0]).django)
        return redirect("kiosk-code")
    return _screen(request, "start", None, languages=languages)


def _asked(view: View) -> View:
    """Return a view for somebody who began; anyone else begins."""

    @staff_may(Action.PICK_UP_AT_KIOSK)
    @wraps(view)
    def guarded(request: ActorRequest) -> HttpResponseBase:
        visitor = visitor_of(request)
        if visitor is None:
            forget(request)
            return redirect("kiosk")
        with translation.override(visitor.language):
            response = view(request, visitor)
            if isinstance(response, TemplateResponse):
                response.render()  # in her language, not the machine's
        response["Content-Language"] = visitor.language
        return response

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@_asked
def code(request: ActorRequest, visitor: Visitor) -> HttpResponseBase:
    """Ask for the code she was sent."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            look(request, "kiosk-address")
            found = pickup.know_code(
                request.house, form.cleaned_data["code"], by=request.actor, now=request.now
            )
        except (TooOften, pickup.CodeNotKnown):
            form.add_error("code", _not_known(request))
        except pickup.PickupRefused as refusal:
            return _ended(request, visitor, refusal)
        else:
            go_on(request, visitor, release=str(found))
            return redirect("kiosk-birth")
    visitor = go_on(request, visitor)
    return _screen(request, "code", visitor, form=form, keys=ALPHABET)


def _not_known(request: ActorRequest) -> str:
    """Return what is said to a code that is not known; codes are not tried one after the other."""
    try:
        count(request, "kiosk-address")
    except TooOften as refusal:
        minutes = max(1, -(-int((refusal.again_at - request.now).total_seconds()) // 60))
        return ngettext(
            "Too many codes were not right. The machine takes a code again in one minute; we help.",
            "Too many codes were not right. The machine takes a code again in %(minutes)s minutes; "
            "we help.",
            minutes,
        ) % {"minutes": minutes}
    return _("No pages wait for this code. Type it again, or ask us.")


@require_http_methods(["GET", "HEAD", "POST"])
@_asked
def birth(request: ActorRequest, visitor: Visitor) -> HttpResponseBase:
    """Ask when she was born, and print her pages when that is right."""
    if not visitor.release or visitor.event:
        return redirect("kiosk-pages" if visitor.event else "kiosk-code")
    today = request.around.today
    form = BirthForm(request.POST if request.method == "POST" else None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            fetched = pickup.print_at_kiosk(
                request.house,
                visitor.release_id,
                form.cleaned_data["born"],
                by=request.actor,
                now=request.now,
            )
        except pickup.WrongBirthDate as wrong:
            form = BirthForm(None, today=today)
            go_on(request, visitor)
            return _screen(request, "birth", visitor, form=form, tries_left=wrong.tries_left)
        except pickup.PickupRefused as refusal:
            return _ended(request, visitor, refusal)
        go_on(request, visitor, event=fetched.event, copies_left=fetched.copies_left)
        return redirect("kiosk-pages")
    visitor = go_on(request, visitor)
    return _screen(request, "birth", visitor, form=form)


@require_safe
@_asked
def pages(request: ActorRequest, visitor: Visitor) -> HttpResponseBase:
    """Say how her pages stand, until they lie in the tray or somebody is to be asked."""
    if not visitor.event:
        return redirect("kiosk-code")
    state, trouble = printing.how_it_stands(visitor.event, by=request.actor, now=request.now)
    if state in ("waiting", "sending", "printing"):
        return _screen(
            request,
            "printing",
            visitor,
            again=LOOKS_AGAIN_S,
            idle=False,
            trouble=_trouble(trouble) if trouble else "",
        )
    forget(request)
    if state == "sent":
        left = visitor.copies_left
        more = (
            ngettext(
                "You can print them once more with the same code.",
                "You can print them %(left)d more times with the same code.",
                left,
            )
            % {"left": left}
            if left
            else _("You have printed them as often as this code allows. We can print more for you.")
        )
        return _screen(request, "taken", visitor, again=TAKEN_S, more=more)
    if state == "not-sent":
        said = _("Your pages did not come.")
        text = _("We have been told. Your code still works.")
        return _screen(request, "not_now", visitor, again=READ_S, title=said, text=text)
    said = _("Please ask us before you leave.")
    text = _("We cannot say whether your pages came.")
    return _screen(request, "not_now", visitor, again=READ_S, title=said, text=text)


@require_safe
@_asked
def still_there(request: ActorRequest, visitor: Visitor) -> HttpResponseBase:
    """Ask whether she is still there; without an answer the machine forgets her."""
    back = "kiosk-birth" if visitor.release else "kiosk-code"
    return _screen(
        request, "still_there", visitor, again=WARNED_S, seconds=WARNED_S, back=reverse(back)
    )


@require_POST
@staff_may(Action.PICK_UP_AT_KIOSK)
def end(request: ActorRequest) -> HttpResponseBase:
    """Forget who stands here, and begin anew."""
    forget(request)
    return redirect("kiosk")


def _ended(request: ActorRequest, visitor: Visitor, refusal: pickup.PickupRefused) -> HttpResponse:
    """Return the sentence that ends a visit; nothing of it is kept."""
    forget(request)
    title, text = _sentence(refusal, visitor)
    return _screen(request, "not_now", visitor, again=READ_S, title=title, text=text)


def _sentence(refusal: pickup.PickupRefused, visitor: Visitor) -> tuple[str, str]:
    match refusal:
        case pickup.PrinterNotReady():
            return _trouble(refusal.trouble), _("We have been told. Your code still works.")
        case pickup.NoCopiesLeft():
            return (
                _("All copies for this code are printed."),
                _("We can print more for you. Please ask us."),
            )
        case pickup.CodeLocked():
            return (
                _("This code does not work any more."),
                _("The date of birth was not the right one. Please ask us for a new code."),
            )
        case pickup.TooManyWrongCodes():
            return (
                _("Please wait a few minutes."),
                _("Some codes were not right. You can try again soon, or ask us now."),
            )
        case pickup.MachineClosed():
            return _("The printer is closed now."), _("Please ask us, or come again when it opens.")
        case _:
            return _("No pages wait for this code."), _("Please ask us. We are glad to help.")


def _trouble(trouble: Trouble) -> str:
    match trouble:
        case Trouble.PAPER:
            return _("The printer has no paper.")
        case Trouble.JAM:
            return _("A page is stuck in the printer.")
        case _:
            return _("The printer does not work now.")


def _languages(request: ActorRequest) -> list[Any]:
    """Return the languages of the site that the pages are written in, its first one first."""
    found = [nearest(settings.SPEAKS, each) for each in request.around.site.languages]
    spoken = [each for each in found if each is not None]
    return spoken or list(settings.SPEAKS.values())[:1]


def _screen(
    request: ActorRequest,
    name: str,
    visitor: Visitor | None,
    *,
    again: int = 0,
    idle: bool = True,
    **more: Any,
) -> TemplateResponse:
    """Return one screen; ``again`` is after how many seconds it looks, or begins, anew."""
    site = request.around.site
    campus = site.campuses[site.kiosk.campus] if site.kiosk else next(iter(site.campuses.values()))
    goes_to = {"printing": reverse("kiosk-pages")}.get(name, reverse("kiosk"))
    context = {
        "campus": campus,
        "place": site.kiosk.place if site.kiosk else "",
        "hours": site.kiosk.hours if site.kiosk else (),
        "again": again,
        "goes_to": goes_to,
        "idle": IDLE_S if visitor is not None and idle and not again else 0,
        "warned": WARNED_S,
        "may_end": name in ("code", "birth"),
        **more,
    }
    return TemplateResponse(request, f"kiosk/{name}.html", context)
