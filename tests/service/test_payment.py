from dataclasses import replace
from datetime import date, timedelta

import pytest

from patency.core.access import NotPermitted, Role
from patency.core.money import parse_money
from patency.core.site.model import Price
from patency.records.models.ledger import Event
from patency.records.models.money import Payment, Quote, Refund
from patency.service import booking, payment, registration
from patency.service.house import House
from tests.make import NOW, TODAY, make_actor
from tests.service import walk

pytestmark = pytest.mark.django_db

MANAGER = make_actor(Role.MANAGER, name="manager-one")


def quoted(house: House) -> Quote:
    return payment.quote(house, walk.register(house).pk, by=walk.CASHIER, now=NOW)


def pay(house: House, quote: Quote, **how: object) -> Payment:
    return payment.record(
        house,
        quote.pk,
        **{"method": "card", "by": walk.CASHIER, "now": NOW, **how},  # type: ignore[arg-type]
    )


def test_the_price_is_the_sites_own_with_its_currency_and_stands_for_30_days(house: House) -> None:
    quote = quoted(house)

    assert (quote.amount_minor, quote.currency) == (100_000, "CNY")
    assert quote.valid_until == TODAY + timedelta(days=30)
    assert quote.lines[0]["provenance"].startswith("article-001")


def test_asking_again_gives_the_quote_that_stands(house: House) -> None:
    quote = quoted(house)

    assert payment.quote(house, quote.visit_id, by=walk.CASHIER, now=NOW) == quote
    assert Event.objects.filter(kind="quoted").count() == 1


def test_a_new_price_makes_a_new_quote(house: House) -> None:
    quote = quoted(house)
    site = house.sites["demo-west"]
    dearer = Price(parse_money("CNY 1,200.00"), TODAY, "notice on the wall")
    changed = replace(
        house, sites={**house.sites, "demo-west": replace(site, prices={"hsg": dearer})}
    )

    new = payment.quote(changed, quote.visit_id, by=walk.CASHIER, now=NOW)

    assert (new.amount_minor, quote.amount_minor) == (120_000, 100_000)


def test_what_has_no_price_today_is_not_quoted(house: House) -> None:
    visit = walk.register(house)
    site = house.sites["demo-west"]
    later = Price(parse_money("CNY 1.00"), TODAY + timedelta(days=1), "")
    not_yet = replace(house, sites={"demo-west": replace(site, prices={"hsg": later})})

    with pytest.raises(payment.NoPrice, match="'mri'"):
        payment.quote(house, visit.pk, item="mri", by=walk.CASHIER, now=NOW)
    with pytest.raises(payment.NoPrice, match="none"):
        payment.quote(not_yet, visit.pk, by=walk.CASHIER, now=NOW)


def test_a_payment_has_a_receipt(house: House) -> None:
    row = pay(house, quoted(house))

    assert row.receipt_number.startswith("R-20250922-")
    assert (row.amount_minor, row.currency, row.taken_by) == (100_000, "CNY", "cashier-one")


def test_a_second_payment_is_refused_with_the_first_receipt(house: House) -> None:
    quote = quoted(house)
    first = pay(house, quote)

    with pytest.raises(payment.AlreadyPaid, match=first.receipt_number):
        pay(house, quote)
    with pytest.raises(payment.AlreadyPaid, match=first.receipt_number):
        payment.quote(house, quote.visit_id, by=walk.CASHIER, now=NOW)
    assert Payment.objects.count() == 1


def test_an_older_quote_of_a_paid_visit_is_not_paid_again(house: House) -> None:
    quote = quoted(house)
    other = Quote.objects.create(
        visit=quote.visit,
        amount_minor=90_000,
        currency="CNY",
        valid_until=TODAY,
        at=NOW,
    )
    first = pay(house, quote)

    with pytest.raises(payment.AlreadyPaid, match=first.receipt_number):
        pay(house, other)


def test_a_quote_that_has_expired_is_not_paid(house: House) -> None:
    quote = quoted(house)

    with pytest.raises(payment.QuoteExpired, match="make a new one"):
        pay(house, quote, now=NOW + timedelta(days=31))


