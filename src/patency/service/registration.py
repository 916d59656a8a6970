"""She becomes known to the clinic, says how she may be reached, and may leave again."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.core.visit import FINAL, VisitState
from patency.records.ledger import is_code, remember, subject_of
from patency.records.models.base import unfit
from patency.records.models.people import ChannelConsent, Patient
from patency.records.models.visit import Visit, lock
from patency.records.numbered import first_visit
from patency.records.seen_by import seen_by
from patency.service import journey, seats
from patency.service.details import (
    same_address,
    same_number,
    wrong_birth_date,
    wrong_channels,
    wrong_indication,
    wrong_medium,
    wrong_name,
    wrong_place,
)
from patency.service.house import House


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
        *wrong_place(house, site, campus, language),
        *wrong_name(family_name, given_name),
        *wrong_birth_date(birth_date, house.day_at(site, now)),
        *wrong_channels(consents, phone=phone, email=email),
        *unfit(Patient, given_name=given_name, family_name=family_name, phone=phone, email=email),
        *wrong_medium(medium_wanted),
        *wrong_indication(house, site, indication),
    ]
    _refuse_all(problems, "The registration was not made")
    details = {
        "site": site,
        "campus": campus,
        "family_name": family_name.strip(),
        "given_name": given_name.strip(),
        "birth_date": birth_date,
        "phone": phone,
        "email": email,
        "language": language,
    }
    with transaction.atomic():
        # Rows, not seen_by: who asks learns only that she is known, and by what row.
        known = Patient.objects.filter(
            site=site,
            birth_date=birth_date,
            family_name__iexact=family_name.strip(),
            given_name__iexact=given_name.strip(),
        )
        for patient in known:
            if same_number(phone, patient.phone) or same_address(email, patient.email):
                row = "" if Role.PATIENT in by.roles else f" as patient/{patient.pk}"
                raise AlreadyRegistered(
                    f"She is registered at {site}{row}. A woman is registered once; a new visit is "
                    "opened for her at the desk, or after she has signed in."
                )
        visit = first_visit(
            details,
            consents,
            medium_wanted=medium_wanted,
            indication=indication,
            by=by.name,
            now=now,
        )
        remember(
            kind="registered",
            subject=subject_of(visit),
            by=by,
            now=now,
            site=site,
            patient=visit.patient,
            fields=["patient", "channel_consent", "visit"],
        )
    return visit


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
        *wrong_place(house, patient.site, campus, patient.language),
        *wrong_medium(medium_wanted),
        *wrong_indication(house, patient.site, indication),
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
                *wrong_place(house, patient.site, patient.campus, patient.language),
                *wrong_channels(_channels_of(patient), phone=patient.phone, email=patient.email),
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
        wrong_channels({channel: given}, phone=patient.phone, email=patient.email),
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
