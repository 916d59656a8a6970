"""The outline of the cavity as a DICOM segmentation: valid, readable, and plainly a draft."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, XRayRadiofluoroscopicImageStorage, generate_uid

from patency.gateways.segmentation import (
    ANATOMY,
    SIDES,
    SPILL,
    SUBSTANCE,
    TUBE,
    NotSegmented,
    Segment,
    write_segmentation,
    write_segments,
)

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
VALIDATOR = Path(sys.executable).parent / "dciodvfy"


def a_run(folder: Path, *, frames: int = 3, rows: int = 20, columns: int = 30) -> Path:
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = XRayRadiofluoroscopicImageStorage, generate_uid()
    image.StudyInstanceUID, image.SeriesInstanceUID = generate_uid(), generate_uid()
    image.PatientName, image.PatientID, image.PatientSex = "Zhou^Mei", "HSG-1", "F"
    image.PatientBirthDate, image.StudyDate, image.StudyTime = "19910203", "20261126", "100000"
    image.StudyID, image.AccessionNumber, image.ReferringPhysicianName = "1", "A1", ""
    image.Modality, image.NumberOfFrames = "RF", frames
    image.Rows, image.Columns, image.SamplesPerPixel = rows, columns, 1
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
    image.PhotometricInterpretation = "MONOCHROME2"
    image.PixelData = np.zeros((frames, rows, columns), np.uint16).tobytes()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = folder / "RUN01.dcm"
    image.save_as(path, enforce_file_format=True)
    return path


def an_outline(rows: int = 20, columns: int = 30) -> np.ndarray:
    mask = np.zeros((rows, columns), bool)
    mask[5:12, 7:19] = True
    return mask


def test_the_validator_finds_no_error_in_a_segmentation(tmp_path: Path) -> None:
    made = tmp_path / "cavity.seg.dcm"

    write_segmentation(
        made, an_outline(), source=a_run(tmp_path), frame=1, made_at=NOON, version="1"
    )

    said = subprocess.run([VALIDATOR, made], capture_output=True, text=True, check=False)
    assert "Segmentation" in said.stderr + said.stdout
    assert "Error" not in said.stderr + said.stdout


def test_a_segmentation_gives_the_outline_back_and_names_its_frame(tmp_path: Path) -> None:
    source, made = a_run(tmp_path), tmp_path / "cavity.seg.dcm"

    write_segmentation(made, an_outline(), source=source, frame=1, made_at=NOON, version="1")

    read = dcmread(made)
    assert (read.pixel_array.astype(bool) == an_outline()).all()
    derived = read.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
    assert derived.SourceImageSequence[0].ReferencedFrameNumber == 2
    assert derived.SourceImageSequence[0].ReferencedSOPInstanceUID == dcmread(source).SOPInstanceUID


def test_a_segmentation_says_that_it_is_a_draft_of_nobody(tmp_path: Path) -> None:
    made = tmp_path / "cavity.seg.dcm"

    write_segmentation(
        made, an_outline(), source=a_run(tmp_path), frame=0, made_at=NOON, version="1"
    )

    read = dcmread(made)
    assert read.ContentLabel == "DRAFT"
    assert read.ContentCreatorName == ""
    assert read.PatientID == "HSG-1"


def test_an_outline_of_another_size_is_refused(tmp_path: Path) -> None:
    source = a_run(tmp_path)

    with pytest.raises(NotSegmented, match=r"3 frames of 20 x 30.*8 x 9"):
        write_segmentation(
            tmp_path / "x.dcm",
            an_outline()[:8, :9],
            source=source,
            frame=0,
            made_at=NOON,
            version="",
        )


def test_a_frame_that_is_not_there_is_refused(tmp_path: Path) -> None:
    source = a_run(tmp_path)

    with pytest.raises(NotSegmented, match="frame 4"):
        write_segmentation(
            tmp_path / "x.dcm", an_outline(), source=source, frame=3, made_at=NOON, version=""
        )


def test_several_segments_lie_in_one_object_each_with_its_side(tmp_path: Path) -> None:
    made, other = tmp_path / "tubes.seg.dcm", np.zeros((20, 30), bool)
    other[1:4, 2:5] = True
    segments = [
        Segment("right tube", an_outline(), ANATOMY, TUBE, SIDES["right"]),
        Segment("spill", other, SUBSTANCE, SPILL),
    ]

    write_segments(made, segments, source=a_run(tmp_path), frame=2, made_at=NOON, version="1")

    said = subprocess.run([VALIDATOR, made], capture_output=True, text=True, check=False)
    assert "Error" not in said.stderr + said.stdout
    read = dcmread(made)
    assert read.pixel_array.shape == (2, 20, 30)
    assert np.array_equal(read.pixel_array[1] > 0, other)
    right, spill = read.SegmentSequence
    (kind,) = right.SegmentedPropertyTypeCodeSequence
    assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Right"
    assert (
        "SegmentedPropertyTypeModifierCodeSequence"
        not in (spill.SegmentedPropertyTypeCodeSequence[0])
    )
