"""WADO-RS: whole objects, their metadata, long values, frames and pictures (PS3.18 10.4)."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from patency.doors.web.asking import ActorRequest, takes_files
from patency.doors.web.dicomweb.around import (
    DICOM,
    JSON,
    OCTETS,
    Offer,
    chosen,
    images_of,
    of_their_site,
    said,
    wanted_forms,
)
from patency.doors.web.dicomweb.media import Part, new_boundary, related
from patency.doors.web.dicomweb.store import store
from patency.gateways import dicomjson
from patency.gateways.dicomjson import NotRead
from patency.gateways.framepixels import (
    HTJ2K,
    PLAIN,
    packed_frame,
    packed_from,
    plain_frame,
    rendered,
)
from patency.gateways.frames import FrameIndex, NoFrames, index_in, stored_frame
from patency.records.models.images import ImageFile
from patency.service.house import ImageStore

log = logging.getLogger(__name__)
PACKED_BESIDE = "htj2k"
"""What frames that were packed at ingest are called beside their file."""
SYNTAXES = "1.2.840.10008.1.2.4."
KINDS = {
    "image/jpeg": ("50", "51", "57", "70"),
    "image/jls": ("80", "81"),
    "image/jp2": ("90", "91"),
    "image/jphc": ("201", "202", "203"),
    "video/mpeg": ("100", "101"),
    "video/mp4": ("102", "103", "104", "105", "106"),
}
KIND_OF = {SYNTAXES + ending: kind for kind, endings in KINDS.items() for ending in endings}
KIND_OF["1.2.840.10008.1.2.5"] = "image/dicom-rle"
METADATA = (Offer(JSON), Offer("application/json"))


@takes_files
@of_their_site
def study(request: ActorRequest, study: str) -> HttpResponseBase:
    """Send the objects of a study, or take in more of them."""
    if request.method == "POST":
        return store(request, study)
    return _whole(request, study)


@of_their_site
def whole(request: ActorRequest, study: str, series: str, instance: str = "") -> HttpResponseBase:
    """Send the objects of a series, or one."""
    return _whole(request, study, series, instance)


@require_safe
def _whole(
    request: ActorRequest, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Send whole objects: as they are stored, or plain where the client asks for no other form."""
    rows = _rows(request, study, series, instance)
    wanted = wanted_forms(request)
    as_stored = any(each.syntax == "*" for each in wanted)
    offers = [Offer(DICOM, row.transfer_syntax) for row in rows] + [Offer(DICOM, PLAIN)]
    picked = chosen(wanted, offers)
    if picked is None:
        return said(
            f"Objects are {DICOM}, as stored or with plain pixels; ask for that.", status=406
        )
    is_asked_plain = any(each.syntax == PLAIN for each in wanted)
    images = request.house.gateways.images

    def parts() -> Iterator[Part]:
        for row in rows:
            body, syntax = _object(images, row, as_stored=as_stored)
            yield Part(Offer(DICOM, syntax).as_type, body)

    if is_asked_plain:
        try:  # before the first byte goes out: afterwards nothing can be said any more
            for row in rows:
                _object(images, row, as_stored=False, strictly=True)
        except NotRead as error:
            return said(str(error), status=406)
    if len(rows) == 1 and not picked[1]:
        body, syntax = _object(images, rows[0], as_stored=as_stored)
        return HttpResponse(body, content_type=Offer(DICOM, syntax).as_type)
    return _in_parts(DICOM, parts())


