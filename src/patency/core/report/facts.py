"""What was seen, as the facts the protocol's rules ask for."""

from patency.core.facts import FactValue
from patency.core.findings.check import problems
from patency.core.findings.model import Findings, Shape, Side, Spill
from patency.core.report.pathway import SEVERE, SEVERE_DEFECTS


def facts_of_the_findings(findings: Findings | None) -> dict[str, FactValue]:
    """Return what was seen as the protocol's facts; nothing where nothing is recorded."""
    if findings is None:
        return {"findings_complete": False}
    tubes = [tube for _, tube in findings.tubes()]
    at_the_horn = sum(tube.stopped_at_the_horn for tube in tubes)
    is_full = any(tube.is_hydrosalpinx for tube in tubes)
    facts: dict[str, FactValue] = {
        "findings_complete": True,
        "findings_agree": not problems(findings),
        "exam_diagnostic": findings.diagnostic,
        "key_images_taken": len(findings.key_images),
        "contrast_leak": findings.leak,
        "intravasation_grade": findings.intravasation_grade,
        "proximal_non_filling": ("none", "one_side", "both_sides")[at_the_horn],
        "dilated_tube": findings.any_dilated,
        "hydrosalpinx_found": is_full,
        "tubes_open": tubes_open(findings),
        "tubal_disease_found": findings.any_dilated
        or any(tube.isthmic_diverticula or tube.spill is not Spill.FREE for tube in tubes),
    }
    if findings.cavity.shape is not Shape.NOT_SEEN:
        facts["severe_cavity_finding"] = (
            findings.cavity.shape in SEVERE
            or not SEVERE_DEFECTS.isdisjoint(findings.cavity.defects)
        )
    return facts


def tubes_open(findings: Findings) -> str:
    """Return whether both tubes are open, one, none, or nobody can tell.

    A tube that stopped at the horn, or whose spill was not seen, may be open: nobody can tell.
    """
    is_open = {side: tube.is_patent for side, tube in findings.tubes()}
    if not findings.diagnostic:
        return "cannot_tell"
    if all(is_open.values()):
        return "both"
    if any(is_open.values()):
        return "one"
    unsure = {
        side
        for side, tube in findings.tubes()
        if tube.stopped_at_the_horn or tube.spill is Spill.NOT_SEEN
    }
    return "cannot_tell" if unsure & set(Side) else "none"
