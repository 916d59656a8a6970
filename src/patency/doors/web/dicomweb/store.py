"""STOW-RS: images that are sent, each taken in as every other way in does (PS3.18 10.5)."""

import logging
from typing import Any

from django.http import HttpResponse, JsonResponse

from patency.doors.web.asking import ActorRequest
from patency.doors.web.dicomweb.around import JSON, said
from patency.doors.web.dicomweb.media import NotMultipart, parts_of
from patency.gateways.dicomfile import Header, header_of
from patency.gateways.dicomjson import answer
from patency.service import imaging

log = logging.getLogger(__name__)
OUT_OF_RESOURCES, NOT_OF_STUDY, NOT_DICOM = 0xA700, 0xA900, 0xC000


def store(request: ActorRequest, study: str) -> HttpResponse:
    """Take in what is sent and say of each image what came of it.

    Nothing is refused for being odd: what is no DICOM is kept too, and waits for a person. Only an
    image of another study than the address names is not taken. Whatever is answered as stored is
    safe on the disk.
    """
    taken: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    odd: list[dict[str, Any]] = []
    try:
        for number, (_kind, file) in enumerate(
            parts_of(request, request.headers.get("Content-Type", "")),
            1,
        ):
            header = header_of(file)
            if header is not None and study and header.told.study_uid != study:
                failed.append(_of(header, NOT_OF_STUDY))
                continue
            try:
                imaging.receive(
                    request.house, [(f"part {number}", file)], by=request.actor, now=request.now
                )
            except imaging.NotSafe as refusal:
                log.error("%s", refusal)
                (odd if header is None else failed).append(_of(header, OUT_OF_RESOURCES))
                continue
            except imaging.NothingHandedOver:
                odd.append(_of(None, NOT_DICOM))
                continue
            if header is None:
                odd.append(_of(None, NOT_DICOM))
            else:
                taken.append(_of(header, None, _where(request, header)))
    except NotMultipart as error:
        if not (taken or failed or odd):
            return said(str(error), status=400)
        odd.append(_of(None, NOT_DICOM))
    answered: dict[str, Any] = {}
    for tag, items in (("00081198", failed), ("00081199", taken), ("0008119A", odd)):
        if items:
            answered[tag] = {"vr": "SQ", "Value": items}
    status = 200 if not (failed or odd) else 202 if taken else 409
    return JsonResponse(answered, content_type=JSON, status=status)


def _of(header: Header | None, reason: int | None, where: str = "") -> dict[str, Any]:
    told = {}
    if header is not None:
        told = {
            "ReferencedSOPClassUID": header.sop_class,
            "ReferencedSOPInstanceUID": header.told.image_uid,
        }
    if where:
        told["RetrieveURL"] = where
    if reason is not None:
        told["FailureReason"] = str(reason)
    return answer(told)


def _where(request: ActorRequest, header: Header) -> str:
    return request.build_absolute_uri(
        f"/site/{request.actor.site}/dicomweb/studies/{header.told.study_uid}"
        f"/series/{header.series_uid}/instances/{header.told.image_uid}"
    )
