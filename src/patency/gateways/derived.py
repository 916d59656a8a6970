"""What every DICOM object that we make from her images begins with: whose it is, when, by what."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

OF_THE_WOMAN = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
OF_THE_STUDY = (
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)


def evidence_of(files: Iterable[Path | IO[bytes]]) -> list[Dataset]:
    """Return the headers of the files of one study, for a report to refer to.

    A file may say less than the standard wants, and is not refused: what it leaves out is empty.
    """
    images: list[Dataset] = [dcmread(file, stop_before_pixels=True) for file in files]
    images = [each for each in images if each.StudyInstanceUID == images[0].StudyInstanceUID]
    for image in images:
        for name in (*OF_THE_WOMAN, *OF_THE_STUDY):
            if name not in image:
                setattr(image, name, None)
    return images


def begun_from(
    image: Dataset,
    sop_class: UID,
    *,
    modality: str,
    number: int,
    description: str,
    made_at: datetime,
    version: str,
) -> Dataset:
    """Return a new object of the study of ``image``, in a series of drafts of its own."""
    made = Dataset()
    made.SpecificCharacterSet = image.get("SpecificCharacterSet") or "ISO_IR 192"
    for name in (*OF_THE_WOMAN, *OF_THE_STUDY):
        setattr(made, name, image.get(name) or "")
    made.StudyInstanceUID = image.get("StudyInstanceUID") or generate_uid()
    made.SOPClassUID, made.SOPInstanceUID = sop_class, generate_uid()
    made.Modality, made.SeriesInstanceUID = modality, generate_uid()
    made.SeriesNumber, made.InstanceNumber = number, 1
    made.SeriesDescription = description
    made.Manufacturer, made.ManufacturerModelName = "Patency", "reading"
    made.DeviceSerialNumber, made.SoftwareVersions = "0", version
    day, time = made_at.strftime("%Y%m%d"), made_at.strftime("%H%M%S")
    made.InstanceCreationDate, made.InstanceCreationTime = day, time
    made.SeriesDate, made.SeriesTime = day, time
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = sop_class
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made
