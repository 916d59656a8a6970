"""What a draft reading says, in words: verdicts, why, what limits it, and why there is none."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from patency.doors.web.staff.findings_words import SHAPES

TUBE: Mapping[str, Promise] = {
    "passed": _("Contrast passed"),
    "not_passed": _("Contrast had not passed"),
    "indeterminate": _("Cannot be told"),
}
LEAK: Mapping[str, Promise] = {
    "yes": pgettext_lazy("at the cervix", "Leaked"),
    "no": pgettext_lazy("at the cervix", "No leak seen"),
    "indeterminate": _("Cannot be told"),
}
VALUES: Mapping[str, Mapping[str, str | Promise]] = {
    "right": TUBE,
    "left": TUBE,
    "cavity": SHAPES,
    "leak": LEAK,
}
PARTS: Mapping[str, Promise] = {
    "right": _("Right tube"),
    "left": _("Left tube"),
    "cavity": _("Cavity"),
    "leak": pgettext_lazy("a part of the draft", "Leak at the cervix"),
}
AT_SIDE: Mapping[str, Promise] = {
    "right": _("Tube at the left of the picture"),
    "left": _("Tube at the right of the picture"),
}
OUTCOMES: Mapping[str, Promise] = {
    "accepted": pgettext_lazy("a suggestion", "Accepted"),
    "corrected": pgettext_lazy("a suggestion", "Corrected"),
    "rejected": pgettext_lazy("a suggestion", "Rejected"),
}
REASONS: Mapping[str, Promise] = {
    "no-images": _("there were no images"),
    "too-few-frames": _("there were too few frames"),
    "no-contrast-seen": _("no contrast was seen"),
    "cavity-not-outlined": _("the cavity could not be outlined"),
    "not-an-hsg": _("the images do not look like this examination"),
    "veins-hide-the-tube": _("contrast in veins hides the tube"),
    "spill-beyond-the-tube": _("contrast spread beyond the end of the tube"),
    "spill-beyond-a-line": _("contrast spread beyond a line that fits the tube"),
    "cloud-without-a-tube": _("contrast spread, but no tube could be followed to it"),
    "too-faint-to-tell": _("contrast that faint could not have been seen"),
    "its-course-could-not-be-told": _("the course of the tube could not be told"),
    "leaves-the-field": _("the tube leaves the picture"),
    "its-end-is-hidden": _("the end of the tube is hidden"),
    "still-filling-at-the-end": _("it was still filling when the images ended"),
    "a-line-that-joins-no-tube": _("there is a line that joins no tube"),
    "spill-could-not-be-told": _("whether contrast spread could not be told"),
    "no-contrast-beyond": _("no contrast came beyond this place while it was watched"),
    "took-too-long": _("it took too long and was stopped"),
    "reader-failed": _("the program that reads ended with an error"),
    "findings-not-readable": _("what was written could not be read"),
    "images-changed-meanwhile": _("images were filed or set apart meanwhile"),
    "images-could-not-be-read": _("the image store could not be read or written"),
}
LIMITS: Mapping[str, Promise] = {
    "lossy-images": _("the images were compressed with loss"),
    "scale-not-known": _("no scale was told, so there are no lengths"),
    "lengths-at-the-detector": _("lengths are those at the detector, not in her"),
    "sides-not-checked": _("no marker told the sides"),
    "contrast-from-the-first-picture": _("contrast was there from the first picture"),
    "runs-of-other-projections-not-followed": _("runs from other angles were not followed"),
    "acquisition-time-not-told": _("a time of acquisition was not told"),
    "frame-time-not-told": _("the time between frames was not told"),
}
PICTURES: Mapping[str, Promise] = {
    "before-contrast.png": _("Before contrast"),
    "cavity-full.png": _("The cavity full, with its outline"),
    "everything-that-filled.png": _("Everything that filled"),
    "tubes.png": _("The tubes as they were followed"),
    "last-picture.png": _("The last picture, with what spread"),
    "arrival-map.png": _("When contrast came, early to late"),
}


def said(code: str, words: Mapping[str, Promise]) -> str:
    """Return a code in words; one nobody has worded yet is shown as it is."""
    return str(words.get(code, code.replace("-", " ")))
