"""Image files that come: kept as they are, filed where everything agrees, else left to a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.matching import (
    NO_HEADER,
    NUMBER,
    Told,
    born,
    disagreements,
    visits_between,
)
from patency.gateways.dicomfile import told_by
from patency.gateways.images import KeptFile, NotKept, NotUnpacked, files_in
from patency.records.ledger import remember, remember_change, subject_of
from patency.records.models.base import unfit
from patency.records.models.images import FILED, QUARANTINED, ImageFile, expected_of
from patency.records.models.visit import Visit
from patency.records.seen_by import Seen, seen_by
from patency.service import journey
from patency.service.house import House

# Our choice: how many visits are shown beside a file that fits none by itself.
MOST_SHOWN = 5
LONGEST_NAME = 200


class ImagingRefused(Exception):
    """Something that cannot be done with an image file."""


class NothingHandedOver(ImagingRefused):
    """No file was chosen, or it cannot be unpacked; the message says what to do."""


class NotSafe(ImagingRefused):
    """The file could not be written down, so it does not count as received."""


class AlreadyFiled(ImagingRefused):
    """The file lies with a visit already; the message says who filed it."""


class ReasonMissing(ImagingRefused):
    """Something disagrees, and nobody said why the file belongs there all the same."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came of one file that was handed over."""

    file: ImageFile
    is_new: bool
    """False for one that was here already: it is kept once."""


@dataclass(frozen=True, slots=True)
class Side:
    """One visit beside a file: what disagrees between the two."""

    visit: Visit
    disagrees: tuple[str, ...]


def receive(
    house: House, files: Iterable[tuple[str, IO[bytes]]], *, by: Actor, now: datetime
) -> tuple[Received, ...]:
    """Return what came of each file; a packed CD is taken apart. Nothing is refused for being odd.

    The bytes are safe on the disk before a row says so. A file is filed only if accession or Study
    UID, patient number and birth date agree with one visit; else it waits for a person. Raises
    ``NothingHandedOver`` or ``NotSafe``; what was kept before that stays.
    """
    access.check(by, Action.FILE_IMAGES)
    seen = seen_by(by, "match an image", now=now)
    received = []
    try:
        for name, handed_over in files:
            for each, file in files_in(handed_over, name):
                told = told_by(file)
                kept = house.gateways.images.keep(file)
                received.append(_written(seen, each, kept, told, by=by, now=now))
    except NotKept as error:
        raise NotSafe(str(error)) from error
    except NotUnpacked as error:
        raise NothingHandedOver(str(error)) from error
    if not received:
        raise NothingHandedOver(
            "Nothing was handed over: no file was chosen, or the pack is empty. Choose DICOM "
            "files, or a CD as one zip file."
        )
    return tuple(received)


def _written(
    seen: Seen, name: str, kept: KeptFile, told: Told | None, *, by: Actor, now: datetime
) -> Received:
    with transaction.atomic():
        there: ImageFile | None = ImageFile.objects.filter(site=by.site, sha256=kept.sha256).first()
        if there is not None:
            return Received(there, is_new=False)
        said = told or Told()
        found = [] if told is None else _beside(seen, said)
        agreed = next((side.visit for side in found if not side.disagrees), None)
        row: ImageFile = ImageFile.objects.create(
            site=by.site,
            sha256=kept.sha256,
            size=kept.size,
            name=name.replace("\0", "")[:LONGEST_NAME],
            is_dicom=told is not None,
            arrived_at=now,
            arrived_by=by.name,
            told_number=said.number,
            told_name=said.name,
            told_birth_date=said.birth_date,
            told_accession=said.accession,
            study_uid=said.study_uid,
            image_uid=said.image_uid,
            state=QUARANTINED if agreed is None else FILED,
            disagrees=[] if agreed is not None else _why_not(told, found),
            visit=agreed,
            patient=None if agreed is None else agreed.patient,
            filed_at=None if agreed is None else now,
            filed_by="" if agreed is None else by.name,
        )
        remember(
            kind="image-filed" if agreed is not None else "image-quarantined",
            subject=subject_of(row),
            by=by,
            now=now,
            site=by.site,
            patient=row.patient_id,
            fields=["image_file"],
            payload={"visit": row.visit_id},
        )
    return Received(row, is_new=True)


def _why_not(told: Told | None, found: list[Side]) -> list[str]:
    if told is None:
        return [NO_HEADER]
    # Nearest first: what the nearest visit lacks is what a person has to look at.
    return list(found[0].disagrees) if found else ["no-such-visit"]


