"""Key images that a reader chooses from the film; the report and its DICOM form name them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.visit import VisitState
from patency.records.ledger import remember_change
from patency.records.models.images import FILED
from patency.records.models.report import KeyImage
from patency.records.models.visit import Visit, lock
from patency.records.seen_by import seen_by
from patency.service import journey
from patency.service.examined import exam_of

MOST = 24
"""Our choice: a report with more key images shows a film, and chooses nothing."""
WHY = "choose key images"


class KeyImageRefused(Exception):
    """A frame that cannot be a key image of this report."""


class NoReportToWrite(KeyImageRefused):
    """There is no examination, or its visit is over."""


class NotOfThisVisit(KeyImageRefused):
    """The image is filed with no visit, or with another one."""


class TooManyKeyImages(KeyImageRefused):
    """As many are chosen as a report names."""


def choose_key_image(
    visit_id: UUID, image_id: UUID, *, run: int, frame: int, by: Actor, now: datetime
) -> KeyImage:
    """Return the frame as a key image of the visit's report; choosing it twice changes nothing.

    ``run`` is its number in the film as it is shown, ``frame`` counts from 1.
    """
    access.check(by, Action.REPORT)
    journey.visit_seen(visit_id, WHY, by=by, now=now)
    image = seen_by(by, WHY, now=now).image_files.get(pk=image_id)
    if image.state != FILED or image.visit_id != visit_id:
        raise NotOfThisVisit(
            f"image/{image.pk} is not filed with visit/{visit_id}; a report names only images of "
            "its own visit. File it there first."
        )
    with transaction.atomic():
        visit = _to_report(visit_id)
        rows = KeyImage.objects.filter(visit=visit, removed_at__isnull=True)
        there: KeyImage | None = rows.filter(image=image, frame=frame).first()
        if there is not None:
            return there
        if rows.count() >= MOST:
            raise TooManyKeyImages(
                f"visit/{visit.pk} has {MOST} key images, the most a report names. "
                "Remove one first."
            )
        row: KeyImage = KeyImage.objects.create(
            visit=visit, image=image, run=run, frame=frame, chosen_by=by.name, chosen_at=now
        )
        remember_change(
            visit,
            "key-image-chosen",
            by=by,
            now=now,
            fields=["key_image"],
            payload={"key_image": row.pk},
        )
    return row


def remove_key_image(key_image_id: UUID, *, by: Actor, now: datetime) -> KeyImage:
    """Return the key image, no longer one; removing it twice changes nothing."""
    access.check(by, Action.REPORT)
    seen = seen_by(by, WHY, now=now).key_images.get(pk=key_image_id)
    with transaction.atomic():
        visit = _to_report(seen.visit_id)
        row: KeyImage = KeyImage.objects.select_for_update(of=("self",)).get(pk=seen.pk)
        if row.removed_at is not None:
            return row
        row.removed_by, row.removed_at = by.name, now
        row.save(update_fields=["removed_by", "removed_at"])
        remember_change(
            visit,
            "key-image-removed",
            by=by,
            now=now,
            fields=["key_image"],
            payload={"key_image": row.pk},
        )
    return row


def _to_report(visit_id: UUID) -> Visit:
    visit = lock(Visit.objects.get(pk=visit_id))
    if exam_of(visit) is None or journey.states(visit, VisitState.CLOSED, VisitState.CANCELLED):
        raise NoReportToWrite(
            f"visit/{visit.pk} is {visit.state}; key images are chosen after an examination and "
            "until the visit is closed."
        )
    return visit
