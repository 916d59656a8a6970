"""What in the findings cannot be true together, or is left unsaid, in sentences."""

from collections.abc import Iterator

from patency.core.findings.model import (
    CAME_OUT,
    KEY_IMAGES,
    Calibre,
    Findings,
    FindingsRefused,
    NotDiagnostic,
    Segment,
    Shape,
    Tube,
)


def problems(findings: Findings) -> tuple[str, ...]:
    """Return a sentence for everything that cannot be true together, or that is left unsaid."""
    found: list[str] = []
    for side, tube in findings.tubes():
        found.extend(f"{side.value.capitalize()} tube: {each}" for each in _tube_problems(tube))
    missing = sorted(KEY_IMAGES - findings.key_images)
    strange = sorted(findings.key_images - KEY_IMAGES)
    if strange:
        found.append(f"There are four key images, 1 to 4; {_listed(strange)} is none of them.")
    if missing and not findings.images_missing_why.strip():
        found.append(
            f"Key images {_listed(missing)} are missing. Add them, or say why there are none."
        )
    if findings.not_diagnostic is None and not findings.diagnostic:
        found.append(
            "The examination is called non-diagnostic without a reason. "
            f"Give one of: {', '.join(NotDiagnostic)}."
        )
    if findings.not_diagnostic is not None and findings.diagnostic:
        found.append(
            "A reason for a non-diagnostic examination is given, and it is called diagnostic. "
            "Take one of the two back."
        )
    if not 0 <= findings.intravasation_grade <= 3:
        found.append(
            f"Intravasation grade {findings.intravasation_grade} does not exist; it is 0 to 3."
        )
    if findings.cavity.shape is Shape.NOT_SEEN and findings.cavity.defects:
        found.append("The cavity was not seen, and something was seen in it. Correct one of them.")
    if (
        findings.diagnostic
        and findings.cavity.shape is Shape.NOT_SEEN
        and all(tube.filled_to is Segment.NONE for _, tube in findings.tubes())
    ):
        found.append("Neither the cavity nor a tube was seen. Call the examination non-diagnostic.")
    return tuple(found)


def _tube_problems(tube: Tube) -> Iterator[str]:
    if tube.spill in CAME_OUT and tube.filled_to is not Segment.FIMBRIA:
        yield (
            f"contrast came out of it ({tube.spill}), yet it filled only to: {tube.filled_to}. "
            "A tube that did not fill to its end cannot spill; correct one of the two."
        )
    if tube.said_patent and not tube.is_patent:
        yield (
            f"it is called patent, yet the spill is: {tube.spill}. "
            "Patent means that contrast came out; record the spill, or leave the word away."
        )
    if tube.said_patent is False and tube.is_patent:
        yield f"it is called not patent, yet contrast came out of it ({tube.spill})."
    if tube.said_patent is False and tube.stopped_at_the_horn:
        yield (
            "it is called not patent because it did not fill past the horn. A spasm looks the "
            "same; leave the verdict away, and the report will say so."
        )
    if tube.said_hydrosalpinx and not tube.is_dilated:
        yield (
            f"it is called a hydrosalpinx, yet the calibre is: {tube.calibre}. "
            "A hydrosalpinx is a wide tube; correct one of the two."
        )
    if tube.filled_to is Segment.NONE and tube.calibre is not Calibre.NOT_JUDGED:
        yield (
            f"nothing of it filled, yet its calibre is: {tube.calibre}. "
            f"Record the calibre as: {Calibre.NOT_JUDGED}."
        )
    if tube.isthmic_diverticula and tube.filled_to in (Segment.NONE, Segment.HORN):
        yield "diverticula of the isthmus were seen, yet it did not fill so far. Correct one."


def checked(findings: Findings) -> Findings:
    """Return the findings, or raise ``FindingsRefused`` with every problem."""
    found = problems(findings)
    if found:
        raise FindingsRefused("The findings do not fit together. " + " ".join(found))
    return findings


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
