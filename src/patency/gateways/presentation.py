"""Writes how a draft reading is to be looked at: an XA/XRF grayscale softcopy presentation state.

The run the cavity was outlined on, with the outline and the tubes as far as contrast was followed
drawn over its frame, and the mask where the run has pictures before contrast. By hand, as the
segmentation is. PS3.3 A.33.6.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from patency.core.imaging.findings import full_mask
from patency.core.imaging.reading import Reading
from patency.core.imaging.series import Series
from patency.gateways.derived import begun_from
from patency.gateways.segmentation import of, reference_to

XA_XRF_PRESENTATION = UID("1.2.840.10008.5.1.4.1.1.11.5")
DRAFT = "DRAFT lines, no finding until a named reader confirms"
NUMBER = 9003  # a series of drafts stands behind the machine's own
LAYER = "DRAFT"
MOST_POINTS = 200
"""Of one line: enough for a tube at a point a millimetre."""
LEAST_POINTS = 2


def write_presentation(
    folder: Path,
    reading: Reading,
    series: Series,
    files: Sequence[Path],
    *,
    made_at: datetime,
    version: str,
) -> Path | None:
    """Write the presentation state into ``folder``; None where there is nothing to refer to."""
    cavity, line = reading.cavity, reading.line
    if cavity is None or line is None:
        return None
    number = int(line.run_of[cavity.block])
    run, source = series.runs[number], files[number]
    image = dcmread(source, stop_before_pixels=True)
    if int(image.get("NumberOfFrames") or 1) != len(run.frames):
        return None
    frame = int(np.argmin(np.abs(run.seconds - line.seconds[cavity.block])))
    before = 0
    if line.first_contrast is not None:
        before = int(np.sum(run.seconds < line.starts[line.first_contrast]))
    made = _state(image, made_at, version)
    source_frame = reference_to(image)
    if len(run.frames) > 1:
        source_frame.ReferencedFrameNumber = frame + 1
    made.GraphicAnnotationSequence = [
        of(
            ReferencedImageSequence=[source_frame],
            GraphicLayer=LAYER,
            GraphicObjectSequence=list(_drawn(reading, series)),
        )
    ]
    made.GraphicLayerSequence = [
        of(GraphicLayer=LAYER, GraphicLayerOrder=1, GraphicLayerDescription=DRAFT)
    ]
    if before:
        made.MaskSubtractionSequence = [
            of(MaskOperation="AVG_SUB", MaskFrameNumbers=list(range(1, before + 1)))
        ]
        made.RecommendedViewingMode = "SUB"
    path = folder / "draft.pr.dcm"
    made.save_as(path, enforce_file_format=True)
    return path


def _drawn(reading: Reading, series: Series) -> Iterator[Dataset]:
    """Return the outline of the cavity and the followed part of each tube, in stored pixels."""
    cavity, line = reading.cavity, reading.line
    assert cavity is not None and line is not None
    outlines, _ = cv2.findContours(
        full_mask(reading, series).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    for outline in outlines:
        around = outline[:, 0].astype(np.float64)
        if len(around) > LEAST_POINTS:
            yield _polyline(np.concatenate([around, around[:1]]))
    for tube in reading.tubes.values():
        if tube.course is None or tube.filling is None:
            continue
        points = tube.course.points[tube.course.arc_mm <= tube.filling.furthest_mm]
        if len(points) >= LEAST_POINTS:
            yield _polyline(np.asarray(line.stored(points, cavity.block), np.float64))


def _polyline(points: NDArray[np.float64]) -> Dataset:
    """Return a line through points, x and y; the middle of the first pixel is 1, 1 in DICOM."""
    kept = points[:: max(1, -(-len(points) // MOST_POINTS))]
    if not np.array_equal(kept[-1], points[-1]):
        kept = np.concatenate([kept, points[-1:]])
    return of(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(kept),
        GraphicData=[round(float(each) + 1, 2) for each in kept.ravel()],
        GraphicType="POLYLINE",
        GraphicFilled="N",
    )


def _state(image: Dataset, made_at: datetime, version: str) -> Dataset:
    made = begun_from(
        image,
        XA_XRF_PRESENTATION,
        modality="PR",
        number=NUMBER,
        description="Patency draft presentation",
        made_at=made_at,
        version=version,
    )
    made.Laterality = ""  # a womb has none
    made.PresentationCreationDate, made.PresentationCreationTime = made.SeriesDate, made.SeriesTime
    made.ContentLabel, made.ContentDescription = "DRAFT", DRAFT
    made.ContentCreatorName = ""
    made.ReferencedSeriesSequence = [
        of(
            SeriesInstanceUID=image.get("SeriesInstanceUID") or generate_uid(),
            ReferencedImageSequence=[reference_to(image)],
        )
    ]
    made.DisplayedAreaSelectionSequence = [
        of(
            DisplayedAreaTopLeftHandCorner=[1, 1],
            DisplayedAreaBottomRightHandCorner=[int(image.Columns), int(image.Rows)],
            PresentationSizeMode="SCALE TO FIT",
            PresentationPixelAspectRatio=[1, 1],
        )
    ]
    made.PresentationLUTShape = (
        "INVERSE" if image.get("PhotometricInterpretation") == "MONOCHROME1" else "IDENTITY"
    )
    return made
