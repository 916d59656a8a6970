"""What an administrator does about the sign-ins of a site: roles, taken away, given back, anew."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor, Role
from patency.records.browsers import end_all_of
from patency.records.ledger import remember, subject_of
from patency.records.models.followup import Task
from patency.records.models.people import StaffMember

LOCKED_OUT = "sign-in-locked"
TOLD_WITHIN = timedelta(hours=4)  # our choice: somebody may be trying to get in


class StaffingRefused(Exception):
    """Something that cannot be done with a sign-in."""


class OneselfOrTheLast(StaffingRefused):
    """Nobody takes away the own sign-in, and a site keeps one administrator who can sign in."""


class PasswordRefused(StaffingRefused):
    """The new password is too easy to guess."""


def staff(*, by: Actor, now: datetime) -> Sequence[StaffMember]:
    """Return the members of staff of the actor's site, in the order of their names."""
    access.check(by, Action.GIVE_SIGN_IN)
    rows = StaffMember.objects.filter(site=by.site).select_related("user")
    return list(rows.order_by("-user__is_active", "display_name"))


def member(staff_id: UUID, *, by: Actor, now: datetime) -> StaffMember:
    """Return one member of staff of the actor's site."""
    access.check(by, Action.GIVE_SIGN_IN)
    return _of_this_site(StaffMember.objects.select_related("user"), staff_id, by)


def has_second_factor(user_id: Any, *, by: Actor, now: datetime) -> bool:
    """Return whether a person has set up a second factor."""
    return bool(_factors(user_id).exclude(type="recovery_codes").exists())


def change_roles(
    staff_id: UUID, roles: Collection[Role], *, by: Actor, now: datetime
) -> StaffMember:
    """Return a member of staff with other roles."""
    access.check(by, Action.GIVE_SIGN_IN)
    if not roles:
        raise StaffingRefused(
            f"staffmember/{staff_id} keeps the roles there are: at least one is needed. Choose "
            "one, or take the sign-in away."
        )
    with transaction.atomic():
        row = _locked(staff_id, by)
        if Role.ADMINISTRATOR not in roles:
            _keep_one_administrator(row, by)
        row.roles = sorted(role.value for role in roles)
        row.is_consultant = Role.CONSULTANT in roles
        row.save(update_fields=["roles", "is_consultant"])
        _remember(row, "roles-changed", ["roles"], by=by, now=now)
    return row


def take_away(staff_id: UUID, *, by: Actor, now: datetime) -> StaffMember:
    """Return a member of staff who cannot sign in any more; what they did stays theirs."""
    access.check(by, Action.GIVE_SIGN_IN)
    with transaction.atomic():
        row = _locked(staff_id, by)
        _keep_one_administrator(row, by)
        User.objects.filter(pk=row.user_id).update(is_active=False)
        end_all_of(row.user_id)
        _remember(row, "sign-in-taken-away", ["user"], by=by, now=now)
    row.refresh_from_db()
    return row


def give_back(staff_id: UUID, *, by: Actor, now: datetime) -> StaffMember:
    """Return a member of staff who may sign in again, with the password there was."""
    access.check(by, Action.GIVE_SIGN_IN)
    with transaction.atomic():
        row = _locked(staff_id, by)
        User.objects.filter(pk=row.user_id).update(is_active=True)
        _remember(row, "sign-in-given-back", ["user"], by=by, now=now)
    row.refresh_from_db()
    return row


def new_password(staff_id: UUID, password: str, *, by: Actor, now: datetime) -> StaffMember:
    """Return a member of staff with a new password, signed out everywhere."""
    access.check(by, Action.GIVE_SIGN_IN)
    with transaction.atomic():
        row = _locked(staff_id, by)
        try:
            validate_password(password, row.user)
        except ValidationError as error:
            raise PasswordRefused(" ".join(error.messages)) from error
        row.user.set_password(password)
        row.user.save(update_fields=["password"])
        end_all_of(row.user_id)
        _remember(row, "password-given", ["user"], by=by, now=now)
    return row


def forget_second_factor(staff_id: UUID, *, by: Actor, now: datetime) -> StaffMember:
    """Return a member of staff who sets up a second factor anew at the next sign-in."""
    access.check(by, Action.GIVE_SIGN_IN)
    with transaction.atomic():
        row = _locked(staff_id, by)
        _factors(row.user_id).delete()
        end_all_of(row.user_id)
        _remember(row, "second-factor-forgotten", ["user"], by=by, now=now)
    return row


def note_locked_out(name: str, *, by: Actor, now: datetime) -> bool:
    """Return whether a site was told that one of its sign-ins was tried too often.

    A name that nobody has is nobody's: no task is opened, and whoever tried is told the same.
    """
    row = StaffMember.objects.filter(user__username__iexact=name.strip()).first()
    if row is None:
        return False
    with transaction.atomic():
        is_known = Task.objects.filter(
            site=row.site, kind=LOCKED_OUT, why=row.user.username, done_at=None
        ).exists()
        if not is_known:
            Task.objects.create(
                site=row.site,
                kind=LOCKED_OUT,
                urgency="C",
                why=row.user.username,
                opened_at=now,
                due_at=now + TOLD_WITHIN,
            )
        _remember(row, LOCKED_OUT, ["task"], by=by, now=now)
    return not is_known


def note_proof(user_id: Any, kind: str, *, by: Actor, now: datetime) -> None:
    """Write into the audit what a person changed about the own ways in, by a short code."""
    row = StaffMember.objects.filter(user_id=user_id).first()
    with transaction.atomic():
        remember(
            kind=kind,
            subject=subject_of(row) if row is not None else f"user/{user_id}",
            by=by,
            now=now,
            site=by.site,
            patient=by.patient_id,
            fields=["user"],
        )


def _locked(staff_id: UUID, by: Actor) -> StaffMember:
    return _of_this_site(StaffMember.objects.select_for_update(of=("self",)), staff_id, by)


def _of_this_site(rows: Any, staff_id: UUID, by: Actor) -> StaffMember:
    row: StaffMember | None = rows.filter(site=by.site, pk=staff_id).first()
    if row is None:
        raise StaffMember.DoesNotExist(
            f"There is no staff member {staff_id} at {by.site} that {by.name} may see. Open one "
            "from the list of your own site."
        )
    return row


def _keep_one_administrator(row: StaffMember, by: Actor) -> None:
    others = [
        other
        for other in StaffMember.objects.filter(site=row.site, user__is_active=True)
        if Role.ADMINISTRATOR.value in other.roles and other.pk != row.pk
    ]
    is_last = Role.ADMINISTRATOR.value in row.roles and not others
    if is_last or row.user.get_username() == by.name:
        raise OneselfOrTheLast(
            f"staffmember/{row.pk} keeps what it has: nobody takes this from themselves, and "
            f"{row.site} keeps at least one administrator who can sign in. Let another "
            "administrator do it."
        )


def _factors(user_id: Any) -> Any:
    return apps.get_model("mfa", "Authenticator").objects.filter(user_id=user_id)


def _remember(
    row: StaffMember, kind: str, fields: Collection[str], *, by: Actor, now: datetime
) -> None:
    remember(kind=kind, subject=subject_of(row), by=by, now=now, site=row.site, fields=fields)
