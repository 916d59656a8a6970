"""The dose of an examination as a machine reports it, in one set of units: Gy·cm², mGy, seconds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles

# How an area dose product is written, without points and signs, to Gy·cm². Vendors differ: one
# writes Gy.m2, another Gym2; procedure steps come in dGy.cm2.
GY_CM2_IN: Mapping[str, float] = {
    "Gym2": 1e4,
    "mGym2": 10.0,
    "uGym2": 1e-2,
    "Gycm2": 1.0,
    "dGycm2": 0.1,
    "cGycm2": 1e-2,
    "mGycm2": 1e-3,
    "uGycm2": 1e-6,
}
MGY_IN: Mapping[str, float] = {"Gy": 1e3, "dGy": 100.0, "cGy": 10.0, "mGy": 1.0, "uGy": 1e-3}
SECONDS_IN: Mapping[str, float] = {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0}
# Effective dose per area dose product of hysterosalpingography by millimetres of copper before the
# tube, in mSv per Gy·cm²; one factor for all is wrong by 0.4 mSv: doi:10.1016/j.ejmp.2020.11.032.
MSV_PER_GY_CM2 = ((0.0, 0.13), (0.1, 0.18), (0.4, 0.28), (0.9, 0.35))
MAY_DIFFER = 0.05  # our choice: of the total from the sum of its events
UNREADABLE, NO_TOTAL, DIFFERS, UNKNOWN_UNIT, NO_EVENTS = (
    "unreadable",
    "no-total",
    "sum-differs",
    "unknown-unit",
    "no-events",
)


@dataclass(frozen=True, slots=True)
class Irradiation:
    """One time the beam was on; None where the machine did not say."""

    uid: str = ""
    started: str = ""
    kind: str = ""
    """The meaning of its code, such as Fluoroscopy."""
    dap_gy_cm2: float | None = None
    dose_rp_mgy: float | None = None
    copper_mm: float | None = None
    kvp: float | None = None
    pulses_per_s: float | None = None
    pulses: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What one dose report says; totals as written, or the sum of the events where none are."""

    dap_gy_cm2: float | None = None
    dose_rp_mgy: float | None = None
    fluoro_seconds: int | None = None
    frames: int | None = None
    events: tuple[Irradiation, ...] = ()
    faults: tuple[str, ...] = ()


def in_unit(value: float, unit: str, known: Mapping[str, float]) -> float | None:
    """Return a value in our unit, or None for a unit we do not know."""
    plain = unit.strip().replace(".", "").replace("·", "").replace("*", "").replace("²", "2")
    factor = known.get(plain)
    return None if factor is None else value * factor


def summed(values: Iterable[float | None]) -> float | None:
    """Return the sum of what is there, or None where nothing is."""
    there = [value for value in values if value is not None]
    return sum(there) if there else None


def total_and_fault(
    total: float | None, events: Iterable[float | None]
) -> tuple[float | None, str]:
    """Return the dose that counts and what is wrong with it, as a code."""
    by_events = summed(events)
    if total is None:
        return by_events, NO_TOTAL
    if by_events is not None and abs(total - by_events) > MAY_DIFFER * max(total, by_events):
        return total, DIFFERS
    return total, ""


def effective_msv(events: Iterable[Irradiation]) -> float | None:
    """Return the effective dose, each event by its own filter; None where one has no filter told.

    An estimate for a woman of ordinary size, for the audit and never for her alone.
    """
    found = 0.0
    for event in events:
        if event.dap_gy_cm2 is None or event.copper_mm is None:
            return None
        found += event.dap_gy_cm2 * factor_at(event.copper_mm)
    return found


def factor_at(copper_mm: float) -> float:
    """Return mSv per Gy·cm² behind so much copper, straight between the measured ones."""
    before = MSV_PER_GY_CM2[0]
    for at in MSV_PER_GY_CM2:
        if copper_mm <= at[0]:
            width = at[0] - before[0]
            part = (copper_mm - before[0]) / width if width else 0.0
            return before[1] + part * (at[1] - before[1])
        before = at
    return before[1]


# ---------------------------------------------------------------- the audit of a site


@dataclass(frozen=True, slots=True)
class Given:
    """What one examination took: as it stands in its record, and as its machine told it."""

    dap_gy_cm2: float | None
    """Of the record; of the machine where the record has none."""
    reference_gy_cm2: float
    told_gy_cm2: float | None = None
    reason: str = ""

    @property
    def is_above(self) -> bool:
        """Whether the dose is above the reference; exactly at it is not."""
        return self.dap_gy_cm2 is not None and self.dap_gy_cm2 > self.reference_gy_cm2

    @property
    def lacks_reason(self) -> bool:
        return self.is_above and not self.reason.strip()

    @property
    def differs(self) -> bool:
        """Whether record and machine do not say the same: a slip, or a wrong unit."""
        if self.dap_gy_cm2 is None or self.told_gy_cm2 is None:
            return False
        larger = max(self.dap_gy_cm2, self.told_gy_cm2)
        return abs(self.dap_gy_cm2 - self.told_gy_cm2) > MAY_DIFFER * larger


@dataclass(frozen=True, slots=True)
class DoseAudit:
    """Many examinations together. Local levels are compared by the median: ICRP 135 (2017)."""

    exams: int
    with_dose: int
    median_gy_cm2: float | None
    third_quartile_gy_cm2: float | None
    above: int
    without_reason: int
    differing: int


@dataclass(slots=True)
class Tally:
    """What some examinations come to, counted one by one, so that tallies can be put together."""

    doses: list[float] = field(default_factory=list)
    exams: int = 0
    above: int = 0
    without_reason: int = 0
    differing: int = 0

    def add(self, given: Given) -> None:
        """Count one examination."""
        self.exams += 1
        if given.dap_gy_cm2 is None:
            return
        self.doses.append(given.dap_gy_cm2)
        if given.is_above:
            self.above += 1
            self.without_reason += given.lacks_reason
        self.differing += given.differs


def audit(given: Iterable[Given]) -> DoseAudit:
    """Return what examinations come to; one without a dose is counted and has no part in it."""
    tally = Tally()
    for each in given:
        tally.add(each)
    return audit_of([tally])


def audit_of(tallies: Iterable[Tally]) -> DoseAudit:
    """Return what the examinations of several tallies come to together."""
    all_of = list(tallies)
    doses = [dose for tally in all_of for dose in tally.doses]
    quarters = quantiles(doses, n=4, method="inclusive") if len(doses) > 1 else doses * 3
    return DoseAudit(
        exams=sum(tally.exams for tally in all_of),
        with_dose=len(doses),
        median_gy_cm2=median(doses) if doses else None,
        third_quartile_gy_cm2=quarters[2] if doses else None,
        above=sum(tally.above for tally in all_of),
        without_reason=sum(tally.without_reason for tally in all_of),
        differing=sum(tally.differing for tally in all_of),
    )
