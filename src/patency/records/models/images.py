"""Image files as they came: kept byte for byte, filed with a visit or waiting for a person."""

from django.db import models
from django.db.models import F, Q

from patency.core.matching import NO_HEADER, Expected, Told, disagreements
from patency.records.models.base import OfPatient, choices, holds, one_of
from patency.records.models.people import Patient
from patency.records.models.visit import Visit

QUARANTINED, FILED = "quarantined", "filed"
IMAGE_STATES = (QUARANTINED, FILED)


class ImageFile(OfPatient):
    """One file; its bytes lie in the image store under their own digest and never change."""

    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.CharField(max_length=200, blank=True, default="")
    """What the file was called; it may hold a name, so erasure takes it."""
    is_dicom = models.BooleanField(default=False)
    arrived_at = models.DateTimeField()
    arrived_by = models.CharField(max_length=150)
    """Who handed it over: a sign-in name, or the machine that sent it."""

    # What its header says, as it says it.
    told_number = models.CharField(max_length=64, blank=True, default="")
    told_name = models.CharField(max_length=200, blank=True, default="")
    told_birth_date = models.CharField(max_length=16, blank=True, default="")
    told_accession = models.CharField(max_length=64, blank=True, default="")
    study_uid = models.CharField(max_length=64, blank=True, default="")
    image_uid = models.CharField(max_length=64, blank=True, default="")
    series_uid = models.CharField(max_length=64, blank=True, default="")
    sop_class = models.CharField(max_length=64, blank=True, default="")
    transfer_syntax = models.CharField(max_length=64, blank=True, default="")
    modality = models.CharField(max_length=16, blank=True, default="")
    says = models.JSONField(default=dict)
    """More of the header, by DICOM keyword, for whoever asks what is stored."""

    state = models.CharField(max_length=12, choices=choices(*IMAGE_STATES), default=QUARANTINED)
    disagrees = models.JSONField(default=list)
    """Codes of what kept it from being filed by itself; empty when nothing did."""
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, related_name="image_files"
    )
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, null=True, related_name="image_files"
    )
    filed_at = models.DateTimeField(null=True)
    filed_by = models.CharField(max_length=150, blank=True, default="")
    why = models.TextField(blank=True, default="")
    """Why a person filed it there although something disagreed."""

    WOMAN = "patient"
    ERASED = {"name": "", "told_name": "", "told_birth_date": "", "says": {}, "why": ""}

    class Meta:
        constraints = [
            one_of("state", IMAGE_STATES, "a_state_of_an_image_we_know"),
            models.UniqueConstraint(fields=["site", "sha256"], name="one_row_per_file_of_a_site"),
            holds(
                Q(state=QUARANTINED, visit__isnull=True, patient__isnull=True)
                | Q(state=FILED, visit__isnull=False, patient__isnull=False),
                "a_filed_image_has_a_visit_and_a_woman",
            ),
            holds(
                Q(filed_at__isnull=True) | Q(filed_at__gte=F("arrived_at")),
                "an_image_is_filed_after_it_came",
            ),
            holds(~Q(site=""), "an_image_has_a_site"),
        ]
        indexes = [
            models.Index(fields=["site", "state", "arrived_at"], name="images_to_file"),
            models.Index(fields=["site", "state", "-filed_at"], name="images_filed_last"),
            models.Index(fields=["site", "image_uid"], name="images_by_uid"),
            models.Index(fields=["site", "study_uid"], name="images_of_a_study"),
        ]

    def told(self) -> Told:
        """Return what the header of the file said."""
        return Told(
            number=self.told_number,
            name=self.told_name,
            birth_date=self.told_birth_date,
            accession=self.told_accession,
            study_uid=self.study_uid,
            image_uid=self.image_uid,
        )

    def differs_from(self, visit: Visit) -> tuple[str, ...]:
        """Return what disagrees between this file and a visit, as codes."""
        return disagreements(self.told(), expected_of(visit)) if self.is_dicom else (NO_HEADER,)


def expected_of(visit: Visit) -> Expected:
    """Return what the header of an image of a visit should say."""
    return Expected(visit.pk, visit.patient.number, visit.patient.birth_date)
