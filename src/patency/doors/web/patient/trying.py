"""When she may try for a pregnancy and why then; and her fertile days, only if she wants them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from patency.core.access import Action
from patency.core.cycle.fertile import FertileDay, FertileDays, HowLikely
from patency.core.cycle.forecast import WhyNot
from patency.doors.web.asking import ActorRequest, she_may
from patency.doors.web.languages import spoken
from patency.doors.web.patient.after import around_her, newest_follow_up
from patency.doors.web.public.pages import told
from patency.doors.web.secrecy import is_released
from patency.doors.web.words import STANDINGS
from patency.records.seen_by import seen_by
from patency.service import aftercare, fertile_days

WAITS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "abstinence": (gettext_lazy("the days without intercourse"), ""),
    "bleeding": (
        gettext_lazy("the bleeding has stopped"),
        gettext_lazy("Tell us in your diary on the first day without any."),
    ),
    "infection": (
        gettext_lazy("it is clear that no infection is left"),
        gettext_lazy("The clinic has not written this down yet. Ask us when you call."),
    ),
    "antibiotics": (gettext_lazy("the last dose of your antibiotics"), ""),
    "site-preference": (gettext_lazy("the delay this clinic asks for"), ""),
}
WHY_NOT: Mapping[WhyNot, tuple[str | Promise, str | Promise]] = {
    WhyNot.NO_PERIOD: (
        gettext_lazy("You have not told us of a period yet, so there is nothing to count from."),
        gettext_lazy("Tell us the first day of your next period on that day."),
    ),
    WhyNot.WITHDRAWAL: (
        gettext_lazy("Your last bleed was brought on by a hormone; it says nothing of the next."),
        gettext_lazy("Tell us the first day of your next own period."),
    ),
    WhyNot.IRREGULAR: (
        gettext_lazy("Your periods come too irregularly for a forecast that would help."),
        gettext_lazy("A clinician can help you to find these days in another way. Ask us."),
    ),
    WhyNot.ABSENT: (
        gettext_lazy("No period has come for a long time."),
        gettext_lazy("Make a pregnancy test and speak to the clinic."),
    ),
}
SIGNS: Mapping[HowLikely, tuple[str, str | Promise]] = {
    HowLikely.LIKELY: ("●", gettext_lazy("likely fertile")),
    HowLikely.POSSIBLE: ("○", gettext_lazy("possibly fertile")),
    HowLikely.UNLIKELY: ("", gettext_lazy("less likely, never impossible")),
}


@require_safe
@she_may(Action.RECORD_DIARY)
def trying(request: ActorRequest) -> HttpResponse:
    """Return from when she may try, what that waits for, and who says otherwise."""
    seen = seen_by(request.actor, "her advice on trying", now=request.now)
    follow_up = newest_follow_up(seen)
    if follow_up is None:
        return redirect("mine")
    release = seen.releases.filter(visit=follow_up.visit_id).first()
    if not is_released(release):
        messages.info(request, _("This comes with your report, because it rests on what was seen."))
        return redirect("my-report")
    advice = aftercare.would_advise(
        request.house,
        follow_up.pk,
        language=get_language() or "en",
        by=request.actor,
        now=request.now,
    )
    site, code = request.around.site, spoken().code
    delay = advice.choices["conception_delay_months"]
    context = {
        "when": advice.when,
        "waits": [(WAITS.get(what, (what, ""))[0], last) for what, last in advice.when.waits_for],
        "not_known": [WAITS.get(what, (what, "")) for what in advice.when.not_known],
        "reasons": [reason for reason in advice.decision.reasons if reason.say],
        "delay": delay.value,
        "delay_standing": STANDINGS[delay.standing.value],
        "delay_ground": site.say(delay.provenance, code),
        "parts": told(request.house, site, "trying"),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/trying.html", context)


# ---------------------------------------------------------------- fertile days


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day of a month as it is drawn; without a number it fills the week."""

    day: date | None
    kind: str = ""
    sign: str = ""
    says: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Month:
    """One month, week by week."""

    first: date
    weeks: tuple[tuple[MonthDay, ...], ...]


@require_http_methods(["GET", "HEAD", "POST"])
@she_may(Action.REPORT_PERIOD)
def fertile(request: ActorRequest) -> HttpResponse:
    """Show her fertile days as chances, if she wants to see them."""
    if request.method == "POST":
        wanted = request.POST.get("wanted") == "yes"
        fertile_days.want_fertile_days(wanted, by=request.actor, now=request.now)
        return redirect("my-fertile-days")
    found = fertile_days.outlook(request.house, by=request.actor, now=request.now)
    today = request.around.today
    ahead = [
        (one, shown)
        for one in found.days
        if (shown := one.worth_showing()) and shown[-1].day >= today
    ]
    ranges = [
        {"first": shown[0].day, "last": shown[-1].day, "core": likely_of(one)}
        for one, shown in ahead
    ]
    context = {
        "found": found,
        "why_not": WHY_NOT.get(found.why_not) if found.why_not else None,
        "ranges": ranges,
        "months": months_of([day for _cycle, shown in ahead for day in shown], today),
        "weekday_names": [(spoken().weekdays_short[n], spoken().weekdays[n]) for n in range(7)],
        "parts": told(request.house, request.around.site, "fertile-days"),
        **around_her(request),
    }
    return TemplateResponse(request, "patient/fertile_days.html", context)


def likely_of(cycle: FertileDays) -> tuple[date, date] | None:
    """Return the first and last day that is likely fertile; None where none is."""
    days = [each.day for each in cycle.days if each.how_likely is HowLikely.LIKELY]
    return (days[0], days[-1]) if days else None


def months_of(days: Iterable[FertileDay], today: date) -> list[Month]:
    """Return the months from today's to that of the last day, each day with its sign."""
    by_day = {each.day: each for each in days}
    if not by_day:
        return []
    found, first = [], today.replace(day=1)
    while first <= max(by_day):
        after_it = (first + timedelta(days=31)).replace(day=1)
        cells = [MonthDay(None)] * first.weekday()
        cells += [
            _month_day(first + timedelta(days=number), by_day, today)
            for number in range((after_it - first).days)
        ]
        cells += [MonthDay(None)] * (-len(cells) % 7)
        weeks = tuple(tuple(cells[n : n + 7]) for n in range(0, len(cells), 7))
        found.append(Month(first, weeks))
        first = after_it
    return found


def _month_day(day: date, by_day: Mapping[date, FertileDay], today: date) -> MonthDay:
    known = by_day.get(day)
    if known is None or day < today:
        return MonthDay(day)
    sign, says = SIGNS[known.how_likely]
    kind = known.how_likely.value if sign else ""
    return MonthDay(day, kind, sign, says if sign else "")
