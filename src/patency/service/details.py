"""What she gives when she registers or comes in: whether it can be right, and whose it is."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from patency.core.access import Actor, Role
from patency.core.contact import EMAIL, kind_of, plain_contact, same_contact
from patency.records.models.entrance import OneTimeCode
from patency.records.models.people import CHANNELS, PHONE_END, Patient
from patency.records.models.visit import MEDIA
from patency.service.house import House

OLDEST_BIRTH = date(1900, 1, 1)
YOUNGEST_YEARS = 10  # our choice: a later birth is a slip of the finger, mostly in the year
FEWEST_DIGITS = 8  # our choice: numbers that end in the same ones are one, however they are typed
ADDRESS_OF = {"sms": "phone", "phone": "phone", "email": "email"}
VISITOR = "visitor"  # who acts, in the ledger, before anybody knows who it is
PROOF_GOOD_FOR = timedelta(hours=1)
"""How long a contact that was proved by a code counts as proved."""


def visitor_at(site: str) -> Actor:
    """Return somebody nobody knows yet, as one who acts: she sees no row of anyone."""
    return Actor(name=VISITOR, site=site, roles=frozenset({Role.PATIENT}))


def women_with(contact: str) -> list[Patient]:
    """Return the women who have a contact on record, at any site; those erased have none."""
    plain = plain_contact(contact)
    if kind_of(plain) == EMAIL:
        rows = Patient.objects.filter(email_key=plain)
    else:
        rows = Patient.objects.filter(phone_end=plain[-PHONE_END:]).exclude(phone="")
    name = kind_of(plain)
    return [
        row for row in rows.order_by("registered_at") if same_contact(getattr(row, name), plain)
    ]


def give_a_way_in(patient: Patient) -> None:
    """Give a woman a sign-in under her number, without a password, where she has none yet."""
    if patient.user_id is None:
        user = User(username=patient.number)
        user.set_unusable_password()
        user.save()
        patient.user = user
        patient.save(update_fields=["user"])


def proof(rows: Any, code_id: UUID, now: datetime) -> OneTimeCode | None:
    """Return a code that was typed rightly, lately, and whose proof nobody has used yet."""
    found: OneTimeCode | None = rows.filter(
        pk=code_id, spent_at=None, used_at__gte=now - PROOF_GOOD_FOR
    ).first()
    return found


def wrong_place(house: House, site: str, campus: str, language: str) -> list[str]:
    known = house.site(site)
    problems = []
    if campus not in known.campuses:
        problems.append(f"campus: must be one of {', '.join(sorted(known.campuses))}")
    if language not in known.languages:
        problems.append(f"language: must be one of {', '.join(known.languages)}")
    return problems


def wrong_name(family_name: str, given_name: str) -> list[str]:
    return [
        f"{field}: must have 1 to 120 characters"
        for field, name in (("family_name", family_name), ("given_name", given_name))
        if not 1 <= len(name.strip()) <= 120
    ]


def wrong_birth_date(birth_date: date, today: date) -> list[str]:
    youngest = date(today.year - YOUNGEST_YEARS, 1, 1)
    if OLDEST_BIRTH <= birth_date < youngest:
        return []
    return [f"birth_date: must lie between {OLDEST_BIRTH} and {youngest}"]


def same_number(one: str, other: str) -> bool:
    """Return whether two phone numbers are one: with spaces or without, abroad or at home."""
    ends = ["".join(filter(str.isdigit, number))[-FEWEST_DIGITS:] for number in (one, other)]
    return ends[0] == ends[1] and len(ends[0]) > 0


def same_address(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold() != ""


def wrong_channels(consents: Mapping[str, bool], *, phone: str, email: str) -> list[str]:
    addresses = {"phone": phone, "email": email}
    problems = [
        f"consents: {channel!r} is not one of {', '.join(CHANNELS)}"
        for channel in consents
        if channel not in CHANNELS
    ]
    problems += [
        f"consents: {channel} was agreed to, but no {ADDRESS_OF[channel]} is given"
        for channel, given in consents.items()
        if given and channel in ADDRESS_OF and not addresses[ADDRESS_OF[channel]].strip()
    ]
    if email and ("@" not in email[1:-1] or " " in email.strip()):
        problems.append("email: must be an address such as name@example.org")
    if phone and sum(character.isdigit() for character in phone) < 5:
        problems.append("phone: must be a number with at least five digits")
    return problems


def wrong_medium(medium: str) -> list[str]:
    return [] if medium in MEDIA else [f"medium_wanted: must be one of {', '.join(MEDIA)}"]


def wrong_indication(house: House, site: str, indication: str) -> list[str]:
    facts = house.rulebook_at(site).protocol.facts
    allowed = facts["indication"].choices if "indication" in facts else ()
    if not indication or indication in allowed:
        return []
    return [f"indication: may be empty or one of {', '.join(allowed)}"]
