"""Image files that come: kept as they are, filed where everything agrees, else left to a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID

from django.db import transaction

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.matching import SAME_UID, Told
from patency.gateways.dicomfile import Header, header_of
from patency.gateways.images import NotKept, NotUnpacked, Placed, files_in
from patency.records.durable import durably
from patency.records.ledger import remember, remember_change, subject_of
from patency.records.models.base import unfit
from patency.records.models.images import FILED, QUARANTINED, ImageFile
from patency.records.seen_by import Seen, seen_by
from patency.service import journey
from patency.service.dosed import (
    DOSE_ABOVE,
    DOSE_READ,
    DOSE_WRITTEN,
    put_into_record,
    read_dose,
)
from patency.service.house import House
from patency.service.matched import Side as Side
from patency.service.matched import sides, why_not_filed

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


def receive(
    house: House, files: Iterable[tuple[str, IO[bytes]]], *, by: Actor, now: datetime
) -> tuple[Received, ...]:
    """Return what came of each file; a packed CD is taken apart. Nothing is refused for being odd.

    The bytes are safe on the disk before a row says so, and the row before anybody is told. A file
    is filed only if accession or Study UID, patient number and birth date agree with one visit;
    else it waits for a person. Raises ``NothingHandedOver`` or ``NotSafe``; what was kept before
    that stays.
    """
    access.check(by, Action.FILE_IMAGES)
    seen = seen_by(by, "match an image", now=now)
    received = []
    try:
        for name, handed_over in files:
            for each, file in files_in(handed_over, name):
                placed = house.gateways.images.place(file)
                header = header_of(file)
                received.append(_written(house, seen, each, placed, header, by=by, now=now))
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
    house: House,
    seen: Seen,
    name: str,
    placed: Placed,
    header: Header | None,
    *,
    by: Actor,
    now: datetime,
) -> Received:
    """Return the row of a file; it is made while the disk takes the bytes, and committed after."""
    kept = placed.file
    with durably():
        there: ImageFile | None = ImageFile.objects.filter(site=by.site, sha256=kept.sha256).first()
        if there is not None:
            placed.wait_until_safe()
            return Received(there, is_new=False)
        told = None if header is None else header.told
        said = told or Told()
        found = [] if told is None else sides(seen, said)
        agreed = next((side.visit for side in found if not side.disagrees), None)
        why_not = [] if agreed is not None else why_not_filed(told, found)
        if said.image_uid and seen.image_files.filter(image_uid=said.image_uid).exists():
            agreed, why_not = None, [*why_not, SAME_UID]  # a person looks at both
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
            series_uid=header.series_uid if header else "",
            sop_class=header.sop_class if header else "",
            transfer_syntax=header.transfer_syntax if header else "",
            modality=header.modality if header else "",
            says=dict(header.says) if header else {},
            state=QUARANTINED if agreed is None else FILED,
            disagrees=why_not,
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
        _read_dose(house, row, by=by, now=now)
        placed.wait_until_safe()
    return Received(row, is_new=True)


def _read_dose(house: House, row: ImageFile, *, by: Actor, now: datetime) -> None:
    """Keep what a dose report says, and put it into the record of her examination."""
    report = read_dose(house, row, now=now)
    if report is None:
        return
    kind = DOSE_ABOVE if report.is_above else DOSE_READ
    remember_change(report, kind, by=by, now=now, fields=["dose_report"])
    written = None if row.visit is None else put_into_record(row.visit)
    if written is not None:
        remember_change(written[0], DOSE_WRITTEN, by=by, now=now, fields=written[1])


def beside(image_id: UUID, *, by: Actor, now: datetime) -> tuple[Side, ...]:
    """Return the visits a file may belong to, the nearest first, each with what disagrees."""
    access.check(by, Action.FILE_IMAGES)
    seen = seen_by(by, "match an image", now=now)
    row = seen.image_files.get(pk=image_id)
    return tuple(sides(seen, row.told()))


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
        written = put_into_record(visit)
        if written is not None:
            remember_change(written[0], DOSE_WRITTEN, by=by, now=now, fields=written[1])
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
