"""Findings that are still being told: what is missing, what already contradicts, what to look at.

Nothing is filled in for the radiologist: what nobody said is missing, also when only one answer
would make sense.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from patency.core.findings.check import Problem, cavity_problems, found_wrong, tube_problems
from patency.core.findings.form import from_json, read_tube
from patency.core.findings.model import (
    Calibre,
    Cavity,
    Defect,
    Findings,
    FindingsRefused,
    Shape,
    Side,
)

OF_A_TUBE = ("filled_to", "spill", "calibre")
OTHER_SIDE: Mapping[Side, re.Pattern[str]] = {
    Side.RIGHT: re.compile(r"\bleft\b|左", re.IGNORECASE),
    Side.LEFT: re.compile(r"\bright\b|右", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class OfTheDay:
    """What the record of the examination says of what the findings say too."""

    leak: bool
    intravasation_grade: int
    key_images: frozenset[int]
    dilated_tube: bool = False


@dataclass(frozen=True, slots=True)
class Partly:
    """What can be said of findings at this moment."""

    findings: Findings | None
    """Whole, and free of contradictions; None while something is missing or wrong."""
    wrong: tuple[Problem, ...]
    missing: tuple[Problem, ...]
    """Under the codes ``missing-…``, each with its side."""
    look: tuple[Problem, ...]
    """What may be true and is worth a second look; it stops nothing."""


def read_partly(raw: Mapping[str, object], of_the_day: OfTheDay | None = None) -> Partly:
    """Return what is known so far of findings told as plain values; a missing value is absent."""
    missing = tuple(_missing(raw))
    look = tuple(_to_look_at(raw, of_the_day))
    if missing:
        return Partly(None, tuple(_wrong_so_far(raw)), missing, look)
    try:
        findings = from_json(raw)
    except FindingsRefused as refusal:
        return Partly(None, (Problem("unreadable", values={"why": str(refusal)}),), (), look)
    wrong = found_wrong(findings)
    return Partly(None if wrong else findings, wrong, (), look)


def _missing(raw: Mapping[str, object]) -> Iterator[Problem]:
    cavity = _form(raw, "cavity")
    if not cavity.get("shape"):
        yield Problem("missing-shape")
    for side in Side:
        tube = _form(raw, side.value)
        absent = [name for name in OF_A_TUBE if not tube.get(name)]
        if len(absent) == len(OF_A_TUBE):
            yield Problem("missing-tube", side.value)
        else:
            yield from (Problem(f"missing-{name}", side.value) for name in absent)
    if not raw.get("quality"):
        yield Problem("missing-quality")


def _wrong_so_far(raw: Mapping[str, object]) -> Iterator[Problem]:
    """Yield the contradictions within what is told already."""
    for side in Side:
        tube = _form(raw, side.value)
        # A verdict on a tube is judged as soon as its filling is told.
        told = {"calibre": "not judged", "spill": "not seen", **_given(tube)}
        if not tube.get("filled_to"):
            continue
        try:
            found = list(tube_problems(read_tube(told, side.value), side.value))
        except FindingsRefused as refusal:
            yield Problem("unreadable", side.value, {"why": str(refusal)})
            continue
        assumed = {name for name in ("calibre", "spill") if not tube.get(name)}
        yield from (each for each in found if not _rests_on(each, assumed))
    cavity = _form(raw, "cavity")
    try:
        shape = Shape(str(cavity.get("shape")))
        defects = cavity.get("defects")
        seen = frozenset(Defect(each) for each in defects) if isinstance(defects, list) else None
    except ValueError:
        return
    depth = cavity.get("indentation_mm")
    angle = cavity.get("angle_degrees")
    yield from cavity_problems(
        Cavity(
            shape,
            seen or frozenset(),
            "",
            depth if isinstance(depth, int) else None,
            angle if isinstance(angle, int) else None,
        )
    )


RESTS_ON: Mapping[str, str] = {
    "patent-without-spill": "spill",
    "hydrosalpinx-not-wide": "calibre",
    "calibre-of-nothing": "calibre",
}


def _rests_on(problem: Problem, assumed: set[str]) -> bool:
    return RESTS_ON.get(problem.code, "") in assumed


def _to_look_at(raw: Mapping[str, object], of_the_day: OfTheDay | None) -> Iterator[Problem]:
    for side in Side:
        note = _form(raw, side.value).get("note")
        if isinstance(note, str) and OTHER_SIDE[side].search(note):
            yield Problem("note-of-the-other-side", side.value)
    if of_the_day is None:
        return
    if "leak" in raw and raw["leak"] is not of_the_day.leak:
        yield Problem("leak-unlike-the-record" if raw["leak"] else "record-tells-of-a-leak")
    calibres = [_form(raw, side.value).get("calibre") for side in Side]
    if of_the_day.dilated_tube and all(calibres) and Calibre.DILATED.value not in calibres:
        yield Problem("record-tells-of-a-wide-tube")
    grade = raw.get("intravasation_grade")
    if type(grade) is int and grade != of_the_day.intravasation_grade:
        values = {"told": str(grade), "record": str(of_the_day.intravasation_grade)}
        yield Problem("grade-unlike-the-record", values=values)
    images = raw.get("key_images")
    if isinstance(images, list) and frozenset(images) != of_the_day.key_images:
        there = ", ".join(map(str, sorted(of_the_day.key_images)))
        yield Problem("images-unlike-the-record", values={"record": there or "0"})


def _form(raw: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _given(tube: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in tube.items() if value not in (None, "")}
