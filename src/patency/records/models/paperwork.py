"""What she signed."""

from django.db import models

from patency.records.models.base import OfPatient
from patency.records.models.visit import Visit


class Consent(OfPatient):
    """Her written consent, with the rates she was shown; the newest row counts."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="consents")
    text_version = models.CharField(max_length=64)
    rates_shown = models.JSONField(default=dict)
    chaperone = models.BooleanField()
    interpreter_language = models.CharField(max_length=16, blank=True, default="")
    operator_sex_wish = models.CharField(max_length=16, blank=True, default="")
    signed_at = models.DateTimeField()
    signed_name = models.CharField(max_length=250, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    ERASED = {"signed_name": ""}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_consent_per_visit",
            )
        ]


class ApplicationForm(OfPatient):
    """The request for the examination, made when every gate is passed."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="application_form")
    number = models.CharField(max_length=32, unique=True)
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=150)
