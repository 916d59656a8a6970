"""Which draft reading stands for a visit, and what of it no reader has judged; a piece."""

import hashlib
from collections.abc import Sequence

from patency.core.suggested import Suggestion, suggestions_of
from patency.records.models.images import FILED, ImageFile
from patency.records.models.suggested import ABSTAINED, READ, DraftReading, Judgement
from patency.records.models.visit import Visit
from patency.service.house import House

NO_PICTURES = frozenset({"SR", "SEG", "PR", "KO", "DOC", "REG", "RTDOSE"})
"""Modalities of what is written about images."""


def pictures_of(visit: Visit) -> list[ImageFile]:
    """Return the files of a visit that may hold images, in an order that stays."""
    rows = ImageFile.objects.filter(visit=visit, state=FILED, is_dicom=True)
    return list(rows.exclude(modality__in=NO_PICTURES).order_by("sha256"))


def content_of(images: Sequence[ImageFile]) -> str:
    """Return the digest of what is read."""
    return hashlib.sha256(" ".join(each.sha256 for each in images).encode()).hexdigest()


def standing_reading(visit: Visit) -> DraftReading | None:
    """Return the reading of the images as they are filed now, once it came to an end, or None."""
    rows = DraftReading.objects.filter(visit=visit, state__in=(READ, ABSTAINED))
    return rows.filter(content=content_of(pictures_of(visit))).first()


def is_of_these_images(reading: DraftReading) -> bool:
    """Return whether the images of the visit are those that were read."""
    return reading.content == content_of(pictures_of(reading.visit))


def suggested_by(reading: DraftReading) -> tuple[Suggestion, ...]:
    """Return what a reading suggests; nothing where it could tell nothing, or was erased."""
    if reading.state != READ or not reading.findings:
        return ()
    return suggestions_of(reading.findings)


def judgements_of(reading: DraftReading) -> dict[str, Judgement]:
    """Return the newest judgement of each part."""
    rows = Judgement.objects.filter(reading=reading).order_by("made_at")
    return {row.about: row for row in rows}


def unjudged(house: House, visit: Visit) -> tuple[str, ...]:
    """Return the parts a standing reading suggests something of, and no reader has judged."""
    if not house.site(visit.site).assist.is_on:
        return ()
    reading = standing_reading(visit)
    if reading is None:
        return ()
    done = judgements_of(reading)
    return tuple(each.about for each in suggested_by(reading) if each.about not in done)
