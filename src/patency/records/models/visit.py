"""One journey to one examination: how far it has come, what was told, decided and found."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from patency.core.visit import FINAL, VisitState, move
from patency.records.models.base import Kept, OfPatient, OtherSite, choices, holds, one_of
from patency.records.models.people import Patient

MEDIA = ("water", "oil", "no_preference")
PERIOD_KINDS = ("natural", "withdrawal")
TESTS = ("leucorrhoea", "chlamydia", "pregnancy_urine", "hcg_serum", "tsh", "ft4")
VERDICTS = ("passed", "failed", "unclear")


class Visit(OfPatient):
    """One woman's journey to one examination."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits")
    campus = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(
        max_length=16, choices=choices(*VisitState), default=VisitState.REGISTERED.value
    )
    medium_wanted = models.CharField(
        max_length=16, choices=choices(*MEDIA), default="no_preference"
    )
    indication = models.CharField(max_length=64, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    WOMAN = "patient"
    ERASED = {"indication": ""}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=~Q(state__in=sorted(FINAL)),
                name="one_open_visit_per_patient",
            ),
            one_of("state", VisitState, "a_visit_state_we_know"),
            one_of("medium_wanted", MEDIA, "a_medium_we_know"),
            holds(
                Q(state__in=sorted(FINAL), closed_at__isnull=False)
                | (~Q(state__in=sorted(FINAL)) & Q(closed_at__isnull=True)),
                "a_visit_is_closed_when_it_is_over",
            ),
        ]
        indexes = [models.Index(fields=["site", "state"], name="visits_of_a_site")]

    def advance(self, to: VisitState, *, now: datetime) -> None:
        """Move this visit on and save it; raises ``MoveNotAllowed`` where no way leads."""
        self.state = move(VisitState(self.state), to).value
        self.closed_at = now if to in FINAL else None
        self.save(update_fields=["state", "closed_at"])


def lock(visit: Visit) -> Visit:
    """Return the visit as it stands now, held until the transaction ends.

    On SQLite the transaction itself is the lock: it begins IMMEDIATE, one writer at a time.
    """
    return Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)


