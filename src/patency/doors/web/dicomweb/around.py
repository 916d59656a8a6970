"""What every address of the DICOMweb door shares: whose site it is, which images, which form."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import register_converter

from patency.core.access import Action
from patency.doors.web.asking import ActorRequest, staff_may
from patency.doors.web.dicomweb.media import Accepted, accepted
from patency.records.models.images import FILED, ImageFile
from patency.records.seen_by import seen_by

WHY = "images over DICOMweb"
JSON = "application/dicom+json"
OCTETS, DICOM = "application/octet-stream", "application/dicom"
View = Callable[..., HttpResponseBase]


class Uid:
    """A DICOM UID: digits and points, which are an id and say nothing of a woman."""

    regex = "[0-9.]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


class Numbers(Uid):
    """Frame numbers, from 1, with commas between them."""

    regex = r"[0-9]{1,7}(?:,[0-9]{1,7}){0,4999}"


class Place(Uid):
    """Where a long value stands: tags, with the number of an item between two."""

    regex = r"[0-9A-Fa-f]{8}(?:\.[0-9]{1,6}\.[0-9A-Fa-f]{8}){0,8}"


for _kind, _name in ((Uid, "uid"), (Numbers, "numbers"), (Place, "place")):
    register_converter(_kind, _name)


@dataclass(frozen=True, slots=True)
class Offer:
    """A form in which something can be sent."""

    kind: str
    syntax: str = ""

    @property
    def as_type(self) -> str:
        """Return how a head names it."""
        return f"{self.kind}; transfer-syntax={self.syntax}" if self.syntax else self.kind


def of_their_site(view: View) -> View:
    """Return a view for staff who may see images, at the site they are signed in at."""

    @wraps(view)
    def at_site(request: ActorRequest, site: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if site != request.actor.site:
            raise Http404
        return view(request, *args, **kwargs)

    return staff_may(Action.SEE_IMAGES)(at_site)


def images_of(request: ActorRequest, **uids: str) -> list[ImageFile]:
    """Return the filed images of a study, a series or one image; none is a 404.

    What waits for a person is not handed out: nobody has said yet whose it is.
    """
    seen = seen_by(request.actor, WHY, now=request.now)
    rows = seen.image_files.filter(state=FILED, is_dicom=True, **uids)
    found = list(rows.order_by("series_uid", "arrived_at"))
    if not found:
        raise Http404
    return found


def wanted_forms(request: HttpRequest) -> list[Accepted]:
    """Return what the client accepts, by header or by ``accept`` in the address."""
    return accepted(request.GET.get("accept", "") or request.headers.get("Accept", ""))


def chosen(wanted: Iterable[Accepted], offers: Sequence[Offer]) -> tuple[Offer, bool] | None:
    """Return the form to send and whether in parts, or None where none of ours is accepted."""
    for each in wanted:
        for offer in offers:
            group = offer.kind.partition("/")[0] + "/*"
            fits = each.kind in ("*/*", group, offer.kind)
            if fits and each.syntax in ("", "*", offer.syntax):
                return offer, each.is_multipart or each.kind == "*/*"
    return None


def said(text: str, *, status: int) -> HttpResponse:
    """Return a refusal in one sentence, for a program and whoever reads its log."""
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
