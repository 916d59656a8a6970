"""The release of a day's numbers, and what every woman who asked for one was answered."""

from django.db import models
from django.db.models import F, Q

from patency.records.models.base import OfPatient, Row, choices, holds, one_of
from patency.records.models.booking import Slot
from patency.records.models.people import Patient
from patency.records.models.visit import Visit

POLICIES = ("first-come", "draw")
OUTCOMES = ("interest", "number", "waiting", "sold-out", "returned", "used", "lapsed")


class NumberRelease(Row):
    """The places of one day's clinic visit that open together, at one instant."""

    site = models.SlugField(max_length=64)
    campus = models.CharField(max_length=64)
    day = models.DateField()
    """The site's day of the clinic visit."""
    policy = models.CharField(max_length=12, choices=choices(*POLICIES))
    announced_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    places = models.PositiveIntegerField()
    waiting_places = models.PositiveIntegerField()
    next_ordinal = models.PositiveIntegerField(default=1)
    next_waiting_place = models.PositiveIntegerField(default=1)
    next_place = models.PositiveIntegerField(default=1)
    """The first place that was never anyone's; places before it may be free again."""
    places_free_again = models.PositiveIntegerField(default=0)
    commitment = models.CharField(max_length=64, blank=True, default="")
    """SHA-256 of the secret, published with the announcement of a draw."""
    secret = models.CharField(max_length=64, blank=True, default="")
    """Told to nobody before the draw."""
    list_hash = models.CharField(max_length=64, blank=True, default="")
    drawn_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "campus", "day"], name="one_release_per_campus_and_day"
            ),
            one_of("policy", POLICIES, "a_release_policy_we_know"),
            holds(Q(opens_at__lt=F("closes_at")), "a_release_opens_before_it_closes"),
            holds(Q(next_place__lte=F("places") + 1), "no_release_gives_more_places_than_it_has"),
            holds(
                Q(next_waiting_place__lte=F("waiting_places") + 1),
                "no_waiting_list_is_longer_than_announced",
            ),
            holds(~Q(policy="draw") | ~Q(commitment=""), "a_draw_is_committed_to_before_it_opens"),
        ]
        indexes = [
            models.Index(
                fields=["opens_at"], condition=Q(ended_at__isnull=True), name="releases_to_come"
            )
        ]


class Claim(OfPatient):
    """One woman's claim to a number of one release, and its answer; its own event and audit."""

    # The key is the token of her ticket: the same for every ticket of hers to this release.
    id = models.UUIDField(primary_key=True, editable=False)
    release = models.ForeignKey(
        NumberRelease, on_delete=models.PROTECT, related_name="claims", db_index=False
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="claims")
    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, related_name="claims", db_index=False
    )
    idempotency_key = models.CharField(max_length=64)
    priority_class = models.PositiveSmallIntegerField(default=0)
    """0 is drawn before 1; the site's file says who is in which."""
    received_at = models.DateTimeField()
    """When the release door had the whole request, by the server's clock."""
    decided_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=choices(*OUTCOMES))
    ordinal = models.PositiveIntegerField(null=True)
    """Her number; never given twice, also after it was returned."""
    waiting_place = models.PositiveIntegerField(null=True)
    draw_place = models.PositiveIntegerField(null=True)
    slot = models.OneToOneField(Slot, on_delete=models.PROTECT, null=True, related_name="claim")
    """Her place; empty again once she returned it."""
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=80, blank=True, default="")
    """A code, never a sentence."""

    WOMAN = "patient"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "patient"], name="one_claim_per_woman_and_release"
            ),
            models.UniqueConstraint(
                fields=["release", "ordinal"],
                condition=Q(ordinal__isnull=False),
                name="an_ordinal_is_given_once",
            ),
            models.UniqueConstraint(
                fields=["release", "waiting_place"],
                condition=Q(waiting_place__isnull=False),
                name="a_waiting_place_is_given_once",
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(outcome="number"),
                name="one_live_number_per_woman",
            ),
            one_of("outcome", OUTCOMES, "an_outcome_of_a_claim_we_know"),
            holds(
                ~Q(outcome="number") | Q(slot__isnull=False, ordinal__gte=1),
                "a_number_is_a_place",
            ),
            holds(
                Q(outcome__in=["number", "used", "lapsed"]) | Q(slot__isnull=True),
                "only_a_number_has_a_place",
            ),
            holds(~Q(outcome="waiting") | Q(waiting_place__gte=1), "who_waits_has_a_place_in_line"),
        ]
        indexes = [
            models.Index(
                fields=["release", "waiting_place"],
                condition=Q(outcome="waiting"),
                name="who_waits_for_a_number",
            )
        ]
