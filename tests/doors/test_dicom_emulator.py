"""The C-arm that ships: from worklist to commitment, and every object passes a validator."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from patency.core.matching import accession_of
from patency.records.models.images import ImageFile
from patency.records.models.machines import DoseReport, PerformedStep
from tests.doors.dicom_peers import Clinic, Door, door
from tests.doors.test_dicom_storage import kept
from tests.doors.test_dicom_worklist import booked

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("dicom"),
    pytest.mark.once,
]
VALIDATOR = Path(sys.executable).with_name("dciodvfy")


def emulator(opened: Door, *more: str, code: int = 0) -> str:
    program = Path(sys.executable).with_name("patency")
    done = subprocess.run(
        [program, "emulator", "--port", str(opened.port), *more],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, f"{done.stdout}{done.stderr}\n{opened.log.read_text()}"
    return done.stdout + done.stderr


def test_it_performs_an_item_and_everything_lies_in_her_visit(tmp_path):
    visit = booked()
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        listed = emulator(opened)
        said = emulator(opened, "--accession", accession_of(visit.pk))
        after = emulator(opened)
    clinic.read_again()

    assert f"RF {accession_of(visit.pk)} {visit.patient.number}" in listed
    assert "Sworn to: 4 objects are safe." in said
    assert "has nothing for WESTFLUORO1" in after
    rows = list(ImageFile.objects.all())
    assert [(row.state, row.visit) for row in rows] == [("filed", visit)] * 4
    step, dose = PerformedStep.objects.get(), DoseReport.objects.get()
    assert (step.state, step.visit, step.dap_gy_cm2) == ("COMPLETED", visit, Decimal("0.468"))
    assert (dose.dap_gy_cm2, dose.fluoro_seconds, dose.faults) == (Decimal("0.468"), 3, [])
    for row in rows:
        done = subprocess.run(
            [VALIDATOR, kept(clinic, row)], capture_output=True, text=True, check=False
        )
        assert "Error" not in done.stdout + done.stderr, done.stderr


def test_it_says_what_to_look_at_where_nobody_answers(tmp_path):
    clinic = Clinic(tmp_path)

    with door(clinic) as opened:
        stranger = emulator(opened, "--station", "SOMEBODY", code=2)
        wrong = emulator(opened, "--accession", "NONE", code=2)

    assert "took no association" in stranger
    assert "is not on the worklist" in wrong
