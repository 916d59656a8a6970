"""The sections a person finds at the top of every page: those their work, or her journey, needs."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from patency.core.access import Action, Actor, may
from patency.doors.web.open_tasks import alarm_count
from patency.records.seen_by import seen_by

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Section:
    """One link at the top of a page."""

    name: Words
    address: str
    current: bool
    count: int = 0
    """How many urgent or late things wait there."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: Words
    page: str
    needs: Action
    also: tuple[str, ...] = ()
    """Other pages of the same section, by the names of their addresses."""
    when: str = ""
    """What must be there of hers, ``follow-up`` or ``report``; empty: always."""


STAFF: tuple[_Entry, ...] = (
    _Entry(_("Today"), "today", Action.SEE_TODAY, ("exam", "exam-record", "exam-after", "waiting")),
    _Entry(_("Tasks"), "tasks", Action.ACKNOWLEDGE),
    _Entry(_("Planner"), "planner", Action.BOOK),
    _Entry(_("Numbers"), "releases", Action.RELEASE_NUMBERS),
    _Entry(_("Times"), "times", Action.OPEN_TIMES),
    _Entry(_("Find"), "find", Action.SEE_PATIENT, ("register", "journey", "visit")),
    _Entry(
        _("Reading list"),
        "reading",
        Action.REPORT,
        ("report-editor", "report-texts", "report-compare", "critical", "report"),
    ),
    _Entry(_("Release"), "report-releases", Action.RELEASE_REPORT, ("report-release",)),
    _Entry(_("Afterwards"), "following", Action.ACKNOWLEDGE, ("follow-up",)),
    _Entry(_("Images"), "images", Action.FILE_IMAGES, ("image", "step")),
    _Entry(_("Money"), "cashier", Action.REFUND, ("money", "refund")),
    _Entry(_("Messages"), "messages", Action.SEE_MESSAGES, ("messages-to",)),
    _Entry(_("Sign-ins"), "staff-list", Action.GIVE_SIGN_IN, ("staff-new", "staff-one")),
    _Entry(_("Advice"), "advice", Action.ADVISE),
    _Entry(
        _("Protocol"),
        "protocol",
        Action.SEE_PROTOCOL,
        ("rule", "contested", "compare", "comparison"),
    ),
    _Entry(_("Doses"), "doses", Action.SEE_DOSES),
    _Entry(_("Quality"), "quality", Action.SEE_QUALITY, ("quality-one", "agreement")),
    _Entry(_("Erasures"), "erasures", Action.ERASE, ("erase",)),
    _Entry(_("Settings"), "settings", Action.SEE_SETTINGS),
    _Entry(_("Audit"), "audit", Action.SEE_AUDIT, ("audit-of",)),
)
HERS: tuple[_Entry, ...] = (
    _Entry(_("My page"), "mine", Action.SEE_PATIENT),
    _Entry(_("Calendar"), "my-calendar", Action.SEE_PATIENT, ("my-period", "my-period-told")),
    _Entry(
        pgettext_lazy("her pages", "Afterwards"),
        "my-after",
        Action.RECORD_DIARY,
        (
            "my-diary",
            "my-diary-write",
            "my-care-card",
            "my-trying",
            "my-fertile-days",
            "my-positive-test",
            "my-pregnancy",
        ),
        when="follow-up",
    ),
    _Entry(_("My report"), "my-report", Action.SEE_PATIENT, when="report"),
    _Entry(_("My data"), "my-data", Action.EXPORT, ("my-data-end", "my-feed", "my-channels")),
)


def sections_of(
    who: Actor, page: str, *, releases: bool, there: frozenset[str] = frozenset(), alarms: int = 0
) -> tuple[Section, ...]:
    """Return the sections of a person; ``page`` is the name of the address they are at.

    ``releases`` says whether the site gives out numbers at all, ``there`` what a woman has,
    ``alarms`` how many tasks are urgent or late.
    """
    entries = HERS if who.patient_id is not None else STAFF
    return tuple(
        Section(
            each.name,
            reverse(each.page),
            page in (each.page, *each.also),
            alarms if each.page == "tasks" else 0,
        )
        for each in entries
        if may(who, each.needs)
        and (each.page != "releases" or releases)
        and (not each.when or each.when in there)
    )


def what_is_there(who: Actor, now: datetime) -> frozenset[str]:
    """Return what of a woman's has pages of its own: her weeks after, her released report."""
    if who.patient_id is None:
        return frozenset()
    seen = seen_by(who, "her sections", now=now)
    found = set()
    if seen.follow_ups.exists():
        found.add("follow-up")
    if seen.releases.filter(released_at__isnull=False).exists():
        found.add("report")
    return frozenset(found)


def sections(request: HttpRequest) -> dict[str, object]:
    """Return what a template needs of this: ``sections``, empty for who is not signed in."""
    who: Actor | None = getattr(request, "who", None)
    if who is None:
        return {"sections": ()}
    here = request.resolver_match.url_name if request.resolver_match else ""
    site = request.around.site  # type: ignore[attr-defined]
    there = what_is_there(who, request.now)  # type: ignore[attr-defined]
    releases = bool(site.release)
    return {
        "sections": sections_of(
            who, here or "", releases=releases, there=there, alarms=_alarms(request, who)
        )
    }


def _alarms(request: HttpRequest, who: Actor) -> int:
    """Return how many tasks ring at a person of the staff who may take them."""
    if who.patient_id is not None or not may(who, Action.ACKNOWLEDGE):
        return 0
    now = request.now  # type: ignore[attr-defined]
    return alarm_count(seen_by(who, "alarms", now=now), now)
