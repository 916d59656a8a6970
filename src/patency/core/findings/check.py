"""What in the findings cannot be true together, or is left unsaid: a code, and a sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from patency.core.findings.model import (
    CAME_OUT,
    KEY_IMAGES,
    Calibre,
    Cavity,
    Findings,
    FindingsRefused,
    NotDiagnostic,
    Segment,
    Shape,
    Tube,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that cannot be, under its code; ``values`` are what its sentence names."""

    code: str
    side: str = ""
    """Of which tube, hers: right or left."""
    values: Mapping[str, str] | None = None

    def __str__(self) -> str:
        sentence = SENTENCES[self.code].format(**(self.values or {}))
        return f"{self.side.capitalize()} tube: {sentence}" if self.side else sentence


SENTENCES: Mapping[str, str] = {
    "spill-without-filling": "contrast came out of it ({spill}), yet it filled only to: {filled}. "
    "A tube that did not fill to its end cannot spill; correct one of the two.",
    "patent-without-spill": "it is called patent, yet the spill is: {spill}. "
    "Patent means that contrast came out; record the spill, or leave the word away.",
    "closed-with-spill": "it is called not patent, yet contrast came out of it ({spill}).",
    "closed-at-the-horn": "it is called not patent because it did not fill past the horn. A spasm "
    "looks the same; leave the verdict away, and the report will say so.",
    "hydrosalpinx-not-wide": "it is called a hydrosalpinx, yet the calibre is: {calibre}. "
    "A hydrosalpinx is a wide tube; correct one of the two.",
    "calibre-of-nothing": "nothing of it filled, yet its calibre is: {calibre}. "
    f"Record the calibre as: {Calibre.NOT_JUDGED}.",
    "diverticula-not-reached": "diverticula of the isthmus were seen, yet it did not fill so far. "
    "Correct one.",
    "peritubal-of-nothing": "contrast lay around it, yet it did not fill to its end. Correct one.",
    "strange-images": "There are four key images, 1 to 4; {images} is none of them.",
    "missing-images": "Key images {images} are missing. Add them, or say why there are none.",
    "no-reason": "The examination is called non-diagnostic without a reason. "
    f"Give one of: {', '.join(NotDiagnostic)}.",
    "reason-and-diagnostic": "A reason for a non-diagnostic examination is given, and it is called "
    "diagnostic. Take one of the two back.",
    "no-such-grade": "Intravasation grade {grade} does not exist; it is 0 to 3.",
    "defect-in-unseen-cavity": "The cavity was not seen, and something was seen in it. Correct one "
    "of them.",
    "measured-unseen-cavity": "The cavity was not seen, and it was measured. Correct one of them.",
    "indentation-in-normal": "The top of the cavity comes down by {depth} mm, and the cavity is "
    "called normal. From 10 mm on it is not; choose its shape, or measure again.",
    "nothing-seen": "Neither the cavity nor a tube was seen. Call the examination non-diagnostic.",
}
NOT_NORMAL_FROM_MM = 10


def found_wrong(findings: Findings) -> tuple[Problem, ...]:
    """Return everything that cannot be true together, or that is left unsaid."""
    found: list[Problem] = []
    for side, tube in findings.tubes():
        found.extend(tube_problems(tube, side.value))
    missing = sorted(KEY_IMAGES - findings.key_images)
    strange = sorted(findings.key_images - KEY_IMAGES)
    if strange:
        found.append(Problem("strange-images", values={"images": _listed(strange)}))
    if missing and not findings.images_missing_why.strip():
        found.append(Problem("missing-images", values={"images": _listed(missing)}))
    if findings.not_diagnostic is None and not findings.diagnostic:
        found.append(Problem("no-reason"))
    if findings.not_diagnostic is not None and findings.diagnostic:
        found.append(Problem("reason-and-diagnostic"))
    if not 0 <= findings.intravasation_grade <= 3:
        values = {"grade": str(findings.intravasation_grade)}
        found.append(Problem("no-such-grade", values=values))
    found.extend(cavity_problems(findings.cavity))
    if (
        findings.diagnostic
        and findings.cavity.shape is Shape.NOT_SEEN
        and all(tube.filled_to is Segment.NONE for _, tube in findings.tubes())
    ):
        found.append(Problem("nothing-seen"))
    return tuple(found)


def problems(findings: Findings) -> tuple[str, ...]:
    """Return a sentence for everything that cannot be true together, or that is left unsaid."""
    return tuple(str(each) for each in found_wrong(findings))


def cavity_problems(cavity: Cavity) -> Iterator[Problem]:
    """Yield what in a cavity alone cannot be true together."""
    depth = cavity.indentation_mm
    if cavity.shape is Shape.NOT_SEEN and cavity.defects:
        yield Problem("defect-in-unseen-cavity")
    if cavity.shape is Shape.NOT_SEEN and (depth, cavity.angle_degrees) != (None, None):
        yield Problem("measured-unseen-cavity")
    if cavity.shape is Shape.NORMAL and depth is not None and depth >= NOT_NORMAL_FROM_MM:
        yield Problem("indentation-in-normal", values={"depth": str(depth)})


def tube_problems(tube: Tube, side: str) -> Iterator[Problem]:
    """Yield what in one tube alone cannot be true together."""
    spill = {"spill": tube.spill.value}
    if tube.spill in CAME_OUT and tube.filled_to is not Segment.FIMBRIA:
        yield Problem("spill-without-filling", side, {**spill, "filled": tube.filled_to.value})
    if tube.said_patent and not tube.is_patent:
        yield Problem("patent-without-spill", side, spill)
    if tube.said_patent is False and tube.is_patent:
        yield Problem("closed-with-spill", side, spill)
    if tube.said_patent is False and tube.stopped_at_the_horn:
        yield Problem("closed-at-the-horn", side)
    if tube.said_hydrosalpinx and not tube.is_dilated:
        yield Problem("hydrosalpinx-not-wide", side, {"calibre": tube.calibre.value})
    if tube.filled_to is Segment.NONE and tube.calibre is not Calibre.NOT_JUDGED:
        yield Problem("calibre-of-nothing", side, {"calibre": tube.calibre.value})
    if tube.isthmic_diverticula and tube.filled_to in (Segment.NONE, Segment.HORN):
        yield Problem("diverticula-not-reached", side)
    if tube.peritubal and tube.filled_to is not Segment.FIMBRIA:
        yield Problem("peritubal-of-nothing", side)


def checked(findings: Findings) -> Findings:
    """Return the findings, or raise ``FindingsRefused`` with every problem."""
    found = problems(findings)
    if found:
        raise FindingsRefused("The findings do not fit together. " + " ".join(found))
    return findings


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
