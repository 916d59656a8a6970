"""The form of findings: what a radiologist picks and types, and what it means to the core."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from patency.core.findings.check import Problem
from patency.core.findings.form import to_json
from patency.core.findings.model import Findings
from patency.core.findings.partly import OfTheDay, Partly, read_partly
from patency.doors.web.forms import PageForm
from patency.doors.web.staff.findings_words import (
    CALIBRES,
    DEFECTS,
    IMAGES,
    QUALITIES,
    REASONS,
    SEGMENTS,
    SHAPES,
    SPILLS,
    Words,
)

NOTE = 500
SEEN = (
    ("peritubal", _("Contrast lay around it, in coils or pockets")),
    ("diverticula", _("Many outpouchings of the isthmus")),
    ("hydro", _("Called a hydrosalpinx")),
)
SAID = (
    ("", _("No verdict")),
    ("open", pgettext_lazy("a tube", "Open")),
    ("closed", pgettext_lazy("a tube", "Closed")),
)
ALL_OPEN = {"filled_to": "fimbria", "spill": "free", "calibre": "normal"}
AT_THE_HORN = {"filled_to": "horn", "spill": "none", "calibre": "not judged"}


class Picks(forms.RadioSelect):
    """One of a few, as a row of large targets; the arrow keys go through them."""

    template_name = "forms/picks.html"


class Ticks(forms.CheckboxSelectMultiple):
    """Any of a few, as a row of large targets."""

    template_name = "forms/picks.html"


def pick(label: Any, choices: Mapping[str, Words] | Iterable[tuple[str, Words]]) -> Any:
    """Return a field for one of a few, left open until somebody picks."""
    pairs = choices.items() if isinstance(choices, Mapping) else choices
    listed = [(str(value), words) for value, words in pairs]
    return forms.ChoiceField(label=label, choices=listed, widget=Picks, required=False)


def ticks(label: Any, choices: Mapping[str, Words] | Iterable[tuple[str, Words]]) -> Any:
    """Return a field for any of a few."""
    pairs = choices.items() if isinstance(choices, Mapping) else choices
    listed = [(str(value), words) for value, words in pairs]
    return forms.MultipleChoiceField(label=label, choices=listed, widget=Ticks, required=False)


def note(label: Any, help_text: Any = "") -> Any:
    """Return a field for a few words of one's own."""
    area = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(
        label=label, help_text=help_text, max_length=NOTE, required=False, widget=area
    )


def measure(label: Any, most: int) -> Any:
    """Return a field for a whole number."""
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=most,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "width": 3}),
    )


