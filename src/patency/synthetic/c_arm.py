"""What a C-arm makes of a worklist item: runs of a test object, in files that pass a validator.

The object is a wedge with a line of lead dots, as used to check that a chain of images is in order;
it is no picture of a woman. Pretend examinations are made by the phantom.
"""

from datetime import datetime

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, XRayRadiofluoroscopicImageStorage

SIDE, FRAME_MS = 256, 250.0
DOTS, LEVELS = 6, 4095


def header_of(item: Dataset, *, station: str, device_uid: str, at: datetime) -> Dataset:
    """Return what every object of an examination says of whom and where, from its item."""
    made = Dataset()
    made.SpecificCharacterSet = item.get("SpecificCharacterSet") or "ISO_IR 192"
    made.PatientName, made.PatientID = item.PatientName, item.PatientID
    made.PatientBirthDate, made.PatientSex = item.PatientBirthDate, item.PatientSex
    made.StudyInstanceUID, made.AccessionNumber = item.StudyInstanceUID, item.AccessionNumber
    made.StudyID = item.get("RequestedProcedureID") or ""
    made.StudyDate, made.StudyTime = f"{at:%Y%m%d}", f"{at:%H%M%S}"
    made.ReferringPhysicianName = ""
    made.StudyDescription = item.get("RequestedProcedureDescription") or ""
    made.Manufacturer, made.ManufacturerModelName = "Patency", "Emulator of a C-arm"
    made.DeviceSerialNumber, made.SoftwareVersions = "0", "1"
    made.StationName = station
    made.DeviceUID = device_uid
    return made


def run_of(
    header: Dataset,
    *,
    series_uid: str,
    uid: str,
    event_uid: str,
    number: int,
    frames: int,
    at: datetime,
) -> Dataset:
    """Return one run: an RF multi-frame image of the test object, its dots wandering."""
    made = Dataset()
    made.update({element.tag: element for element in header if element.keyword != "DeviceUID"})
    made.SOPClassUID, made.SOPInstanceUID = XRayRadiofluoroscopicImageStorage, UID(uid)
    made.ImageType = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"]
    made.Modality, made.SeriesInstanceUID = "RF", UID(series_uid)
    made.SeriesNumber, made.InstanceNumber = 1, number
    made.AcquisitionNumber = number
    made.SeriesDate = made.AcquisitionDate = made.ContentDate = f"{at:%Y%m%d}"
    made.SeriesTime = made.AcquisitionTime = made.ContentTime = f"{at:%H%M%S}"
    made.PatientOrientation = ["L", "F"]
    made.BodyPartExamined = "PELVIS"
    made.IrradiationEventUID = UID(event_uid)
    made.KVP, made.RadiationSetting = 75, "SC"
    made.XRayTubeCurrent, made.ExposureTime, made.Exposure = 50, 10 * frames, frames // 2
    made.DistanceSourceToDetector, made.DistanceSourceToPatient = 1000, 700
    made.ImagerPixelSpacing = [0.8, 0.8]
    made.NumberOfFrames = frames
    made.FrameTime = FRAME_MS
    made.FrameIncrementPointer = 0x00181063
    made.Rows = made.Columns = SIDE
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.PixelIntensityRelationship = "LIN"
    made.LossyImageCompression = "00"
    made.PixelData = np.stack([_frame(each) for each in range(frames)]).tobytes()
    made["PixelData"].VR = "OW"
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made


def _frame(place: int) -> np.ndarray:
    wedge = np.linspace(LEVELS * 0.2, LEVELS * 0.9, SIDE)
    drawn = np.repeat(wedge[None, :], SIDE, axis=0)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for dot in range(DOTS):
        x, y = SIDE * (dot + 1) / (DOTS + 1), SIDE / 2 + 3 * place
        drawn[(rows - y) ** 2 + (columns - x) ** 2 < 36] *= 0.2
    return drawn.astype("<u2")
