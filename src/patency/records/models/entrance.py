"""The ways in: one-time codes, who is signed in where, and how often something was tried."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from patency.records.models.base import Kept, OfPatient, Row, choices, holds, one_of
from patency.records.models.people import Patient

PURPOSES = ("sign-in", "register")


class OneTimeCode(Row):
    """One code for one phone number or mail address; of the code itself only a keyed hash is kept.

    A row is made whether or not anybody here has that contact, so that both look the same.
    """

    purpose = models.CharField(max_length=8, choices=choices(*PURPOSES))
    contact = models.CharField(max_length=254)
    """The number or address as it was typed, in its plain form; gone with the row a day later."""
    site = models.SlugField(max_length=64)
    language = models.CharField(max_length=16)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    code_hash = models.CharField(max_length=64, blank=True, default="")
    """Empty until it was sent, and where nobody has the contact."""
    tries_left = models.PositiveSmallIntegerField()
    used_at = models.DateTimeField(null=True)
    """When the right code was typed."""
    ended_at = models.DateTimeField(null=True)
    """When it was over: used, tried too often, or followed by another one."""
    spent_at = models.DateTimeField(null=True)
    """When what it proved was made use of, which is possible once."""

    class Meta:
        constraints = [
            one_of("purpose", PURPOSES, "a_code_for_a_purpose_we_know"),
            models.UniqueConstraint(
                fields=["purpose", "contact"],
                condition=Q(ended_at__isnull=True),
                name="one_live_code_per_contact",
            ),
            holds(Q(expires_at__gt=F("asked_at")), "a_code_ends_after_it_was_asked_for"),
        ]
        indexes = [models.Index(fields=["asked_at"], name="old_codes")]


class SignedIn(Row):
    """One browser in which somebody is signed in, so that it can be listed and ended elsewhere."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="signed_in"
    )
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=60)
    """The browser and the machine in words, such as "Firefox, Windows"; no address is kept."""
    own_phone = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "-seen_at"], name="where_one_is_signed_in")]


class Tally(Row):
    """How often one thing was tried by one name, contact or address within a while."""

    what = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    """A keyed hash: neither a name, a number nor an address can be read from it."""
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "key"], name="one_tally_of_a_kind")]
        indexes = [models.Index(fields=["ends_at"], name="old_tallies")]


class DataConsent(Kept, OfPatient):
    """She agreed that the clinic keeps and uses her data, in the words of one version."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="data_consents")
    version = models.CharField(max_length=32)
    """The version of the text she read (core.privacy)."""
    language = models.CharField(max_length=16)
    way = models.CharField(max_length=16)
    """``online`` by herself, or ``desk``."""
    given = models.BooleanField(default=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    WOMAN = "patient"
