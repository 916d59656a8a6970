"""After a positive test: what two blood samples say, the ways an episode may go, and its clocks.

Every clock here runs in calendar time, through every holiday. Blood samples never say where a
pregnancy lies; symptoms outrank numbers, and the protocol's own rules outrank this reading.
The percentages and hours are parameters of the protocol and are handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class PregnancyState(StrEnum):
    """Where one pregnancy stands."""

    UNKNOWN_LOCATION = "unknown-location"
    """A positive test; nobody has seen yet where it lies."""
    INTRAUTERINE = "intrauterine"
    ECTOPIC = "ectopic"
    MISCARRIAGE = "miscarriage"
    LOST = "lost-to-follow-up"


P = PregnancyState
NEXT: dict[PregnancyState, frozenset[PregnancyState]] = {
    P.UNKNOWN_LOCATION: frozenset({P.INTRAUTERINE, P.ECTOPIC, P.MISCARRIAGE, P.LOST}),
    # A heartbeat seen once is not the end of the story; a second pregnancy may lie elsewhere.
    P.INTRAUTERINE: frozenset({P.MISCARRIAGE, P.ECTOPIC, P.LOST}),
    # Who was lost may come back, with any answer.
    P.LOST: frozenset({P.UNKNOWN_LOCATION, P.INTRAUTERINE, P.ECTOPIC, P.MISCARRIAGE}),
    P.ECTOPIC: frozenset(),
    P.MISCARRIAGE: frozenset(),
}


class PregnancyRefused(ValueError):
    """A sample, a scan or an outcome that cannot be; the message says what can."""


def move(state: PregnancyState, to: PregnancyState) -> PregnancyState:
    """Return ``to``, or raise ``PregnancyRefused`` naming the ways that are open."""
    if to not in NEXT[state]:
        choices = ", ".join(sorted(NEXT[state])) or "nothing: this is an outcome"
        raise PregnancyRefused(
            f"A pregnancy that is {state} cannot become {to}; it can become {choices}."
        )
    return to


@dataclass(frozen=True, slots=True)
class Sample:
    """One serum hCG."""

    taken_at: datetime
    iu_per_l: float


@dataclass(frozen=True, slots=True)
class HcgPair:
    """Two samples of one pregnancy, the earlier first."""

    first: Sample
    second: Sample

    def __post_init__(self) -> None:
        if self.second.taken_at <= self.first.taken_at:
            raise PregnancyRefused(
                "The second blood sample was not taken after the first. Give the earlier one first."
            )
        if self.first.iu_per_l < 0 or self.second.iu_per_l < 0:
            raise PregnancyRefused("An hCG value is 0 or more; correct the sample.")

    @property
    def hours_apart(self) -> float:
        """Hours between the samples."""
        return (self.second.taken_at - self.first.taken_at) / timedelta(hours=1)

    @property
    def change_percent(self) -> float | None:
        """Change from the first sample; a fall is negative; None from a first value of zero."""
        if self.first.iu_per_l == 0:
            return None
        change = 100 * (self.second.iu_per_l - self.first.iu_per_l) / self.first.iu_per_l
        return round(change, 9)  # 1001 to 1631.63 is 63 %, not a hair more


@dataclass(frozen=True, slots=True)
class HcgLimits:
    """The numbers for a pair; a protocol's own take the place of these. NICE NG126 unless said."""

    hours_apart_min: float = 48
    hours_apart_max: float = 56
    """A pair further apart says nothing about 48 hours, and takes the safer branch: our choice."""
    rise_percent: float = 63
    fall_percent: float = 50
    scan_days_min: int = 7
    scan_days_max: int = 14
    scan_early_iu_per_l: float = 1500
    retest_days: int = 14
    review_hours: int = 24


class Reading(StrEnum):
    """What a pair says."""

    TOO_EARLY = "too early"
    LIKELY_INTRAUTERINE = "likely intrauterine"
    """An ectopic pregnancy is not excluded: about one in five rises like this."""
    LIKELY_ENDING = "likely ending"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class PairRead:
    """A reading, and what is due because of it."""

    reading: Reading
    change_percent: float | None
    due_from: datetime
    due_by: datetime
    """For a sample taken too early: from when the next may be taken, and by when it should."""


def read_pair(pair: HcgPair, limits: HcgLimits) -> PairRead:
    """Return what a pair says, and when what follows from it is due.

    Every equality takes the safer side: a change that only reaches a limit is reviewed.
    """
    taken = pair.second.taken_at
    if pair.hours_apart < limits.hours_apart_min:
        first = pair.first.taken_at
        return PairRead(
            Reading.TOO_EARLY,
            pair.change_percent,
            first + timedelta(hours=limits.hours_apart_min),
            first + timedelta(hours=limits.hours_apart_max),
        )
    change = pair.change_percent
    if change is not None and pair.hours_apart <= limits.hours_apart_max:
        if change > limits.rise_percent:
            # From the level at which a scan should show the pregnancy, nobody waits a week.
            early = pair.second.iu_per_l >= limits.scan_early_iu_per_l
            return PairRead(
                Reading.LIKELY_INTRAUTERINE,
                change,
                taken if early else taken + timedelta(days=limits.scan_days_min),
                taken + timedelta(days=limits.scan_days_min if early else limits.scan_days_max),
            )
        if change < -limits.fall_percent:
            retest = taken + timedelta(days=limits.retest_days)
            return PairRead(Reading.LIKELY_ENDING, change, retest, retest)
    return PairRead(Reading.REVIEW, change, taken, taken + timedelta(hours=limits.review_hours))


def pair_to_read(samples: Sequence[Sample], limits: HcgLimits) -> HcgPair | None:
    """Return the newest sample with the nearest earlier one that is far enough away.

    Where none is far enough, the one before it, so that the reading says when to take the next.
    None while there is only one sample. ``samples`` are oldest first.
    """
    if len(samples) < 2:
        return None
    newest, earlier = samples[-1], samples[:-1]
    least = timedelta(hours=limits.hours_apart_min)
    far_enough = [each for each in earlier if newest.taken_at - each.taken_at >= least]
    return HcgPair(far_enough[-1] if far_enough else earlier[-1], newest)


def next_sample_at(first: Sample, limits: HcgLimits) -> datetime:
    """Return when the second sample should be taken: as near as possible to this, not earlier."""
    return first.taken_at + timedelta(hours=limits.hours_apart_min)


# A scan may miss a pregnancy in the womb before about 17 days after ovulation (ultragyn.co.uk);
# six weeks is 5+0 to 6+6 counted from the first day of the last period (our proposal).
SCAN_DAYS_AFTER_OVULATION = 17
SCAN_WEEK_FIRST_DAY = 35
SCAN_WEEK_LAST_DAY = 48


@dataclass(frozen=True, slots=True)
class ScanDays:
    """From when a scan is useful, and by when it should be done; an estimate."""

    earliest: date
    latest: date


def scan_days(period_start: date, *, cycle_days: int, luteal_days: int) -> ScanDays:
    """Return the days for a scan, from her last period and her usual cycle.

    With symptoms, or tubal disease on the examination, nobody waits for them.
    """
    ovulation = period_start + timedelta(days=cycle_days - luteal_days - 1)
    return ScanDays(
        max(
            ovulation + timedelta(days=SCAN_DAYS_AFTER_OVULATION),
            period_start + timedelta(days=SCAN_WEEK_FIRST_DAY),
        ),
        max(
            ovulation + timedelta(days=SCAN_DAYS_AFTER_OVULATION),
            period_start + timedelta(days=SCAN_WEEK_LAST_DAY),
        ),
    )
