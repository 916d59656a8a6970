"""Who works here, and who the women are."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower, Replace, Right

from patency.core.access import Actor, Role
from patency.records.models.base import Kept, OfPatient, Row, choices, holds, one_of

CHANNELS = ("sms", "email", "post", "phone")
PHONE_END = 8  # digits by which a number is looked up; core.contact compares the whole of it
# What a person may be given; a woman signs in as herself, and jobs do not sign in.
GIVEN = frozenset(Role) - {Role.PATIENT, Role.SYSTEM}


class UnknownRole(ValueError):
    """A member of staff was to be something nobody can be."""


class StaffMember(Row):
    """What a person who signs in is, and where."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_member"
    )
    site = models.SlugField(max_length=64)
    roles = models.JSONField(default=list)
    is_consultant = models.BooleanField(default=False)
    display_name = models.CharField(max_length=120)
    language = models.CharField(max_length=16, blank=True, default="")
    """The language of the pages this person chose; empty before that."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        if unknown := sorted(set(self.roles) - GIVEN):
            raise UnknownRole(
                f"Staff member {self.pk} was to be {', '.join(unknown)}; a person may be "
                f"{', '.join(sorted(GIVEN))}. Give one or more of these."
            )
        super().save(*args, **kwargs)

    def as_actor(self) -> Actor:
        """Return this person as someone who acts, under the sign-in name."""
        roles = {Role(role) for role in self.roles}
        if self.is_consultant:
            roles.add(Role.CONSULTANT)
        return Actor(name=self.user.get_username(), site=self.site, roles=frozenset(roles))


def known_as(sign_in: str, site: str) -> str:
    """Return a member of staff as patients know them; the sign-in name where nobody has it."""
    found = StaffMember.objects.filter(site=site, user__username=sign_in).first()
    return found.display_name if found else sign_in


def last_digits(phone: Any) -> Any:
    """Return the last digits of a number as the database works them out, without its signs."""
    for sign in " -().+/":
        phone = Replace(phone, Value(sign), Value(""))
    return Right(phone, PHONE_END)


class Patient(Row):
    """One woman at one site; every other row about her hangs on this one."""

    number = models.CharField(max_length=16, unique=True)
    """Our own identifier (core.identifiers), never a national one."""
    site = models.SlugField(max_length=64)
    campus = models.CharField(max_length=64, blank=True, default="")
    family_name = models.CharField(max_length=120, blank=True)
    given_name = models.CharField(max_length=120, blank=True)
    birth_date = models.DateField(null=True)
    phone = models.CharField(max_length=40, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    language = models.CharField(max_length=16)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="patient"
    )
    registered_at = models.DateTimeField()
    registered_herself = models.BooleanField(default=False)
    """She did so, and nobody has looked at her card yet: who she is, is checked when she comes."""
    phone_end = models.GeneratedField(
        expression=last_digits(F("phone")),
        output_field=models.CharField(max_length=PHONE_END),
        db_persist=True,
        editable=False,
    )
    """The last digits of her number, by which it is looked up however it was written."""
    email_key = models.GeneratedField(
        expression=Lower("email"),
        output_field=models.CharField(max_length=254),
        db_persist=True,
        editable=False,
    )
    erased_at = models.DateTimeField(null=True)

    WOMAN: ClassVar[str] = ""
    ERASED = {
        "family_name": "",
        "given_name": "",
        "birth_date": None,
        "phone": "",
        "email": "",
        "user": None,
    }

    class Meta:
        constraints = [
            holds(
                Q(erased_at__isnull=False) | Q(birth_date__isnull=False),
                "a_patient_has_a_birth_date_until_erased",
            ),
            holds(~Q(site=""), "a_patient_has_a_site"),
        ]
        indexes = [
            models.Index(fields=["site", "family_name"], name="patients_of_a_site"),
            models.Index(fields=["phone_end"], name="patients_by_phone"),
            models.Index(fields=["email_key"], name="patients_by_mail"),
        ]

    def as_actor(self) -> Actor:
        """Return her as someone who acts for herself, under her number."""
        return Actor(
            name=self.number,
            site=self.site,
            roles=frozenset({Role.PATIENT}),
            patient_id=self.pk,
        )


class ChannelConsent(Kept, OfPatient):
    """Whether she may be written to by one channel; the newest row counts."""

    # In the order they were told, also within one moment.
    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    channel = models.CharField(max_length=8, choices=choices(*CHANNELS))
    given = models.BooleanField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    WOMAN = "patient"

    class Meta:
        constraints = [one_of("channel", CHANNELS, "a_channel_we_know")]
        indexes = [
            models.Index(fields=["patient", "channel", "-id"], name="newest_channel_consent")
        ]
