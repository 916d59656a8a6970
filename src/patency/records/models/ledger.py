"""What happened, who did or saw it, and what the law keeps."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from patency.records.models.base import Kept, Row, holds
from patency.records.models.people import Patient


class Event(Kept):
    """Something happened; the outbox from which jobs are made. Ids only, never a name or value."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=80)
    """Such as "visit/<uuid>"."""
    site = models.SlugField(max_length=64)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    handled_at = models.DateTimeField(null=True)

    MAY_CHANGE = frozenset({"handled_at"})

    class Meta:
        constraints = [holds(~Q(site=""), "an_event_has_a_site")]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(handled_at__isnull=True), name="events_to_handle"
            ),
            models.Index(fields=["subject"], name="events_of_a_subject"),
        ]


class Audit(Kept):
    """Who did or saw what, when and why."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    actor_role = models.CharField(max_length=200)
    site = models.SlugField(max_length=64)
    action = models.CharField(max_length=64)
    """The kind of the event, or "read"."""
    subject = models.CharField(max_length=80)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, related_name="audit_rows"
    )
    why = models.CharField(max_length=200, blank=True)
    what = models.JSONField(default=list)
    """Names of fields or kinds of rows, never their values."""

    WOMAN: ClassVar[str] = "patient"

    class Meta:
        constraints = [holds(~Q(site=""), "an_audit_row_has_a_site")]
        indexes = [
            models.Index(fields=["patient", "-id"], name="audit_of_a_patient"),
            models.Index(fields=["site", "actor", "-id"], name="audit_by_who"),
            models.Index(fields=["site", "action", "-id"], name="audit_by_what"),
            models.Index(fields=["site", "at"], name="audit_by_when"),
        ]


class Retention(Row):
    """What may not be erased before a day, and which law says so."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="retentions")
    what = models.CharField(max_length=64)
    """A table's name, such as "Report"."""
    law = models.CharField(max_length=200)
    ends_on = models.DateField()
    site = models.SlugField(max_length=64)

    WOMAN: ClassVar[str] = "patient"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "what", "law"], name="a_law_keeps_a_thing_once"
            )
        ]
