"""Her weeks after the examination, day by day: what holds today, what comes, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.aftercare import LAST_DIARY_DAY
from patency.core.calendar.legal import YearMissing
from patency.core.site.model import Site
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.languages import spoken
from patency.doors.web.public.pages import told
from patency.doors.web.public.weeks import why_closed
from patency.doors.web.secrecy import is_released
from patency.doors.web.words import PLANNED, STANDINGS, capital, in_words
from patency.records.models.followup import DiaryEntry, FollowUp
from patency.records.seen_by import Seen, seen_by
from patency.service import papers
from patency.service.house import House

# On these days of the plan something is asked of her; the others hold all the time.
CHECK_IN = "check-in"
WHY_PLANNED: Mapping[str, str | Promise] = {
    "bleeding-may-last": _("Light, less than a period, and less from day to day."),
    "diary": _("It takes about a minute, and answers at once what to do."),
    "check-in": _("If we hear nothing on this day, a nurse calls you."),
    "antibiotics": _("To the last dose, also when you feel well."),
    "thyroid-test": _("Oil contrast holds iodine that stays for weeks."),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of the plan: what, on which days, and on what ground."""

    what: str | Promise
    why: str | Promise
    first: date
    last: date
    standing: str | Promise
    provenance: str

    @property
    def is_one_day(self) -> bool:
        return self.first == self.last


def newest_follow_up(seen: Seen) -> FollowUp | None:
    """Return her follow-up: the open one, or the last."""
    rows = list(seen.follow_ups.select_related("visit", "patient"))
    rows.sort(key=lambda row: (row.state == "open", row.opened_at))
    return rows[-1] if rows else None


def planned(follow_up: FollowUp, site: Site) -> list[Planned]:
    """Return her plan in words, in the order of its days; erased, nothing."""
    code = spoken().code
    return [
        Planned(
            PLANNED.get(item["what"], capital(in_words(item["what"]))),
            WHY_PLANNED.get(item["what"], ""),
            date.fromisoformat(item["first_day"]),
            date.fromisoformat(item["last_day"]),
            STANDINGS.get(item.get("standing", ""), ""),
            site.say(item.get("provenance", ""), code),
        )
        for item in follow_up.plan or ()
    ]


def around_her(request: ActorRequest) -> dict[str, object]:
    """Return whom she can call, and whether the clinic is open today, for a care card."""
    site = request.around.site
    return {
        "site": site,
        "duty_role": site.say(site.duty.role, spoken().code),
        "closed_today": closed_today(request.house, site, request.around.today),
    }


def closed_today(house: House, site: Site, today: date) -> str | None:
    """Return why the clinic is closed today (empty: its usual closed day), or None when open."""
    opening = site.open_days("visit", house.calendar_of(site.slug))
    try:
        closure = opening.closure(today)
    except YearMissing:
        return None
    return why_closed(house, site, closure) if closure is not None else None


@require_safe
@she_may(Action.RECORD_DIARY)
def after(request: ActorRequest) -> HttpResponse:
    """Return her weeks after the examination."""
    seen = seen_by(request.actor, "her weeks after", now=request.now)
    follow_up = newest_follow_up(seen)
    if follow_up is None:
        return redirect("mine")
    today, site = request.around.today, request.around.site
    items = planned(follow_up, site)
    number = (today - follow_up.exam_day).days
    release = seen.releases.filter(visit=follow_up.visit_id).first()
    entries: list[DiaryEntry] = list(seen.diary_entries.filter(follow_up=follow_up))
    context = {
        "follow_up": follow_up,
        "number": number,
        "is_open": follow_up.state == "open",
        "may_write": follow_up.state == "open" and 0 <= number <= LAST_DIARY_DAY,
        "told_today": any(entry.day == number for entry in entries),
        "now": [one for one in items if one.first <= today <= one.last],
        "to_come": [one for one in items if one.first > today],
        "over": [one for one in items if one.last < today],
        "diary_until": follow_up.exam_day + timedelta(days=LAST_DIARY_DAY),
        "rest": told(request.house, site, "rest"),
        "signs": [
            said
            for said in told(request.house, site, "bleeding")
            if said.part.kind in ("emergency", "urgent", "call")
        ],
        "released": is_released(release),
        "pregnancy": seen.pregnancies.filter(follow_up=follow_up).exists(),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/after.html", context)


@require_safe
@she_may(Action.SEE_PATIENT)
def plan_file(request: ActorRequest) -> HttpResponse:
    """Return her plan as a PDF to keep or print."""
    follow_up = newest_follow_up(seen_by(request.actor, "her plan to keep", now=request.now))
    if follow_up is None:
        return redirect("mine")
    values = papers.plan_values(
        request.house, follow_up.pk, read_in=spoken().code, by=request.actor, now=request.now
    )
    return a_pdf(request, "plan", values)


def a_pdf(request: ActorRequest, name: str, values: Mapping[str, object]) -> HttpResponse:
    """Return a document as a file of its own; its name tells nothing."""
    made = request.house.gateways.pdf(name, values)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{request.around.today}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer
