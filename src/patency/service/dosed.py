"""The dose of an examination as its machine told it: into the record where nobody wrote one."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from patency.core.exam import Exam
from patency.gateways.dosereport import DOSE_CLASSES, read_dose_report
from patency.records.models.exam import ExamRecord
from patency.records.models.images import ImageFile
from patency.records.models.machines import DoseReport, PerformedStep
from patency.records.models.visit import Visit
from patency.service.house import House

MOST_GY_CM2, MOST_MGY = 100_000, 10_000_000  # what the columns hold

DOSE_READ, DOSE_ABOVE = "dose-read", "dose-above-reference"
DOSE_WRITTEN = "dose-from-the-machine"
DOSE_REASON = "dose-reason"
"""The kind of the event in a record that says why its dose is above the reference."""


@dataclass(frozen=True, slots=True)
class MachineDose:
    """What a machine told of one examination; None where it did not say."""

    dap_gy_cm2: Decimal | None = None
    fluoro_seconds: int | None = None


def dose_told(visit: Visit) -> MachineDose:
    """Return the dose of a visit: of its newest dose report, else of its procedure steps."""
    report = DoseReport.objects.filter(image__visit=visit).order_by("-read_at").first()
    steps = list(PerformedStep.objects.filter(visit=visit, ended_at__isnull=False))
    daps = [step.dap_gy_cm2 for step in steps if step.dap_gy_cm2 is not None]
    seconds = [step.fluoro_seconds for step in steps if step.fluoro_seconds is not None]
    dap = report.dap_gy_cm2 if report else None
    fluoro = report.fluoro_seconds if report else None
    return MachineDose(
        dap if dap is not None else (sum(daps, Decimal(0)) if daps else None),
        fluoro if fluoro is not None else (sum(seconds) if seconds else None),
    )


def completed_by_the_machine(exam: Exam, visit: Visit) -> Exam:
    """Return an examination with the dose its machine told, where the person wrote none."""
    if exam.dap_gy_cm2 is not None and exam.fluoro_seconds is not None:
        return exam
    told = dose_told(visit)
    dap = None if told.dap_gy_cm2 is None else float(told.dap_gy_cm2)
    return replace(
        exam,
        dap_gy_cm2=dap if exam.dap_gy_cm2 is None else exam.dap_gy_cm2,
        fluoro_seconds=told.fluoro_seconds if exam.fluoro_seconds is None else exam.fluoro_seconds,
    )


def put_into_record(visit: Visit) -> tuple[ExamRecord, list[str]] | None:
    """Return a record that is there already with the dose it lacked, and which fields it got.

    What a person wrote is never overwritten; None where there is nothing to write. In the
    transaction of whoever acts, who remembers the change.
    """
    record = ExamRecord.objects.select_for_update(of=("self",)).filter(visit=visit).first()
    if record is None:
        return None
    told, fields = dose_told(visit), []
    for name in ("dap_gy_cm2", "fluoro_seconds"):
        value = getattr(told, name)
        if getattr(record, name) is None and value is not None:
            setattr(record, name, value)
            fields.append(name)
    if not fields:
        return None
    record.save(update_fields=fields)
    return record, fields


def dose_reason_of(exam: ExamRecord) -> str:
    """Return why the dose was above the reference, or an empty text where nobody said."""
    return reason_in(exam.events)


def reason_in(events: Iterable[Mapping[str, Any]] | None) -> str:
    """Return the same from the events of a record alone."""
    said = (each.get("why", "") for each in events or () if each.get("kind") == DOSE_REASON)
    return " ".join(said)


def read_dose(house: House, row: ImageFile, *, now: datetime) -> DoseReport | None:
    """Return what a dose report says, kept beside the site's reference level of today.

    None for what is no dose report. One that cannot be read is kept with its faults.
    """
    if row.sop_class not in DOSE_CLASSES:
        return None
    with house.gateways.images.open(row.sha256) as file:
        told = read_dose_report(file)
    made: DoseReport = DoseReport.objects.create(
        image=row,
        read_at=now,
        dap_gy_cm2=_kept(told.dap_gy_cm2, MOST_GY_CM2),
        dose_rp_mgy=_kept(told.dose_rp_mgy, MOST_MGY),
        fluoro_seconds=told.fluoro_seconds,
        frames=told.frames,
        events=[asdict(event) for event in told.events],
        reference_gy_cm2=house.site(row.site).dose_reference.dap_gy_cm2,
        faults=list(told.faults),
    )
    return made


def _kept(value: float | None, most: int) -> Decimal | None:
    """Return a dose as its column holds it; one that no machine can give is not believed."""
    return None if value is None or value > most else Decimal(f"{value:.4f}")
