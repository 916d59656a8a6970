"""Reads DICOM files; the one place that knows the library for them.

For now only the few fields by which an image finds its visit. A file is read as it is: one with a
broken header says less, and nothing is refused for it.
"""

import logging
import warnings
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
LONGEST = {"number": 64, "name": 200, "birth_date": 16, "accession": 64}
UID_LENGTH = 64  # PS3.5 table 6.2-1

# What the library says of an odd value quotes it, and values are of women: it says nothing.
config.settings.reading_validation_mode = config.IGNORE
logging.getLogger("pydicom").disabled = True
warnings.filterwarnings("ignore", module=r"pydicom\.")


def told_by(file: IO[bytes]) -> Told | None:
    """Return what the header of a file says of whom it shows; None for what is no DICOM file."""
    file.seek(0)
    try:
        header = dcmread(file, stop_before_pixels=True, specific_tags=list(FIELDS.values()))
        return Told(**{ours: _text(header, ours, theirs) for ours, theirs in FIELDS.items()})
    except InvalidDicomError:
        return None
    except Exception:  # a damaged header fails in as many ways as there are damages
        return None
    finally:
        file.seek(0)


def _text(header: Any, ours: str, theirs: str) -> str:
    value = header.get(theirs, "")
    text = str(value if value is not None else "").replace("\0", "").strip()
    return text[: LONGEST.get(ours, UID_LENGTH)]


def small_file(told: Told, *, patient_name: str = "") -> bytes:
    """Return a DICOM file without an image that says this; for the demo, the tests and a check."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, XRayRadiofluoroscopicImageStorage, generate_uid

    made = Dataset()
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = XRayRadiofluoroscopicImageStorage
    made.SOPInstanceUID = told.image_uid or generate_uid(entropy_srcs=[repr(told)])
    made.StudyInstanceUID = told.study_uid or generate_uid(entropy_srcs=["study", repr(told)])
    made.PatientID, made.PatientName = told.number, patient_name or told.name
    made.PatientBirthDate, made.AccessionNumber = told.birth_date, told.accession
    made.Modality = "RF"
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    written = BytesIO()
    made.save_as(written, enforce_file_format=True)
    return written.getvalue()
