"""A site's file to a ``Site``, completely validated."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import TypeVar

from patency.core.document import WEEKDAYS, Table
from patency.core.money import MoneyRefused, parse_money
from patency.core.site.assist import read_assist
from patency.core.site.contested import read_choices
from patency.core.site.devices import read_devices, read_our_title
from patency.core.site.kiosk import read_kiosk
from patency.core.site.messaging import read_messages
from patency.core.site.model import (
    Campus,
    ContrastAgent,
    DoseReference,
    Drug,
    Duty,
    Opening,
    Price,
    Printer,
    Room,
    Site,
)
from patency.core.site.numbers import read_release
from patency.core.site.planning import read_operators, read_planning
from patency.core.site.sign_in import read_sign_in

T = TypeVar("T")
HOW_TO = "docs/how-to/add-a-site.md"
SERVICES = ("exam", "visit", "lab", "report")
MEDIA = ("water", "oil")
PHONE = re.compile(r"\+?[0-9][0-9 -]*[0-9]")
PRINTER = re.compile(r"ipps?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[\w./-]*")
PROTOCOL = re.compile(r"[a-z]+/[a-z0-9][a-z0-9-]*")


def parse_site(
    document: Mapping[str, object],
    file_name: str,
    *,
    countries: Collection[str],
    time_zones: Collection[str],
) -> Site:
    """Return a site. Raises ``DocumentRefused`` naming all that is wrong with its file.

    ``countries`` are those with a legal calendar, ``time_zones`` the known zone names. Whether the
    protocol exists, and which parameters it lets a site set, its own room says.
    """
    top = Table(document, file_name)
    slug = top.slug("slug")
    if slug and file_name != f"{slug}.toml":
        top.refuse("slug", f"{slug!r} must be the file's name: call the file {slug}.toml.")
    name = top.text("name")
    country = top.choice(
        "country", sorted(countries), more=" A new country needs its calendars first."
    )
    time_zone = top.text("time_zone", what='a time zone such as "Asia/Shanghai"')
    if time_zone and time_zone not in time_zones:
        top.refuse("time_zone", f"{time_zone!r} is not a zone name such as Asia/Shanghai.")
    languages = top.words("languages")
    protocol = _matching(top, "protocol", PROTOCOL, "a protocol such as hsg/2026-1")
    numbers_released_at = top.clock("numbers_released_at")
    exam_minutes = top.count("exam_minutes", low=15, high=30, unit="minutes")
    visit_minutes = top.count("visit_minutes", low=5, high=60, unit="minutes")
    emergency_number = _phone(top, "emergency_number")
    duty = _read_duty(top)
    campuses = _read_campuses(top)
    rooms = _read_rooms(top, campuses)
    openings = _read_openings(top)
    prices = _read_prices(top)
    parameters = _read_parameters(top)
    choices = read_choices(top)
    formulary = _read_formulary(top)
    devices = read_devices(top, rooms)
    dicom_title = read_our_title(top)
    agents = _read_contrast(top)
    dose = top.table("dose_reference")
    dap = dose.number("dap_gy_cm2", low=0.1, high=20, unit="Gy·cm²")
    dose_reference = DoseReference(dap, dose.text("provenance"))
    dose.close()
    printer = _read_printer(top, campuses)
    messages = read_messages(top)
    kiosk = read_kiosk(top, campuses)
    operators = read_operators(top, campuses)
    planning = read_planning(top)
    release = read_release(top)
    sign_in = read_sign_in(top)
    assist = read_assist(top)
    said_in = _read_said(top)
    top.close()
    top.finish(see=HOW_TO)
    return Site(
        slug=slug,
        name=name,
        country=country,
        time_zone=time_zone,
        languages=languages,
        protocol=protocol,
        numbers_released_at=numbers_released_at,
        exam_minutes=exam_minutes,
        visit_minutes=visit_minutes,
        emergency_number=emergency_number,
        duty=duty,
        campuses=campuses,
        rooms=rooms,
        openings=openings,
        prices=prices,
        parameters=parameters,
        choices=choices,
        formulary=formulary,
        devices=devices,
        contrast_agents=agents,
        dose_reference=dose_reference,
        printer=printer,
        messages=messages,
        kiosk=kiosk,
        operators=operators,
        planning=planning,
        release=release,
        sign_in=sign_in,
        assist=assist,
        dicom_title=dicom_title,
        said_in=said_in,
    )


def _matching(table: Table, key: str, pattern: re.Pattern[str], what: str) -> str:
    raw = table.text(key, what=what)
    if raw and not pattern.fullmatch(raw):
        table.refuse(key, f"{raw!r} is not {what}.")
    return raw


def _phone(table: Table, key: str) -> str:
    return _matching(table, key, PHONE, "a phone number of digits, spaces and hyphens")


def _keep(into: dict[str, T], table: Table, key: str, name: str, value: T) -> None:
    """Keep a value under its name, or refuse a name that comes twice."""
    if name and name in into:
        table.refuse(key, f"{name!r} comes twice. Give each its own name.")
    into[name] = value


def _read_duty(top: Table) -> Duty:
    if not top.has("duty"):
        top.refuse(
            "duty",
            "is missing. A site needs somebody who answers at any hour of any day, holidays too: "
            "alarms climb to it. Add [duty] with role, phone and around_the_clock = true.",
        )
        return Duty("", "")
    table = top.table("duty")
    duty = Duty(table.text("role"), _phone(table, "phone"))
    if not table.yes_no("around_the_clock"):
        table.refuse(
            "around_the_clock",
            "must be true. A contact who does not answer at night or on holidays cannot take an "
            "alarm; name one who does.",
        )
    table.close()
    return duty


def _read_campuses(top: Table) -> dict[str, Campus]:
    campuses: dict[str, Campus] = {}
    for one in top.tables("campus"):
        campus = Campus(
            slug=one.slug("slug"),
            name=one.text("name"),
            building=one.text("building"),
            floor=one.text("floor"),
            room=one.text("room"),
            phone=_phone(one, "phone"),
            valid_until=one.day("valid_until"),
        )
        one.close()
        _keep(campuses, one, "slug", campus.slug, campus)
    return campuses


def _read_rooms(top: Table, campuses: Collection[str]) -> dict[str, Room]:
    rooms: dict[str, Room] = {}
    for one in top.tables("room"):
        campus = one.choice("campus", campuses)
        room = Room(one.slug("slug"), campus, one.choice("service", ("exam", "visit")))
        one.close()
        _keep(rooms, one, "slug", room.slug, room)
    return rooms


def _read_openings(top: Table) -> dict[str, Opening]:
    closures: dict[str, dict[date, str]] = {service: {} for service in SERVICES}
    for one in top.tables("closure", may_be_empty=True):
        days, why = one.span(longest_days=366), one.text("why")
        for service in one.words("services", SERVICES):
            closures.get(service, {}).update(dict.fromkeys(days, why))
        one.close()
    table = top.table("opening")
    openings: dict[str, Opening] = {}
    for service in SERVICES:
        one = table.table(service)
        names = one.words("weekdays", WEEKDAYS)
        weekdays = frozenset(WEEKDAYS.index(name) for name in names if name in WEEKDAYS)
        openings[service] = Opening(weekdays, one.yes_no("open_on_make_up"), closures[service])
        one.close()
    table.close()
    return openings


def _read_prices(top: Table) -> dict[str, Price]:
    prices: dict[str, Price] = {}
    for one in top.tables("price"):
        item, since, provenance = one.slug("item"), one.day("since"), one.text("provenance")
        written = one.text("amount", what='an amount with its currency such as "CNY 1,000.00"')
        includes, apart = (
            one.words(key) if one.has(key) else () for key in ("includes", "not_included")
        )
        one.close()
        if not written:
            continue
        try:
            amount = parse_money(written)
        except MoneyRefused as refusal:
            one.refuse("amount", str(refusal))
            continue
        if amount.minor <= 0:
            one.refuse("amount", f"{amount} is not more than 0. Write what the item costs.")
        _keep(prices, one, "item", item, Price(amount, since, provenance, includes, apart))
    if len({price.amount.currency for price in prices.values()}) > 1:
        top.refuse("price", "names two currencies. A site charges in one; write all prices in it.")
    if top.has("price") and "hsg" not in prices:
        top.refuse("price", 'has no item = "hsg". The examination needs its price; add it.')
    return prices


def _read_said(top: Table) -> dict[str, dict[str, str]]:
    """Return the texts of the file in other languages: ``[said_in.zh]`` with "text" = "文字"."""
    said: dict[str, dict[str, str]] = {}
    if top.has("said_in"):
        table = top.table("said_in")
        for code in table.raw:
            one = table.table(code)
            said[code] = {text: one.text(text) for text in one.raw}
    return said


def _read_parameters(top: Table) -> dict[str, int | float | str | bool]:
    table = top.table("parameters") if top.has("parameters") else Table({}, top.file)
    parameters: dict[str, int | float | str | bool] = {}
    for name, value in table.raw.items():
        if isinstance(value, int | float | str):
            parameters[name] = value
        else:
            table.refuse(name, f"{value!r} is not a number, a word, true or false.")
    return parameters


def _read_formulary(top: Table) -> dict[str, Drug]:
    formulary: dict[str, Drug] = {}
    for one in top.tables("drug"):
        drug = Drug(
            name=one.text("name"),
            dose=one.text("dose"),
            days=one.count("days", low=1, high=14, unit="days"),
            not_with=one.words("not_with"),
            provenance=one.text("provenance"),
        )
        one.close()
        _keep(formulary, one, "name", drug.name, drug)
    return formulary


def _read_printer(top: Table, campuses: Collection[str]) -> Printer:
    at = top.table("printer")
    what = "a printer's address such as ipp://printer.example.org/ipp/print"
    printer = Printer(
        name=at.text("name"),
        campus=at.choice("campus", campuses),
        place=at.text("place"),
        address=_matching(at, "address", PRINTER, what),
    )
    at.close()
    return printer


def _read_contrast(top: Table) -> dict[str, ContrastAgent]:
    agents: dict[str, ContrastAgent] = {}
    for one in top.tables("contrast_agent"):
        agent = ContrastAgent(
            name=one.text("name"),
            medium=one.choice("medium", MEDIA),
            iodine_mg_per_ml=one.count("iodine_mg_per_ml", low=100, high=500, unit="mg/mL"),
            max_ml=one.number("max_ml", low=1, high=30, unit="mL"),
            provenance=one.text("provenance"),
        )
        one.close()
        _keep(agents, one, "name", agent.name, agent)
    return agents
