"""Which days of a cycle may be fertile: chances worked out from the chances of ovulation.

The six days that end with ovulation: Wilcox 1995, doi:10.1056/NEJM199512073332301. Information
only, and no way to avoid a pregnancy.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from patency.core.cycle.chances import ALMOST, ONE_DAY, DayChances

DAYS_BEFORE_OVULATION = 5
LIKELY, POSSIBLE = 0.5, 0.1  # our choice: more likely than not; and one time in ten


class HowLikely(StrEnum):
    """How likely a day is one of the fertile ones; the words are found by this name."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    """Never impossible."""


@dataclass(frozen=True, slots=True)
class FertileDay:
    """One day, and the chance that it is one of the six."""

    day: date
    chance: float

    @property
    def how_likely(self) -> HowLikely:
        """The word for it."""
        if self.chance >= LIKELY - ALMOST:
            return HowLikely.LIKELY
        return HowLikely.POSSIBLE if self.chance >= POSSIBLE - ALMOST else HowLikely.UNLIKELY


@dataclass(frozen=True, slots=True)
class FertileDays:
    """The days of one cycle that may be fertile; the chances of all sum to six days."""

    days: tuple[FertileDay, ...]

    @property
    def last(self) -> date:
        """The last day that has any chance."""
        return self.days[-1].day

    def worth_showing(self) -> tuple[FertileDay, ...]:
        """Return the days in a row from the first to the last that is at least possible."""
        kept = [
            number
            for number, day in enumerate(self.days)
            if day.how_likely is not HowLikely.UNLIKELY
        ]
        return self.days[kept[0] : kept[-1] + 1] if kept else ()


def fertile_days(ovulation: DayChances) -> FertileDays:
    """Return for each day the chance that ovulation is on it or within the five days after it."""
    first = ovulation.first - DAYS_BEFORE_OVULATION * ONE_DAY
    many = (ovulation.last - first).days + 1
    days = (first + number * ONE_DAY for number in range(many))
    return FertileDays(
        tuple(
            FertileDay(
                day,
                min(
                    1.0,
                    sum(
                        ovulation.on(day + ahead * ONE_DAY)
                        for ahead in range(DAYS_BEFORE_OVULATION + 1)
                    ),
                ),
            )
            for day in days
        )
    )
