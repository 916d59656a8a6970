"""QIDO-RS: which studies, series and images are filed at the site (PS3.18 10.6)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from patency.core.worklist import fits
from patency.doors.web.asking import ActorRequest, takes_files
from patency.doors.web.dicomweb.around import (
    JSON,
    WHY,
    Offer,
    chosen,
    of_their_site,
    said,
    wanted_forms,
)
from patency.doors.web.dicomweb.store import store
from patency.gateways.dicomjson import answer, keyword_of
from patency.records.levels import KINDS, at_level, of_wanted, wanted_of
from patency.records.models.images import FILED
from patency.records.seen_by import seen_by

FORMS = (Offer(JSON), Offer("application/json"))
BESIDE = frozenset({"limit", "offset", "includefield", "fuzzymatching", "accept"})
NOT_FUZZY = (
    '299 {host} "The fuzzymatching parameter is not supported. Only literal matching was '
    'performed."'
)
MOST = 1_000
"""Of one answer; a client asks for the next with ``offset``."""


@takes_files
@of_their_site
def studies(request: ActorRequest) -> HttpResponse:
    """Answer which studies there are, or take in images that are sent."""
    if request.method == "POST":
        return store(request, "")
    return _found(request, "STUDY")


@of_their_site
def series(request: ActorRequest, study: str = "") -> HttpResponse:
    """Answer which series there are."""
    return _found(request, "SERIES", StudyInstanceUID=study)


@of_their_site
def instances(request: ActorRequest, study: str = "", series: str = "") -> HttpResponse:
    """Answer which images there are."""
    return _found(request, "IMAGE", StudyInstanceUID=study, SeriesInstanceUID=series)


@require_safe
def _found(request: ActorRequest, level: str, **of: str) -> HttpResponse:
    if chosen(wanted_forms(request), FORMS) is None:
        return said(f"Answers of a query are {JSON}; ask for that.", status=406)
    asked = {name: value for name, value in of.items() if value}
    for key in request.GET:
        if key.lower() in BESIDE:
            continue
        if not (keyword := keyword_of(key)):
            return said(
                f"{key[:64]!r} is no attribute of DICOM. Ask by keyword or by the eight digits of "
                "a tag.",
                status=400,
            )
        several = request.GET.getlist(key)
        is_list = KINDS.get(keyword) == "uid" or keyword == "ModalitiesInStudy"
        asked[keyword] = "\\".join(several).replace(",", "\\") if is_list else several[-1]
    first, most = _number(request, "offset", 0), _number(request, "limit", MOST)
    if first is None or most is None:
        return said("limit and offset are whole numbers from 0.", status=400)
    rows = seen_by(request.actor, WHY, now=request.now).image_files
    rows = of_wanted(rows.filter(state=FILED, is_dicom=True), wanted_of(asked))
    listed, modalities = [], set(filter(None, asked.pop("ModalitiesInStudy", "").split("\\")))
    for found in at_level(level, tuple(rows.order_by("study_uid", "series_uid", "arrived_at"))):
        if level == "STUDY" and modalities and not modalities & _several(found):
            continue
        if fits(asked, found, KINDS):
            listed.append(_said(request, level, dict(found)))
    shown = listed[first : first + min(most, MOST)]
    if not shown:
        return HttpResponse(status=204)
    answered = JsonResponse(shown, safe=False, content_type=JSON)
    if request.GET.get("fuzzymatching", "").lower() == "true":
        answered["Warning"] = NOT_FUZZY.format(host=request.get_host())
    return answered


def _several(found: Mapping[str, str]) -> set[str]:
    return set(found["ModalitiesInStudy"].split("\\"))


def _said(request: ActorRequest, level: str, found: dict[str, str]) -> dict[str, Any]:
    path = f"/site/{request.actor.site}/dicomweb/studies/{found['StudyInstanceUID']}"
    if level != "STUDY":
        path += f"/series/{found['SeriesInstanceUID']}"
    if level == "IMAGE":
        path += f"/instances/{found['SOPInstanceUID']}"
    where = request.build_absolute_uri(path)
    return answer(found, RetrieveURL=where, InstanceAvailability="ONLINE")


def _number(request: ActorRequest, name: str, otherwise: int) -> Any:
    text = request.GET.get(name, "")
    if not text:
        return otherwise
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