def test_shells_are_no_way_to_pay(house: House) -> None:
    with pytest.raises(payment.PaymentRefused, match="cash, card, mobile, transfer"):
        pay(house, quoted(house), method="shells")


def test_only_a_cashier_takes_money(house: House) -> None:
    with pytest.raises(NotPermitted):
        pay(house, quoted(house), by=walk.NURSE)


def test_nothing_is_paid_for_a_visit_that_is_over(house: House) -> None:
    quote = quoted(house)
    registration.cancel_visit(quote.visit_id, "her-wish", by=walk.DESK, now=NOW)

    with pytest.raises(payment.PaymentRefused, match="is cancelled"):
        pay(house, quote)


def test_a_payment_is_given_back_once_and_whole(house: House) -> None:
    row = pay(house, quoted(house))

    back = payment.refund(row.pk, reason="moved away", by=MANAGER, now=NOW)
    with pytest.raises(payment.AlreadyRefunded, match=str(back.pk)):
        payment.refund(row.pk, reason="again", by=MANAGER, now=NOW)

    assert Refund.objects.get().amount_minor == row.amount_minor


def test_a_refund_by_hand_needs_a_reason(house: House) -> None:
    row = pay(house, quoted(house))

    with pytest.raises(payment.PaymentRefused, match="no reason"):
        payment.refund(row.pk, reason=" ", by=MANAGER, now=NOW)


def test_after_a_refund_a_new_quote_is_paid_and_the_old_one_is_not(house: House) -> None:
    quote = quoted(house)
    first = pay(house, quote)
    payment.refund(first.pk, reason="wrong card", by=MANAGER, now=NOW)

    with pytest.raises(payment.AlreadyPaid, match="make a new quote"):
        pay(house, quote)
    second = pay(house, payment.quote(house, quote.visit_id, by=walk.CASHIER, now=NOW))

    assert second.receipt_number != first.receipt_number


def test_money_does_not_go_back_while_a_date_stands(house: House) -> None:
    date_of_hers = walk.booked(house)
    row = Payment.objects.get()

    with pytest.raises(payment.DateStands, match="cancel the booking"):
        payment.refund(row.pk, reason="her wish", by=MANAGER, now=NOW)
    booking.cancel(date_of_hers.pk, "her-wish", by=walk.DESK, now=NOW)
    payment.refund(row.pk, reason="her wish", by=MANAGER, now=NOW)

    assert Refund.objects.count() == 1


def test_a_receipt_is_plain_values_with_the_refund_if_there_is_one(house: House) -> None:
    row = pay(house, quoted(house))

    paid = payment.receipt_values(house, row.pk, by=walk.CASHIER, now=NOW)
    payment.refund(row.pk, reason="her wish", by=MANAGER, now=NOW)
    back = payment.receipt_values(house, row.pk, by=walk.CASHIER, now=NOW)

    assert paid["amount"] == "CNY 1,000.00"
    assert paid["paid_on"] == date(2025, 9, 22).isoformat()
    assert paid["patient_name"] == "Example Ann"
    assert paid["refunded"] is None
    assert back["refunded"] == {"on": "2025-09-22", "amount": "CNY 1,000.00"}


def test_another_sites_receipt_does_not_exist(house: House) -> None:
    row = pay(house, quoted(house))
    leeds = make_actor(Role.CASHIER, name="cashier-leeds", site="demo-leeds")

    with pytest.raises(Payment.DoesNotExist):
        payment.receipt_values(house, row.pk, by=leeds, now=NOW)


def test_a_refund_by_hand_names_the_rule_it_falls_under(house: House):
    paid = walk.signed_and_paid(house, walk.cleared(house))

    back = payment.refund(
        paid.pk, reason="Paid twice.", ground="paid-elsewhere", by=walk.CASHIER, now=NOW
    )

    assert (back.ground, back.reason) == ("paid-elsewhere", "Paid twice.")


def test_a_refund_under_no_rule_is_refused_naming_those_there_are(house: House):
    paid = walk.signed_and_paid(house, walk.cleared(house))

    with pytest.raises(payment.PaymentRefused, match="goodwill"):
        payment.refund(paid.pk, reason="x", ground="because", by=walk.CASHIER, now=NOW)
