"""What was seen, what is said about it, and when she gets it."""

from typing import Any

from django.db import models
from django.db.models import Q

from patency.records.models.base import Kept, OfPatient, RowIsKept, Rows, choices, holds, one_of
from patency.records.models.images import ImageFile
from patency.records.models.visit import Visit

REPORT_STATUSES = ("draft", "signed", "amended")
STANDS = ("signed", "amended")


class Findings(OfPatient):
    """What a radiologist saw, part by part; the newest row counts."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="findings")
    tubes = models.JSONField(null=True)
    cavity = models.JSONField(null=True)
    spill = models.JSONField(null=True)
    quality = models.CharField(max_length=32, blank=True, default="")
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    ERASED = {"tubes": None, "cavity": None, "spill": None}


class FindingsDraft(Kept, OfPatient):
    """What stood in the report editor at one moment; nothing of it counts until it is kept."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="findings_drafts")
    number = models.PositiveIntegerField()
    typed = models.JSONField(null=True)
    """The fields as they stood, half told or wrong as they may be."""
    beside = models.BooleanField(default=False)
    """Whether it was saved beside a newer one of somebody else, and replaces nothing."""
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()

    ERASED = {"typed": None}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "number"], name="a_findings_draft_is_numbered")
        ]


class KeyImage(OfPatient):
    """One frame of her images that a reader chose for the report."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="key_images")
    image = models.ForeignKey(ImageFile, on_delete=models.PROTECT, related_name="key_images")
    run = models.PositiveSmallIntegerField()
    """The number of its run in the film when it was chosen, from 1."""
    frame = models.PositiveIntegerField()
    """From 1, as DICOM counts."""
    chosen_by = models.CharField(max_length=150)
    chosen_at = models.DateTimeField()
    removed_by = models.CharField(max_length=150, blank=True, default="")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "image", "frame"],
                condition=Q(removed_at__isnull=True),
                name="a_frame_is_a_key_image_once",
            ),
            holds(Q(run__gte=1) & Q(frame__gte=1), "runs_and_frames_count_from_one"),
        ]


class ReportRows(Rows):
    """Reports: a draft may change, a signed one is amended by a new version."""

    def update(self, **values: Any) -> int:
        if self.filter(status__in=STANDS).exists():
            raise RowIsKept(_SIGNED.format("A report"))
        return super().update(**values)

    def delete(self) -> Any:
        if self.filter(status__in=STANDS).exists():
            raise RowIsKept(_SIGNED.format("A report"))
        return super().delete()

    def mark_amended(self) -> int:
        """Say of signed versions that a newer one stands; nothing else of them changes."""
        return models.QuerySet.update(self.filter(status="signed"), status="amended")


_SIGNED = "{} that is signed is never edited or deleted; add a new version that says why."


class Report(OfPatient):
    """One version of the report."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="reports")
    version = models.PositiveSmallIntegerField()
    sections = models.JSONField(null=True)
    plain = models.JSONField(null=True)
    """The page in plain language."""
    status = models.CharField(max_length=8, choices=choices(*REPORT_STATUSES), default="draft")
    """draft, then signed; amended once a newer signed version stands."""
    signed_by = models.CharField(max_length=150, blank=True, default="")
    signed_at = models.DateTimeField(null=True)
    reason = models.TextField(null=True)
    previous = models.OneToOneField("self", on_delete=models.PROTECT, null=True)

    ERASED = {"sections": None, "plain": None}

    objects = ReportRows.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "version"], name="a_version_is_written_once"),
            models.UniqueConstraint(
                fields=["visit"], condition=Q(status="draft"), name="one_draft_per_visit"
            ),
            one_of("status", REPORT_STATUSES, "a_report_status_we_know"),
            holds(
                Q(status="draft") | (Q(signed_at__isnull=False) & ~Q(signed_by="")),
                "a_signed_report_has_a_signer_and_a_time",
            ),
            holds(
                Q(version=1, previous__isnull=True)
                | Q(version__gt=1, previous__isnull=False, reason__isnull=False),
                "an_amendment_names_its_reason_and_what_it_amends",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "status"], name="reports_of_a_site"),
            # Nearly all are signed, so their state tells a database little of how few are not.
            models.Index(fields=["site", "signed_at"], name="reports_by_signature"),
        ]

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> "Report":
        row = super().from_db(db, field_names, values)
        row._was = row.__dict__.get("status")
        return row

    _was: str | None = None

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._was in STANDS:
            raise RowIsKept(_SIGNED.format(f"Report {self.pk}"))
        super().save(*args, **kwargs)
        self._was = self.status

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        if self._was in STANDS:
            raise RowIsKept(_SIGNED.format(f"Report {self.pk}"))
        return super().delete(*args, **kwargs)


class CriticalFinding(OfPatient):
    """Something she must hear before the report is released."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="critical_findings")
    what = models.CharField(max_length=200)
    told_to = models.CharField(max_length=150, blank=True, default="")
    told_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    WOMAN = "report__visit__patient"
    ERASED = {"what": ""}

    class Meta:
        indexes = [
            models.Index(
                fields=["site", "due_at"],
                condition=Q(told_at__isnull=True),
                name="critical_findings_to_tell",
            )
        ]


class Release(OfPatient):
    """When the report may be fetched, and with what code."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="release")
    due_at = models.DateTimeField()
    held_reason = models.TextField(blank=True, default="")
    released_at = models.DateTimeField(null=True)
    code_hash = models.CharField(max_length=128, blank=True, default="")
    copies_left = models.PositiveSmallIntegerField(default=0)
    picked_up_at = models.DateTimeField(null=True)
    wrong_birth_dates = models.PositiveSmallIntegerField(default=0)
    """How often a wrong birth date was given with this code at the machine."""
    locked_at = models.DateTimeField(null=True)
    """Since when the code prints nothing, because of these; the desk gives a new one."""

    ERASED = {"held_reason": "", "code_hash": ""}

    class Meta:
        constraints = [
            holds(
                Q(picked_up_at__isnull=True) | Q(released_at__isnull=False),
                "a_report_is_picked_up_after_its_release",
            )
        ]
        indexes = [
            models.Index(
                fields=["site", "due_at"],
                condition=Q(released_at__isnull=True),
                name="reports_to_release",
            ),
            models.Index(fields=["site", "-released_at"], name="reports_released_last"),
        ]
