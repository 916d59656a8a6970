"""Dose reports of our own machine and, where somebody has them, of two vendors' real ones."""

import os
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from patency.gateways.dosereport import read_dose_report
from patency.synthetic.dose_report import Beam, dose_report

FOLDER = os.environ.get("PATENCY_RDSR", "")
# File of pyskindose's example data: events, Gy·cm², mGy, seconds, frames, as read by eye.
REAL = {
    "philips_allura_clarity_u104.dcm": (25, 0.0784, 0.7094, 37, 15),
    "philips_allura_clarity_u601.dcm": (29, 0.1093, 5.5285, 55, 12),
    "siemens_axiom_artis.dcm": (21, 0.0937, 1.36, 18, None),
    "siemens_axiom_example_procedure.dcm": (24, 2.7902, 14.06, 74, None),
}


def beams() -> list[Beam]:
    at = datetime(2025, 9, 24, 9, 31, tzinfo=UTC)
    return [
        Beam(generate_uid(), at, True, 0.6, 2.0, 60, 7.5),
        Beam(generate_uid(), at, False, 0.4, 1.0, 8, 3.0, copper_mm=0.1),
    ]


def report(**changes) -> Dataset:
    header = Dataset()
    header.StudyInstanceUID = header.SeriesInstanceUID = header.DeviceUID = generate_uid()
    return dose_report(header, generate_uid(), beams(), **changes)


def as_file(made: Dataset) -> BytesIO:
    written = BytesIO()
    made.save_as(written, enforce_file_format=True)
    return written


@pytest.mark.parametrize("unit", ["Gy.m2", "Gym2"])
def test_totals_and_events_are_read_in_either_spelling_of_the_unit(unit):
    told = read_dose_report(as_file(report(unit=(unit, "UCUM", unit))))

    assert (told.dap_gy_cm2, told.dose_rp_mgy) == (pytest.approx(1.0), pytest.approx(3.0))
    assert (told.fluoro_seconds, told.frames, told.faults) == (8, 8, ())
    fluoro, taken = told.events
    assert (fluoro.kind, taken.kind) == ("Fluoroscopy", "Stationary Acquisition")
    assert (fluoro.copper_mm, taken.copper_mm, fluoro.pulses_per_s) == (0.2, 0.1, 7.5)


def accumulated(made: Dataset) -> Dataset:
    return next(
        item for item in made.ContentSequence
        if item.ConceptNameCodeSequence[0].CodeValue == "113702"
    )  # fmt: skip


def total_of(made: Dataset) -> Dataset:
    return next(
        item for item in accumulated(made).ContentSequence
        if item.ConceptNameCodeSequence[0].CodeValue == "113722"
    )  # fmt: skip


def test_a_vendors_own_code_of_the_same_number_is_not_taken_for_a_dose():
    made = report()
    total_of(made).ConceptNameCodeSequence[0].CodingSchemeDesignator = "99VENDOR"

    told = read_dose_report(as_file(made))

    assert (told.dap_gy_cm2, told.faults) == (pytest.approx(1.0), ("no-total",))


@pytest.mark.parametrize(
    ("value", "unit", "fault"),
    [("5.42e-006", "Gy.m2", "sum-differs"), ("1.0", "rad", "unknown-unit")],
)
def test_odd_numbers_are_read_and_what_is_wrong_is_said(value, unit, fault):
    made = report()
    measured = total_of(made).MeasuredValueSequence[0]
    measured.NumericValue = value
    measured.MeasurementUnitsCodeSequence[0].CodeValue = unit

    assert fault in read_dose_report(as_file(made)).faults


@pytest.mark.parametrize("content", [b"", b"\0" * 128 + b"DICM" + b"\xff" * 40])
def test_what_is_no_report_is_a_fault_and_no_error(content):
    assert read_dose_report(BytesIO(content)).faults


def test_a_report_without_its_content_says_so():
    made = report()
    del made.ContentSequence

    assert set(read_dose_report(as_file(made)).faults) == {"no-total", "no-events"}


@pytest.mark.skipif(not FOLDER, reason="needs real reports: PATENCY_RDSR names their folder")
@pytest.mark.parametrize("name", sorted(REAL))
def test_real_reports_are_read(name):
    with (Path(FOLDER) / name).open("rb") as file:
        told = read_dose_report(file)

    events, dap, rp, seconds, frames = REAL[name]
    assert (len(told.events), told.fluoro_seconds, told.frames) == (events, seconds, frames)
    assert told.dap_gy_cm2 == pytest.approx(dap, abs=1e-4)
    assert told.dose_rp_mgy == pytest.approx(rp, abs=1e-3)
    assert all(event.uid and event.started and event.copper_mm for event in told.events)
    assert dcmread(Path(FOLDER) / name).Modality == "SR"
