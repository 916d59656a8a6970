"""What a report is made from, and what it is made of."""

from dataclasses import dataclass
from datetime import date

from patency.core.findings.model import Findings


@dataclass(frozen=True, slots=True)
class Header:
    """Which examination this is, and why she was cleared for it."""

    number: str
    """Her number at this clinic; a report's sections hold no name."""
    exam_day: date
    protocol: str
    indication: str = ""
    period_start: date | None = None
    bleeding_ended: date | None = None
    pregnancy_test: str = ""
    pregnancy_test_read_at: str = ""
    after_ovulation_bound: bool = False
    """Whether the examination lay after the last day before her earliest ovulation."""


@dataclass(frozen=True, slots=True)
class Technique:
    """How the examination was done, as it was recorded on the day."""

    operator: str
    device: str
    seal: str
    medium: str
    agent: str
    lot: str
    iodine_mg_per_ml: int | None
    increments: tuple[float, ...]
    total_ml: float
    anaesthesia: str
    pain_score: int | None
    relief_offered: bool
    events: tuple[str, ...]
    stopped_early: bool
    stop_reason: str
    dap_gy_cm2: float | None
    dap_reference_gy_cm2: float
    dap_reason: str
    fluoro_seconds: int | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom she can call at any hour."""

    duty: str
    duty_phone: str
    emergency: str


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a report is composed from."""

    header: Header
    technique: Technique
    findings: Findings
    contact: Contact
    chosen: tuple[tuple[int, int], ...] = ()
    """Key images a reader chose from the film: run and frame, both from 1."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a report."""

    id: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impression:
    """One conclusion, under its code."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A report ready to be read by the person who will sign it."""

    sections: tuple[Section, ...]
    impression: tuple[Impression, ...]
    recommendation: tuple[str, ...]
    """Pathway codes, most pressing first."""
    plain_title: str
    plain: tuple[Section, ...]

    def sections_json(self) -> dict[str, object]:
        """Return the clinical part as plain values."""
        return {
            "sections": [_section(each) for each in self.sections],
            "impression": [{"code": each.code, "text": each.text} for each in self.impression],
            "recommendation": list(self.recommendation),
        }

    def plain_json(self) -> dict[str, object]:
        """Return the page in plain language as plain values."""
        return {"title": self.plain_title, "sections": [_section(each) for each in self.plain]}


def _section(section: Section) -> dict[str, object]:
    values: dict[str, object] = {
        "id": section.id,
        "title": section.title,
        "text": list(section.lines),
    }
    return {**values, "main": True} if section.id == "impression" else values
