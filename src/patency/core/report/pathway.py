"""What follows from the findings: pathway codes, most pressing first."""

from collections.abc import Iterator

from patency.core.findings.model import Defect, Findings, Shape, Spill, Tube

TRY = "try"
NOT_BEFORE_A_SPECIALIST = frozenset({"specialist-hydrosalpinx", "specialist-closed"})
AGAIN = frozenset({"repeat-not-diagnostic", "repeat-one-month"})

NEEDS_THE_OUTER_OUTLINE = frozenset(
    {Shape.DIVIDED, Shape.ARCUATE, Shape.ONE_HORN, Shape.TWO_CAVITIES, Shape.T_SHAPED}
)
SEVERE = NEEDS_THE_OUTER_OUTLINE - {Shape.ARCUATE, Shape.T_SHAPED}
SEVERE_DEFECTS = frozenset({Defect.FIBROID, Defect.SYNECHIAE})
NEEDS_A_LOOK_INSIDE = frozenset({Defect.POLYP, Defect.FIBROID, Defect.SYNECHIAE})


def pathways(findings: Findings, *, medium: str) -> tuple[str, ...]:
    """Return the pathway codes of an examination done with ``medium`` (water, oil or nothing)."""
    return tuple(_pathways(findings, medium))


def _pathways(findings: Findings, medium: str) -> Iterator[str]:
    tubes = [tube for _, tube in findings.tubes()]
    is_wide_and_full = any(tube.is_hydrosalpinx for tube in tubes)
    has_open_tube = findings.diagnostic and not findings.none_patent
    if is_wide_and_full:
        yield "specialist-hydrosalpinx"
    elif findings.any_dilated:
        yield "antibiotics-wide"
    if not findings.diagnostic:
        yield "repeat-not-diagnostic"
    elif has_open_tube:
        if not all(tube.is_patent for tube in tubes):
            yield "look-further"
    else:
        yield from _with_no_open_tube(tubes)
    if findings.cavity.shape in NEEDS_THE_OUTER_OUTLINE:
        yield "outer-outline"
    if (
        not NEEDS_A_LOOK_INSIDE.isdisjoint(findings.cavity.defects)
        or findings.cavity.shape is Shape.IRREGULAR
    ):
        yield "hysteroscopy"
    if any(tube.spill is Spill.LOCULATED or tube.peritubal for tube in tubes):
        yield "adhesions"
    if medium == "oil":
        yield "thyroid"
    if has_open_tube and not is_wide_and_full and not _cavity_comes_first(findings):
        yield TRY


def _with_no_open_tube(tubes: list[Tube]) -> Iterator[str]:
    if any(tube.stopped_at_the_horn for tube in tubes):
        yield "repeat-one-month"
    if any(tube.spill is Spill.NONE and not tube.stopped_at_the_horn for tube in tubes):
        yield "specialist-closed"
    if any(tube.spill is Spill.NOT_SEEN and not tube.stopped_at_the_horn for tube in tubes):
        yield "look-further"


def _cavity_comes_first(findings: Findings) -> bool:
    """Return whether the cavity is to be settled before trying."""
    return findings.cavity.shape in SEVERE or not SEVERE_DEFECTS.isdisjoint(findings.cavity.defects)
