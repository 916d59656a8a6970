"""What it costs, what was paid, what was given back. Amounts in minor units of their currency."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Upper
from django.db.models.lookups import Exact

from patency.records.models.base import OfPatient, holds
from patency.records.models.visit import Visit


class Quote(OfPatient):
    """What she was told it would cost."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="quotes")
    lines = models.JSONField(default=list)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    valid_until = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            holds(Q(amount_minor__gt=0), "a_quote_is_more_than_nothing"),
            holds(Exact(Length("currency"), 3), "a_quotes_currency_has_three_letters"),
            holds(Q(currency=Upper("currency")), "a_quotes_currency_is_in_capitals"),
        ]


class Payment(OfPatient):
    """One payment per quote: the database itself refuses a second."""

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="payment")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=32)
    at = models.DateTimeField()
    receipt_number = models.CharField(max_length=32, unique=True)
    taken_by = models.CharField(max_length=150)

    WOMAN = "quote__visit__patient"

    class Meta:
        constraints = [
            holds(Q(amount_minor__gt=0), "a_payment_is_more_than_nothing"),
            holds(Exact(Length("currency"), 3), "a_payments_currency_has_three_letters"),
            holds(Q(currency=Upper("currency")), "a_payments_currency_is_in_capitals"),
        ]
        indexes = [models.Index(fields=["site", "at"], name="payments_of_a_day")]


class Refund(OfPatient):
    """One refund per payment."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="refund")
    amount_minor = models.BigIntegerField()
    ground = models.CharField(max_length=32, blank=True, default="")
    """By which rule of the clinic; empty where money went back by itself."""
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    WOMAN = "payment__quote__visit__patient"
    ERASED = {"reason": ""}

    class Meta:
        constraints = [holds(Q(amount_minor__gt=0), "a_refund_is_more_than_nothing")]
        indexes = [models.Index(fields=["site", "at"], name="refunds_of_a_day")]
