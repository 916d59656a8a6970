"""What left the house, or is about to: to whom, by which channel, and how it went."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from patency.records.models.base import OfPatient, choices, holds, one_of
from patency.records.models.followup import Task
from patency.records.models.people import Patient
from patency.records.models.report import Report
from patency.records.models.visit import Visit

WAITING, SENDING, PRINTING = "waiting", "sending", "printing"
SENT, NOT_SENT, UNKNOWN = "sent", "not-sent", "unknown"
NO_CHANNEL, LAPSED = "no-channel", "lapsed"
STATES = (WAITING, SENDING, PRINTING, SENT, NOT_SENT, UNKNOWN, NO_CHANNEL, LAPSED)
ON_ITS_WAY = (WAITING, SENDING, PRINTING)
WAYS = ("", "sms", "email", "printer")


class Message(OfPatient):
    """One word to her, one call to the duty contact, or one page; its words are in ``locale``.

    A row is claimed (``sending``) before anything leaves the house, so that it leaves once.
    """

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, related_name="messages"
    )
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, null=True, related_name="messages")
    about = models.CharField(max_length=80)
    """What it is about, such as "event/12" or "booking/<uuid>"; ids only."""
    name = models.CharField(max_length=40)
    """Which of the messages in ``locale``, or "page"."""
    channel = models.CharField(max_length=8, choices=choices(*WAYS), blank=True, default="")
    """By which way it went last; empty before the first try."""
    state = models.CharField(max_length=12, choices=choices(*STATES), default=WAITING)
    made_at = models.DateTimeField()
    goes_at = models.DateTimeField(null=True)
    """The next try; nothing once it is settled."""
    ends_at = models.DateTimeField(null=True)
    """From when on it would say nothing any more."""
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True, default="")
    """What stood in the way the last time; without an address or a word of the message."""
    reached = models.CharField(max_length=64, blank=True, default="")
    """The keyed hash of the number an SMS went to, by which her answer finds her."""
    stop_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    """Stands in the mail's link to her channels; says nothing of her."""
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, related_name="messages")
    """What a person was asked to do because it did not go."""
    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, null=True, related_name="print_outs"
    )
    """The report that is printed."""
    printer_job = models.IntegerField(null=True)
    """The number the printer gave it."""

    WOMAN = "patient"
    ERASED = {"why": "", "reached": ""}

    def is_to_go(self, now: datetime) -> bool:
        """Return whether its time has come and nobody has claimed it."""
        return self.state == WAITING and self.goes_at is not None and self.goes_at <= now

    def was_left(self, now: datetime, after: timedelta) -> bool:
        """Return whether whoever claimed it has been silent for so long that they are gone."""
        return (
            self.state == SENDING and self.claimed_at is not None and self.claimed_at <= now - after
        )

    def claimed_for(self, now: datetime) -> timedelta:
        """Return how long ago it was claimed; no time at all before that."""
        return now - self.claimed_at if self.claimed_at is not None else timedelta()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["about", "name"], name="a_message_is_sent_once"),
            one_of("state", STATES, "a_message_state_we_know"),
            one_of("channel", WAYS, "a_way_out_we_know"),
            holds(
                Q(state=WAITING, goes_at__isnull=False) | (~Q(state=WAITING)),
                "what_waits_goes_at_a_time",
            ),
            holds(
                Q(state__in=sorted(ON_ITS_WAY), settled_at__isnull=True)
                | (~Q(state__in=sorted(ON_ITS_WAY)) & Q(settled_at__isnull=False)),
                "a_message_is_settled_or_on_its_way",
            ),
            holds(Q(name="page") | Q(report__isnull=True), "only_a_page_holds_a_report"),
        ]
        indexes = [
            models.Index(
                fields=["site", "goes_at"],
                condition=Q(state__in=("waiting", "sending", "printing")),
                name="messages_on_their_way",
            ),
            models.Index(fields=["site", "-made_at"], name="messages_of_a_site"),
            models.Index(fields=["site", "state", "-made_at"], name="messages_by_state"),
            models.Index(fields=["patient", "-made_at"], name="messages_of_a_patient"),
            models.Index(
                fields=["reached", "-made_at"], condition=~Q(reached=""), name="messages_by_number"
            ),
        ]
