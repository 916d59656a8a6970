"""``patency read`` from end to end: a folder of files in, a draft with its evidence out."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    XRayRadiofluoroscopicImageStorage,
    generate_uid,
)
from pydicom.uid import (
    GrayscaleSoftcopyPresentationStateStorage as GrayscaleSoftcopyPresentationState,
)

from tests.doors.command_line import Patency
from tests.unit.core.imaging.plain_phantom import pretend


def judged(file: Path) -> str:
    """Return what the validator says of a file."""
    validator = Path(sys.executable).parent / "dciodvfy"
    said = subprocess.run([validator, file], capture_output=True, text=True, check=False)
    return said.stderr + said.stdout


@pytest.fixture
def patency(capsys: pytest.CaptureFixture[str]) -> Patency:
    return Patency(capsys)


def a_study(folder: Path, *, contrast: bool) -> Path:
    """Write a plain pretend examination as files, one for each run."""
    folder.mkdir()
    study, series = generate_uid(), generate_uid()
    for number, run in enumerate(pretend(6, size=256, contrast=contrast, runs=3).series.runs):
        frames, rows, columns = run.frames.shape
        image = Dataset()
        image.SOPClassUID, image.SOPInstanceUID = XRayRadiofluoroscopicImageStorage, generate_uid()
        image.StudyInstanceUID, image.SeriesInstanceUID = study, series
        image.Modality, image.PatientID = "RF", "PRETEND"
        at = float(run.seconds[0])
        image.AcquisitionDate = image.StudyDate = "20261126"
        image.AcquisitionTime = f"{10:02d}{int(at // 60):02d}{at % 60:09.6f}"
        image.NumberOfFrames, image.Rows, image.Columns = frames, rows, columns
        image.FrameTime = f"{1000 * float(run.seconds[1] - run.seconds[0]):.3f}"
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.PixelIntensityRelationship = "LIN"
        image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
        image.PixelRepresentation = 0
        image.ImagerPixelSpacing = [run.spacing_mm * 1.4, run.spacing_mm * 1.4]
        image.DistanceSourceToDetector, image.DistanceSourceToPatient = 1050, 750
        image.InstanceNumber = number + 1
        image.PixelData = np.ascontiguousarray(run.frames, np.uint16).tobytes()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.save_as(folder / f"RUN{number + 1:02d}.dcm", enforce_file_format=True)
    return folder


def test_a_draft_is_written_with_its_outline_as_a_valid_segmentation(
    patency: Patency, tmp_path: Path
) -> None:
    study, out = a_study(tmp_path / "study", contrast=True), tmp_path / "draft"

    said = patency("read", study, "--out", out, "--json")

    assert said.code == 0, said.err
    assert said.data == json.loads((out / "findings.json").read_text())
    assert {tube["verdict"] for tube in said.data["tubes"].values()} <= {
        "passed",
        "not_passed",
        "indeterminate",
    }
    assert said.data["cavity"] is not None
    came = dcmread(out / "arrival.pm.dcm")
    assert "Error" not in judged(out / "arrival.pm.dcm")
    at = np.frombuffer(came.FloatPixelData, np.float32)
    assert at.size == came.Rows * came.Columns and at.max() > 0 and at.min() == -1
    tubes = dcmread(out / "tubes.seg.dcm")
    assert "Error" not in judged(out / "tubes.seg.dcm")
    assert any("tube" in each.SegmentLabel for each in tubes.SegmentSequence)
    assert (
        all("picture" in each.SegmentLabel for each in tubes.SegmentSequence)
        is not (said.data["sides_known"])
    )
    state = dcmread(out / "draft.pr.dcm")
    # The validator knows no XA/XRF state; all that it shares with the plain one is judged.
    state.SOPClassUID = state.file_meta.MediaStorageSOPClassUID = GrayscaleSoftcopyPresentationState
    state.save_as(tmp_path / "plain.pr.dcm")
    assert "GrayscaleSoftcopyPresentationState" in judged(tmp_path / "plain.pr.dcm")
    assert "Error" not in judged(tmp_path / "plain.pr.dcm")
    (drawn,) = state.GraphicAnnotationSequence
    source = dcmread(study / "RUN01.dcm")
    for each in drawn.GraphicObjectSequence:
        points = np.array(each.GraphicData).reshape(-1, 2)
        assert len(points) == each.NumberOfGraphicPoints >= 2
        assert points.min() >= 0.5 and points.max() <= max(source.Rows, source.Columns) + 1
    outline = dcmread(out / "cavity.seg.dcm")
    assert list(outline.pixel_array.shape) == said.data["cavity"]["mask"]["size"]
    assert "Error" not in judged(out / "cavity.seg.dcm")
    assert "Error" not in judged(out / "draft.sr.dcm")


def test_the_structured_report_is_a_draft_and_names_no_side_that_was_not_checked(
    patency: Patency, tmp_path: Path
) -> None:
    study, out = a_study(tmp_path / "study", contrast=True), tmp_path / "draft"

    patency("read", study, "--out", out)

    report = dcmread(out / "draft.sr.dcm")
    assert (report.CompletionFlag, report.PreliminaryFlag, report.VerificationFlag) == (
        "PARTIAL",
        "PRELIMINARY",
        "UNVERIFIED",
    )
    said = report.to_json()
    assert "side not checked" in said
    assert "24028007" not in said and "7771000" not in said
    assert "blocked" not in said
    assert '"POLYLINE"' in said and '"UCUM"' in said


def test_nothing_is_said_to_have_filled_where_there_was_no_contrast(
    patency: Patency, tmp_path: Path
) -> None:
    study, out = a_study(tmp_path / "study", contrast=False), tmp_path / "draft"

    said = patency("read", study, "--out", out, "--json")

    assert said.code == 0, said.err
    for tube in said.data["tubes"].values():
        assert tube["verdict"] == "indeterminate"
        assert all(cm == 0 for _, cm in tube["front"])
    assert not (out / "cavity.seg.dcm").exists()


def test_a_folder_without_images_is_refused_in_words(patency: Patency, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    said = patency.is_refused("read", tmp_path / "empty", "--out", tmp_path / "draft")

    assert "empty" in said
