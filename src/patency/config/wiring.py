"""Builds the one house of this process: protocols, sites, calendars, rulebooks and the ways out."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from zoneinfo import available_timezones

from patency.config.data import (
    DATA,
    load_cycle_model,
    load_indicators,
    load_leaflet,
    load_population,
    load_protocol,
    load_ranking,
    protocol_folders,
    protocol_head,
)
from patency.config.environment import folder, mode, words
from patency.config.languages import read_languages, read_report_words
from patency.config.messages import load_messages
from patency.config.toml_files import read_toml
from patency.config.ways_out import hears_answers, ways_out
from patency.core.calendar.legal import HolidayYear, LegalCalendar, legal_calendars
from patency.core.calendar.parse import parse_calendar
from patency.core.document import DocumentRefused
from patency.core.facts import FactValue
from patency.core.protocol.model import Protocol, Use
from patency.core.protocol.rulebook import Rulebook, rulebook
from patency.core.site.model import Site, check_protocol_use
from patency.core.site.parse import parse_site
from patency.gateways.clock import DemoClock, system_clock
from patency.service.house import House


@cache
def house() -> House:
    """Return the house of this process, as the environment describes it.

    Raises ``DataRefused``, ``DocumentRefused`` or ``NotConfigured``, each saying what to do.
    """
    return build_house(os.environ)


def build_house(env: Mapping[str, str], root: Path = DATA) -> House:
    """Return a house built from the data under ``root`` and the site files the environment names.

    Protocols are only found here; each is read and checked when it is first asked for.
    """
    calendars = read_calendars(root / "calendars")
    versions = protocol_folders(root)
    protocols = {version: partial(load_protocol, version, root) for version in versions}
    own_sites = env.get("PATENCY_SITES", "")
    sites = read_sites(Path(own_sites).expanduser() if own_sites else root / "sites", calendars)
    for site in sites.values():
        check_names_a_clinical_protocol(site, root)
    now = the_clock(env)
    languages = read_languages(root / "locale")
    return House(
        protocols=protocols,
        rulebooks=_rulebooks(protocols, sites),
        sites=sites,
        calendars=calendars,
        read_cycle_model=partial(load_cycle_model, root),
        read_population=partial(load_population, root),
        read_leaflet=partial(load_leaflet, root),
        read_indicators=partial(load_indicators, root),
        ranking=load_ranking(root=root),
        gateways=ways_out(env, now, languages),
        words=load_messages(root),
        pages=_pages(env),
        hears_answers=hears_answers(env),
        now=now,
        report_words=read_report_words(root / "locale", languages),
        languages=languages,
    )


def _pages(env: Mapping[str, str]) -> str:
    """Return where the pages are, for links in mails; a demo's are on this machine."""
    origins = words(env, "PATENCY_ORIGINS")
    here = "http://127.0.0.1:8000" if mode(env) != "production" else ""
    return (origins[0] if origins else here).rstrip("/")


def the_clock(env: Mapping[str, str]) -> Callable[[], datetime]:
    """Return the machine's clock, or the story's clock in a demo."""
    if mode(env) == "demo":
        return DemoClock(folder(env, "PATENCY_HOME", "var") / "demo-clock.json")
    return system_clock()


def read_calendars(where: Path) -> dict[str, LegalCalendar]:
    """Return the legal calendars by country."""
    years: list[HolidayYear] = [
        parse_calendar(read_toml(path), path.name) for path in sorted(where.glob("*.toml"))
    ]
    return legal_calendars(years)


def read_sites(where: Path, calendars: Mapping[str, LegalCalendar]) -> dict[str, Site]:
    """Return the sites of a folder by slug. Raises ``DocumentRefused`` when there is none."""
    zones = available_timezones()
    sites = {
        path.stem: parse_site(read_toml(path), path.name, countries=calendars, time_zones=zones)
        for path in sorted(where.glob("*.toml"))
    }
    if not sites:
        raise DocumentRefused(
            f"No site was found: {where} holds no .toml file. A site file describes one clinic "
            "(docs/how-to/add-a-site.md). Put one there, or unset PATENCY_SITES to use the demo "
            "sites that ship."
        )
    return sites


def check_names_a_clinical_protocol(site: Site, root: Path = DATA) -> None:
    """Return nothing, or raise ``DocumentRefused`` for a protocol no site may work by.

    Reads only the head of the protocol, so that a start stays quick.
    """
    known = protocol_folders(root)
    if not known:
        return  # nothing can be decided without protocols; whoever asks for one is told so
    if site.protocol not in known:
        raise DocumentRefused(
            f"{site.slug}.toml: protocol: there is no protocol {site.protocol!r}; there are "
            f"{', '.join(known)}. Name one of these."
        )
    check_protocol_use(site, str(protocol_head(site.protocol, root).get("use", "")))


def local_values(protocol: Protocol, site: Site) -> dict[str, FactValue]:
    """Return a site's own values for a protocol: its parameters and its contested choices.

    A choice counts where the protocol has a parameter of that name. One that the protocol keeps
    for itself may stand in the site file only if both say the same. A protocol for study is taken
    as it is written: no site has a say in it.
    """
    if protocol.use is Use.STUDY:
        return {}
    values: dict[str, FactValue] = dict(site.parameters)
    for name, choice in site.choices.items():
        parameter = protocol.parameters.get(name)
        if parameter is None or (not parameter.local and parameter.value == choice.value):
            continue
        if name in site.parameters:
            raise DocumentRefused(
                f"{site.slug}.toml: parameters.{name}: is also a contested choice. Keep the one "
                f"under [choices.{name}], which says who chose it, and remove the other."
            )
        values[name] = choice.value
    return values


def _rulebooks(
    protocols: Mapping[str, Callable[[], Protocol]], sites: Mapping[str, Site]
) -> Callable[[str, str], Rulebook]:
    @cache
    def rulebook_of(version: str, site: str) -> Rulebook:
        protocol = protocols[version]()
        return rulebook(protocol, local_values(protocol, sites[site]) if site else {})

    return rulebook_of
