"""Writes when contrast first came to each place as a DICOM parametric map, in seconds.

On the raster of the reading, which is no frame of a file; the runs it was made of are named. By
hand, as the segmentations are: highdicom wants a frame of reference. PS3.3 A.75.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ParametricMapStorage, generate_uid

from patency.core.imaging.reading import Reading
from patency.core.imaging.series import Mask, Series
from patency.gateways.derived import begun_from
from patency.gateways.segmentation import code, of, reference_to

DRAFT = "DRAFT map of arrival, not a finding"
NUMBER = 9004  # a series of drafts stands behind the machine's own
NEVER = -1.0
"""Where no contrast was seen; seconds count from the first picture and are never below 0."""


def arrival(reading: Reading) -> tuple[Mask, NDArray[np.int64]] | None:
    """Return where contrast came, and the block it first came in; None without contrast."""
    line = reading.line
    if line is None or line.first_contrast is None:
        return None
    limit = np.maximum(6.0 * line.noise, 0.12 * line.plateau)
    there = np.stack([cv2.GaussianBlur(each, (0, 0), 1.0) > limit for each in line.added])
    there[: line.first_contrast] = False
    there &= np.concatenate([there[1:], there[-1:]])  # twice in a row, or it was noise
    return np.asarray(there.any(0), bool), np.asarray(there.argmax(0), np.int64)


def write_arrival_map(
    folder: Path,
    reading: Reading,
    series: Series,
    files: Sequence[Path],
    *,
    made_at: datetime,
    version: str,
) -> Path | None:
    """Write the map into ``folder``; None where no contrast came."""
    found, line = arrival(reading), reading.line
    if found is None or line is None:
        return None
    came, first = found
    seconds = np.where(came, line.seconds[first], NEVER).astype("<f4")
    numbers = sorted({int(each) for each in line.run_of})
    images = [dcmread(files[number], stop_before_pixels=True) for number in numbers]
    made = _map(seconds, images, line.mm, made_at, version)
    path = folder / "arrival.pm.dcm"
    made.save_as(path, enforce_file_format=True)
    return path


def _map(
    seconds: NDArray[np.float32],
    images: Sequence[Dataset],
    mm: float,
    made_at: datetime,
    version: str,
) -> Dataset:
    image = images[0]
    made = begun_from(
        image,
        ParametricMapStorage,
        modality=image.get("Modality") or "RF",
        number=NUMBER,
        description="Patency draft map of arrival",
        made_at=made_at,
        version=version,
    )
    made.Laterality = ""
    made.ContentDate, made.ContentTime = made.SeriesDate, made.SeriesTime
    made.ImageType = ["DERIVED", "PRIMARY", "OTHER", "NONE"]
    made.ContentLabel, made.ContentDescription, made.ContentCreatorName = "DRAFT", DRAFT, ""
    made.LossyImageCompression, made.BurnedInAnnotation = "00", "NO"
    made.RecognizableVisualFeatures = "NO"
    made.ContentQualification, made.PresentationLUTShape = "RESEARCH", "IDENTITY"
    made.AcquisitionContextSequence = []
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns, made.NumberOfFrames = *seconds.shape, 1
    # The raster is a frame of reference of its own: no X-ray picture of a woman says another.
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = generate_uid(), ""
    made.BitsAllocated, made.FloatPixelPaddingValue = 32, NEVER
    made.FloatPixelPaddingRangeLimit = NEVER
    made.FloatPixelData = seconds.tobytes()
    made.ReferencedSeriesSequence = [
        of(
            SeriesInstanceUID=image.get("SeriesInstanceUID") or generate_uid(),
            ReferencedInstanceSequence=[reference_to(each) for each in images],
        )
    ]
    organisation = generate_uid()
    made.DimensionOrganizationSequence = [of(DimensionOrganizationUID=organisation)]
    made.DimensionIndexSequence = [
        of(
            DimensionOrganizationUID=organisation,
            DimensionIndexPointer=0x00209057,  # In-Stack Position Number
            FunctionalGroupPointer=0x00209111,  # Frame Content Sequence
            DimensionDescriptionLabel="Map",
        )
    ]
    made.SharedFunctionalGroupsSequence = [_shared(images, mm)]
    made.PerFrameFunctionalGroupsSequence = [
        of(
            FrameContentSequence=[
                of(StackID="1", InStackPositionNumber=1, DimensionIndexValues=[1])
            ]
        )
    ]
    return made


def _shared(images: Sequence[Dataset], mm: float) -> Dataset:
    sources = []
    for image in images:
        source = reference_to(image)
        source.PurposeOfReferenceCodeSequence = [
            code("121322", "DCM", "Source image for image processing operation")
        ]
        sources.append(source)
    return of(
        PixelMeasuresSequence=[of(PixelSpacing=[round(mm, 5), round(mm, 5)])],
        # In the frame of the raster itself; it says nothing of where she lay.
        PlanePositionSequence=[of(ImagePositionPatient=[0, 0, 0])],
        PlaneOrientationSequence=[of(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        ParametricMapFrameTypeSequence=[of(FrameType=["DERIVED", "PRIMARY", "OTHER", "NONE"])],
        DerivationImageSequence=[
            of(
                DerivationDescription="first time of contrast at each place",
                SourceImageSequence=sources,
                DerivationCodeSequence=[code("ARRIVAL", "99HSG", "Time of arrival of contrast")],
            )
        ],
        FrameVOILUTSequence=[of(WindowCenter=30, WindowWidth=60)],
        PixelValueTransformationSequence=[of(RescaleIntercept=0, RescaleSlope=1, RescaleType="US")],
        RealWorldValueMappingSequence=[
            of(
                LUTLabel="ARRIVAL",
                LUTExplanation="seconds from the first picture",
                MeasurementUnitsCodeSequence=[code("s", "UCUM", "s")],
                QuantityDefinitionSequence=[
                    of(
                        ValueType="CODE",
                        ConceptNameCodeSequence=[code("246205007", "SCT", "Quantity")],
                        ConceptCodeSequence=[
                            code("ARRIVAL", "99HSG", "Time of arrival of contrast")
                        ],
                    )
                ],
                DoubleFloatRealWorldValueFirstValueMapped=0.0,
                DoubleFloatRealWorldValueLastValueMapped=86400.0,
                RealWorldValueIntercept=0.0,
                RealWorldValueSlope=1.0,
            )
        ],
    )