def beside(image_id: UUID, *, by: Actor, now: datetime) -> tuple[Side, ...]:
    """Return the visits a file may belong to, the nearest first, each with what disagrees."""
    access.check(by, Action.FILE_IMAGES)
    seen = seen_by(by, "match an image", now=now)
    row = seen.image_files.get(pk=image_id)
    return tuple(_beside(seen, row.told()))


def _beside(seen: Seen, told: Told) -> list[Side]:
    visits: dict[UUID, Visit] = {}
    between = visits_between(told)
    if between is not None:
        rows = seen.visits.filter(pk__gte=between[0], pk__lte=between[1])
        visits |= {row.pk: row for row in rows.select_related("patient")[:MOST_SHOWN]}
    number = told.number.strip().upper()
    if number:
        of_hers = seen.visits.filter(patient__number=number).select_related("patient")
        visits |= {row.pk: row for row in of_hers.order_by("-opened_at")[:MOST_SHOWN]}
    day = born(told)
    family, _, given = told.name.replace("=", "^").partition("^")
    if day is not None and family and len(visits) < MOST_SHOWN:
        alike = seen.visits.filter(
            patient__birth_date=day,
            patient__family_name__iexact=family.strip(),
            patient__given_name__iexact=given.partition("^")[0].strip(),
        ).select_related("patient")
        visits |= {row.pk: row for row in alike.order_by("-opened_at")[:MOST_SHOWN]}
    sides = [Side(row, disagreements(told, expected_of(row))) for row in visits.values()]
    # A visit that is nearest in what names her comes first; of the same, the newest.
    sides.sort(key=lambda side: side.visit.opened_at, reverse=True)
    return sorted(sides, key=lambda side: (len(side.disagrees), NUMBER in side.disagrees))


def file_by_hand(
    image_id: UUID, visit_id: UUID, why: str = "", *, by: Actor, now: datetime
) -> ImageFile:
    """Return the file, filed by a person with a visit. Raises ``ReasonMissing``, ``AlreadyFiled``.

    What disagreed stays written down beside the reason.
    """
    access.check(by, Action.FILE_IMAGES)
    seen_by(by, "file an image", now=now).image_files.get(pk=image_id)
    visit = journey.visit_seen(visit_id, "file an image", by=by, now=now)
    with transaction.atomic():
        row: ImageFile = ImageFile.objects.select_for_update(of=("self",)).get(pk=image_id)
        if row.state == FILED:
            raise AlreadyFiled(
                f"image/{row.pk} was filed with visit/{row.visit_id} by {row.filed_by} at "
                f"{row.filed_at:%Y-%m-%d %H:%M %Z}. Look at it there."
            )
        disagrees = row.differs_from(visit)
        if disagrees and not why.strip():
            raise ReasonMissing(
                f"image/{row.pk} was not filed with visit/{visit.pk}: {', '.join(disagrees)} "
                "disagree. Look at both sides, and write why it belongs there all the same."
            )
        if unfit(ImageFile, why=why):
            raise ReasonMissing(f"image/{row.pk}: the reason holds a character that is no text.")
        row.visit, row.patient = visit, visit.patient
        row.state, row.disagrees = FILED, list(disagrees)
        row.filed_at, row.filed_by, row.why = now, by.name, why.strip()
        row.save()
        remember_change(
            row,
            "image-filed-by-hand",
            by=by,
            now=now,
            fields=["image_file"],
            payload={"visit": visit.pk, "disagrees": list(disagrees)},
        )
    return row


def set_apart(image_id: UUID, why: str, *, by: Actor, now: datetime) -> ImageFile:
    """Return a file that was filed with the wrong visit, waiting again; ``why`` is written down."""
    access.check(by, Action.FILE_IMAGES)
    seen_by(by, "set an image apart", now=now).image_files.get(pk=image_id)
    with transaction.atomic():
        row: ImageFile = ImageFile.objects.select_for_update(of=("self",)).get(pk=image_id)
        if row.state != FILED:
            return row
        if not why.strip() or unfit(ImageFile, why=why):
            raise ReasonMissing(
                f"image/{row.pk} stays with visit/{row.visit_id}: no reason was given. Write why "
                "it does not belong there."
            )
        visit, patient = row.visit_id, row.patient_id
        row.visit = row.patient = row.filed_at = None
        row.state, row.filed_by, row.why = QUARANTINED, "", why.strip()
        row.save()
        remember(
            kind="image-set-apart",
            subject=subject_of(row),
            by=by,
            now=now,
            site=row.site,
            patient=patient,
            fields=["image_file"],
            payload={"visit": visit},
        )
    return row
