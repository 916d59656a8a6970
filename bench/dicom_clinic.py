"""A demo's database with so many examinations to come; run in a process of its own.

    PATENCY_MODE=demo PATENCY_HOME=... python bench/dicom_clinic.py 1000 FOLDER

Writes the same items into FOLDER as the worklist files that other servers read. Fifteen are on the
first day, as many as a busy machine has, the rest on the days after.
"""

import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

A_DAY = 15
FIRST = date(2025, 9, 24)  # the day on which a demo's clock begins
STATION, ROOM, SITE = "WESTFLUORO1", "west-xray-1", "demo-west"
WORKLIST_FILE = "1.2.276.0.7230010.3.1.0.1"  # what dcmtk calls its own


def main(count: int, files: Path | None) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "patency.config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from patency.records.models.booking import Booking, Slot
    from patency.records.models.people import Patient
    from patency.records.models.visit import Visit

    now = datetime(2025, 9, 20, tzinfo=UTC)
    women, visits, slots, bookings = [], [], [], []
    for place in range(count):
        day = FIRST + timedelta(days=place // A_DAY)
        morning = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        starts = morning + timedelta(minutes=20 * (place % A_DAY))
        woman = Patient(
            number=uuid4().hex[:16].upper(), site=SITE, family_name=f"Family{place}",
            given_name="Given", birth_date=date(1993, 5, 17), language="en", registered_at=now,
        )  # fmt: skip
        visit = Visit(patient=woman, site=SITE, state="booked", opened_at=now)
        slot = Slot(site=SITE, room=ROOM, kind="exam", day=day, starts_at=starts, minutes=20)
        booked = Booking(slot=slot, visit=visit, site=SITE, kind="exam", state="firm", made_at=now)
        women.append(woman), visits.append(visit), slots.append(slot), bookings.append(booked)
    for rows in (women, visits, slots, bookings):
        type(rows[0]).objects.bulk_create(rows, batch_size=500)
    if files is not None:
        write_files(files)


def write_files(files: Path) -> None:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    from patency.config.wiring import house
    from patency.core.access import Actor, Role
    from patency.doors.dicom.items import item_of
    from patency.service import worklist

    joined = house()
    site, by = joined.site(SITE), Actor("bench", SITE, frozenset({Role.SYSTEM}))
    for place, one in enumerate(worklist.scheduled(joined, by=by, now=joined.now())):
        whole = item_of(one, site, site.devices[STATION])
        for empty in ("MedicalAlerts", "Allergies"):
            del whole[empty]
        whole.file_meta = FileMetaDataset()
        whole.file_meta.MediaStorageSOPClassUID = WORKLIST_FILE
        whole.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        whole.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        whole.save_as(files / f"{place:05d}.wl", enforce_file_format=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
