"""What she asked for herself: her dates in a calendar, her fertile days, the end of her record."""

from django.db import models
from django.db.models import F, Q

from patency.records.models.base import OfPatient, choices, holds, one_of
from patency.records.models.people import Patient

CALENDAR_WORDS = ("appointment", "busy", "reminder")


class CalendarFeed(OfPatient):
    """An address at which a calendar reads her dates; what it is for never stands in it."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="calendar_feeds")
    token_hash = models.CharField(max_length=64, unique=True)
    """Of the secret part of the address, which is kept nowhere."""
    words = models.CharField(max_length=16, choices=choices(*CALENDAR_WORDS))
    """What her calendar shows for each of her dates."""
    with_place = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    WOMAN = "patient"
    IS_ONLY_A_FACT = True

    class Meta:
        constraints = [
            one_of("words", CALENDAR_WORDS, "words_of_a_calendar_we_know"),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(ended_at__isnull=True),
                name="one_open_calendar_per_patient",
            ),
        ]


class FertileDaysWish(OfPatient):
    """Whether she wants to see her fertile days, as she said last."""

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="fertile_days")
    wanted = models.BooleanField()
    at = models.DateTimeField()

    WOMAN = "patient"
    IS_ONLY_A_FACT = True


class ErasureWish(OfPatient):
    """She asked that her record ends; kept after it, because it says why."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="erasure_wishes")
    asked_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    WOMAN = "patient"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(withdrawn_at__isnull=True, done_at__isnull=True),
                name="one_open_wish_to_erase_per_patient",
            ),
            holds(
                Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("asked_at")),
                "a_wish_is_withdrawn_after_it_was_made",
            ),
        ]
