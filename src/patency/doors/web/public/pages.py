"""What anybody may read without signing in: the examination, bleeding, price, days, where, how."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from patency.core.access import Action, may
from patency.core.leaflet import Said
from patency.core.site.model import Site
from patency.doors.web.asking import ActorRequest, is_a_machine, is_a_woman
from patency.doors.web.languages import spoken
from patency.doors.web.public.clinic import at_a_clinic, in_a_language, pages_of
from patency.doors.web.public.weeks import Day, closed_in, opening_in_words, weeks_of
from patency.service.house import House


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Return everyone to where their work, or her own page, begins; a stranger to the clinics."""
    who = request.who  # type: ignore[attr-defined]
    if not request.user.is_authenticated:
        return _clinics(request)  # type: ignore[arg-type]
    if who is not None and is_a_woman(who):
        return redirect("mine")
    if who is not None and is_a_machine(who):
        return redirect("kiosk")
    sees_today = who is None or may(who, Action.SEE_TODAY)
    return redirect("today" if sees_today else "find")


def _clinics(request: ActorRequest) -> HttpResponse:
    """Return the start page of a stranger: the clinics, and the ways in."""
    sites = list(request.house.sites.values())
    first = sites[0]
    return in_a_language(
        request,
        first,
        lambda: TemplateResponse(
            request,
            "public/start.html",
            {
                "clinics": [
                    (site, site.say(site.name, spoken().code), list(site.campuses.values()))
                    for site in sites
                ]
            },
        ),
    )


def told(house: House, site: Site, topic: str) -> tuple[Said, ...]:
    """Return the parts of a topic as this clinic tells them, in the language of the page."""
    return house.leaflet.told(
        topic,
        language=spoken().code,
        media={agent.medium for agent in site.contrast_agents.values()},
        values=house.rulebook_at(site.slug).parameters,
    )


def _page(request: ActorRequest, site: Site, name: str, **context: object) -> TemplateResponse:
    code = spoken().code
    here = request.resolver_match.url_name if request.resolver_match else ""
    around = {
        "site": site,
        "site_name": site.say(site.name, code),
        "duty_role": site.say(site.duty.role, code),
        "pages": pages_of(site, here or ""),
    }
    return TemplateResponse(request, f"public/{name}.html", {**around, **context})


@at_a_clinic
def clinic(request: ActorRequest, site: Site) -> TemplateResponse:
    """Return the overview of one clinic, and the ways in."""
    return _page(request, site, "clinic", stale=site.contacts_to_check(request.around.today))


@at_a_clinic
def examination(request: ActorRequest, site: Site) -> TemplateResponse:
    """Return what the examination is, feels like, can tell, and risks."""
    return _page(request, site, "leaflet", parts=told(request.house, site, "examination"))


@at_a_clinic
def bleeding(request: ActorRequest, site: Site) -> TemplateResponse:
    """Return what bleeding afterwards is expected, and what is an alarm."""
    return _page(request, site, "bleeding", parts=told(request.house, site, "bleeding"))


@at_a_clinic
def price(request: ActorRequest, site: Site) -> TemplateResponse:
    """Return what it costs, since when, and what is paid apart."""
    code = spoken().code
    prices = [
        {
            "item": item,
            "amount": str(one.amount),
            "since": one.since,
            "provenance": site.say(one.provenance, code),
            "includes": [site.say(each, code) for each in one.includes],
            "not_included": [site.say(each, code) for each in one.not_included],
        }
        for item, one in site.prices.items()
        if one.since <= request.around.today
    ]
    return _page(request, site, "price", prices=prices)


@at_a_clinic
def days(request: ActorRequest, site: Site) -> TemplateResponse:
    """Return the days of the next weeks: open, or closed and why."""
    weeks = weeks_of(request.house, site, request.around.today)
    return _page(
        request,
        site,
        "days",
        weeks=_under_months(weeks),
        closed=closed_in(weeks),
        unknown=any(day.kind == "unknown" for week in weeks for day in week),
        weekday_names=[(spoken().weekdays_short[n], spoken().weekdays[n]) for n in range(7)],
        exam_days=opening_in_words(request.house, site, "exam"),
        test_days=opening_in_words(request.house, site, "visit"),
    )


def _under_months(weeks: list[list[Day]]) -> list[tuple[date | None, list[Day]]]:
    """Return each week under the month most of its days are in, named where a new one begins."""
    months = [week[len(week) // 2].day for week in weeks]
    return [
        (month if not number or month.month != months[number - 1].month else None, week)
        for number, (month, week) in enumerate(zip(months, weeks, strict=True))
    ]


@at_a_clinic
def where(request: ActorRequest, site: Site) -> TemplateResponse:
    """Return every campus with its room, floor and phone, and until when that was confirmed."""
    code, stale = spoken().code, site.contacts_to_check(request.around.today)
    places = [
        {
            "slug": campus.slug,
            "name": site.say(campus.name, code),
            "building": site.say(campus.building, code),
            "floor": site.say(campus.floor, code),
            "room": site.say(campus.room, code),
            "phone": campus.phone,
            "valid_until": campus.valid_until,
            "is_stale": campus in stale,
        }
        for campus in site.campuses.values()
    ]
    return _page(request, site, "where", places=places)


@at_a_clinic
def registering(request: ActorRequest, site: Site) -> TemplateResponse:
    """Return how a woman registers, and what happens then."""
    return _page(
        request,
        site,
        "registering",
        test_days=opening_in_words(request.house, site, "visit"),
        campuses=[(site.say(one.name, spoken().code), one) for one in site.campuses.values()],
    )
