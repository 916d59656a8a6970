"""A visit with images, and a draft reading of them; for tests of suggestions and signed reports."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from patency.core.matching import Told, accession_of
from patency.gateways.dicomfile import small_file
from patency.gateways.studyreader import ReadStudy
from patency.records.models.images import ImageFile
from patency.records.models.suggested import DraftReading
from patency.records.models.visit import Visit
from patency.service import imaging, suggesting
from patency.service.house import House
from tests.service.after import AFTERWARDS, JOB, RADIOGRAPHER

LATER = AFTERWARDS + timedelta(minutes=10)
PNG = b"\x89PNG\r\n\x1a\n"
STUDY = "2.25.77"


def tube(verdict: str = "passed", reason: str = "spill-beyond-the-tube") -> dict[str, Any]:
    return {
        "verdict": verdict,
        "reason": reason,
        "by_s": None if verdict == "indeterminate" else 31.5,
        "furthest_segment": {"passed": "ampulla", "not_passed": "isthmus"}.get(verdict),
        "front": [[0.0, 0.0], [31.5, 9.0]],
        "spill": {"passed": True, "not_passed": False}.get(verdict),
        "spill_since_s": 31.5 if verdict == "passed" else None,
        "detectability": 12.0,
    }


NOT_PASSED = tube("not_passed", "no-contrast-beyond")
CANNOT_TELL = tube("indeterminate", "too-faint-to-tell")


def found(
    right: dict[str, Any] | None = None,
    left: dict[str, Any] | None = None,
    *,
    sides_known: bool = True,
    cavity: str = "regular",
) -> ReadStudy:
    """Return what a reading says; an empty ``cavity`` is one that was not outlined."""
    outlined = {
        "class": cavity,
        "length_mm": 41.0,
        "width_mm": 33.0,
        "area_cm2": 6.1,
        "fundal_indentation_mm": 1.0,
        "filling_defects": [],
        "at_s": 12.0,
        "mask": {
            "file": "cavity-mask.png",
            "order": "row-major",
            "size": [2, 2],
            "counts": [4],
        },
    }
    findings = {
        "schema": "patency-reading/1",
        "status": "draft",
        "lengths_at": "isocentre",
        "sides_known": sides_known,
        "tubes": {"right": right or tube(), "left": left or NOT_PASSED},
        "cavity": outlined if cavity else None,
        "leak": {"seen": False if cavity else None, "since_s": None},
        "intravasation": {"seen": False, "note": "a fine net round the cavity; shown, not alarmed"},
        "quality": {
            "runs": 2,
            "frames": 60,
            "gaps_s": [[10.0, 14.5]],
            "covered_from_s": 0.0,
            "covered_to_s": 40.0,
            "frames_before_contrast": 4,
            "contrast_to_noise": 20.0,
            "limits": [] if sides_known else ["sides-not-checked"],
            "left_out": [],
        },
    }
    names = ("film-strip.png", "tubes.png", "cavity-full.png", "last-picture.png")
    return ReadStudy(findings, {name: PNG + name.encode() for name in names}, "1.2.3")


ABSTAINS = found(
    tube("indeterminate", "not-an-hsg"), tube("indeterminate", "not-an-hsg"), cavity=""
)


def an_image(
    house: House, visit: Visit, number: int = 1, *, now: datetime = AFTERWARDS
) -> ImageFile:
    """Return one file of the visit, filed by itself."""
    born = visit.patient.birth_date
    told = Told(
        number=visit.patient.number,
        name="Test^Woman",
        birth_date=f"{born:%Y%m%d}" if born else "",
        accession=accession_of(visit.pk),
        study_uid=STUDY,
        image_uid=f"2.25.{1000 + number}",
    )
    content = small_file(
        told,
        SeriesInstanceUID=f"2.25.{500 + number}",
        StudyDate="20250923",
        StudyTime="090000",
        StudyID="1",
        PatientSex="F",
        ReferringPhysicianName="",
    )
    done = imaging.receive(house, [("", BytesIO(content))], by=RADIOGRAPHER, now=now)
    assert done[0].file.visit_id == visit.pk
    return done[0].file


def a_reading(house: House, visit: Visit, says: ReadStudy | None = None) -> DraftReading:
    """Return the reading of a visit with one image, made by the worker."""
    an_image(house, visit)
    house.gateways.reader.says = says or found()  # type: ignore[attr-defined]
    assert suggesting.ask_for_due(house, visit.site, by=JOB, now=LATER) == 1
    waiting = DraftReading.objects.get(visit=visit)
    return suggesting.read_images(house, waiting.pk, by=JOB, now=LATER)
