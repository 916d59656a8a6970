"""From a draft reading to suggestions, and from a reader's word to the fields of the report.

Nothing here is a finding: a field is filled only by what a named reader said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PARTS = ("right", "left", "cavity", "leak")
TUBES = ("right", "left")
PASSED, NOT_PASSED, CANNOT_TELL = "passed", "not_passed", "indeterminate"
SHAPES = ("normal", "arcuate", "divided", "one horn", "two cavities", "t-shaped", "irregular")
NOT_SEEN = "not seen"
VALUES: Mapping[str, tuple[str, ...]] = {
    "right": (PASSED, NOT_PASSED, CANNOT_TELL),
    "left": (PASSED, NOT_PASSED, CANNOT_TELL),
    "cavity": (*SHAPES, NOT_SEEN),
    "leak": ("yes", "no", CANNOT_TELL),
}
"""What a reader may say of each part."""
OF_CLASS = {
    "regular": "normal",
    "indented": "arcuate",
    "divided-type-not-decidable": "divided",
    "narrow": "t-shaped",
}
SEGMENT = {"cornu": "horn", "interstitial": "horn", "isthmus": "isthmus", "ampulla": "ampulla"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the draft says of one part."""

    about: str
    value: str
    """One of ``VALUES``; that nothing could be told is a value too."""
    reason: str = ""
    """A code, of a tube only."""
    by_s: float | None = None
    segment: str | None = None

    @property
    def abstains(self) -> bool:
        """Whether the draft says that it cannot tell."""
        return self.value in (CANNOT_TELL, NOT_SEEN)

    def as_data(self) -> dict[str, object]:
        """Return it as it is kept beside the reader's word."""
        return {
            "value": self.value,
            "reason": self.reason,
            "by_s": self.by_s,
            "segment": self.segment,
        }


def suggestions_of(findings: Mapping[str, Any]) -> tuple[Suggestion, ...]:
    """Return what a draft (the content of findings.json) suggests, part by part."""
    tubes = tuple(
        Suggestion(
            side,
            tube["verdict"],
            tube["reason"],
            tube["by_s"],
            tube["furthest_segment"],
        )
        for side in TUBES
        for tube in (findings["tubes"][side],)
    )
    cavity = (findings["cavity"] or {}).get("class", "")
    leak = {True: "yes", False: "no", None: CANNOT_TELL}[findings["leak"]["seen"]]
    return (
        *tubes,
        Suggestion("cavity", OF_CLASS.get(cavity, NOT_SEEN), cavity),
        Suggestion("leak", leak),
    )


def fields_of(suggestion: Suggestion, value: str) -> dict[str, str]:
    """Return what a reader's word fills in of a part, by the name of the field.

    Only what was said: how contrast spilled and how wide a tube was, no draft tells, so those
    stay open.
    """
    if suggestion.about == "cavity":
        return {"shape": value}
    if suggestion.about == "leak":
        return {"leak": "on" if value == "yes" else ""}
    if value == PASSED:
        return {"filled_to": "fimbria"}
    if value == CANNOT_TELL:
        return {"spill": NOT_SEEN}
    # How far it came is the draft's own word, which counts where the reader agreed with it.
    agreed = suggestion.value == value
    far = SEGMENT.get(suggestion.segment or "", "none") if agreed else ""
    return {"spill": "none"} | ({"filled_to": far} if far else {})


def her_side(about: str, *, is_mirrored: bool) -> str:
    """Return which part of her a suggestion is about."""
    if about in TUBES and is_mirrored:
        return "left" if about == "right" else "right"
    return about
