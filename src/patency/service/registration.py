"""She becomes known to the clinic, says how she may be reached, and may leave again."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.core.identifiers import new_identifier
from patency.core.visit import FINAL, VisitState
from patency.records.ledger import is_code, remember, subject_of
from patency.records.models.base import unfit
from patency.records.models.people import CHANNELS, ChannelConsent, Patient
from patency.records.models.visit import MEDIA, Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey, seats
from patency.service.house import House

OLDEST_BIRTH = date(1900, 1, 1)
YOUNGEST_YEARS = 10  # our choice: a later birth is a slip of the finger, mostly in the year
FEWEST_DIGITS = 8  # our choice: numbers that end in the same ones are one, however they are typed
ADDRESS_OF = {"sms": "phone", "phone": "phone", "email": "email"}
TRIES = 5
"""A new number is taken by chance once in ten thousand million; five times in a row, never."""


class RegistrationRefused(Exception):
    """A registration or a visit that cannot be as it was asked for."""


class DetailsRefused(RegistrationRefused):
    """Something she gave cannot be right; the message names every field."""


class AlreadyRegistered(RegistrationRefused):
    """She is known here; a repeat is a new visit of hers, not a new woman."""


class VisitStillOpen(RegistrationRefused):
    """She has a visit that is not over."""


def register(
    house: House,
    *,
    site: str,
    campus: str,
    family_name: str,
    given_name: str,
    birth_date: date,
    phone: str = "",
    email: str = "",
    language: str,
    consents: Mapping[str, bool],
    medium_wanted: str = "no_preference",
    indication: str = "",
    by: Actor,
    now: datetime,
) -> Visit:
    """Return the first visit of a woman who was not known here.

    She gets an identifier of our own. Raises ``DetailsRefused`` naming every field that is wrong,
    and ``AlreadyRegistered`` when the same name, birth date and phone or mail are known here.
    """
    access.check(by, Action.REGISTER)
    problems = [
        *_not_this_site(site, by),
        *_another_woman(by),
        *_wrong_place(house, site, campus, language),
        *_wrong_name(family_name, given_name),
        *_wrong_birth_date(birth_date, house.day_at(site, now)),
        *_wrong_channels(consents, phone=phone, email=email),
        *unfit(Patient, given_name=given_name, family_name=family_name, phone=phone, email=email),
        *_wrong_medium(medium_wanted),
        *_wrong_indication(house, site, indication),
    ]
    _refuse_all(problems, "The registration was not made")
    with transaction.atomic():
        # Rows, not seen_by: who asks learns only that she is known, and by what row.
        known = Patient.objects.filter(
            site=site,
            birth_date=birth_date,
            family_name__iexact=family_name.strip(),
            given_name__iexact=given_name.strip(),
        )
        for patient in known:
            if _same_number(phone, patient.phone) or _same_address(email, patient.email):
                row = "" if Role.PATIENT in by.roles else f" as patient/{patient.pk}"
                raise AlreadyRegistered(
                    f"She is registered at {site}{row}. A woman is registered once; a new visit is "
                    "opened for her at the desk, or after she has signed in."
                )
        patient = _new_patient(
            site=site,
            campus=campus,
            family_name=family_name.strip(),
            given_name=given_name.strip(),
            birth_date=birth_date,
            phone=phone,
            email=email,
            language=language,
            registered_at=now,
        )
        for channel, given in consents.items():
            ChannelConsent.objects.create(
                patient=patient, channel=channel, given=given, at=now, by=by.name
            )
        visit = Visit.objects.create(
            patient=patient,
            campus=campus,
            medium_wanted=medium_wanted,
            indication=indication,
            opened_at=now,
        )
        remember(
            kind="registered",
            subject=subject_of(visit),
            by=by,
            now=now,
            site=site,
            patient=patient,
            fields=["patient", "channel_consent", "visit"],
        )
    return visit


def _new_patient(**details: object) -> Patient:
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return Patient.objects.create(number=new_identifier(secrets.token_bytes), **details)
        except IntegrityError as error:
            taken = error
    raise taken


def open_visit(
    house: House,
    patient_id: UUID,
    *,
    campus: str,
    medium_wanted: str = "no_preference",
    indication: str = "",
    by: Actor,
    now: datetime,
) -> Visit:
    """Return a new visit of a woman known here, for a repeat. Raises ``VisitStillOpen``."""
    access.check(by, Action.REGISTER)
    patient = seen_by(by, "open a visit", now=now).patients.get(pk=patient_id)
    problems = [
        *_wrong_place(house, patient.site, campus, patient.language),
        *_wrong_medium(medium_wanted),
        *_wrong_indication(house, patient.site, indication),
    ]
    if patient.erased_at is not None:
        problems.append("patient: was erased; register her anew")
    _refuse_all(problems, "The visit was not opened")
    with transaction.atomic():
        try:
            with transaction.atomic():
                visit = Visit.objects.create(
                    patient=patient,
                    campus=campus,
                    medium_wanted=medium_wanted,
                    indication=indication,
                    opened_at=now,
                )
        except IntegrityError as error:
            open_now = Visit.objects.exclude(state__in=FINAL).get(patient=patient)
            raise VisitStillOpen(
                f"visit/{open_now.pk} of this woman is {open_now.state}. One visit is open at a "
                "time; go on with that one, or close or cancel it first."
            ) from error
        remember(
            kind="visit-opened",
            subject=subject_of(visit),
            by=by,
            now=now,
            site=visit.site,
            patient=patient,
            fields=["visit"],
        )
    return visit


def change_contact(
    house: House,
    patient_id: UUID,
    *,
    phone: str | None = None,
    email: str | None = None,
    language: str | None = None,
    by: Actor,
    now: datetime,
) -> Patient:
    """Return her with another phone, mail address or language; what is not given stays."""
    access.check(by, Action.REGISTER)
    seen_by(by, "change contact", now=now).patients.get(pk=patient_id)
    with transaction.atomic():
        patient: Patient = Patient.objects.select_for_update().get(pk=patient_id)
        changes = {
            name: value
            for name, value in (("phone", phone), ("email", email), ("language", language))
            if value is not None
        }
        for name, value in changes.items():
            setattr(patient, name, value)
        _refuse_all(
            [
                *_wrong_place(house, patient.site, patient.campus, patient.language),
                *_wrong_channels(_channels_of(patient), phone=patient.phone, email=patient.email),
                *unfit(Patient, phone=patient.phone, email=patient.email),
            ],
            "The contact was not changed",
        )
        patient.save(update_fields=list(changes))
        remember(
            kind="contact-changed",
            subject=subject_of(patient),
            by=by,
            now=now,
            site=patient.site,
            patient=patient,
            fields=changes,
        )
    return patient


def consent_to_channel(
    patient_id: UUID, channel: str, given: bool, *, by: Actor, now: datetime
) -> ChannelConsent:
    """Return the newest word on whether she may be reached by a channel."""
    access.check(by, Action.REGISTER)
    patient = seen_by(by, "consent to a channel", now=now).patients.get(pk=patient_id)
    _refuse_all(
        _wrong_channels({channel: given}, phone=patient.phone, email=patient.email),
        "The consent was not recorded",
    )
    with transaction.atomic():
        row = ChannelConsent.objects.create(
            patient=patient, channel=channel, given=given, at=now, by=by.name
        )
        remember(
            kind="channel-consent-given" if given else "channel-consent-withdrawn",
            subject=subject_of(patient),
            by=by,
            now=now,
            site=patient.site,
            patient=patient,
            fields=[channel],
        )
    return row


def cancel_visit(visit_id: UUID, why: str, *, by: Actor, now: datetime) -> Visit:
    """Return her visit, over before an examination; seats are free again, her money goes back.

    ``why`` is a code such as ``her-wish`` or ``no-further-need``, never free text.
    """
    access.check(by, Action.BOOK)
    visit = journey.visit_seen(visit_id, "cancel the visit", by=by, now=now)
    if not is_code(why):
        _refuse_all(["why: a code such as her-wish, no words of your own"], "The visit stands")
    with transaction.atomic():
        visit = lock(visit)
        visit.advance(VisitState.CANCELLED, now=now)
        freed = seats.free_seats(visit, why, now=now)
        journey.end_hold(visit, by=by, now=now)
        refund = journey.give_money_back(visit, why, by=by, now=now)
        remember(
            kind="visit-cancelled",
            subject=subject_of(visit),
            by=by,
            now=now,
            site=visit.site,
            patient=visit.patient_id,
            why=why,
            fields=["visit", "booking", "hold", *(["refund"] if refund else [])],
            payload={"freed": freed},
        )
    return visit


def _channels_of(patient: Patient) -> dict[str, bool]:
    rows = ChannelConsent.objects.filter(patient=patient).order_by("id")
    return {row.channel: row.given for row in rows}


def _refuse_all(problems: list[str], what: str) -> None:
    if problems:
        raise DetailsRefused(f"{what}: {'; '.join(problems)}. Correct this and send it again.")


def _not_this_site(site: str, by: Actor) -> list[str]:
    if site == by.site:
        return []
    return [f"site: {site} is not the site of {by.name}, who registers at {by.site}"]


def _another_woman(by: Actor) -> list[str]:
    if by.patient_id is None:
        return []
    return [f"by: {by.name} is registered and acts for herself; staff register other women"]


def _wrong_place(house: House, site: str, campus: str, language: str) -> list[str]:
    known = house.site(site)
    problems = []
    if campus not in known.campuses:
        problems.append(f"campus: must be one of {', '.join(sorted(known.campuses))}")
    if language not in known.languages:
        problems.append(f"language: must be one of {', '.join(known.languages)}")
    return problems


def _wrong_name(family_name: str, given_name: str) -> list[str]:
    return [
        f"{field}: must have 1 to 120 characters"
        for field, name in (("family_name", family_name), ("given_name", given_name))
        if not 1 <= len(name.strip()) <= 120
    ]


def _wrong_birth_date(birth_date: date, today: date) -> list[str]:
    youngest = date(today.year - YOUNGEST_YEARS, 1, 1)
    if OLDEST_BIRTH <= birth_date < youngest:
        return []
    return [f"birth_date: must lie between {OLDEST_BIRTH} and {youngest}"]


def _same_number(one: str, other: str) -> bool:
    """Return whether two phone numbers are one: with spaces or without, abroad or at home."""
    ends = ["".join(filter(str.isdigit, number))[-FEWEST_DIGITS:] for number in (one, other)]
    return ends[0] == ends[1] and len(ends[0]) > 0


def _same_address(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold() != ""


def _wrong_channels(consents: Mapping[str, bool], *, phone: str, email: str) -> list[str]:
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


def _wrong_medium(medium: str) -> list[str]:
    return [] if medium in MEDIA else [f"medium_wanted: must be one of {', '.join(MEDIA)}"]


def _wrong_indication(house: House, site: str, indication: str) -> list[str]:
    facts = house.rulebook_at(site).protocol.facts
    allowed = facts["indication"].choices if "indication" in facts else ()
    if not indication or indication in allowed:
        return []
    return [f"indication: may be empty or one of {', '.join(allowed)}"]
