"""Who may sign in: members of staff by their roles, and a woman for herself."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.records.ledger import remember, subject_of
from patency.records.models.base import unfit
from patency.records.models.people import Patient, StaffMember
from patency.records.seen_by import seen_by
from patency.service.house import House


class SignInRefused(Exception):
    """A sign-in that cannot be as it was asked for."""


class NameTaken(SignInRefused):
    """Someone signs in by this name."""


def admit_staff(
    house: House,
    *,
    name: str,
    password: str,
    display_name: str,
    roles: Collection[Role],
    site: str = "",
    by: Actor,
    now: datetime,
) -> StaffMember:
    """Return a new member of staff who signs in as ``name``, with these roles at one site.

    Raises ``NameTaken``, and ``SignInRefused`` without a role or a display name.
    """
    access.check(by, Action.GIVE_SIGN_IN)
    at = house.site(site or by.site).slug
    too_long = unfit(StaffMember, display_name=display_name) or unfit(User, username=name)
    if at != by.site or not roles or not display_name.strip() or too_long:
        raise SignInRefused(
            f"The sign-in {name!r} at {at} was not made. It needs at least one role and a name to "
            f"show, of at most 120 characters, and {by.name} gives sign-ins at {by.site} only; "
            "correct this."
        )
    with transaction.atomic():
        user = _user(name, password)
        row = StaffMember.objects.create(
            user=user,
            site=at,
            roles=sorted(role.value for role in roles),
            is_consultant=Role.CONSULTANT in roles,
            display_name=display_name.strip(),
        )
        remember(
            kind="staff-admitted",
            subject=subject_of(row),
            by=by,
            now=now,
            site=at,
            fields=["user", "roles"],
        )
    return row


def admit_woman(patient_id: UUID, *, name: str, by: Actor, now: datetime) -> Patient:
    """Return her, now able to come in by a one-time code and see her own record.

    She has no password; ``name`` is what the audit and the pages call her sign-in. Who comes in by
    a code for the first time gets one by herself, under her number. Raises ``NameTaken``, and
    ``SignInRefused`` when she has a sign-in or was erased.
    """
    access.check(by, Action.REGISTER)
    seen_by(by, "give her a sign-in", now=now).patients.get(pk=patient_id)
    with transaction.atomic():
        patient: Patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient_id)
        if patient.user_id is not None or patient.erased_at is not None:
            raise SignInRefused(
                f"patient/{patient.pk} has a sign-in already, or was erased. A woman has one, "
                "without a password: she comes in by a code."
            )
        patient.user = _user(name, None)
        patient.save(update_fields=["user"])
        remember(
            kind="sign-in-given",
            subject=subject_of(patient),
            by=by,
            now=now,
            site=patient.site,
            patient=patient,
            fields=["user"],
        )
    return patient


def _user(name: str, password: str | None) -> User:
    try:
        User.username_validator(name)
    except ValidationError as error:
        raise SignInRefused(
            "The sign-in was not made: its name may hold letters, digits and @ . + - _ only, and "
            "must not be empty. Choose another name."
        ) from error
    try:
        if password is not None:
            validate_password(password, User(username=name))
    except ValidationError as error:
        raise SignInRefused(
            f"The sign-in {name!r} was not made: {' '.join(error.messages)} Choose another "
            "password."
        ) from error
    if User.objects.filter(username=name).exists():
        raise NameTaken(
            f"The name {name!r} is taken. Each sign-in has its own name; choose another one."
        )
    return User.objects.create_user(name, password=password)
