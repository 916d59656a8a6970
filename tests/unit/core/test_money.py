"""Money never appears or vanishes, and never changes its currency."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from patency.core.money import (
    MINOR_DIGITS,
    Money,
    MoneyRefused,
    check_refund,
    parse_money,
    total,
)

minors = st.integers(-(10**12), 10**12)
currencies = st.sampled_from(sorted(MINOR_DIGITS))
amounts = st.builds(Money, minors, currencies)
shares = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any)


@given(amounts, shares)
def test_the_parts_of_a_split_sum_to_the_whole(amount, shares):
    parts = amount.split(shares)

    assert total(parts, amount.currency) == amount
    assert len(parts) == len(shares)


@given(amounts, shares)
def test_each_part_is_within_one_minor_unit_of_its_share(amount, shares):
    for part, share in zip(amount.split(shares), shares, strict=True):
        assert abs(part.minor - amount.minor * share / sum(shares)) <= 1 + 1e-3
        assert share or part.minor == 0


@given(st.lists(minors), currencies)
def test_a_total_holds_exactly_what_was_put_in(minors, currency):
    assert total((Money(minor, currency) for minor in minors), currency).minor == sum(minors)


@given(amounts, minors)
def test_what_is_added_and_taken_away_again_leaves_nothing_behind(amount, minor):
    other = Money(minor, amount.currency)

    assert amount + other - other == amount
    assert amount + -amount == Money(0, amount.currency)
    assert (amount < other) == (amount.minor < minor)


@given(amounts)
def test_what_is_written_reads_back_as_the_same_amount(amount):
    assert parse_money(str(amount)) == amount


@given(amounts, amounts)
def test_two_currencies_never_mix(one, other):
    assume(one.currency != other.currency)

    for mix in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__):
        with pytest.raises(MoneyRefused, match="the currencies differ"):
            mix(one, other)
    with pytest.raises(MoneyRefused):
        total([one, other], one.currency)


@given(currencies, st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 10**9))
def test_never_more_is_refunded_than_was_paid(currency, paid, refund, before):
    assume(before <= paid)
    fits = refund + before <= paid

    if fits:
        left = check_refund(
            Money(paid, currency),
            Money(refund, currency),
            already_refunded=Money(before, currency),
        )
        assert left == Money(paid - before - refund, currency)
        assert left.minor >= 0
    else:
        with pytest.raises(MoneyRefused, match="is not possible"):
            check_refund(
                Money(paid, currency),
                Money(refund, currency),
                already_refunded=Money(before, currency),
            )


def test_a_refund_in_another_currency_or_of_nothing_is_refused():
    paid = Money(100000, "CNY")

    assert check_refund(paid, paid) == Money(0, "CNY")
    with pytest.raises(MoneyRefused, match="the currencies differ"):
        check_refund(paid, Money(100, "GBP"))
    with pytest.raises(MoneyRefused, match="Refund more than 0 and at most CNY 1,000"):
        check_refund(paid, Money(0, "CNY"))


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (100000, "CNY", "CNY 1,000.00"),
        (5, "GBP", "GBP 0.05"),
        (-123456789, "EUR", "EUR -1,234,567.89"),
        (12000, "JPY", "JPY 12,000"),
        (0, "USD", "USD 0.00"),
    ],
)
def test_amounts_are_written_with_their_currency_and_its_digits(minor, currency, text):
    assert str(Money(minor, currency)) == text


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("CNY 1,000.00", 100000),
        ("CNY 1000", 100000),
        ("CNY1000.50", 100050),
        (" GBP 350.00 ", 35000),
        ("JPY 12000", 12000),
    ],
)
def test_amounts_are_read_as_people_write_them(text, minor):
    assert parse_money(text).minor == minor


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,000.00", "is not an amount with its currency"),
        ("1000 CNY", "is not an amount with its currency"),
        ("CNY 1.000,00", "is not an amount with its currency"),
        ("CNY 1,00", "is not an amount with its currency"),
        ("CNY 1000.5", "has 1 digits after the point. CNY has 2"),
        ("JPY 12.00", "has 2 digits after the point. JPY has 0"),
        ("DOL 1000.00", "'DOL' is not a currency we know"),
        ("", "is not an amount with its currency"),
    ],
)
def test_an_amount_that_could_be_misread_is_refused(text, message):
    with pytest.raises(MoneyRefused) as refusal:
        parse_money(text)

    assert message in str(refusal.value)


@pytest.mark.parametrize("minor", [1.5, True, "100"])
def test_an_amount_is_whole_minor_units(minor):
    with pytest.raises(MoneyRefused, match="not a whole number of its smallest unit"):
        Money(minor, "CNY")


@pytest.mark.parametrize("shares", [[], [0, 0], [2, -1]])
def test_a_split_needs_shares(shares):
    with pytest.raises(MoneyRefused, match="cannot be split"):
        Money(100, "CNY").split(shares)
