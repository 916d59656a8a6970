"""What it costs, what she pays, and what she gets back; always with its currency."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.money import Money
from patency.core.visit import FINAL, VisitState
from patency.records.ledger import remember, subject_of
from patency.records.models.base import OfPatient, unfit
from patency.records.models.money import Payment, Quote, Refund
from patency.records.models.people import known_as
from patency.records.models.visit import Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.house import House

METHODS = ("cash", "card", "mobile", "transfer")
# By which rule money goes back by hand; a date that is given up gives it back by itself.
GROUNDS = ("not-coming", "goes-elsewhere", "wrong-price", "paid-elsewhere", "goodwill", "other")
QUOTE_STANDS = timedelta(days=30)  # our choice: longer than any one cycle's window


class PaymentRefused(Exception):
    """A quote, payment or refund that cannot be as it was asked for."""


class NoPrice(PaymentRefused):
    """The site has no price for this today."""


class QuoteExpired(PaymentRefused):
    """The price she was told does not stand any more."""


class AlreadyPaid(PaymentRefused):
    """It is paid; the message names the receipt."""


class AlreadyRefunded(PaymentRefused):
    """She has her money back."""


class DateStands(PaymentRefused):
    """Money goes back once the date it pays for is given up."""


def quote(house: House, visit_id: UUID, *, item: str = "hsg", by: Actor, now: datetime) -> Quote:
    """Return what it will cost, by the site's own price list; it stands for 30 days.

    A quote that stands at today's price is given again. Raises ``NoPrice`` or ``AlreadyPaid``.
    """
    access.check(by, Action.TAKE_PAYMENT)
    visit = journey.visit_seen(visit_id, "quote", by=by, now=now)
    site, today = house.site(visit.site), house.day_at(visit.site, now)
    price = site.prices.get(item)
    if price is None or price.since > today:
        priced = ", ".join(name for name, each in site.prices.items() if each.since <= today)
        raise NoPrice(
            f"{site.slug} has no price for {item!r} on {today}. Prices stand in the site's file: "
            f"{priced or 'none'}. Add it there with its date and where it is written."
        )
    with transaction.atomic():
        visit = lock(visit)
        _check_not_over(visit)
        _check_not_paid(visit)
        stands: Quote | None = Quote.objects.filter(
            visit=visit,
            valid_until__gte=today,
            amount_minor=price.amount.minor,
            currency=price.amount.currency,
            payment__isnull=True,
        ).first()
        if stands is not None:
            return stands
        row: Quote = Quote.objects.create(
            visit=visit,
            lines=[
                {
                    "what": item,
                    "amount_minor": price.amount.minor,
                    "since": price.since.isoformat(),
                    "provenance": price.provenance,
                }
            ],
            amount_minor=price.amount.minor,
            currency=price.amount.currency,
            valid_until=today + QUOTE_STANDS,
            at=now,
        )
        _remember(row, visit, "quoted", by=by, now=now)
    return row


def record(house: House, quote_id: UUID, *, method: str, by: Actor, now: datetime) -> Payment:
    """Return the payment of a quote, with its receipt number.

    Raises ``AlreadyPaid`` naming the first receipt; the database holds to one payment per quote
    even when two cashiers press at once. Raises ``QuoteExpired``.
    """
    access.check(by, Action.TAKE_PAYMENT)
    asked = seen_by(by, "payment", now=now).quotes.select_related("visit").get(pk=quote_id)
    if method not in METHODS:
        raise PaymentRefused(
            f"quote/{quote_id} was not paid: {method!r} is no way to pay. It may be one of "
            f"{', '.join(METHODS)}; choose one."
        )
    today = house.day_at(asked.site, now)
    with transaction.atomic():
        visit = lock(asked.visit)
        _check_not_paid(visit)
        if hasattr(asked, "payment"):
            raise AlreadyPaid(
                f"quote/{asked.pk} was paid with receipt {asked.payment.receipt_number} and given "
                "back. A quote is paid once; make a new quote."
            )
        _check_not_over(visit)
        if asked.valid_until < today:
            raise QuoteExpired(
                f"quote/{asked.pk} stood until {asked.valid_until}. A payment needs a quote that "
                "stands; make a new one, at today's price."
            )
        payment_id = uuid4()
        try:
            with transaction.atomic():
                row: Payment = Payment.objects.create(
                    id=payment_id,
                    quote=asked,
                    amount_minor=asked.amount_minor,
                    currency=asked.currency,
                    method=method,
                    at=now,
                    receipt_number=f"R-{today:%Y%m%d}-{payment_id.hex[:8].upper()}",
                    taken_by=by.name,
                )
        except IntegrityError as error:
            _check_not_paid(visit)
            raise error
        _remember(row, visit, "paid", by=by, now=now)
    return row


def refund(
    payment_id: UUID, *, reason: str, ground: str = "other", by: Actor, now: datetime
) -> Refund:
    """Return the refund of a whole payment. Raises ``AlreadyRefunded`` or ``DateStands``.

    When a hold cancels a date or a visit is cancelled, money goes back by itself; this is for
    every other reason, which must be given, with the rule it falls under.
    """
    access.check(by, Action.REFUND)
    rows = seen_by(by, "refund", now=now).payments.select_related("quote__visit")
    payment = rows.get(pk=payment_id)
    if not reason.strip():
        raise PaymentRefused(
            f"payment/{payment.pk} was not given back: no reason was given. A refund by hand needs "
            "one; write why."
        )
    if ground not in GROUNDS or unfit(Refund, reason=reason):
        raise PaymentRefused(
            f"payment/{payment.pk} was not given back: {ground!r} is no ground, or the reason "
            f"holds a character that is no text. A ground is one of {', '.join(GROUNDS)}."
        )
    with transaction.atomic():
        visit = lock(payment.quote.visit)
        before = Refund.objects.filter(payment=payment).first()
        if before is not None:
            raise AlreadyRefunded(
                f"payment/{payment.pk} was given back on {before.at:%Y-%m-%d}, refund/{before.pk}. "
                "A payment is given back once; there is nothing left of it."
            )
        if journey.states(visit, VisitState.BOOKED, VisitState.ARRIVED):
            raise DateStands(
                f"payment/{payment.pk} pays for the date of visit/{visit.pk}, which is "
                f"{visit.state}. Money goes back when there is no date; cancel the booking or the "
                "visit first."
            )
        row = journey.give_money_back(visit, reason.strip(), by=by, now=now)
        assert row is not None
        row.ground = ground
        row.save(update_fields=["ground"])
        _remember(row, visit, "refunded", by=by, now=now)
    return row


def receipt_values(
    house: House, payment_id: UUID, *, by: Actor, now: datetime
) -> dict[str, object]:
    """Return a receipt as plain values, for the document that is printed from them."""
    access.check(by, Action.SEE_PATIENT)
    rows = seen_by(by, "receipt", now=now).payments.select_related("quote__visit__patient")
    payment = rows.get(pk=payment_id)
    site = house.site(payment.site)
    patient = payment.quote.visit.patient
    given_back = Refund.objects.filter(payment=payment).first()
    return {
        "receipt_number": payment.receipt_number,
        "site": site.name,
        "patient_number": patient.number,
        "patient_name": f"{patient.family_name} {patient.given_name}".strip(),
        "language": patient.language,
        "paid_on": house.day_at(payment.site, payment.at).isoformat(),
        "method": payment.method,
        "lines": [
            {"what": line["what"], "amount": str(Money(line["amount_minor"], payment.currency))}
            for line in payment.quote.lines
        ],
        "amount": str(Money(payment.amount_minor, payment.currency)),
        "currency": payment.currency,
        "taken_by": known_as(payment.taken_by, payment.site),
        "refunded": (
            None
            if given_back is None
            else {
                "on": house.day_at(payment.site, given_back.at).isoformat(),
                "amount": str(Money(given_back.amount_minor, payment.currency)),
            }
        ),
    }


def _check_not_paid(visit: Visit) -> None:
    paid = journey.standing_payment(visit)
    if paid is not None:
        raise AlreadyPaid(
            f"visit/{visit.pk} is paid: receipt {paid.receipt_number} of {paid.at:%Y-%m-%d}. A "
            "visit is paid once; show her that receipt, or give it back before taking another."
        )


def _check_not_over(visit: Visit) -> None:
    if journey.states(visit, *FINAL):
        raise PaymentRefused(
            f"visit/{visit.pk} is {visit.state}. Money is taken for a visit that goes on; open a "
            "new visit first."
        )


def _remember(row: OfPatient, visit: Visit, kind: str, *, by: Actor, now: datetime) -> None:
    remember(
        kind=kind,
        subject=subject_of(row),
        by=by,
        now=now,
        site=visit.site,
        patient=visit.patient_id,
        fields=[str(row._meta.model_name)],
        payload={"visit": visit.pk},
    )
