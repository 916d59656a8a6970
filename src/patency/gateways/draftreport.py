"""Writes a draft reading as a DICOM structured report (TID 1500): partial, preliminary, unverified.

Words of our own stand under 99HSG, because no code of a standard for them could be checked. The
observer is the device; no person is named, since none has read it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    GraphicTypeValues,
    ImageRegion,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    SourceImageForRegion,
    TrackingIdentifier,
)
from pydicom import dcmread
from pydicom.uid import generate_uid

from patency.core.imaging.reading import Reading
from patency.core.imaging.series import Series
from patency.gateways.derived import evidence_of

CENTIMETRE = CodedConcept("cm", "UCUM", "cm")
SECOND = CodedConcept("s", "UCUM", "s")
DEVICE = CodedConcept("121007", "DCM", "Device")
TUBE = CodedConcept("31435000", "SCT", "Fallopian tube")
SIDES = {
    "right": CodedConcept("24028007", "SCT", "Right"),
    "left": CodedConcept("7771000", "SCT", "Left"),
}
AT = {"right": "left", "left": "right"}
NUMBER = 9002  # a series of drafts stands behind the machine's own
LONGEST_CODE, LONGEST_MEANING = 16, 64  # SH and LO, PS3.5 table 6.2-1
VERDICTS = {"passed": "passed", "not_passed": "not passed", "indeterminate": "indeterminate"}
CODES = {"passed": "PASSED", "not_passed": "NOT-PASSED", "indeterminate": "INDETERMINATE"}


def write_draft_report(
    path: Path,
    data: Mapping[str, Any],
    files: Sequence[Path],
    *,
    lines: Mapping[str, ImageRegion] | None = None,
    version: str,
) -> None:
    """Write what findings.json says of the tubes as a report on ``files``.

    ``lines`` are the centre-lines of tubes by side, where there is a picture to draw them on.
    """
    images = evidence_of(files)
    algorithm = AlgorithmIdentification(name="Patency reading", version=version)
    report = MeasurementReport(
        observation_context=ObservationContext(
            observer_device_context=ObserverContext(
                observer_type=DEVICE,
                observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
                    uid=generate_uid(entropy_srcs=["patency reading", version]),
                    name="Patency reading (draft)",
                    manufacturer_name="Patency",
                    model_name=version,
                ),
            )
        ),
        procedure_reported=_own("HSG", "Hysterosalpingography"),
        imaging_measurements=[
            _tube(side, tube, data, algorithm, (lines or {}).get(side))
            for side, tube in data["tubes"].items()
        ],
    )
    made = ComprehensiveSR(
        evidence=images,
        content=report[0],
        series_instance_uid=generate_uid(),
        series_number=NUMBER,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="Patency",
        is_complete=False,
        is_final=False,
        is_verified=False,
        series_description="Patency draft reading",
    )
    made.save_as(path, enforce_file_format=True)


def lines_of(reading: Reading, series: Series, files: Sequence[Path]) -> dict[str, ImageRegion]:
    """Return the centre-line of each tube as far as contrast was followed, on the last picture.

    Single pictures that were read together have no one file to refer to, and get none.
    """
    line = reading.line
    if line is None:
        return {}
    block = len(line.seconds) - 1
    number = int(line.run_of[block])
    run = series.runs[number]
    image = dcmread(files[number], stop_before_pixels=True)
    count = int(image.get("NumberOfFrames") or 1)
    if count != len(run.frames):
        return {}
    frame = int(np.argmin(np.abs(run.seconds - line.seconds[block]))) + 1
    high, wide = run.frames.shape[1:]
    found = {}
    for side, tube in reading.tubes.items():
        if tube.course is None or tube.filling is None:
            continue
        points = tube.course.points[tube.course.arc_mm <= tube.filling.furthest_mm]
        if len(points) < 2:
            continue
        # From the middle of a pixel to its corner, where SCOORD begins: PS3.3 C.18.6.1.2.
        drawn = np.clip(line.stored(points, block) + 0.5, 0, (wide, high))
        found[side] = ImageRegion(
            GraphicTypeValues.POLYLINE,
            np.asarray(drawn, np.float64),
            source_image=SourceImageForRegion(
                image.SOPClassUID, image.SOPInstanceUID, [frame] if count > 1 else None
            ),
        )
    return found


def _tube(
    side: str,
    tube: Mapping[str, Any],
    data: Mapping[str, Any],
    algorithm: AlgorithmIdentification,
    region: ImageRegion | None,
) -> MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations:
    known = bool(data["sides_known"])
    name = f"{side} tube" if known else f"tube at the {AT[side]} of the picture, side not checked"
    said = [
        QualitativeEvaluation(
            _own("VERDICT", "Passage of contrast"),
            _own(CODES[tube["verdict"]], VERDICTS[tube["verdict"]]),
        ),
        QualitativeEvaluation(
            _own("REASON", "Reason"),
            _own("R-" + _short(tube["reason"]), tube["reason"].replace("-", " ")),
        ),
        QualitativeEvaluation(_own("SPILL", "Spill beyond the tube"), _spill(tube["spill"])),
    ]
    measured = []
    if tube["by_s"] is not None:
        measured.append(
            Measurement(_own("BY", "Seconds from the first picture"), tube["by_s"], SECOND)
        )
    reached = [cm for _, cm in tube["front"] if cm is not None]
    if reached and data["lengths_at"]:
        where = f"Furthest contrast, projected, at the {data['lengths_at']}"
        measured.append(Measurement(_own("FRONT", where), max(reached), CENTIMETRE))
    whole: dict[str, Any] = {
        "tracking_identifier": TrackingIdentifier(uid=generate_uid(), identifier=name),
        "algorithm_id": algorithm,
        "finding_sites": [FindingSite(TUBE, laterality=SIDES[side] if known else None)],
        "measurements": measured,
        "qualitative_evaluations": said,
    }
    if region is None:
        return MeasurementsAndQualitativeEvaluations(**whole)
    return PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=region, **whole)


def _spill(seen: bool | None) -> CodedConcept:
    if seen is None:
        return _own("SPILL-UNKNOWN", "could not be told")
    return _own("SPILL-SEEN", "seen") if seen else _own("SPILL-NOT-SEEN", "not seen by then")


def _short(reason: str) -> str:
    """Return a code from the first letters of a reason's words."""
    return "".join(word[:3] for word in reason.split("-")).upper()[: LONGEST_CODE - 2]


def _own(code: str, meaning: str) -> CodedConcept:
    return CodedConcept(code[:LONGEST_CODE], "99HSG", meaning[:LONGEST_MEANING])
