"""Images that come by hand: filed by themselves, or by a person who sees both sides."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from patency.core.access import Action
from patency.core.matching import born
from patency.doors.web.asking import ActorRequest, staff_may, takes_files
from patency.doors.web.forms import PageForm
from patency.doors.web.refusals import refused
from patency.doors.web.staff.both_sides import asked_for, others, shown_beside
from patency.records.models.images import FILED, QUARANTINED, ImageFile
from patency.records.seen_by import seen_by
from patency.service import imaging

A_PAGE = 25
MOST_STEPS = 10


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True
    template_name = "forms/files.html"


class HandOverForm(PageForm):
    """The files that are handed over."""

    handed_over = forms.FileField(
        label=gettext_lazy("DICOM files, or a CD as one zip file"),
        help_text=gettext_lazy(
            "Choose as many as you like. Every file is kept exactly as it is, also an odd one."
        ),
        widget=FilesInput,
        required=False,
    )


@takes_files
@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.FILE_IMAGES)
def images(request: ActorRequest) -> HttpResponse:
    """Take files, and show those that wait for a person."""
    context: dict[str, object] = {"form": HandOverForm()}
    status = 200
    if request.method == "POST":
        handed = [(file.name or "", file) for file in request.FILES.getlist("handed_over")]
        try:
            done = imaging.receive(request.house, handed, by=request.actor, now=request.now)
        except imaging.ImagingRefused as refusal:
            context |= refused(refusal)
            status = 409
        else:
            _say(request, done)
            return redirect("images")
    seen = seen_by(request.actor, "images that fit no visit", now=request.now)
    rows = seen.image_files.filter(state=QUARANTINED).order_by("arrived_at", "pk")
    filed = seen.image_files.filter(state=FILED).select_related("visit__patient")
    context |= {
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "filed": list(filed.order_by("-filed_at")[:10]),
        "steps": list(
            seen.performed_steps.filter(visit__isnull=True).order_by("-begun_at")[:MOST_STEPS]
        ),
        "filed_steps": list(
            seen.performed_steps.filter(filed_at__isnull=False)
            .select_related("visit__patient")
            .order_by("-filed_at")[:MOST_STEPS]
        ),
    }
    return TemplateResponse(request, "staff/images.html", context, status=status)


def _say(request: ActorRequest, done: tuple[imaging.Received, ...]) -> None:
    filed = sum(each.file.state == FILED for each in done if each.is_new)
    waits = sum(each.file.state == QUARANTINED for each in done if each.is_new)
    again = sum(not each.is_new for each in done)
    for count, one, many in (
        (
            filed,
            ngettext(
                "%(count)s file is filed with its visit.",
                "%(count)s files are filed with their visits.",
                filed,
            ),
            messages.success,
        ),
        (
            waits,
            ngettext(
                "%(count)s file is kept and waits below for a person.",
                "%(count)s files are kept and wait below for a person.",
                waits,
            ),
            messages.warning,
        ),
        (
            again,
            ngettext(
                "%(count)s file was here already and is kept once.",
                "%(count)s files were here already and are kept once.",
                again,
            ),
            messages.info,
        ),
    ):
        if count:
            many(request, one % {"count": count})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_may(Action.FILE_IMAGES)
def image(request: ActorRequest, image_id: UUID) -> HttpResponse:
    """Show a file beside the visits it may belong to, and file it with one of them."""
    seen = seen_by(request.actor, "images that fit no visit", now=request.now)
    row: ImageFile | None = (
        seen.image_files.filter(pk=image_id).select_related("visit__patient").first()
    )
    if row is None:
        raise Http404(_("This file was not found at your site."))
    typed = request.GET.get("number", "").strip()
    found, not_found = asked_for(seen, typed)
    sides = [*imaging.beside(row.pk, by=request.actor, now=request.now)]
    shown = {side.visit.pk for side in sides}
    context: dict[str, object] = {
        "image": row,
        "told_birth": born(row.told()),
        "beside": shown_beside(row, [*sides, *others(row, found, shown)]),
        "number": typed,
        "not_found": not_found,
        "why": request.POST.get("why", ""),
        "back": reverse("images"),
    }
    if request.method != "POST":
        return TemplateResponse(request, "staff/image.html", context)
    try:
        if request.POST.get("what") == "set-apart":
            imaging.set_apart(
                row.pk, request.POST.get("why", ""), by=request.actor, now=request.now
            )
            messages.success(request, _("The file waits again for a person."))
            return redirect("image", row.pk)
        keys = [*shown, *(each.pk for each in found)]
        key = next((each for each in keys if str(each) == request.POST.get("visit")), None)
        if key is None:
            context["problem"] = _("Choose one of the visits beside the file, or look for another.")
            return TemplateResponse(request, "staff/image.html", context, status=400)
        imaging.file_by_hand(
            row.pk, key, request.POST.get("why", ""), by=request.actor, now=request.now
        )
    except imaging.ImagingRefused as refusal:
        context |= refused(refusal)
        return TemplateResponse(request, "staff/image.html", context, status=409)
    messages.success(request, _("The file is filed with her visit."))
    return redirect("images")
