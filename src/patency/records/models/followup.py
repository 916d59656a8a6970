"""The weeks after an examination: diary, tasks, pregnancy, referral."""

from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from patency.records.models.base import OfPatient, choices, holds, one_of
from patency.records.models.people import Patient
from patency.records.models.visit import Decision, Visit

FOLLOW_UP_STATES = ("open", "closed", "lost")
URGENCIES = ("E", "U", "C", "S")
CONFIRM_CONTACT = "confirm-contact"
"""The kind of a task of a whole site: to confirm where a campus is and how to ask there."""
REFERRED_TO = ("gynaecology", "endocrine", "andrology", "reproductive")


class FollowUp(OfPatient):
    """The episode after an exam; its own, so that a repeat exam can begin meanwhile."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="follow_up")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="follow_ups")
    exam_day = models.DateField()
    state = models.CharField(max_length=8, choices=choices(*FOLLOW_UP_STATES), default="open")
    plan = models.JSONField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    WOMAN = "patient"
    ERASED = {"plan": None}

    class Meta:
        constraints = [
            one_of("state", FOLLOW_UP_STATES, "a_follow_up_state_we_know"),
            holds(
                Q(state="open", closed_at__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                "a_follow_up_is_closed_when_it_is_over",
            ),
        ]
        indexes = [models.Index(fields=["site", "state", "exam_day"], name="follow_ups_of_a_site")]


class DiaryEntry(OfPatient):
    """What she told us on one day; day 0 is the exam day."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="diary")
    day = models.PositiveSmallIntegerField()
    entry = models.JSONField(null=True)
    free_text = models.TextField(null=True)
    urgency = models.CharField(max_length=1, choices=choices(*URGENCIES))
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True)
    at = models.DateTimeField()

    WOMAN = "follow_up__patient"
    ERASED = {"entry": None, "free_text": None}

    class Meta:
        constraints = [
            holds(Q(day__lte=14), "a_diary_day_is_0_to_14"),
            one_of("urgency", URGENCIES, "a_diary_urgency_we_know"),
        ]


class Task(OfPatient):
    """Something a person must do by a time; E and U repeat until someone acknowledges."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="tasks")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="tasks")
    follow_up = models.ForeignKey(
        FollowUp, on_delete=models.PROTECT, null=True, related_name="tasks"
    )
    kind = models.CharField(max_length=40)
    urgency = models.CharField(max_length=1, choices=choices(*URGENCIES))
    why = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    last_alarm_at = models.DateTimeField(null=True)
    climbed = models.PositiveSmallIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True, default="")
    done_at = models.DateTimeField(null=True)
    done_note = models.TextField(blank=True, default="")

    WOMAN = "patient"
    ERASED = {"why": "", "done_note": ""}

    class Meta:
        constraints = [
            one_of("urgency", URGENCIES, "a_tasks_urgency_we_know"),
            holds(
                Q(acknowledged_at__isnull=True) | ~Q(acknowledged_by=""),
                "a_task_is_acknowledged_by_someone",
            ),
            holds(~Q(site=""), "a_task_has_a_site"),
            models.UniqueConstraint(
                fields=["site", "why"],
                condition=Q(kind=CONFIRM_CONTACT, done_at__isnull=True),
                name="one_open_task_per_contact_to_confirm",
            ),
        ]
        indexes = [models.Index(fields=["site", "done_at", "due_at"], name="tasks_to_do")]


class PregnancyEpisode(OfPatient):
    """From a positive test to its outcome."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="pregnancies")
    test_on = models.DateField()
    state = models.CharField(max_length=32)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=64, null=True)

    WOMAN = "follow_up__patient"
    ERASED = {"outcome": None}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["follow_up"],
                condition=Q(closed_at__isnull=True),
                name="one_open_pregnancy_per_follow_up",
            )
        ]
        indexes = [
            models.Index(
                fields=["site", "opened_at"],
                condition=Q(closed_at__isnull=True),
                name="pregnancies_followed",
            )
        ]


class HcgSample(OfPatient):
    """One serum hCG."""

    episode = models.ForeignKey(PregnancyEpisode, on_delete=models.PROTECT, related_name="samples")
    taken_at = models.DateTimeField()
    iu_per_l = models.DecimalField(max_digits=10, decimal_places=2)

    WOMAN = "episode__follow_up__patient"
    IS_ONLY_A_FACT = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["episode", "taken_at"], name="one_sample_at_a_time"),
            holds(Q(iu_per_l__gte=0), "an_hcg_is_not_negative"),
        ]


class Referral(OfPatient):
    """She was sent to another clinic, and an answer is awaited."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="referrals")
    to = models.CharField(max_length=16, choices=choices(*REFERRED_TO))
    why = models.JSONField(default=list)
    """Rule ids and codes."""
    made_at = models.DateTimeField()
    answer_due = models.DateField()
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")

    WOMAN = "follow_up__patient"
    ERASED = {"answer": ""}

    class Meta:
        constraints = [
            one_of("to", REFERRED_TO, "a_clinic_we_refer_to"),
            holds(
                Q(answered_at__isnull=True) | Q(answered_at__gte=F("made_at")),
                "a_referral_is_answered_after_it_is_made",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "answer_due"],
                condition=Q(answered_at__isnull=True),
                name="referrals_not_answered",
            )
        ]


def with_last_entry(follow_ups: "QuerySet[FollowUp]") -> "QuerySet[FollowUp]":
    """Return the follow-ups with the day of their newest diary entry as ``written``.

    Asked for each of the few that are shown; a join would count the diaries of all.
    """
    newest = DiaryEntry.objects.filter(follow_up=OuterRef("pk")).order_by("-day")
    return follow_ups.annotate(written=Subquery(newest.values("day")[:1]))
