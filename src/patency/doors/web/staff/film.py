"""The images of a visit as the viewer needs them: runs on one clock, each frame by its address."""

import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.refusals import refused
from patency.doors.web.staff.film_fronts import RunSeen, fronts
from patency.doors.web.staff.screening import visit_at
from patency.gateways.frames import FrameIndex, Lookup, NoFrames, index_in
from patency.records.models.images import FILED, ImageFile
from patency.records.models.report import KeyImage
from patency.records.models.visit import Visit
from patency.records.seen_by import seen_by
from patency.service import key_images
from patency.service.chosen import chosen_of

WHY = "the images of a visit"
SHOWN = ("RF", "XA", "CR", "DX", "")
"""Modalities of X-ray images; segmentations and maps of a draft are no images to read."""


@dataclass(frozen=True, slots=True)
class _Run:
    row: ImageFile
    index: FrameIndex
    begins_s: float


def film_data(request: ActorRequest, visit: Visit, draft: object) -> Any:
    """Return what the viewer is told, as JSON can hold it; None where nothing can be shown.

    ``draft`` is the findings of a draft reading of these images, or nothing, for the fronts drawn
    over them.
    Pictures in colour and files without frames are counted, and not shown.
    """
    runs, others = _runs(request, _images_of(request, visit))
    if not runs:
        return None
    tables: dict[Lookup, int] = {}
    told = [_told(request, run, number, tables) for number, run in enumerate(runs, 1)]
    return {
        "runs": told,
        "tables": [{"first": each.first, "values": _packed(each)} for each in tables],
        "others": others,
        "chosen": _chosen(visit, runs),
        "fronts": fronts(draft, [_seen(run) for run in runs]) if isinstance(draft, Mapping) else {},
    }


@require_POST
@staff_may(Action.REPORT)
def choose(request: ActorRequest, visit_id: UUID) -> HttpResponse:
    """Take a frame of the film as a key image, or one away, and say which there are now."""
    visit = visit_at(request, visit_id)
    runs, _others = _runs(request, _images_of(request, visit))
    by, now = request.actor, request.now
    try:
        if remove := request.POST.get("remove", ""):
            key_images.remove_key_image(UUID(remove), by=by, now=now)
        else:
            run, frame = int(request.POST.get("run", "")), int(request.POST.get("frame", ""))
            if not (1 <= run <= len(runs) and 1 <= frame <= len(runs[run - 1].index)):
                raise Http404
            image = runs[run - 1].row.pk
            key_images.choose_key_image(visit.pk, image, run=run, frame=frame, by=by, now=now)
    except (ValueError, KeyImage.DoesNotExist) as error:
        raise Http404 from error
    except key_images.KeyImageRefused as refusal:
        return JsonResponse({"told": refused(refusal)["problem"]}, status=409)
    return JsonResponse({"chosen": _chosen(visit, runs)})


def _chosen(visit: Visit, runs: Sequence[_Run]) -> list[dict[str, Any]]:
    place = {run.row.pk: number for number, run in enumerate(runs)}
    told = []
    for each in chosen_of(visit):
        words = _("Run %(run)s, frame %(frame)s") % {"run": each.run, "frame": each.frame}
        told.append(
            {
                "id": str(each.pk),
                "run": place.get(each.image_id, -1),
                "frame": each.frame - 1,
                "words": words,
                "remove": _("Remove key image: %(name)s") % {"name": words},
            }
        )
    return told


def _images_of(request: ActorRequest, visit: Visit) -> list[ImageFile]:
    rows = seen_by(request.actor, WHY, now=request.now).image_files.filter(
        visit=visit, state=FILED, is_dicom=True
    )
    return list(rows.order_by("arrived_at", "pk"))


def _runs(request: ActorRequest, rows: Sequence[ImageFile]) -> tuple[list[_Run], int]:
    store = request.house.gateways.images
    found: list[tuple[ImageFile, FrameIndex]] = []
    others = 0
    for row in rows:
        if row.modality not in SHOWN:
            continue
        try:
            index = index_in(store, row.sha256)
        except (NoFrames, FileNotFoundError):
            others += 1
            continue
        if index.samples != 1:
            others += 1
            continue
        found.append((row, index))
    moments = [index.begins for _, index in found if index.begins is not None]
    first = min(moments, default=None)
    runs = []
    for row, index in found:
        known = index.begins is not None and first is not None
        begins = (index.begins - first).total_seconds() if known else 0.0  # type: ignore[operator]
        runs.append(_Run(row, index, begins))
    return sorted(runs, key=lambda run: (run.begins_s, run.row.image_uid)), others


def _seen(run: _Run) -> RunSeen:
    begins = run.begins_s + run.index.seconds[0]
    return RunSeen(begins, len(run.index), run.index.rows, run.index.columns)


def _packed(table: Lookup) -> str:
    """Return the values of a modality LUT, 16 bits each, little endian, as Base64."""
    values = [min(each, 0xFFFF) for each in table.values]
    return b64encode(struct.pack(f"<{len(values)}H", *values)).decode()


def _told(
    request: ActorRequest, run: _Run, number: int, tables: dict[Lookup, int]
) -> dict[str, Any]:
    """Return what the viewer is told of a run; a table that several runs share is said once."""
    row, index = run.row, run.index
    table = None if index.lookup is None else tables.setdefault(index.lookup, len(tables))
    one = reverse(
        "dicomweb-frames",
        kwargs={
            "site": row.site,
            "study": row.study_uid,
            "series": row.series_uid,
            "instance": row.image_uid,
            "frames": "1",
        },
    )
    return {
        "number": number,
        "frames": one.removesuffix("1"),
        "count": len(index),
        "rows": index.rows,
        "columns": index.columns,
        "bytes": index.allocated // 8,
        "signed": index.is_signed,
        "bits": index.stored,
        "inverted": index.photometric == "MONOCHROME1",
        # What comes out of a table is the value meant (PS3.3 C.11.1.1): nothing is rescaled then.
        "table": table,
        "slope": index.slope if table is None else 1.0,
        "intercept": index.intercept if table is None else 0.0,
        "window": list(index.window) if index.window else None,
        "seconds": [round(run.begins_s + each, 3) for each in index.seconds],
        "angle": list(index.angles) if index.angles else None,
        "lossy": index.is_lossy,
    }