class Period(OfPatient):
    """A bleed she told us of; calendar days where she lives."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="periods")
    start = models.DateField()
    bleeding_ended = models.DateField(null=True)
    """The last day of bleeding."""
    normal = models.BooleanField(null=True)
    kind = models.CharField(max_length=12, choices=choices(*PERIOD_KINDS), default="natural")
    told_at = models.DateTimeField()

    WOMAN = "patient"
    ERASED = {"bleeding_ended": None, "normal": None}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "start"], name="a_period_is_told_once"),
            holds(
                Q(bleeding_ended__isnull=True) | Q(bleeding_ended__gte=F("start")),
                "bleeding_ends_on_or_after_its_start",
            ),
            one_of("kind", PERIOD_KINDS, "a_kind_of_period_we_know"),
        ]


class Answer(Kept, OfPatient):
    """What someone told us about one fact; the newest row of a fact counts."""

    # In the order they were told, also within one moment.
    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="answers")
    follow_up = models.ForeignKey(
        "records.FollowUp", on_delete=models.PROTECT, null=True, related_name="answers"
    )
    fact = models.CharField(max_length=80)
    value = models.JSONField(null=True)
    """As ``facts_on.to_json`` writes it; null takes back what was said before."""
    told_by = models.CharField(max_length=150)
    told_at = models.DateTimeField()
    day = models.DateField(null=True)
    """The one day it is true of; null when it lasts."""

    ERASED = {"value": None}

    class Meta:
        indexes = [models.Index(fields=["visit", "fact", "-id"], name="newest_answer_of_a_fact")]


class Decision(Kept, OfPatient):
    """What the protocol said, with everything needed to ask it again years later."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="decisions")
    follow_up = models.ForeignKey(
        "records.FollowUp", on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    stage = models.CharField(max_length=16)
    protocol = models.CharField(max_length=64)
    site_parameters = models.JSONField(default=dict)
    facts = models.JSONField(null=True)
    outcome = models.CharField(max_length=16)
    may_proceed = models.BooleanField()
    urgency = models.CharField(max_length=1, blank=True, default="")
    rule_ids = models.JSONField(default=list)
    unsettled = models.JSONField(default=list)
    questions = models.JSONField(default=list)
    shown = models.JSONField(null=True)
    """The words as she and the staff saw them."""
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    erased_at = models.DateTimeField(null=True)

    ERASED = {"facts": None, "shown": None}

    class Meta:
        constraints = [one_of("urgency", ("", "E", "U", "C", "S"), "a_decisions_urgency_we_know")]
        indexes = [
            models.Index(fields=["visit", "stage", "-made_at"], name="newest_decision"),
            models.Index(fields=["site", "made_at"], name="decisions_of_a_site"),
        ]


class Override(Kept, OfPatient):
    """A clinician went another way on one rule; the decision stays as it was."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="overrides")
    rule_id = models.CharField(max_length=80)
    reason = models.TextField()
    by_name = models.CharField(max_length=150)
    by_role = models.CharField(max_length=120)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    WOMAN = "decision__visit__patient"
    ERASED = {"reason": ""}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "rule_id"], name="a_rule_is_overridden_once_per_decision"
            ),
            holds(
                ~Q(reason="") | Q(erased_at__isnull=False), "an_override_has_a_reason_until_erased"
            ),
        ]


class Hold(OfPatient):
    """The journey stands still until what is wrong has been seen to."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="holds")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="holds")
    rule_ids = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(released_at__isnull=True),
                name="one_open_hold_per_visit",
            ),
            holds(
                Q(released_at__isnull=True) | Q(released_at__gte=F("opened_at")),
                "a_hold_is_released_after_it_began",
            ),
        ]


class TestResult(OfPatient):
    """What a test found, part by part."""

    __test__: ClassVar[bool] = False  # pytest would take the name for a test

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="test_results")
    kind = models.CharField(max_length=16, choices=choices(*TESTS))
    parts = models.JSONField(null=True)
    """Fact name to value, as the protocol names them: {"leucorrhoea_cleanliness": "II", …}."""
    day = models.DateField()
    """The site's calendar day on which it was taken."""
    taken_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    lot = models.CharField(max_length=64, blank=True, default="")
    verdict = models.CharField(max_length=8, choices=choices(*VERDICTS), null=True)
    entered_by = models.CharField(max_length=150)

    ERASED = {"parts": None}

    class Meta:
        constraints = [
            one_of("kind", TESTS, "a_test_we_know"),
            holds(
                Q(verdict__isnull=True) | Q(verdict__in=sorted(VERDICTS)), "a_test_verdict_we_know"
            ),
            holds(
                Q(read_at__isnull=True) | Q(read_at__gte=F("taken_at")),
                "a_test_is_read_after_it_is_taken",
            ),
        ]
        indexes = [models.Index(fields=["visit", "kind", "-taken_at"], name="newest_test_result")]


class Treatment(OfPatient):
    """What was given during a hold, and what she attested meanwhile. Never a brand."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="treatments")
    what = models.CharField(max_length=200)
    prescriber = models.CharField(max_length=150)
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    no_intercourse_attested = models.BooleanField(null=True)
    no_bath_attested = models.BooleanField(null=True)

    ERASED = {"what": "", "no_intercourse_attested": None, "no_bath_attested": None}

    class Meta:
        constraints = [
            holds(
                Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                "a_treatment_ends_on_or_after_its_start",
            )
        ]


def check_same_woman(period: Period, patient: Patient) -> None:
    """Return nothing, or raise when the period is another woman's."""
    if period.patient_id != patient.pk:
        raise OtherSite(f"Period {period.pk} is not of patient {patient.pk}; take one of hers.")
