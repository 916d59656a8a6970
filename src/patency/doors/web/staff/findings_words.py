"""The words of findings on the pages: what can be chosen, and what a check says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from patency.core.findings.check import Problem
from patency.core.findings.model import (
    Calibre,
    Defect,
    NotDiagnostic,
    Quality,
    Segment,
    Shape,
    Spill,
)

Words = str | Promise
SHAPES: Mapping[str, Words] = {
    Shape.NORMAL: gettext_lazy("Normal"),
    Shape.ARCUATE: gettext_lazy("Arcuate"),
    Shape.DIVIDED: gettext_lazy("Divided (septate or bicornuate)"),
    Shape.ONE_HORN: gettext_lazy("One horn"),
    Shape.TWO_CAVITIES: gettext_lazy("Two cavities"),
    Shape.T_SHAPED: gettext_lazy("T-shaped"),
    Shape.IRREGULAR: gettext_lazy("Irregular"),
    Shape.NOT_SEEN: gettext_lazy("Not seen"),
}
DEFECTS: Mapping[str, Words] = {
    Defect.AIR: gettext_lazy("Air bubble"),
    Defect.POLYP: gettext_lazy("Like a polyp"),
    Defect.FIBROID: gettext_lazy("Like a fibroid"),
    Defect.SYNECHIAE: gettext_lazy("Adhesions (synechiae)"),
    Defect.DIVERTICULA: gettext_lazy("Outpouchings, as in adenomyosis"),
}
SEGMENTS: Mapping[str, Words] = {
    Segment.NONE: gettext_lazy("Did not fill"),
    Segment.HORN: gettext_lazy("Horn"),
    Segment.ISTHMUS: gettext_lazy("Isthmus"),
    Segment.AMPULLA: gettext_lazy("Ampulla"),
    Segment.FIMBRIA: gettext_lazy("Its end (fimbria)"),
}
SPILLS: Mapping[str, Words] = {
    Spill.FREE: pgettext_lazy("spill", "Free"),
    Spill.SLOW: pgettext_lazy("spill", "Slow"),
    Spill.LOCULATED: pgettext_lazy("spill", "In a pocket"),
    Spill.NONE: pgettext_lazy("spill", "None"),
    Spill.NOT_SEEN: pgettext_lazy("spill", "Not seen"),
}
CALIBRES: Mapping[str, Words] = {
    Calibre.NORMAL: pgettext_lazy("width of a tube", "Normal"),
    Calibre.DILATED: pgettext_lazy("width of a tube", "Dilated"),
    Calibre.NOT_JUDGED: pgettext_lazy("width of a tube", "Cannot be judged"),
}
QUALITIES: Mapping[str, Words] = {
    Quality.GOOD: pgettext_lazy("quality of images", "Good"),
    Quality.AVERAGE: pgettext_lazy("quality of images", "Average"),
    Quality.POOR: pgettext_lazy("quality of images", "Poor"),
}
REASONS: Mapping[str, Words] = {
    NotDiagnostic.PAIN: gettext_lazy("Pain"),
    NotDiagnostic.LEAK: gettext_lazy("Leak of contrast"),
    NotDiagnostic.FAILED_CANNULATION: gettext_lazy("The cervix could not be entered"),
    NotDiagnostic.CERVICAL_STENOSIS: gettext_lazy("The cervix is too narrow"),
    NotDiagnostic.INTRAVASATION: gettext_lazy("Contrast entered vessels"),
    NotDiagnostic.STOPPED_AT_HER_WISH: gettext_lazy("Stopped at her wish"),
    NotDiagnostic.EQUIPMENT: gettext_lazy("Equipment"),
}
IMAGES: Sequence[tuple[str, Words]] = (
    ("1", gettext_lazy("1 Early filling of the womb")),
    ("2", gettext_lazy("2 Womb full, tubes begin")),
    ("3", gettext_lazy("3 Tubes full")),
    ("4", gettext_lazy("4 Free spill")),
)
VALUES: Mapping[str, Mapping[str, Words]] = {
    "spill": SPILLS,
    "filled": SEGMENTS,
    "calibre": CALIBRES,
}
SIDES: Mapping[str, Words] = {
    "right": gettext_lazy("Right tube"),
    "left": gettext_lazy("Left tube"),
}
# What a check says; the core's own sentences stand in the log and in a refusal's detail.
CHECKS: Mapping[str, Words] = {
    "spill-without-filling": gettext_lazy(
        "Contrast came out (%(spill)s), yet it filled only to: %(filled)s. Correct one of the two."
    ),
    "patent-without-spill": gettext_lazy(
        "Called open, yet the spill is: %(spill)s. Open means that contrast came out and the tube "
        "emptied."
    ),
    "closed-with-spill": gettext_lazy("Called closed, yet contrast came out (%(spill)s)."),
    "closed-at-the-horn": gettext_lazy(
        "Not kept as closed: it only did not fill past the horn, and a spasm looks the same. Leave "
        "the verdict away; the report says that a spasm cannot be excluded."
    ),
    "hydrosalpinx-not-wide": gettext_lazy(
        "Called a hydrosalpinx, yet its width is: %(calibre)s. Correct one of the two."
    ),
    "calibre-of-nothing": gettext_lazy(
        "Nothing of it filled, yet its width is: %(calibre)s. Choose: cannot be judged."
    ),
    "diverticula-not-reached": gettext_lazy(
        "Outpouchings of the isthmus were seen, yet it did not fill so far. Correct one."
    ),
    "peritubal-of-nothing": gettext_lazy(
        "Contrast lay around it, yet it did not fill to its end. Correct one."
    ),
    "strange-images": gettext_lazy("There are four key images; %(images)s is none of them."),
    "missing-images": gettext_lazy(
        "Key images %(images)s are missing. Add them, or say why there are none."
    ),
    "no-reason": gettext_lazy("It does not answer the question: choose the reason."),
    "reason-and-diagnostic": gettext_lazy(
        "A reason is chosen why it answers nothing, and it is said to answer. Take one back."
    ),
    "no-such-grade": gettext_lazy("Intravasation has the grades 0 to 3."),
    "defect-in-unseen-cavity": gettext_lazy(
        "The cavity was not seen, and something was seen in it. Correct one of them."
    ),
    "measured-unseen-cavity": gettext_lazy(
        "The cavity was not seen, and it was measured. Correct one of them."
    ),
    "indentation-in-normal": gettext_lazy(
        "The top comes down by %(depth)s mm; from 10 mm on a cavity is not normal. Choose its "
        "shape, or measure again."
    ),
    "nothing-seen": gettext_lazy(
        "Neither the cavity nor a tube was seen. Say that it does not answer the question."
    ),
    "unreadable": gettext_lazy("A value cannot be read. Choose it anew."),
    "not-a-number": gettext_lazy(
        "A measurement is no whole number: 0 to 60 mm, 0 to 180 degrees. Type it anew."
    ),
    "missing-shape": gettext_lazy("The shape of the cavity is not said."),
    "missing-tube": gettext_lazy("Nothing is said of it yet."),
    "missing-filled_to": gettext_lazy("How far it filled is not said."),
    "missing-spill": gettext_lazy("Its spill is not said."),
    "missing-calibre": gettext_lazy("Its width is not said."),
    "missing-quality": gettext_lazy("The quality of the images is not said."),
    "note-of-the-other-side": gettext_lazy(
        "The note names the other side. Right and left are hers, not the viewer's."
    ),
    "leak-unlike-the-record": gettext_lazy("The record of the examination tells of no leak."),
    "record-tells-of-a-leak": gettext_lazy("The record of the examination tells of a leak."),
    "record-tells-of-a-wide-tube": gettext_lazy(
        "A wide tube was told of at this visit, and here both are of normal width."
    ),
    "grade-unlike-the-record": gettext_lazy(
        "The record of the examination says intravasation grade %(record)s, not %(told)s."
    ),
    "images-unlike-the-record": gettext_lazy(
        "The record of the examination has these key images: %(record)s."
    ),
}
# Where the thing that is meant is chosen, so that a touch leads there.
FIELD_OF: Mapping[str, str] = {
    "missing-shape": "shape",
    "missing-quality": "quality",
    "missing-images": "images_missing_why",
    "images-unlike-the-record": "key_images",
    "strange-images": "key_images",
    "no-reason": "not_diagnostic",
    "reason-and-diagnostic": "not_diagnostic",
    "nothing-seen": "diagnostic",
    "no-such-grade": "intravasation_grade",
    "grade-unlike-the-record": "intravasation_grade",
    "leak-unlike-the-record": "leak",
    "record-tells-of-a-leak": "leak",
    "defect-in-unseen-cavity": "defects",
    "measured-unseen-cavity": "indentation_mm",
    "indentation-in-normal": "indentation_mm",
    "not-a-number": "indentation_mm",
    "missing-spill": "spill",
    "missing-calibre": "calibre",
    "calibre-of-nothing": "calibre",
    "hydrosalpinx-not-wide": "calibre",
    "note-of-the-other-side": "note",
    "closed-at-the-horn": "said",
    "closed-with-spill": "said",
    "patent-without-spill": "said",
    "diverticula-not-reached": "seen",
    "peritubal-of-nothing": "seen",
}
WITHOUT_NUMBER = frozenset({"leak", "note", "indentation_mm", "images_missing_why"})
"""Fields of one input; the others are groups, whose first choice is reached."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a check says, and where it is put right."""

    says: str
    about: str
    """The tube it is about, in words; empty where it is about no tube."""
    field: str
    """The id of the field a touch leads to."""


def check_of(problem: Problem) -> Check:
    """Return what a check says, in the language of the page."""
    values = {
        name: VALUES[name][value] if name in VALUES else value
        for name, value in (problem.values or {}).items()
    }
    sentence = str(CHECKS[problem.code])
    name = FIELD_OF.get(problem.code, "filled_to" if problem.side else "shape")
    there = f"{problem.side}_{name}" if problem.side else name
    return Check(
        says=sentence % values if values else sentence,
        about=str(SIDES[problem.side]) if problem.side else "",
        field=f"id_{there}" if name in WITHOUT_NUMBER else f"id_{there}_0",
    )


def nothing_said() -> str:
    """Return the word for a verdict that is left away."""
    return _("No verdict")
