"""Amounts with their currency: whole minor units, never a fraction, never another's currency."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Digits after the point, by ISO 4217.
MINOR_DIGITS = {
    "AUD": 2,
    "CNY": 2,
    "EUR": 2,
    "GBP": 2,
    "HKD": 2,
    "JPY": 0,
    "NZD": 2,
    "SGD": 2,
    "USD": 2,
}
WRITTEN = re.compile(
    r"(?P<currency>[A-Z]{3}) ?(?P<sign>-?)(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
    r"(?:\.(?P<part>[0-9]+))?"
)


class MoneyRefused(ValueError):
    """Money that cannot be: no currency, two currencies at once, or a refund above the payment."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units (fen, pence, cents, yen)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in MINOR_DIGITS:
            raise MoneyRefused(
                f"{self.currency!r} is not a currency we know. Known: {', '.join(MINOR_DIGITS)}. "
                "Write its three letters; a new one is added in core/money.py with its digits."
            )
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise MoneyRefused(
                f"An amount of {self.minor!r} {self.currency} is not a whole number of its "
                "smallest unit. Give whole units, or read the text with parse_money."
            )

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other, "added to"), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other, "taken from"), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other, "compared with")

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other, "compared with")

    def __str__(self) -> str:
        """Return the amount as people read and ``parse_money`` reads it: ``CNY 1,000.00``."""
        digits = MINOR_DIGITS[self.currency]
        whole, part = divmod(abs(self.minor), 10**digits)
        sign = "-" if self.minor < 0 else ""
        return f"{self.currency} {sign}{whole:,}" + (f".{part:0{digits}d}" if digits else "")

    def split(self, shares: Sequence[int]) -> tuple["Money", ...]:
        """Return the amount divided in proportion to ``shares``; the parts sum to the whole.

        What does not divide evenly goes, one minor unit each, to the first parts with a share.
        Raises ``MoneyRefused`` unless shares are not negative and at least one is above 0.
        """
        total = sum(shares)
        if total <= 0 or min(shares) < 0:
            raise MoneyRefused(
                f"{self} cannot be split into shares {list(shares)}. Shares are 0 or more, and at "
                "least one is more than 0; correct them."
            )
        sign = -1 if self.minor < 0 else 1
        parts = [abs(self.minor) * share // total for share in shares]
        takers = [place for place, share in enumerate(shares) if share]
        for place in takers[: abs(self.minor) - sum(parts)]:
            parts[place] += 1
        return tuple(Money(sign * part, self.currency) for part in parts)

    def _same(self, other: "Money", verb: str) -> int:
        if other.currency != self.currency:
            raise MoneyRefused(
                f"{other} cannot be {verb} {self}: the currencies differ. Amounts go together only "
                f"in one currency; settle {self.currency} and {other.currency} apart."
            )
        return other.minor


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Return the sum; 0 of ``currency`` when there are none. Raises ``MoneyRefused``."""
    return sum(amounts, start=Money(0, currency))


def parse_money(text: str) -> Money:
    """Return the amount written as ``CNY 1,000.00`` or ``JPY 12000``. Raises ``MoneyRefused``.

    The currency is never assumed. Either no digits after the point, or exactly as many as the
    currency has.
    """
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        raise MoneyRefused(
            f"{text!r} is not an amount with its currency. Write the currency's three letters, "
            "then the amount, such as CNY 1,000.00."
        )
    currency = found["currency"]
    digits = MINOR_DIGITS.get(currency)
    if digits is None:
        return Money(0, currency)  # refuses, with the currencies we know
    if found["part"] is not None and len(found["part"]) != digits:
        raise MoneyRefused(
            f"{text!r} has {len(found['part'])} digits after the point. {currency} has {digits}; "
            "write all of them or none."
        )
    minor = int(found["whole"].replace(",", "")) * 10**digits + int(found["part"] or 0)
    return Money(-minor if found["sign"] else minor, currency)


def check_refund(paid: Money, refund: Money, *, already_refunded: Money | None = None) -> Money:
    """Return what stays with the clinic. Raises ``MoneyRefused`` for more than was paid."""
    left = paid - (already_refunded or Money(0, paid.currency))
    if refund.minor <= 0 or not refund <= left:
        raise MoneyRefused(
            f"A refund of {refund} is not possible: {paid} was paid and {left} of it is left. "
            f"Refund more than 0 and at most {left}."
        )
    return left - refund
