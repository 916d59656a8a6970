"""The sections a person finds at the top of every page: those their work, or her journey, needs."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patency.core.access import Action, Actor, may

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """One link at the top of a page."""

    name: Words
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    name: Words
    page: str
    needs: Action
    also: tuple[str, ...] = ()
    """Other pages of the same section, by the names of their addresses."""


STAFF: tuple[_Entry, ...] = (
    _Entry(_("Today"), "today", Action.SEE_TODAY),
    _Entry(_("Planner"), "planner", Action.BOOK),
    _Entry(_("Numbers"), "releases", Action.RELEASE_NUMBERS),
    _Entry(_("Find"), "find", Action.SEE_PATIENT, ("register", "journey", "visit")),
    _Entry(
        _("Reading list"),
        "reading",
        Action.REPORT,
        ("report-editor", "report-texts", "report-compare", "critical", "report"),
    ),
    _Entry(_("Release"), "report-releases", Action.RELEASE_REPORT, ("report-release",)),
    _Entry(_("Afterwards"), "following", Action.ACKNOWLEDGE, ("follow-up",)),
    _Entry(_("Images"), "images", Action.FILE_IMAGES, ("image",)),
    _Entry(_("Money"), "cashier", Action.REFUND, ("money", "refund")),
    _Entry(_("Messages"), "messages", Action.SEE_MESSAGES, ("messages-to",)),
    _Entry(_("Advice"), "advice", Action.ADVISE),
    _Entry(
        _("Protocol"),
        "protocol",
        Action.SEE_PROTOCOL,
        ("rule", "contested", "compare", "comparison"),
    ),
    _Entry(_("Settings"), "settings", Action.SEE_SETTINGS),
    _Entry(_("Audit"), "audit", Action.SEE_AUDIT, ("audit-of",)),
)
HERS: tuple[_Entry, ...] = (
    _Entry(_("My page"), "mine", Action.SEE_PATIENT),
    _Entry(_("Calendar"), "my-calendar", Action.SEE_PATIENT, ("my-period", "my-period-told")),
)


def sections_of(who: Actor, page: str, *, releases: bool) -> tuple[Section, ...]:
    """Return the sections of a person; ``page`` is the name of the address they are at.

    ``releases`` says whether the site gives out numbers at all.
    """
    entries = HERS if who.patient_id is not None else STAFF
    return tuple(
        Section(each.name, reverse(each.page), page in (each.page, *each.also))
        for each in entries
        if may(who, each.needs) and (each.page != "releases" or releases)
    )


def sections(request: HttpRequest) -> dict[str, object]:
    """Return what a template needs of this: ``sections``, empty for who is not signed in."""
    who: Actor | None = getattr(request, "who", None)
    if who is None:
        return {"sections": ()}
    here = request.resolver_match.url_name if request.resolver_match else ""
    site = request.around.site  # type: ignore[attr-defined]
    return {"sections": sections_of(who, here or "", releases=bool(site.release))}
