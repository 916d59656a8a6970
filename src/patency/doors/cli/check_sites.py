"""Looks at protocols and sites: signatures, reviews, holidays, contacts, own values."""

from collections.abc import Iterator
from datetime import date, timedelta

from patency.core.protocol.model import Protocol, Use
from patency.core.site.model import Site
from patency.doors.cli.findings import Finding, State
from patency.service.house import House

SOON = timedelta(days=60)


def protocols(house: House) -> Iterator[Finding]:
    """Yield how each protocol stands."""
    today = house.now().date()
    if not house.protocols:
        yield Finding(
            "protocols",
            State.FAILS,
            "there is none, so nothing can be decided.",
            "Restore src/patency/protocols from the repository.",
        )
    for version in house.protocols:
        protocol = house.protocol(version)
        yield Finding(
            f"protocol {version}",
            State.OK,
            f"{len(protocol.rules)} rules; every example and case comes out as it says.",
        )
        if protocol.use is Use.CLINICAL:
            yield from _signatures(protocol)
            yield from _reviews(protocol, today)


def _signatures(protocol: Protocol) -> Iterator[Finding]:
    unsigned = [rule.id for rule in protocol.rules if not rule.signed_off_by]
    if unsigned:
        yield Finding(
            f"protocol {protocol.version}",
            State.LOOK,
            f"{len(unsigned)} of {len(protocol.rules)} rules are not yet signed off.",
            "A clinician reads each rule (`patency protocol show`) and signs it in a version of "
            "your own.",
        )
    if not protocol.released:
        yield Finding(
            f"protocol {protocol.version}",
            State.LOOK,
            "it is not released, so it may still change under stored decisions.",
            f"When it is ready: patency protocol release {protocol.version}",
        )


def _reviews(protocol: Protocol, today: date) -> Iterator[Finding]:
    days = {rule.id: rule.review for rule in protocol.rules}
    days |= {name: parameter.review for name, parameter in protocol.parameters.items()}
    for what, names in (
        ("past its review day", sorted(n for n, day in days.items() if day < today)),
        (
            "due for review soon",
            sorted(n for n, day in days.items() if today <= day < today + SOON),
        ),
    ):
        if names:
            yield Finding(
                f"protocol {protocol.version}",
                State.LOOK,
                f"{what}: {', '.join(names)}.",
                "Its owner reads it again and sets the next review day in a new version.",
            )


def every_site(house: House) -> Iterator[Finding]:
    """Yield how each site stands."""
    for one in house.sites.values():
        yield from site(house, one)


def site(house: House, one: Site) -> Iterator[Finding]:
    """Yield how one site stands."""
    today = house.day_at(one.slug, house.now())
    what = f"site {one.slug}"
    if one.protocol in house.protocols:
        book = house.rulebook_at(one.slug)
        own = ", ".join(f"{name} {value}" for name, value in sorted(book.local.items())) or "none"
        yield Finding(what, State.OK, f"works by {one.protocol}; own values: {own}.")
    yield Finding(
        what,
        State.OK,
        f"{one.duty.role} answers at any hour; emergency number {one.emergency_number}.",
    )
    yield from _holidays(house, one, today)
    yield from _contacts(one, today)


def _holidays(house: House, one: Site, today: date) -> Iterator[Finding]:
    calendar = house.calendar_of(one.slug)
    for year in (today.year, today.year + 1):
        file = f"{one.country.lower()}-{year}.toml"
        how = f"Add calendars/{file} from the official notice (docs/how-to/add-a-holiday-year.md)."
        if year in calendar.years:
            source = calendar.years[year].source
            found = f"holidays of {year} are known ({source.issued_by}, {source.issued_on})."
            yield Finding(f"site {one.slug}", State.OK, found)
        elif year == today.year:
            found = f"no holidays of {year} are loaded; every date of this year is refused."
            yield Finding(f"site {one.slug}", State.FAILS, found, how)
        else:
            found = f"no holidays of {year} are loaded yet; dates of that year are refused."
            yield Finding(f"site {one.slug}", State.LOOK, found, how)


def _contacts(one: Site, today: date) -> Iterator[Finding]:
    how = "Ask there, correct the site file, and set a new valid_until."
    for campus in one.campuses.values():
        what = f"site {one.slug}, {campus.name}"
        if campus.valid_until < today:
            found = f"phone and room were valid until {campus.valid_until}."
            yield Finding(what, State.FAILS, found, how)
        elif campus.valid_until < today + SOON:
            found = f"phone and room are valid only until {campus.valid_until}."
            yield Finding(what, State.LOOK, found, how)
        else:
            yield Finding(what, State.OK, f"contact valid until {campus.valid_until}.")
