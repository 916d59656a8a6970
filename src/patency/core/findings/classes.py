"""What two classifications call a cavity, as far as its inner outline can say.

ESHRE/ESGE 2013 (Grimbizis, Hum Reprod 28:2032) and ASRM 2021 (Pfeifer, Fertil Steril 116:1238)
disagree on the same womb, and both ask for the outer outline, which this examination does not
show. So the shape and its measurements are kept, and each system's classes are worked out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from patency.core.findings.model import Cavity, Shape

ESHRE, ASRM = "eshre", "asrm"
NORMAL_BELOW_MM = 10
SEPTATE_OVER_MM, SEPTATE_BELOW_DEGREES = 15, 90
"""ASRM: less deep than the first is normal or arcuate; deeper than the second, at a sharper angle,
is septate, where the outer outline is smooth."""


@dataclass(frozen=True, slots=True)
class Classified:
    """The classes of one system that the inner outline leaves open, or the one it settles."""

    system: str
    classes: tuple[str, ...]
    """The names under which their words are found."""
    is_decided: bool


BY_ESHRE: Mapping[Shape, tuple[str, ...]] = {
    Shape.ARCUATE: ("U0", "U2"),
    Shape.DIVIDED: ("U2", "U3"),
    Shape.ONE_HORN: ("U4",),
    Shape.TWO_CAVITIES: ("U2b", "U3b"),
    Shape.T_SHAPED: ("U1a",),
}
BY_ASRM: Mapping[Shape, tuple[str, ...]] = {
    Shape.ARCUATE: ("asrm-normal",),
    Shape.DIVIDED: ("asrm-septate", "asrm-bicornuate"),
    Shape.ONE_HORN: ("asrm-unicornuate",),
    Shape.TWO_CAVITIES: ("asrm-septate", "asrm-didelphys"),
}


def classified(cavity: Cavity) -> tuple[Classified, ...]:
    """Return what each system calls a cavity; nothing for a normal, irregular or unseen one."""
    return tuple(_classified(cavity))


def _classified(cavity: Cavity) -> Iterator[Classified]:
    shape, depth, angle = cavity.shape, cavity.indentation_mm, cavity.angle_degrees
    if shape in BY_ESHRE:
        # A horn or a narrow cavity is seen from inside; a second, closed horn is not.
        yield Classified(ESHRE, BY_ESHRE[shape], is_decided=shape is Shape.T_SHAPED)
    if shape not in BY_ASRM:
        return
    classes = BY_ASRM[shape]
    if shape in (Shape.ARCUATE, Shape.DIVIDED) and depth is not None:
        if depth < NORMAL_BELOW_MM:
            classes = ("asrm-normal",)
        elif depth > SEPTATE_OVER_MM and angle is not None and angle < SEPTATE_BELOW_DEGREES:
            classes = ("asrm-septate", "asrm-bicornuate")
        elif shape is Shape.ARCUATE:
            classes = ("asrm-normal", "asrm-septate")
    yield Classified(ASRM, classes, is_decided=classes == ("asrm-normal",))
