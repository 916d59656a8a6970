"""Stored images as studies, series and images: what a query asks for, and what is said of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from patency.core.worklist import days_asked
from patency.records.models.images import ImageFile

LEVELS = ("STUDY", "SERIES", "IMAGE")
Found = Mapping[str, str]
MOST_STUDIES = 500
"""In one answer; a query that finds more is told to ask more narrowly."""
# How each key of such a query is matched (PS3.4 C.6.2.1); the rest are "text".
KINDS = {
    "StudyInstanceUID": "uid",
    "SeriesInstanceUID": "uid",
    "SOPInstanceUID": "uid",
    "SOPClassUID": "uid",
    "StudyDate": "date",
    "StudyTime": "time",
    "PatientBirthDate": "date",
    "PatientName": "name",
    "ReferringPhysicianName": "name",
}
OF_PATIENT = ("PatientID", "PatientName", "PatientBirthDate", "AccessionNumber")
OF_STUDY = (
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "ReferringPhysicianName",
    "PatientSex",
)
OF_SERIES = ("SeriesNumber", "SeriesDescription", "SeriesDate", "SeriesTime")
OF_IMAGE = (
    "InstanceNumber",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "ContentDate",
    "ContentTime",
    "AcquisitionDateTime",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query asks for exactly; empty asks for all."""

    studies: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    number: str = ""
    accession: str = ""
    first_day: str = ""
    """Eight digits."""
    last_day: str = ""


def of_wanted(rows: Any, wanted: Wanted) -> Any:
    """Return the rows a query may be after; one that names nothing gets the newest studies."""
    for field, values in (
        ("study_uid", wanted.studies),
        ("series_uid", wanted.series),
        ("image_uid", wanted.images),
    ):
        if values:
            rows = rows.filter(**{f"{field}__in": values})
    if wanted.number:
        rows = rows.filter(told_number=wanted.number)
    if wanted.accession:
        rows = rows.filter(told_accession=wanted.accession)
    if wanted.first_day:
        rows = rows.filter(says__StudyDate__gte=wanted.first_day)
    if wanted.last_day:
        rows = rows.filter(says__StudyDate__lte=wanted.last_day)
    if not (wanted.studies or wanted.series or wanted.images):
        newest = ImageFile.objects.filter(pk__in=rows.values("pk")).order_by("-arrived_at")
        some = newest.values_list("study_uid", flat=True)
        rows = rows.filter(
            study_uid__in=list(dict.fromkeys(some[: MOST_STUDIES * 64]))[:MOST_STUDIES]
        )
    return rows


def wanted_of(asked: Mapping[str, str]) -> Wanted:
    """Return what of a query the tables can look for by themselves."""
    exact = {key: text for key, text in asked.items() if not set(text) & set("*?")}
    first, last = days_asked(asked.get("StudyDate", ""))

    def uids(key: str) -> tuple[str, ...]:
        return tuple(filter(None, exact.get(key, "").split("\\")))

    return Wanted(
        studies=uids("StudyInstanceUID"),
        series=uids("SeriesInstanceUID"),
        images=uids("SOPInstanceUID"),
        number=exact.get("PatientID", ""),
        accession=exact.get("AccessionNumber", ""),
        first_day=first,
        last_day=last,
    )


def at_level(level: str, rows: tuple[ImageFile, ...]) -> Iterator[Found]:
    """Yield studies, series or images of the rows, each by DICOM keyword."""
    depth = LEVELS.index(level)
    grouped: dict[tuple[str, ...], list[ImageFile]] = {}
    for row in rows:
        key = (row.study_uid, row.series_uid, row.image_uid)[: depth + 1]
        grouped.setdefault(key, []).append(row)
    for of_one in grouped.values():
        first = of_one[0]
        series = {row.series_uid for row in of_one}
        found = {
            "StudyInstanceUID": first.study_uid,
            "PatientID": first.told_number,
            "PatientName": first.told_name,
            "PatientBirthDate": first.told_birth_date,
            "AccessionNumber": first.told_accession,
            **_said(first, OF_STUDY),
        }
        if level == "STUDY":
            found["ModalitiesInStudy"] = "\\".join(sorted({row.modality for row in of_one} - {""}))
            found["NumberOfStudyRelatedSeries"] = str(len(series))
            found["NumberOfStudyRelatedInstances"] = str(len(of_one))
        if level in ("SERIES", "IMAGE"):
            found |= {"SeriesInstanceUID": first.series_uid, "Modality": first.modality}
            found |= _said(first, OF_SERIES)
        if level == "SERIES":
            found["NumberOfSeriesRelatedInstances"] = str(len(of_one))
        if level == "IMAGE":
            found |= {"SOPInstanceUID": first.image_uid, "SOPClassUID": first.sop_class}
            found |= _said(first, OF_IMAGE)
        yield found


def _said(row: ImageFile, names: tuple[str, ...]) -> dict[str, str]:
    return {name: str(row.says.get(name, "")) for name in names}
