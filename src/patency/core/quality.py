"""How well a service does: each indicator with its standard, counted month by month.

What is counted, the standard it is held against, and where that comes from stand in
``quality/*.toml``; nothing here knows a threshold of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from patency.core.document import Table
from patency.core.protocol.model import Evidence

HOW_TO = "docs/how-to/change-an-indicator.md"
OUTLIERS = 100
"""Of a month so many cases are kept by name; more would not be looked at one by one."""
LETTERS = tuple(letter.value for letter in Evidence)


class Kind(StrEnum):
    """What a figure of a month is."""

    SHARE = "share"
    """How many of all, in percent."""
    MEAN = "mean"


class Aim(StrEnum):
    """On which side of the standard a month should be."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    TREND = "trend"
    """No standard: it is watched."""


class Judged(StrEnum):
    """How a month stands."""

    MET = "met"
    MISSED = "missed"
    WATCHED = "watched"
    NO_CASES = "no-cases"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of the service."""

    id: str
    kind: Kind
    unit: str
    aim: Aim
    standard: float | None
    """In the unit; None where it is only watched."""
    source: str
    link: str
    evidence: str
    owner: str
    """A role, never a person's name."""
    review: date
    within_days: int | None = None
    """How long after, or before, something still counts; None where no time is counted."""
    look_at: float | None = None
    """From which figure on a single case is looked at; None where the case itself says."""
    waits_for: str = ""
    """What would have to be recorded first; empty where it is counted."""

    def judged(self, value: float | None) -> Judged:
        """Return how a month with this value stands."""
        if value is None:
            return Judged.NO_CASES
        if self.aim is Aim.TREND or self.standard is None:
            return Judged.WATCHED
        good = value >= self.standard if self.aim is Aim.AT_LEAST else value <= self.standard
        return Judged.MET if good else Judged.MISSED


@dataclass(frozen=True, slots=True)
class Case:
    """One examination, date or result that counts for an indicator."""

    id: str
    """Of the visit, so that it can be opened."""
    value: float
    """Of a share 1 or 0, of a mean the figure itself."""
    is_outlier: bool = False
    """Whether somebody should look at this one."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One indicator in one month."""

    total: float
    of: int
    outliers: tuple[str, ...]

    def value(self, kind: Kind) -> float | None:
        """Return the month's figure: percent of a share, the mean otherwise; None without cases."""
        if not self.of:
            return None
        return self.total / self.of * (100 if kind is Kind.SHARE else 1)


def counted(cases: Iterable[Case]) -> Counted:
    """Return the cases of one month added up, the first outliers by name."""
    total, of = 0.0, 0
    outliers: list[str] = []
    for case in cases:
        total += case.value
        of += 1
        if case.is_outlier and len(outliers) < OUTLIERS:
            outliers.append(case.id)
    return Counted(total, of, tuple(outliers))


def months_back(today: date, many: int) -> tuple[date, ...]:
    """Return the first days of so many months, the oldest first, this month the last."""
    found = []
    year, month = today.year, today.month
    for _number in range(many):
        found.append(date(year, month, 1))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return tuple(reversed(found))


def month_after(month: date) -> date:
    """Return the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def parse_indicators(document: Mapping[str, object], name: str) -> tuple[Indicator, ...]:
    """Return the indicators of a file. Raises ``DocumentRefused`` naming all that is wrong."""
    top = Table(document, name)
    found = [_indicator(one) for one in top.tables("indicator")]
    seen: set[str] = set()
    for one in found:
        if one.id in seen:
            top.refuse("indicator", f"names {one.id!r} twice. Each indicator has its own id.")
        seen.add(one.id)
    top.close()
    top.finish(see=HOW_TO)
    return tuple(found)


def _indicator(one: Table) -> Indicator:
    aim = Aim(one.choice("aim", [each.value for each in Aim]) or Aim.TREND)
    standard = None
    if aim is not Aim.TREND:
        standard = one.number("standard", low=0, high=100_000, unit="in its unit")
    found = Indicator(
        id=one.slug("id"),
        kind=Kind(one.choice("kind", [each.value for each in Kind]) or Kind.SHARE),
        unit=one.text("unit"),
        aim=aim,
        standard=standard,
        source=one.text("source"),
        link=one.text("link", default=""),
        evidence=one.choice("evidence", LETTERS),
        owner=one.text("owner", what="a role such as clinic manager"),
        review=one.day("review"),
        within_days=(
            one.count("within_days", low=1, high=1000, unit="days")
            if one.has("within_days")
            else None
        ),
        look_at=(
            one.number("look_at", low=0, high=100_000, unit="in its unit")
            if one.has("look_at")
            else None
        ),
        waits_for=one.text("waits_for", default=""),
    )
    one.close()
    return found


def scale(values: Sequence[float | None], standard: float | None) -> tuple[float, float]:
    """Return the lowest and the highest value of a plot that shows all of these."""
    shown = [value for value in (*values, standard) if value is not None]
    if not shown:
        return 0.0, 1.0
    low, high = min(shown), max(shown)
    room = (high - low) * 0.15 or abs(high) * 0.15 or 1.0
    return max(0.0, low - room), high + room
