"""Draft readings: asked for, made by a process of their own, and judged by a named reader."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from patency.core import access
from patency.core.access import Action, Actor
from patency.core.suggested import CANNOT_TELL, TUBES, VALUES, fields_of, her_side
from patency.core.visit import VisitState
from patency.gateways.images import NotKept
from patency.gateways.studyreader import NotRead
from patency.records.ledger import remember_change
from patency.records.models.images import FILED, ImageFile
from patency.records.models.suggested import (
    ABSTAINED,
    ACCEPTED,
    CORRECTED,
    FAILED,
    OUTCOMES,
    READ,
    REJECTED,
    WAITING,
    DraftReading,
    Judgement,
)
from patency.records.models.visit import Visit, lock
from patency.records.seen_by import check_own_site, seen_by
from patency.service import journey
from patency.service.house import House
from patency.service.suggested import (
    NO_PICTURES,
    content_of,
    is_of_these_images,
    judgements_of,
    pictures_of,
    suggested_by,
)

WHY = "a draft reading"
LIMIT_S = 180.0
"""Our choice: six times what the largest study of docs/benchmarks.md is given."""
LOOK_BACK = timedelta(days=14)
AT_ONCE = 5
S = VisitState
DONE = (S.EXAMINED, S.ABANDONED, S.NON_DIAGNOSTIC)
LOST = "images-could-not-be-read"


class SuggestingRefused(Exception):
    """Something that cannot be done with a draft reading."""


class AssistOff(SuggestingRefused):
    """The site has chosen to read without suggestions."""


class NothingToRead(SuggestingRefused):
    """No images are filed with the visit."""


class NothingSuggested(SuggestingRefused):
    """The draft says nothing of this part."""


class NotAValue(SuggestingRefused):
    """A word that is none a reader may say of this part."""


class SideNotSaid(SuggestingRefused):
    """No marker told the sides, and the reader has not said which is which."""


def ask(house: House, visit_id: UUID, *, by: Actor, now: datetime) -> DraftReading:
    """Return the reading of the images as they are filed now, asked for unless it was made.

    One that failed is tried again.
    """
    access.check(by, Action.REPORT)
    visit = journey.visit_seen(visit_id, WHY, by=by, now=now)
    _check_on(house, visit)
    with transaction.atomic():
        visit = lock(visit)
        images = pictures_of(visit)
        if not images:
            raise NothingToRead(f"visit/{visit.pk} has no images to read. File them with it first.")
        return _asked(visit, images, by=by, now=now, again=True)[0]


def ask_for_due(house: House, site: str, *, by: Actor, now: datetime) -> int:
    """Return how many readings were asked for: of visits examined, whose last image lies a while.

    The same images are read once, however often this is called.
    """
    access.check(by, Action.FILE_IMAGES)
    check_own_site(by, site)
    habits = house.site(site).assist
    if not habits.is_on:
        return 0
    quiet_since = now - timedelta(minutes=habits.wait_minutes)
    rows = (
        ImageFile.objects.filter(site=site, state=FILED, is_dicom=True)
        .filter(visit__state__in=DONE, filed_at__gte=now - LOOK_BACK)
        .exclude(modality__in=NO_PICTURES)
        .values("visit")
        .annotate(last=Max("filed_at"), read=Max("visit__draft_readings__asked_at"))
        .filter(last__lte=quiet_since)
    )
    due = [row["visit"] for row in rows if row["read"] is None or row["read"] < row["last"]]
    asked = 0
    for visit_id in due[:AT_ONCE]:
        visit = journey.visit_seen(visit_id, WHY, by=by, now=now)
        with transaction.atomic():
            visit = lock(visit)
            images = pictures_of(visit)
            if images:
                asked += _asked(visit, images, by=by, now=now, again=False)[1]
    return asked


def _asked(
    visit: Visit, images: Sequence[ImageFile], *, by: Actor, now: datetime, again: bool
) -> tuple[DraftReading, bool]:
    content = content_of(images)
    row: DraftReading | None = DraftReading.objects.filter(visit=visit, content=content).first()
    if row is not None and not (again and row.state == FAILED):
        return row, False
    if row is None:
        row = DraftReading(visit=visit, content=content)
    row.state, row.reason, row.asked_by, row.asked_at = WAITING, "", by.name, now
    row.save()
    remember_change(row, "reading-asked", by=by, now=now, fields=["draft_reading"])
    return row, True


def read_images(house: House, reading_id: UUID, *, by: Actor, now: datetime) -> DraftReading:
    """Return the reading, made; one that is made already stays as it is.

    It is made outside any transaction. That it failed is written down with its reason and shown;
    the report is written without it.
    """
    access.check(by, Action.FILE_IMAGES)
    row: DraftReading = (
        seen_by(by, WHY, now=now).draft_readings.select_related("visit").get(pk=reading_id)
    )
    if row.state != WAITING:
        return row
    images = pictures_of(row.visit)
    if content_of(images) != row.content:
        return _ended(row, FAILED, "images-changed-meanwhile", by=by, now=now)
    store = house.gateways.images
    try:
        with ExitStack() as open_files:
            files = [open_files.enter_context(store.open(each.sha256)) for each in images]
            found = house.gateways.reader.read(files, LIMIT_S)
        kept = {name: store.keep(BytesIO(each)).sha256 for name, each in found.files.items()}
    except NotRead as error:
        return _ended(row, FAILED, error.code, by=by, now=now)
    except (NotKept, OSError):
        return _ended(row, FAILED, LOST, by=by, now=now)
    row.findings, row.files, row.reader_version = found.findings, kept, found.reader_version
    tubes = found.findings["tubes"].values()
    says_nothing = found.findings["cavity"] is None and all(
        tube["verdict"] == CANNOT_TELL for tube in tubes
    )
    if says_nothing:
        return _ended(row, ABSTAINED, found.findings["tubes"]["right"]["reason"], by=by, now=now)
    return _ended(row, READ, "", by=by, now=now)


def _ended(row: DraftReading, state: str, reason: str, *, by: Actor, now: datetime) -> DraftReading:
    with transaction.atomic():
        # Two workers may have made it: whoever ends first is kept.
        there: DraftReading = DraftReading.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if there.state != WAITING:
            return there
        row.state, row.reason, row.done_at = state, reason[:64], now
        row.save()
        remember_change(row, f"reading-{state}", by=by, now=now, fields=["draft_reading"])
    return row


def judge_suggestion(
    house: House,
    reading_id: UUID,
    about: str,
    outcome: str,
    value: str = "",
    *,
    is_mirrored: bool | None = None,
    stood_before: Mapping[str, object] | None = None,
    by: Actor,
    now: datetime,
) -> tuple[Judgement, dict[str, str]]:
    """Return what a named reader made of a suggestion, and the fields that word fills in.

    ``value`` is the reader's own, where the suggestion is corrected. ``is_mirrored`` says that her
    left tube stands at the left of the picture; it is asked where no marker told the sides, and
    said once for a reading. Raises ``NothingSuggested``, ``NotAValue`` or ``SideNotSaid``.
    """
    access.check(by, Action.REPORT)
    row: DraftReading = (
        seen_by(by, WHY, now=now).draft_readings.select_related("visit").get(pk=reading_id)
    )
    _check_on(house, row.visit)
    suggestion = next((each for each in suggested_by(row) if each.about == about), None)
    if suggestion is None or not is_of_these_images(row):
        raise NothingSuggested(
            f"reading/{row.pk} suggests nothing of {about!r}; it is {row.state}. Open the report "
            "again."
        )
    if outcome not in OUTCOMES:
        raise NotAValue(f"{outcome!r} is none of {', '.join(OUTCOMES)}.")
    said = suggestion.value if outcome == ACCEPTED else value if outcome == CORRECTED else ""
    if outcome == CORRECTED and said not in VALUES[about]:
        raise NotAValue(
            f"{said!r} is none of {', '.join(VALUES[about])}, which a reader may say of {about}."
        )
    with transaction.atomic():
        lock(row.visit)
        earlier = judgements_of(row)
        mirrored = _mirrored(row, about, is_mirrored, earlier)
        hers = her_side(about, is_mirrored=mirrored)
        kept: Judgement = Judgement.objects.create(
            reading=row,
            about=about,
            hers=hers,
            suggested=suggestion.as_data(),
            readers_value=None if outcome == REJECTED else said,
            stood_before=dict(stood_before or {}),
            outcome=outcome,
            reader_version=row.reader_version,
            made_by=by.name,
            made_at=now,
        )
        remember_change(
            kept,
            f"suggestion-{outcome}",
            by=by,
            now=now,
            fields=["judgement"],
            payload={"reading": row.pk, "about": about},
        )
    filled = {} if outcome == REJECTED else fields_of(suggestion, said)
    return kept, {f"{hers}_{name}" if hers in TUBES else name: one for name, one in filled.items()}


def _mirrored(
    row: DraftReading, about: str, told: bool | None, earlier: Mapping[str, Judgement]
) -> bool:
    if about not in TUBES or (row.findings or {}).get("sides_known"):
        return False
    for side in TUBES:
        # Said of the other tube, it holds for this one; said again of the same, it may change.
        if side in earlier and (side != about or told is None):
            return earlier[side].hers != side
    if told is None:
        raise SideNotSaid(
            f"reading/{row.pk}: no marker told the sides. Say which of her tubes stands at the "
            "left of the picture."
        )
    return told


def picture(house: House, reading_id: UUID, name: str, *, by: Actor, now: datetime) -> bytes:
    """Return one picture of a reading. Raises ``NothingSuggested`` for one that is not there."""
    access.check(by, Action.SEE_IMAGES)
    row: DraftReading = seen_by(by, "the evidence of a draft reading", now=now).draft_readings.get(
        pk=reading_id
    )
    digest: Any = (row.files or {}).get(name)
    if digest is None:
        raise NothingSuggested(f"reading/{row.pk} has no picture {name!r}.")
    try:
        with house.gateways.images.open(digest) as file:
            return file.read()
    except FileNotFoundError as error:
        raise NothingSuggested(f"The picture {name!r} of reading/{row.pk} is gone.") from error


def _check_on(house: House, visit: Visit) -> None:
    if not house.site(visit.site).assist.is_on:
        raise AssistOff(
            f"{visit.site} reads without suggestions: [assist] in its site file is off. Read the "
            "images as they are."
        )
