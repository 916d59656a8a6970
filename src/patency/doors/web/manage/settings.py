"""What a site has chosen and where it comes from; the file of the site is where it is changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, time
from typing import Any

from django.conf import settings as of_django
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from patency.core.access import Action
from patency.core.money import Money
from patency.core.protocol.model import Protocol
from patency.core.site.model import Site
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.codes import with_unit
from patency.doors.web.languages import spoken
from patency.doors.web.manage.settings_words import CALLED
from patency.doors.web.templatetags.plain import birth, said, weekday
from patency.doors.web.words import STANDINGS, capital, day_words, in_words


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a site has chosen."""

    name: str
    value: str
    ground: str = ""
    """Where it comes from."""
    chosen: str = ""
    """Who chose it, and when."""
    review: date | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that belong together."""

    title: str
    settings: tuple[Setting, ...]


@require_safe
@staff_may(Action.SEE_SETTINGS)
def settings(request: ActorRequest) -> HttpResponse:
    """Return every setting of the actor's site with its provenance."""
    site, today = request.around.site, request.around.today
    protocol = request.house.protocol(site.protocol)
    groups = [_said(site, group) for group in _groups(site, protocol, today)]
    stale = [each for group in groups for each in group.settings if each.stale]
    context = {"site": site, "groups": groups, "stale": stale}
    return TemplateResponse(request, "manage/settings.html", context)


def _groups(site: Site, protocol: Protocol, today: date) -> Iterator[Group]:
    yield Group(_("The clinic"), tuple(_clinic(site)))
    yield Group(_("Places, and who to call there"), tuple(_campuses(site, today)))
    yield Group(_("Open"), tuple(_openings(site)))
    yield Group(_("What it costs"), tuple(_prices(site)))
    yield Group(_("Chosen where sources differ"), tuple(_choices(site)))
    yield Group(
        _("Numbers of the protocol that a site may set"), tuple(_parameters(site, protocol))
    )
    yield Group(_("Medicines and contrast"), tuple(_medicines(site)))
    for title, habits in (
        (_("How days are planned"), site.planning),
        (_("How numbers are released"), site.release),
        (_("How people are written to"), site.messages),
        (_("The machine in the corridor"), site.kiosk),
        (_("How people sign in"), site.sign_in),
        (_("Draft readings of images"), site.assist),
    ):
        if habits is not None:
            yield Group(title, tuple(_habits(habits, today)))


def _said(site: Site, group: Group) -> Group:
    """Return a group with what stands in the site's file in the language of the page."""
    code = spoken().code

    def say(text: str) -> str:
        whole = site.say(text, code)
        joint = ", "
        return (
            whole if whole != text else joint.join(site.say(one, code) for one in text.split(joint))
        )

    return Group(
        group.title,
        tuple(
            replace(
                each,
                name=site.say(each.name, code),
                value=say(each.value),
                ground=str(CALLED.get(each.ground) or site.say(each.ground, code)),
                chosen=say(each.chosen),
            )
            for each in group.settings
        ),
    )


def _clinic(site: Site) -> Iterator[Setting]:
    yield Setting(_("Name"), site.name)
    yield Setting(_("Protocol"), site.protocol)
    yield Setting(_("Languages"), ", ".join(site.languages))
    yield Setting(_("Clock"), site.time_zone)
    yield Setting(_("Emergency number"), site.emergency_number)
    yield Setting(_("On duty at any hour"), f"{site.duty.role}, {site.duty.phone}")
    yield Setting(_("Minutes of an examination"), str(site.exam_minutes))
    yield Setting(_("Minutes of a clinic visit"), str(site.visit_minutes))
    for device in site.devices.values():
        yield Setting(device.name, f"{device.station}, {device.room}")
    yield Setting(
        _("Dose-area product that is looked at again"),
        f"{site.dose_reference.dap_gy_cm2:g} Gy·cm²",
        site.dose_reference.provenance,
    )
    printer = site.printer
    yield Setting(_("Printer"), f"{printer.name}, {printer.place}, {printer.address}")


