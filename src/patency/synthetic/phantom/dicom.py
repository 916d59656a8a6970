"""Writes a pretend examination as DICOM: X-ray runs with all that a reader must know of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    ExplicitVRLittleEndian,
    XRayAngiographicImageStorage,
    XRayRadiofluoroscopicImageStorage,
)

from patency.synthetic.phantom.detector import LEVELS, back_to_linear
from patency.synthetic.phantom.examination import SID_MM, SOD_MM
from patency.synthetic.phantom.spectrum import kvp_for
from patency.synthetic.phantom.taken import Examination, MadeRun, files_of

WHEN = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001 (DICOM dates are of the room; no real day is meant)
STORAGE = {
    "RF": XRayRadiofluoroscopicImageStorage,
    "XA": XRayAngiographicImageStorage,
    "CR": ComputedRadiographyImageStorage,
}
MASK_FRAMES = (1, 2)  # from 1; of a run that begins filled they hold contrast, as they do in rooms


def uid(examination: Examination, what: str) -> UID:
    """Return a UID that is always the same for the same thing, and for no other (PS3.5 B.2).

    The case, the seed, the size of the picture and the woman herself go into it: two cases with one
    seed share nothing, and another version of the phantom gives other objects.
    """
    return UID(f"2.25.{int.from_bytes(_print(examination, what)[:16], 'big')}")


def _print(examination: Examination, what: str) -> bytes:
    woman = examination.woman
    told = sha256(
        f"phantom/{examination.name}/{examination.seed}/{examination.runs[0].view.side}/"
        f"{what}/".encode()
    )
    for each in (woman.cavity.grains.where, *(tube.grains.where for tube in woman.tubes.values())):
        told.update(np.round(each, 3).astype("<f8").tobytes())
    return told.digest()


def write_run(out: Path, examination: Examination, run: MadeRun) -> list[Path]:
    """Write one run below ``out`` and return its files. Raises ``OSError``."""
    names = files_of(run, examination.case)
    if len(names) == 1:
        return [_written(out / names[0], _object(examination, run, run.number))]
    paths = []
    for place, name in enumerate(names):
        alone = replace(
            run, frames=run.frames[place : place + 1], offsets_s=run.offsets_s[place : place + 1]
        )
        made = _object(examination, alone, run.number * 1000 + place + 1)
        paths.append(_written(out / name, made))
    return paths


def _object(examination: Examination, run: MadeRun, number: int) -> Dataset:
    made = _of_whom(examination)
    _of_run(made, examination, run, number)
    _of_pixels(made, examination, run)
    return made


def _written(path: Path, made: Dataset) -> Path:
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.save_as(path, enforce_file_format=True)
    return path


def _of_whom(examination: Examination) -> Dataset:
    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.PatientName = f"Phantom^{examination.name}"
    short = _print(examination, "woman").hex()[:8].upper()
    made.PatientID = f"PHANTOM-{examination.seed}-{short}"
    made.PatientBirthDate, made.PatientSex = "19930401", "F"
    made.StudyInstanceUID = uid(examination, "study")
    made.StudyID, made.AccessionNumber = short, f"PH{short}"
    made.StudyDate, made.StudyTime = f"{WHEN:%Y%m%d}", f"{WHEN:%H%M%S}"
    made.ReferringPhysicianName = ""
    made.StudyDescription = "Hysterosalpingography, phantom"
    made.Manufacturer, made.ManufacturerModelName = "Patency", "Phantom"
    made.DeviceSerialNumber, made.SoftwareVersions = "0", "1"
    return made


def _of_run(made: Dataset, examination: Examination, run: MadeRun, number: int) -> None:
    case, view = examination.case, run.plan.view
    at = WHEN + timedelta(seconds=float(run.plan.begins_s + run.offsets_s[0]))
    kind = "CR" if case.is_inverted else case.modality
    made.SOPClassUID = STORAGE[kind]
    made.SOPInstanceUID = uid(examination, f"run {number}")
    made.Modality = kind
    made.ImageType = ["ORIGINAL", "PRIMARY", *(() if kind == "CR" else ("SINGLE PLANE",))]
    if kind == "CR":
        made.ViewPosition = ""
    made.SeriesInstanceUID = uid(examination, "series")
    made.SeriesNumber, made.InstanceNumber, made.AcquisitionNumber = 1, number, run.number
    made.SeriesDate, made.SeriesTime = f"{WHEN:%Y%m%d}", f"{WHEN:%H%M%S}"
    made.AcquisitionDate = made.ContentDate = f"{at:%Y%m%d}"
    made.AcquisitionTime = made.ContentTime = f"{at:%H%M%S.%f}"
    made.AcquisitionDateTime = f"{at:%Y%m%d%H%M%S.%f}"
    made.PatientOrientation = ["L", "F"] if case.has_marker else None
    made.BodyPartExamined = "PELVIS"
    made.IrradiationEventUID = uid(examination, f"event {run.number}")
    made.KVP = round(kvp_for(case.patient_cm), 1)
    made.RadiationSetting = "GR" if case.dose_ngy >= 100 else "SC"
    made.XRayTubeCurrent, made.ExposureTime, made.Exposure = (
        50,
        10 * len(run.frames),
        len(run.frames) // 2,
    )
    made.AveragePulseWidth = 10.0
    made.DistanceSourceToDetector, made.DistanceSourceToPatient = SID_MM, SOD_MM
    made.EstimatedRadiographicMagnificationFactor = round(SID_MM / SOD_MM, 5)
    made.ImagerPixelSpacing = [round(run.machine.pixel_mm, 6)] * 2
    made.PositionerPrimaryAngle, made.PositionerSecondaryAngle = view.angle_deg, 0.0
    if kind == "XA":
        made.PositionerMotion = "STATIC"
    if case.has_contrast:
        made.ContrastBolusAgent = "Iodinated contrast"
        made.ContrastBolusIngredient = "IODINE"
        made.ContrastBolusIngredientConcentration = case.iodine_mg_ml
    made.ShutterShape = "CIRCULAR"
    middle = (view.side + 1) // 2
    made.CenterOfCircularShutter, made.RadiusOfCircularShutter = (
        [middle, middle],
        int(run.circle_px),
    )
    made.ShutterPresentationValue = 0


def _of_pixels(made: Dataset, examination: Examination, run: MadeRun) -> None:
    case, count = examination.case, len(run.frames)
    made.Rows, made.Columns = run.frames.shape[1:]
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME1" if case.is_inverted else "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.PixelIntensityRelationship = case.stored_as
    made.LossyImageCompression = "00"
    if count > 1:
        made.NumberOfFrames = count
        if case.is_uneven:
            steps = np.diff(run.offsets_s, prepend=run.offsets_s[0]) * 1000
            made.FrameTimeVector = [round(float(each), 4) for each in steps]
            made.FrameIncrementPointer = 0x00181065
        else:
            made.FrameTime = round(1000 / case.rate_hz, 4)
            made.FrameIncrementPointer = 0x00181063
        made.CineRate = made.RecommendedDisplayFrameRate = max(1, round(case.rate_hz))
    if case.has_mask and count > len(MASK_FRAMES):
        mask = Dataset()
        mask.MaskOperation = "AVG_SUB"
        mask.MaskFrameNumbers = list(MASK_FRAMES)
        mask.ApplicableFrameRange = [len(MASK_FRAMES) + 1, count]
        made.MaskSubtractionSequence = [mask]
        made.RecommendedViewingMode = "SUB"
    if case.stored_as == "LOG":
        table = Dataset()
        table.add_new("LUTDescriptor", "US", [LEVELS + 1, 0, 16])
        table.ModalityLUTType = "US"
        table.add_new("LUTData", "OW", back_to_linear().astype("<u2").tobytes())
        made.ModalityLUTSequence = [table]
    low, high = np.percentile(run.frames[-1][run.frames[-1] > 0], [1, 99])
    if case.stored_as != "LOG":
        made.WindowCenter, made.WindowWidth = (
            round(float(low + high) / 2),
            max(1, round(float(high - low))),
        )
    made.add_new("PixelData", "OW", run.frames.astype("<u2").tobytes())
