"""What is signed is filed with her images as a valid, final, verified DICOM report."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydicom import dcmread

from patency.core.access import Role
from patency.core.findings.model import (
    Calibre,
    Cavity,
    Findings,
    Quality,
    Segment,
    Shape,
    Spill,
    Tube,
)
from patency.records.levels import Wanted
from patency.records.models.images import ImageFile
from patency.service import reporting, signed_report, stored
from patency.service.house import House
from tests.make import make_actor
from tests.service.after import AFTERWARDS, BOTH_OPEN, JOB, RADIOLOGIST
from tests.service.readings import STUDY, an_image
from tests.service.test_reporting import draft, find, make_examined, sign

pytestmark = pytest.mark.django_db
VALIDATOR = Path(sys.executable).parent / "dciodvfy"
MACHINE = make_actor(Role.SYSTEM, name="c-arm")
SLOW = Tube(Segment.AMPULLA, Spill.NONE, Calibre.NORMAL)
OTHER = Findings(Cavity(Shape.NORMAL), SLOW, SLOW, Quality.GOOD)


def a_signed_report(house: House):
    visit = make_examined()
    an_image(house, visit)
    find(house, visit, BOTH_OPEN)
    return sign(house, draft(house, visit))


def filed(house: House, report, now=AFTERWARDS):
    return signed_report.file_signed(house, report.pk, by=JOB, now=now)


def read(house: House, row: ImageFile):
    with house.gateways.images.open(row.sha256) as file:
        return dcmread(file)


def test_it_is_final_and_verified_by_the_signer_and_of_the_same_study(house: House):
    report = a_signed_report(house)

    row = filed(house, report)
    made = read(house, row)

    assert (made.CompletionFlag, made.VerificationFlag) == ("COMPLETE", "VERIFIED")
    assert made.PreliminaryFlag == "FINAL"
    assert made.VerifyingObserverSequence[0].VerifyingObserverName.family_name == RADIOLOGIST.name
    assert made.StudyInstanceUID == STUDY
    assert made.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert str(made).count("'passed'") == 2
    assert (row.state, row.visit_id, row.modality) == ("filed", report.visit_id, "SR")
    found = stored.find(Wanted(studies=(STUDY,)), "query", by=MACHINE, now=AFTERWARDS)
    assert row in found


def test_the_validator_finds_no_error(house: House, tmp_path: Path):
    report = a_signed_report(house)
    made = tmp_path / "signed.dcm"
    with house.gateways.images.open(filed(house, report).sha256) as file:
        made.write_bytes(file.read())

    said = subprocess.run([VALIDATOR, made], capture_output=True, text=True, check=False)

    assert "SR" in said.stderr + said.stdout
    assert "Error" not in said.stderr + said.stdout


def test_it_is_written_once(house: House):
    report = a_signed_report(house)

    assert filed(house, report).pk == filed(house, report, now=AFTERWARDS).pk


def test_an_amendment_is_a_new_object_that_names_what_it_replaces(house: House):
    first = a_signed_report(house)
    before = filed(house, first)
    later = AFTERWARDS + timedelta(hours=1)
    reporting.record_findings(house, first.visit_id, OTHER, by=RADIOLOGIST, now=later)
    amended = reporting.amend(house, first.visit_id, "looked again", by=RADIOLOGIST, now=later)
    second = sign(house, amended, now=later)

    made = read(house, filed(house, second, now=later))

    reference = made.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert reference.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == before.image_uid
    assert made.SOPInstanceUID != before.image_uid
    assert "'not passed'" in str(made)


def test_without_images_there_is_nothing_to_file_it_with(house: House):
    visit = make_examined()
    find(house, visit, BOTH_OPEN)

    assert filed(house, sign(house, draft(house, visit))) is None
