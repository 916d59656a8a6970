"""What erasure takes from every table, and what the law holds back."""

from collections.abc import Collection, Iterator
from datetime import date, datetime

from django.apps import apps
from django.db.models import QuerySet

from patency.records.models.base import Row, Rows
from patency.records.models.images import ImageFile
from patency.records.models.ledger import Retention
from patency.records.models.people import Patient
from patency.records.models.suggested import DraftReading


def kept_by_law(patient: Patient, day: date) -> dict[str, date]:
    """Return the tables that may not be erased yet, and the last day each must be kept."""
    kept: dict[str, date] = {}
    for row in Retention.objects.filter(patient=patient, ends_on__gte=day):
        kept[row.what] = max(row.ends_on, kept.get(row.what, row.ends_on))
    return kept


def erase_rows(patient: Patient, *, kept: Collection[str], now: datetime) -> dict[str, int]:
    """Blank facts and words in her rows of every table but ``kept``; return how many, by table.

    A row that is nothing but a fact, such as one hCG, is deleted.

    Verdicts, rule ids and times stay, so that what was decided can still be counted; her number
    stays, so that the rows still belong together.
    """
    return {
        model.__name__: rows.delete()[0] if model.IS_ONLY_A_FACT else rows.erase(now)
        for model, rows in _erasable(patient)
        if model.__name__ not in kept
    }


def files_of(patient: Patient, *, kept: Collection[str]) -> list[str]:
    """Return the digests of her files in the image store that no law keeps, in order."""
    found: set[str] = set()
    if ImageFile.__name__ not in kept:
        found |= set(ImageFile.objects.filter(patient=patient).values_list("sha256", flat=True))
    if DraftReading.__name__ not in kept:
        found |= _of_drafts(DraftReading.objects.filter(visit__patient=patient))
    return sorted(found)


def without_somebody_elses(digests: Collection[str], patient: Patient) -> list[str]:
    """Return those of the digests under which nothing of anybody else lies."""
    theirs = ImageFile.objects.filter(sha256__in=digests).exclude(patient=patient)
    others = set(theirs.values_list("sha256", flat=True))
    others |= _of_drafts(DraftReading.objects.exclude(visit__patient=patient))
    return sorted(set(digests) - others)


def _of_drafts(readings: "QuerySet[DraftReading]") -> set[str]:
    each = readings.values_list("files", flat=True)
    return {digest for files in each for digest in (files or {}).values()}


def _erasable(patient: Patient) -> Iterator[tuple[type[Row], Rows]]:
    for model in apps.get_app_config("records").get_models():
        if not issubclass(model, Row) or not (model.ERASED or model.IS_ONLY_A_FACT):
            continue
        if model is Patient:
            yield model, Rows(model).filter(pk=patient.pk)
        elif way := getattr(model, "WOMAN", None):
            # By key: a row is updated where it stands, not through the tables above it.
            yield model, Rows(model).filter(pk__in=model.objects.filter(**{way: patient}))
