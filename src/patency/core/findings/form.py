"""Findings as plain values, for a page or a table, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from patency.core.facts import did_you_mean
from patency.core.findings.model import (
    KEY_IMAGES,
    Calibre,
    Cavity,
    Defect,
    Findings,
    FindingsRefused,
    NotDiagnostic,
    Quality,
    Segment,
    Shape,
    Spill,
    Tube,
)

MOST_MM, MOST_DEGREES = 60, 180  # more than a womb holds: a slip of the finger


def to_json(findings: Findings) -> dict[str, object]:
    """Return the findings as plain values."""
    return {
        "cavity": {
            "shape": findings.cavity.shape.value,
            "defects": sorted(defect.value for defect in findings.cavity.defects),
            "note": findings.cavity.note,
            "indentation_mm": findings.cavity.indentation_mm,
            "angle_degrees": findings.cavity.angle_degrees,
        },
        **{
            side.value: {
                "filled_to": tube.filled_to.value,
                "spill": tube.spill.value,
                "calibre": tube.calibre.value,
                "isthmic_diverticula": tube.isthmic_diverticula,
                "said_patent": tube.said_patent,
                "said_hydrosalpinx": tube.said_hydrosalpinx,
                "peritubal": tube.peritubal,
                "note": tube.note,
            }
            for side, tube in findings.tubes()
        },
        "quality": findings.quality.value,
        "leak": findings.leak,
        "intravasation_grade": findings.intravasation_grade,
        "key_images": sorted(findings.key_images),
        "images_missing_why": findings.images_missing_why,
        "not_diagnostic": findings.not_diagnostic and findings.not_diagnostic.value,
        "diagnostic": findings.diagnostic,
        "limitations": findings.limitations,
        "comment": findings.comment,
    }


def from_json(raw: Mapping[str, object]) -> Findings:
    """Return findings from plain values. Raises ``FindingsRefused`` naming the field."""
    top = _Form(raw, "findings")
    cavity = top.form("cavity")
    reason = top.raw.get("not_diagnostic")
    images = top.raw.get("key_images", sorted(KEY_IMAGES))
    grade = top.raw.get("intravasation_grade", 0)
    if not isinstance(images, list) or not all(type(each) is int for each in images):
        raise FindingsRefused("findings.key_images: give a list of image numbers, 1 to 4.")
    if type(grade) is not int:
        raise FindingsRefused("findings.intravasation_grade: give a whole number, 0 to 3.")
    defects = cavity.raw.get("defects", [])
    if not isinstance(defects, list):
        raise FindingsRefused(f"findings.cavity.defects: give a list of {', '.join(Defect)}.")
    return Findings(
        cavity=Cavity(
            shape=cavity.one_of("shape", Shape),
            defects=frozenset(_member(each, Defect, "findings.cavity.defects") for each in defects),
            note=cavity.text("note"),
            indentation_mm=cavity.measure("indentation_mm", MOST_MM, "millimetres"),
            angle_degrees=cavity.measure("angle_degrees", MOST_DEGREES, "degrees"),
        ),
        right=_read_tube(top.form("right")),
        left=_read_tube(top.form("left")),
        quality=top.one_of("quality", Quality),
        leak=top.yes_no("leak", default=False),
        intravasation_grade=grade,
        key_images=frozenset(images),
        images_missing_why=top.text("images_missing_why"),
        not_diagnostic=(
            None if reason is None else _member(reason, NotDiagnostic, "findings.not_diagnostic")
        ),
        diagnostic=top.yes_no("diagnostic", default=True),
        limitations=top.text("limitations"),
        comment=top.text("comment"),
    )


def read_tube(raw: Mapping[str, object], where: str) -> Tube:
    """Return one tube from plain values. Raises ``FindingsRefused`` naming the field."""
    return _read_tube(_Form(raw, where))


def _read_tube(form: "_Form") -> Tube:
    said = form.raw.get("said_patent")
    return Tube(
        filled_to=form.one_of("filled_to", Segment),
        spill=form.one_of("spill", Spill),
        calibre=form.one_of("calibre", Calibre),
        isthmic_diverticula=form.yes_no("isthmic_diverticula", default=False),
        said_patent=None if said is None else form.yes_no("said_patent", default=False),
        said_hydrosalpinx=form.yes_no("said_hydrosalpinx", default=False),
        peritubal=form.yes_no("peritubal", default=False),
        note=form.text("note"),
    )


E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class _Form:
    raw: Mapping[str, object]
    where: str

    def form(self, name: str) -> "_Form":
        value = self.raw.get(name)
        if not isinstance(value, dict):
            raise FindingsRefused(f"{self.where}.{name} is missing; give its fields.")
        return _Form(value, f"{self.where}.{name}")

    def one_of(self, name: str, kind: type[E]) -> E:
        return _member(self.raw.get(name), kind, f"{self.where}.{name}")

    def text(self, name: str) -> str:
        value = self.raw.get(name, "")
        if not isinstance(value, str):
            raise FindingsRefused(f"{self.where}.{name}: give text.")
        return value

    def measure(self, name: str, most: int, unit: str) -> int | None:
        value = self.raw.get(name)
        if value is None:
            return None
        if type(value) is not int or not 0 <= value <= most:
            raise FindingsRefused(f"{self.where}.{name}: give whole {unit}, 0 to {most}.")
        return value

    def yes_no(self, name: str, *, default: bool) -> bool:
        value = self.raw.get(name, default)
        if not isinstance(value, bool):
            raise FindingsRefused(f"{self.where}.{name}: give true or false.")
        return value


def _member(value: object, kind: type[E], where: str) -> E:
    if isinstance(value, str) and value in {each.value for each in kind}:
        return kind(value)
    said = "nothing" if value is None else repr(value)
    near = did_you_mean(value, [each.value for each in kind]) if isinstance(value, str) else ""
    raise FindingsRefused(f"{where}: {said} is not one of {', '.join(kind)}.{near}")