class FindingsForm(PageForm):
    """Cavity, right tube, left tube, and what is beside them; hers, not the viewer's, side."""

    shape = pick(_("Shape of the cavity"), SHAPES)
    defects = ticks(_("Filling defects"), DEFECTS)
    indentation_mm = measure(_("How far the top comes down, in mm"), 60)
    angle_degrees = measure(_("Angle of the top, in degrees"), 180)
    cavity_note = note(_("Note on the cavity"))

    right_filled_to = pick(_("Filled to"), SEGMENTS)
    right_spill = pick(_("Spill"), SPILLS)
    right_calibre = pick(_("Width"), CALIBRES)
    right_seen = ticks(_("Also seen"), SEEN)
    right_said = pick(_("Your verdict"), SAID)
    right_note = note(_("Note on the right tube"))

    left_filled_to = pick(_("Filled to"), SEGMENTS)
    left_spill = pick(_("Spill"), SPILLS)
    left_calibre = pick(_("Width"), CALIBRES)
    left_seen = ticks(_("Also seen"), SEEN)
    left_said = pick(_("Your verdict"), SAID)
    left_note = note(_("Note on the left tube"))

    quality = pick(_("Quality of the images"), QUALITIES)
    key_images = ticks(_("Key images"), IMAGES)
    images_missing_why = note(_("Why key images are missing"))
    leak = forms.BooleanField(label=_("Contrast leaked back at the cervix"), required=False)
    intravasation_grade = pick(
        _("Contrast in vessels (intravasation), grade"), [(str(n), str(n)) for n in range(4)]
    )
    diagnostic = pick(
        _("Does the examination answer the question?"), (("yes", _("Yes")), ("no", _("No")))
    )
    not_diagnostic = pick(_("Why it does not"), {"": _("No reason"), **REASONS})
    limitations = note(_("Other limitations"))
    comment = note(_("What you add to the conclusion"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("right_said", "left_said", "not_diagnostic"):
            self.fields[name].initial = ""


LISTS = ("defects", "right_seen", "left_seen", "key_images")
NAMES = tuple(FindingsForm.base_fields)
QUICK: Mapping[str, Mapping[str, str]] = {
    "all-normal": {
        "shape": "normal",
        **{f"right_{name}": value for name, value in ALL_OPEN.items()},
        **{f"left_{name}": value for name, value in ALL_OPEN.items()},
    },
    **{
        f"{side}-{what}": {f"{side}_{name}": value for name, value in values.items()}
        for side in ("right", "left")
        for what, values in (("open", ALL_OPEN), ("horn", AT_THE_HORN))
    },
}


def typed_in(post: QueryDict) -> dict[str, object]:
    """Return what stands in the form, as it is kept: what is empty is absent."""
    typed: dict[str, object] = {}
    for name in NAMES:
        values = [each.replace("\0", "").strip() for each in post.getlist(name)]
        filled = [each for each in values if each]
        if name in LISTS:
            typed[name] = sorted(filled)
        elif filled:
            typed[name] = filled[-1]
    return typed


def read(typed: Mapping[str, object], of_the_day: OfTheDay | None) -> Partly:
    """Return what the core makes of what is typed."""
    raw = raw_findings(typed)
    found = read_partly(raw, of_the_day)
    if any(isinstance(each, str) for each in _measures(raw).values()):
        return Partly(None, (*found.wrong, Problem("not-a-number")), found.missing, found.look)
    return found


def raw_findings(typed: Mapping[str, object]) -> dict[str, object]:
    """Return what is typed as the core's plain values."""
    said = {"open": True, "closed": False}

    def tube(side: str) -> dict[str, object]:
        seen = _list(typed, f"{side}_seen")
        return {
            "filled_to": typed.get(f"{side}_filled_to"),
            "spill": typed.get(f"{side}_spill"),
            "calibre": typed.get(f"{side}_calibre"),
            "isthmic_diverticula": "diverticula" in seen,
            "peritubal": "peritubal" in seen,
            "said_hydrosalpinx": "hydro" in seen,
            "said_patent": said.get(str(typed.get(f"{side}_said", ""))),
            "note": typed.get(f"{side}_note", ""),
        }

    grade = str(typed.get("intravasation_grade", "0"))
    return {
        "cavity": {
            "shape": typed.get("shape"),
            "defects": _list(typed, "defects"),
            "note": typed.get("cavity_note", ""),
            "indentation_mm": _whole(typed.get("indentation_mm"), 60),
            "angle_degrees": _whole(typed.get("angle_degrees"), 180),
        },
        "right": tube("right"),
        "left": tube("left"),
        "quality": typed.get("quality"),
        "leak": bool(typed.get("leak")),
        "intravasation_grade": int(grade) if grade in ("0", "1", "2", "3") else 9,
        "key_images": [int(each) for each in _list(typed, "key_images") if each in "1234"],
        "images_missing_why": typed.get("images_missing_why", ""),
        "not_diagnostic": typed.get("not_diagnostic") or None,
        "diagnostic": typed.get("diagnostic", "yes") != "no",
        "limitations": typed.get("limitations", ""),
        "comment": typed.get("comment", ""),
    }


def typed_of(findings: Findings) -> dict[str, object]:
    """Return findings that are kept as they would stand in the form."""
    raw: Any = to_json(findings)
    typed: dict[str, object] = {
        "shape": raw["cavity"]["shape"],
        "defects": sorted(raw["cavity"]["defects"]),
        "cavity_note": raw["cavity"]["note"],
        "indentation_mm": _shown(raw["cavity"]["indentation_mm"]),
        "angle_degrees": _shown(raw["cavity"]["angle_degrees"]),
        "quality": raw["quality"],
        "leak": "on" if raw["leak"] else "",
        "intravasation_grade": str(raw["intravasation_grade"]),
        "key_images": [str(each) for each in raw["key_images"]],
        "images_missing_why": raw["images_missing_why"],
        "not_diagnostic": raw["not_diagnostic"] or "",
        "diagnostic": "yes" if raw["diagnostic"] else "no",
        "limitations": raw["limitations"],
        "comment": raw["comment"],
    }
    for side in ("right", "left"):
        tube = raw[side]
        seen = {
            "peritubal": tube["peritubal"],
            "diverticula": tube["isthmic_diverticula"],
            "hydro": tube["said_hydrosalpinx"],
        }
        typed |= {f"{side}_{name}": tube[name] for name in ("filled_to", "spill", "calibre")}
        typed[f"{side}_note"] = tube["note"]
        typed[f"{side}_seen"] = sorted(name for name, is_so in seen.items() if is_so)
        typed[f"{side}_said"] = {True: "open", False: "closed", None: ""}[tube["said_patent"]]
    return {name: value for name, value in typed.items() if value or name in LISTS}


def from_the_record(of_the_day: OfTheDay | None, is_complete: bool) -> dict[str, object]:
    """Return what the record of the examination says already; a person wrote that down."""
    typed: dict[str, object] = {name: [] for name in LISTS}
    typed |= {"intravasation_grade": "0", "diagnostic": "yes" if is_complete else "no"}
    if of_the_day is not None:
        typed["intravasation_grade"] = str(of_the_day.intravasation_grade)
        typed["key_images"] = [str(each) for each in sorted(of_the_day.key_images)]
        if of_the_day.leak:
            typed["leak"] = "on"
    return typed


def _list(typed: Mapping[str, object], name: str) -> list[str]:
    value = typed.get(name)
    return [str(each) for each in value] if isinstance(value, list) else []


def _whole(value: object, most: int) -> int | str | None:
    text = str(value or "").strip()
    if not text:
        return None
    is_whole = text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= most
    return int(text) if is_whole else text


def _measures(raw: Mapping[str, object]) -> Mapping[str, object]:
    cavity = raw["cavity"]
    assert isinstance(cavity, dict)
    return {name: cavity[name] for name in ("indentation_mm", "angle_degrees")}


def _shown(value: int | None) -> str:
    return "" if value is None else str(value)
