"""Every finding under its code; the codes are our own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from patency.core.findings.model import (
    Defect,
    Findings,
    NotDiagnostic,
    Segment,
    Shape,
    Side,
    Spill,
    Tube,
)


@dataclass(frozen=True, slots=True)
class Coded:
    """One finding under its code; ``side`` is empty for what has none."""

    code: str
    what: str
    """The name under which its words are found."""
    side: str = ""


CAVITY_CODES: Mapping[Shape, str] = {
    Shape.NORMAL: "CAV-NORM",
    Shape.ARCUATE: "CAV-ARC",
    Shape.DIVIDED: "CAV-SEPT/CAV-BIC",
    Shape.ONE_HORN: "CAV-UNI",
    Shape.TWO_CAVITIES: "CAV-DID",
    Shape.IRREGULAR: "CAV-IRR",
    Shape.T_SHAPED: "CAV-DYS",
}
DEFECT_CODES: Mapping[Defect, str] = {
    Defect.AIR: "CAV-FD-AIR",
    Defect.POLYP: "CAV-FD-POLYP",
    Defect.FIBROID: "CAV-FD-FIB",
    Defect.SYNECHIAE: "CAV-SYN",
    Defect.DIVERTICULA: "CAV-ADENO",
}
OCCLUDED: Mapping[Segment, str] = {
    Segment.NONE: "OCC-CORN",
    Segment.HORN: "OCC-CORN",
    Segment.ISTHMUS: "OCC-ISTH",
    Segment.AMPULLA: "OCC-AMP",
    Segment.FIMBRIA: "OCC-FIM",
}


def coded(findings: Findings) -> tuple[Coded, ...]:
    """Return every finding under its code: cavity, right tube, left tube, then the rest."""
    found: list[Coded] = []
    cavity = findings.cavity
    if cavity.shape is Shape.NORMAL and cavity.defects:
        pass  # a cavity with a defect is not a normal one
    elif cavity.shape is not Shape.NOT_SEEN:
        found.append(Coded(CAVITY_CODES[cavity.shape], f"shape-{_key(cavity.shape)}"))
    for defect in sorted(cavity.defects):
        found.append(Coded(DEFECT_CODES[defect], f"defect-{_key(defect)}"))
    for side, tube in findings.tubes():
        found.extend(_coded_tube(side, tube))
    if findings.leak:
        found.append(Coded("CX-LEAK", "leak"))
    if findings.not_diagnostic is NotDiagnostic.CERVICAL_STENOSIS:
        found.append(Coded("CX-STEN", "stenosis"))
    if findings.intravasation_grade:
        found.append(Coded(f"IV-{findings.intravasation_grade}", "intravasation"))
    if not findings.diagnostic:
        found.append(Coded("NDX", "not-diagnostic"))
    return tuple(found)


def _coded_tube(side: Side, tube: Tube) -> Iterator[Coded]:
    letter = side.value[0].upper()

    def code(kind: str, what: str) -> Coded:
        return Coded(f"T-{letter}-{kind}", what, side.value)

    if tube.is_hydrosalpinx:
        yield code("HYDRO", "hydrosalpinx")
    elif tube.spill is Spill.NONE:
        kind = OCCLUDED[tube.filled_to]
        yield code(kind, kind.lower())
    elif tube.spill is Spill.FREE:
        yield code("PAT", "patent-wide" if tube.is_dilated else "patent")
    elif tube.spill is Spill.SLOW:
        yield code("PHIM", "slow-spill")
    elif tube.spill is Spill.NOT_SEEN:
        # Not seen is not "none": nothing is claimed about it, except where contrast stopped.
        yield (
            code("OCC-CORN", "occ-corn")
            if tube.stopped_at_the_horn
            else code("SPILL-NOT-SEEN", "spill-not-seen")
        )
    if tube.spill is Spill.LOCULATED or tube.peritubal:
        yield Coded("PER-ADH", "adhesion", side.value)
    if tube.isthmic_diverticula:
        yield code("SIN", "isthmica-nodosa")


def _key(value: StrEnum) -> str:
    return value.value.replace(" ", "-")
