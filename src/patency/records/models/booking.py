"""Times that can be offered, and whose they are."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from patency.records.models.base import OfPatient, Row, choices, holds, one_of
from patency.records.models.people import Patient
from patency.records.models.visit import Decision, Override, Period, Visit, check_same_woman

SLOT_KINDS = ("clinic_visit", "exam")
BOOKING_STATES = ("held", "firm", "attended", "cancelled", "missed", "bumped")
TAKES_THE_SLOT = ("held", "firm", "attended")
# A place that is held for her under an offer is no date of hers yet; she has to take it.
STILL_TO_COME = ("firm",)
HELD = "held"
INTERVENTIONS = ("hsg", "ssg", "hydrotubation", "hysteroscopy", "biopsy")


class Slot(Row):
    """A time in a room that could be offered."""

    site = models.SlugField(max_length=64)
    campus = models.CharField(max_length=64, blank=True, default="")
    room = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=choices(*SLOT_KINDS))
    day = models.DateField()
    """The site's calendar day of ``starts_at``."""
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    operator = models.CharField(max_length=64, blank=True, default="")
    """Who examines or tests then, by the short name of the site's file; empty: not said."""
    standby = models.BooleanField(default=False)
    """A second place at the time of an ordinary one, for the woman who comes when another does not:
    overbooking, opened by the site's own rule."""
    closed_at = models.DateTimeField(null=True)
    """Since when it cannot be offered any more: the day was closed, or the machine broke."""
    closed_why = models.CharField(max_length=80, blank=True, default="")
    """A short code, never free text."""
    release = models.ForeignKey(
        "records.NumberRelease",
        on_delete=models.PROTECT,
        null=True,
        related_name="slots",
        db_index=False,
    )
    """The 7:00 release it is a place of; planning does not take it then."""
    place = models.PositiveIntegerField(null=True)
    """Its place in that release, from 1."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "place"],
                condition=Q(release__isnull=False),
                name="a_place_of_a_release_is_one_slot",
            ),
            holds(
                Q(release__isnull=True, place__isnull=True)
                | Q(release__isnull=False, place__gte=1, kind="clinic_visit"),
                "a_place_of_a_release_is_a_clinic_visit",
            ),
            models.UniqueConstraint(
                fields=["site", "room", "starts_at", "standby"],
                condition=Q(closed_at__isnull=True),
                name="one_slot_per_room_and_time",
            ),
            models.UniqueConstraint(
                fields=["site", "operator", "starts_at", "standby"],
                condition=Q(closed_at__isnull=True) & ~Q(operator=""),
                name="one_slot_per_operator_and_time",
            ),
            holds(Q(closed_at__isnull=True) | ~Q(closed_why=""), "a_slot_is_closed_for_a_reason"),
            one_of("kind", SLOT_KINDS, "a_kind_of_slot_we_know"),
            holds(
                Q(kind="clinic_visit", minutes__gt=0)
                | Q(kind="exam", minutes__gte=15, minutes__lte=30),
                "an_exam_slot_is_15_to_30_minutes",
            ),
            holds(~Q(site=""), "a_slot_has_a_site"),
        ]
        indexes = [models.Index(fields=["site", "kind", "day"], name="slots_of_a_day")]


class Plan(OfPatient):
    """A test day and an exam day that may suit her; never a booking."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="plans")
    test_day = models.DateField(null=True)
    exam_day = models.DateField(null=True)
    campus = models.CharField(max_length=64, blank=True, default="")
    """Where the night's plan found room for the examination; empty where nobody looked for one."""
    how_sure = models.CharField(max_length=32, blank=True, default="")
    why = models.JSONField(default=list)
    made_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit"],
                condition=Q(replaced_at__isnull=True),
                name="one_standing_plan_per_visit",
            ),
            holds(
                Q(test_day__isnull=True)
                | Q(exam_day__isnull=True)
                | Q(exam_day__gte=F("test_day")),
                "an_exam_is_planned_after_the_test",
            ),
        ]


class Booking(OfPatient):
    """Her time."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="bookings")
    kind = models.CharField(max_length=16, choices=choices(*SLOT_KINDS))
    state = models.CharField(max_length=12, choices=choices(*BOOKING_STATES))
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True, default="")
    cleared_by = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, related_name="bookings"
    )
    """The decision at booking, with this day, that let her have an examination date."""

    ERASED = {"why": ""}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(state__in=sorted(TAKES_THE_SLOT)),
                name="one_booking_per_slot",
            ),
            # A retest is a second clinic visit of the same journey, so attended ones do not count.
            models.UniqueConstraint(
                fields=["visit", "kind"],
                condition=Q(state__in=sorted(STILL_TO_COME)),
                name="one_booking_to_come_per_visit_and_kind",
            ),
            models.UniqueConstraint(
                fields=["visit", "kind"],
                condition=Q(state=HELD),
                name="one_held_place_per_visit_and_kind",
            ),
            one_of("kind", SLOT_KINDS, "a_kind_of_booking_we_know"),
            one_of("state", BOOKING_STATES, "a_booking_state_we_know"),
        ]


class TurnedDown(OfPatient):
    """A cycle without a day for her, remembered so that she comes first in the next."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="turned_down")
    period_start = models.DateField()
    reason = models.CharField(max_length=80)
    """A rule id or a short code, never free text."""
    at = models.DateTimeField()
    priority_for_next = models.BooleanField()
    token = models.CharField(max_length=16, null=True, unique=True)
    """The short code she quotes when she asks in the next cycle; only where she comes first."""
    why = models.JSONField(default=list)
    """Codes and values: what stood against each day, and what would have changed it."""
    next_from = models.DateField(null=True)
    next_to = models.DateField(null=True)
    """Between which days the next period is expected to begin, as it was told her then."""


class Intervention(OfPatient):
    """Something done inside the womb; one per cycle unless a consultant says otherwise."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="interventions")
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="interventions")
    kind = models.CharField(max_length=16, choices=choices(*INTERVENTIONS))
    on = models.DateField()
    where = models.CharField(max_length=120, blank=True, default="")
    override = models.OneToOneField(Override, on_delete=models.PROTECT, null=True)

    WOMAN = "patient"
    ERASED = {"where": ""}

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period"],
                condition=Q(override__isnull=True),
                name="one_intervention_per_cycle",
            ),
            one_of("kind", INTERVENTIONS, "a_kind_of_intervention_we_know"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        check_same_woman(self.period, self.patient)
        super().save(*args, **kwargs)