def _campuses(site: Site, today: date) -> Iterator[Setting]:
    for each in site.campuses.values():
        stale = each.valid_until < today
        place = ", ".join(filter(None, (each.building, each.floor, each.room, each.phone)))
        yield Setting(
            each.name,
            place,
            ground=_("Nobody has checked this since it ran out.") if stale else "",
            review=each.valid_until,
            stale=stale,
        )


def _openings(site: Site) -> Iterator[Setting]:
    names = {
        "exam": _("Examinations"),
        "visit": _("Clinic visits"),
        "lab": _("Laboratory"),
        "report": _("Reports"),
    }
    monday = date(2024, 1, 1)
    for service, rule in site.openings.items():
        days = ", ".join(
            weekday(monday.replace(day=1 + number)) for number in sorted(rule.weekdays)
        )
        more = _("also on make-up workdays") if rule.open_on_make_up else ""
        closed = [f"{day_words(day)}: {why}" for day, why in sorted(rule.closures.items())]
        yield Setting(names.get(service, service), "; ".join(filter(None, (days, more, *closed))))


def _prices(site: Site) -> Iterator[Setting]:
    for item, price in site.prices.items():
        since = _("since %(day)s") % {"day": birth(price.since)}
        name = "HSG" if item == "hsg" else capital(in_words(item))
        yield Setting(name, f"{price.amount} ({since})", price.provenance)


def _choices(site: Site) -> Iterator[Setting]:
    for name, choice in site.choices.items():
        standing = str(STANDINGS.get(choice.standing.value, ""))
        yield Setting(
            capital(in_words(name)),
            f"{said(choice.value)} ({standing})",
            choice.provenance,
            chosen=_chosen(choice.chosen_by, choice.chosen_on),
        )


def _parameters(site: Site, protocol: Protocol) -> Iterator[Setting]:
    for name, parameter in protocol.parameters.items():
        if not parameter.local:
            continue
        own = site.parameters.get(name)
        value = parameter.value if own is None else own
        whose = _("as the protocol has it") if own is None else _("set by the site")
        yield Setting(
            capital(in_words(name)),
            f"{with_unit(value, parameter.unit)} ({whose})",
            parameter.meaning if spoken() == next(iter(of_django.SPEAKS.values())) else "",
            review=parameter.review,
        )


def _medicines(site: Site) -> Iterator[Setting]:
    for drug in site.formulary.values():
        days = _("for %(days)s days") % {"days": drug.days}
        yield Setting(drug.name, f"{drug.dose}, {days}", drug.provenance)
    for agent in site.contrast_agents.values():
        yield Setting(
            agent.name,
            f"{in_words(agent.medium)}, {agent.iodine_mg_per_ml} mg/ml, ≤ {agent.max_ml:g} ml",
            agent.provenance,
        )


GROUND = frozenset({"provenance", "chosen_on", "chosen_by", "review", "owner", "source"})


def _habits(habits: Any, today: date) -> Iterator[Setting]:
    """Yield what a dated choice of several values holds, its ground once at the end."""
    for each in fields(habits):
        if each.name not in GROUND:
            yield Setting(_called(each.name), _plain(getattr(habits, each.name)))
    ground = str(getattr(habits, "provenance", "") or getattr(habits, "source", ""))
    review = getattr(habits, "review", None)
    by, on = getattr(habits, "chosen_by", ""), getattr(habits, "chosen_on", None)
    if ground or review:
        yield Setting(
            _("Where this comes from"),
            ground,
            chosen=_chosen(by, on) if by and on else "",
            review=review,
            stale=review is not None and review < today,
        )


def _called(name: str) -> str:
    """Return what a value of a clinic's file is called."""
    return str(CALLED.get(name) or capital(in_words(name)))


def _plain(value: Any) -> str:
    if value is None or value == () or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date) and not isinstance(value, datetime):
        return birth(value)
    if isinstance(value, Money):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = ((each.name, getattr(value, each.name)) for each in fields(value))
        return "; ".join(f"{_called(name)}: {_plain(part)}" for name, part in parts)
    if isinstance(value, dict):
        return "; ".join(f"{_called(str(name))}: {_plain(part)}" for name, part in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(_plain(part) for part in value)
    return in_words(value) if isinstance(value, str) else str(value)


def _chosen(by: str, on: date) -> str:
    return _("%(role)s, %(day)s") % {"role": by, "day": birth(on)}
