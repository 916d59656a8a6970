"""Reads the headers of DICOM files: by what an image finds its visit, and what queries ask for.

A file is read as it is: one with a
broken header says less, and nothing is refused for it.
"""

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from pydicom import config, dcmread
from pydicom.errors import InvalidDicomError

from patency.core.matching import Told

FIELDS = {
    "number": "PatientID",
    "name": "PatientName",
    "birth_date": "PatientBirthDate",
    "accession": "AccessionNumber",
    "study_uid": "StudyInstanceUID",
    "image_uid": "SOPInstanceUID",
}
# What a query for what is stored is answered from, beside the above.
SAYS = (
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "ReferringPhysicianName",
    "PatientSex",
    "SeriesNumber",
    "SeriesDescription",
    "SeriesDate",
    "SeriesTime",
    "InstanceNumber",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "AcquisitionDateTime",
    "ContentDate",
    "ContentTime",
    "LossyImageCompression",
    "IrradiationEventUID",
)
LONGEST = {"number": 64, "name": 200, "birth_date": 16, "accession": 64}
UID_LENGTH = 64  # PS3.5 table 6.2-1
LONGEST_SAID = 200


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a DICOM file says, as it says it; empty where it says nothing."""

    told: Told
    series_uid: str
    sop_class: str
    transfer_syntax: str
    modality: str
    says: Mapping[str, str]
    """By DICOM keyword, only what is there."""


# What the library says of an odd value quotes it, and values are of women: it says nothing.
config.settings.reading_validation_mode = config.IGNORE
logging.getLogger("pydicom").disabled = True
warnings.filterwarnings("ignore", module=r"pydicom\.")


def told_by(file: IO[bytes]) -> Told | None:
    """Return what the header of a file says of whom it shows; None for what is no DICOM file."""
    header = header_of(file)
    return None if header is None else header.told


def header_of(file: IO[bytes]) -> Header | None:
    """Return what the header of a file says; None for what is no DICOM file."""
    wanted = [*FIELDS.values(), "SeriesInstanceUID", "SOPClassUID", "Modality", *SAYS]
    wanted.append("SpecificCharacterSet")  # without it no name can be read
    file.seek(0)
    try:
        header = dcmread(file, stop_before_pixels=True, specific_tags=list(wanted))
        meta = header.file_meta
        said = {name: _said(header, name) for name in SAYS if name in header}
        return Header(
            told=Told(**{ours: _text(header, ours, theirs) for ours, theirs in FIELDS.items()}),
            series_uid=_text(header, "", "SeriesInstanceUID"),
            sop_class=_text(header, "", "SOPClassUID")
            or _text(meta, "", "MediaStorageSOPClassUID"),
            transfer_syntax=_text(meta, "", "TransferSyntaxUID"),
            modality=_text(header, "", "Modality")[:16],
            says={name: text for name, text in said.items() if text},
        )
    except InvalidDicomError:
        return None
    except Exception:  # a damaged header fails in as many ways as there are damages
        return None
    finally:
        file.seek(0)


def _said(header: Any, name: str) -> str:
    value = header.get(name, "")
    several = (
        value
        if isinstance(value, list | tuple) or type(value).__name__ == "MultiValue"
        else (value,)
    )
    text = "\\".join("" if each is None else str(each) for each in several)
    return text.replace("\0", "").strip()[:LONGEST_SAID]


def _text(header: Any, ours: str, theirs: str) -> str:
    value = header.get(theirs, "")
    text = str(value if value is not None else "").replace("\0", "").strip()
    return text[: LONGEST.get(ours, UID_LENGTH)]


def small_file(told: Told, *, patient_name: str = "", **more: Any) -> bytes:
    """Return a DICOM file without an image that says this; for the demo, the tests and a check.

    ``more`` is by DICOM keyword, such as ``Rows``; ``TransferSyntaxUID`` is the syntax it is in.
    """
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import (
        UID,
        ExplicitVRLittleEndian,
        XRayRadiofluoroscopicImageStorage,
        generate_uid,
    )

    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = XRayRadiofluoroscopicImageStorage
    made.SOPInstanceUID = told.image_uid or generate_uid(entropy_srcs=[repr(told)])
    made.StudyInstanceUID = told.study_uid or generate_uid(entropy_srcs=["study", repr(told)])
    made.PatientID, made.PatientName = told.number, patient_name or told.name
    made.PatientBirthDate, made.AccessionNumber = told.birth_date, told.accession
    made.Modality = "RF"
    syntax = UID(more.pop("TransferSyntaxUID", ExplicitVRLittleEndian))
    for keyword, value in more.items():
        setattr(made, keyword, value)
    if syntax.is_encapsulated and "PixelData" in made:
        made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = syntax
    written = BytesIO()
    made.save_as(written, enforce_file_format=True)
    return written.getvalue()
