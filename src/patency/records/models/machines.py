"""What X-ray machines say of what they did: their steps, and the dose they report."""

from django.db import models
from django.db.models import F, Q

from patency.core.matching import Told, disagreements
from patency.core.worklist import FINAL, IN_PROGRESS, STATES
from patency.records.models.base import OfPatient, choices, holds, one_of
from patency.records.models.images import ImageFile, expected_of
from patency.records.models.people import Patient
from patency.records.models.visit import Visit


class PerformedStep(OfPatient):
    """One procedure step as the machine that performed it told it (DICOM MPPS)."""

    uid = models.CharField(max_length=64)
    station = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=choices(*STATES), default=IN_PROGRESS)
    begun_at = models.DateTimeField()
    """When we heard of it; what the machine's own clock says is in ``says``."""
    ended_at = models.DateTimeField(null=True)
    told_number = models.CharField(max_length=64, blank=True, default="")
    told_name = models.CharField(max_length=200, blank=True, default="")
    told_birth_date = models.CharField(max_length=16, blank=True, default="")
    told_accession = models.CharField(max_length=64, blank=True, default="")
    study_uid = models.CharField(max_length=64, blank=True, default="")
    disagrees = models.JSONField(default=list)
    """Codes of what kept it from her visit; empty when nothing did."""
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, related_name="performed_steps"
    )
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, null=True, related_name="performed_steps"
    )
    dap_gy_cm2 = models.DecimalField(max_digits=10, decimal_places=4, null=True)
    fluoro_seconds = models.PositiveIntegerField(null=True)
    exposures = models.PositiveIntegerField(null=True)
    filed_at = models.DateTimeField(null=True)
    filed_by = models.CharField(max_length=150, blank=True, default="")
    """Who said whose it is, where the machine's words did not agree with one visit."""
    why = models.TextField(blank=True, default="")
    """Why a person filed it there although something disagreed."""
    says = models.JSONField(default=dict)
    """Every attribute as the machine set it, in the JSON model of PS3.18 annex F."""

    WOMAN = "patient"
    ERASED = {"told_name": "", "told_birth_date": "", "says": {}, "why": ""}

    class Meta:
        constraints = [
            one_of("state", STATES, "a_state_of_a_step_we_know"),
            models.UniqueConstraint(fields=["site", "uid"], name="one_row_per_step_of_a_site"),
            holds(
                Q(state=IN_PROGRESS, ended_at__isnull=True)
                | Q(state__in=sorted(FINAL), ended_at__gte=F("begun_at")),
                "a_step_has_an_end_when_it_is_over",
            ),
            holds(~Q(site=""), "a_step_has_a_site"),
        ]
        indexes = [models.Index(fields=["site", "-begun_at"], name="steps_of_machines")]

    def told(self) -> Told:
        """Return what the machine said of whom it was."""
        return Told(
            number=self.told_number,
            name=self.told_name,
            birth_date=self.told_birth_date,
            accession=self.told_accession,
            study_uid=self.study_uid,
        )

    def differs_from(self, visit: Visit) -> tuple[str, ...]:
        """Return what disagrees between this step and a visit, as codes."""
        return disagreements(self.told(), expected_of(visit))


class DoseReport(OfPatient):
    """The dose of one examination as the machine reported it (X-Ray Radiation Dose SR)."""

    image = models.OneToOneField(ImageFile, on_delete=models.PROTECT, related_name="dose_report")
    """The report itself, byte for byte."""
    read_at = models.DateTimeField()
    dap_gy_cm2 = models.DecimalField(max_digits=10, decimal_places=4, null=True)
    dose_rp_mgy = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    fluoro_seconds = models.PositiveIntegerField(null=True)
    frames = models.PositiveIntegerField(null=True)
    events = models.JSONField(default=list)
    """Each irradiation: what, when, how much, through what filter."""
    reference_gy_cm2 = models.FloatField()
    """The site's reference level when it was read."""
    faults = models.JSONField(default=list)
    """Codes of what could not be read or does not add up."""

    WOMAN = "image__patient"

    class Meta:
        constraints = [
            holds(Q(dap_gy_cm2__isnull=True) | Q(dap_gy_cm2__gte=0), "a_reported_dose_is_a_dose"),
        ]
        indexes = [models.Index(fields=["site", "-read_at"], name="dose_reports_of_a_site")]

    @property
    def is_above(self) -> bool:
        """Whether the dose is above the site's reference level."""
        return self.dap_gy_cm2 is not None and float(self.dap_gy_cm2) > self.reference_gy_cm2
