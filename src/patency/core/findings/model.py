"""What was seen on the images, part by part.

A tube that did not fill at the horn is
never called blocked: a spasm looks the same, and most such tubes are open on a second look.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

KEY_IMAGES = frozenset({1, 2, 3, 4})
"""Early filling, late uterus, late tubes, free spill: RCR AuditLive, HSG technical quality."""


class Side(StrEnum):
    """Hers, not the viewer's."""

    RIGHT = "right"
    LEFT = "left"


class Segment(StrEnum):
    """How far along a tube contrast came; nearest to the womb first."""

    NONE = "none"
    HORN = "horn"
    """Stopped in the horn, inside the wall of the womb."""
    ISTHMUS = "isthmus"
    AMPULLA = "ampulla"
    FIMBRIA = "fimbria"


class Spill(StrEnum):
    """What came out of the far end of a tube."""

    FREE = "free"
    SLOW = "slow"
    """Little, and late: patent but not free."""
    LOCULATED = "loculated"
    """It came out and stayed in a pocket."""
    NONE = "none"
    NOT_SEEN = "not seen"
    """Nobody can say, for instance because no late image was made."""


class Calibre(StrEnum):
    """How wide a tube was."""

    NORMAL = "normal"
    DILATED = "dilated"
    NOT_JUDGED = "not judged"


class Shape(StrEnum):
    """The inner outline of the womb; it is all that this examination shows."""

    NORMAL = "normal"
    ARCUATE = "arcuate"
    DIVIDED = "divided"
    """Septate or bicornuate: the outer outline decides between them, and it is not seen."""
    ONE_HORN = "one horn"
    TWO_CAVITIES = "two cavities"
    T_SHAPED = "t-shaped"
    """Narrow, with thick side walls."""
    IRREGULAR = "irregular"
    NOT_SEEN = "not seen"


class Defect(StrEnum):
    """Something that contrast did not fill, or filled that it should not."""

    AIR = "air bubble"
    POLYP = "polyp-like"
    FIBROID = "fibroid-like"
    SYNECHIAE = "synechiae"
    DIVERTICULA = "diverticula"


class Quality(StrEnum):
    """How well the images can be read."""

    POOR = "poor"
    AVERAGE = "average"
    GOOD = "good"


class NotDiagnostic(StrEnum):
    """Why an examination answers nothing."""

    PAIN = "pain"
    LEAK = "leak"
    FAILED_CANNULATION = "failed cannulation"
    CERVICAL_STENOSIS = "cervical stenosis"
    INTRAVASATION = "intravasation"
    STOPPED_AT_HER_WISH = "stopped at her wish"
    EQUIPMENT = "equipment"


class FindingsRefused(ValueError):
    """Findings that cannot be read, or that cannot be true together."""


@dataclass(frozen=True, slots=True)
class Tube:
    """One tube as it was seen."""

    filled_to: Segment
    spill: Spill
    calibre: Calibre
    isthmic_diverticula: bool = False
    """Salpingitis isthmica nodosa."""
    said_patent: bool | None = None
    """What the radiologist calls it, where it was called anything."""
    said_hydrosalpinx: bool = False
    peritubal: bool = False
    """Contrast lay around it in coils or pockets, as with adhesions."""
    note: str = ""

    @property
    def is_patent(self) -> bool:
        """Whether contrast went its whole length and came out, and it was not left full."""
        return self.spill in CAME_OUT and not self.is_hydrosalpinx

    @property
    def stopped_at_the_horn(self) -> bool:
        """Whether contrast did not get past the horn; a spasm looks the same."""
        return self.filled_to in (Segment.NONE, Segment.HORN)

    @property
    def is_dilated(self) -> bool:
        """Whether it was wide."""
        return self.calibre is Calibre.DILATED

    @property
    def is_hydrosalpinx(self) -> bool:
        """Whether it was wide and did not empty freely."""
        return self.is_dilated and self.spill not in (Spill.FREE, Spill.SLOW)


CAME_OUT = frozenset({Spill.FREE, Spill.SLOW, Spill.LOCULATED})


@dataclass(frozen=True, slots=True)
class Cavity:
    """The womb as it was seen."""

    shape: Shape
    defects: frozenset[Defect] = frozenset()
    note: str = ""
    indentation_mm: int | None = None
    """How deep the top comes down, and at what angle, where it was measured."""
    angle_degrees: int | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was seen in one examination."""

    cavity: Cavity
    right: Tube
    left: Tube
    quality: Quality
    leak: bool = False
    intravasation_grade: int = 0
    key_images: frozenset[int] = KEY_IMAGES
    images_missing_why: str = ""
    not_diagnostic: NotDiagnostic | None = None
    diagnostic: bool = True
    limitations: str = ""
    """What else limits the examination, in the radiologist's words."""
    comment: str = ""
    """What the radiologist adds to the conclusion."""

    def tubes(self) -> Iterator[tuple[Side, Tube]]:
        """Yield each tube with its side, right first."""
        yield Side.RIGHT, self.right
        yield Side.LEFT, self.left

    @property
    def any_dilated(self) -> bool:
        """Whether a tube was wide: then antibiotics are decided at the same visit."""
        return any(tube.is_dilated for _, tube in self.tubes())

    @property
    def none_patent(self) -> bool:
        """Whether contrast came out of neither tube."""
        return not any(tube.is_patent for _, tube in self.tubes())
