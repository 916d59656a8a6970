"""She registers herself, before anybody at the clinic has seen her."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.contact import kind_of, same_contact
from patency.core.privacy import TEXT_VERSION
from patency.records.ledger import remember, subject_of
from patency.records.models.base import unfit
from patency.records.models.entrance import DataConsent, OneTimeCode
from patency.records.models.followup import Task
from patency.records.models.people import Patient
from patency.records.models.visit import Visit
from patency.records.numbered import first_visit
from patency.records.seen_by import seen_by
from patency.service.details import (
    give_a_way_in,
    proof,
    wrong_birth_date,
    wrong_channels,
    wrong_name,
    wrong_place,
)
from patency.service.house import House

CHECK_IDENTITY = "check-identity"
"""The task at the desk about a woman who registered herself."""
CHECKED_WITHIN = timedelta(days=60)  # our choice: until she comes, mostly in the next cycle


class RegisteringRefused(Exception):
    """She could not register herself as it was asked for."""


class DetailsWrong(RegisteringRefused):
    """Something she gave cannot be right; the message names every field."""


class KnownAlready(RegisteringRefused):
    """A woman of this birth date has the contact she proved: she signs in instead."""


class NotProved(RegisteringRefused):
    """The phone or address she registers with was not proved by a code, or too long ago."""


class NotAgreed(RegisteringRefused):
    """She did not agree to the text as it stands now."""


def register_herself(
    house: House,
    *,
    site: str,
    campus: str,
    family_name: str,
    given_name: str = "",
    birth_date: date,
    phone: str = "",
    email: str = "",
    language: str,
    consents: Mapping[str, bool],
    agreed_to: str,
    proved_by: Collection[UUID],
    by: Actor,
    now: datetime,
) -> Visit:
    """Return the first visit of a woman who registered herself, with a sign-in of her own.

    Her phone and mail must have been proved by the codes ``proved_by``; ``agreed_to`` is the
    version of the text about her data. One name is enough, where she has one. Who she is, is a
    task for the desk. Raises ``DetailsWrong``, ``NotProved``, ``NotAgreed``, and
    ``KnownAlready`` when a woman of this birth date has a proved contact here: to whoever
    proved it, that is no secret.
    """
    access.check(by, Action.REGISTER)
    if site != by.site or by.patient_id is not None:
        raise DetailsWrong(
            f"The registration at {site} was not made: {by.name} acts at {by.site}, and a woman "
            "who is registered registers nobody else. Begin again, signed out."
        )
    names = {"family_name": family_name, "given_name": given_name}
    problems = [
        *wrong_place(house, site, campus, language),
        *wrong_name(family_name, given_name or family_name),
        *wrong_birth_date(birth_date, house.day_at(site, now)),
        *wrong_channels(consents, phone=phone, email=email),
        *unfit(Patient, **names, phone=phone, email=email),
    ]
    if not phone and not email:
        problems.append("phone, email: one of them must be given, so that you can come in again")
    if problems:
        raise DetailsWrong(
            f"The registration was not made: {'; '.join(problems)}. Correct this and send it again."
        )
    if agreed_to != TEXT_VERSION:
        raise NotAgreed(
            f"The registration was not made: the text about your data now has version "
            f"{TEXT_VERSION}. Read it, and agree to it or call the clinic instead."
        )
    with transaction.atomic():
        codes = _proofs(proved_by, now)
        unproved = [
            name
            for name, contact in (("phone", phone), ("email", email))
            if contact and not any(same_contact(code.contact, contact) for code in codes)
        ]
        if unproved:
            raise NotProved(
                f"The registration was not made: {' and '.join(unproved)} must be proved by a code "
                "within the last hour. Ask for a new code, and type it."
            )
        if _is_known(site, birth_date, [code.contact for code in codes]):
            raise KnownAlready(
                f"She is registered at {site}. A woman is registered once; a new visit is opened "
                "for her at the desk, or after she has signed in."
            )
        details = {
            **{name: value.strip() for name, value in names.items()},
            "site": site,
            "campus": campus,
            "birth_date": birth_date,
            "phone": phone,
            "email": email,
            "language": language,
            "registered_herself": True,
        }
        visit = first_visit(details, consents, by=by.name, now=now)
        patient = visit.patient
        DataConsent.objects.create(
            patient=patient, version=agreed_to, language=language, way="online", at=now, by=by.name
        )
        give_a_way_in(patient)
        Task.objects.create(
            site=site,
            patient=patient,
            visit=visit,
            kind=CHECK_IDENTITY,
            urgency="S",
            opened_at=now,
            due_at=now + CHECKED_WITHIN,
        )
        OneTimeCode.objects.filter(pk__in=[code.pk for code in codes]).update(spent_at=now)
        remember(
            kind="registered-herself",
            subject=subject_of(visit),
            by=patient.as_actor(),
            now=now,
            site=site,
            patient=patient,
            fields=["patient", "channel_consent", "data_consent", "visit", "user", "task"],
        )
    return visit


def identity_seen(patient_id: UUID, *, by: Actor, now: datetime) -> Patient:
    """Return a woman who registered herself, now known to be who she says: somebody saw her card.

    Doing it twice is harmless. A woman does not do it for herself.
    """
    access.check(by, Action.REGISTER)
    if by.patient_id is not None:
        raise access.NotPermitted(
            f"{by.name} may not say this of herself; somebody at the desk looks at her card."
        )
    seen_by(by, "check who she is", now=now).patients.get(pk=patient_id)
    with transaction.atomic():
        patient: Patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient_id)
        if not patient.registered_herself:
            return patient
        patient.registered_herself = False
        patient.save(update_fields=["registered_herself"])
        for task in Task.objects.filter(patient=patient, kind=CHECK_IDENTITY, done_at=None):
            task.acknowledged_at = task.acknowledged_at or now
            task.acknowledged_by = task.acknowledged_by or by.name
            task.done_at = now
            task.save(update_fields=["acknowledged_at", "acknowledged_by", "done_at"])
        remember(
            kind="identity-checked",
            subject=subject_of(patient),
            by=by,
            now=now,
            site=patient.site,
            patient=patient,
            fields=["registered_herself", "task"],
        )
    return patient


def _proofs(proved_by: Collection[UUID], now: datetime) -> list[OneTimeCode]:
    rows = OneTimeCode.objects.select_for_update().filter(purpose="register")
    found = [proof(rows, code_id, now) for code_id in proved_by]
    return [code for code in found if code is not None]


def _is_known(site: str, birth_date: date, contacts: Collection[str]) -> bool:
    return any(
        same_contact(getattr(patient, kind_of(contact)), contact)
        for patient in Patient.objects.filter(site=site, birth_date=birth_date)
        for contact in contacts
    )
