"""What was done on the day, and what was watched and given afterwards."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from patency.core.exam import STEPS
from patency.records.models.base import OfPatient, choices, holds, one_of
from patency.records.models.visit import Visit

EXAM_OUTCOMES = ("completed", "abandoned", "non_diagnostic")
MEDIA_USED = ("water", "oil")
ANTIBIOTIC_POLICIES = ("targeted", "universal")


class ExamRecord(OfPatient):
    """One examination as it was done."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="exam_record")
    station = models.CharField(max_length=64, blank=True, default="")
    device = models.CharField(max_length=120)
    seal = models.CharField(max_length=120)
    medium = models.CharField(max_length=8, choices=choices(*MEDIA_USED), blank=True, default="")
    agent = models.CharField(max_length=120, blank=True, default="")
    lot = models.CharField(max_length=64, blank=True, default="")
    iodine_mg_per_ml = models.PositiveSmallIntegerField(null=True)
    increments = models.JSONField(default=list)
    """Millilitres of each injection, in order."""
    total_ml = models.DecimalField(max_digits=6, decimal_places=2)
    key_images = models.JSONField(default=list)
    """Which of the four key images there are, and where."""
    leak = models.BooleanField(default=False)
    intravasation_grade = models.PositiveSmallIntegerField(default=0)
    events = models.JSONField(default=list)
    pain_score = models.PositiveSmallIntegerField(null=True)
    relief_offered = models.BooleanField(default=False)
    anaesthesia = models.CharField(max_length=64, default="none")
    stopped_early = models.BooleanField(default=False)
    stop_reason = models.TextField(blank=True, default="")
    dap_gy_cm2 = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    fluoro_seconds = models.PositiveIntegerField(null=True)
    operator = models.CharField(max_length=150)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    live_imaging = models.BooleanField(default=True)
    outcome = models.CharField(max_length=16, choices=choices(*EXAM_OUTCOMES))

    ERASED = {"stop_reason": "", "events": [], "pain_score": None}

    class Meta:
        constraints = [
            one_of("outcome", EXAM_OUTCOMES, "an_exam_outcome_we_know"),
            one_of("medium", ("", *MEDIA_USED), "a_medium_used_we_know"),
            holds(Q(total_ml__gte=0), "a_volume_is_not_negative"),
            holds(Q(intravasation_grade__lte=3), "an_intravasation_grade_is_0_to_3"),
            holds(Q(pain_score__isnull=True) | Q(pain_score__lte=10), "a_pain_score_is_0_to_10"),
            holds(Q(ended_at__gte=F("started_at")), "an_exam_ends_after_its_start"),
            holds(Q(dap_gy_cm2__isnull=True) | Q(dap_gy_cm2__gte=0), "a_dose_is_not_negative"),
        ]
        indexes = [models.Index(fields=["site", "-started_at"], name="exams_of_a_site")]


class Observation(OfPatient):
    """She is watched before she leaves; the service is the gate."""

    exam = models.OneToOneField(ExamRecord, on_delete=models.PROTECT, related_name="observation")
    started_at = models.DateTimeField()
    minutes_due = models.PositiveSmallIntegerField()
    checks = models.JSONField(default=list)
    left_at = models.DateTimeField(null=True)

    WOMAN = "exam__visit__patient"
    ERASED = {"checks": []}

    class Meta:
        constraints = [
            holds(Q(minutes_due__gt=0), "an_observation_takes_time"),
            holds(
                Q(left_at__isnull=True) | Q(left_at__gte=F("started_at")),
                "she_leaves_after_the_observation_began",
            ),
        ]


class AntibioticChoice(OfPatient):
    """Whether antibiotics were given, why, and by whom."""

    exam = models.OneToOneField(
        ExamRecord, on_delete=models.PROTECT, related_name="antibiotic_choice"
    )
    give = models.BooleanField()
    policy = models.CharField(max_length=12, choices=choices(*ANTIBIOTIC_POLICIES))
    indication = models.CharField(max_length=120, blank=True, default="")
    allergy_checked = models.BooleanField()
    pregnancy_checked = models.BooleanField()
    prescriber = models.CharField(max_length=150)
    drug = models.CharField(max_length=120, blank=True, default="")
    dose = models.CharField(max_length=120, blank=True, default="")
    days = models.PositiveSmallIntegerField(null=True)
    at = models.DateTimeField()

    WOMAN = "exam__visit__patient"
    ERASED = {"indication": ""}

    class Meta:
        constraints = [
            one_of("policy", ANTIBIOTIC_POLICIES, "an_antibiotic_policy_we_know"),
            holds(
                Q(give=False)
                | (
                    Q(allergy_checked=True, pregnancy_checked=True, days__gt=0)
                    & ~Q(prescriber="")
                    & ~Q(drug="")
                ),
                "antibiotics_are_given_after_both_checks_by_a_named_prescriber",
            ),
        ]


class DoseFollowUp(OfPatient):
    """Whether she took the doses of one day."""

    choice = models.ForeignKey(AntibioticChoice, on_delete=models.PROTECT, related_name="doses")
    due_on = models.DateField()
    taken = models.BooleanField(null=True)
    told_at = models.DateTimeField(null=True)

    WOMAN = "choice__exam__visit__patient"
    ERASED = {"taken": None}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["choice", "due_on"], name="one_dose_row_per_day")
        ]


class ExamStep(OfPatient):
    """One thing done, seen or said in the examination room, written down at that moment."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="exam_steps")
    kind = models.CharField(max_length=24, choices=choices(*STEPS))
    value = models.FloatField(null=True)
    """In the unit its kind has: mL, mmHg, points of pain, a grade, the number of an image."""
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True, default="")

    IS_ONLY_A_FACT = True

    class Meta:
        constraints = [one_of("kind", STEPS, "an_exam_step_we_know")]
        indexes = [models.Index(fields=["visit", "id"], name="steps_of_an_exam")]


def with_an_exam(visits: "QuerySet[Visit]") -> "QuerySet[Visit]":
    """Return those of the visits that have an examination, looked up visit by visit.

    Every visit that is over has one: a join would begin with all of them.
    """
    return visits.filter(Exists(ExamRecord.objects.filter(visit=OuterRef("pk"))))