@of_their_site
@require_safe
def metadata(
    request: ActorRequest, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Send the headers; long values are named by the address they can be had at."""
    if chosen(wanted_forms(request), METADATA) is None:
        return said(f"Metadata are {JSON}; ask for that.", status=406)
    found = []
    for row in _rows(request, study, series, instance):
        base = request.build_absolute_uri(path_of(row))
        with request.house.gateways.images.open(row.sha256) as file:
            found.append(dicomjson.metadata(file, lambda place, at=base: f"{at}/bulkdata/{place}"))  # type: ignore[misc]
    return JsonResponse(found, safe=False, content_type=JSON)


@of_their_site
@require_safe
def bulk(
    request: ActorRequest, study: str, series: str, instance: str, place: str
) -> HttpResponseBase:
    """Send one long value."""
    row = _rows(request, study, series, instance)[0]
    picked = chosen(wanted_forms(request), (Offer(OCTETS),))
    if picked is None:
        return said(f"Long values are {OCTETS}; ask for that.", status=406)
    try:
        with request.house.gateways.images.open(row.sha256) as file:
            body = dicomjson.bulk(file, place)
    except NotRead as error:
        return said(str(error), status=404)
    if not picked[1]:
        return HttpResponse(body, content_type=OCTETS)
    return _in_parts(OCTETS, [Part(OCTETS, body)])


@of_their_site
@require_safe
def frames(
    request: ActorRequest, study: str, series: str, instance: str, frames: str
) -> HttpResponseBase:
    """Send frames: plain, as lossless HTJ2K, or as they are stored. Each is one slice read."""
    row = _rows(request, study, series, instance)[0]
    images = request.house.gateways.images
    numbers = [int(each) for each in frames.split(",")]
    try:
        index = index_in(images, row.sha256)
    except NoFrames as error:
        return said(str(error), status=404)
    if not all(1 <= each <= len(index) for each in numbers):
        return said(f"The image holds frames 1 to {len(index)}.", status=404)
    picked = chosen(wanted_forms(request), offers_of(index))
    if picked is None:
        forms = "; ".join(each.as_type for each in offers_of(index))
        return said(f"Frames of this image can be had as {forms}.", status=406)
    offer, in_parts = picked
    make = _maker(images, row, index, offer)
    try:
        first = make(numbers[0])
    except NoFrames as error:
        return said(str(error), status=406)
    if len(numbers) == 1 and not in_parts:
        return HttpResponse(first, content_type=offer.as_type)

    def parts() -> Iterator[Part]:
        yield Part(offer.as_type, first)
        for number in numbers[1:]:
            yield Part(offer.as_type, make(number))

    length = index.frame_bytes if offer.kind == OCTETS else None
    return _in_parts(offer.kind, parts(), len(numbers), length, offer.as_type)


@of_their_site
@require_safe
def picture(
    request: ActorRequest, study: str, series: str, instance: str, frames: str = "1"
) -> HttpResponseBase:
    """Send one frame as a picture to look at, with the machine's window or the one asked for."""
    row = _rows(request, study, series, instance)[0]
    picked = chosen(wanted_forms(request), (Offer("image/jpeg"), Offer("image/png")))
    if picked is None:
        return said("Pictures are image/jpeg or image/png; ask for one of these.", status=406)
    if "," in frames:
        return said("One picture at a time: name one frame.", status=400)
    try:
        window, size = (
            _window(request.GET.get("window", "")),
            _size(request.GET.get("viewport", "")),
        )
    except ValueError:
        return said(
            "window is centre,width,linear and viewport is width,height, in numbers.", status=400
        )
    images = request.house.gateways.images
    try:
        index = index_in(images, row.sha256)
        with images.open(row.sha256) as file:
            body = rendered(
                file,
                index,
                int(frames),
                window=window,
                size=size,
                as_png=picked[0].kind == "image/png",
            )
    except NoFrames as error:
        return said(str(error), status=404)
    return HttpResponse(body, content_type=picked[0].kind)


def offers_of(index: FrameIndex) -> tuple[Offer, ...]:
    """Return the forms in which frames of a file can be sent, the usual one first."""
    as_stored = Offer(KIND_OF.get(index.syntax, OCTETS), index.syntax)
    if not index.is_packed:
        return Offer(OCTETS, PLAIN), Offer("image/jphc", HTJ2K)
    if as_stored.kind == "video/mp4" or as_stored.kind == "video/mpeg":
        return (as_stored,)
    return Offer(OCTETS, PLAIN), Offer("image/jphc", HTJ2K), as_stored


def path_of(row: ImageFile) -> str:
    """Return the address of an image at the DICOMweb door of its site."""
    return (
        f"/site/{row.site}/dicomweb/studies/{row.study_uid}/series/{row.series_uid}"
        f"/instances/{row.image_uid}"
    )


def _rows(request: ActorRequest, study: str, series: str, instance: str) -> list[ImageFile]:
    uids = {"study_uid": study, "series_uid": series, "image_uid": instance}
    return images_of(request, **{name: uid for name, uid in uids.items() if uid})


def _object(
    images: ImageStore, row: ImageFile, *, as_stored: bool, strictly: bool = False
) -> tuple[bytes, str]:
    with images.open(row.sha256) as file:
        if not as_stored and row.transfer_syntax != PLAIN:
            try:
                return dicomjson.plain_file(file), PLAIN
            except NotRead:
                if strictly:
                    raise
                file.seek(0)
        return file.read(), row.transfer_syntax


def _maker(
    images: ImageStore, row: ImageFile, index: FrameIndex, offer: Offer
) -> Callable[[int], bytes]:
    if offer.syntax == HTJ2K and index.syntax != HTJ2K:
        kept = images.open_beside(row.sha256, PACKED_BESIDE)
        if kept is not None:
            kept.close()
            return lambda number: _from(images.open_beside(row.sha256, PACKED_BESIDE), number)
        take = packed_frame
    else:
        take = plain_frame if offer.syntax == PLAIN else stored_frame

    def make(number: int) -> bytes:
        with images.open(row.sha256) as file:
            return take(file, index, number)

    return make


def _from(kept: IO[bytes] | None, number: int) -> bytes:
    if kept is None:
        raise NoFrames("The packed frames are gone; ask again.")
    with kept:
        return packed_from(kept, number)


def _in_parts(
    kind: str, parts: Iterable[Part], count: int = 0, length: int | None = None, as_type: str = ""
) -> StreamingHttpResponse:
    boundary = new_boundary()

    def sent() -> Iterator[bytes]:
        try:
            yield from related(parts, boundary)
        except NoFrames as error:  # the client sees that the answer has no end
            log.warning("an answer was cut short: %s", error)

    answered = StreamingHttpResponse(
        sent(), content_type=f'multipart/related; type="{kind}"; boundary={boundary}'
    )
    if length is not None:
        empty = sum(len(each) for each in related([Part(as_type, b"")] * count, boundary))
        digits = len(str(length)) - 1  # each head says the length of its body
        answered["Content-Length"] = str(empty + count * (length + digits))
    return answered


def _window(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    centre, width = (float(each) for each in text.split(",")[:2])
    if not width >= 1 or not abs(centre) < 1e9:
        raise ValueError
    return centre, width


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    wide, high = (int(each) for each in text.split(",")[:2])
    if wide < 1 or high < 1:
        raise ValueError
    return wide, high
