"""Who waits for a date, what she wishes, and the places that are held for her until she answers."""

from django.db import models
from django.db.models import F, Q

from patency.records.models.base import Kept, OfPatient, Row, choices, holds, one_of
from patency.records.models.booking import Booking, Slot
from patency.records.models.visit import Visit

WISHES = ("weekday", "part-of-day", "campus", "language", "operator-sex")
STRENGTHS = ("must", "rather")
URGENCIES = ("routine", "soon", "urgent")
OFFER_KINDS = ("new", "move")
OFFER_STATES = ("open", "accepted", "declined", "expired", "withdrawn")


class Wish(OfPatient):
    """One thing she wishes of her dates; several of one kind are alternatives."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="wishes")
    about = models.CharField(max_length=16, choices=choices(*WISHES))
    value = models.CharField(max_length=64)
    """Such as ``sat``, ``morning``, ``west``, ``en`` or ``female``."""
    strength = models.CharField(max_length=8, choices=choices(*STRENGTHS))
    told_at = models.DateTimeField()

    IS_ONLY_A_FACT = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "about", "value"], name="a_wish_is_told_once_per_visit"
            ),
            one_of("about", WISHES, "a_kind_of_wish_we_know"),
            one_of("strength", STRENGTHS, "a_strength_of_a_wish_we_know"),
        ]


class Urgency(Kept, OfPatient):
    """How urgently she needs a date, as a clinician said; the newest row counts."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="urgencies")
    level = models.CharField(max_length=8, choices=choices(*URGENCIES))
    said_by = models.CharField(max_length=150)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [one_of("level", URGENCIES, "an_urgency_of_a_wait_we_know")]


class Offer(OfPatient):
    """A place that is kept for her for a while; her seat in it is a booking in state held.

    So the promise that one woman has one slot is kept by the same constraint for a place that is
    offered and for a date that is firm.
    """

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="offers")
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="offers")
    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="offer")
    replaces = models.ForeignKey(
        Booking, on_delete=models.PROTECT, null=True, related_name="move_offers"
    )
    """The firm date this place would take the place of; it stands until she accepts."""
    kind = models.CharField(max_length=8, choices=choices(*OFFER_KINDS))
    state = models.CharField(max_length=12, choices=choices(*OFFER_STATES))
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    why = models.JSONField(default=list)
    """Codes and values: why this place, and what stood against earlier ones."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(state="open"), name="one_open_offer_per_slot"
            ),
            models.UniqueConstraint(
                fields=["visit", "kind"],
                condition=Q(state="open"),
                name="one_open_offer_per_visit_and_kind",
            ),
            one_of("kind", OFFER_KINDS, "a_kind_of_offer_we_know"),
            one_of("state", OFFER_STATES, "an_offer_state_we_know"),
            holds(
                Q(kind="new", replaces__isnull=True) | Q(kind="move", replaces__isnull=False),
                "a_move_names_the_date_it_replaces",
            ),
            holds(Q(expires_at__gt=F("made_at")), "an_offer_ends_after_it_was_made"),
            holds(
                Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
                "an_offer_that_ended_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "expires_at"], condition=Q(state="open"), name="offers_that_stand"
            )
        ]


class LineUp(Row):
    """In which order a site's line stood when it was last worked out; ids and counts alone."""

    site = models.SlugField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    day = models.DateField()
    event = models.BigIntegerField()
    """The newest event it knows of; while there is no newer one it stands."""
    women = models.JSONField(default=list)
    """Ids of visits in their order, each with whether days suit in this cycle."""
    one_more = models.JSONField(default=list)
    """Reasons as a plan keeps them, each with how many women it would help."""

    class Meta:
        constraints = [holds(~Q(site=""), "a_line_has_a_site")]
