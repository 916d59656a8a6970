"""Chances over calendar days: what a forecast says, day by day. Light: no numpy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

ONE_DAY = timedelta(days=1)
ALMOST = 1e-12  # sums of chances miss a level by rounding; this much of it is none


@dataclass(frozen=True, slots=True)
class DayChances:
    """A chance for each day from ``first`` on; together 1."""

    first: date
    chances: tuple[float, ...]

    @property
    def last(self) -> date:
        """The last day that has a chance."""
        return self.first + (len(self.chances) - 1) * ONE_DAY

    def days(self) -> Iterator[tuple[date, float]]:
        """Yield each day with its chance."""
        return ((self.first + n * ONE_DAY, chance) for n, chance in enumerate(self.chances))

    def on(self, day: date) -> float:
        """Return the chance that it is this day."""
        at = (day - self.first).days
        return self.chances[at] if 0 <= at < len(self.chances) else 0.0

    def by(self, day: date) -> float:
        """Return the chance that it is this day or an earlier one."""
        return min(1.0, sum(self.chances[: max(0, (day - self.first).days + 1)]))

    def quantile(self, share: float) -> date:
        """Return the first day by which the chance has reached ``share``, above 0 and up to 1."""
        for number, reached in enumerate(accumulate(self.chances)):
            if reached >= share - ALMOST:
                return self.first + number * ONE_DAY
        return self.last

    @property
    def median(self) -> date:
        """The day that is as likely too early as too late."""
        return self.quantile(0.5)

    def between(self, share: float) -> tuple[date, date]:
        """Return the middle days that hold at least ``share`` of the chance, both included."""
        outside = (1 - share) / 2
        return self.quantile(outside), self.quantile(1 - outside)

    def after(self, day: date) -> "DayChances | None":
        """Return the chances when it is known to be later than ``day``; None if it cannot be."""
        kept = self.chances[max(0, (day - self.first).days + 1) :]
        total = sum(kept)
        if total <= 0:
            return None
        first = max(self.first, day + ONE_DAY)
        return DayChances(first, tuple(chance / total for chance in kept))

    def moved(self, days: int) -> "DayChances":
        """Return the same chances so many days later."""
        return DayChances(self.first + days * ONE_DAY, self.chances)


def one_day(day: date) -> DayChances:
    """Return certainty."""
    return DayChances(day, (1.0,))


def day_chances(first: date, chances: Sequence[float]) -> DayChances:
    """Return chances that sum to 1, from weights that need not; zeros at both ends are left out."""
    held = [number for number, chance in enumerate(chances) if chance > 0]
    kept = chances[held[0] : held[-1] + 1]
    total = sum(kept)
    return DayChances(first + held[0] * ONE_DAY, tuple(float(one) / total for one in kept))
