"""Files one image object with a visit of a demo's database, and signs somebody in who may see it.

    PATENCY_MODE=demo PATENCY_HOME=... python bench/wado_clinic.py 60 FILE.dcm

Writes the object, the same that the other server is given, and prints what must be known to ask.
"""

import json
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

from dicom_clinic import SITE  # beside this file


def main(frames: int, path: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "patency.config.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", interactive=False, verbosity=0)
    from patency.config.wiring import house
    from patency.core.access import Actor, Role
    from patency.core.matching import accession_of, study_uid_of
    from patency.records.models.people import Patient, StaffMember
    from patency.records.models.visit import Visit
    from patency.service import imaging

    joined = house()
    now = datetime(2025, 9, 20, tzinfo=UTC)
    woman = Patient.objects.create(
        number=uuid4().hex[:16].upper(), site=SITE, family_name="Family", given_name="Given",
        birth_date=date(1993, 5, 17), language="en", registered_at=now,
    )  # fmt: skip
    visit = Visit.objects.create(patient=woman, site=SITE, state="booked",
                                 opened_at=woman.registered_at)  # fmt: skip
    made = an_object(frames)
    made.PatientID, made.PatientBirthDate = woman.number, "19930517"
    made.AccessionNumber, made.StudyInstanceUID = accession_of(visit.pk), study_uid_of(visit.pk)
    made.save_as(path, enforce_file_format=True)
    by = Actor("bench", SITE, frozenset({Role.SYSTEM}))
    with path.open("rb") as file:
        (one,) = imaging.receive(joined, [(path.name, file)], by=by, now=joined.now())
    assert one.file.state == "filed", one.file.disagrees

    user = get_user_model().objects.create_user("bench-radiologist")
    StaffMember.objects.create(user=user, site=SITE, roles=["radiologist"], display_name="Bench")
    client = Client()
    client.force_login(user)
    session = client.session
    # What a sign-in by password leaves in a session.
    proof = [{"method": "password", "at": joined.now().timestamp()}]
    session["account_authentication_methods"] = proof
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    at = f"studies/{made.StudyInstanceUID}/series/{made.SeriesInstanceUID}"
    print(json.dumps({
        "ours": f"/site/{SITE}/dicomweb/{at}/instances/{made.SOPInstanceUID}",
        "theirs": f"/dicom-web/{at}/instances/{made.SOPInstanceUID}",
        "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}",
    }))  # fmt: skip


def an_object(frames: int):
    """Return an image of noise, which nothing can make smaller."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    made = Dataset()
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.12.1"
    made.SeriesInstanceUID, made.SOPInstanceUID = generate_uid(), generate_uid()
    made.PatientName, made.Modality = "Family^Given", "XA"
    made.StudyDate, made.StudyTime = "20250924", "093000"
    made.NumberOfFrames, made.Rows, made.Columns = frames, 1024, 1024
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.SamplesPerPixel, made.PixelRepresentation = 1, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = os.urandom(frames * 1024 * 1024 * 2)
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
