"""How sure the examination is, with the studies that say so; printed on every report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One target of the examination; percentages as published."""

    target: str
    """The name under which its words are found."""
    sensitivity: str
    specificity: str
    """Empty where it is only said to stay the same."""
    source: str
    """The name under which the study is cited."""


SWART, BROEZE = "accuracy-swart", "accuracy-broeze"

ACCURACY: tuple[Accuracy, ...] = (
    Accuracy("accuracy-patency", "65 %", "83 %", SWART),
    Accuracy("accuracy-any", "53 %", "87 %", BROEZE),
    Accuracy("accuracy-both", "46 %", "95 %", BROEZE),
    Accuracy("accuracy-any-low-risk", "38 %", "", BROEZE),
    Accuracy("accuracy-both-low-risk", "13 %", "", BROEZE),
)
