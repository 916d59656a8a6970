"""What the computer suggests of her images, and what a named reader made of each suggestion."""

from django.db import models

from patency.records.models.base import Kept, OfPatient, choices, holds, one_of
from patency.records.models.visit import Visit

WAITING, READ, ABSTAINED, FAILED = "waiting", "read", "abstained", "failed"
READING_STATES = (WAITING, READ, ABSTAINED, FAILED)
ACCEPTED, CORRECTED, REJECTED = "accepted", "corrected", "rejected"
OUTCOMES = (ACCEPTED, CORRECTED, REJECTED)


class DraftReading(OfPatient):
    """One reading of the images of a visit as they were filed then; a draft, never a finding."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="draft_readings")
    content = models.CharField(max_length=64)
    """The digest of what was read: the same images are read once."""
    state = models.CharField(max_length=9, choices=choices(*READING_STATES), default=WAITING)
    reason = models.CharField(max_length=64, blank=True, default="")
    """A code of why it failed, or why it could tell nothing."""
    reader_version = models.CharField(max_length=64, blank=True, default="")
    findings = models.JSONField(null=True)
    """What ``findings.json`` holds; its schema is in docs/reference."""
    files = models.JSONField(default=dict)
    """The digest of each picture and DICOM object in the image store, by its name."""
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    ERASED = {"findings": None, "files": {}}

    class Meta:
        constraints = [
            one_of("state", READING_STATES, "a_state_of_a_reading_we_know"),
            models.UniqueConstraint(fields=["visit", "content"], name="the_same_images_once"),
            holds(
                models.Q(state=WAITING) | models.Q(done_at__isnull=False),
                "a_reading_that_is_done_says_when",
            ),
        ]
        indexes = [models.Index(fields=["site", "state", "asked_at"], name="readings_that_wait")]


class Judgement(Kept, OfPatient):
    """What a named reader made of one suggestion; the newest of a part counts."""

    reading = models.ForeignKey(DraftReading, on_delete=models.PROTECT, related_name="judgements")
    about = models.CharField(max_length=8)
    """``right``, ``left``, ``cavity`` or ``leak``, by the sides of the draft."""
    hers = models.CharField(max_length=8)
    """The part of her it is about; other than ``about`` where the picture was the other way."""
    suggested = models.JSONField(null=True)
    readers_value = models.JSONField(null=True)
    stood_before = models.JSONField(null=True)
    """What the reader had picked of this part before judging."""
    outcome = models.CharField(max_length=9, choices=choices(*OUTCOMES))
    reader_version = models.CharField(max_length=64)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    WOMAN = "reading__visit__patient"
    ERASED = {"suggested": None, "readers_value": None, "stood_before": None}

    class Meta:
        constraints = [one_of("outcome", OUTCOMES, "an_outcome_of_a_suggestion_we_know")]
        indexes = [models.Index(fields=["site", "-made_at"], name="judgements_last")]
