"""Writes what a reading outlined as DICOM segmentations, each of the frame it was drawn on.

By hand, because highdicom takes no multi-frame X-ray image without a frame of reference. It is a
draft: the label and the description of the object say so, and nobody is named as its author.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pack_bits
from pydicom.uid import UID, SegmentationStorage, generate_uid

from patency.core.imaging.findings import full_mask
from patency.core.imaging.reading import Reading
from patency.core.imaging.series import Mask, Series
from patency.gateways.derived import begun_from

DRAFT = "DRAFT outline, not a finding until a named reader confirms it"
AT = {"right": "left", "left": "right"}
DRAWN_MM = 2.0
"""The width a tube is drawn in; a healthy one is narrower than can be outlined."""
NUMBER = 9001  # a series of drafts stands behind the machine's own


@dataclass(frozen=True, slots=True)
class Segment:
    """One thing that was outlined, in the pixels of the frame it was outlined on."""

    label: str
    mask: Mask
    category: Dataset
    kind: Dataset
    side: Dataset | None = None
    """Of the woman; None where it is not known."""
    colour: tuple[int, int, int] = (40000, 20000, 45000)
    """CIELab, as DICOM scales it."""


class NotSegmented(Exception):
    """An outline that does not fit the image it was drawn on; the message says why."""


def segment_cavity(
    folder: Path,
    reading: Reading,
    series: Series,
    files: Sequence[Path],
    *,
    made_at: datetime,
    version: str,
) -> Path | None:
    """Write the cavity of a reading into ``folder``; None where there is nothing to refer to.

    The frame is the one nearest to the moment the outline was drawn at. Single pictures that were
    read together have no one file to refer to, and get none.
    """
    cavity, line = reading.cavity, reading.line
    if cavity is None or line is None:
        return None
    number = int(line.run_of[cavity.block])
    run, source = series.runs[number], files[number]
    header = dcmread(source, stop_before_pixels=True, specific_tags=["NumberOfFrames"])
    if int(header.get("NumberOfFrames") or 1) != len(run.frames):
        return None
    frame = int(np.argmin(np.abs(run.seconds - line.seconds[cavity.block])))
    rows, columns = run.frames.shape[1:]
    outline = full_mask(reading, series).astype(np.uint8)
    fitted = cv2.resize(outline, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
    path = folder / "cavity.seg.dcm"
    write_segmentation(path, fitted, source=source, frame=frame, made_at=made_at, version=version)
    return path


def segment_tubes(
    folder: Path,
    reading: Reading,
    series: Series,
    files: Sequence[Path],
    *,
    made_at: datetime,
    version: str,
) -> Path | None:
    """Write tubes and spill on the last picture of a reading; None where there are none.

    A tube is drawn as far as contrast was followed, in the width it is looked at in.
    """
    line = reading.line
    if line is None:
        return None
    block = len(line.seconds) - 1
    number = int(line.run_of[block])
    run, source = series.runs[number], files[number]
    header = dcmread(source, stop_before_pixels=True, specific_tags=["NumberOfFrames"])
    if int(header.get("NumberOfFrames") or 1) != len(run.frames):
        return None
    shape = (int(run.frames.shape[1]), int(run.frames.shape[2]))
    segments = [
        replace(each, mask=line.stored_mask(each.mask, block, shape))
        for each in _outlined(reading, line.mm)
    ]
    segments = [each for each in segments if each.mask.any()]
    if not segments:
        return None
    frame = int(np.argmin(np.abs(run.seconds - line.seconds[block])))
    path = folder / "tubes.seg.dcm"
    write_segments(path, segments, source=source, frame=frame, made_at=made_at, version=version)
    return path


def _outlined(reading: Reading, mm: float) -> Iterator[Segment]:
    """Return tubes and spill on the raster of the reading."""
    assert reading.line is not None
    shape = reading.line.added.shape[1:]
    for name, tube in reading.tubes.items():
        side = SIDES[name] if reading.sides_known else None
        called = f"{name} " if reading.sides_known else f"at the {AT[name]} of the picture: "
        if tube.course is not None and tube.filling is not None:
            points = tube.course.points[tube.course.arc_mm <= tube.filling.furthest_mm]
            drawn = np.zeros(shape, np.uint8)
            if len(points) > 1:
                wide = max(1, round(DRAWN_MM / mm))
                cv2.polylines(drawn, [points.round().astype(np.int32)], False, 1, wide)
            yield Segment(f"{called}tube", drawn > 0, ANATOMY, TUBE, side, (45000, 15000, 20000))
        if name in reading.spills and reading.spills[name].seen:
            mask = reading.spills[name].mask
            yield Segment(f"{called}spill", mask, SUBSTANCE, SPILL, side, (50000, 40000, 50000))


def write_segmentation(
    path: Path, mask: Mask, *, source: Path, frame: int, made_at: datetime, version: str
) -> None:
    """Write ``mask`` as the segment of the uterine cavity on ``frame`` (from 0) of ``source``."""
    cavity = [Segment("Uterine cavity", mask, ANATOMY, UTERUS)]
    write_segments(path, cavity, source=source, frame=frame, made_at=made_at, version=version)


def write_segments(
    path: Path,
    segments: Sequence[Segment],
    *,
    source: Path,
    frame: int,
    made_at: datetime,
    version: str,
) -> None:
    """Write segments on ``frame`` (from 0) of ``source``. Raises ``NotSegmented``."""
    image = dcmread(source, stop_before_pixels=True)
    shape = (int(image.Rows), int(image.Columns))
    frames = int(image.get("NumberOfFrames") or 1)
    for each in segments:
        if each.mask.shape != shape or not 0 <= frame < frames:
            raise NotSegmented(
                f"{source.name} has {frames} frames of {shape[0]} x {shape[1]}; an outline of "
                f"{each.mask.shape[0]} x {each.mask.shape[1]} on frame {frame + 1} does not fit it."
            )
    made = _segmentation(image, segments, frame, frames, made_at, version)
    made.save_as(path, enforce_file_format=True)


def _segmentation(
    image: Dataset,
    segments: Sequence[Segment],
    frame: int,
    frames: int,
    made_at: datetime,
    version: str,
) -> Dataset:
    made = begun_from(
        image,
        SegmentationStorage,
        modality="SEG",
        number=NUMBER,
        description="Patency draft outline",
        made_at=made_at,
        version=version,
    )
    made.ContentDate, made.ContentTime = made.SeriesDate, made.SeriesTime
    made.ImageType = ["DERIVED", "PRIMARY"]
    made.PatientOrientation = image.get("PatientOrientation") or ""
    made.ContentLabel, made.ContentDescription = "DRAFT", DRAFT
    made.ContentCreatorName = ""
    made.LossyImageCompression = "00"
    made.SegmentationType = "BINARY"
    made.SegmentsOverlap = "NO" if len(segments) == 1 else "UNDEFINED"
    made.SegmentSequence = [_segment(place, each) for place, each in enumerate(segments, 1)]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns, made.NumberOfFrames = *segments[0].mask.shape, len(segments)
    made.BitsAllocated = made.BitsStored = 1
    made.HighBit = made.PixelRepresentation = 0
    made.PixelData = pack_bits(
        np.stack([each.mask for each in segments]).astype(np.uint8).ravel(), pad=True
    )
    _refer_to(made, image)
    _organise(made, image, frame, frames, len(segments))
    return made


def _segment(number: int, segment: Segment) -> Dataset:
    made = of(
        SegmentNumber=number,
        SegmentLabel=segment.label,
        SegmentDescription=DRAFT,
        SegmentAlgorithmType="AUTOMATIC",
        SegmentAlgorithmName="Patency reading",
        SegmentedPropertyCategoryCodeSequence=[segment.category],
        SegmentedPropertyTypeCodeSequence=[segment.kind],
        RecommendedDisplayCIELabValue=list(segment.colour),
    )
    if segment.side is not None:
        made.SegmentedPropertyTypeCodeSequence = [
            of(**_named(segment.kind), SegmentedPropertyTypeModifierCodeSequence=[segment.side])
        ]
    return made


def _named(kind: Dataset) -> dict[str, Any]:
    names = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
    return {name: kind[name].value for name in names}


def _refer_to(made: Dataset, image: Dataset) -> None:
    instance = reference_to(image)
    made.ReferencedSeriesSequence = [
        of(
            SeriesInstanceUID=image.get("SeriesInstanceUID") or generate_uid(),
            ReferencedInstanceSequence=[instance],
        )
    ]


def _organise(made: Dataset, image: Dataset, frame: int, frames: int, segments: int) -> None:
    organisation: UID = generate_uid()
    made.DimensionOrganizationSequence = [of(DimensionOrganizationUID=organisation)]
    made.DimensionIndexSequence = [
        of(
            DimensionOrganizationUID=organisation,
            DimensionIndexPointer=0x0062000B,  # Referenced Segment Number
            FunctionalGroupPointer=0x0062000A,  # Segment Identification Sequence
            DimensionDescriptionLabel="Segment",
        )
    ]
    source = reference_to(image)
    if frames > 1:
        source.ReferencedFrameNumber = frame + 1
    source.SpatialLocationsPreserved = "YES"
    source.PurposeOfReferenceCodeSequence = [
        code("121322", "DCM", "Source image for image processing operation")
    ]
    derivation = of(
        SourceImageSequence=[source],
        DerivationCodeSequence=[code("113076", "DCM", "Segmentation")],
    )
    made.SharedFunctionalGroupsSequence = [of()]
    made.PerFrameFunctionalGroupsSequence = [
        of(
            FrameContentSequence=[of(DimensionIndexValues=[place])],
            SegmentIdentificationSequence=[of(ReferencedSegmentNumber=place)],
            DerivationImageSequence=[derivation],
        )
        for place in range(1, segments + 1)
    ]


def reference_to(image: Dataset) -> Dataset:
    """Return what names an image in another object."""
    return of(
        ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID
    )


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return a coded concept."""
    return of(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def of(**named: Any) -> Dataset:
    """Return a data set with the named attributes."""
    made = Dataset()
    fields: Mapping[str, Any] = named
    for name, value in fields.items():
        setattr(made, name, value)
    return made


ANATOMY = code("123037004", "SCT", "Anatomical Structure")
SUBSTANCE = code("105590001", "SCT", "Substance")
UTERUS = code("35039007", "SCT", "Uterus")
TUBE = code("31435000", "SCT", "Fallopian tube")
SPILL = code("SPILL", "99HSG", "Spill beyond the tube")  # no code of a standard was checked
SIDES = {"right": code("24028007", "SCT", "Right"), "left": code("7771000", "SCT", "Left")}
