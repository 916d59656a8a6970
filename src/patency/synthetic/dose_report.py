"""An X-Ray Radiation Dose SR as a C-arm writes it (PS3.16 TID 10001), of what an emulator gave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, XRayRadiationDoseSRStorage

Code = tuple[str, str, str]
UNIT_OF_DAP: Code = ("Gy.m2", "UCUM", "Gy.m2")
GY: Code = ("Gy", "UCUM", "Gy")
SECOND: Code = ("s", "UCUM", "s")
ONE: Code = ("1", "UCUM", "no units")
MILLIMETRE: Code = ("mm", "UCUM", "mm")
SINGLE_PLANE: Code = ("113622", "DCM", "Single Plane")
GY_CM2_IN_GY_M2, MGY_IN_GY = 1e-4, 1e-3


@dataclass(frozen=True, slots=True)
class Beam:
    """One time the beam was on."""

    uid: str
    started: datetime
    is_fluoroscopy: bool
    dap_gy_cm2: float
    dose_rp_mgy: float
    pulses: int
    pulses_per_s: float
    kvp: float = 75.0
    copper_mm: float = 0.2


def dose_report(
    header: Dataset, uid: str, beams: Sequence[Beam], *, unit: Code = UNIT_OF_DAP
) -> Dataset:
    """Return the report of the beams; ``header`` names the woman, the study and the machine."""
    made = Dataset()
    made.update(header)
    made.SOPClassUID, made.SOPInstanceUID = str(XRayRadiationDoseSRStorage), uid
    made.Modality = "SR"
    made.SeriesNumber, made.InstanceNumber = 99, 1
    last = max(beam.started for beam in beams)
    made.ContentDate, made.ContentTime = f"{last:%Y%m%d}", f"{last:%H%M%S}"
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "UNVERIFIED"
    made.PreliminaryFlag = "FINAL"
    made.ReferencedPerformedProcedureStepSequence = []
    made.PerformedProcedureCodeSequence = []
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.ConceptNameCodeSequence = [_code(("113701", "DCM", "X-Ray Radiation Dose Report"))]
    template = Dataset()
    template.MappingResource, template.TemplateIdentifier = "DCMR", "10001"
    made.ContentTemplateSequence = [template]
    reported = _coded(
        "HAS CONCEPT MOD",
        ("121058", "DCM", "Procedure reported"),
        ("113704", "DCM", "Projection X-Ray"),
    )
    intent = _coded(
        "HAS CONCEPT MOD",
        ("363703001", "SCT", "Has Intent"),
        ("261004008", "SCT", "Diagnostic Intent"),
    )
    reported.ContentSequence = [intent]
    scope = _coded(
        "HAS OBS CONTEXT", ("113705", "DCM", "Scope of Accumulation"), ("113014", "DCM", "Study")
    )
    of_study = _uid(
        ("110180", "DCM", "Study Instance UID"), header.StudyInstanceUID, "HAS PROPERTIES"
    )
    scope.ContentSequence = [of_study]
    made.ContentSequence = [
        reported,
        _coded("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), ("121007", "DCM", "Device")),
        _uid(("121012", "DCM", "Device Observer UID"), header.DeviceUID, "HAS OBS CONTEXT"),
        scope,
        _accumulated(beams, unit),
        *(_event(beam, unit) for beam in beams),
        _coded(
            "CONTAINS",
            ("113854", "DCM", "Source of Dose Information"),
            ("113867", "DCM", "Computed From Image Attributes"),
        ),
    ]
    del made.DeviceUID
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = UID(uid)
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made


def _accumulated(beams: Sequence[Beam], unit: Code) -> Dataset:
    fluoro = [beam for beam in beams if beam.is_fluoroscopy]
    taken = [beam for beam in beams if not beam.is_fluoroscopy]

    def dap(of: Iterable[Beam]) -> float:
        return sum(beam.dap_gy_cm2 for beam in of) * GY_CM2_IN_GY_M2

    def rp(of: Iterable[Beam]) -> float:
        return sum(beam.dose_rp_mgy for beam in of) * MGY_IN_GY

    def time(of: Iterable[Beam]) -> float:
        return sum(beam.pulses / beam.pulses_per_s for beam in of)

    return _container(
        ("113702", "DCM", "Accumulated X-Ray Dose Data"),
        [
            _coded("HAS CONCEPT MOD", ("113764", "DCM", "Acquisition Plane"), SINGLE_PLANE),
            _number(("113722", "DCM", "Dose Area Product Total"), dap(beams), unit),
            _number(("113725", "DCM", "Dose (RP) Total"), rp(beams), GY),
            _number(("113726", "DCM", "Fluoro Dose Area Product Total"), dap(fluoro), unit),
            _number(("113728", "DCM", "Fluoro Dose (RP) Total"), rp(fluoro), GY),
            _number(("113730", "DCM", "Total Fluoro Time"), time(fluoro), SECOND),
            _number(("113727", "DCM", "Acquisition Dose Area Product Total"), dap(taken), unit),
            _number(("113729", "DCM", "Acquisition Dose (RP) Total"), rp(taken), GY),
            _number(("113855", "DCM", "Total Acquisition Time"), time(taken), SECOND),
            _number(
                ("113731", "DCM", "Total Number of Radiographic Frames"),
                sum(beam.pulses for beam in taken),
                ONE,
            ),
            _coded(
                "CONTAINS",
                ("113780", "DCM", "Reference Point Definition"),
                ("113860", "DCM", "15cm from Isocenter toward Source"),
            ),
        ],
    )


def _event(beam: Beam, unit: Code) -> Dataset:
    kind = ("44491008", "SCT", "Fluoroscopy") if beam.is_fluoroscopy else (
        "113611", "DCM", "Stationary Acquisition"
    )  # fmt: skip
    filters = _container(
        ("113771", "DCM", "X-Ray Filters"),
        [
            _coded(
                "CONTAINS",
                ("113772", "DCM", "X-Ray Filter Type"),
                ("113650", "DCM", "Strip filter"),
            ),
            _coded(
                "CONTAINS",
                ("113757", "DCM", "X-Ray Filter Material"),
                ("66925006", "SCT", "Copper"),
            ),
            _number(
                ("113758", "DCM", "X-Ray Filter Thickness Minimum"), beam.copper_mm, MILLIMETRE
            ),
            _number(
                ("113773", "DCM", "X-Ray Filter Thickness Maximum"), beam.copper_mm, MILLIMETRE
            ),
        ],
    )
    started = Dataset()
    started.RelationshipType, started.ValueType = "CONTAINS", "DATETIME"
    started.ConceptNameCodeSequence = [_code(("111526", "DCM", "DateTime Started"))]
    started.DateTime = f"{beam.started:%Y%m%d%H%M%S}"
    rate = ("{pulse}/s", "UCUM", "pulse/s")
    return _container(
        ("113706", "DCM", "Irradiation Event X-Ray Data"),
        [
            _coded("HAS CONCEPT MOD", ("113764", "DCM", "Acquisition Plane"), SINGLE_PLANE),
            _uid(("113769", "DCM", "Irradiation Event UID"), beam.uid, "CONTAINS"),
            started,
            _coded("CONTAINS", ("113721", "DCM", "Irradiation Event Type"), kind),
            _coded(
                "CONTAINS",
                ("113780", "DCM", "Reference Point Definition"),
                ("113860", "DCM", "15cm from Isocenter toward Source"),
            ),
            _number(("122130", "DCM", "Dose Area Product"), beam.dap_gy_cm2 * 1e-4, unit),
            _number(("113738", "DCM", "Dose (RP)"), beam.dose_rp_mgy * MGY_IN_GY, GY),
            filters,
            _number(("113791", "DCM", "Pulse Rate"), beam.pulses_per_s, rate),
            _number(("113768", "DCM", "Number of Pulses"), beam.pulses, ONE),
            _number(("113733", "DCM", "KVP"), beam.kvp, ("kV", "UCUM", "kV")),
            _number(
                ("113742", "DCM", "Irradiation Duration"),
                beam.pulses / beam.pulses_per_s,
                SECOND,
            ),
        ],
    )


def _code(code: Code) -> Dataset:
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = code
    return made


def _item(relation: str, kind: str, name: Code) -> Dataset:
    made = Dataset()
    made.RelationshipType, made.ValueType = relation, kind
    made.ConceptNameCodeSequence = [_code(name)]
    return made


def _coded(relation: str, name: Code, value: Code) -> Dataset:
    made = _item(relation, "CODE", name)
    made.ConceptCodeSequence = [_code(value)]
    return made


def _uid(name: Code, uid: Any, relation: str) -> Dataset:
    made = _item(relation, "UIDREF", name)
    made.UID = uid
    return made


def _number(name: Code, value: float, unit: Code) -> Dataset:
    made = _item("CONTAINS", "NUM", name)
    measured = Dataset()
    measured.NumericValue = f"{value:.9g}"
    measured.MeasurementUnitsCodeSequence = [_code(unit)]
    made.MeasuredValueSequence = [measured]
    return made


def _container(name: Code, inside: list[Dataset]) -> Dataset:
    made = _item("CONTAINS", "CONTAINER", name)
    made.ContinuityOfContent = "SEPARATE"
    made.ContentSequence = inside
    return made
